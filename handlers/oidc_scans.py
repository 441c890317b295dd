"""Sign-in for department sites, as the mini-program sees it: scanned codes, and the sites one is signed in to."""

from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints

from core.caller import FACE
from core.text import Text
from handlers.http.contract import NoContent, endpoint
from handlers.http.fields import CityTime, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen
from identity_center.oidc.clients import ClientRegister
from identity_center.oidc.scans import Scan, Scans
from identity_center.oidc.scopes import FIELDS, WORDS
from identity_center.oidc.sites import SiteSessions


class DepartmentNames(Protocol):
    def department_name(self, department_id: str) -> Text: ...


class AskedItem(View):
    scope: str
    name: Text
    sensitive: bool
    """An ID number: the law wants a consent of its own, so it is ticked apart and never beforehand."""
    optional: bool
    """Personal data: the sign-in works without it, as far as the platform is concerned."""


class ScanView(View):
    id: str
    site: Text
    department: str
    department_name: Text
    purpose: Text
    asked: list[AskedItem]
    numbers: list[str]
    """The citizen chooses the one that stands on the page. A wrong one ends the sign-in."""
    assurance: int
    """The level that the approval needs; the approval answers with a step-up (RFC 9470) below it."""
    max_age: int | None
    expires_at: CityTime


class ApprovalRequest(Request):
    number: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]$")]
    agreed: Annotated[list[Literal["real_name", "phone", "id_number"]], Field(max_length=3, default_factory=list)]
    """The personal data that the citizen ticked."""


class SiteSignInItem(View):
    id: str
    site: Text
    department: str
    department_name: Text
    scopes: list[str]
    assurance: int
    created_at: CityTime
    refreshed_at: CityTime
    expires_at: CityTime


class SiteSignInList(View):
    items: list[SiteSignInItem]


class _Scans(Handler):
    def initialize(self, scans: Scans, names: DepartmentNames) -> None:
        self.scans = scans
        self.names = names


class OneScan(_Scans):
    @endpoint(who=citizen(), rate="sign_in")
    async def get(self, scan_id: str) -> ScanView:
        """What a scanned code asks for. From now on it is this citizen's to approve or refuse, and nobody else's."""
        return self._view(await self.scans.scan(self.citizen, scan_id))

    def _view(self, scan: Scan) -> ScanView:
        return ScanView(
            id=scan.id,
            site=scan.client.name,
            department=scan.client.department,
            department_name=self.names.department_name(scan.client.department),
            purpose=scan.client.purpose,
            asked=[
                AskedItem(scope=scope, name=WORDS[scope], sensitive=scope == "id_number", optional=scope in FIELDS)
                for scope in scan.scopes
            ],
            numbers=list(scan.numbers),
            assurance=scan.level,
            max_age=scan.max_age if scan.level == FACE else None,
            expires_at=scan.expires_at,
        )


class ScanApproval(_Scans):
    @endpoint(who=citizen(), rate="sign_in")
    async def post(self, scan_id: str, request: ApprovalRequest) -> NoContent:
        """Sign in to the site with this, and let it have what was ticked."""
        await self.scans.approve(self.citizen, scan_id, request.number, request.agreed)
        return NoContent()


class ScanRefusal(_Scans):
    @endpoint(who=citizen(), rate="sign_in")
    async def post(self, scan_id: str) -> NoContent:
        """Refuse: the page goes back to the site, which learns nothing of the citizen."""
        await self.scans.refuse(self.citizen, scan_id)
        return NoContent()


class _SiteSignIns(Handler):
    def initialize(self, sessions: SiteSessions, clients: ClientRegister, names: DepartmentNames) -> None:
        self.sessions = sessions
        self.clients = clients
        self.names = names


class SiteSignIns(_SiteSignIns):
    @endpoint(who=citizen())
    async def get(self) -> SiteSignInList:
        """The department sites that the citizen is signed in to, the newest first."""
        items = []
        for found in await self.sessions.sign_ins(self.citizen):
            client = await self.clients.known(found.client_id)
            items.append(
                SiteSignInItem(
                    id=found.id,
                    site=client.name,
                    department=found.department,
                    department_name=self.names.department_name(found.department),
                    scopes=list(found.scopes),
                    assurance=found.level,
                    created_at=found.created_at,
                    refreshed_at=found.refreshed_at,
                    expires_at=found.expires_at,
                )
            )
        return SiteSignInList(items=items)

    @endpoint(who=citizen(), rate="write")
    async def delete(self) -> NoContent:
        """End all of them."""
        await self.sessions.end_all(self.citizen)
        return NoContent()


class OneSiteSignIn(_SiteSignIns):
    @endpoint(who=citizen(), rate="write")
    async def delete(self, sign_in_id: str) -> NoContent:
        """End one: its tokens are worth nothing at once, and that browser has to be approved anew."""
        await self.sessions.end(self.citizen, sign_in_id)
        return NoContent()
