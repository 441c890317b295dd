"""The rights over one's data on a phone: a copy, corrections, closing the account and changing one's mind."""

import json
import re
import time
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.booking_steps import answer, citizen, fill_real_name, sheet
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.e2e.test_app_me import CHECK_SESSION, SIZES, proved_long_ago
from tests.http.api_places import booked, park_slot
from tests.http.api_tokens import mint
from tests.running_city import RunningCity, SignedIn

WORDS = "姓名中的“晓”应为“小”，户口簿可以证明。"


async def saved(phone: Phone, folder: Path) -> dict[str, list[dict[str, object]]]:
    """What is in the file that the browser saves after a tap."""
    async with phone.page.expect_download() as waiting:
        await phone.press(phone.button("保存到本机"))
    download = await waiting.value
    assert download.suggested_filename == "my-data.zip"
    await download.save_as(folder / "my-data.zip")
    with zipfile.ZipFile(folder / "my-data.zip") as whole:
        return {name: json.loads(whole.read(name)) for name in whole.namelist() if name.endswith(".json")}


async def test_a_copy_of_everything_is_made_after_a_fresh_proof_and_saved(phones: Phones, tmp_path: Path) -> None:
    async with citizen(phones) as (phone, signed_in):
        await booked(phones.city, signed_in, await park_slot(phones.city))
        await phone.open("pages/me/data")
        await expect(phone.button(re.compile("^导出我的数据"))).to_be_visible()
        await phone.shot("privacy_rights")
        await proved_long_ago(phone)
        await phone.press(phone.button(re.compile("^导出我的数据")))
        await expect(phone.text("内容没有脱敏")).to_be_visible()
        await phone.shot("export")
        await phone.press(phone.button("生成我的数据副本"))
        await expect(sheet(phone)).to_contain_text("为了您的安全，需要再确认一次")
        await phone.press(phone.button("去实名"))
        await fill_real_name(phone, signed_in.person)
        await expect(phone.text("已生成")).to_be_visible()
        await phone.shot("export_ready")
        found = await saved(phone, tmp_path)
        assert found["account.json"][0]["id_number"] == signed_in.person["id_number"]
        assert len(found["bookings.json"]) == 1
        await expect(phone.text("已保存", exact=True)).to_be_visible()
        await check_readable(phone)
        await phone.open("pages/me/access")
        await expect(phone.text("您本人导出了自己的全部个人信息")).to_be_visible()
        await phone.shot("export_access")


async def test_whoever_has_confirmed_nothing_signs_in_anew_without_noticing(phones: Phones, tmp_path: Path) -> None:
    async with citizen(phones, 0) as (phone, _):
        await phone.open("pages/me/data")
        await phone.press(phone.button(re.compile("^导出我的数据")))
        await expect(phone.button("生成我的数据副本")).to_be_visible()
        session = await phone.page.evaluate(CHECK_SESSION, phone.person)
        old = mint(phone.city, session["access_token"]).token(proved_at={"0": int(time.time()) - 600})
        script = "([space, kept]) => localStorage.setItem(`mp:${space}:session`, JSON.stringify(kept))"
        await phone.page.evaluate(script, [phone.person, {**session, "access_token": old}])
        await phone.page.reload()
        await phone.press(phone.button("生成我的数据副本"))
        await expect(phone.text("已生成")).to_be_visible()
        assert (await saved(phone, tmp_path))["account.json"][0]["name"] is None


