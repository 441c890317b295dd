"""Who may call what, as one table. A new endpoint has to be entered here before the tests pass."""

from collections.abc import Mapping

import httpx

from tests.http.api_answers import any_problem, problem, unchanged
from tests.http.api_operations import Description, Operation, described, sample
from tests.http.api_services import with_face
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
GET    /api/v1/records/keys                                   .   .   .   .   .   .
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
POST   /api/v1/identity/face/wechat                           in  up2 .   no  no  no
POST   /api/v1/identity/face/wechat/result                    in  up2 .   no  no  no
GET    /api/v1/me                                             in  .   .   no  no  no
GET    /api/v1/me/access_log                                  in  .   .   no  no  no
GET    /api/v1/me/messages                                    in  .   .   no  no  no
POST   /api/v1/me/messages/read                               in  .   .   no  no  no
POST   /api/v1/me/reveal                                      in  up2 .   no  no  no
GET    /api/v1/me/companions                                  in  up2 .   no  no  no
POST   /api/v1/me/companions                                  in  up2 .   no  no  no
DELETE /api/v1/me/companions/{companion_id}                   in  up2 .   no  no  no
GET    /api/v1/me/export                                      in  .   .   no  no  no
GET    /api/v1/me/corrections                                 in  .   .   no  no  no
POST   /api/v1/me/corrections                                 in  .   .   no  no  no
GET    /api/v1/me/closing                                     in  .   .   no  no  no
POST   /api/v1/me/closing                                     in  .   .   no  no  no
DELETE /api/v1/me/closing                                     in  .   .   no  no  no
GET    /api/v1/operator/corrections                           in  no  no  .   .   no
GET    /api/v1/operator/corrections/{correction_id}           in  no  no  .   no  no
POST   /api/v1/operator/corrections/{correction_id}/acceptance in no  no  .   no  no
POST   /api/v1/operator/corrections/{correction_id}/refusal   in  no  no  .   no  no
GET    /api/v1/consents                                       in  .   .   no  no  no
POST   /api/v1/consents                                       in  .   .   no  no  no
DELETE /api/v1/consents/{consent_id}                          in  .   .   no  no  no
GET    /api/v1/consents/{consent_id}/receipt                  in  .   .   no  no  no
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
GET    /staff                                                 .   .   .   .   .   .
GET    /staff/{asset}                                         .   .   .   .   .   .
GET    /api/v1/staff/sessions                                 in  no  no  .   .   .
DELETE /api/v1/staff/sessions                                 in  no  no  .   .   .
POST   /api/v1/staff/sessions/current/post                    in  no  no  .   .   .
DELETE /api/v1/staff/sessions/{session_id}                    in  no  no  .   .   .
GET    /api/v1/staff/me                                       in  no  no  .   .   .
POST   /api/v1/staff/password                                 in  no  no  .   .   .
POST   /api/v1/staff/second_factor                            in  no  no  .   .   .
POST   /api/v1/staff/second_factor/confirmation               in  no  no  .   .   .
POST   /api/v1/staff/second_factor/recovery_codes             in  no  no  .   .   .
GET    /api/v1/staff/accounts                                 in  no  no  .   .   no
POST   /api/v1/staff/accounts                                 in  no  no  .   no  no
POST   /api/v1/staff/accounts/{name}/posts                    in  no  no  .   no  no
POST   /api/v1/staff/accounts/{name}/password_reset           in  no  no  .   no  no
POST   /api/v1/staff/accounts/{name}/second_factor_reset      in  no  no  .   no  no
POST   /api/v1/staff/accounts/{name}/disabling                in  no  no  .   no  no
DELETE /api/v1/staff/accounts/{name}/posts/{post_id}          in  no  no  .   no  no
GET    /api/v1/staff/proposals                                in  no  no  .   .   no
POST   /api/v1/staff/proposals/{proposal_id}/approval         in  no  no  .   .   no
POST   /api/v1/staff/proposals/{proposal_id}/rejection        in  no  no  .   .   no
GET    /api/v1/staff/api_keys                                 in  no  no  .   .   no
POST   /api/v1/staff/api_keys                                 in  no  no  no  no  no
POST   /api/v1/staff/api_keys/{key_id}/rotation               in  no  no  no  no  no
DELETE /api/v1/staff/api_keys/{key_id}                        in  no  no  .   no  no
GET    /api/v1/staff/log                                      in  no  no  no  .   no
GET    /api/v1/staff/log/verification                         in  no  no  no  .   no
POST   /api/v1/staff/hall_codes                               in  no  no  no  no  no
GET    /api/v1/identity/hall_code                             in  .   .   no  no  no
POST   /api/v1/identity/hall_code                             in  up2 .   no  no  no
GET    /api/v1/department/cards                               in  no  no  no  no  no
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
GET    /.well-known/jwt-vc-issuer                             .   .   .   .   .   .
GET    /api/v1/credentials/types                              .   .   .   .   .   .
GET    /api/v1/credentials/types/{type_id}                    .   .   .   .   .   .
GET    /api/v1/credentials/keys                               .   .   .   .   .   .
GET    /api/v1/credentials/status                             .   .   .   .   .   .
GET    /api/v1/credentials/status/{number}                    .   .   .   .   .   .
GET    /api/v1/me/credentials                                 in  up2 .   no  no  no
POST   /api/v1/me/credentials                                 in  up2 .   no  no  no
GET    /api/v1/me/credentials/{credential_id}                 in  up2 .   no  no  no
DELETE /api/v1/me/credentials/{credential_id}                 in  up2 .   no  no  no
GET    /api/v1/me/credentials/{credential_id}/presentation    in  up2 .   no  no  no
GET    /api/v1/me/credentials/{credential_id}/presentation.svg in up2 .   no  no  no
GET    /api/v1/me/credentials/{credential_id}/record          in  up2 .   no  no  no
POST   /api/v1/operator/credentials                           in  no  no  .   no  no
POST   /api/v1/operator/credentials/search                    in  no  no  .   no  no
GET    /api/v1/operator/credentials/{credential_id}           in  no  no  .   .   no
GET    /api/v1/operator/credentials/{credential_id}/record    in  no  no  .   .   no
POST   /api/v1/operator/credentials/{credential_id}/suspension in no  no  .   no  no
POST   /api/v1/operator/credentials/{credential_id}/resumption in no  no  .   no  no
POST   /api/v1/operator/credentials/{credential_id}/revocation in no  no  .   no  no
POST   /api/v1/gate/credentials                               in  no  no  no  no  .
GET    /.well-known/openid-configuration                      .   .   .   .   .   .
GET    /oidc/jwks                                             .   .   .   .   .   .
POST   /oidc/par                                              .   .   .   .   .   .
POST   /oidc/token                                            .   .   .   .   .   .
POST   /oidc/introspect                                       .   .   .   .   .   .
POST   /oidc/revoke                                           .   .   .   .   .   .
GET    /oidc/userinfo                                         .   .   .   .   .   .
POST   /oidc/userinfo                                         .   .   .   .   .   .
GET    /oidc/authorize                                        .   .   .   .   .   .
POST   /oidc/authorize                                        .   .   .   .   .   .
GET    /oidc/sign_ins/{request_id}                            .   .   .   .   .   .
GET    /oidc/sign_ins/{request_id}/code.svg                   .   .   .   .   .   .
GET    /oidc/sign_ins/{request_id}/progress                   .   .   .   .   .   .
GET    /oidc/sign_ins/{request_id}/continuation               .   .   .   .   .   .
POST   /oidc/sign_ins/{request_id}/cancellation               .   .   .   .   .   .
GET    /oidc/logout                                           .   .   .   .   .   .
POST   /oidc/logout                                           .   .   .   .   .   .
GET    /oidc/assets/{asset}                                   .   .   .   .   .   .
GET    /api/v1/oidc/scans/{scan_id}                           in  .   .   no  no  no
POST   /api/v1/oidc/scans/{scan_id}/approval                  in  .   .   no  no  no
POST   /api/v1/oidc/scans/{scan_id}/refusal                   in  .   .   no  no  no
GET    /api/v1/me/site_sign_ins                               in  .   .   no  no  no
DELETE /api/v1/me/site_sign_ins                               in  .   .   no  no  no
DELETE /api/v1/me/site_sign_ins/{sign_in_id}                  in  .   .   no  no  no
POST   /api/v1/staff/oidc_clients                             in  no  no  .   no  no
GET    /api/v1/staff/oidc_clients                             in  no  no  .   .   no
GET    /api/v1/staff/oidc_clients/{client_id}                 in  no  no  .   .   no
POST   /api/v1/staff/oidc_clients/{client_id}/secret          in  no  no  .   no  no
PUT    /api/v1/staff/oidc_clients/{client_id}/keys            in  no  no  .   no  no
POST   /api/v1/staff/oidc_clients/{client_id}/disablement     in  no  no  .   no  no
POST   /api/v1/staff/oidc_clients/{client_id}/enablement      in  no  no  .   no  no
GET    /api/v1/operator/figures                               in  no  no  .   .   no
GET    /api/v1/operator/cards                                 in  no  no  .   .   no
POST   /api/v1/operator/withdrawals                           in  no  no  .   no  no
"""
"""`.` is let in; `in` has to sign in; `no` is for others; `up1` to `up3` need that level of assurance first. Who may
call what while acting for somebody else is another table, in test_api_acting.py: nobody, unless it is there."""

NEWER = """
                                                              department
                                                              |   hall clerk
                                                              |   |   department's system, by API key
