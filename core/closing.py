"""Accounts that are being closed, and those that were erased: for every floor, so that nothing new is begun for them.

A closing waits for some days, and its citizen can change their mind. When its time has come it turns into an erasure,
in the one write that also removes account and data key. The erasures are the ledger that a restored backup is read
against: opaque ids and moments, and nothing else in the end.
"""

from typing import ClassVar

from core.clock import Instant
from core.conditions import field
from core.documents import Delete, Document, Index, Operation, WriteRefused
from core.errors import CityError
from core.text import text


class Closing(Document):
    """An account that its citizen has asked to close. Its id is the account's."""

    collection: ClassVar[str] = "closings"
    indexes: ClassVar[tuple[Index, ...]] = (Index("due", ("due_at",)),)

    requested_at: Instant
    due_at: Instant


class Erasure(Document):
    """An account that is gone. Its id was the account's.

    `next_at` is when it is looked at again, until nothing of the account is left; `person_key` is there as long, and
    only when the person had no other account; `face_shown`: the account had once shown the person's face, or their
    card in a hall. `records_since` until the records that the law keeps are gone as well.
    """

    collection: ClassVar[str] = "erasures"
    indexes: ClassVar[tuple[Index, ...]] = (Index("next", ("next_at",)), Index("records", ("records_since",)))

    begun_at: Instant
    next_at: Instant | None
    records_since: Instant | None
    person_key: str | None = None
    face_shown: bool = False
    finished_at: Instant | None = None


class AccountClosing(CityError):
    """The account is being closed, so that nothing new can be begun with it: no booking, consent, credential or
    companion. What was begun goes on. To go back: `DELETE /api/v1/me/closing`."""

    code = "identity.account_closing"
    title = text(
        "账号正在注销，不能办理新业务；如需继续使用，请先撤销注销",
        "This account is being closed; take that back first to begin anything new",
    )


_NEVER = field("id").equals("")


def still_open(account_id: str) -> tuple[Operation, ...]:
    """What refuses a write that begins something for an account that is closing or gone. A missing document is no
    error of a delete, and one that is there fails its guard."""
    return Delete(Closing, account_id, guard=_NEVER), not_erased(account_id)


def not_erased(account_id: str) -> Operation:
    """What refuses a write for an account that is gone."""
    return Delete(Erasure, account_id, guard=_NEVER)


def refusal(error: WriteRefused) -> CityError:
    """What the refusal of a write with `still_open` means: the error itself when the account was not at fault."""
    closing = isinstance(error.operation, Delete) and error.operation.model in (Closing, Erasure)
    return AccountClosing() if closing else error
