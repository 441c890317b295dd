"""Append-only chains, for logs that nobody can rewrite unnoticed.

Each entry's seal is a keyed digest over its content and the seal before it, and the head of the chain moves in the same
atomic write. Whoever alters, removes or re-orders an entry in the database, even with the right to write to it, breaks
the chain at a place that can be named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from core.clock import Instant
from core.documents import Document, Documents, Insert, Operation, Patch


class ChainEntry(Document):
    """`number` counts from 1 in each chain without a gap; `before` is the seal of the entry before, "" for the
    first."""

    number: int
    at: Instant
    before: str = ""
    seal: str = ""


class ChainHead(Document):
    """The last entry of one chain, and when it was added; its id is the chain's."""

    number: int
    seal: str
    moved_at: Instant | None = None


E = TypeVar("E", bound=ChainEntry)


@dataclass(frozen=True)
class ChainFault:
    """The first place where a chain does not hold, and what is wrong there: `missing` or `altered`."""

    number: int
    fault: str


class Chain(Generic[E]):
    """The chains of one log. `index` names the unique index of `entry` over (chain, number); `sealed` is the digest of
    an entry's content and the seal before it."""

    def __init__(
        self,
        documents: Documents,
        entry: type[E],
        head: type[ChainHead],
        index: str,
        sealed: Callable[[E, str], str],
    ) -> None:
        self._documents = documents
        self._entry = entry
        self._head = head
        self._index = index
        self._sealed = sealed

    async def appended(self, chain_id: str, made: Callable[[int], E]) -> tuple[Operation, ...]:
        """The operations that add the entry of the next number, for the write that it is about.

        An entry's id says its number, so the write is refused when another entry came first: ask again then.
        """
        head = await self._documents.get(self._head, chain_id)
        number, seal_before = (head.number + 1, head.seal) if head else (1, "")
        entry = made(number)
        entry = entry.model_copy(update={"before": seal_before, "seal": self._sealed(entry, seal_before)})
        if head is None:
            first = self._head(id=chain_id, number=number, seal=entry.seal, moved_at=entry.at)
            return (Insert(first), Insert(entry))
        move = {"number": number, "seal": entry.seal, "moved_at": entry.at}
        return (Patch(self._head, chain_id, set=move), Insert(entry))

    async def fault(self, chain_id: str) -> ChainFault | None:
        """The first fault of a chain, None when it holds from the first entry to the head.

        A chain that grows meanwhile is read on until entries and head agree; entries beyond a head that stands still
        are a fault.
        """
        number, seal = 0, ""
        earlier_head: ChainHead | Literal["unread"] | None = "unread"
        while True:
            head = await self._documents.get(self._head, chain_id)
            read = await self._read_on(chain_id, number, seal)
            if isinstance(read, ChainFault):
                return read
            number, seal = read
            if (head.number, head.seal) == (number, seal) if head else number == 0:
                return None
            if (head is not None and head.number >= number) or head == earlier_head:
                return ChainFault(number + 1, "missing")
            earlier_head = head

    async def _read_on(self, chain_id: str, number: int, seal: str) -> tuple[int, str] | ChainFault:
        """From the entry after `number` to the last one there is: its number and seal, or the first fault."""
        after = None
        while True:
            page = await self._documents.find(
                self._entry, self._index, chain_id, at_least=number + 1, limit=1000, after=after
            )
            for entry in page.items:
                if entry.number != number + 1:
                    return ChainFault(number + 1, "missing")
                if entry.seal != self._sealed(entry, seal) or entry.before not in ("", seal):
                    return ChainFault(number + 1, "altered")
                number, seal = entry.number, entry.seal
            after = page.after
            if after is None:
                return number, seal
