"""Electronic credentials on a phone: asked for, shown with what one chooses, read at a gate, taken back."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.e2e.booking_steps import answer, citizen, fill_real_name, sheet, shown_code, somebody
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.e2e.test_app_readable import choose
from tests.http.api_credentials import LICENCE, at_gate, issue, issued, office
from tests.http.api_places import city_time

LIST = "pages/me/credentials"
OVER_18 = "已满18周岁"
CODE = re.compile("/presentation(\\?|$)")
LICENCE_CLAIMS = {
    "enterprise": "贵阳测试餐饮管理有限公司",
    "credit_code": "91110000600037341L",
    "address": "贵阳市观山湖区林城东路123号",
    "scope": "餐饮服务；食品销售",
    "established_on": "2019-01-02",
}


def one(credential_id: str) -> str:
    return f"pages/me/credential?id={credential_id}"


async def code_on_screen(phone: Phone) -> str:
    await expect(phone.screen.get_by_role("img", name=re.compile("证照二维码"))).to_be_visible()
    return await shown_code(phone)


@pytest.mark.parametrize("touch", [True, False], ids=["touch", "mouse"])
async def test_a_proof_is_asked_for_and_shows_a_gate_what_was_ticked_and_no_more(phones: Phones, touch: bool) -> None:
    async with citizen(phones, touch=touch) as (phone, signed_in):
        await phone.open("pages/me/me")
        await phone.press(phone.button(re.compile("^我的证照")))
        await expect(phone.text("还没有电子证照")).to_be_visible()
        await phone.shot("credentials_none")
        await phone.press(phone.button("申领居住证明"))
        await expect(phone.title).to_have_text("电子证照")
        await code_on_screen(phone)
        await expect(phone.text(re.compile("秒后自动更新"))).to_be_visible()
        await check_readable(phone)
        await phone.shot("credential_code")

        async with phone.page.expect_response(CODE):
            await phone.press(phone.screen.get_by_role("checkbox", name=re.compile(OVER_18)))
        await expect(phone.screen.get_by_role("checkbox", checked=True)).to_have_count(1)
        read = await at_gate(phones.city, await code_on_screen(phone))
        told = read.raise_for_status().json()
        assert told["verdict"] == "valid"
        assert [claim["name"] for claim in told["claims"]] == ["over_18"]
        assert signed_in.person["name"] not in read.text
        await phone.shot("credential_disclosing")

        await phone.page.reload()
        await expect(phone.text(re.compile("出示.*北门.*有效"))).to_be_visible()
        await phone.text(re.compile("出示.*北门")).scroll_into_view_if_needed()
        await phone.shot("credential_record")
        await phone.back()
        await expect(phone.button(re.compile("^居住证明 有效"))).to_be_visible()
        await phone.shot("credentials_one")


async def test_what_one_asked_for_one_can_give_up_after_a_question(phones: Phones) -> None:
    async with citizen(phones) as (phone, _):
        await phone.open(LIST)
        await phone.press(phone.button("申领居住证明"))
        await code_on_screen(phone)
        await phone.press(phone.button("注销此证照"))
        await phone.shot("credential_give_up")
        await answer(phone, "保留")
        await phone.press(phone.button("注销此证照"))
        await answer(phone, "注销")
        await expect(phone.text("这个证照已注销，不能再出示。")).to_be_visible()
        await expect(phone.screen.get_by_role("img", name=re.compile("证照二维码"))).to_have_count(0)
        await phone.shot("credential_given_up")
        await phone.back()
        await expect(phone.button("申领居住证明")).to_be_visible()


async def test_a_pass_from_the_counter_shows_no_code_while_it_is_suspended(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        pass_id = await issued(phones.city, signed_in.person)
        await phone.open(LIST)
        await phone.press(phone.button(re.compile("^公园年卡 有效")))
        await code_on_screen(phone)
        await expect(phone.text("必示").first).to_be_visible()
        await expect(phone.button("注销此证照")).to_have_count(0)
        await phone.shot("credential_pass")
        (await office(phones.city, pass_id, "suspension")).raise_for_status()
        await phone.page.reload()
        await expect(phone.text("签发部门暂停了这个证照，恢复后即可出示。")).to_be_visible()
        await expect(phone.screen.get_by_role("img", name=re.compile("证照二维码"))).to_have_count(0)
        await check_readable(phone)
        await phone.shot("credential_suspended")
        (await office(phones.city, pass_id, "resumption", None)).raise_for_status()
        await phone.page.reload()
        await code_on_screen(phone)


async def test_the_licence_of_an_enterprise_is_shown_with_a_face_only(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        made = await issue(phones.city, signed_in.person, LICENCE, LICENCE_CLAIMS)
        await phone.open(one(made.raise_for_status().json()["id"]))
        await expect(sheet(phone)).to_contain_text("人脸")
        await phone.shot("credential_step_up")
        await phone.press(phone.button("暂不办理"))
        await expect(phone.text("出示前需要确认是您本人")).to_be_visible()
        await expect(phone.text("贵阳测试餐饮管理有限公司")).to_be_visible()
        await check_readable(phone)
        await phone.shot("credential_needs_face")
        await phone.press(phone.button("去确认"))
        await expect(phone.button("去刷脸")).to_be_visible()


async def test_before_the_real_name_it_says_what_is_needed_and_leads_there(phones: Phones) -> None:
    person = await phones.city.person(somebody())
    async with phones.phone(person["id"]) as phone:
        await phone.open(LIST)
        await expect(phone.text("完成实名后可查看证照")).to_be_visible()
        await phone.shot("credentials_proof_needed")
        await phone.press(phone.button("去实名"))
        await phone.press(phone.button("使用微信手机号"))
        await phone.press(sheet(phone).get_by_role("button", name="去实名"))
        await fill_real_name(phone, person)
        await expect(phone.text("还没有电子证照")).to_be_visible()


async def test_offline_the_code_lives_its_minute_and_comes_back_with_the_network(phones: Phones) -> None:
    away = False

    async def short_lived(route: Route) -> None:
        if away:
            return await route.abort("internetdisconnected")
        fetched = await route.fetch()
        now = (await city_time(phones.city)).timestamp()
        await route.fulfill(
            response=fetched, json={**await fetched.json(), "refresh_at": _iso(now + 1), "expires_at": _iso(now + 4)}
        )
        return None

    async with citizen(phones) as (phone, signed_in):
        pass_id = await issued(phones.city, signed_in.person)
        await phone.page.route(CODE, short_lived)
        await phone.open(one(pass_id))
        await code_on_screen(phone)
        away = True
        await phone.offline()
        await expect(phone.text("证照码需要联网更新")).to_be_visible()
        await expect(phone.text("公园年卡")).to_be_visible()
        await phone.shot("credential_offline")
        await phone.page.unroute(CODE)
        await phone.offline(False)
        assert (await code_on_screen(phone)).startswith("CST1:")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


SIZES = [({"width": 390, "height": 844}, 1), ({"width": 320, "height": 640}, 2)]
TITLES = {"zh": ("我的证照", "电子证照"), "en": ("My credentials", "Credential")}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("viewport", "scale"), SIZES, ids=["390", "320_double"])
async def test_both_screens_can_be_read_tapped_and_heard(
    phones: Phones, language: str, viewport: dict[str, Any], scale: int
) -> None:
    async with citizen(phones, viewport=viewport) as (phone, signed_in):
        claims = {"pass_number": "GY-2026-000031", "category": "A"}
        pass_id = (await issue(phones.city, signed_in.person, claims=claims)).raise_for_status().json()["id"]
        await choose(phone, language=language, text_scale=scale)
        for name, address, title in zip(("list", "one"), (LIST, one(pass_id)), TITLES[language], strict=True):
            await phone.open(address)
            await expect(phone.title).to_have_text(title)
            await settle(phone)
            if name == "one":
                await expect(phone.screen.locator("img[src^='data:image/svg+xml']")).to_be_visible()
            await check_readable(phone)
            await phone.accessible()
            if language == "en":
                assert CHINESE.findall(re.sub("[\u3400-\u9fff]\\*+", "", await phone.screen.inner_text())) == []
            await phone.shot(f"credential_{name}_{language}_{viewport['width']}")
