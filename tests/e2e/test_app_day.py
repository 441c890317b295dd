"""A citizen's whole day on one phone: found, proved, agreed, answered, booked, and looked at afterwards."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.booking_steps import confirm_page, somebody
from tests.e2e.phones import Phones
from tests.e2e.test_app_readable import choose
from tests.http.api_places import bookings, park_slot
from tests.running_city import SignedIn

SESSION = "space => JSON.parse(localStorage.getItem(`mp:${space}:session`)).access_token"
ZH = {
    "search": "搜索服务、部门、事项", "typed": "shbx", "card": "^社保查询", "use": "参保信息",
    "phone": "使用微信手机号", "name": "去实名", "compare": "核对", "tick": "单独同意提供",
    "agree": "同意并继续", "answer": "参保险种",
    "bookings": "预约", "none": "没有待使用的预约", "parks": "^景区预约", "book": "^确认预约", "booked": "预约成功",
    "me": "我的", "level": "已实名", "access": "^谁看过我的数据", "received": "获取了您的身份证号码",
}  # fmt: skip
EN = {
    "search": "Services, departments, matters", "typed": "social", "card": "^Social security", "use": "My insurance",
    "phone": "Use my WeChat phone number", "name": "Confirm my name", "compare": "Compare",
    "tick": "I agree separately",
    "agree": "Agree and continue", "answer": "Personal account", "bookings": "Bookings",
    "none": "No upcoming bookings", "parks": "^Parks and scenic spots", "book": "^Book", "booked": "Booked", "me": "Me",
    "level": "Real name confirmed", "access": "^Who saw my data", "received": "received your ID number",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "touch", "t"), [("zh", True, ZH), ("en", False, EN)], ids=["zh_touch", "en_mouse"]
)
async def test_a_day_from_the_first_search_to_who_saw_ones_data(
    phones: Phones, language: str, touch: bool, t: dict[str, str]
) -> None:
    city = phones.city
    person, slot = await city.person(somebody()), await park_slot(city, days=3, hour=13)
    async with phones.phone(person["id"], touch=touch) as phone:
        await choose(phone, language=language)
        await phone.open()
        await phone.press(phone.button(t["search"]))
        await phone.screen.locator("input").fill(t["typed"])
        await phone.press(phone.button(re.compile(t["card"])))
        await phone.press(phone.button(t["use"]))
        await phone.press(phone.button(t["phone"]))
        await phone.press(phone.button(t["name"]))
        await expect(phone.screen.locator("input")).to_have_count(2)
        await phone.page.reload()
        await phone.screen.locator("input").first.fill(person["name"])
        await phone.screen.locator("input").last.fill(person["id_number"])
        await phone.press(phone.button(t["compare"]))
        await phone.press(phone.screen.get_by_role("checkbox", name=re.compile(t["tick"])))
        await phone.press(phone.button(t["agree"]))
        await expect(phone.text(t["answer"]).first).to_be_visible()
        await phone.shot(f"day_answer_{language}")

        await phone.open()
        await phone.tab(t["bookings"])
        await expect(phone.text(re.compile(t["none"])).first).to_be_visible()
        await phone.press(phone.button(re.compile(t["parks"])))
        await phone.shot(f"day_parks_{language}")
        await phone.open(confirm_page(slot))
        await phone.press(phone.button(re.compile(t["book"])))
        await expect(phone.text(t["booked"]).first).to_be_visible()
        await phone.shot(f"day_ticket_{language}")

        await phone.open()
        await phone.tab(t["me"])
        await expect(phone.text(t["level"])).to_be_visible()
        await phone.press(phone.button(re.compile(t["access"])))
        await expect(phone.text(re.compile(t["received"]))).to_be_visible()
        await phone.shot(f"day_access_{language}")
        token = await phone.page.evaluate(SESSION, person["id"])
        (made,) = await bookings(city, SignedIn(person, "", token, ""))
        assert made["starts_at"] == slot.starts_at
