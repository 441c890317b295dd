"""我的 on a phone: one's data and who saw it, consents, devices, companions, settings."""

import json
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import jwt
import pytest
from playwright.async_api import expect

from tests.e2e.booking_steps import add_companion, answer, citizen, fill_real_name, sheet, somebody
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.http.api_services import FUND, SOCIAL, agree, use
from tests.http.api_tokens import mint
from tests.running_city import SignedIn

CHECK_SESSION = "space => JSON.parse(localStorage.getItem(`mp:${space}:session`))"


async def proved_long_ago(phone: Phone) -> None:
    """The phone's token as it would be ten minutes after the name was confirmed."""
    session = await phone.page.evaluate(CHECK_SESSION, phone.person)
    true, then = mint(phone.city, session["access_token"]), int(time.time()) - 600
    session["access_token"] = true.token(proved_at={"1": then, "2": then})
    script = "([space, kept]) => localStorage.setItem(`mp:${space}:session`, JSON.stringify(kept))"
    await phone.page.evaluate(script, [phone.person, session])
    await phone.page.reload()


async def test_data_is_masked_shown_after_a_fresh_proof_and_the_look_is_in_the_log(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        number = signed_in.person["id_number"]
        await phone.open("pages/me/me")
        await phone.press(phone.button(re.compile("^我的数据")))
        await expect(phone.text(number[0] + "*" * 16 + number[-1])).to_be_visible()
        await proved_long_ago(phone)
        await phone.press(phone.button("查看完整的身份证号码"))
        await expect(sheet(phone)).to_contain_text("为了您的安全，需要再确认一次")
        await phone.shot("data_step_up")
        await phone.press(phone.button("去实名"))
        await expect(phone.text("请再次确认是您本人")).to_be_visible()
        await phone.shot("real_name_again")
        await fill_real_name(phone, signed_in.person)
        await expect(phone.text(number)).to_be_visible()
        await expect(phone.text(re.compile("秒后自动隐藏"))).to_be_visible()
        await phone.shot("data_shown")
        await phone.press(phone.button("隐藏身份证号码"))
        await expect(phone.text(number)).to_have_count(0)
        await phone.press(phone.screen.get_by_role("link", name="谁看过我的数据"))
        await expect(phone.text("您本人查看了自己的身份证号码")).to_be_visible()
        await phone.shot("access_own")


async def test_who_received_data_is_read_in_sentences_page_by_page(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await agree(phones.city, signed_in, SOCIAL)
        for _ in range(23):
            assert (await use(phones.city, signed_in, SOCIAL, "accounts")).status_code == 200
        await phone.open("pages/me/access")
        sentence = phone.text("贵阳市人力资源和社会保障局获取了您的身份证号码，用途：办理“社保查询”（参保信息）")
        await expect(sentence).to_have_count(20)
        await phone.shot("access")
        await phone.button("更早的记录").scroll_into_view_if_needed()
        await expect(sentence).to_have_count(23)
        await expect(phone.text("以上是全部记录")).to_be_visible()


async def test_a_consent_is_withdrawn_after_a_question_and_ends_at_once(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await agree(phones.city, signed_in, SOCIAL, FUND)
        await phone.open("pages/me/consents")
        await expect(phone.button(re.compile("撤回授权"))).to_have_count(2)
        await phone.shot("consents")
        withdraw = phone.button(re.compile("撤回授权 贵阳市人力资源"))
        await phone.press(withdraw)
        await phone.shot("consent_withdraw")
        await answer(phone, "保留")
        assert (await use(phones.city, signed_in, SOCIAL, "accounts")).status_code == 200
        await phone.press(withdraw)
        await answer(phone, "撤回")
        await expect(phone.text("已结束")).to_be_visible()
        assert (await use(phones.city, signed_in, SOCIAL, "accounts")).status_code == 403
        assert (await use(phones.city, signed_in, FUND, "balance")).status_code == 200
        await check_readable(phone)
        await phone.shot("consent_withdrawn")


async def test_a_consent_of_a_day_is_ticked_by_itself_and_its_receipt_is_kept(phones: Phones, tmp_path: Path) -> None:
    async with citizen(phones) as (phone, signed_in):
        await phone.open(f"pages/card/use?card_id={SOCIAL}&operation=accounts")
        await phone.press(phone.button("同意并继续"))
        await expect(phone.text("请先单独勾选敏感信息")).to_be_visible()
        await phone.press(phone.screen.get_by_role("checkbox", name=re.compile("单独同意提供身份证号码")))
        await phone.press(phone.screen.get_by_role("radio", name="1 天", exact=True))
        await check_readable(phone)
        await phone.shot("consent_separate")
        await phone.press(phone.button("同意并继续"))
        await expect(phone.text("参保险种")).to_be_visible()
        await phone.open("pages/me/consents")
        await phone.press(phone.button(re.compile("授权凭证 贵阳市人力资源")))
        await expect(phone.text("单独同意的敏感信息")).to_be_visible()
        await check_readable(phone)
        await phone.shot("consent_receipt")
        async with phone.page.expect_download() as downloading:
            await phone.press(phone.button("保存凭证"))
        download = await downloading.value
        await download.save_as(tmp_path / "receipt.json")
    kept = json.loads((tmp_path / "receipt.json").read_text())
    keys = (await phones.city.client.get(kept["keys"])).json()
    ring = jwt.PyJWKSet.from_dict(keys)
    said = jwt.decode(kept["receipt"], ring[jwt.get_unverified_header(kept["receipt"])["kid"]], algorithms=["ES256"])
    assert (said["card"], said["separate"], said["state"]) == (SOCIAL, ["id_number"], "live")
    given, ends = (datetime.fromisoformat(said[name]) for name in ("granted_at", "expires_at"))
    assert ends - given == timedelta(days=1)
    assert signed_in.person["id_number"] not in json.dumps([kept, said])


async def test_another_devices_session_is_ended_and_then_all(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await phone.open("pages/me/sessions")
        await expect(phone.text("本机")).to_be_visible()
        await phone.shot("sessions")
        await phone.press(phone.button(re.compile("^退出登录：")))
        await answer(phone, "退出登录")
        await expect(phone.text("没有其他设备")).to_be_visible()
        refused = await phones.city.client.get("/api/v1/me", headers=signed_in.headers)
        assert refused.json()["code"] == "identity.token_invalid"
        await phone.press(phone.button("退出所有设备"))
        await answer(phone, "全部退出")
        await expect(phone.text("您已退出登录")).to_be_visible()
        await phone.shot("me_signed_out")
        await phone.page.reload()
        await expect(phone.text("您已退出登录")).to_be_visible()
        await phone.press(phone.button(re.compile("^登录$")))
        await expect(phone.button("去认证，办理更多事项")).to_be_visible()


async def companions_of(phones: Phones, signed_in: SignedIn) -> list[str]:
    found = await phones.city.client.get("/api/v1/me/companions", headers=signed_in.headers)
    return [one["name"] for one in found.raise_for_status().json()["items"]]


async def test_companions_are_kept_masked_and_removed_after_a_question(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        person = await phones.city.person(somebody())
        masked = person["name"][0] + "*" * (len(person["name"]) - 1)
        await phone.open("pages/me/companions")
        await expect(phone.text("还没有同行人")).to_be_visible()
        await phone.shot("companions_none")
        await add_companion(phone, person)
        await expect(phone.text(masked, exact=True)).to_be_visible()
        assert person["id_number"] not in await phone.page.content()
        assert await companions_of(phones, signed_in) == [masked]
        await phone.shot("companions")
        await phone.press(phone.button(re.compile("^删除同行人")))
        await answer(phone, "删除")
        await expect(phone.text("还没有同行人")).to_be_visible()
        assert await companions_of(phones, signed_in) == []


async def test_language_and_size_change_everywhere_and_stay(phones: Phones) -> None:
    async with citizen(phones) as (phone, _):
        await phone.open("pages/me/me")
        await phone.press(phone.button(re.compile("^设置")))
        await phone.press(phone.screen.get_by_role("radio", name="最大"))
        await phone.press(phone.screen.get_by_role("radio", name="English"))
        await expect(phone.title).to_have_text("Settings")
        await phone.shot("settings_en_largest")
        await phone.back()
        await expect(phone.text("My data", exact=True)).to_be_visible()
        await phone.page.reload()
        await expect(phone.page.locator("#tabs")).to_contain_text("Bookings")
        await expect(phone.text("My data", exact=True)).to_be_visible()
        size = await phone.text("My data", exact=True).evaluate(
            "element => parseFloat(getComputedStyle(element).fontSize)"
        )
        assert size == 32


async def test_offline_what_was_there_stays_and_the_rest_says_so(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await agree(phones.city, signed_in, SOCIAL)
        await phone.open("pages/me/consents")
        await expect(phone.button(re.compile("撤回授权"))).to_be_visible()
        await phone.offline()
        await phone.press(phone.button(re.compile("撤回授权")))
        await answer(phone, "撤回")
        await expect(phone.page.get_by_text("网络未连接")).to_be_visible()
        await expect(phone.button(re.compile("撤回授权"))).to_be_visible()
        await phone.offline(False)
        await phone.press(phone.button(re.compile("撤回授权")))
        await answer(phone, "撤回")
        await expect(phone.text("现在没有有效的授权")).to_be_visible()


TITLES = {
    "zh": {
        "data": "我的数据",
        "access": "谁看过我的数据",
        "consents": "授权管理",
        "sessions": "登录设备",
        "sites": "网站登录",
        "messages": "消息",
        "credentials": "我的证照",
        "companions": "同行人",
        "settings": "设置",
        "about": "关于",
    },
    "en": {
        "data": "My data",
        "access": "Who saw my data",
        "consents": "Consents",
        "sessions": "Devices",
        "sites": "Sites",
        "messages": "Messages",
        "credentials": "My credentials",
        "companions": "Companions",
        "settings": "Settings",
        "about": "About",
    },
}
SIZES = [(390, 844, 1), (320, 640, 2)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height", "scale"), SIZES, ids=["390", "320_double"])
async def test_every_screen_of_me_can_be_read_and_tapped(
    phones: Phones, language: str, width: int, height: int, scale: int
) -> None:
    async with citizen(phones, viewport={"width": width, "height": height}) as (phone, signed_in):
        await agree(phones.city, signed_in, SOCIAL)
        await use(phones.city, signed_in, SOCIAL, "accounts")
        for key, value in {"language": language, "text_scale": scale}.items():
            name = json.dumps(f"mp:{phone.person}:{key}")
            await phone.page.add_init_script(f"localStorage.setItem({name}, {json.dumps(json.dumps(value))})")
        await phone.open("pages/me/me")
        await settle(phone)
        await check_readable(phone)
        await phone.accessible()
        await phone.shot(f"me_{language}_{width}")
        for name, title in TITLES[language].items():
            await phone.open(f"pages/me/{name}")
            await expect(phone.title).to_have_text(title)
            await settle(phone)
            await check_readable(phone)
            await phone.accessible()
            if language == "en":
                shown = re.sub("[\u3400-\u9fff]\\*+|中文", "", await phone.screen.inner_text())
                assert CHINESE.findall(shown) == [], name
            await phone.shot(f"me_{name}_{language}_{width}")


async def test_the_keyboard_reaches_everything_in_the_order_in_which_it_is_read(phones: Phones) -> None:
    async with citizen(phones, touch=False) as (phone, _):
        await phone.open("pages/me/me")
        await expect(phone.button("去认证，办理更多事项")).to_be_visible()
        reached: list[str] = []
        for _step in range(20):
            await phone.page.keyboard.press("Tab")
            reached.append(await phone.page.evaluate("document.activeElement.getAttribute('aria-label') || ''"))
        wanted = [
            "去认证，办理更多事项",
            "我的数据",
            "谁看过我的数据",
            "授权管理",
            "我的预约",
            "同行人",
            "登录设备",
            "网站登录",
            "设置",
            "关于",
        ]
        places = [next(at for at, label in enumerate(reached) if label.startswith(name)) for name in wanted]
        assert places == sorted(places)
        while not (await phone.page.evaluate("document.activeElement.getAttribute('aria-label') || ''")).startswith(
            "设置"
        ):
            await phone.page.keyboard.press("Shift+Tab")
        await phone.page.keyboard.press("Enter")
        await expect(phone.title).to_have_text("设置")
