"""What a citizen agrees that a department receives, and the record of what it received."""

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.http.api_answers import problem, seen_by, unchanged
from tests.running_city import RunningCity, SignedIn

CONSENTS, LOG = "/api/v1/consents", "/api/v1/me/access_log"
SOCIAL, FUND = "gy.social_security", "gy.housing_fund"


async def agree(city: RunningCity, citizen: SignedIn, card_id: str = SOCIAL, key: str | None = None) -> httpx.Response:
    headers = {**citizen.headers, **({"Idempotency-Key": key} if key else {})}
    return await city.client.post(CONSENTS, json={"card_id": card_id, "separate": ["id_number"]}, headers=headers)


async def withdraw(city: RunningCity, citizen: SignedIn, consent_id: str) -> httpx.Response:
    return await city.client.delete(f"{CONSENTS}/{consent_id}", headers=citizen.headers)


async def ask(
    city: RunningCity, citizen: SignedIn, card_id: str = SOCIAL, operation: str = "accounts"
) -> httpx.Response:
    path = f"/api/v1/cards/{card_id}/operations/{operation}"
    return await city.client.post(path, json={"input": {}}, headers=citizen.headers)


async def listed(city: RunningCity, citizen: SignedIn, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = (await city.client.get(f"{CONSENTS}{query}", headers=citizen.headers)).json()
    return found


async def access_log(city: RunningCity, citizen: SignedIn, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = (await city.client.get(f"{LOG}{query}", headers=citizen.headers)).json()
    return found


async def test_a_consent_says_who_receives_what_for_which_purpose_until_when(city: RunningCity) -> None:
    citizen = await city.sign_in()
    answer = await agree(city, citizen)
    assert answer.status_code == 201
    consent = answer.json()
    assert (consent["card_id"], consent["department"]) == (SOCIAL, "gy.human_resources")
    assert (consent["fields"], consent["live"], consent["releases"]) == (["id_number"], True, 0)
    assert consent["purpose"]["zh"] == "办理“社保查询”"
    assert consent["granted_at"][:4] < consent["expires_at"][:4]
    assert (await listed(city, citizen))["items"] == [consent]


@pytest.mark.parametrize("separate", [None, [], ["face"]])
async def test_a_sensitive_field_is_agreed_to_by_itself(city: RunningCity, separate: list[str] | None) -> None:
    citizen = await city.sign_in()
    body = {"card_id": SOCIAL} | ({} if separate is None else {"separate": separate})
    async with unchanged(city, citizen):
        answer = await city.client.post(CONSENTS, json=body, headers=citizen.headers)
        assert problem(answer, 422, "consent.separate_required")["fields"] == ["id_number"]


async def test_a_citizen_chooses_a_shorter_time_and_never_a_longer(city: RunningCity) -> None:
    citizen = await city.sign_in()
    body = {"card_id": SOCIAL, "separate": ["id_number"], "days": 1}
    given = (await city.client.post(CONSENTS, json=body, headers=citizen.headers)).json()
    lasts = datetime.fromisoformat(given["expires_at"]) - datetime.fromisoformat(given["granted_at"])
    assert lasts == timedelta(days=1)
    for days in (0, -1, 366, 10**9, "1", 1.5):
        answer = await city.client.post(CONSENTS, json={**body, "days": days}, headers=citizen.headers)
        assert problem(answer, 422, "request.invalid")["errors"][0]["pointer"] == "/days"


async def test_a_receipt_is_signed_to_be_kept_and_says_so_in_words(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    given = (await agree(city, citizen)).json()
    path = f"{CONSENTS}/{given['id']}/receipt"
    answer = await city.client.get(path, headers=citizen.headers)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="consent-{given["id"]}.json"'
    receipt = answer.json()
    keys = (await city.client.get(receipt["keys"])).json()
    ring = jwt.PyJWKSet.from_dict(keys)
    header = jwt.get_unverified_header(receipt["receipt"])
    said = jwt.decode(receipt["receipt"], ring[header["kid"]], algorithms=["ES256"], issuer=city.url)
    assert header["typ"] == "consent-receipt+jwt"
    assert (said["consent"], said["fields"], said["separate"]) == (given["id"], ["id_number"], ["id_number"])
    assert (said["department"], said["state"]) == ("gy.human_resources", "live")
    assert "单独同意的敏感信息：身份证号码" in receipt["text"]["zh"]
    assert "Sensitive, agreed to separately: ID number" in receipt["text"]["en"]
    for secret in (citizen.person["id_number"], citizen.person["name"]):
        assert secret not in answer.text
    problem(await city.client.get(path, headers=other.headers), 404, "identity.consent_not_found")
    answer = await city.client.get("/api/v1/me", headers={"Authorization": f"Bearer {receipt['receipt']}"})
    problem(answer, 401, "identity.token_invalid")
    await withdraw(city, citizen, given["id"])
    ended = (await city.client.get(path, headers=citizen.headers)).json()
    assert jwt.decode(ended["receipt"], options={"verify_signature": False})["state"] == "revoked"
    assert "撤回或被替代" in ended["text"]["zh"]


async def test_a_use_under_consent_is_recorded_once_with_its_request(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    await agree(city, citizen)
    async with unchanged(city, other):
        answer = await ask(city, citizen)
    assert answer.status_code == 200
    (entry,) = (await access_log(city, citizen))["items"]
    assert (entry["card_id"], entry["department"], entry["fields"]) == (SOCIAL, "gy.human_resources", ["id_number"])
    assert entry["request_id"] == answer.headers["X-Request-Id"]
    assert "参保信息" in entry["in_words"]["zh"]
    assert citizen.person["id_number"] not in str(entry)
    (consent,) = (await listed(city, citizen))["items"]
    assert consent["releases"] == 1


async def test_without_consent_nothing_is_handed_over_or_recorded(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, FUND)
    async with unchanged(city, citizen):
        body = problem(await ask(city, citizen), 403, "identity.consent_needed", citizen.person["id_number"])
    assert (body["card"], body["department"], body["fields"]) == (SOCIAL, "gy.human_resources", ["id_number"])


async def test_a_withdrawn_consent_ends_at_once_and_stays_on_record(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    consent = (await agree(city, citizen)).json()
    assert (await ask(city, citizen)).status_code == 200
    answer = await withdraw(city, citizen, consent["id"])
    assert (answer.status_code, answer.json()["live"]) == (200, False)
    assert answer.json()["revoked_at"]
    async with unchanged(city, citizen):
        problem(await ask(city, citizen), 403, "identity.consent_needed")
        assert (await withdraw(city, citizen, consent["id"])).json() == answer.json()
    assert len((await access_log(city, citizen))["items"]) == 1
    assert (await agree(city, citizen)).status_code == 201
    assert (await ask(city, citizen)).status_code == 200


async def test_the_same_consent_given_twice_is_live_once(city: RunningCity) -> None:
    citizen = await city.sign_in()
    first, second = (await agree(city, citizen)).json(), (await agree(city, citizen)).json()
    assert [(one["id"], one["live"]) for one in (await listed(city, citizen))["items"]] == [
        (second["id"], True),
        (first["id"], False),
    ]


async def test_a_consent_sent_many_times_at_once_is_live_once(city: RunningCity) -> None:
    citizen = await city.sign_in()
    answers = await asyncio.gather(*(agree(city, citizen) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert [one["live"] for one in (await listed(city, citizen))["items"]].count(True) == 1


async def test_a_retry_with_its_key_gives_the_first_consent(city: RunningCity) -> None:
    citizen, other = await city.sign_in(), await city.sign_in()
    key = secrets.token_hex(16)
    first = (await agree(city, citizen, key=key)).json()
    async with unchanged(city, citizen):
        again = await agree(city, citizen, key=key)
        assert (again.status_code, again.json()) == (201, first)
        problem(await agree(city, citizen, FUND, key), 422, "idempotency.key_reused", key)
    assert (await agree(city, other, key=key)).json()["id"] != first["id"], "a key is its caller's own"


async def test_a_retry_storm_gives_one_consent(city: RunningCity) -> None:
    citizen = await city.sign_in()
    key = secrets.token_hex(16)
    answers = await asyncio.gather(*(agree(city, citizen, key=key) for _ in range(20)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, answers[0].json()["id"])}
    assert len((await listed(city, citizen))["items"]) == 1


@pytest.mark.parametrize(
    ("card_id", "status", "code"),
    [
        ("gy.unknown", 404, "card.not_found"),
        ("GY.SOCIAL_SECURITY", 404, "card.not_found"),
        ("..", 404, "card.not_found"),
        ("gy.scenic_spots", 422, "request.invalid"),
        ("gy.social_security/../x", 422, "request.invalid"),
        ("gy.social_security\n", 422, "request.invalid"),
        ("社保", 422, "request.invalid"),
        ("😀", 422, "request.invalid"),
        ("", 422, "request.invalid"),
        ("x" * 65, 422, "request.invalid"),
    ],
)
async def test_there_is_nothing_to_agree_to_but_what_a_card_asks(
    city: RunningCity, card_id: str, status: int, code: str
) -> None:
    citizen = await city.sign_in()
    async with unchanged(city, citizen):
        problem(await agree(city, citizen, card_id), status, code, card_id)


async def test_the_terms_are_the_cards_and_never_the_callers(city: RunningCity) -> None:
    citizen = await city.sign_in()
    async with unchanged(city, citizen):
        for more in ({"fields": ["phone"]}, {"department": "gy.other"}, {"expires_at": "2099-01-01"}, {"live": True}):
            body = {"card_id": SOCIAL, "separate": ["id_number"], **more}
            answer = await city.client.post(CONSENTS, json=body, headers=citizen.headers)
            problem(answer, 422, "request.invalid", *more)


async def test_nobody_withdraws_or_reads_somebody_elses_consent(city: RunningCity) -> None:
    citizen, other = await city.sign_in(), await city.sign_in()
    theirs = (await agree(city, other)).json()["id"]
    async with unchanged(city, citizen, other):
        for consent_id in (theirs, theirs.lower(), "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
            problem(await withdraw(city, citizen, consent_id), 404, "identity.consent_not_found", consent_id)
    assert theirs not in str(await seen_by(city, citizen))


async def test_long_lists_are_read_page_by_page(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    for _ in range(5):
        await agree(city, citizen)
        await ask(city, citizen)
    for page in (listed, access_log):
        everything = (await page(city, citizen))["items"]
        assert len(everything) == 5
        found: list[Any] = []
        after = ""
        while len(found) < 5:
            part = await page(city, citizen, f"?limit=2{after}")
            found += part["items"]
            after = f"&after={part['after']}"
        assert found == everything
        assert part["after"] is None


async def test_a_cursor_is_good_for_the_list_and_the_citizen_it_was_given_to(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    for _ in range(3):
        await agree(city, citizen)
        await ask(city, citizen)
    of_consents = (await listed(city, citizen, "?limit=1"))["after"]
    of_log = (await access_log(city, citizen, "?limit=1"))["after"]
    for path, who, cursor in (
        (CONSENTS, other, of_consents),
        (LOG, other, of_log),
        (CONSENTS, citizen, of_consents[:-6]),
        (CONSENTS, citizen, "AAAA"),
        ("/api/v1/bookings", citizen, of_consents),
    ):
        problem(await city.client.get(f"{path}?after={cursor}", headers=who.headers), 400, "request.cursor", cursor)
