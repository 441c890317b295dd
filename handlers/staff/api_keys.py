"""API keys of departments' systems."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from handlers.http.contract import Created, endpoint
from handlers.http.errors import Forbidden
from handlers.http.fields import CityTime, Request, View
from handlers.http.policy import staff
from handlers.staff.administration import AdministrationHandler, OutcomeView
from identity_center.staff.api_keys import PREFIX, ApiKey, NewApiKey
from identity_center.staff.changes import RevokeKey
from identity_center.staff.roles import ApiScope

System = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,40}$")]
"""The department's own name for what uses the key; it has at most two live ones."""


class ApiKeyRequest(Request):
    system: System
    scopes: Annotated[list[ApiScope], Field(min_length=1, max_length=10)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """How long it is valid; as long as a key can be when left out."""


class ApiKeysQuery(Request):
    department: Annotated[str, StringConstraints(max_length=64)] | None = None
    """For operators and auditors, who see those of all departments."""


class ApiKeyItem(View):
    id: str
    prefix: str
    """How the key begins: enough to tell it from others, and nothing to sign in with."""
    department: str
    system: str
    scopes: list[str]
    created_by: str
    created_at: CityTime
    expires_at: CityTime
    revoked_at: CityTime | None
    last_used_on: date | None
    live: bool


class ApiKeyList(View):
    items: list[ApiKeyItem]


class NewApiKeyView(View):
    key: ApiKeyItem
    secret: str
    """The whole key, shown this once: `Authorization: Bearer cstk_…`."""


class _ApiKeys(AdministrationHandler):
    def item(self, key: ApiKey) -> ApiKeyItem:
        return ApiKeyItem(
            id=key.id,
            prefix=f"{PREFIX}{key.id}",
            department=key.department,
            system=key.system,
            scopes=list(key.scopes),
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_on=key.last_used_on,
            live=key.is_live(self.machinery.clock.now()),
        )

    def new(self, made: NewApiKey) -> Created[NewApiKeyView]:
        return Created(NewApiKeyView(key=self.item(made.key), secret=made.text))

    def for_the_whole_department(self) -> None:
        """A key opens what its department has: not for whoever is there for one card or hall only."""
        if self.staff.scope:
            raise Forbidden


class StaffApiKeys(_ApiKeys):
    @endpoint(who=staff("department", "operator", "auditor"))
    async def get(self, query: ApiKeysQuery) -> ApiKeyList:
        """The department's API keys, the newest first; of all departments for operators and auditors."""
        own = self.staff.department if self.staff.role == "department" else query.department
        found = await self.centre.api_keys.of_department(own)
        return ApiKeyList(items=[self.item(key) for key in found])

    @endpoint(who=staff("department"), rate="write", writes_itself_down=True)
    async def post(self, request: ApiKeyRequest) -> Created[NewApiKeyView]:
        """Make an API key for a system of one's own department. The secret is shown once."""
        self.for_the_whole_department()
        return self.new(await self.centre.api_keys.make(self.staff, request.system, request.scopes, request.days))


class OneApiKey(_ApiKeys):
    @endpoint(who=staff("department", "operator"), rate="write", writes_itself_down=True)
    async def delete(self, key_id: str) -> OutcomeView:
        """Revoke a key at once. Operators can revoke those of departments, with a second person."""
        if self.staff.role == "operator":
            return await self.ask(RevokeKey(key_id=key_id), "")
        self.for_the_whole_department()
        await self.centre.api_keys.revoke(self.staff, key_id)
        return OutcomeView(state="done", proposal=None, temporary_password=None)


class ApiKeyRotation(_ApiKeys):
    @endpoint(who=staff("department"), rate="write", writes_itself_down=True)
    async def post(self, key_id: str) -> Created[NewApiKeyView]:
        """A successor that opens the same; the old key goes on for some days."""
        self.for_the_whole_department()
        return self.new(await self.centre.api_keys.rotate(self.staff, key_id))
