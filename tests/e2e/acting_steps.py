"""Acting for others, as phones do it."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Locator, expect

from tests.e2e.phones import Phone, Phones
from tests.http.api_tokens import mint
from tests.running_city import SignedIn

Json = dict[str, Any]
SESSION = "space => JSON.parse(localStorage.getItem(`mp:${space}:session`))"
_KEEP = "([space, kept]) => localStorage.setItem(`mp:${space}:session`, JSON.stringify(kept))"
CODE = re.compile(r"^[0-9A-Z]{5}-[0-9A-Z]{5}$")


def masked(person: Json) -> str:
    name: str = person["name"]
    return name[0] + "*" * (len(name) - 1)


@asynccontextmanager
async def phone_of(phones: Phones, who: SignedIn, **options: Any) -> AsyncIterator[Phone]:
    """The phone of somebody who has proved themselves elsewhere."""
    async with phones.phone(who.person["id"], **options) as phone:
        yield phone


async def with_face(phone: Phone) -> None:
    """The phone's session as after a face that was shown just now; the real camera has tests of its own."""
    await phone.open("pages/me/me")
    await expect(phone.button("去认证，办理更多事项")).to_be_visible()
    session = await phone.page.evaluate(SESSION, phone.person)
    true, now = mint(phone.city, session["access_token"]), int(time.time())
    proved = {**true.claims["proved_at"], "3": now}
    session.update(access_token=true.token(acr="3", proved_at=proved), assurance=3)
    await phone.page.evaluate(_KEEP, [phone.person, session])
    await phone.page.reload()
    await expect(phone.text("已人脸核验")).to_be_visible()


def bar(phone: Phone) -> Locator:
    """What says on every page for whom one acts."""
    return phone.screen.get_by_role("status").filter(has_text=re.compile("正在为|You act for"))


async def shown_letters(phone: Phone) -> str:
    """The code on the screen."""
    letters = phone.screen.get_by_text(CODE)
    await expect(letters).to_be_visible()
    return await letters.inner_text()
