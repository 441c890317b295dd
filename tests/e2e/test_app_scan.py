"""Signing in to a department's site: its page on a computer, the city's page there, and the phone that scans it."""

import base64
import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.booking_steps import answer, citizen, read_qr, sheet
from tests.e2e.department_site import DepartmentSite, department_site
from tests.e2e.hall_steps import prove_by_hall
from tests.e2e.phones import Phone, Phones
from tests.e2e.plain_pages import computer, hearable, photographed
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.e2e.test_app_readable import choose

SCOPES = "openid offline_access real_name phone id_number"
TWO_DIGITS = re.compile(r"^\d\d$")


async def begin(page: Page, site: DepartmentSite) -> str:
    """The visitor wants to sign in; what the code on the city's page opens, as a camera reads it."""
    await page.goto(site.login)
    code = page.get_by_role("img", name=re.compile("登录二维码"))
    await expect(code).to_be_visible()
    seen = "data:image/png;base64," + base64.b64encode(await code.screenshot()).decode()
    opens = (await read_qr(page.context, seen)).partition("/#/")[2]
    assert opens.startswith("pages/identity/scan?scan=")
    return opens


async def number_on(page: Page) -> str:
    shown = page.locator("#number")
    await expect(shown).to_have_text(TWO_DIGITS)
    return await shown.inner_text()


async def choose_number(phone: Phone, number: str) -> None:
    await phone.press(phone.screen.get_by_role("radio", name=re.compile(f"{number}$")))


@pytest.mark.parametrize("touch", [True, False], ids=["touch", "mouse"])
async def test_a_visitor_scans_compares_the_number_and_the_site_learns_what_was_ticked(
    phones: Phones, touch: bool
) -> None:
    async with (
        department_site(phones.city, scope=SCOPES, acr_values="2") as site,
        computer(phones) as page,
        citizen(phones, touch=touch) as (phone, signed_in),
    ):
        opens = await begin(page, site)
        await photographed(page, "oidc_waiting")
        await hearable(page)
        await phone.open(opens)
        await expect(phone.text("登录 电子税务局")).to_be_visible()
        await expect(phone.text("贵阳市人力资源和社会保障局")).to_be_visible()
        await expect(phone.screen.get_by_role("checkbox", checked=True)).to_have_count(0)
        await phone.shot("scan_asked")
        number = await number_on(page)
        await photographed(page, "oidc_number")
        await hearable(page)
        await phone.press(phone.button("同意登录"))
        await expect(phone.text("请先选择电脑页面上显示的数字")).to_be_visible()
        await choose_number(phone, number)
        await phone.press(phone.screen.get_by_role("checkbox", name=re.compile("您的姓名")))
        await check_readable(phone)
        await phone.shot("scan_chosen")
        await phone.press(phone.button("同意登录"))
        await expect(phone.text("已确认登录")).to_be_visible()
        await expect(page.locator("#said")).to_have_text(f"已登录：{signed_in.person['name']}")
        assert set(site.told) == {"sub", "name"}
        await phone.shot("scan_approved")

        await phone.press(phone.button("查看登录过的网站"))
        await expect(phone.text("可获取：姓名")).to_be_visible()
        await phone.shot("sites")
        await phone.press(phone.button("退出 电子税务局 的登录"))
        await phone.shot("sites_end")
        await answer(phone, "保留")
        assert (await site.site.introspected(site.tokens["access_token"]))["active"]
        await phone.press(phone.button("退出 电子税务局 的登录"))
        await answer(phone, "退出登录")
        await expect(phone.text("没有正在登录的网站")).to_be_visible()
        await phone.shot("sites_none")
        assert await site.site.introspected(site.tokens["access_token"]) == {"active": False}


async def test_what_was_refused_sends_the_visitor_back_and_the_site_learns_nothing(phones: Phones) -> None:
    async with department_site(phones.city) as site, computer(phones) as page, citizen(phones) as (phone, _):
        await phone.open(await begin(page, site))
        await phone.press(phone.button("拒绝"))
        await expect(phone.text("已拒绝登录")).to_be_visible()
        await phone.shot("scan_refused")
        await expect(page.get_by_text("本次登录未获同意")).to_be_visible()
        await photographed(page, "oidc_refused")
        await page.get_by_role("button", name=re.compile("返回网站")).click()
        await expect(page.locator("#said")).to_have_text("没有登录：access_denied")
        assert site.tokens == {}


