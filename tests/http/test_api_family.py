"""Guardians and helpers over HTTP, each with a phone of their own, or without one."""

import time

import pytest

from tests.http.api_acting import (
    EVERYTHING,
    ForSomebody,
    acting,
    called,
    done,
    parent_and_child,
    person_and_helper,
    place,
    reserved,
)
from tests.http.api_answers import problem
from tests.http.api_services import FUND, PARKS, SOCIAL, agree, block, new_key, use, with_face, with_face_of
from tests.http.api_tokens import mint
from tests.running_city import RunningCity


async def test_a_guardian_consents_for_a_child_uses_a_card_and_the_child_s_log_says_so(city: RunningCity) -> None:
    parent, child, relation = await parent_and_child(city)
    assert relation["name"] == child["name"][0] + "*" * (len(child["name"]) - 1)
    for_child = await acting(city, parent, relation["id"])
    me = await done(city, for_child, "GET", "me")
    assert (me["name"], me["phone"]) == (relation["name"], None)
    needed = problem(await use(city, for_child, SOCIAL, "accounts"), 403, "identity.consent_needed")
    assert needed["fields"] == ["id_number"]
    await agree(city, for_child, SOCIAL)
    shown = block(await use(city, for_child, SOCIAL, "accounts"), "notice")
    assert "未查询到" in shown["text"]
    (entry,) = (await done(city, for_child, "GET", "me/access_log"))["items"]
    masked = parent.person["name"][0] + "*" * (len(parent.person["name"]) - 1)
    assert entry["by"] == {"capacity": "guardian", "name": masked}
    assert entry["in_words"]["zh"].endswith(f"，由{masked}（监护人）代办")
    assert (await done(city, parent, "GET", "me/access_log"))["items"] == []
    (choice,) = (await done(city, parent, "GET", "acting"))["items"]
    assert choice["may_consent"] is True
    (seen,) = (await done(city, parent, "GET", "family/relations"))["items"]
    assert (seen["managed"], seen["uses"]) == (True, 2)
    assert seen["used_at"] > relation["since"]
    assert (await done(city, parent, "GET", "consents"))["items"] == []


async def test_a_guardian_s_own_face_counts_for_the_child(city: RunningCity) -> None:
    number = place()
    parent = await city.sign_in(3, f"resident-{number}")
    child = await city.person(f"child-{number}")
    body = {"name": child["name"], "id_number": child["id_number"], "consent": True}
    relation = await done(city, parent, "POST", "family/children", body)
    token = await done(city, parent, "POST", "acting", {"grant_id": relation["id"]})
    assert token["assurance"] == 3
    for_child = ForSomebody(token["access_token"], relation["id"], parent)
    await agree(city, for_child, FUND)
    entered = {"purpose": "rent", "amount": 100, "bank_account": "6222000000000000018"}
    answer = await use(city, for_child, FUND, "withdraw", entered, key=new_key())
    problem(answer, 422, "card.refused")  # level 3 was enough; a child has no housing fund


async def test_a_child_cannot_confirm_itself_and_takes_its_account_over_with_a_code(city: RunningCity) -> None:
    number = place()
    parent, child, relation = await parent_and_child(city, number)
    phone = await city.sign_in(1, f"child-{number}")
    person = {"name": child["name"], "id_number": child["id_number"]}
    problem(await called(city, phone, "POST", "identity/real_name", person), 403, "identity.guardian_needed")
    code = (await done(city, parent, "POST", f"family/relations/{relation['id']}/handover"))["code"]
    taken = await done(city, phone, "POST", "identity/claims", {**person, "code": code})
    assert taken["assurance"] == 2
    problem(await called(city, phone, "GET", "me"), 401, "identity.token_invalid")
    phone.access_token = taken["access_token"]
    me = await done(city, phone, "GET", "me")
    assert me["name"] == relation["name"]
    (of_parent,) = (await done(city, parent, "GET", "family/relations"))["items"]
    assert (relation["managed"], relation["used_at"], of_parent["managed"]) == (True, None, False)
    (seen,) = (await done(city, phone, "GET", "family/relations"))["items"]
    assert (seen["side"], seen["kind"], seen["live"]) == ("person", "guardian", True)
    agreed = {"card_id": SOCIAL, "separate": ["id_number"]}
    problem(await called(city, phone, "POST", "consents", agreed), 403, "identity.guardian_needed")


