"""What the identity centre needs of the outside. server/adapters satisfies these; server/wiring/ joins them."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

Verdict = Literal["match", "mismatch", "not_found"]


@dataclass(frozen=True)
class WeChatSession:
    """What code2Session answers. `openid` names a person to this mini-program, `unionid` to all programs of one owner.

    `session_key` decrypts WeChat's open data and never leaves the server.
    """

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


class WeChat(Protocol):
    """The mini-program platform. Both codes work once, for five minutes: neither call is ever repeated."""

    async def code_to_session(self, code: str) -> WeChatSession:
        """Raises `WeChatCodeInvalid`, `WeChatBlocked`, `WeChatUnavailable`."""
        ...

    async def phone_number(self, code: str) -> str:
        """The number behind a phone-number button's code: 11 digits in mainland China, else E.164 (`+85291234567`).

        Raises `WeChatCodeInvalid`, `WeChatUnavailable`.
        """
        ...


class Authority(Protocol):
    """The population authority. Both methods raise `AuthorityUnavailable` when it does not answer as agreed in time."""

    async def verify(self, name: str, id_number: str) -> Verdict:
        """Whether a person of this name holds this resident ID number."""
        ...

    async def photo(self, id_number: str) -> str | None:
        """The holder's photo as base64 JPEG, or None when the authority has none."""
        ...
