"""The waiting room on a phone, against the city's own: a crowd is there first, and everybody's turn comes."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Response, expect
from tornado.ioloop import IOLoop

from tests.delivered import delivered_copy
from tests.e2e.booking_steps import answer, citizen, confirm_page, fill_real_name
from tests.e2e.new_cards import NEW_CARDS
from tests.e2e.phones import Phone, Phones, built_app
from tests.e2e.readable import CHINESE, check_readable
from tests.e2e.test_app_readable import choose
from tests.http.api_places import Slot, bookings, park_slot, reserve
from tests.running_city import RunningCity, running_city

CROWD = "xx.crowd"
"""Lets thirty through in a minute: one every two seconds."""
COME_BEFORE = 5
BOOKINGS = re.compile("/api/v1/bookings$")
WORDS = {
    "zh": {"confirm": "确认预约", "room": "排队中", "ahead": "前面还有", "leave": "放弃排队", "booked": "预约成功"},
    "en": {"confirm": "Book", "room": "Waiting room", "ahead": "Ahead of you", "leave": "Leave the line",
           "booked": "Booked"},
}  # fmt: skip


@pytest.fixture(scope="module")
def race(phones: Phones, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    loop, stack = IOLoop.current(), AsyncExitStack()
    folder = tmp_path_factory.mktemp("race")
    city = loop.run_sync(lambda: stack.enter_async_context(city_of_the_race(folder)))
    yield replace(phones, city=city)
    loop.run_sync(stack.aclose)


@asynccontextmanager
async def city_of_the_race(folder: Path) -> AsyncIterator[RunningCity]:
    shutil.copytree(NEW_CARDS / CROWD, delivered_copy(folder) / CROWD)
    async with running_city(folder, {"miniapp": {"folder": str(built_app())}}) as city:
        yield city


async def seat(city: RunningCity) -> Slot:
    return replace(await park_slot(city, days=2, hour=10, resource_id="stand"), card_id=CROWD)


async def enter(phone: Phone, slot: Slot, words: dict[str, str]) -> int:
    """Books when a crowd has come before; how many are said to be ahead."""
    await phone.open(confirm_page(slot))
    for other in [await phone.city.sign_in(2) for _ in range(COME_BEFORE)]:
        answered = await reserve(phone.city, other, slot)
        assert answered.status_code in (201, 429), answered.text
    async with phone.page.expect_response(is_booking) as asked:
        await phone.press(phone.button(re.compile(f"^{words['confirm']}")))
    told = await (await asked.value).json()
    assert told["code"] == "booking.waiting"
    await expect(phone.title).to_have_text(words["room"])
    await expect(phone.text(words["ahead"])).to_be_visible()
    return int(told["position"])


def is_booking(response: Response) -> bool:
    return bool(BOOKINGS.search(response.url)) and response.request.method == "POST"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_whoever_comes_in_a_crowd_sees_their_place_and_comes_out_with_the_ticket(
    race: Phones, language: str
) -> None:
    words, slot = WORDS[language], await seat(race.city)
    async with citizen(race) as (phone, signed_in):
        await choose(phone, language=language)
        place = await enter(phone, slot, words)
        assert place > 0
        await expect(phone.screen.get_by_role("status")).to_contain_text(re.compile(r"\d"))
        await check_readable(phone)
        await phone.accessible()
        if language == "en":
            assert CHINESE.findall(await phone.screen.inner_text()) == []
        await phone.shot(f"waiting_room_{language}_390")
        async with phone.page.expect_response(is_booking) as asked:
            await phone.page.reload()
        nearer = await (await asked.value).json()
        assert nearer.get("position", 0) <= place, "a reload keeps the place in the line"
        await expect(phone.text(words["booked"]).first).to_be_visible(timeout=60_000)
        (made,) = await bookings(race.city, signed_in)
        assert (made["card_id"], made["starts_at"]) == (CROWD, slot.starts_at)
        await phone.shot(f"waiting_room_over_{language}_390")


async def test_it_can_be_read_at_twice_the_size_on_a_small_screen(race: Phones) -> None:
    slot = await seat(race.city)
    async with citizen(race, viewport={"width": 320, "height": 640}) as (phone, _):
        await choose(phone, language="zh", text_scale=2)
        await enter(phone, slot, WORDS["zh"])
        await check_readable(phone)
        await phone.shot("waiting_room_zh_320")


async def test_whoever_leaves_the_line_has_booked_nothing(race: Phones) -> None:
    slot = await seat(race.city)
    async with citizen(race) as (phone, signed_in):
        await enter(phone, slot, WORDS["zh"])
        await phone.press(phone.button("放弃排队"))
        await phone.shot("waiting_room_leave")
        await answer(phone, "继续排队")
        await expect(phone.title).to_have_text("排队中")
        await phone.press(phone.button("放弃排队"))
        await answer(phone, "放弃")
        await expect(phone.title).to_have_text("确认预约")
        await phone.open("pages/bookings/bookings")
        await expect(phone.text("没有待使用的预约")).to_be_visible()
        assert await bookings(race.city, signed_in) == []


async def test_a_lost_network_goes_on_by_itself(race: Phones) -> None:
    slot = await seat(race.city)
    async with citizen(race) as (phone, signed_in):
        await enter(phone, slot, WORDS["zh"])
        await phone.offline()
        await expect(phone.text("网络未连接，恢复后自动继续排队")).to_be_visible()
        await phone.shot("waiting_room_offline")
        await phone.offline(False)
        await expect(phone.text("预约成功")).to_be_visible(timeout=60_000)
        assert len(await bookings(race.city, signed_in)) == 1


async def test_who_has_still_to_prove_their_name_when_their_turn_comes_does_so_there(race: Phones) -> None:
    slot = await seat(race.city)
    async with citizen(race, 1) as (phone, signed_in):
        await enter(phone, slot, WORDS["zh"])
        await expect(phone.button("去实名")).to_be_visible(timeout=60_000)
        await phone.shot("waiting_room_prove")
        await phone.press(phone.button("去实名"))
        await fill_real_name(phone, signed_in.person)
        await expect(phone.text("预约成功")).to_be_visible()
        assert len(await bookings(race.city, signed_in)) == 1
