"""Who may call what, as one table. A new endpoint has to be entered here before the tests pass."""

from collections.abc import Mapping

import httpx

from tests.http.api_answers import any_problem, problem, unchanged
from tests.http.api_operations import Description, Operation, described, sample
from tests.running_city import RunningCity

GRID = """
                                                              anonymous
                                                              |   citizen of level 0
                                                              |   |   citizen of level 2
                                                              |   |   |   operator
                                                              |   |   |   |   auditor
                                                              |   |   |   |   |   gate
GET    /healthz                                               .   .   .   .   .   .
GET    /readyz                                                .   .   .   .   .   .
GET    /metrics                                               .   .   .   .   .   .
GET    /api/docs                                              .   .   .   .   .   .
GET    /api/docs/{asset}                                      .   .   .   .   .   .
GET    /api/problems/{code}                                   .   .   .   .   .   .
GET    /api/v1/city                                           .   .   .   .   .   .
GET    /.well-known/jwks.json                                 .   .   .   .   .   .
POST   /api/v1/sessions                                       .   .   .   .   .   .
GET    /api/v1/sessions                                       in  .   .   no  no  no
DELETE /api/v1/sessions                                       in  .   .   no  no  no
POST   /api/v1/sessions/refresh                               .   .   .   .   .   .
DELETE /api/v1/sessions/current                               in  .   .   no  no  no
DELETE /api/v1/sessions/{session_id}                          in  .   .   no  no  no
POST   /api/v1/identity/phone                                 in  .   .   no  no  no
POST   /api/v1/identity/real_name                             in  up1 .   no  no  no
POST   /api/v1/identity/face/challenges                       in  up2 .   no  no  no
POST   /api/v1/identity/face/verifications                    in  up2 .   no  no  no
GET    /api/v1/me                                             in  .   .   no  no  no
GET    /api/v1/me/access_log                                  in  .   .   no  no  no
GET    /api/v1/consents                                       in  .   .   no  no  no
POST   /api/v1/consents                                       in  .   .   no  no  no
DELETE /api/v1/consents/{consent_id}                          in  .   .   no  no  no
GET    /api/v1/acting                                         in  .   .   no  no  no
POST   /api/v1/acting                                         in  .   .   no  no  no
POST   /api/v1/acting/codes/reading                           in  up2 .   no  no  no
POST   /api/v1/acting/codes/acceptance                        in  up2 .   no  no  no
GET    /api/v1/family/relations                               in  .   .   no  no  no
DELETE /api/v1/family/relations/{relation_id}                 in  .   .   no  no  no
POST   /api/v1/family/relations/{relation_id}/handover        in  up3 up3 no  no  no
POST   /api/v1/family/invitations                             in  up2 .   no  no  no
POST   /api/v1/family/children                                in  up3 up3 no  no  no
POST   /api/v1/family/elders                                  in  up3 up3 no  no  no
POST   /api/v1/identity/claims                                in  up1 .   no  no  no
POST   /api/v1/identity/claims/challenges                     in  up1 .   no  no  no
GET    /api/v1/enterprises                                    in  .   .   no  no  no
POST   /api/v1/enterprises                                    in  up3 up3 no  no  no
DELETE /api/v1/enterprises/{enterprise_id}                    in  up2 .   no  no  no
POST   /api/v1/enterprises/{enterprise_id}/invitations        in  up3 up3 no  no  no
GET    /api/v1/enterprises/{enterprise_id}/agents             in  .   .   no  no  no
DELETE /api/v1/enterprises/{enterprise_id}/agents/{mandate_id}  in  .   .   no  no  no
POST   /api/v1/staff/sessions                                 .   .   .   .   .   .
DELETE /api/v1/staff/sessions/current                         in  no  no  .   .   .
GET    /api/v1/themes                                         .   .   .   .   .   .
GET    /api/v1/cards                                          .   .   .   .   .   .
GET    /api/v1/cards/{card_id}                                .   .   .   .   .   .
POST   /api/v1/cards/{card_id}/operations/{operation}         in  .   .   no  no  no
GET    /api/v1/cards/{card_id}/resources                      .   .   .   .   .   .
GET    /api/v1/cards/{card_id}/resources/{resource_id}/days   .   .   .   .   .   .
GET    /api/v1/cards/{card_id}/resources/{resource_id}/slots  .   .   .   .   .   .
GET    /api/v1/bookings                                       in  .   .   no  no  no
POST   /api/v1/bookings                                       in  .   .   no  no  no
GET    /api/v1/bookings/{booking_id}                          in  .   .   no  no  no
POST   /api/v1/bookings/{booking_id}/cancellation             in  .   .   no  no  no
GET    /api/v1/bookings/{booking_id}/ticket                   in  .   .   no  no  no
GET    /api/v1/bookings/{booking_id}/ticket.svg               in  .   .   no  no  no
POST   /api/v1/gate/check_ins                                 in  no  no  no  no  .
GET    /api/v1/gate/keys                                      .   .   .   .   .   .
GET    /api/v1/operator/figures                               in  no  no  .   .   no
GET    /api/v1/operator/cards                                 in  no  no  .   .   no
"""
"""`.` is let in; `in` has to sign in; `no` is for others; `up1` to `up3` need that level of assurance first. Who may
call what while acting for somebody else is another table, in test_api_acting.py: nobody, unless it is there."""

