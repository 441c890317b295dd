"""What the service registry needs of the outside and of the other floors. server/wiring/ joins them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from core.caller import Acting, Citizen
from core.deeds import Deed
from core.documents import Operation
from core.text import Text

Outcome = Literal["ok", "refused", "failed"]
"""How a use of a card ended: answered; refused by a rule of ours, by the citizen's own state or by the department;
failed because the department's system or one of ours did."""


@dataclass(frozen=True)
class UpstreamRequest:
    """One call to a department's system. `body` is JSON, or empty with a GET; the adapter signs with key `key_id`."""

    method: Literal["GET", "POST", "PUT"]
    url: str
    body: bytes
    key_id: str
    request_id: str
    deadline_seconds: float
    """Seconds until the answer must be read to its end."""
    idempotency_key: str | None = None


@dataclass(frozen=True)
class UpstreamResponse:
    """What came back, whatever its status; `body` is at most 1 MiB, `media_type` lower case without parameters."""

    status: int
    media_type: str
    body: bytes


class Upstream(Protocol):
    """The way to departments' systems."""

    async def call(self, request: UpstreamRequest) -> UpstreamResponse:
        """One attempt, never repeated, redirects not followed.

        Raises `UpstreamUnavailable` when no whole answer arrived before the deadline, and `UpstreamInvalid` when it is
        larger than 1 MiB.
        """
        ...


class PersonalData(Protocol):
    """What the platform knows of a citizen, released field by field under the citizen's consent."""

    async def release(
        self,
        citizen_id: str,
        *,
        card_id: str,
        department: str,
        fields: Collection[str],
        purpose: Text,
        request_id: str,
        acting: Acting | None = None,
    ) -> Mapping[str, str]:
        """The fields asked for (`name`, `id_number`, `phone`) in plaintext, by name.

        The release is entered in the citizen's access log in the same atomic write that allows it, with whoever acts
        for them. Raises when the citizen has not consented, when the account does not hold a field, or when the
        permission to act has ended.
        """
        ...

    async def pseudonym(self, citizen_id: str, department: str) -> str:
        """The citizen's name towards this department alone; another department gets another one."""
        ...


class EnterpriseData(Protocol):
    """The same for the enterprise that a citizen acts for."""

    async def release(
        self,
        citizen: Citizen,
        *,
        card_id: str,
        department: str,
        fields: Collection[str],
        purpose: Text,
        request_id: str,
    ) -> Mapping[str, str]:
        """The fields asked for (`credit_code`, `name`) in plaintext, by name."""
        ...


class Limits(Protocol):
    """How far a permission to act goes."""

    def allow(self, *, card_id: str, theme: str, operation: str) -> bool: ...


class ActingRules(Protocol):
    """What may be done for somebody else, and the book of it: identity's. Nothing is asked of who acts for themself.

    All of them raise when the permission has ended; all but `limits` when it does not cover what is to be done.
    """

    async def limits(self, citizen: Citizen) -> Limits: ...

    async def permit(self, citizen: Citizen, deed: Deed) -> None: ...

    async def noted(self, citizen: Citizen, deed: Deed) -> tuple[Operation, ...]:
        """For the write of what is done: refuses it when the permission has ended by then, or when something else was
        entered in the same book first; then ask again."""
        ...

    async def note(self, citizen: Citizen, deed: Deed) -> None:
        """Enters what is done and writes nothing else. Returns when it is written."""
        ...


class Sealer(Protocol):
    """Encryption of what is stored for a citizen. What was sealed for one context does not open in another."""

    def seal(self, plaintext: str, context: str) -> str: ...

    def open(self, sealed: str, context: str) -> str: ...


class UsageSink(Protocol):
    """Where uses of cards are counted."""

    def used(self, citizen_id: str, card_id: str, outcome: Outcome) -> None:
        """Counts one use. Returns at once and never raises."""
        ...
