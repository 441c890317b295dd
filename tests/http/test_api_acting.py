"""Acting for somebody over HTTP: nobody does anything for anybody unless the endpoint says so."""

from tests.http.api_acting import (
    EVERYTHING,
    ForSomebody,
    acting,
    agent_of,
    called,
    owner_and_enterprise,
    parent_and_child,
    person_and_helper,
    reserved,
)
from tests.http.api_answers import any_problem, problem
from tests.http.api_operations import described, sample
from tests.http.api_services import SOCIAL, UNITS
from tests.http.api_tokens import mint
from tests.running_city import RunningCity, log_lines

ALLOWED = """
                                                              guardian
                                                              |   helper
                                                              |   |   legal representative
                                                              |   |   |   agent
GET    /api/v1/me                                             .   .   no  no
GET    /api/v1/me/access_log                                  .   no  .   .
GET    /api/v1/consents                                       .   no  .   .
POST   /api/v1/consents                                       .   no  .   .
DELETE /api/v1/consents/{consent_id}                          .   no  .   .
GET    /api/v1/consents/{consent_id}/receipt                  .   no  .   .
GET    /api/v1/me/export                                      .   no  no  no
GET    /api/v1/me/corrections                                 .   no  no  no
POST   /api/v1/me/corrections                                 .   no  no  no
GET    /api/v1/me/closing                                     .   no  no  no
POST   /api/v1/me/closing                                     .   no  no  no
DELETE /api/v1/me/closing                                     .   no  no  no
POST   /api/v1/cards/{card_id}/operations/{operation}         .   .   .   .
GET    /api/v1/bookings                                       .   .   .   .
POST   /api/v1/bookings                                       .   .   .   .
GET    /api/v1/bookings/{booking_id}                          .   .   .   .
POST   /api/v1/bookings/{booking_id}/cancellation             .   .   .   .
GET    /api/v1/bookings/{booking_id}/ticket                   .   .   .   .
GET    /api/v1/bookings/{booking_id}/ticket.svg               .   .   .   .
"""
"""What can be done for somebody else, and by whom. Whatever is not here is refused to all who act."""


def allowed() -> dict[str, list[str]]:
    rows = [line.split() for line in ALLOWED.splitlines() if "/" in line]
    return {f"{row[0]} {row[1]}": row[2:] for row in rows}


async def everybody_who_acts(city: RunningCity) -> list[ForSomebody]:
    """A guardian, a helper, a legal representative and an agent who may consent."""
    parent, _, relation = await parent_and_child(city)
    _, helper, permission = await person_and_helper(city)
    owner, enterprise = await owner_and_enterprise(city)
    agent, mandate = await agent_of(city, owner, enterprise, may_consent=True)
    return [
        await acting(city, parent, relation["id"]),
        await acting(city, helper, permission["grant_id"]),
        await acting(city, owner, enterprise["grant_id"]),
        await acting(city, agent, mandate["grant_id"]),
    ]


async def test_who_acts_for_somebody_does_what_the_table_says_and_nothing_else(city: RunningCity) -> None:
    description, callers = await described(city), await everybody_who_acts(city)
    assert set(allowed()) <= {operation.name for operation in description.operations}
    for operation in description.operations:
        if not operation.needs_sign_in:
            continue
        body = {"json": sample(operation.request, description.schemas)} if operation.request else {}
        for place_, caller in enumerate(callers):
            answer = await city.client.request(operation.method, operation.at(), headers=caller.headers, **body)
            if not operation.who.startswith("citizen"):
                problem(answer, 403, "identity.forbidden")
            elif allowed().get(operation.name, ["no"] * 4)[place_] == "no":
                problem(answer, 403, "identity.acting.not_allowed")
            elif answer.status_code >= 400:
                assert any_problem(answer)["code"] not in ("identity.acting.not_allowed", "identity.forbidden")


async def test_no_chain_a_token_for_acting_gives_no_other_and_names_nobody(city: RunningCity) -> None:
    parent, child, relation = await parent_and_child(city)
    for_child = await acting(city, parent, relation["id"])
    for method, path, body in (
        ("POST", "acting", {"grant_id": relation["id"]}),
        ("GET", "acting", None),
        ("POST", "family/invitations", {"limits": EVERYTHING, "days": 30}),
        ("POST", "acting/codes/acceptance", {"code": "00000-00000"}),
        ("DELETE", f"family/relations/{relation['id']}", None),
        ("DELETE", "sessions", None),
    ):
        problem(await called(city, for_child, method, path, body), 403, "identity.acting.not_allowed")
    claims = mint(city, for_child.access_token).claims
    assert claims["act"]["sub"] == mint(city, parent.access_token).claims["sub"] != claims["sub"]
    assert child["name"] not in str(claims)
    assert child["id_number"] not in str(claims)


async def test_no_name_number_or_token_is_logged(city: RunningCity) -> None:
    person, helper, permission = await person_and_helper(city)
    for_person = await acting(city, helper, permission["grant_id"])
    await reserved(city, for_person)
    written = str(log_lines(city))
    for text in (person.person["name"], person.person["id_number"], for_person.access_token):
        assert text not in written


async def test_the_catalogue_says_who_may_act(city: RunningCity) -> None:
    card = (await city.client.get(f"/api/v1/cards/{SOCIAL}")).json()
    assert card["operations"][0]["acting"] == ["guardian", "helper"]
    units = (await city.client.get(f"/api/v1/cards/{UNITS}")).json()
    assert (units["audience"], units["operations"][0]["consent"]) == (["enterprise"], ["enterprise.credit_code"])