async def test_a_teen_takes_the_account_over_with_their_face(city: RunningCity) -> None:
    father, teen = await with_face_of(city, "chen_guoqiang"), await city.sign_in(1, "chen_xi")
    person = {"name": teen.person["name"], "id_number": teen.person["id_number"]}
    relation = await done(city, father, "POST", "family/children", {**person, "consent": True})
    exists = problem(
        await called(city, teen, "POST", "identity/real_name", person), 409, "identity.managed_account_exists"
    )
    assert exists["ways"] == ["face", "code"]
    challenge = await done(city, teen, "POST", "identity/claims/challenges", {"consent": True})
    actions = [action["action"] for action in challenge["actions"]]
    camera = await city.outside.post("/personas/chen_xi/camera", json={"actions": actions})
    proof = {"challenge_id": challenge["id"], "nonce": challenge["nonce"], "frames": camera.json()["frames"]}
    assert (await done(city, teen, "POST", "identity/claims", {**person, **proof}))["assurance"] == 3
    for_teen = await acting(city, father, relation["id"])
    assert (await done(city, for_teen, "GET", "me"))["phone"] is not None


async def test_a_stranger_adds_nobody_s_child(city: RunningCity) -> None:
    stranger, child = await with_face(city), await city.person(f"child-{place()}")
    body = {"name": child["name"], "id_number": child["id_number"], "consent": True}
    answer = await called(city, stranger, "POST", "family/children", body)
    refused = problem(answer, 422, "identity.family.not_confirmed", child["name"], child["id_number"])
    assert refused["attempts_left"] == 4
    answer = await called(city, stranger, "POST", "family/children", {**body, "consent": False})
    problem(answer, 422, "request.invalid")


# --- helpers ---


async def test_a_helper_reads_the_offer_accepts_it_and_books_for_the_person(city: RunningCity) -> None:
    person, helper = await city.sign_in(2), await city.sign_in(2)
    limits = {"mode": "only", "cards": [PARKS], "operations": [f"{SOCIAL}/accounts"]}
    made = await done(city, person, "POST", "family/invitations", {"limits": limits, "days": 7})
    assert made["qr_svg"].startswith("<svg")
    offer = await done(city, helper, "POST", "acting/codes/reading", {"code": made["code"].lower()})
    assert (offer["kind"], offer["days"]) == ("helper", 7)
    assert offer["name"][0] == person.person["name"][0]
    assert "*" in offer["name"]
    choice = await done(city, helper, "POST", "acting/codes/acceptance", {"code": made["code"]})
    assert (await done(city, helper, "GET", "acting"))["items"] == [choice]
    assert choice["may_consent"] is False
    for_person = await acting(city, helper, choice["grant_id"])
    await agree(city, person, SOCIAL, FUND)
    assert (await use(city, for_person, SOCIAL, "accounts")).status_code == 200
    problem(await use(city, for_person, SOCIAL, "contributions"), 403, "identity.acting.beyond_grant")
    problem(await use(city, for_person, FUND, "balance"), 403, "identity.acting.beyond_grant")
    booking = await reserved(city, for_person)
    assert [one["id"] for one in (await done(city, person, "GET", "bookings"))["items"]] == [booking["id"]]
    assert (await done(city, helper, "GET", "bookings"))["items"] == []
    log = (await done(city, person, "GET", "me/access_log"))["items"]
    assert [entry["card_id"] for entry in log] == [PARKS, SOCIAL]
    assert all(entry["by"]["capacity"] == "helper" for entry in log)
    assert "代您办理“景区预约”（预约）" in log[0]["in_words"]["zh"]


