"""Raising the assurance: a phone number that WeChat vouches for, a name that the population authority matches."""

from typing import Any

import httpx
import pytest

from core.resident_id import check_digit
from tests.http.api_answers import problem, seen_by, unchanged
from tests.running_city import RunningCity, SignedIn

PHONE, REAL_NAME = "/api/v1/identity/phone", "/api/v1/identity/real_name"


async def confirm(city: RunningCity, citizen: SignedIn, name: str, id_number: str) -> httpx.Response:
    wanted = {"name": name, "id_number": id_number}
    return await city.client.post(REAL_NAME, json=wanted, headers=citizen.headers)


async def phone(city: RunningCity, citizen: SignedIn, code: str) -> httpx.Response:
    return await city.client.post(PHONE, json={"code": code}, headers=citizen.headers)


async def me(city: RunningCity, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = (await city.client.get("/api/v1/me", headers=headers)).raise_for_status().json()
    return found


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


# --- level 1 ---


async def test_a_confirmed_phone_is_level_1_and_shown_masked(city: RunningCity) -> None:
    citizen = await city.sign_in()
    assert (await me(city, citizen.headers))["phone"] is None
    answer = await phone(city, citizen, await city.code(citizen.person, "phone_code"))
    assert (answer.status_code, answer.json()["assurance"]) == (200, 1)
    number = citizen.person["phone"]
    mine = await me(city, bearer(answer))
    assert (mine["assurance"], mine["phone"]) == (1, f"{number[:3]}****{number[-4:]}")
    assert [(proof["level"], proof["method"]) for proof in mine["proofs"]] == [(0, "wechat"), (1, "phone")]
    assert mine["name"] is None
    assert number not in answer.text


async def test_a_phone_code_is_good_once_and_for_nothing_else(city: RunningCity) -> None:
    citizen, other = await city.sign_in(), await city.sign_in()
    code = await city.code(citizen.person, "phone_code")
    assert (await phone(city, citizen, code)).status_code == 200
    path = f"/personas/{other.person['id']}/phone_code"
    expired = (await city.outside.post(path, json={"expired": True})).json()["code"]
    async with unchanged(city, other):
        for wrong in (code, expired, await city.code(other.person, "wechat_code"), "made-up-4c1b8e"):
            problem(await phone(city, other, wrong), 400, "identity.wechat.code_invalid", wrong)


async def test_a_later_phone_takes_the_place_of_the_first(city: RunningCity) -> None:
    citizen, somebody = await city.sign_in(2), await city.person()
    answer = await phone(city, citizen, await city.code(somebody, "phone_code"))
    assert answer.json()["assurance"] == 2
    assert (await me(city, bearer(answer)))["phone"].endswith(somebody["phone"][-4:])


@pytest.mark.parametrize("mode", ["down", "garbage", "misshapen", "error", "busy", "rate_limited"])
async def test_when_wechat_fails_no_phone_is_confirmed(city: RunningCity, mode: str) -> None:
    citizen = await city.sign_in()
    code = await city.code(citizen.person, "phone_code")
    async with unchanged(city, citizen):
        try:
            (await city.outside.put("/departments/wechat/mode", json={"mode": mode})).raise_for_status()
            problem(await phone(city, citizen, code), 503, "identity.wechat.unavailable", code)
        finally:
            (await city.outside.put("/departments/wechat/mode", json={"mode": "ok"})).raise_for_status()


# --- level 2 ---


async def test_a_matched_name_is_level_2_and_shown_masked(city: RunningCity) -> None:
    citizen = await city.sign_in(1)
    person = citizen.person
    answer = await confirm(city, citizen, person["name"], person["id_number"])
    assert (answer.status_code, answer.json()["assurance"]) == (200, 2)
    mine = await me(city, bearer(answer))
    assert mine["name"] == person["name"][0] + "*" * (len(person["name"]) - 1)
    assert mine["id_number"] == person["id_number"][0] + "*" * 16 + person["id_number"][-1]
    assert [(proof["level"], proof["method"]) for proof in mine["proofs"]][1:] == [(1, "phone"), (2, "authority")]
    again = await confirm(city, citizen, person["name"], person["id_number"])
    assert again.json()["assurance"] == 2


async def test_a_number_is_read_as_people_write_it(city: RunningCity) -> None:
    """Full-width digits, a small or full-width x, blanks at the ends."""
    person = await city.person()
    while not person["id_number"].endswith("X"):
        person = await city.person()
    wide = person["id_number"].translate(str.maketrans("0123456789X", "０１２３４５６７８９ｘ"))
    for written in (person["id_number"].lower(), wide, f"  {person['id_number']}\u3000"):
        citizen = await city.sign_in(1, persona=(await city.person())["id"])
        answer = await confirm(city, citizen, f" {person['name']} ", written)
        assert answer.status_code == 200, answer.text


async def test_numbers_that_can_be_nobodys_are_refused_and_cost_no_attempt(city: RunningCity) -> None:
    citizen = await city.sign_in(1)
    name, number = citizen.person["name"], citizen.person["id_number"]
    no_such_day = f"{number[:6]}19990230{number[14:17]}"
    wrong = [
        number[:17] + next(digit for digit in "0123456789X" if digit != number[17]),
        number[:16] + number[17] + number[16] if number[16] != number[17] else number[:17] + "Y",
        no_such_day + check_digit(no_such_day),
        number[:17], number + "0", number[:6] + number[8:17], "0" * 18, "X" * 18, "-" + number[1:], number[:17] + "😀",
        number[:6] + " " + number[6:], number[:9] + "\0" + number[10:],
        number[:17] + "\n", "١" * 18, "²" * 18, "1" * 32, "1e17",
    ]  # fmt: skip
    async with unchanged(city, citizen):
        for written in wrong:
            answer = await confirm(city, citizen, name, written)
            problem(answer, 422, "identity.real_name.invalid_id_number", written, name)
        answer = await confirm(city, citizen, "王小明" if name != "王小明" else "李小明", number)
        body = problem(answer, 422, "identity.real_name.mismatch", name, number)
    assert body["attempts_left"] == 4


async def test_names_that_no_card_carries_are_refused_and_cost_no_attempt(city: RunningCity) -> None:
    citizen = await city.sign_in(1)
    number = citizen.person["id_number"]
    names = [
        "李😀",
        "李4",
        "<script>alert(1)</script>",
        "李\u202e四",
        "\u200b",
        "李_四",
        "李@四",
        " ",
        "\u3000",
        "' OR 1=1 --",
    ]
    names += ["李\0四", "李\n四", "李\x1b[31m", "\ufffe", "李\t四"]
    async with unchanged(city, citizen):
        for name in names:
            answer = await confirm(city, citizen, name, number)
            problem(answer, 422, "identity.real_name.invalid_name", name, number)
        problem(await confirm(city, citizen, "长" * 51, number), 422, "request.invalid", number)
        assert (await confirm(city, citizen, "王王", number)).json()["attempts_left"] == 4


async def test_a_rare_character_from_a_private_range_can_stand_in_a_name(city: RunningCity) -> None:
    """Registers write characters so that no standard has yet: such a person is asked about, not sent away."""
    citizen = await city.sign_in(1)
    answer = await confirm(city, citizen, "李\ue123", citizen.person["id_number"])
    problem(answer, 422, "identity.real_name.mismatch", citizen.person["id_number"])


async def test_after_five_wrong_attempts_the_account_waits_until_tomorrow(city: RunningCity) -> None:
    citizen, holder = await city.sign_in(1), await city.person()
    async with unchanged(city, citizen):
        for left in (4, 3, 2, 1, 0):
            answer = await confirm(city, citizen, citizen.person["name"], holder["id_number"])
            body = problem(answer, 422, "identity.real_name.mismatch", holder["id_number"], citizen.person["name"])
            assert body["attempts_left"] == left
        answer = await confirm(city, citizen, citizen.person["name"], citizen.person["id_number"])
        problem(answer, 429, "identity.real_name.locked", citizen.person["id_number"])
        assert int(answer.headers["Retry-After"]) <= 86_400
    rightful = await city.sign_in(1, persona=holder["id"])
    assert (await confirm(city, rightful, holder["name"], holder["id_number"])).status_code == 200


async def test_whom_the_authority_does_not_know_is_told_as_little_as_a_wrong_name(city: RunningCity) -> None:
    unknown, wrong = await city.sign_in(1, persona="zhou_ming"), await city.sign_in(1)
    person = unknown.person
    first = problem(
        await confirm(city, unknown, person["name"], person["id_number"]), 422, "identity.real_name.mismatch"
    )
    answer = await confirm(city, wrong, person["name"], wrong.person["id_number"])
    second = problem(answer, 422, "identity.real_name.mismatch")
    assert set(first) == set(second)
    assert first["title"] == second["title"]


async def test_a_confirmed_account_never_becomes_another_persons(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.person()
    async with unchanged(city, citizen):
        answer = await confirm(city, citizen, other["name"], other["id_number"])
        problem(answer, 409, "identity.real_name.already_confirmed", other["name"], other["id_number"])


async def test_a_name_comes_after_a_phone(city: RunningCity) -> None:
    citizen = await city.sign_in(0)
    async with unchanged(city, citizen):
        answer = await confirm(city, citizen, citizen.person["name"], citizen.person["id_number"])
        body = problem(answer, 401, "identity.step_up_needed", citizen.person["name"], citizen.person["id_number"])
    assert body["acr_values"] == "1"


@pytest.mark.parametrize("mode", ["down", "garbage", "misshapen", "error", "busy", "rate_limited"])
async def test_when_the_authority_fails_no_attempt_is_counted(city: RunningCity, mode: str) -> None:
    citizen = await city.sign_in(1)
    name, number = citizen.person["name"], citizen.person["id_number"]
    async with unchanged(city, citizen):
        try:
            (await city.outside.put("/departments/authority/mode", json={"mode": mode})).raise_for_status()
            answer = await confirm(city, citizen, name, number)
            problem(answer, 503, "identity.authority_unavailable", name, number)
        finally:
            (await city.outside.put("/departments/authority/mode", json={"mode": "ok"})).raise_for_status()
    wrong = await confirm(city, citizen, "王王" if name != "王王" else "李李", number)
    assert problem(wrong, 422, "identity.real_name.mismatch")["attempts_left"] == 4


async def test_what_others_prove_is_not_seen(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    seen = str(await seen_by(city, citizen))
    for secret in (
        *map(str, (other.person["phone"], other.person["id_number"], other.person["name"])),
        citizen.person["phone"],
    ):
        assert secret not in seen
