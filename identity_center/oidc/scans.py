"""The phone's side of a sign-in: scanned, looked at, approved or refused in the mini-program."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.caller import FACE, Citizen
from core.clock import Clock
from core.documents import Documents, GuardFailed
from core.rotation import LIVES, half_minute
from identity_center.consent import ConsentService
from identity_center.oidc.bearer_texts import made, parts_of
from identity_center.oidc.client import SiteClient
from identity_center.oidc.errors import NumberWrong, ScanNotFound, ScanOfAnother, ScanOver
from identity_center.oidc.scopes import FIELDS, personal
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.vault import Vault


@dataclass(frozen=True)
class Scan:
    """What the citizen decides about. `numbers` are three, of which the page shows one."""

    id: str
    client: SiteClient
    scopes: tuple[str, ...]
    level: int
    max_age: int | None
    numbers: tuple[str, ...]
    expires_at: datetime


class Scans:
    """A code is of its half minute, and good for a minute; the first citizen who scans it is the one who may decide."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault, consents: ConsentService) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._consents = consents

    def text(self, request: SignInRequest) -> str:
        """What the page shows in this half minute."""
        step = int(half_minute(self._clock.now()).timestamp())
        return made(self._vault, "scan", request.id, str(step))

    async def scan(self, citizen: Citizen, text: str) -> Scan:
        """Looked at for the first time, it becomes this citizen's to decide about. Nobody else's it can become.

        Raises `ScanNotFound`, `ScanOfAnother`, `ScanOver`."""
        request, fresh = await self._found(text)
        if request.stage == "waiting":
            if not fresh:
                raise ScanNotFound
            request = await self._claimed(citizen, request)
        return await self._view(text, self._undecided(citizen, request))

    async def approve(self, citizen: Citizen, text: str, number: str, agreed: Collection[str]) -> None:
        """`agreed` are the personal scopes that the citizen ticked, each by itself; the sign-in does not hang on them.

        Raises what `scan` raises, `StepUpNeeded`, and `NumberWrong`, after which the sign-in is over."""
        request = self._undecided(citizen, (await self._found(text))[0])
        now = self._clock.now()
        citizen.require(request.level, request.max_age if request.level == FACE else None, now)
        if number != request.digits:
            await self._moved(request.moved(now, "refused"))
            raise NumberWrong
        scopes = tuple(scope for scope in request.scopes if scope not in FIELDS or scope in agreed)
        await self._consent(citizen, await self._client(request), scopes)
        face = citizen.proved_at.get(FACE) if citizen.assurance == FACE else None
        known = {"agreed": scopes, "approved_at": now, "face_proved_at": face, "city_level": citizen.assurance}
        proved = face if request.level == FACE else now
        await self._moved(request.moved(now, "approved", city_session=citizen.session_id, proved_at=proved, **known))

    async def refuse(self, citizen: Citizen, text: str) -> None:
        """Raises what `scan` raises."""
        request = self._undecided(citizen, (await self._found(text))[0])
        await self._moved(request.moved(self._clock.now(), "refused"))

    async def _found(self, text: str) -> tuple[SignInRequest, bool]:
        """The request of a genuine code, and whether the code may still be scanned."""
        parts = parts_of(self._vault, "scan", text)
        request = await self._documents.get(SignInRequest, parts[0]) if parts and len(parts) == 2 else None
        if parts is None or request is None:
            raise ScanNotFound
        age = self._clock.now() - datetime.fromtimestamp(int(parts[1]), UTC)
        return request, timedelta(seconds=-5) <= age <= LIVES

    async def _claimed(self, citizen: Citizen, request: SignInRequest) -> SignInRequest:
        move = request.moved(self._clock.now(), "scanned", account_id=citizen.id, city_session=citizen.session_id)
        try:
            return (await self._documents.write(move)).after(move)
        except GuardFailed:
            newer = await self._documents.get(SignInRequest, request.id)
            if newer is None:
                raise ScanOver from None
            return newer

    def _undecided(self, citizen: Citizen, request: SignInRequest) -> SignInRequest:
        if request.account_id not in (None, citizen.id):
            raise ScanOfAnother
        if request.stage != "scanned" or not request.is_live(self._clock.now()):
            raise ScanOver
        return request

    async def _moved(self, move: object) -> None:
        try:
            await self._documents.write(move)  # type: ignore[arg-type]
        except GuardFailed:
            raise ScanOver from None

    async def _consent(self, citizen: Citizen, client: SiteClient, scopes: tuple[str, ...]) -> None:
        """To the sign-in itself, and to each field by itself, unless the citizen has agreed to it already. Written
        before the approval: an approval that comes too late leaves a consent that nothing uses, never the reverse."""
        card, department = client.consent_card, client.department
        for fields in (*((FIELDS[scope],) for scope in personal(scopes)), ()):
            if await self._consents.covering(citizen.id, card_id=card, department=department, fields=fields):
                continue
            await self._consents.grant(
                citizen,
                card_id=card,
                department=department,
                fields=fields,
                purpose=client.purpose,
                separate=fields,  # ticked one by one
            )

    async def _client(self, request: SignInRequest) -> SiteClient:
        client = await self._documents.get(SiteClient, request.client_id)
        if client is None or client.disabled_at is not None:
            raise ScanOver
        return client

    async def _view(self, text: str, request: SignInRequest) -> Scan:
        client = await self._client(request)
        numbers = self._numbers(request)
        return Scan(text, client, request.scopes, request.level, request.max_age, numbers, request.expires_at)

    def _numbers(self, request: SignInRequest) -> tuple[str, ...]:
        """The right one and two others, the same and in the same order whenever it is asked."""
        digest = self._vault.keyed_digest("oidc numbers", request.id)
        right, numbers = int(request.digits) - 10, [request.digits]
        for byte in digest:
            other = f"{(right + 1 + byte % 89) % 90 + 10}"
            if other not in numbers:
                numbers.append(other)
            if len(numbers) == 3:
                break
        place = digest[-1] % 3
        numbers[0], numbers[place] = numbers[place], numbers[0]
        return tuple(numbers)
