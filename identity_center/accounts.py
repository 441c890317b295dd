"""Accounts: made at the first sign-in, then raised step by step from a WeChat user to a known person."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from core.caller import FACE, PHONE, REAL_NAME, WECHAT, Citizen, StepUpNeeded
from core.clock import Clock
from core.conditions import field
from core.documents import Documents, Duplicate, GuardFailed, Insert, Patch, WriteRefused
from core.ids import new_id
from core.masking import masked_id_number, masked_name, masked_phone
from core.messages import message
from core.resident_id import is_resident_id, normalised
from identity_center.account import PERSONAL_FIELDS, Account, PersonalField, Proof, Standing, seal_context, standing
from identity_center.ages import GUARDIAN_CONSENTS_BELOW, OF_AGE, age_on
from identity_center.attempts import DailyLimit
from identity_center.data_keys import DataKeys
from identity_center.errors import (
    AccountNotFound,
    AuthorityUnavailable,
    InvalidIdNumber,
    InvalidName,
    PersonalDataMissing,
    RealNameAlreadyConfirmed,
    RealNameLocked,
    RealNameMismatch,
    WeChatUnavailable,
)
from identity_center.face.ports import FacePerson
from identity_center.names import is_name, normalised_name
from identity_center.notices import PHONE_CHANGED
from identity_center.persons import Persons
from identity_center.ports import Authority, WeChat, WeChatSession
from identity_center.proof_attempts import ProofAttempts
from identity_center.relations.errors import GuardianNeeded
from identity_center.settings import IdentitySettings
from identity_center.vault import Vault


@dataclass(frozen=True)
class Me:
    """What a citizen sees of their own account: personal data masked."""

    id: str
    assurance: int
    proofs: Mapping[int, Proof]
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
_ATTEMPTS = 100
"""Of one write, when many accounts are confirmed as one person's at once: each round lets one of them through."""


