"""Anchors: signed statements of where the chains stood at a moment, kept also outside the database.

A chain holds only what stands in it: its last rows, cut off together with its head, leave nothing to see. So every hour
the heads that moved are written down, in anchors that are chained themselves, signed by the city, and appended to a
file that is shipped elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol

import orjson
from jwt.utils import base64url_decode
from pydantic import BaseModel, ConfigDict, ValidationError

from core.clock import Clock, Instant
from core.documents import Document, Documents, Duplicate, Index, Insert
from identity_center.access_log import AccessLogHead
from identity_center.record_signing import NotSigned, RecordKind, RecordSigner
from identity_center.staff.log import CHAIN, StaffLogHead
from identity_center.vault import Vault

KIND: RecordKind = "log-anchor+jwt"
_LEAVES = 500
_OVERLAP = timedelta(hours=1)
"""Heads are read so much further back than to the last anchor: a write may take a while, and clocks are apart."""
_AT_LEAST_EVERY = timedelta(days=1)
_LOOK_BACK = 50
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Anchor(Document):
    """`signed` says everything; `number` counts without a gap, `until` is up to when heads were looked for."""

    collection: ClassVar[str] = "log_anchors"
    indexes: ClassVar[tuple[Index, ...]] = (Index("number", ("number",), unique=True),)

    number: int
    until: Instant
    signed: str


class Leaf(BaseModel):
    """The head of one chain: of which log, whose, at which row, with which seal. Row 0: the chain is removed from then
    on, because the law wants it."""

    model_config = ConfigDict(frozen=True)

    log: str
    chain: str
    number: int
    seal: str


class Statement(BaseModel):
    """What an anchor says. `before` is the seal of the anchor before; `seal` is a keyed digest over all the rest, which
    no key of signatures can make."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: Instant
    until: Instant
    before: str
    leaves: tuple[Leaf, ...]
    seal: str = ""


class AnchorsAltered(Exception):
    """None of the latest anchors is genuine, so none can be added: `cst audit verify` says which."""


class AnchorSink(Protocol):
    """Where anchors are kept outside the database."""

    async def keep(self, lines: Sequence[str]) -> None:
        """Appends; durable when it returns. Raises `OSError`."""
        ...


@dataclass(frozen=True)
class ReadAnchor:
    """An anchor as it was found; `statement` is None when it is no statement of this city."""

    line: str
    statement: Statement | None
    is_signed: bool


class AnchorBook:
    """Makes statements, and knows the genuine ones."""

    def __init__(self, vault: Vault, signer: RecordSigner) -> None:
        self._vault = vault
        self._signer = signer

    def made(self, number: int, at: datetime, until: datetime, before: str, leaves: Sequence[Leaf]) -> tuple[str, str]:
        """The signed line, and its seal."""
        statement = Statement(number=number, at=at, until=until, before=before, leaves=tuple(leaves))
        sealed = statement.model_copy(update={"seal": self._seal(statement)})
        return self._signer.signed(KIND, sealed.model_dump(mode="json")), sealed.seal

    def read(self, line: str) -> ReadAnchor:
        """The seal makes it genuine. A signature whose key this city has no more says nothing against it."""
        try:
            content: Mapping[str, Any] = self._signer.verified(KIND, line)
            is_signed = True
        except NotSigned:
            content, is_signed = _payload(line), False
        try:
            statement = Statement.model_validate(content)
        except ValidationError:
            return ReadAnchor(line, None, is_signed)
        genuine = statement.seal == self._seal(statement)
        return ReadAnchor(line, statement if genuine else None, is_signed)

    def _seal(self, statement: Statement) -> str:
        content = statement.model_dump(mode="json", exclude={"seal"})
        return self._vault.keyed_digest("log anchor", orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()).hex()


