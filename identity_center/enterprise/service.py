"""Binding an enterprise, and asking the register about it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.caller import FACE, Citizen
from core.clock import Clock
from core.credit_code import is_credit_code, normalised
from core.documents import Documents, GuardFailed, Insert, Operation, Patch, Replace, WriteRefused
from core.ids import new_id
from core.masking import masked_credit_code
from identity_center.account import Account
from identity_center.accounts import AccountService
from identity_center.acting.errors import ActingEnded
from identity_center.acting.limits import EVERYTHING
from identity_center.attempts import DailyLimit
from identity_center.data_keys import DataKeys
from identity_center.enterprise.data import seal_context
from identity_center.enterprise.enterprise import Enterprise, Mandate, MandateEnd
from identity_center.enterprise.errors import (
    EnterpriseLocked,
    EnterpriseNotConfirmed,
    EnterpriseNotFound,
    EnterpriseSuspended,
    InvalidCreditCode,
    RegistryUnavailable,
)
from identity_center.enterprise.ports import EnterpriseRegistry, RegisteredEnterprise
from identity_center.errors import AccountNotFound, PersonalDataMissing
from identity_center.revocations import Revocations
from identity_center.settings import ActingSettings
from identity_center.vault import Vault

FACE_SECONDS: Final = 600
_FOR_EVER: Final = timedelta(days=36_500)
_ATTEMPTS: Final = 10
_LISTED: Final = 200


@dataclass(frozen=True)
class EnterpriseView:
    """An enterprise as those who act for it see it: its name is public, its code masked."""

    id: str
    name: str
    credit_code: str
    operating: bool
    confirmed_at: datetime
    mandate: Mandate
    live: bool


class EnterpriseService:
    """An enterprise is one document for each credit code; its representative and agents hold mandates."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        data_keys: DataKeys,
        accounts: AccountService,
        registry: EnterpriseRegistry,
        revocations: Revocations,
        attempts: DailyLimit,
        settings: ActingSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys
        self._accounts = accounts
        self._registry = registry
        self._revocations = revocations
        self._attempts = attempts
        self._recheck = timedelta(hours=settings.recheck_hours)
        self._stale = timedelta(hours=settings.stale_hours)

    async def bind(self, citizen: Citizen, credit_code: str) -> EnterpriseView:
        """The citizen, whose face was shown within ten minutes, represents it by law, as the register says.

        A new representative ends all that the last one granted. Binding again from another WeChat moves the mandate,
        and leaves the agents. Raises `StepUpNeeded`, `InvalidCreditCode` (nothing was counted), `EnterpriseLocked`,
        `EnterpriseNotConfirmed`, `RegistryUnavailable` (nothing was counted).
        """
        citizen.require(FACE, FACE_SECONDS, self._clock.now())
        credit_code = normalised(credit_code)
        if not is_credit_code(credit_code):
            raise InvalidCreditCode
        account = await self._accounts.get(citizen.id)
        registered = await self._confirmed_to(account, credit_code)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._bound(account, credit_code, registered)
            except WriteRefused:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def of(self, citizen: Citizen) -> tuple[EnterpriseView, ...]:
        """The enterprises that the citizen may act for, the newest mandate first."""
        page = await self._documents.find(Mandate, "account", citizen.id, descending=True, limit=_LISTED)
        live = [mandate for mandate in page.items if mandate.is_live(self._clock.now())]
        enterprises = await self._documents.get_many(Enterprise, [mandate.enterprise_id for mandate in live])
        return tuple(self.view(enterprises[one.enterprise_id], one) for one in live if one.enterprise_id in enterprises)

    def view(self, enterprise: Enterprise, mandate: Mandate) -> EnterpriseView:
        return EnterpriseView(
            id=enterprise.id,
            name=self.name(enterprise),
            credit_code=masked_credit_code(self._code(enterprise)),
            operating=enterprise.operating,
            confirmed_at=enterprise.confirmed_at,
            mandate=mandate,
            live=mandate.is_live(self._clock.now()) and mandate.term == enterprise.term,
        )

    def name(self, enterprise: Enterprise) -> str:
        return self._vault.open(enterprise.name_sealed, seal_context(enterprise.id, "name"))

    async def represented(self, citizen: Citizen, enterprise_id: str) -> tuple[Enterprise, Mandate]:
        """The enterprise, when the citizen is its legal representative. Raises `EnterpriseNotFound`."""
        enterprise = await self._documents.get(Enterprise, enterprise_id)
        page = await self._documents.find(Mandate, "pair", enterprise_id, citizen.id, limit=1)
        mandate = page.items[0] if page.items else None
        if enterprise is None or mandate is None or mandate.role != "legal_representative":
            raise EnterpriseNotFound
        if not mandate.is_live(self._clock.now()) or mandate.term != enterprise.term:
            raise EnterpriseNotFound
        return enterprise, mandate

    async def unbind(self, citizen: Citizen, enterprise_id: str) -> None:
        """The legal representative gives it up, and with it all that was granted. Raises `EnterpriseNotFound`."""
        enterprise, _ = await self.represented(citizen, enterprise_id)
        await self._end_term(enterprise, "unbound")

    async def confirmed(self, mandate: Mandate) -> Enterprise:
        """The enterprise, when the mandate is live and the register has confirmed it not too long ago: it is asked
        again from time to time. Raises `ActingEnded`, `EnterpriseSuspended`, `RegistryUnavailable`."""
        enterprise = await self._documents.get(Enterprise, mandate.enterprise_id)
        if enterprise is None:
            raise ActingEnded
        if self._clock.now() - enterprise.confirmed_at >= self._recheck:
            enterprise = await self._asked_again(enterprise)
        if not mandate.is_live(self._clock.now()) or mandate.term != enterprise.term:
            raise ActingEnded
        if not enterprise.operating:
            raise EnterpriseSuspended
        return enterprise

    async def recheck_due(self, limit: int = 100) -> int:
        """Asks the register about enterprises it has not been asked about for a while; a job. Returns how many."""
        now = self._clock.now()
        due = await self._documents.find(Enterprise, "recheck_at", below=now, limit=limit)
        for enterprise in due.items:
            try:
                await self._asked(enterprise)
            except RegistryUnavailable:
                return 0
        return len(due.items)

    async def _confirmed_to(self, account: Account, credit_code: str) -> RegisteredEnterprise:
        id_number = await account.opened(self._data_keys, "id_number")
        if id_number is None:
            raise PersonalDataMissing(["id_number"])
        left = await self._attempts.take(account.id)
        if left is None:
            raise EnterpriseLocked(self._attempts.seconds_to_tomorrow())
        try:
            registered = await self._registry.check(credit_code, id_number)
        except RegistryUnavailable:
            await self._attempts.give_back(account.id)
            raise
        if registered is None or not (registered.represented and registered.operating):
            raise EnterpriseNotConfirmed(left)
        return registered

    async def _bound(self, account: Account, credit_code: str, registered: RegisteredEnterprise) -> EnterpriseView:
        now = self._clock.now()
        code_index = self._vault.blind_index("credit_code", credit_code)
        page = await self._documents.find(Enterprise, "credit_code", code_index, limit=1)
        known = page.items[0] if page.items else None
        enterprise_id = known.id if known else new_id(self._clock)
        same_person = known is not None and known.representative_key == account.id_number_index
        enterprise = Enterprise(
            id=enterprise_id,
            version=known.version if known else 1,
            code_index=code_index,
            code_sealed=self._vault.seal(credit_code, seal_context(enterprise_id, "credit_code")),
            name_sealed=self._vault.seal(registered.name, seal_context(enterprise_id, "name")),
            term=(known.term if same_person else known.term + 1) if known else 1,
            representative_key=account.id_number_index,
            representative_account=account.id,
            operating=True,
            confirmed_at=now,
            recheck_at=now + self._recheck,
        )
        live = await self._live(enterprise_id)
        own = [one for one in live if one.account_id == account.id and one.role == "legal_representative"]
        if same_person and own:
            await self._documents.write(Replace(enterprise))
            return self.view(enterprise, own[0])
        ending = [one for one in live if not same_person or one.account_id == account.id or one.role != "agent"]
        mandate = self._representative(enterprise, account)
        saved: Operation = Replace(enterprise) if known else Insert(enterprise)
        await self._documents.write(saved, *self._ended(ending, "replaced"), Insert(mandate))
        await self._revocations.announce(*(one.id for one in ending))
        return self.view(enterprise, mandate)

    def _representative(self, enterprise: Enterprise, account: Account) -> Mandate:
        now = self._clock.now()
        return Mandate(
            id=new_id(self._clock),
            enterprise_id=enterprise.id,
            account_id=account.id,
            role="legal_representative",
            live_enterprise=enterprise.id,
            live_account=account.id,
            place=1,
            term=enterprise.term,
            limits=EVERYTHING,
            may_consent=True,
            since=now,
            expires_at=now + _FOR_EVER,
        )

    async def _asked_again(self, enterprise: Enterprise) -> Enterprise:
        """As the register has it now; as it was, when there is no answer and the last one is not too old."""
        try:
            return await self._asked(enterprise)
        except RegistryUnavailable:
            if self._clock.now() - enterprise.confirmed_at > self._stale:
                raise
            return enterprise

    async def _asked(self, enterprise: Enterprise) -> Enterprise:
        id_number = await self._representative_number(enterprise)
        registered = None
        if id_number is not None:
            registered = await self._registry.check(self._code(enterprise), id_number)
        if registered is None or not registered.represented:
            return await self._end_term(enterprise, "registry")
        now = self._clock.now()
        found = {
            "operating": registered.operating,
            "name_sealed": self._vault.seal(registered.name, seal_context(enterprise.id, "name")),
            "confirmed_at": now,
            "recheck_at": now + self._recheck,
        }
        change = Patch(Enterprise, enterprise.id, set=found, guard=enterprise.same_term())
        try:
            return (await self._documents.write(change)).after(change)
        except GuardFailed:
            return await self._now(enterprise)

    async def _representative_number(self, enterprise: Enterprise) -> str | None:
        try:
            account = await self._accounts.get(enterprise.representative_account or "")
        except AccountNotFound:
            return None
        return await account.opened(self._data_keys, "id_number")

    async def _end_term(self, enterprise: Enterprise, by: MandateEnd) -> Enterprise:
        """Nobody represents it any more, and nobody acts for it; it may be bound anew."""
        over = {"term": enterprise.term + 1, "representative_key": None, "recheck_at": None}
        change = Patch(
            Enterprise, enterprise.id, set={**over, "representative_account": None}, guard=enterprise.same_term()
        )
        for attempt in range(1, _ATTEMPTS + 1):
            live = await self._live(enterprise.id)
            try:
                written = await self._documents.write(change, *self._ended(live, by))
            except GuardFailed as error:
                if error.operation is change:
                    return await self._now(enterprise)  # its term has ended meanwhile
                if attempt == _ATTEMPTS:
                    raise
            else:
                await self._revocations.announce(*(one.id for one in live))
                return written.after(change)
        raise AssertionError("the last attempt returns or raises")

    async def _now(self, enterprise: Enterprise) -> Enterprise:
        return await self._documents.get(Enterprise, enterprise.id) or enterprise

    async def _live(self, enterprise_id: str) -> tuple[Mandate, ...]:
        return (await self._documents.find(Mandate, "pair", enterprise_id, limit=_LISTED)).items

    def _ended(self, mandates: tuple[Mandate, ...] | list[Mandate], by: MandateEnd) -> list[Operation]:
        """Those that have ended by themselves meanwhile refuse the write: it is put together anew then."""
        now = self._clock.now()
        return [operation for one in mandates for operation in (one.ended(by, now), self._revocations.record(one.id))]

    def _code(self, enterprise: Enterprise) -> str:
        return self._vault.open(enterprise.code_sealed, seal_context(enterprise.id, "credit_code"))
