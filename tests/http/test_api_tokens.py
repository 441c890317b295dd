"""Access tokens: only what the city signed, for this use and in its time, opens anything."""

import time

from tests.http.api_answers import problem, unchanged
from tests.http.api_tokens import Mint, forgeries, mint, wrong_claims
from tests.running_city import RunningCity

ME, FIGURES = "/api/v1/me", "/api/v1/operator/figures"
WRITES = (
    ("POST", "/api/v1/consents", {"card_id": "gy.social_security", "separate": ["id_number"]}),
    ("DELETE", "/api/v1/sessions", None),
    ("DELETE", "/api/v1/sessions/current", None),
)


def bearer(token: str) -> dict[bytes, bytes]:
    return {b"Authorization": b"Bearer " + token.encode()}


async def test_a_token_varied_by_nothing_is_still_a_token(city: RunningCity) -> None:
    """What the other tests vary is a true token, so what they find refused is refused for the variation."""
    citizen = await city.sign_in(2)
    again = mint(city, citizen.access_token).token()
    assert (await city.client.get(ME, headers=bearer(again))).status_code == 200
    operator = (await city.staff())["Authorization"].partition(" ")[2]
    again = mint(city, operator).token()
    assert (await city.client.get(FIGURES, headers=bearer(again))).status_code == 200


async def test_what_the_city_did_not_sign_is_no_token(city: RunningCity) -> None:
    citizen = await city.sign_in(0)
    async with unchanged(city, citizen):
        for kind, token in forgeries(mint(city, citizen.access_token)).items():
            answer = await city.client.get(ME, headers=bearer(token))
            assert answer.status_code == 401, kind
            problem(answer, 401, "identity.token_invalid", token)
            for method, path, body in WRITES:
                answer = await city.client.request(method, path, json=body, headers=bearer(token))
                problem(answer, 401, "identity.token_invalid", token)


async def test_what_the_city_signed_for_something_else_is_no_token(city: RunningCity) -> None:
    citizen = await city.sign_in(0)
    async with unchanged(city, citizen):
        for kind, token in wrong_claims(mint(city, citizen.access_token)).items():
            answer = await city.client.get(ME, headers=bearer(token))
            assert answer.status_code == 401, kind
            problem(answer, 401, "identity.token_invalid", token)


async def test_staff_tokens_are_forged_no_better(city: RunningCity) -> None:
    operator = mint(city, (await city.staff())["Authorization"].partition(" ")[2])
    changed = wrong_claims(operator) | {"a role that is none": operator.token(role=["operator"])}
    changed.pop("a level beyond all")  # a claim of citizens; among staff it means nothing
    changed.pop("a level as a number")
    for kind, token in (forgeries(operator) | changed).items():
        answer = await city.client.get(FIGURES, headers=bearer(token))
        assert answer.status_code == 401, kind
        problem(answer, 401, "identity.token_invalid", token)


async def test_a_role_of_nobody_opens_nothing(city: RunningCity) -> None:
    gate = mint(city, (await city.staff("gate"))["Authorization"].partition(" ")[2])
    answer = await city.client.get(FIGURES, headers=bearer(gate.token(role="mayor")))
    problem(answer, 403, "identity.forbidden", "mayor")


async def test_citizens_and_staff_are_two_worlds(city: RunningCity) -> None:
    """A token of the other audience is nobody's there, whatever it says of levels or roles."""
    citizen = await city.sign_in(2)
    operator = (await city.staff())["Authorization"].partition(" ")[2]
    problem(await city.client.get(FIGURES, headers=citizen.headers), 403, "identity.forbidden")
    problem(await city.client.get(ME, headers=bearer(operator)), 403, "identity.forbidden")
    as_staff = mint(city, citizen.access_token).token(role="operator", name="operator")
    problem(await city.client.get(FIGURES, headers=bearer(as_staff)), 403, "identity.forbidden")
    as_citizen = mint(city, operator).token(acr="3", proved_at={})
    problem(await city.client.get(ME, headers=bearer(as_citizen)), 403, "identity.forbidden")


async def test_a_token_whose_time_is_over_says_so_and_can_be_refreshed(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    token = mint(city, citizen.access_token).expired()
    async with unchanged(city, citizen):
        answer = await city.client.get(ME, headers=bearer(token))
        problem(answer, 401, "identity.token_expired", token)
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        for method, path, body in WRITES:
            answer = await city.client.request(method, path, json=body, headers=bearer(token))
            problem(answer, 401, "identity.token_expired", token)
    pair = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    fresh = (await city.client.post("/api/v1/sessions/refresh", json=pair)).raise_for_status().json()
    assert (await city.client.get(ME, headers=bearer(fresh["access_token"]))).status_code == 200


async def test_an_expired_staff_token_is_refused_too(city: RunningCity) -> None:
    operator = mint(city, (await city.staff())["Authorization"].partition(" ")[2])
    problem(await city.client.get(FIGURES, headers=bearer(operator.expired())), 401, "identity.token_expired")


async def test_an_old_proof_does_not_count_where_a_fresh_one_is_asked(city: RunningCity) -> None:
    """Withdrawing from the housing fund needs a face of the last ten minutes."""
    citizen = await city.sign_in(2)
    true = mint(city, citizen.access_token)
    path = "/api/v1/cards/gy.housing_fund/operations/withdraw"
    for age in (None, 601):
        proofs = {**true.claims["proved_at"], **({} if age is None else {"3": int(time.time()) - age})}
        headers = {**bearer(true.token(acr="3", proved_at=proofs)), b"Idempotency-Key": b"0123456789abcdef"}
        answer = await city.client.post(path, json={"input": {}}, headers=headers)
        body = problem(answer, 401, "identity.step_up_needed")
        assert (body["acr_values"], body["max_age"]) == ("3", 600)
        assert answer.headers["WWW-Authenticate"].endswith('acr_values="3", max_age=600')


async def test_an_account_that_is_none_sees_and_books_nothing(city: RunningCity) -> None:
    """As after an account was removed while its token was alive."""
    nobody: Mint = mint(city, (await city.sign_in(2)).access_token)
    headers = bearer(nobody.token(sub="01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    problem(await city.client.get(ME, headers=headers), 401, "identity.account_not_found")
    use = await city.client.post(
        "/api/v1/cards/gy.social_security/operations/accounts", json={"input": {}}, headers=headers
    )
    problem(use, 401, "identity.account_not_found")
    for path in ("consents", "bookings", "sessions", "me/access_log"):
        assert (await city.client.get(f"/api/v1/{path}", headers=headers)).json()["items"] == []
    answer = await city.client.post("/api/v1/identity/phone", json={"code": "x"}, headers=headers)
    problem(answer, 400, "identity.wechat.code_invalid")
