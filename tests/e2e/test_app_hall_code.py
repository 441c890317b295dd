"""Level 3 without a face: a clerk at the staff's page in a hall, and the citizen's phone."""

import re

from playwright.async_api import Page, expect

from tests.e2e.booking_steps import citizen
from tests.e2e.phones import Phone, Phones
from tests.e2e.plain_pages import computer, hearable, photographed
from tests.e2e.readable import check_readable
from tests.running_city import STAFF_PASSWORD

DIGITS = re.compile(r"^\d{4} \d{4}$")


async def issued_at_a_counter(page: Page, id_number: str) -> str:
    """What the clerk reads out, after comparing person and card."""
    await page.goto("/staff")
    await page.get_by_label("用户名").fill("hall_clerk")
    await page.get_by_label("密码", exact=True).fill(STAFF_PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("link", name="窗口核验").click()
    await page.get_by_label("身份证号码").fill(id_number)
    await page.get_by_label("我已当面核对本人与身份证").check()
    await page.get_by_role("button", name="签发核验码").click()
    await expect(page.locator(".digits")).to_have_text(DIGITS)
    await hearable(page)
    await photographed(page, "staff_hall_code")
    return await page.locator(".digits").inner_text()


async def enter(phone: Phone, code: str) -> None:
    await phone.screen.get_by_role("textbox", name=re.compile("^核验码")).fill(code)
    await phone.press(phone.button("确认"))


async def test_a_clerk_vouches_for_who_would_rather_not_show_a_face(phones: Phones) -> None:
    async with computer(phones, base_url=phones.city.url) as page, citizen(phones) as (phone, signed_in):
        await phone.open("pages/identity/identity")
        await phone.press(phone.button("不刷脸，使用窗口核验码"))
        await phone.press(phone.button("确认"))
        await expect(phone.text("请填写 8 位数字")).to_be_visible()
        code = await issued_at_a_counter(page, signed_in.person["id_number"])
        wrong = f"{(int(code[:4]) + 1) % 10000:04} {code[5:]}"
        await enter(phone, wrong)
        await expect(phone.text("核验码不正确或已失效")).to_be_visible()
        await check_readable(phone)
        await phone.shot("hall_code_wrong")
        await enter(phone, code)
        await expect(phone.text("已在窗口核验")).to_be_visible()
        await phone.press(phone.button("不刷脸，使用窗口核验码"))
        await expect(phone.text("当面核验记录")).to_be_visible()
        await phone.text("当面核验记录").scroll_into_view_if_needed()
        await phone.shot("hall_code_history")


async def test_a_code_for_somebody_else_is_worth_nothing_here(phones: Phones) -> None:
    async with computer(phones, base_url=phones.city.url) as page, citizen(phones) as (phone, _):
        other = await phones.city.person()
        await phone.open("pages/identity/hall_code")
        await enter(phone, await issued_at_a_counter(page, other["id_number"]))
        await expect(phone.text("核验码不正确或已失效")).to_be_visible()