REFUSALS = {
    "in": (401, "identity.sign_in_needed"),
    "no": (403, "identity.forbidden"),
    "up1": (401, "identity.step_up_needed"),
    "up2": (401, "identity.step_up_needed"),
    "up3": (401, "identity.step_up_needed"),
}


def grid() -> dict[str, list[str]]:
    rows = [line.split() for line in GRID.splitlines() if "/" in line]
    return {f"{row[0]} {row[1]}": row[2:] for row in rows}


COLUMNS: tuple[int | str | None, ...] = (None, 0, 2, "operator", "auditor", "gate")


async def signed_in(city: RunningCity, who: int | str | None) -> Mapping[str, str]:
    """The headers of somebody with a session of their own: a level's citizen, a role's staff, or nobody."""
    if who is None:
        return {}
    return await city.staff(who) if isinstance(who, str) else (await city.sign_in(who)).headers


async def columns(city: RunningCity) -> list[Mapping[str, str]]:
    return [await signed_in(city, who) for who in COLUMNS]


async def called(
    city: RunningCity, operation: Operation, description: Description, headers: Mapping[str, str]
) -> httpx.Response:
    body = {"json": sample(operation.request, description.schemas)} if operation.request else {}
    return await city.client.request(operation.method, operation.at(), headers=dict(headers), **body)


async def test_the_table_has_every_endpoint_and_no_other(city: RunningCity) -> None:
    description = await described(city)
    assert sorted(grid()) == sorted(operation.name for operation in description.operations)


async def test_each_is_let_in_or_refused_as_the_table_says(city: RunningCity) -> None:
    description, callers = await described(city), await columns(city)
    for operation in description.operations:
        ends_sessions = operation.method == "DELETE" and "sessions" in operation.path
        for place, (verdict, caller) in enumerate(zip(grid()[operation.name], callers, strict=True)):
            headers = await signed_in(city, COLUMNS[place]) if ends_sessions and verdict == "." else caller
            answer = await called(city, operation, description, headers)
            if verdict == ".":
                let_in(answer)
            else:
                refused(answer, verdict)


def let_in(answer: httpx.Response) -> None:
    """Whatever becomes of the request, it is not turned away for who sent it."""
    if answer.status_code >= 400:
        code = any_problem(answer)["code"]
        assert code not in ("identity.sign_in_needed", "identity.step_up_needed", "identity.forbidden"), answer.url


def refused(answer: httpx.Response, verdict: str) -> None:
    body = problem(answer, *REFUSALS[verdict])
    if verdict.startswith("up"):
        assert body["acr_values"] == verdict[2:]
        challenge = f'Bearer error="insufficient_user_authentication", acr_values="{verdict[2:]}"'
        challenge += f", max_age={body['max_age']}" if body["max_age"] else ""
        assert answer.headers["WWW-Authenticate"] == challenge


async def test_who_may_not_call_learns_nothing_of_what_is_there(city: RunningCity) -> None:
    """The refusal comes before the body, the query or the address is looked at, and is the same for all of them."""
    description, callers = await described(city), await columns(city)
    citizen = await city.sign_in(0)
    async with unchanged(city, citizen):
        for operation in description.operations:
            for verdict, headers in zip(grid()[operation.name], callers, strict=True):
                if verdict == ".":
                    continue
                for at, body in (("unknown", b"{"), ("%00", b""), ("gy.scenic_spots", b"[1]")):
                    sent = {**headers, "Content-Type": "application/json", "Idempotency-Key": "?"}
                    answer = await city.client.request(operation.method, operation.at(at), headers=sent, content=body)
                    refused(answer, verdict)
