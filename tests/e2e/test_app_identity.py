"""Proving who one is on a phone: number, real name, face with Chromium's camera; and every way in which it can end."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.e2e.booking_steps import citizen, fill_real_name, somebody
from tests.e2e.face_steps import agree, begin, film
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import check_readable, settle
from tests.running_city import SignedIn

FACE_PAGE = "pages/identity/face"


@asynccontextmanager
async def with_camera(phones: Phones, persona: str | None = None) -> AsyncIterator[tuple[Phone, SignedIn]]:
    """The phone of a citizen whose name is confirmed; its camera is Chromium's."""
    signed_in = await phones.city.sign_in(2, persona or somebody())
    async with phones.phone(signed_in.person["id"]) as phone:
        await phone.page.add_init_script("localStorage.setItem('demo:camera', 'device')")
        yield phone, signed_in


async def level(phones: Phones, signed_in: SignedIn, phone: Phone) -> int:
    """What the city says of the phone's own session."""
    script = "space => JSON.parse(localStorage.getItem(`mp:${space}:session`)).access_token"
    token = await phone.page.evaluate(script, signed_in.person["id"])
    me = await phones.city.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    return int(me.raise_for_status().json()["assurance"])


async def test_a_stranger_raises_their_level_step_by_step(phones: Phones) -> None:
    person = await phones.city.person(somebody())
    async with phones.phone(person["id"]) as phone:
        await phone.open()
        await phone.tab("我的")
        await phone.press(phone.button("去认证，办理更多事项"))
        await expect(phone.text("仅微信登录")).to_be_visible()
        await phone.shot("identity_0")
        await phone.press(phone.button("使用微信手机号"))
        await expect(phone.text("已确认手机号")).to_be_visible()
        await phone.press(phone.button("去实名"))
        await phone.shot("real_name")
        await fill_real_name(phone, person)
        await expect(phone.text("已实名", exact=True)).to_be_visible()
        masked = person["name"][0] + "*" * (len(person["name"]) - 1)
        await expect(phone.text(re.compile(re.escape(masked)))).to_be_visible()
        await expect(phone.button("去刷脸")).to_be_visible()
        await phone.shot("identity_2")


async def test_a_name_that_does_not_fit_is_told_what_is_left_and_what_helps(phones: Phones) -> None:
    person, other = await phones.city.person(somebody()), await phones.city.person(somebody())
    signed_in = await phones.city.sign_in(1, person["id"])
    async with phones.phone(signed_in.person["id"]) as phone:
        await phone.open("pages/identity/real_name")
        await phone.press(phone.button("核对"))
        await expect(phone.text("请填写姓名")).to_be_visible()
        await fill_real_name(phone, {"name": other["name"] + "某", "id_number": person["id_number"]})
        await expect(phone.text(re.compile("今天还可核对 4 次"))).to_be_visible()
        await check_readable(phone)
        await phone.shot("real_name_mismatch")
        await fill_real_name(phone, person)
        await expect(phone.title).not_to_have_text("实名认证")


async def test_an_authority_that_is_away_costs_nothing_and_is_asked_again(phones: Phones) -> None:
    signed_in = await phones.city.sign_in(1, somebody())
    (await phones.city.outside.put("/departments/authority/mode", json={"mode": "down"})).raise_for_status()
    try:
        async with phones.phone(signed_in.person["id"]) as phone:
            await phone.open("pages/identity/real_name")
            await fill_real_name(phone, signed_in.person)
            await expect(phone.text("人口库暂时没有回应")).to_be_visible()
            await expect(phone.button(re.compile("秒后可重试"))).to_be_visible()
            await phone.shot("real_name_away")
    finally:
        (await phones.city.outside.put("/departments/authority/mode", json={"mode": "ok"})).raise_for_status()


async def test_a_face_is_shown_after_its_own_consent_and_raises_this_session(phones: Phones) -> None:
    async with with_camera(phones) as (phone, signed_in):
        await phone.open("pages/identity/identity")
        await phone.press(phone.button("去刷脸"))
        await phone.press(phone.button("同意并打开相机"))
        await expect(phone.page.get_by_text("请先阅读并勾选同意")).to_be_visible()
        await expect(phone.page.locator("video")).to_have_count(0)
        await phone.shot("face_consent")
        await check_readable(phone)
        await agree(phone)
        await phone.shot("face_ready")
        await film(phone, await begin(phone), shots=True)
        await expect(phone.text("已人脸核验", exact=True)).to_be_visible()
        await phone.shot("identity_3")
        assert await level(phones, signed_in, phone) == 3


