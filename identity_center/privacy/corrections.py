"""Correction requests (PIPL article 46): a citizen says what is wrong, staff decide, the citizen reads why.

The authority is the source of names and ID numbers, WeChat that of phone numbers: staff never type one. An accepted
correction takes the proof away that rests on the wrong value, and the citizen proves the right one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import ClassVar, Literal

from core.caller import Citizen, Staff
from core.clock import Clock, Instant
from core.closing import refusal, still_open
from core.conditions import field
from core.documents import Document, Documents, Duplicate, Index, Insert, Operation, Page, Patch, Replace, WriteRefused
from core.ids import new_id
from core.masking import masked_id_number, masked_name, masked_phone
from core.messages import message
from identity_center.account import PERSONAL_FIELDS, Account
from identity_center.accounts import AccountService
from identity_center.data_keys import DataKeys
from identity_center.errors import SealBroken
from identity_center.persons import Persons, without_real_name
from identity_center.privacy.errors import CorrectionDecided, CorrectionNotFound, CorrectionOpen
from identity_center.privacy.notices import CORRECTION_ACCEPTED, CORRECTION_REFUSED
from identity_center.privacy.settings import PrivacySettings
from identity_center.revocations import Revocations
from identity_center.staff.log import Actor, Event, StaffLog

CorrectionField = Literal["name", "id_number", "phone", "other"]
CorrectionState = Literal["open", "accepted", "refused"]
_ATTEMPTS = 10


class Correction(Document):
    """`open_key` stands for account and field while it is undecided: there is one at a time. What the citizen wrote and
    what staff answered is sealed with the citizen's data key."""

    collection: ClassVar[str] = "corrections"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("account", ("account_id", "asked_at")),
        Index("state", ("state", "due_on")),
        Index("open", ("open_key",), unique=True),
    )

    account_id: str
    open_key: str | None
    field: CorrectionField
    text_sealed: str | None
    state: CorrectionState = "open"
    asked_at: Instant
    due_on: date
    decided_at: Instant | None = None
    answer_sealed: str | None = None


@dataclass(frozen=True)
class CorrectionView:
    """As its citizen, or the member of staff who decides it, reads it. `due_on` is the last day of the law's time."""

    id: str
    account_id: str
    field: CorrectionField
    text: str | None
    state: CorrectionState
    asked_at: datetime
    due_on: date
    decided_at: datetime | None
    answer: str | None


