"""首页 and 搜索 on a phone: what the city offers and tells, in two languages, two sizes, and by whatever one types."""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Locator, expect
from tornado.ioloop import IOLoop

from tests.e2e.new_cards import EVERYTHING, city_with_new_cards
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable


@pytest.fixture(scope="module")
def town(phones: Phones, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    loop, stack = IOLoop.current(), AsyncExitStack()
    folder = tmp_path_factory.mktemp("home")
    made, _ = loop.run_sync(lambda: stack.enter_async_context(city_with_new_cards(phones, folder)))
    yield made
    loop.run_sync(stack.aclose)


def card(phone: Phone, name: str) -> Locator:
    return phone.button(re.compile(f"^{name}"))


async def test_home_has_notices_themes_and_cards_for_anybody(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open()
        await expect(phone.text("贵阳", exact=True)).to_be_visible()
        await expect(phone.text("元旦安排的正文")).to_have_count(0)
        await phone.press(phone.button("元旦安排"))
        await expect(phone.text("元旦安排的正文")).to_be_visible()
        await phone.press(phone.screen.get_by_role("radio", name="医疗健康"))
        await expect(card(phone, "疫苗接种登记")).to_be_visible()
        await expect(card(phone, "公积金查询")).to_have_count(0)
        await check_readable(phone)
        await phone.shot("home_theme")


async def test_home_in_english_has_no_chinese_in_it(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open()
        await phone.press(phone.button("Switch to English"))
        await expect(phone.text("All services")).to_be_visible()
        await expect(phone.page.locator("#tabs")).to_contain_text("Bookings")
        shown = (await phone.screen.inner_text()).replace("中文", "")
        assert CHINESE.findall(shown) == []
        await phone.page.reload()
        await expect(phone.text("All services")).to_be_visible()
        await phone.shot("home_en")
        await phone.press(phone.button("切换到中文"))
        await expect(phone.text("全部服务")).to_be_visible()


async def test_the_version_for_elders_doubles_the_text_and_cuts_nothing_off(town: Phones) -> None:
    async with town.phone(viewport={"width": 320, "height": 640}) as phone:
        await phone.open()
        name = phone.text("公积金查询", exact=True).first
        normal = await name.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        await phone.press(phone.button(re.compile("长辈版")))
        await phone.press(phone.screen.get_by_role("radio", name="最大"))
        await expect(name).to_be_visible()
        large = await name.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        assert large >= 2 * normal
        await check_readable(phone)
        await phone.shot("home_elder_320")
        await phone.press(phone.button(re.compile("标准版")))
        assert await name.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") == normal


async def test_what_one_keeps_and_uses_stands_first_also_after_a_reload(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open()
        await phone.press(card(phone, "景区预约"))
        await phone.press(phone.button("收藏这项服务"))
        await expect(phone.button("取消收藏")).to_be_visible()
        await phone.back()
        for section in ("最近使用", "我的收藏"):
            await expect(phone.text(section)).to_be_visible()
        await phone.page.reload()
        await expect(phone.text("我的收藏")).to_be_visible()
        await expect(card(phone, "景区预约")).to_have_count(3)
        await phone.shot("home_used")


async def test_the_keyboard_goes_through_home_in_the_order_in_which_it_is_read(town: Phones) -> None:
    async with town.phone(touch=False) as phone:
        await phone.open()
        await expect(card(phone, "社保查询")).to_be_visible()
        reached = []
        for _ in range(6):
            await phone.page.keyboard.press("Tab")
            reached.append(await phone.page.evaluate("document.activeElement.getAttribute('aria-label') || ''"))
        wanted = ["EN, switch to English", "切换到长辈版：大字、简明", "搜索服务、部门、事项"]
        places = [reached.index(label) for label in wanted]
        assert places == sorted(places)
        while await phone.page.evaluate("document.activeElement.getAttribute('aria-label')") != wanted[2]:
            await phone.page.keyboard.press("Shift+Tab")
        await phone.page.keyboard.press("Enter")
        await expect(phone.title).to_have_text("搜索")


@pytest.mark.parametrize("touch", [True, False], ids=["touch", "mouse"])
@pytest.mark.parametrize("typed", ["公积金", "gongjijin", "gjj", "housing fund"])
async def test_a_card_is_suggested_by_words_pinyin_and_initials(town: Phones, typed: str, touch: bool) -> None:
    async with town.phone(touch=touch) as phone:
        await phone.open("pages/search/search")
        await phone.screen.locator("input").fill(typed)
        await phone.press(card(phone, "公积金查询"))
        await expect(phone.title).to_have_text("服务")
        await expect(phone.text("住房公积金管理中心").first).to_be_visible()


async def test_search_says_what_it_found_and_remembers_it(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open("pages/search/search")
        await phone.screen.locator("input").fill("预约")
        await phone.screen.locator("input").press("Enter")
        await expect(phone.text(re.compile("找到 [0-9]+ 项服务"))).to_be_visible()
        await phone.shot("search_found")
        await phone.press(phone.button("清空输入"))
        await expect(phone.text("最近搜索")).to_be_visible()
        await check_readable(phone)
        await phone.shot("search_history")
        await phone.press(phone.button("预约"))
        await expect(phone.text(re.compile("找到 [0-9]+ 项服务"))).to_be_visible()


async def test_search_that_finds_nothing_says_what_to_do(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open("pages/search/search?q=" + "火星移民")
        await expect(phone.text("没有找到与“火星移民”相关的服务")).to_be_visible()
        await phone.shot("search_nothing")
        await phone.press(phone.button("浏览全部服务"))
        await expect(card(phone, "社保查询")).to_be_visible()


async def test_offline_home_says_so_and_goes_on_by_itself(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open("pages/search/search")
        await phone.offline()
        await phone.screen.locator("input").fill("社保")
        await phone.screen.locator("input").press("Enter")
        await expect(phone.text("网络未连接")).to_be_visible()
        await phone.shot("offline")
        await phone.offline(False)
        await expect(card(phone, "社保查询")).to_be_visible()


async def test_a_card_that_was_added_is_found_without_touching_the_app(town: Phones) -> None:
    async with town.phone() as phone:
        await phone.open("pages/search/search?q=ymjz")
        await phone.press(card(phone, "疫苗接种登记"))
        await expect(phone.button("查看接种记录")).to_be_visible()
        assert f"card_id={EVERYTHING}" in phone.page.url