class AccountService:
    """Everything done to an account. What a citizen proves here shows in the next access token of their session."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        data_keys: DataKeys,
        wechat: WeChat,
        authority: Authority,
        persons: Persons,
        zone: tzinfo,
        settings: IdentitySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys
        self._wechat = wechat
        self._authority = authority
        self._persons = persons
        self._zone = zone
        self._proofs = settings.proofs
        self._masks: OrderedDict[str, _Masked] = OrderedDict()
        self._tries = ProofAttempts(documents, clock, settings.proof_attempts)
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
        now = _as_said(citizen)
        if citizen.acting is None:
            now = standing(
                account, self._clock.now(), self._proofs, sign_in=_shown(citizen, WECHAT), face=_shown(citizen, FACE)
            )
        masked = await self._masked(account)
        return Me(
            id=account.id,
            assurance=now.assurance,
            proofs=now.proofs,
            name=masked.name,
            id_number=masked.id_number,
            phone=masked.phone,
            created_at=account.created_at,
        )

    async def _masked(self, account: Account) -> "_Masked":
        """Remembered as long as the account has not changed, so that looking at oneself opens no seals each time."""
        known = self._masks.get(account.id)
        if known is None or known.version != account.version:
            name, id_number, phone = [await account.opened(self._data_keys, field) for field in PERSONAL_FIELDS]
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
        return None if account is None else (await self._masked(account)).name

    async def is_managed(self, account_id: str) -> bool:
        """Whether family acts in it for somebody who has no phone of their own yet."""
        account = await self._documents.get(Account, account_id)
        return account is not None and account.managed

    async def confirm_phone(self, citizen: Citizen, code: str) -> None:
        """Level 1: the number behind the code of WeChat's phone button. A later one takes the place of the first.

        Raises what `WeChat.phone_number` raises, `ProofLocked`, and `AccountNotFound`.
        """
        attempt = await self._tries.take(citizen, "phone")
        try:
            phone = await self._wechat.phone_number(code)
        except WeChatUnavailable:
            await self._tries.came_to_nothing(attempt)
            raise
        await self._record_phone(citizen.id, phone)
        await self._tries.succeeded(attempt)

    async def confirm_real_name(self, citizen: Citizen, name: str, id_number: str) -> None:
        """Level 2: the authority knows a person of this name and number.

        Raises `InvalidIdNumber` and `InvalidName` (nothing was counted), `StepUpNeeded` when there is no phone yet,
        `ProofLocked`, `RealNameLocked`, `RealNameMismatch`, `RealNameAlreadyConfirmed`, `RealNameInUse`,
        `AuthorityUnavailable` (nothing was counted), `GuardianNeeded` for somebody under 14 (nothing was counted),
        `ManagedAccountExists`.
        """
        name, id_number = checked_person(name, id_number)
        today = self._clock.now().astimezone(self._zone).date()
        account = await self.get(citizen.id)
        known = account.id_number_index == self._vault.blind_index("id_number", id_number)
        minor = age_on(id_number, today) < OF_AGE
        if age_on(id_number, today) < GUARDIAN_CONSENTS_BELOW and not known:
            raise GuardianNeeded
        await self.matched(citizen, account, name, id_number)
        await self._record_person(account, name, id_number, minor=minor)

    async def matched(self, citizen: Citizen, account: Account, name: str, id_number: str) -> None:
        """Asks the authority whether a person of this (normalised) name and number exists, for the citizen's account.

        Raises `StepUpNeeded`, `ProofLocked`, `RealNameLocked`, `RealNameMismatch`, `RealNameAlreadyConfirmed`,
        `AuthorityUnavailable` (nothing was counted).
        """
        if standing(account, self._clock.now(), self._proofs).assurance < PHONE:
            raise StepUpNeeded(PHONE, None)
        attempt = await self._tries.take(citizen, "real_name")
        attempts_left = await self._attempts.take(account.id)
        if attempts_left is None:
            await self._tries.came_to_nothing(attempt)
            raise RealNameLocked(self._attempts.seconds_to_tomorrow())
        try:
            await self._ask_authority(account, name, id_number, attempts_left)
        except AuthorityUnavailable:
            await self._attempts.give_back(account.id)
            await self._tries.came_to_nothing(attempt)
            raise
        await self._tries.succeeded(attempt)

    async def person_key(self, citizen_id: str) -> str:
        """What stands for the person behind an account wherever people are told apart: equal for equal ID numbers.

        Raises `PersonalDataMissing` without a confirmed real name, `AccountNotFound`.
        """
        account = await self.get(citizen_id)
        if account.id_number_index is None or account.real_name_proved_at is None:
            raise PersonalDataMissing(["id_number"])
        return account.id_number_index

    async def authority_photo(self, citizen: Citizen) -> str | None:
        """The authority's photo of the citizen as base64 JPEG: for comparing, never for keeping.

        Raises `StepUpNeeded` before level 2, `AuthorityUnavailable`.
        """
        account = await self.get(citizen.id)
        known = standing(account, self._clock.now(), self._proofs).assurance >= REAL_NAME
        id_number = await account.opened(self._data_keys, "id_number") if known else None
        if id_number is None:
            raise StepUpNeeded(REAL_NAME, None)
        return await self._authority.photo(id_number)

    async def face_person(self, citizen: Citizen) -> FacePerson:
        """Who the citizen is, for WeChat's face verification alone. Raises `StepUpNeeded` before level 2."""
        account = await self.get(citizen.id)
        known = standing(account, self._clock.now(), self._proofs).assurance >= REAL_NAME
        name = await account.opened(self._data_keys, "name")
        id_number = await account.opened(self._data_keys, "id_number")
        if not known or name is None or id_number is None or account.id_number_index is None:
            raise StepUpNeeded(REAL_NAME, None)
        if account.openid_sealed is None:  # family acts for them; no phone is theirs
            raise StepUpNeeded(PHONE, None)
        openid = await self._data_keys.open(account.id, account.openid_sealed, seal_context(account.id, "openid"))
        return FacePerson(openid, name, id_number, account.id_number_index)

    async def _by_openid(self, openid_index: str) -> Account | None:
        page = await self._documents.find(Account, "openid", openid_index, limit=1)
        return page.items[0] if page.items else None

    async def _made(self, openid_index: str, session: WeChatSession) -> Account:
        account_id = new_id(self._clock)
        data_key = self._data_keys.made(account_id)
        account = Account(
            id=account_id,
            created_at=self._clock.now(),
            openid_index=openid_index,
            openid_sealed=self._data_keys.seal_new(data_key, session.openid, seal_context(account_id, "openid")),
            unionid_index=self._vault.blind_index("unionid", session.unionid) if session.unionid else None,
        )
        try:
            await self._documents.write(Insert(account), Insert(data_key))
        except Duplicate:
            earlier = await self._by_openid(openid_index)
            if earlier is None:
                raise
            return earlier
        return account

    async def _ask_authority(self, account: Account, name: str, id_number: str, attempts_left: int) -> None:
        if account.id_number_index not in (None, self._vault.blind_index("id_number", id_number)):
            raise RealNameAlreadyConfirmed
        if await self._authority.verify(name, id_number) != "match":
            raise RealNameMismatch(attempts_left)

    async def _record_phone(self, account_id: str, phone: str) -> None:
        index = self._vault.blind_index("phone", phone)
        proof = {
            "phone_index": index,
            "phone_sealed": await self._sealed(account_id, "phone", phone),
            "phone_proved_at": self._clock.now(),
            "phone_proved_by": "phone",
        }
        before = (await self.get(account_id)).phone_index
        changed = before not in (None, index)
        told = [message(PHONE_CHANGED, account_id, self._clock)] if changed else []
        try:
            await self._documents.write(Patch(Account, account_id, set=proof), *told)
        except GuardFailed as error:
            raise AccountNotFound from error

    async def _record_person(self, account: Account, name: str, id_number: str, *, minor: bool) -> None:
        """The guard holds against another person being confirmed for this account at the same moment, the person's
        record against more accounts of one person than the rule allows, and against one that family keeps."""
        key = self._vault.blind_index("id_number", id_number)
        proof = {
            "name_sealed": await self._sealed(account.id, "name", name),
            "id_number_sealed": await self._sealed(account.id, "id_number", id_number),
            "id_number_index": key,
            "real_name_proved_at": self._clock.now(),
            "real_name_proved_by": "authority",
        }
        for attempt in range(1, _ATTEMPTS + 1):
            unchanged = field("id_number_index").equals(account.id_number_index)
            joining = await self._persons.joining(key, account.id, minor=minor)
            patch = Patch(Account, account.id, set=proof, guard=unchanged)
            try:
                await self._documents.write(patch, *joining.operations)
            except WriteRefused as error:
                account = await self.get(account.id)
                if account.id_number_index not in (None, key):
                    raise RealNameAlreadyConfirmed from error
                if attempt == _ATTEMPTS:
                    raise
            else:
                await self._persons.announce(joining)
                return

    async def _sealed(self, account_id: str, name: PersonalField, value: str) -> str:
        return await self._data_keys.seal(account_id, value, seal_context(account_id, name))


def checked_person(name: str, id_number: str) -> tuple[str, str]:
    """What a person typed, as the authority writes it. Raises `InvalidIdNumber`, `InvalidName`."""
    name, id_number = normalised_name(name), normalised(id_number)
    if not is_resident_id(id_number):
        raise InvalidIdNumber
    if not is_name(name):
        raise InvalidName
    return name, id_number


def _as_said(citizen: Citizen) -> Standing:
    """The standing that the token of whoever acts for the citizen says."""
    proofs = {level: proof for level in citizen.proved_at if (proof := _shown(citizen, level)) is not None}
    return Standing(citizen.assurance, proofs)


def _shown(citizen: Citizen, level: int) -> Proof | None:
    """A proof of the session, as its token says it."""
    at = citizen.proved_at.get(level)
    return None if at is None else Proof(at, citizen.proved_by.get(level, "wechat" if level == WECHAT else "face"))
