"""What the city has told the citizen who asks."""

from typing import Annotated

from pydantic import Field

from core.messages import Messages
from core.text import Text
from handlers.http.contract import endpoint
from handlers.http.fields import CityTime, Identifier, PageQuery, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen


class MessageItem(View):
    id: str
    kind: str
    """identity.new_device, identity.token_reused and so on: for a picture, or for what a tap opens."""
    title: Text
    body: Text
    about: str | None
    """The id of the session, booking and the like that it is about."""
    at: CityTime
    read_at: CityTime | None


class MessageList(View):
    items: list[MessageItem]
    after: str | None
    unread: int
    """Of all messages, not only of these."""


class ReadRequest(Request):
    ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)]
    """Those that were shown to the citizen."""


class UnreadView(View):
    unread: int


class MyMessages(Handler):
    def initialize(self, messages: Messages) -> None:
        self.messages = messages

    @endpoint(who=citizen())
    async def get(self, query: PageQuery) -> MessageList:
        """What the city has told the citizen, the newest first."""
        page = await self.messages.of(self.citizen, query.limit, query.after)
        items = [MessageItem.model_validate(vars(item)) for item in page.items]
        return MessageList(items=items, after=page.after, unread=page.unread)


class ReadMessages(Handler):
    def initialize(self, messages: Messages) -> None:
        self.messages = messages

    @endpoint(who=citizen(), rate="write")
    async def post(self, request: ReadRequest) -> UnreadView:
        """Mark messages as read. Doing it again changes nothing; what is not the citizen's is left alone."""
        return UnreadView(unread=await self.messages.read(self.citizen, request.ids))
