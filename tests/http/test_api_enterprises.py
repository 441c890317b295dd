"""Enterprises over HTTP: bound, acted for, handed on."""

from tests.http.api_acting import (
    acting,
    agent_of,
    called,
    done,
    owner_and_enterprise,
)
from tests.http.api_answers import problem
from tests.http.api_services import SOCIAL, UNITS, agree, block, use, with_face, with_face_of
from tests.running_city import RunningCity


async def test_a_card_for_enterprises_is_used_for_one_and_a_personal_one_by_a_person(city: RunningCity) -> None:
    owner, enterprise = await owner_and_enterprise(city)
    assert (enterprise["role"], enterprise["operating"], enterprise["live"]) == ("legal_representative", True, True)
    for_it = await acting(city, owner, enterprise["grant_id"])
    answer = await use(city, owner, UNITS, "unit")
    assert problem(answer, 403, "card.wrong_audience")["audience"] == ["enterprise"]
    answer = await use(city, for_it, SOCIAL, "accounts")
    assert problem(answer, 403, "card.wrong_audience")["audience"] == ["personal"]
    needed = problem(await use(city, for_it, UNITS, "unit"), 403, "identity.consent_needed")
    assert needed["fields"] == ["enterprise.credit_code"]
    answer = await called(city, owner, "POST", "consents", {"card_id": UNITS})
    assert problem(answer, 422, "request.invalid")["errors"][0]["rule"] == "no_consent"
    await agree(city, for_it, UNITS)
    assert block(await use(city, for_it, UNITS, "unit"), "summary")["value"]
    log = (await done(city, for_it, "GET", "me/access_log"))["items"]
    assert "获取了本单位的统一社会信用代码" in log[0]["in_words"]["zh"]
    assert (await done(city, owner, "GET", "me/access_log"))["items"] == []


async def test_an_agent_acts_within_their_scope_until_it_is_ended(city: RunningCity) -> None:
    owner, enterprise = await owner_and_enterprise(city)
    await agree(city, await acting(city, owner, enterprise["grant_id"]), UNITS)
    agent, mandate = await agent_of(city, owner, enterprise, {"mode": "only", "themes": ["enterprise"]})
    assert (mandate["capacity"], mandate["name"]) == ("agent", enterprise["name"])
    for_it = await acting(city, agent, mandate["grant_id"])
    assert (await use(city, for_it, UNITS, "unit")).status_code == 200
    for method, path, body in (
        ("GET", "consents", None),
        ("GET", "me/access_log", None),
        ("POST", "consents", {"card_id": UNITS}),
    ):
        problem(await called(city, for_it, method, path, body), 403, "identity.acting.beyond_grant")
    agents = f"enterprises/{enterprise['id']}/agents"
    (seen,) = (await done(city, owner, "GET", agents))["items"]
    assert (seen["id"], seen["live"], seen["name"][0]) == (mandate["grant_id"], True, agent.person["name"][0])
    assert (seen["uses"], seen["used_at"] > seen["since"], mandate["may_consent"]) == (1, True, False)
    problem(await called(city, agent, "GET", agents), 404, "identity.enterprise.not_found")
    await done(city, owner, "DELETE", f"{agents}/{seen['id']}")
    problem(await use(city, for_it, UNITS, "unit"), 403, "identity.acting.ended")
    assert (await called(city, agent, "GET", "me")).status_code == 200
    log = await done(city, await acting(city, owner, enterprise["grant_id"]), "GET", "me/access_log")
    assert log["items"][0]["by"] == {"capacity": "agent", "name": seen["name"]}


async def test_who_does_not_represent_it_binds_nothing(city: RunningCity) -> None:
    owner, _ = await owner_and_enterprise(city)
    stranger = await with_face(city)
    (theirs,) = (await city.outside.get(f"/personas/{owner.person['id']}/enterprises")).json()["enterprises"]
    answer = await called(city, stranger, "POST", "enterprises", {"credit_code": theirs["credit_code"]})
    problem(answer, 422, "identity.enterprise.not_confirmed", theirs["credit_code"], theirs["name"])
    wrong = theirs["credit_code"][:-1] + ("0" if theirs["credit_code"][-1] != "0" else "1")
    answer = await called(city, stranger, "POST", "enterprises", {"credit_code": wrong})
    problem(answer, 422, "identity.enterprise.invalid_credit_code", wrong)


async def test_a_register_that_is_down_is_said_and_counts_nothing(city: RunningCity) -> None:
    owner = await with_face_of(city, "lin_yue")
    (theirs,) = (await city.outside.get("/personas/lin_yue/enterprises")).json()["enterprises"]
    body = {"credit_code": theirs["credit_code"]}
    for mode in ("down", "garbage", "misshapen", "error", "busy"):
        (await city.outside.put("/departments/enterprise_registry/mode", json={"mode": mode})).raise_for_status()
        try:
            answer = await called(city, owner, "POST", "enterprises", body)
        finally:
            (await city.outside.put("/departments/enterprise_registry/mode", json={"mode": "ok"})).raise_for_status()
        problem(answer, 503, "identity.enterprise.registry_unavailable")
    assert (await done(city, owner, "POST", "enterprises", body))["name"] == theirs["name"]
    await done(
        city, owner, "DELETE", f"enterprises/{(await done(city, owner, 'GET', 'enterprises'))['items'][0]['id']}"
    )
    assert (await done(city, owner, "GET", "enterprises"))["items"] == []


async def test_a_new_representative_takes_over_and_ends_what_was_granted(city: RunningCity) -> None:
    owner, enterprise = await owner_and_enterprise(city)
    agent, mandate = await agent_of(city, owner, enterprise)
    for_it = await acting(city, agent, mandate["grant_id"])
    heir = await with_face(city)
    (theirs,) = (await city.outside.get(f"/personas/{owner.person['id']}/enterprises")).json()["enterprises"]
    changed = await city.outside.put(
        f"/enterprises/{theirs['credit_code']}", json={"representative": heir.person["id"]}
    )
    changed.raise_for_status()
    bound = await done(city, heir, "POST", "enterprises", {"credit_code": theirs["credit_code"]})
    assert bound["id"] == enterprise["id"]
    problem(await called(city, for_it, "GET", "bookings"), 403, "identity.acting.ended")
    problem(
        await called(city, agent, "POST", "acting", {"grant_id": mandate["grant_id"]}), 403, "identity.acting.ended"
    )
    assert (await done(city, owner, "GET", "enterprises"))["items"] == []