class Corrections:
    """`zone` is the city's: working days are days of its calendar."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        zone: tzinfo,
        data_keys: DataKeys,
        accounts: AccountService,
        persons: Persons,
        revocations: Revocations,
        log: StaffLog,
        settings: PrivacySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._data_keys = data_keys
        self._accounts = accounts
        self._persons = persons
        self._revocations = revocations
        self._log = log
        self._days = settings.correction_working_days

    async def ask(self, citizen: Citizen, what: CorrectionField, text: str) -> CorrectionView:
        """Raises `CorrectionOpen`, `AccountClosing`, `AccountNotFound`."""
        account = await self._accounts.get(citizen.id)
        now, correction_id = self._clock.now(), new_id(self._clock)
        asked = Correction(
            id=correction_id,
            account_id=account.id,
            open_key=f"{account.id}.{what}",
            field=what,
            text_sealed=await self._data_keys.seal(account.id, text, correction_context(correction_id, "text")),
            asked_at=now,
            due_on=after_working_days(now.astimezone(self._zone).date(), self._days),
        )
        try:
            await self._documents.write(*still_open(account.id), Insert(asked))
        except Duplicate as error:
            raise CorrectionOpen from error
        except WriteRefused as error:
            raise refusal(error) from error
        return await self._view(asked)

    async def of(self, citizen: Citizen, limit: int = 20, after: str | None = None) -> Page[Correction]:
        """The citizen's own, newest first."""
        return await self._documents.find(Correction, "account", citizen.id, descending=True, limit=limit, after=after)

    async def queue(self, state: CorrectionState, limit: int = 20, after: str | None = None) -> Page[Correction]:
        """Of all citizens, those that are due first before the others."""
        return await self._documents.find(Correction, "state", state, limit=limit, after=after)

    async def view(self, correction: Correction) -> CorrectionView:
        return await self._view(correction)

    async def read(self, staff: Staff, correction_id: str) -> CorrectionView:
        """What the citizen wrote, for whoever decides. It is written down that they looked.

        Raises `CorrectionNotFound`.
        """
        asked = await self._known(correction_id)
        await self._log.written(Event("correction.read", Actor.of(staff), asked.account_id, {"correction": asked.id}))
        return await self._view(asked)

    async def masked(self, account_id: str) -> dict[str, str | None]:
        """What the account says now, as far as staff see it."""
        account = await self._documents.get(Account, account_id)
        if account is None:
            return dict.fromkeys(PERSONAL_FIELDS)
        held = {name: await account.opened(self._data_keys, name) for name in PERSONAL_FIELDS}
        masks = {"name": masked_name, "id_number": masked_id_number, "phone": masked_phone}
        return {name: value and masks[name](value) for name, value in held.items()}

    async def accept(self, staff: Staff, correction_id: str, answer: str) -> CorrectionView:
        """The proof that rests on the wrong value counts no more; what is right is proved by the citizen.

        Raises `CorrectionNotFound`, `CorrectionDecided`.
        """
        return await self._decided(staff, correction_id, "accepted", answer)

    async def refuse(self, staff: Staff, correction_id: str, answer: str) -> CorrectionView:
        """With the reason, which the law asks for (PIPL article 50). Raises as `accept` does."""
        return await self._decided(staff, correction_id, "refused", answer)

    async def _decided(
        self, staff: Staff, correction_id: str, state: Literal["accepted", "refused"], answer: str
    ) -> CorrectionView:
        """The account may change meanwhile: then it is read again."""
        for attempt in range(1, _ATTEMPTS + 1):
            asked = await self._known(correction_id)
            if asked.state != "open":
                raise CorrectionDecided(asked.state)
            account = await self._documents.get(Account, asked.account_id)
            if account is None:
                raise CorrectionNotFound
            change = await self._change(account, asked.field) if state == "accepted" else _NOTHING
            decision = await self._decision(asked, state, answer)
            kind = CORRECTION_ACCEPTED if state == "accepted" else CORRECTION_REFUSED
            told = message(kind, asked.account_id, self._clock, about=asked.id)
            event = Event(f"correction.{state}", Actor.of(staff), asked.account_id, {"correction": asked.id})
            try:
                written = await self._log.written(event, decision, told, *change.operations)
            except WriteRefused:
                if attempt == _ATTEMPTS:
                    raise
            else:
                if change.epoch:
                    await self._revocations.announce(asked.account_id, epoch=change.epoch)
                return await self._view(written.after(decision))
        raise AssertionError("the last attempt returns or raises")

    async def _decision(self, asked: Correction, state: CorrectionState, answer: str) -> Patch[Correction]:
        sealed = await self._data_keys.seal(asked.account_id, answer, correction_context(asked.id, "answer"))
        decided = {"state": state, "decided_at": self._clock.now(), "answer_sealed": sealed, "open_key": None}
        return Patch(Correction, asked.id, set=decided, guard=field("state").equals("open"))

    async def _change(self, account: Account, what: CorrectionField) -> "_Change":
        """A name goes with its proof and the number stays, so that the account can become nobody else; a wrong number
        goes whole, for it was somebody else's or nobody's."""
        fields: Mapping[str, object] = {}
        operations: list[Operation] = []
        match what:
            case "phone" if account.phone_proved_at is not None:
                fields = {"phone_proved_at": None, "phone_index": None, "phone_sealed": None}
            case "name" | "id_number" if account.real_name_proved_at is not None:
                fields = without_real_name(self._clock)
                operations = await self._persons.leaving(account)
                if what == "id_number":
                    fields = {**fields, "id_number_index": None, "id_number_sealed": None, "name_sealed": None}
        if not fields:
            return _NOTHING
        epoch = account.epoch + 1
        lowered = Replace(account.model_copy(update={**fields, "epoch": epoch}))
        return _Change((lowered, self._revocations.record(account.id, epoch), *operations), epoch)

    async def _known(self, correction_id: str) -> Correction:
        asked = await self._documents.get(Correction, correction_id)
        if asked is None:
            raise CorrectionNotFound
        return asked

    async def _view(self, asked: Correction) -> CorrectionView:
        return CorrectionView(
            id=asked.id,
            account_id=asked.account_id,
            field=asked.field,
            text=await self._opened(asked, "text", asked.text_sealed),
            state=asked.state,
            asked_at=asked.asked_at,
            due_on=asked.due_on,
            decided_at=asked.decided_at,
            answer=await self._opened(asked, "answer", asked.answer_sealed),
        )

    async def _opened(self, asked: Correction, name: str, sealed: str | None) -> str | None:
        """None as well when the account was erased: nobody can read it then."""
        try:
            return sealed and await self._data_keys.open(asked.account_id, sealed, correction_context(asked.id, name))
        except SealBroken:
            return None


@dataclass(frozen=True)
class _Change:
    """What a decision changes of the account; the `epoch` to announce, 0 when nothing changes."""

    operations: tuple[Operation, ...] = ()
    epoch: int = 0


_NOTHING = _Change()


def correction_context(correction_id: str, name: str) -> str:
    """What a sealed text of a correction request is bound to."""
    return f"correction.{correction_id}.{name}"


def after_working_days(day: date, count: int) -> date:
    """The last of so many working days, beginning with the day after. Public holidays, which the State Council names
    from year to year, are taken for working days: the city is then rather too early than too late."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
