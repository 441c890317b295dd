"""What the city tells a citizen in the mini-program: written with what it tells of, in one atomic write.

A message names no person and holds no personal data: a kind, a moment, and the id of what it is about. Its words are
the kind's, put in when it is read, so that they can be mended later and are there in both languages.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.caller import Citizen
from core.clock import Clock, Instant
from core.conditions import all_of, field
from core.documents import Document, Documents, GuardFailed, Index, Insert, Patch
from core.ids import derived_id, new_id
from core.text import Text, text


@dataclass(frozen=True)
class MessageKind:
    """One kind of news. `code` is stored; `title` and `body` are what the citizen reads."""

    code: str
    title: Text
    body: Text


class Message(Document):
    """`about` is the id of a session, booking and the like. `unread_by` is the account until it is read."""

    collection: ClassVar[str] = "messages"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("account", ("account_id", "at")),
        Index("unread", ("unread_by",)),
        Index("at", ("at",)),
    )

    account_id: str
    unread_by: str | None
    kind: str
    about: str | None = None
    at: Instant
    read_at: Instant | None = None


def message(
    kind: MessageKind, account_id: str, clock: Clock, *, about: str | None = None, once: str | None = None
) -> Insert:
    """The operation that tells a citizen, for the write of what it tells of. With `once`, a second message of this kind
    with the same text there is refused as a duplicate, and its write with it."""
    return Insert(
        Message(
            id=new_id(clock) if once is None else derived_id(kind.code, account_id, once),
            account_id=account_id,
            unread_by=account_id,
            kind=kind.code,
            about=about,
            at=clock.now(),
        )
    )


@dataclass(frozen=True)
class MessageView:
    """A message as its citizen reads it."""

    id: str
    kind: str
    title: Text
    body: Text
    about: str | None
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class MessagePage:
    """`unread` counts all unread messages, not those of the page."""

    items: tuple[MessageView, ...]
    after: str | None
    unread: int


_OF_ANOTHER_VERSION = MessageKind(
    "", text("系统消息", "A message"), text("请更新到最新版本后查看", "Update the app to read this message")
)


class Messages:
    """`kinds` are all that the city's floors declare."""

    def __init__(self, documents: Documents, clock: Clock, kinds: Iterable[MessageKind]) -> None:
        self._documents = documents
        self._clock = clock
        self._kinds = {kind.code: kind for kind in kinds}

    async def of(self, citizen: Citizen, limit: int = 20, after: str | None = None) -> MessagePage:
        """The newest first. Raises `BadCursor`."""
        page = await self._documents.find(Message, "account", citizen.id, descending=True, limit=limit, after=after)
        return MessagePage(tuple(self._view(item) for item in page.items), page.after, await self.unread(citizen))

    async def unread(self, citizen: Citizen) -> int:
        return await self._documents.count(Message, "unread", citizen.id)

    async def read(self, citizen: Citizen, message_ids: Sequence[str]) -> int:
        """Marks these as read; those that are, or are not the citizen's, stay as they are. Returns how many are unread
        after it."""
        await asyncio.gather(*(self._mark(citizen, message_id) for message_id in set(message_ids)))
        return await self.unread(citizen)

    async def _mark(self, citizen: Citizen, message_id: str) -> None:
        own = all_of(field("account_id").equals(citizen.id), field("unread_by").equals(citizen.id))
        seen = {"unread_by": None, "read_at": self._clock.now()}
        try:
            await self._documents.write(Patch(Message, message_id, set=seen, guard=own))
        except GuardFailed:
            return

    def _view(self, stored: Message) -> MessageView:
        kind = self._kinds.get(stored.kind, _OF_ANOTHER_VERSION)
        return MessageView(stored.id, stored.kind, kind.title, kind.body, stored.about, stored.at, stored.read_at)