async def test_a_helper_s_face_is_not_the_person_s(city: RunningCity) -> None:
    helper = await with_face(city)
    other = await city.sign_in(2)
    code = (await done(city, other, "POST", "family/invitations", {"limits": EVERYTHING, "days": 1}))["code"]
    permission = await done(city, helper, "POST", "acting/codes/acceptance", {"code": code})
    token = await done(city, helper, "POST", "acting", {"grant_id": permission["grant_id"]})
    assert token["assurance"] == 2
    for_other = ForSomebody(token["access_token"], permission["grant_id"], helper)
    entered = {"purpose": "rent", "amount": 100, "bank_account": "6222000000000000018"}
    answer = await use(city, for_other, FUND, "withdraw", entered, key=new_key())
    problem(answer, 403, "identity.acting.person_needed")
    forged = mint(city, for_other.access_token).token(acr="3", proved_at={"3": int(time.time())})
    answer = await use(city, ForSomebody(forged, "", helper), FUND, "withdraw", entered, key=new_key())
    problem(answer, 403, "identity.acting.person_needed")


@pytest.mark.parametrize("side", ["person", "helper"])
async def test_either_side_ends_it_and_the_helper_stays_signed_in(city: RunningCity, side: str) -> None:
    person, helper, permission = await person_and_helper(city)
    for_person = await acting(city, helper, permission["grant_id"])
    assert (await called(city, for_person, "GET", "bookings")).status_code == 200
    ender = person if side == "person" else helper
    ended = await done(city, ender, "DELETE", f"family/relations/{permission['grant_id']}")
    assert (ended["live"], ended["ended_by"]) == (False, side)
    problem(await called(city, for_person, "GET", "bookings"), 403, "identity.acting.ended")
    problem(await called(city, for_person, "GET", "me"), 403, "identity.acting.ended")
    answer = await called(city, helper, "POST", "acting", {"grant_id": permission["grant_id"]})
    problem(answer, 403, "identity.acting.ended")
    assert (await called(city, helper, "GET", "me")).status_code == 200
    assert (await done(city, helper, "GET", "acting"))["items"] == []


async def test_acting_ends_with_the_helper_s_session(city: RunningCity) -> None:
    _, helper, permission = await person_and_helper(city)
    for_person = await acting(city, helper, permission["grant_id"])
    await done(city, helper, "DELETE", "sessions/current")
    problem(await called(city, for_person, "GET", "bookings"), 401, "identity.token_invalid")


async def test_what_is_excluded_must_be_there(city: RunningCity) -> None:
    """A slip in an exclusion would exclude nothing."""
    person = await city.sign_in(2)
    limits = {
        "mode": "all_but",
        "themes": ["housing", "hausing"],
        "operations": [f"{FUND}/withdrow", f"{PARKS}/booking"],
    }
    answer = await called(city, person, "POST", "family/invitations", {"limits": limits, "days": 7})
    errors = problem(answer, 422, "request.invalid", "hausing", "withdrow")["errors"]
    assert [error["pointer"] for error in errors] == ["/limits/themes/1", "/limits/operations/0"]


async def test_an_elder_without_a_phone_agrees_with_their_face(city: RunningCity) -> None:
    helper, elder = await with_face(city), await city.person("wu_xiulan")
    challenge = await done(city, helper, "POST", "identity/face/challenges", {"consent": True})
    actions = [action["action"] for action in challenge["actions"]]
    camera = await city.outside.post("/personas/wu_xiulan/camera", json={"actions": actions})
    body = {
        "name": elder["name"],
        "id_number": elder["id_number"],
        "consent": True,
        "limits": {"mode": "only", "cards": [PARKS]},
        "days": 30,
        "challenge_id": challenge["id"],
        "nonce": challenge["nonce"],
        "frames": camera.json()["frames"],
    }
    relation = await done(city, helper, "POST", "family/elders", body)
    assert (relation["kind"], relation["side"], relation["name"]) == ("helper", "helper", "吴**")
    assert await reserved(city, await acting(city, helper, relation["id"]))
    problem(await called(city, helper, "POST", "family/elders", body), 409, "identity.face.challenge_expired")
