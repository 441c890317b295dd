"""What the city tells a citizen, on the phone: counted until it was looked at, and in plain words."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.booking_steps import citizen
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable
from tests.e2e.test_app_readable import choose

READ = re.compile("/api/v1/me/messages/read$")
REFRESH = "/api/v1/sessions/refresh"
KEPT = "space => JSON.parse(localStorage.getItem(`mp:${space}:session`))"
DEVICE = "space => JSON.parse(localStorage.getItem(`mp:${space}:device_id`))"
COPIED = {
    "zh": "系统发现同一登录凭证被重复使用",
    "en": "The same sign-in was used twice",
}


async def test_messages_are_counted_until_they_were_looked_at(phones: Phones) -> None:
    async with citizen(phones) as (phone, _):
        await phone.open("pages/me/me")
        await expect(phone.text("1 条未读")).to_be_visible()
        await phone.shot("me_unread")
        async with phone.page.expect_response(READ):
            await phone.press(phone.button(re.compile("^消息.*1 条未读")))
        await expect(phone.text("新设备登录")).to_be_visible()
        await expect(phone.text(re.compile("如非本人操作，请立即退出其他设备的登录"))).to_be_visible()
        await expect(phone.text("新", exact=True)).to_be_visible()
        await check_readable(phone)
        await phone.shot("messages_new")
        await phone.back()
        await expect(phone.text("未读")).to_have_count(0)
        await phone.press(phone.button(re.compile("^消息")))
        await expect(phone.text("新设备登录")).to_be_visible()
        await expect(phone.text("新", exact=True)).to_have_count(0)


async def copy_and_use(phone: Phone) -> None:
    """Somebody has a copy of the phone's refresh token, and uses it after the phone has gone on twice."""
    kept: dict[str, Any] = await phone.page.evaluate(KEPT, phone.person)
    token, device = kept["refresh_token"], await phone.page.evaluate(DEVICE, phone.person)
    copied = token
    for _ in range(2):
        pair = await phone.city.client.post(REFRESH, json={"refresh_token": token, "device_id": device})
        token = pair.raise_for_status().json()["refresh_token"]
    stolen = await phone.city.client.post(REFRESH, json={"refresh_token": copied, "device_id": device})
    assert stolen.json()["code"] == "identity.refresh_refused"
    script = "([space, kept]) => localStorage.setItem(`mp:${space}:session`, JSON.stringify(kept))"
    await phone.page.evaluate(script, [phone.person, {**kept, "refresh_token": token}])


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_sign_in_that_was_copied_is_said_where_one_would_look(phones: Phones, language: str) -> None:
    async with citizen(phones) as (phone, _):
        await choose(phone, language=language)
        await phone.open("pages/me/me")
        await expect(phone.text(re.compile("条未读|unread"))).to_be_visible()
        await copy_and_use(phone)
        await phone.open("pages/me/sessions")
        await phone.page.reload()
        await expect(phone.screen.get_by_role("alert")).to_contain_text(COPIED[language])
        await check_readable(phone)
        await phone.accessible()
        await phone.shot(f"sessions_copied_{language}")
        await phone.press(phone.screen.get_by_role("link"))
        await expect(phone.text(re.compile(COPIED[language]))).to_be_visible()
        await phone.accessible()
        if language == "en":
            assert CHINESE.findall(await phone.screen.inner_text()) == []
        await phone.shot(f"messages_copied_{language}")