async def test_another_number_than_the_one_on_the_computer_ends_it(phones: Phones) -> None:
    async with department_site(phones.city) as site, computer(phones) as page, citizen(phones) as (phone, _):
        await phone.open(await begin(page, site))
        right = await number_on(page)
        numbers = await phone.screen.get_by_role("radio").all_inner_texts()
        await choose_number(phone, next(number for number in numbers if number != right))
        await phone.press(phone.button("同意登录"))
        await expect(phone.text("数字不一致，已终止登录")).to_be_visible()
        await check_readable(phone)
        await phone.shot("scan_wrong_number")
        await expect(page.get_by_text("本次登录未获同意")).to_be_visible()


async def test_a_face_that_is_wanted_is_proved_in_place_here_by_a_halls_code(phones: Phones) -> None:
    async with (
        department_site(phones.city, acr_values="3", max_age="300") as site,
        computer(phones) as page,
        citizen(phones) as (phone, signed_in),
    ):
        await phone.open(await begin(page, site))
        await expect(phone.text(re.compile("本次登录的人脸核验"))).to_be_visible()
        await choose_number(phone, await number_on(page))
        await phone.press(phone.button("同意登录"))
        await expect(sheet(phone)).to_contain_text("人脸")
        await phone.shot("scan_step_up")
        await prove_by_hall(phone, signed_in)
        await expect(phone.text("已确认登录")).to_be_visible()
        await expect(page.locator("#said")).to_have_text("已登录：（未提供姓名）")


async def test_a_code_that_is_used_or_somebody_elses_or_none_says_so(phones: Phones) -> None:
    async with department_site(phones.city) as site, computer(phones) as page:
        opens = await begin(page, site)
        async with citizen(phones) as (phone, _):
            await phone.open(opens)
            await expect(phone.text("登录 电子税务局")).to_be_visible()
            async with citizen(phones) as (other, _):
                await other.open(opens)
                await expect(other.text("这个二维码已被别人扫描")).to_be_visible()
                await other.shot("scan_of_another")
            await choose_number(phone, await number_on(page))
            await phone.press(phone.button("同意登录"))
            await expect(phone.text("已确认登录")).to_be_visible()
            await phone.page.reload()
            await expect(phone.text("本次登录已结束")).to_be_visible()
            await check_readable(phone)
            await phone.shot("scan_over")
            await phone.open("pages/identity/scan?scan=not-a-code")
            await expect(phone.text("二维码已更新")).to_be_visible()
            await phone.shot("scan_gone")


CAMERA = """window.BarcodeDetector = class {
  async detect() { return [{rawValue: localStorage.getItem('test:code'), format: 'qr_code'}] }
}"""


async def test_the_code_is_scanned_from_home_with_the_camera(phones: Phones) -> None:
    """Debian's Chromium has the camera and cannot read codes: what it reads is put in its mouth."""
    async with department_site(phones.city) as site, computer(phones) as page, citizen(phones) as (phone, _):
        opens = await begin(page, site)
        kept = json.dumps(f"{phones.city.url}/#/{opens}")
        await phone.page.add_init_script(f"{CAMERA}; localStorage.setItem('test:code', {kept})")
        await phone.open()
        await phone.press(phone.button("扫一扫，登录部门网站"))
        await expect(phone.title).to_have_text("登录确认")
        await choose_number(phone, await number_on(page))
        await phone.press(phone.button("同意登录"))
        await expect(page.locator("#said")).to_contain_text("已登录")


SIZES = [({"width": 390, "height": 844}, 1), ({"width": 320, "height": 640}, 2)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("viewport", "scale"), SIZES, ids=["390", "320_double"])
async def test_its_screens_can_be_read_tapped_and_heard(
    phones: Phones, language: str, viewport: dict[str, Any], scale: int
) -> None:
    async with (
        department_site(phones.city, scope=SCOPES, acr_values="3") as site,
        computer(phones, viewport=viewport, color_scheme="dark", is_mobile=True) as page,
        citizen(phones, viewport=viewport) as (phone, _),
    ):
        await choose(phone, language=language, text_scale=scale)
        opens = await begin(page, site)
        await photographed(page, f"oidc_phone_{viewport['width']}")
        await hearable(page)
        for name, address in {
            "scan": opens,
            "scan_none": "pages/identity/scan",
            "sites": "pages/me/sites",
            "hall_code": "pages/identity/hall_code",
        }.items():
            await phone.open(address)
            await settle(phone)
            await expect(phone.title).not_to_have_text("")
            await check_readable(phone)
            await phone.accessible()
            if language == "en":
                assert CHINESE.findall(await phone.screen.inner_text()) == [], name
            await phone.shot(f"{name}_{language}_{viewport['width']}")
