"""The app opens: its first page, its tabs, the stack of its pages through reloads and the browser's own buttons."""

import re

from playwright.async_api import expect

from tests.e2e.phones import Phone, Phones


async def cards(phone: Phone) -> list[str]:
    listed = (await phone.city.client.get("/api/v1/cards")).raise_for_status().json()["items"]
    return [card["name"]["zh"] for card in listed]


async def test_the_first_page_shows_the_citys_cards(phones: Phones) -> None:
    async with phones.phone() as phone:
        await phone.open()
        for name in await cards(phone):
            await expect(phone.text(name).first).to_be_visible()
        await phone.shot("home")
        await phone.accessible()


async def test_a_reload_finds_the_pages_that_were_open_and_back_leads_through_them(phones: Phones) -> None:
    async with phones.phone() as phone:
        await phone.open()
        await phone.press(phone.button(re.compile("搜索")))
        await expect(phone.title).to_have_text("搜索")
        await phone.page.reload()
        await expect(phone.title).to_have_text("搜索")
        await phone.back()
        await expect(phone.text((await cards(phone))[0]).first).to_be_visible()


async def test_a_page_can_be_opened_by_its_address_and_leads_home(phones: Phones) -> None:
    async with phones.phone() as phone:
        await phone.open("pages/search/search")
        await expect(phone.title).to_have_text("搜索")
        await phone.press(phone.page.get_by_role("button", name="返回首页"))
        await expect(phone.text((await cards(phone))[0]).first).to_be_visible()


async def test_with_the_mouse_on_a_wide_screen_the_phone_stands_beside_what_is_of_the_demo(phones: Phones) -> None:
    async with phones.phone(touch=False, viewport={"width": 1280, "height": 900}) as phone:
        await phone.open()
        await phone.tab("预约")
        await expect(phone.title).to_have_text("预约")
        await phone.shot("desk")