async def test_after_three_copies_there_is_none_until_tomorrow(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        for _ in range(3):
            copy = await phones.city.client.get("/api/v1/me/export", headers=signed_in.headers)
            assert copy.status_code == 200
        await phone.open("pages/me/export")
        await phone.press(phone.button("生成我的数据副本"))
        await expect(phone.text("今天的次数已用完")).to_be_visible()
        await check_readable(phone)
        await phone.shot("export_limit")


async def decided(city: RunningCity, signed_in: SignedIn) -> None:
    """As an operator does it, who accepts."""
    operator = await city.staff()
    found = await city.client.get("/api/v1/me/corrections", headers=signed_in.headers)
    (asked,) = found.raise_for_status().json()["items"]
    path = f"/api/v1/operator/corrections/{asked['id']}"
    assert (await city.client.get(path, headers=operator)).json()["text"] == WORDS
    accepted = await city.client.post(f"{path}/acceptance", json={"answer": "已核实，请重新认证。"}, headers=operator)
    accepted.raise_for_status()


async def test_a_correction_is_asked_for_and_its_answer_read(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await phone.open("pages/me/data")
        await phone.press(phone.button(re.compile("^更正申请")))
        await expect(phone.text("还没有申请")).to_be_visible()
        await phone.press(phone.button("提交申请"))
        await expect(phone.text("请选择哪一项有误")).to_be_visible()
        await phone.press(phone.screen.get_by_role("radio", name="姓名"))
        await phone.press(phone.button("提交申请"))
        await expect(phone.text("请写明哪里不对")).to_be_visible()
        await phone.screen.get_by_role("textbox", name="哪里不对").fill(WORDS)
        await phone.shot("correction_written")
        await phone.press(phone.button("提交申请"))
        await expect(phone.text("处理中", exact=True)).to_be_visible()
        await expect(phone.text(re.compile("最晚 .* 前答复"))).to_be_visible()
        await phone.shot("correction_open")
        await decided(phones.city, signed_in)
        await phone.page.reload()
        await expect(phone.text("已核实，请重新认证。")).to_be_visible()
        await expect(phone.text("已同意", exact=True)).to_be_visible()
        await check_readable(phone)
        await phone.shot("correction_accepted")
        await phone.press(phone.screen.get_by_role("link", name="去重新认证"))
        await expect(phone.title).to_have_text("身份认证")
        await phone.open("pages/me/messages")
        await expect(phone.text("更正申请已同意", exact=True)).to_be_visible()


async def test_an_account_is_closed_after_a_question_and_kept_with_one_tap(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        booking = await booked(phones.city, signed_in, await park_slot(phones.city))
        await phone.open("pages/me/data")
        await phone.press(phone.button(re.compile("^注销账号")))
        await expect(phone.text("未使用的预约")).to_be_visible()
        await phone.shot("closing")
        await phone.press(phone.button("申请注销账号"))
        await expect(phone.text("请先确认您已了解以上内容")).to_be_visible()
        await phone.press(phone.screen.get_by_role("checkbox", name="我已了解以上内容"))
        await phone.press(phone.button("申请注销账号"))
        await phone.shot("closing_question")
        await answer(phone, "再想想")
        await phone.press(phone.button("申请注销账号"))
        await answer(phone, "注销")
        await expect(phone.text("账号正在注销")).to_be_visible()
        await check_readable(phone)
        await phone.shot("closing_waiting")
        refused = await phones.city.client.get("/api/v1/me", headers=signed_in.headers)
        assert refused.json()["code"] == "identity.token_invalid", "signed out everywhere else"
        await phone.open(f"pages/bookings/booking?id={booking['id']}")
        await expect(phone.screen.locator("img[src^='data:image/svg+xml']")).to_be_visible()
        await phone.open("pages/me/me")
        await expect(phone.text(re.compile("账号正在注销，.* 起永久删除"))).to_be_visible()
        await check_readable(phone)
        await phone.accessible()
        await phone.shot("closing_banner")
        await phone.press(phone.button("撤销注销"))
        await expect(phone.text(re.compile("账号正在注销"))).to_have_count(0)
        await phone.open("pages/me/closing")
        await expect(phone.button("申请注销账号")).to_be_visible()
        await phone.open("pages/me/messages")
        await expect(phone.text("已撤销注销账号")).to_be_visible()


TITLES = {
    "zh": {"export": "导出我的数据", "corrections": "更正申请", "closing": "注销账号"},
    "en": {"export": "Copy of my data", "corrections": "Corrections", "closing": "Close account"},
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height", "scale"), SIZES, ids=["390", "320_double"])
async def test_every_screen_can_be_read_and_tapped(
    phones: Phones, language: str, width: int, height: int, scale: int
) -> None:
    async with citizen(phones, viewport={"width": width, "height": height}) as (phone, signed_in):
        await booked(phones.city, signed_in, await park_slot(phones.city))
        asked = {"field": "name", "text": "x"}
        await phones.city.client.post("/api/v1/me/corrections", json=asked, headers=signed_in.headers)
        for key, value in {"language": language, "text_scale": scale}.items():
            name = json.dumps(f"mp:{phone.person}:{key}")
            await phone.page.add_init_script(f"localStorage.setItem({name}, {json.dumps(json.dumps(value))})")
        for name, title in TITLES[language].items():
            await phone.open(f"pages/me/{name}")
            await expect(phone.title).to_have_text(title)
            await settle(phone)
            await check_readable(phone)
            await phone.accessible()
            if language == "en":
                assert CHINESE.findall(await phone.screen.inner_text()) == [], name
            await phone.shot(f"me_{name}_{language}_{width}")