GET    /api/v1/staff/sessions                                 .   .   no
DELETE /api/v1/staff/sessions                                 .   .   no
POST   /api/v1/staff/sessions/current/post                    .   .   no
DELETE /api/v1/staff/sessions/{session_id}                    .   .   no
GET    /api/v1/staff/me                                       .   .   no
POST   /api/v1/staff/password                                 .   .   no
POST   /api/v1/staff/second_factor                            .   .   no
POST   /api/v1/staff/second_factor/confirmation               .   .   no
POST   /api/v1/staff/second_factor/recovery_codes             .   .   no
GET    /api/v1/staff/api_keys                                 .   no  no
POST   /api/v1/staff/api_keys                                 .   no  no
POST   /api/v1/staff/api_keys/{key_id}/rotation               .   no  no
DELETE /api/v1/staff/api_keys/{key_id}                        .   no  no
POST   /api/v1/staff/hall_codes                               no  .   no
GET    /api/v1/department/cards                               .   no  .
DELETE /api/v1/staff/sessions/current                         .   .   no
POST   /api/v1/staff/oidc_clients                             .   no  no
GET    /api/v1/staff/oidc_clients                             .   no  no
GET    /api/v1/staff/oidc_clients/{client_id}                 .   no  no
POST   /api/v1/staff/oidc_clients/{client_id}/secret          .   no  no
PUT    /api/v1/staff/oidc_clients/{client_id}/keys            .   no  no
POST   /api/v1/staff/oidc_clients/{client_id}/disablement     .   no  no
"""
"""What else there is of callers: these are let in here. All other endpoints are open to anybody or not for them."""

REFUSALS = {
    "in": (401, "identity.sign_in_needed"),
    "no": (403, "identity.forbidden"),
    "up1": (401, "identity.step_up_needed"),
    "up2": (401, "identity.step_up_needed"),
    "up3": (401, "identity.step_up_needed"),
}


def rows_of(table: str) -> dict[str, list[str]]:
    rows = [line.split() for line in table.splitlines() if " /" in line]
    return {f"{row[0]} {row[1]}": row[2:] for row in rows}


def grid() -> dict[str, list[str]]:
    newer = rows_of(NEWER)
    return {
        name: in_between(verdicts) + newer.get(name, ["." if set(verdicts) == {"."} else "no"] * 3)
        for name, verdicts in rows_of(GRID).items()
    }


def in_between(verdicts: list[str]) -> list[str]:
    """With the levels 1 and 3 beside 0 and 2: what a level opens stays open to all above it."""
    nobody, lowest, second, *staff = verdicts
    needed = lowest.removeprefix("up")
    return [nobody, lowest, "." if needed in (".", "1") else lowest, second, second if second == "no" else ".", *staff]


KEY = "API key"
COLUMNS: tuple[int | str | None, ...] = (
    None,
    0,
    1,
    2,
    3,
    "operator",
    "auditor",
    "gate",
    "department",
    "hall_clerk",
    KEY,
)


async def signed_in(city: RunningCity, who: int | str | None) -> Mapping[str, str]:
    """The headers of somebody of their own: a level's citizen, a role's staff, a department's system, or nobody."""
    if who is None:
        return {}
    if who == KEY:
        return await city.api_key()
    if who == 3:
        return (await with_face(city)).headers
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
            if ends_sessions and verdict == ".":
                callers[place] = await signed_in(city, COLUMNS[place])  # it may have ended all of an account's


def let_in(answer: httpx.Response) -> None:
    """Whatever becomes of the request, it is not turned away for who sent it."""
    if answer.status_code >= 400:
        of_oauth = answer.headers["Content-Type"] == "application/json"  # whose errors have a shape of their own
        code = answer.json()["code"] if of_oauth else any_problem(answer)["code"]
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