class Anchors:
    """Writes them. A job of the whole city, which two workers may do at once: one of them writes."""

    def __init__(self, documents: Documents, clock: Clock, book: AnchorBook, sink: AnchorSink | None) -> None:
        self._documents = documents
        self._clock = clock
        self._book = book
        self._sink = sink

    async def anchor(self) -> int:
        """Anchors the heads that moved since the last time. Returns how many anchors were written; also one that holds
        nothing, once a day, so that silence is told from an end. Raises `AnchorsAltered`, `OSError`."""
        earlier, now = await self._latest(), self._clock.now()
        last = earlier[0] if earlier else None
        leaves = await self._moved(last.until if last is not None else None)
        known = {leaf for one in earlier for leaf in one.leaves}
        leaves = [leaf for leaf in leaves if leaf not in known]
        if not leaves and last is not None and now - last.at < _AT_LEAST_EVERY:
            return 0
        return await self._written(last, now, now, leaves)

    async def ended(self, chains: Sequence[str]) -> None:
        """States, before it is done, that these chains of the access log are removed because the law wants it: no audit
        misses them from then on. Raises `AnchorsAltered`, `OSError`."""
        leaves = [_leaf("access_log", chain, 0, "") for chain in chains]
        while leaves:
            earlier, now = await self._latest(), self._clock.now()
            last = earlier[0] if earlier else None
            until = last.until if last is not None else _LONG_AGO
            written = await self._written(last, now, until, leaves)
            leaves = leaves[written * _LEAVES :]

    async def _written(self, last: Statement | None, now: datetime, until: datetime, leaves: list[Leaf]) -> int:
        number, before = (last.number, last.seal) if last is not None else (0, "")
        lines: list[str] = []
        for chunk in _chunks(leaves):
            number = await self._free(number + 1)
            line, before = self._book.made(number, now, until, before, chunk)
            try:
                await self._documents.write(Insert(Anchor(id=f"{number:012}", number=number, until=until, signed=line)))
            except Duplicate:
                break  # another worker is at it
            lines.append(line)
        if self._sink is not None and lines:
            await self._sink.keep(lines)
        return len(lines)

    async def _free(self, number: int) -> int:
        """The first number from this one on where nothing stands but what is genuine: what somebody put there is left
        for the audit to name."""
        while True:
            there = await self._documents.get(Anchor, f"{number:012}")
            if there is None or self._book.read(there.signed).statement is not None:
                return number
            number += 1

    async def _latest(self) -> list[Statement]:
        """The genuine ones of the latest, newest first. Raises `AnchorsAltered` when there are some and none is."""
        page = await self._documents.find(Anchor, "number", descending=True, limit=_LOOK_BACK)
        found = [self._book.read(anchor.signed).statement for anchor in page.items]
        genuine = [statement for statement in found if statement is not None]
        if found and not genuine:
            raise AnchorsAltered
        return genuine

    async def _moved(self, since: datetime | None) -> list[Leaf]:
        leaves, after = [], None
        at_least = None if since is None else since - _OVERLAP
        while True:
            page = await self._documents.find(AccessLogHead, "moved", at_least=at_least, limit=1000, after=after)
            leaves += [_leaf("access_log", head.id, head.number, head.seal) for head in page.items]
            after = page.after
            if after is None:
                break
        staff = await self._documents.get(StaffLogHead, CHAIN)
        if staff is not None:
            leaves.append(_leaf("staff_log", staff.id, staff.number, staff.seal))
        return leaves


def _leaf(log: str, chain: str, number: int, seal: str) -> Leaf:
    return Leaf(log=log, chain=chain, number=number, seal=seal)


def _chunks(leaves: list[Leaf]) -> Iterator[list[Leaf]]:
    for start in range(0, max(1, len(leaves)), _LEAVES):
        yield leaves[start : start + _LEAVES]


def _payload(line: str) -> Mapping[str, Any]:
    """What a line says of itself, believed by nobody yet."""
    try:
        content = orjson.loads(base64url_decode(line.split(".")[1]))
    except (ValueError, IndexError):
        return {}
    return content if isinstance(content, dict) else {}
