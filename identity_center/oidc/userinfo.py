"""Userinfo and introspection: what a site learns of whoever signed in, each release under a live consent and logged."""

from core.text import text
from identity_center.errors import ConsentNeeded, PersonalDataMissing
from identity_center.oidc.client import SiteClient
from identity_center.oidc.clients import ClientRegister
from identity_center.oidc.errors import InvalidToken
from identity_center.oidc.scopes import CLAIMS, FIELDS, personal
from identity_center.oidc.site_tokens import TokenEndpoint
from identity_center.personal_data import PersonalData

Claim = str | int | bool


class UserInfo:
    def __init__(
        self, tokens: TokenEndpoint, clients: ClientRegister, personal_data: PersonalData, *, issuer: str
    ) -> None:
        self._tokens = tokens
        self._clients = clients
        self._personal_data = personal_data
        self._issuer = issuer

    async def claims(self, access_token: str, request_id: str) -> dict[str, Claim]:
        """`sub` always; each field while the consent to it lives, and each time a line in the citizen's access log.

        Raises `InvalidToken`."""
        claim = await self._tokens.claim(access_token)
        if claim is None:
            raise InvalidToken
        sign_in = claim.sign_in
        client = await self._clients.known(sign_in.client_id)
        found: dict[str, Claim] = {"sub": sign_in.subject}
        for scope in personal(sign_in.scopes):
            value = await self._released(client, sign_in.account_id, scope, request_id)
            if value is not None:
                found[CLAIMS[scope]] = value
        if "phone_number" in found:
            found["phone_number_verified"] = True
        return found

    async def introspection(self, client: SiteClient, token: str) -> dict[str, Claim]:
        """RFC 7662, for clients of the department whose token it is. Everything else is not active."""
        claim = await self._tokens.claim(token)
        refreshing = None if claim else await self._tokens.refreshing(token)
        sign_in = claim.sign_in if claim else refreshing
        if sign_in is None or sign_in.department != client.department:
            return {"active": False}
        return {
            "active": True,
            "iss": self._issuer,
            "sub": sign_in.subject,
            "client_id": sign_in.client_id,
            "scope": " ".join(sign_in.scopes),
            "acr": str(sign_in.level),
            "auth_time": int(sign_in.auth_time.timestamp()),
            "exp": int((claim.expires_at if claim else sign_in.expires_at).timestamp()),
            **({"token_type": "Bearer"} if claim else {}),
        }

    async def _released(self, client: SiteClient, account_id: str, scope: str, request_id: str) -> str | None:
        """None when the citizen has withdrawn it, or the account does not hold it."""
        field = FIELDS[scope]
        try:
            opened = await self._personal_data.release(
                account_id,
                card_id=client.consent_card,
                department=client.department,
                fields=(field,),
                purpose=text(f"登录“{client.name.zh}”", f"signing in to {client.name.en}"),
                request_id=request_id,
            )
        except (ConsentNeeded, PersonalDataMissing):
            return None
        return opened[field]
