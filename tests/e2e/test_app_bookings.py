"""Booking on a phone, from the choice to the gate: with companions, a lost answer, in a crowd, offline."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Request, Route, expect

from tests.e2e.booking_steps import (
    PARK_NAME,
    add_companion,
    answer,
    citizen,
    confirm_page,
    prove_in_place,
    sheet,
    shown_code,
    somebody,
    times_page,
)
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.http.api_places import PARK, booked, bookings, city_time, coming_slot, park_slot

BOOKINGS = re.compile(r"/api/v1/bookings$")
WAITING = {"type": "/api/problems/booking.waiting", "title": "排队中", "status": 429, "code": "booking.waiting"}


@pytest.mark.parametrize("touch", [True, False], ids=["touch", "mouse"])
async def test_a_stranger_books_a_park_with_a_companion_and_is_let_in_by_the_code_on_the_screen(
    phones: Phones, touch: bool
) -> None:
    city = phones.city
    person, companion = await city.person(somebody()), await city.person(somebody())
    slot = await coming_slot(city)
    async with phones.phone(person["id"], touch=touch) as phone:
        await phone.open()
        await phone.tab("预约")
        await expect(phone.text("没有待使用的预约")).to_be_visible()
        await phone.shot("bookings_none")
        await phone.press(phone.button(re.compile("^景区预约")))
        await expect(phone.title).to_have_text("景区预约")
        await phone.shot("booking_choose")
        await phone.press(phone.button(re.compile(f"^{PARK_NAME}")))
        await phone.press(phone.button(re.compile(f"{int(slot.day[5:7])}月{int(slot.day[8:])}日")))
        await phone.shot("booking_times")
        await phone.press(phone.button(re.compile(f"^{slot.starts_at[11:16]}–")))
        await expect(phone.text("提交时需要完成实名认证")).to_be_visible()
        await phone.press(phone.button(re.compile("去认证")))
        await prove_in_place(phone, person)
        await add_companion(phone, companion)
        masked = companion["name"][0] + "*" * (len(companion["name"]) - 1)
        await expect(phone.screen.get_by_role("checkbox", name=re.compile(re.escape(masked)))).to_be_checked()
        await phone.shot("booking_confirm")
        await check_readable(phone)
        await phone.press(phone.button("确认预约（2 人）"))
        await expect(phone.text("预约成功")).to_be_visible()
        await expect(phone.text(PARK_NAME)).to_be_visible()
        await phone.shot("booking_ticket")
        await check_readable(phone)
        token = await shown_code(phone)
        gate = await city.staff("gate")
        admitted = await city.client.post("/api/v1/gate/check_ins", json={"ticket": token}, headers=gate)
        assert admitted.raise_for_status().json()["places"] == 2
        await phone.page.reload()
        await expect(phone.text("已使用")).to_be_visible()
        await expect(phone.button("再次预约")).to_be_visible()
        await phone.shot("booking_used")


async def test_a_hall_is_found_by_the_cards_own_questions(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await phone.open("pages/bookings/choose?card=gy.appointments")
        for choice, name in (
            ("公安", "department"),
            ("居民身份证换领、补领", "matter"),
            ("云岩区政务服务中心", "hall"),
        ):
            row = phone.button(re.compile(f"^{choice}$"))
            await expect(row).to_be_visible()
            await phone.shot(f"hall_{name}")
            await phone.press(row)
        await expect(phone.text(re.compile("居民身份证换领、补领 · 云岩区"))).to_be_visible()
        await phone.shot("hall_times")
        await phone.press(phone.button(re.compile("余 .* 个名额")).last)
        await expect(phone.text("每人对同一“选择事项”同时只能有一个有效预约。")).to_be_visible()
        await expect(phone.text("添加同行人")).to_have_count(0)
        await phone.press(phone.button("确认预约"))
        await expect(phone.text("预约成功")).to_be_visible()
        (made,) = await bookings(phones.city, signed_in)
        assert made["resource_id"] == "id_card.yunyan"


async def test_a_reload_anywhere_on_the_way_goes_on_where_it_was(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        slot = await park_slot(phones.city, days=2, hour=10)
        await phone.open(times_page())
        await phone.press(phone.button(re.compile(f"{int(slot.day[5:7])}月{int(slot.day[8:])}日")))
        await phone.page.reload()
        await phone.press(phone.button(re.compile(f"{int(slot.day[5:7])}月{int(slot.day[8:])}日")))
        await phone.press(phone.button(re.compile("^10:00–11:00")))
        await expect(phone.button("确认预约")).to_be_visible()
        await phone.page.reload()
        await phone.press(phone.button("确认预约"))
        await expect(phone.text("预约成功")).to_be_visible()
        await phone.page.reload()
        await expect(phone.screen.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
        assert len(await bookings(phones.city, signed_in)) == 1


async def test_a_booking_whose_answer_was_lost_is_found_and_not_made_twice(phones: Phones) -> None:
    sent: list[str] = []

    async def lose(route: Route, request: Request) -> None:
        sent.append(request.headers["idempotency-key"])
        if len(sent) < 3:
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.continue_()

    async with citizen(phones) as (phone, signed_in):
        await phone.page.route(BOOKINGS, lose)
        slot = await park_slot(phones.city, days=3, hour=9)
        await phone.open(confirm_page(slot))
        await phone.press(phone.button("确认预约"))
        await expect(phone.text("暂时连接不上服务")).to_be_visible()
        await phone.shot("booking_lost")
        await phone.open("pages/bookings/bookings")
        await expect(phone.text("有一个预约还没有收到结果")).to_be_visible()
        await phone.shot("bookings_lost")
        await phone.press(phone.button("查看结果"))
        await expect(phone.text("预约成功")).to_be_visible()
        assert len(sent) == 3
        assert len(set(sent)) == 1
        (made,) = await bookings(phones.city, signed_in)
        assert made["starts_at"] == slot.starts_at
        await phone.open("pages/bookings/bookings")
        await expect(phone.text(PARK_NAME).first).to_be_visible()
        await expect(phone.text("有一个预约还没有收到结果")).to_have_count(0)


async def test_in_a_crowd_one_waits_and_comes_out_with_the_ticket_also_after_a_reload(phones: Phones) -> None:
    positions = [41, 40, 12, 0]
    keys: set[str] = set()

    async def crowded(route: Route, request: Request) -> None:
        keys.add(request.headers["idempotency-key"])
        if not positions:
            return await route.continue_()
        facts = {"position": positions[0], "estimate_seconds": positions[0] * 4, "request_id": "r"}
        if len(positions) != 3 or getattr(phone, "reloaded", False):
            positions.pop(0)
        await route.fulfill(
            status=429,
            content_type="application/problem+json",
            headers={"Retry-After": "1"},
            body=json.dumps({**WAITING, **facts}),
        )
        return None

    async with citizen(phones) as (phone, signed_in):
        await phone.page.route(BOOKINGS, crowded)
        await phone.open(confirm_page(await park_slot(phones.city, days=4, hour=11)))
        await phone.press(phone.button("确认预约"))
        await expect(phone.title).to_have_text("排队中")
        await expect(phone.text("前面还有")).to_be_visible()
        await expect(phone.text("39", exact=True)).to_be_visible()
        await phone.shot("booking_waiting")
        await check_readable(phone)
        await phone.page.reload()
        await expect(phone.text(re.compile("预计等待"))).to_be_visible()
        positions.pop(0)
        await expect(phone.text("预约成功")).to_be_visible()
        assert len(keys) == 1
        assert len(await bookings(phones.city, signed_in)) == 1


async def test_leaving_the_waiting_room_books_nothing(phones: Phones) -> None:
    async def crowded(route: Route) -> None:
        body = {**WAITING, "position": 5, "estimate_seconds": 30, "request_id": "r"}
        await route.fulfill(
            status=429, content_type="application/problem+json", headers={"Retry-After": "1"}, body=json.dumps(body)
        )

    async with citizen(phones) as (phone, signed_in):
        await phone.page.route(BOOKINGS, crowded)
        await phone.open(confirm_page(await park_slot(phones.city, days=4, hour=12)))
        await phone.press(phone.button("确认预约"))
        await phone.press(phone.button("放弃排队"))
        await answer(phone, "放弃")
        await expect(phone.title).to_have_text("确认预约")
        await phone.page.unroute(BOOKINGS)
        await phone.open("pages/bookings/bookings")
        await expect(phone.text("没有待使用的预约")).to_be_visible()
        await expect(phone.text("有一个预约还没有收到结果")).to_have_count(0)
        assert await bookings(phones.city, signed_in) == []


async def test_offline_the_code_lives_its_minute_and_comes_back_with_the_network(phones: Phones) -> None:
    away = False

    async def short_lived(route: Route) -> None:
        """A code like any other, with little time left. What a test answers itself is not cut off with the network."""
        if away:
            return await route.abort("internetdisconnected")
        fetched = await route.fetch()
        now = (await city_time(phones.city)).timestamp()
        ends = {"refresh_at": _iso(now + 1), "expires_at": _iso(now + 4)}
        await route.fulfill(response=fetched, json={**await fetched.json(), **ends})
        return None

    async with citizen(phones) as (phone, signed_in):
        made = await booked(phones.city, signed_in, await park_slot(phones.city, days=5, hour=10))
        await phone.page.route(re.compile("/ticket$"), short_lived)
        await phone.open(f"pages/bookings/booking?id={made['id']}")
        first = await shown_code(phone)
        away = True
        await phone.offline()
        await expect(phone.text("预约码需要联网更新")).to_be_visible()
        await expect(phone.text(PARK_NAME)).to_be_visible()
        await phone.shot("booking_offline")
        await check_readable(phone)
        await phone.page.unroute(re.compile("/ticket$"))
        await phone.offline(False)
        assert (await shown_code(phone)).count(".") == first.count(".") == 2


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


async def test_offline_at_the_last_step_it_says_so_and_books_when_the_network_is_back(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await phone.open(confirm_page(await park_slot(phones.city, days=4, hour=14)))
        await expect(phone.button("确认预约")).to_be_visible()
        await phone.offline()
        await phone.press(phone.button("确认预约"))
        await expect(phone.text("网络未连接")).to_be_visible()
        await phone.shot("booking_confirm_offline")
        await phone.offline(False)
        await expect(phone.text("预约成功")).to_be_visible()
        assert len(await bookings(phones.city, signed_in)) == 1


async def test_a_booking_is_cancelled_after_a_question_and_its_place_is_free_again(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        slot = await park_slot(phones.city, days=6, hour=15)
        made = await booked(phones.city, signed_in, slot)
        await phone.open("pages/bookings/bookings")
        await phone.press(phone.button(re.compile(f"^{PARK_NAME}.*待使用")))
        await phone.press(phone.button("取消预约"))
        await phone.shot("booking_cancel")
        await answer(phone, "保留")
        await phone.press(phone.button("取消预约"))
        await answer(phone, "取消预约")
        await expect(phone.text("名额已释放，如需前往请重新预约。")).to_be_visible()
        await phone.shot("booking_cancelled")
        await phone.back()
        await expect(phone.text("没有待使用的预约")).to_be_visible()
        await phone.press(phone.screen.get_by_role("tab", name="已结束"))
        await expect(phone.button(re.compile(f"^{PARK_NAME}.*已取消"))).to_be_visible()
        await phone.shot("bookings_past")
        assert (await bookings(phones.city, signed_in, "when=past"))[0]["id"] == made["id"]


async def test_what_cannot_be_booked_says_why_and_what_to_do(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        slot = await park_slot(phones.city, days=2, hour=16)
        await booked(phones.city, signed_in, slot)
        await phone.open(confirm_page(slot))
        await phone.press(phone.button("确认预约"))
        await expect(phone.text(re.compile("您已有一个有效预约"))).to_be_visible()
        await phone.shot("booking_refused")
        await phone.press(phone.button("查看我的预约"))
        await expect(phone.button(re.compile(f"^{PARK_NAME}"))).to_be_visible()


async def test_a_companion_that_cannot_be_is_pointed_at_in_the_form(phones: Phones) -> None:
    async with citizen(phones) as (phone, signed_in):
        await phone.open(confirm_page(await park_slot(phones.city, days=3, hour=16)))
        await phone.press(phone.button("添加同行人"))
        await phone.press(sheet(phone).get_by_role("button", name="添加", exact=True))
        await expect(sheet(phone)).to_contain_text("请填写姓名")
        await phone.shot("companion_form")
        await check_readable(phone)
        inputs = sheet(phone).locator("input")
        await inputs.nth(0).fill(signed_in.person["name"])
        await inputs.nth(1).fill("110105194912310020")
        await phone.press(sheet(phone).get_by_role("button", name="添加", exact=True))
        await expect(sheet(phone)).to_contain_text("号码与标准不符，请对照证件核对")
        await inputs.nth(1).fill(signed_in.person["id_number"])
        await phone.press(sheet(phone).get_by_role("button", name="添加", exact=True))
        await expect(sheet(phone)).to_contain_text("您本人已计算在内，无需添加")


TITLES = {
    "zh": {
        "bookings": "预约",
        "choose": "政务大厅预约",
        "times": "选择时间",
        "confirm": "确认预约",
        "waiting": "排队中",
        "booking": "预约详情",
    },
    "en": {
        "bookings": "Bookings",
        "choose": "Government hall appointments",
        "times": "Choose a time",
        "confirm": "Confirm",
        "waiting": "Waiting room",
        "booking": "Booking",
    },
}
SIZES = [({"width": 390, "height": 844}, 1), ({"width": 320, "height": 640}, 2)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("viewport", "scale"), SIZES, ids=["390", "320_double"])
async def test_every_screen_of_booking_can_be_read_and_tapped(
    phones: Phones, language: str, viewport: dict[str, Any], scale: int
) -> None:
    async with citizen(phones, viewport=viewport) as (phone, signed_in):
        made = await booked(phones.city, signed_in, await park_slot(phones.city, days=2, hour=8))
        await choose(phone, language, scale)
        titles = TITLES[language]
        pages = [
            ("bookings", "pages/bookings/bookings"),
            ("choose", "pages/bookings/choose?card=gy.appointments&path=department:public_security"),
            ("times", times_page(PARK)),
            ("confirm", confirm_page(await park_slot(phones.city, days=3, hour=8))),
            ("waiting", "pages/bookings/waiting"),
            ("booking", f"pages/bookings/booking?id={made['id']}"),
        ]
        for name, address in pages:
            await phone.open(address)
            await expect(phone.title).to_have_text(titles[name])
            await settle(phone)
            await check_readable(phone)
            await phone.accessible()
            if language == "en":
                assert strays(await phone.screen.inner_text()) == [], name
            await phone.shot(f"booking_{name}_{language}_{viewport['width']}")


def strays(text: str) -> list[str]:
    """Chinese on an English screen that is no masked name."""
    return CHINESE.findall(re.sub(r"[\u3400-\u9fff]\*+", "", text))


async def choose(phone: Phone, language: str, scale: float) -> None:
    """As the citizen's settings would."""
    space = f"mp:{phone.person}:"
    kept = {f"{space}language": json.dumps(language), f"{space}text_scale": json.dumps(scale)}
    for key, value in kept.items():
        await phone.page.add_init_script(f"localStorage.setItem({json.dumps(key)}, {json.dumps(value)})")
