"""Staff sign-in: operators, auditors and gates."""

import secrets

import httpx
import pytest

from tests.http.api_answers import problem
from tests.running_city import STAFF_PASSWORD, RunningCity

SESSIONS, FIGURES = "/api/v1/staff/sessions", "/api/v1/operator/figures"


async def sign_in(city: RunningCity, name: str, password: str, **headers: str) -> httpx.Response:
    return await city.client.post(SESSIONS, json={"name": name, "password": password}, headers=headers)


@pytest.mark.parametrize("name", ["operator", "auditor", "gate", "department", "hall_clerk", "Operator"])
async def test_staff_sign_in_for_an_hour_with_name_and_password(city: RunningCity, name: str) -> None:
    answer = await sign_in(city, name, STAFF_PASSWORD)
    assert answer.status_code == 201
    session = answer.json()
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 3600)
    assert (session["name"], session["role"]) == (name.lower(), name.lower())
    assert (session["csrf_token"], session["unfinished"]) == (None, "")
    assert "Set-Cookie" not in answer.headers


async def test_a_wrong_name_and_a_wrong_password_are_told_alike(city: RunningCity) -> None:
    nobody = f"nobody-{secrets.token_hex(8)}"
    unknown = problem(
        await sign_in(city, nobody, STAFF_PASSWORD), 401, "identity.staff_refused", nobody, STAFF_PASSWORD
    )
    wrong = problem(
        await sign_in(city, "auditor", "wrong-4c1b8e6f-1"), 401, "identity.staff_refused", "wrong-4c1b8e6f-1"
    )
    assert {**unknown, "request_id": ""} == {**wrong, "request_id": ""}
    assert (await sign_in(city, "auditor", STAFF_PASSWORD)).status_code == 201


@pytest.mark.parametrize(
    "name", ["operator ", " operator", "operatоr", "operator\0", "ｏｐｅｒａｔｏｒ", "' OR 1=1 --", "😀", "*"]
)
async def test_a_name_that_looks_like_another_is_not_it(city: RunningCity, name: str) -> None:
    problem(await sign_in(city, name, STAFF_PASSWORD), 401, "identity.staff_refused", STAFF_PASSWORD)


@pytest.mark.parametrize(
    "password", [STAFF_PASSWORD + " ", STAFF_PASSWORD.upper(), STAFF_PASSWORD[:-1], "\0", "😀" * 30, "x" * 256]
)
async def test_a_password_is_right_to_the_letter(city: RunningCity, password: str) -> None:
    problem(await sign_in(city, "gate", password), 401, "identity.staff_refused", password)
    assert (await sign_in(city, "gate", STAFF_PASSWORD)).status_code == 201


async def test_who_guesses_waits_and_calling_oneself_another_address_does_not_help(city: RunningCity) -> None:
    """Names that nobody has are locked like others, so that a lock tells nothing."""
    name = f"nobody-{secrets.token_hex(8)}"
    answers = [
        await sign_in(city, name, f"guess-{attempt}-4c1b8e6f", **{"X-Forwarded-For": f"10.0.0.{attempt}"})
        for attempt in range(6)
    ]
    for answer in answers[:5]:
        problem(answer, 401, "identity.staff_refused", name)
    problem(answers[5], 429, "identity.staff_locked", name)
    assert (await sign_in(city, "operator", STAFF_PASSWORD)).status_code == 201


async def test_signing_out_counts_from_that_moment(city: RunningCity) -> None:
    operator, other = await city.staff(), await city.staff()
    answer = await city.client.delete(f"{SESSIONS}/current", headers=operator)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await city.client.get(FIGURES, headers=operator), 401, "identity.token_invalid")
    problem(await city.client.delete(f"{SESSIONS}/current", headers=operator), 401, "identity.token_invalid")
    assert (await city.client.get(FIGURES, headers=other)).status_code == 200
