"""The app in a city that has WeChat look at faces: the sandbox plays WeChat, the persona shows their face."""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, expect
from tornado.ioloop import IOLoop

from tests.e2e.booking_steps import somebody
from tests.e2e.fake_camera import FakeCamera
from tests.e2e.phones import Phone, Phones, built_app
from tests.e2e.readable import check_readable
from tests.e2e.test_app_identity import FACE_PAGE, level
from tests.running_city import running_city


@pytest.fixture(scope="module")
def wechat_phones(browser: Browser, camera: FakeCamera, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    folder = tmp_path_factory.mktemp("wechat_phones")
    settings = {"miniapp": {"folder": str(built_app())}, "face": {"provider": "wechat"}}
    loop, stack = IOLoop.current(), AsyncExitStack()
    city = loop.run_sync(lambda: stack.enter_async_context(running_city(folder, settings)))
    yield Phones(browser, city, camera)
    loop.run_sync(stack.aclose)


async def agree(phone: Phone) -> None:
    await phone.press(phone.screen.get_by_role("checkbox", name=re.compile("单独同意")))
    await phone.press(phone.button("同意并打开微信人脸核身"))


async def test_a_face_is_shown_to_wechat_after_its_own_consent(wechat_phones: Phones) -> None:
    signed_in = await wechat_phones.city.sign_in(2, somebody())
    async with wechat_phones.phone(signed_in.person["id"]) as phone:
        await phone.open("pages/identity/identity")
        await phone.press(phone.button("去刷脸"))
        await expect(phone.text(re.compile("姓名和身份证号码会提供给微信"))).to_be_visible()
        await phone.shot("wechat_face_consent")
        await check_readable(phone)
        await agree(phone)
        await expect(phone.text("已人脸核验", exact=True)).to_be_visible()
        await expect(phone.page.locator("video")).to_have_count(0)
        assert await level(wechat_phones, signed_in, phone) == 3


async def test_whoever_wechat_does_not_match_is_led_to_the_hall(wechat_phones: Phones) -> None:
    signed_in = await wechat_phones.city.sign_in(2, "gao_lan")
    async with wechat_phones.phone(signed_in.person["id"]) as phone:
        await phone.open(FACE_PAGE)
        await agree(phone)
        await expect(phone.text("与登记照片没有比对上")).to_be_visible()
        await expect(phone.text(re.compile("政务大厅可当面核验"))).to_be_visible()
        await check_readable(phone)
        await phone.shot("wechat_face_not_matched")


async def test_outside_of_wechat_it_says_so_and_spends_nothing(wechat_phones: Phones) -> None:
    """A browser that is no demo has no WeChat: the host tells as WeChat would of a phone that cannot do it."""
    signed_in = await wechat_phones.city.sign_in(2, somebody())
    async with wechat_phones.phone(signed_in.person["id"]) as phone:
        await phone.open(FACE_PAGE)
        asked: list[str] = []
        phone.page.on("request", lambda request: asked.append(request.url))
        await phone.page.evaluate("wx.canIUse = () => false")
        await agree(phone)
        await expect(phone.text("这台手机暂时不能用微信核身")).to_be_visible()
        assert [url for url in asked if "/face/wechat" in url] == []
