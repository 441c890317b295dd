"""Home, search and cards can be read, tapped and heard by everybody: on small screens, with text twice as large, in
English, and by axe-core's rules."""

import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import expect
from tornado.ioloop import IOLoop

from tests.e2e.new_cards import EVERYTHING, LINK, ROOMS, city_with_new_cards
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle

SIZES = [({"width": 390, "height": 844}, 1), ({"width": 320, "height": 640}, 2)]
SPEAKS_BOTH = ("中文",)
"""The way back to Chinese."""

PAGES = {
    "home": "pages/home/home",
    "search": "pages/search/search",
    "search_found": "pages/search/search?q=gjj",
    "search_nothing": "pages/search/search?q=zzzz",
    "card": "pages/card/card?card_id=gy.housing_fund",
    "card_link": f"pages/card/card?card_id={LINK}",
    "card_booking": f"pages/card/card?card_id={ROOMS}",
    "card_gone": "pages/card/card?card_id=xx.gone",
    "form": f"pages/card/use?card_id={EVERYTHING}&operation=register",
    "consent": "pages/card/use?card_id=gy.housing_fund&operation=balance",
}
ANSWERS = {
    "answer": "pages/card/use?card_id=gy.social_security&operation=accounts",
    "answer_blocks": f"pages/card/use?card_id={EVERYTHING}&operation=show",
}
"""What a department says is in its own language."""


@pytest.fixture(scope="module")
def town(phones: Phones, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    loop, stack = IOLoop.current(), AsyncExitStack()
    folder = tmp_path_factory.mktemp("readable")
    made, _ = loop.run_sync(lambda: stack.enter_async_context(city_with_new_cards(phones, folder)))
    yield made
    loop.run_sync(stack.aclose)


async def choose(phone: Phone, **settings: Any) -> None:
    """As the citizen would: language, size of text, searches."""
    for name, value in settings.items():
        key, kept = json.dumps(f"mp:{phone.person}:{name}"), json.dumps(json.dumps(value))
        await phone.page.add_init_script(f"localStorage.setItem({key}, {kept})")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("viewport", "scale"), SIZES, ids=["390", "320_double"])
async def test_every_screen_can_be_read_tapped_and_heard(
    town: Phones, language: str, viewport: dict[str, Any], scale: int
) -> None:
    citizen = await town.city.sign_in(2)
    agreed = {"card_id": "gy.social_security", "separate": ["id_number"]}
    (await town.city.client.post("/api/v1/consents", json=agreed, headers=citizen.headers)).raise_for_status()
    async with town.phone(citizen.person["id"], viewport=viewport) as phone:
        await choose(phone, language=language, text_scale=scale, elder=scale > 1)
        for name, address in {**PAGES, **ANSWERS}.items():
            await phone.open(address)
            if name == "consent":
                await expect(phone.screen.get_by_role("dialog")).to_be_visible()
            else:
                await settle(phone)
            await check_readable(phone)
            await phone.accessible()
            await phone.shot(f"{name}_{language}_{viewport['width']}")
            if language == "en" and name in PAGES:
                assert chinese(await phone.screen.inner_text()) == [], name


def chinese(text: str) -> list[str]:
    return [found for found in CHINESE.findall(text) if found not in SPEAKS_BOTH]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_is_wrong_with_a_form_can_be_read_and_heard(town: Phones, language: str) -> None:
    async with town.phone("lin_yue", viewport={"width": 320, "height": 640}) as phone:
        await choose(phone, language=language, text_scale=2)
        await phone.open(PAGES["form"])
        await phone.press(phone.button(re.compile("提交|Submit")))
        await expect(phone.screen.get_by_role("alert").first).to_be_visible()
        await check_readable(phone)
        await phone.accessible()
        await phone.shot(f"form_faults_{language}_320")
