"""Accounts: made at the first sign-in, then raised step by step from a WeChat user to a known person."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from core.caller import FACE, PHONE, REAL_NAME, Citizen, StepUpNeeded
from core.clock import Clock
from core.conditions import field
from core.documents import Documents, Duplicate, GuardFailed, Insert, Patch
from core.ids import new_id
from core.masking import masked_id_number, masked_name, masked_phone
from core.resident_id import is_resident_id, normalised
from identity_center.account import Account, PersonalField, Standing, seal_context, standing
from identity_center.ages import GUARDIAN_CONSENTS_BELOW, OF_AGE, age_on
from identity_center.attempts import DailyLimit
from identity_center.errors import (
    AccountNotFound,
    AuthorityUnavailable,
    InvalidIdNumber,
    InvalidName,
    PersonalDataMissing,
    RealNameAlreadyConfirmed,
    RealNameLocked,
    RealNameMismatch,
)
from identity_center.names import is_name, normalised_name
from identity_center.ports import Authority, WeChat, WeChatSession
from identity_center.relations.errors import GuardianNeeded, ManagedAccountExists
from identity_center.relations.managed import as_own
from identity_center.settings import IdentitySettings
from identity_center.vault import Vault


@dataclass(frozen=True)
class Me:
    """What a citizen sees of their own account: personal data masked."""

    id: str
    assurance: int
    proved_at: Mapping[int, datetime]
    name: str | None
    id_number: str | None
    phone: str | None
    created_at: datetime


@dataclass(frozen=True)
class _Masked:
    """The personal data of one version of an account, as it is shown."""

    version: int
    name: str | None
    id_number: str | None
    phone: str | None


_REMEMBERED = 20_000


class AccountService:
    """Everything done to an account. What a citizen proves here shows in the next access token of their session."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        wechat: WeChat,
        authority: Authority,
        zone: tzinfo,
        settings: IdentitySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._wechat = wechat
        self._authority = authority
        self._zone = zone
        self._proofs = settings.proofs
        self._masks: OrderedDict[str, _Masked] = OrderedDict()
        self._person_keys: OrderedDict[str, str] = OrderedDict()
        self._attempts = DailyLimit(documents, clock, zone, "real_name", settings.real_name_attempts_per_day)

    async def of_wechat(self, session: WeChatSession) -> Account:
        """The account of a WeChat user, made when there is none. Of two first sign-ins at once, one makes it."""
        openid_index = self._vault.blind_index("openid", session.openid)
        return await self._by_openid(openid_index) or await self._made(openid_index, session)

    async def get(self, account_id: str) -> Account:
        """Raises `AccountNotFound`."""
        account = await self._documents.get(Account, account_id)
        if account is None:
            raise AccountNotFound
        return account

    async def me(self, citizen: Citizen) -> Me:
        account = await self.get(citizen.id)
        now = Standing(citizen.assurance, citizen.proved_at)
        if citizen.acting is None:
            now = standing(account, citizen.proved_at.get(FACE), self._clock.now(), self._proofs)
        masked = self._masked(account)
        return Me(
            id=account.id,
            assurance=now.assurance,
            proved_at=now.proved_at,
            name=masked.name,
            id_number=masked.id_number,
            phone=masked.phone,
            created_at=account.created_at,
        )

    def _masked(self, account: Account) -> "_Masked":
        """Remembered as long as the account has not changed, so that looking at oneself opens no seals each time."""
        known = self._masks.get(account.id)
        if known is None or known.version != account.version:
            name, id_number, phone = (account.opened(self._vault, field) for field in ("name", "id_number", "phone"))
            known = self._masks[account.id] = _Masked(
                version=account.version,
                name=name and masked_name(name),
                id_number=id_number and masked_id_number(id_number),
                phone=phone and masked_phone(phone),
            )
            if len(self._masks) > _REMEMBERED:
                self._masks.popitem(last=False)
        return known

    async def masked_name(self, account_id: str) -> str | None:
        """How somebody else may see whose account it is; None when it is gone or holds no name."""
        account = await self._documents.get(Account, account_id)
        return None if account is None else self._masked(account).name

    async def confirm_phone(self, citizen: Citizen, code: str) -> None:
        """Level 1: the number behind the code of WeChat's phone button. A later one takes the place of the first.

        Raises what `WeChat.phone_number` raises, and `AccountNotFound`.
        """
        phone = await self._wechat.phone_number(code)
        proof = {
            "phone_index": self._vault.blind_index("phone", phone),
            "phone_sealed": self._sealed(citizen.id, "phone", phone),
            "phone_proved_at": self._clock.now(),
        }
        try:
            await self._documents.write(Patch(Account, citizen.id, set=proof))
        except GuardFailed as error:
            raise AccountNotFound from error

    async def confirm_real_name(self, citizen: Citizen, name: str, id_number: str) -> None:
        """Level 2: the authority knows a person of this name and number.

        Raises `InvalidIdNumber` and `InvalidName` (nothing was counted), `StepUpNeeded` when there is no phone yet,
        `RealNameLocked`, `RealNameMismatch`, `RealNameAlreadyConfirmed`, `AuthorityUnavailable` (nothing was counted),
        `GuardianNeeded` for somebody under 14 (nothing was counted), `ManagedAccountExists`.
        """
        name, id_number = checked_person(name, id_number)
        today = self._clock.now().astimezone(self._zone).date()
        account = await self.get(citizen.id)
        known = account.id_number_index == self._vault.blind_index("id_number", id_number)
        if age_on(id_number, today) < GUARDIAN_CONSENTS_BELOW and not known:
            raise GuardianNeeded
        await self.matched(account, name, id_number)
        await self._record_person(account, name, id_number)

    async def matched(self, account: Account, name: str, id_number: str) -> None:
        """Asks the authority whether a person of this (normalised) name and number exists, for this account.

        Raises `StepUpNeeded`, `RealNameLocked`, `RealNameMismatch`, `RealNameAlreadyConfirmed`,
        `AuthorityUnavailable`.
        """
        if standing(account, None, self._clock.now(), self._proofs).assurance < PHONE:
            raise StepUpNeeded(PHONE, None)
        attempts_left = await self._attempts.take(account.id)
        if attempts_left is None:
            raise RealNameLocked(self._attempts.seconds_to_tomorrow())
        await self._ask_authority(account, name, id_number, attempts_left)

    async def person_key(self, citizen_id: str) -> str:
        """What stands for the person behind an account wherever people are told apart: equal for equal ID numbers.

        Raises `PersonalDataMissing` before level 2, `AccountNotFound`.
        """
        known = self._person_keys.get(citizen_id)
        if known is None:
            known = (await self.get(citizen_id)).id_number_index
            if known is None:
                raise PersonalDataMissing(["id_number"])
            # It can be remembered: an account never becomes another person's.
            self._person_keys[citizen_id] = known
            if len(self._person_keys) > _REMEMBERED:
                self._person_keys.popitem(last=False)
        return known

    async def authority_photo(self, citizen: Citizen) -> str | None:
        """The authority's photo of the citizen as base64 JPEG: for comparing, never for keeping.

        Raises `StepUpNeeded` before level 2, `AuthorityUnavailable`.
        """
        id_number = (await self.get(citizen.id)).opened(self._vault, "id_number")
        if id_number is None:
            raise StepUpNeeded(REAL_NAME, None)
        return await self._authority.photo(id_number)

    async def _by_openid(self, openid_index: str) -> Account | None:
        page = await self._documents.find(Account, "openid", openid_index, limit=1)
        return page.items[0] if page.items else None

    async def _made(self, openid_index: str, session: WeChatSession) -> Account:
        account_id = new_id(self._clock)
        account = Account(
            id=account_id,
            created_at=self._clock.now(),
            openid_index=openid_index,
            openid_sealed=self._vault.seal(session.openid, seal_context(account_id, "openid")),
            unionid_index=self._vault.blind_index("unionid", session.unionid) if session.unionid else None,
        )
        try:
            await self._documents.write(Insert(account))
        except Duplicate:
            earlier = await self._by_openid(openid_index)
            if earlier is None:
                raise
            return earlier
        return account

    async def _ask_authority(self, account: Account, name: str, id_number: str, attempts_left: int) -> None:
        if account.id_number_index not in (None, self._vault.blind_index("id_number", id_number)):
            raise RealNameAlreadyConfirmed
        try:
            verdict = await self._authority.verify(name, id_number)
        except AuthorityUnavailable:
            await self._attempts.give_back(account.id)
            raise
        if verdict != "match":
            raise RealNameMismatch(attempts_left)

    async def _record_person(self, account: Account, name: str, id_number: str) -> None:
        """The guard holds against another person being confirmed for this account at the same moment."""
        proof = {
            "name_sealed": self._sealed(account.id, "name", name),
            "id_number_sealed": self._sealed(account.id, "id_number", id_number),
            "id_number_index": self._vault.blind_index("id_number", id_number),
            "real_name_proved_at": self._clock.now(),
        }
        unchanged = field("id_number_index").equals(account.id_number_index)
        own = as_own(self._vault.blind_index("id_number", id_number))
        try:
            await self._documents.write(Patch(Account, account.id, set=proof, guard=unchanged), own)
        except GuardFailed as error:
            if error.operation is own:
                minor = age_on(id_number, self._clock.now().astimezone(self._zone).date()) < OF_AGE
                raise ManagedAccountExists(["face", "code"] if minor else ["face"]) from error
            if await self.person_key(account.id) != proof["id_number_index"]:
                raise RealNameAlreadyConfirmed from error

    def _sealed(self, account_id: str, name: PersonalField, value: str) -> str:
        return self._vault.seal(value, seal_context(account_id, name))


def checked_person(name: str, id_number: str) -> tuple[str, str]:
    """What a person typed, as the authority writes it. Raises `InvalidIdNumber`, `InvalidName`."""
    name, id_number = normalised_name(name), normalised(id_number)
    if not is_resident_id(id_number):
        raise InvalidIdNumber
    if not is_name(name):
        raise InvalidName
    return name, id_number