async def test_a_movement_that_was_not_made_is_named_and_the_next_round_succeeds(phones: Phones) -> None:
    async with with_camera(phones) as (phone, signed_in):
        await phone.open(FACE_PAGE)
        await agree(phone)
        neutral, *others = await begin(phone)
        await film(phone, [neutral, *[neutral] * len(others)])
        await expect(phone.text(re.compile("有动作没有看清"))).to_be_visible()
        await expect(phone.text(re.compile("今天还可核验 .* 次"))).to_be_visible()
        await check_readable(phone)
        await phone.shot("face_not_alive")
        await phone.press(phone.button("重新开始"))
        await expect(phone.text("把脸放进圆圈，准备好后点“开始”")).to_be_visible()
        await film(phone, await begin(phone))
        await expect(phone.text("全部服务")).to_be_visible()
        assert await level(phones, signed_in, phone) == 3


async def test_a_face_that_is_somebody_elses_is_led_to_the_hall(phones: Phones) -> None:
    async with with_camera(phones, "gao_lan") as (phone, _):
        await phone.open(FACE_PAGE)
        await agree(phone)
        await film(phone, await begin(phone))
        await expect(phone.text("与登记照片没有比对上")).to_be_visible()
        await expect(phone.text(re.compile("政务大厅可当面核验"))).to_be_visible()
        await phone.shot("face_not_matched")


async def test_without_a_photo_at_the_authority_there_is_nothing_to_try_in_vain(phones: Phones) -> None:
    async with with_camera(phones, "sun_mei") as (phone, _):
        await phone.open(FACE_PAGE)
        await agree(phone)
        await film(phone, await begin(phone))
        await expect(phone.text("登记照片无法用于比对")).to_be_visible()
        await expect(phone.button("重新开始")).to_have_count(0)
        await phone.shot("face_reference")


async def test_an_answer_that_was_lost_is_no_lost_round(phones: Phones) -> None:
    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    async with with_camera(phones) as (phone, signed_in):
        await phone.page.route(re.compile("/face/verifications$"), lose)
        await phone.open("pages/identity/identity")
        await phone.press(phone.button("去刷脸"))
        await agree(phone)
        await film(phone, await begin(phone))
        await expect(phone.text("已人脸核验", exact=True)).to_be_visible()
        assert await level(phones, signed_in, phone) == 3


async def test_without_a_camera_photos_will_do_in_the_demo(phones: Phones) -> None:
    async with with_camera(phones) as (phone, signed_in):
        await phone.page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotFoundError') }"
        )
        await phone.open(FACE_PAGE)
        await phone.press(phone.screen.get_by_role("checkbox"))
        await phone.press(phone.button("同意并打开相机"))
        await expect(phone.text("这台设备的相机暂时用不了")).to_be_visible()
        await phone.shot("face_no_camera")
        await check_readable(phone)
        await phone.press(phone.button("用照片代替（仅演示环境）"))
        for step, picture in enumerate(await begin(phone), start=1):
            await expect(phone.text(re.compile(f"第 {step} 步"))).to_be_visible()
            async with phone.page.expect_file_chooser() as chooser:
                await phone.press(phone.button("选择这一步的照片"))
            file: Any = {"name": "face.jpg", "mimeType": "image/jpeg", "buffer": picture}
            await (await chooser.value).set_files(file)
        await expect(phone.text("全部服务")).to_be_visible()
        assert await level(phones, signed_in, phone) == 3


async def test_a_camera_that_is_not_allowed_says_how_to_allow_it(phones: Phones) -> None:
    async with with_camera(phones) as (phone, _):
        await phone.page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError') }"
        )
        await phone.open(FACE_PAGE)
        await phone.press(phone.screen.get_by_role("checkbox"))
        await phone.press(phone.button("同意并打开相机"))
        await expect(phone.text("相机没有打开")).to_be_visible()
        await expect(phone.button("打开设置")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_screen_of_identity_can_be_read_at_twice_the_size(phones: Phones, language: str) -> None:
    async with citizen(phones, viewport={"width": 320, "height": 640}) as (phone, _):
        space = f"mp:{phone.person}:"
        for key, value in {"language": language, "text_scale": 2}.items():
            script = f"localStorage.setItem({json.dumps(space + key)}, {json.dumps(json.dumps(value))})"
            await phone.page.add_init_script(script)
        titles = {"zh": ["身份认证", "实名认证", "人脸核验"], "en": ["Who you are", "Real name", "Face check"]}[
            language
        ]
        for name, title in zip(("identity", "real_name", "face"), titles, strict=True):
            await phone.open(f"pages/identity/{name}")
            await expect(phone.title).to_have_text(title)
            await settle(phone)
            await check_readable(phone)
            await phone.accessible()
            await phone.shot(f"identity_{name}_{language}_320")
