"""Using cards on a phone: steps and consent in place, answers, forms, and whatever can go wrong on the way."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from playwright.async_api import Locator, Route, expect
from tornado.ioloop import IOLoop

from tests.e2e.face_steps import agree, begin, film
from tests.e2e.new_cards import EVERYTHING, LINK, ROOMS, SCARCE, NewDepartment, city_with_new_cards
from tests.e2e.phones import Phone, Phones

FUND, SOCIAL = "gy.housing_fund", "gy.social_security"
Town = tuple[Phones, NewDepartment]


@pytest.fixture(scope="module")
def town(phones: Phones, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    loop, stack = IOLoop.current(), AsyncExitStack()
    folder = tmp_path_factory.mktemp("cards")
    yield loop.run_sync(lambda: stack.enter_async_context(city_with_new_cards(phones, folder)))
    loop.run_sync(stack.aclose)


def somebody() -> str:
    return f"resident-{secrets.randbelow(900_000) + 1}"


@asynccontextmanager
async def citizen(town: Town, *consents: str, person: str | None = None) -> AsyncIterator[Phone]:
    """The phone of somebody whose name is confirmed, and who has agreed to these cards."""
    phones, _ = town
    signed_in = await phones.city.sign_in(2, person or somebody())
    for card_id in consents:
        body = {"card_id": card_id, "separate": ["id_number"]}
        agreed = await phones.city.client.post("/api/v1/consents", json=body, headers=signed_in.headers)
        agreed.raise_for_status()
    async with phones.phone(signed_in.person["id"]) as phone:
        yield phone


async def agree_to_number(phone: Phone) -> None:
    """To the department, and to the ID number by itself, which is not ticked beforehand."""
    tick = phone.screen.get_by_role("checkbox", name=re.compile("单独同意提供身份证号码"))
    await expect(tick).to_have_attribute("aria-checked", "false")
    await phone.press(tick)
    await phone.press(phone.button("同意并继续"))


def sheet(phone: Phone) -> Locator:
    """The one that came up last; another may still be leaving."""
    return phone.screen.get_by_role("dialog").last


async def use(phone: Phone, card_id: str, operation: str) -> None:
    await phone.open(f"pages/card/use?card_id={card_id}&operation={operation}")


async def mood(phone: Phone, department: str, mode: str) -> None:
    (await phone.city.outside.put(f"/departments/{department}/mode", json={"mode": mode})).raise_for_status()


@pytest.mark.parametrize("touch", [True, False], ids=["touch", "mouse"])
async def test_a_stranger_is_led_through_phone_and_name_and_consent_to_the_answer(town: Town, touch: bool) -> None:
    phones, _ = town
    person = await phones.city.person(somebody())
    async with phones.phone(person["id"], touch=touch) as phone:
        await phone.open()
        await phone.press(phone.button(re.compile("^社保查询")))
        await expect(phone.text("您的实名认证")).to_be_visible()
        await phone.shot("card_guide")
        await phone.press(phone.button("参保信息"))
        await expect(sheet(phone)).to_contain_text("还差 2 步")
        await phone.shot("step_up")
        await phone.press(phone.button("使用微信手机号"))
        await phone.press(phone.button("去实名"))
        await phone.screen.locator("input").first.fill(person["name"])
        await phone.screen.locator("input").last.fill(person["id_number"])
        await phone.press(phone.button("核对"))
        await expect(sheet(phone)).to_contain_text("贵阳市人力资源和社会保障局")
        await expect(sheet(phone)).to_contain_text("身份证号码")
        await expect(sheet(phone)).to_contain_text("办理“社保查询”")
        await phone.shot("consent")
        await agree_to_number(phone)
        await expect(phone.text("参保险种")).to_be_visible()
        await phone.shot("card_answer")
        await phone.press(phone.button("查询缴费记录"))
        await phone.press(phone.screen.get_by_role("radio", name="医疗保险"))
        await phone.press(phone.button("查询"))
        await expect(phone.text("全年个人缴费合计")).to_be_visible()
        await phone.back()
        await expect(phone.text("参保险种")).to_be_visible()


async def test_in_english_the_answer_is_english(town: Town) -> None:
    async with citizen(town, SOCIAL) as phone:
        await phone.open()
        await phone.press(phone.button("Switch to English"))
        await phone.press(phone.button(re.compile("^Social security")))
        await phone.press(phone.button("My insurance"))
        await expect(phone.text("Personal account", exact=True).first).to_be_visible()
        await phone.shot("card_answer_en")


async def test_a_reload_on_the_way_to_a_proof_loses_nothing(town: Town) -> None:
    phones, _ = town
    person = await phones.city.person(somebody())
    async with phones.phone(person["id"]) as phone:
        await use(phone, SOCIAL, "accounts")
        await phone.press(phone.button("使用微信手机号"))
        await phone.press(phone.button("去实名"))
        await expect(phone.title).to_have_text("实名认证")
        await phone.page.reload()
        await phone.screen.locator("input").first.fill(person["name"])
        await phone.screen.locator("input").last.fill(person["id_number"])
        await phone.press(phone.button("核对"))
        await agree_to_number(phone)
        await expect(phone.text("参保险种")).to_be_visible()


async def test_who_would_rather_not_is_told_what_for_and_can_think_again(town: Town) -> None:
    async with citizen(town) as phone:
        await use(phone, SOCIAL, "accounts")
        await phone.press(phone.button("暂不同意"))
        await expect(phone.text("需要您的授权")).to_be_visible()
        await phone.shot("consent_declined")
        await phone.press(phone.button("查看授权内容"))
        await agree_to_number(phone)
        await expect(phone.text("参保险种")).to_be_visible()


async def test_a_submission_asks_for_a_face_and_keeps_the_form_when_it_is_put_off(town: Town) -> None:
    async with citizen(town, FUND) as phone:
        await use(phone, FUND, "withdraw")
        await phone.press(phone.button("提交"))
        await expect(phone.text("有 2 处需要再看一下")).to_be_visible()
        await phone.shot("form_faults")
        await phone.screen.locator("input").nth(0).fill("100.005")
        await phone.screen.locator("input").nth(1).fill("6222000000000000018")
        await phone.press(phone.button("提交"))
        await expect(phone.text("最多 2 位小数")).to_be_visible()
        await phone.screen.locator("input").nth(0).fill("100.5")
        await phone.press(phone.button("提交"))
        await expect(sheet(phone)).to_contain_text("人脸")
        await phone.press(phone.button("暂不办理"))
        await expect(phone.text("这项服务需要先确认您是谁")).to_be_visible()
        await phone.press(phone.button("继续认证"))
        await expect(sheet(phone)).to_contain_text("去刷脸")


async def test_a_face_is_shown_on_the_way_and_the_submission_goes_on(town: Town) -> None:
    async with citizen(town, FUND, person="lin_yue") as phone:
        await phone.page.add_init_script("localStorage.setItem('demo:camera', 'device')")
        await use(phone, FUND, "balance")
        await phone.press(phone.button("申请提取"))
        await phone.screen.locator("input").nth(0).fill("1500")
        await phone.screen.locator("input").nth(1).fill("6222000000000000018")
        await phone.press(phone.button("提交"))
        await phone.press(phone.button("去刷脸"))
        await agree(phone)
        await film(phone, await begin(phone))
        await expect(phone.text("提取申请已提交")).to_be_visible()
        await expect(phone.text("¥1,500.00")).to_be_visible()
        await phone.shot("submission_answer")
        await phone.press(phone.button("返回账户"))
        await expect(phone.text("-¥1,500.00").first).to_be_visible()


async def test_a_used_up_quota_says_when_it_can_be_used_again(town: Town) -> None:
    async with citizen(town) as phone:
        await use(phone, SCARCE, "ask")
        await expect(phone.text("已接种")).to_be_visible()
        await phone.press(phone.button("重新查询"))
        await expect(phone.text("今天的使用次数已用完")).to_be_visible()
        await expect(phone.text(re.compile("每天可用 1 次。.+ 可以再次使用。"))).to_be_visible()
        await phone.shot("quota_used_up")
        await phone.press(phone.button("返回首页"))
        await expect(phone.text("全部服务")).to_be_visible()


async def test_a_department_that_is_down_is_tried_again_when_it_is_back(town: Town) -> None:
    async with citizen(town, FUND, SOCIAL) as phone:
        await mood(phone, "housing_fund", "down")
        try:
            await use(phone, FUND, "balance")
            await expect(phone.text("部门系统暂时没有回应")).to_be_visible()
            await expect(phone.button(re.compile("秒后可重试"))).to_be_visible()
            await phone.shot("department_down")
            await use(phone, SOCIAL, "accounts")
            await expect(phone.text("参保险种")).to_be_visible()
            await use(phone, FUND, "balance")
            await expect(phone.text("部门系统暂时没有回应")).to_be_visible()
        finally:
            await mood(phone, "housing_fund", "ok")
        await phone.press(phone.button(re.compile("^重试$")))
        await expect(phone.button("重新查询")).to_be_visible()


async def test_a_department_that_talks_nonsense_is_said_to_be_looked_after(town: Town) -> None:
    async with citizen(town, FUND) as phone:
        await mood(phone, "housing_fund", "misshapen")
        try:
            await use(phone, FUND, "balance")
            await expect(phone.text("部门系统返回的内容暂时无法显示")).to_be_visible()
            await expect(phone.text("问题编号")).to_be_visible()
            await phone.shot("department_nonsense")
        finally:
            await mood(phone, "housing_fund", "ok")


async def test_offline_in_the_middle_goes_on_by_itself_when_the_network_is_back(town: Town) -> None:
    async with citizen(town, SOCIAL) as phone:
        await use(phone, SOCIAL, "contributions")
        await phone.press(phone.screen.get_by_role("radio", name="失业保险"))
        await phone.offline()
        await phone.press(phone.button("查询"))
        await expect(phone.text("网络未连接")).to_be_visible()
        await phone.offline(False)
        await expect(phone.text("全年个人缴费合计")).to_be_visible()
        await phone.press(phone.button("修改条件重新查询"))
        await expect(phone.screen.get_by_role("radio", name="失业保险")).to_be_checked()


async def test_a_token_that_runs_out_in_the_middle_is_renewed_unseen(town: Town) -> None:
    async with citizen(town, SOCIAL) as phone:
        await phone.page.clock.install()
        await use(phone, SOCIAL, "accounts")
        await expect(phone.text("参保险种")).to_be_visible()
        await phone.page.clock.fast_forward("16:00")
        async with phone.page.expect_response("**/sessions/refresh") as renewal:
            await phone.press(phone.button("重新查询"))
        assert (await renewal.value).status == 200
        await expect(phone.text("参保险种")).to_be_visible()


async def test_a_session_that_was_ended_elsewhere_is_signed_in_anew(town: Town) -> None:
    async with citizen(town, SOCIAL) as phone:
        await use(phone, SOCIAL, "accounts")
        await expect(phone.text("参保险种")).to_be_visible()
        elsewhere = await phone.city.sign_in(0, phone.person)
        (await phone.city.client.delete("/api/v1/sessions", headers=elsewhere.headers)).raise_for_status()
        await phone.press(phone.button("重新查询"))
        await expect(phone.text("参保险种")).to_be_visible()
        await expect(phone.text(re.compile("贵阳市人力资源和社会保障局 · "))).to_be_visible()


async def test_a_new_card_shows_every_block(town: Town) -> None:
    async with citizen(town) as phone:
        await phone.open()
        await phone.press(phone.button(re.compile("^疫苗接种登记")))
        await phone.press(phone.button("查看接种记录"))
        for said in ("下一针即将到期", "2026年6月1日", "第二针", "V-2026-0815", "请出示"):
            await expect(phone.text(said).first).to_be_visible()
        await expect(phone.screen.get_by_role("img", name="接种码")).to_be_visible()
        await expect(phone.screen.get_by_role("table").get_by_role("row")).to_have_count(3)
        await phone.shot("new_card_blocks")
        await phone.press(phone.button("登记下一针"))
        await expect(phone.title).to_have_text("登记下一针")


def box(phone: Phone, label: str) -> Locator:
    return phone.screen.get_by_role("textbox", name=re.compile(f"^{label}"))


async def fill_in(phone: Phone, name: str) -> None:
    """Every control of the new card's form."""
    await box(phone, "接种人").fill(name)
    await phone.press(phone.screen.get_by_role("radio", name="重组"))
    await phone.screen.locator("select").nth(0).select_option(label="南站")
    await phone.screen.locator("input[type=date]").fill("2026-12-24")
    await phone.screen.locator("select").nth(1).select_option(label="1990")
    await box(phone, "体重").fill("62.5")
    await box(phone, "自费金额").fill("30")
    await phone.press(phone.screen.get_by_role("switch", name="提醒我"))
    await phone.press(phone.screen.get_by_role("checkbox", name="孕期"))
    await phone.press(phone.button("添加同行儿童"))
    await box(phone, "年龄").fill("6")


WHOLE = {
    "name": "林悦", "vaccine": "b", "place": "s", "day": "2026-12-24", "year": 1990, "weight": 62.5, "paid": 30,
    "remind": True, "history": ["y"], "family": [{"age": 6}],
}  # fmt: skip


async def test_a_new_cards_form_sends_what_its_schema_wants(town: Town) -> None:
    _, department = town
    async with citizen(town) as phone:
        await use(phone, EVERYTHING, "register")
        await fill_in(phone, "太早")
        await phone.shot("new_card_form")
        await phone.press(phone.button("提交"))
        await expect(phone.text("距上一针不足三周")).to_be_visible()
        await phone.press(phone.button("返回修改"))
        await box(phone, "接种人").fill("林悦")
        await phone.press(phone.button("提交"))
        await expect(phone.text("登记成功")).to_be_visible()
        assert department.submitted[-1][1] == WHOLE


async def test_a_submission_whose_answer_is_lost_happens_once(town: Town) -> None:
    _, department = town
    async with citizen(town) as phone:
        await use(phone, EVERYTHING, "register")
        await fill_in(phone, "周全")
        lost = asyncio.Event()

        async def lose(route: Route) -> None:
            await route.fetch()
            lost.set()
            await route.abort()

        await phone.page.route("**/operations/register", lose)
        before = len(department.submitted)
        await phone.press(phone.button("提交"))
        await expect(phone.text("暂时连接不上服务")).to_be_visible()
        assert lost.is_set()
        await phone.page.unroute("**/operations/register")
        await phone.press(phone.button("重试"))
        await expect(phone.text("登记成功")).to_be_visible()
        await expect(phone.text(re.compile("没有重复办理"))).to_be_visible()
        assert len(department.submitted) == before + 1


async def test_a_link_and_a_booking_card_lead_on(town: Town) -> None:
    async with citizen(town) as phone:
        await phone.open(f"pages/card/card?card_id={LINK}")
        await expect(phone.button("打开网页")).to_be_visible()
        await expect(phone.button("复制网址")).to_be_visible()
        await phone.shot("card_link")
        await phone.open(f"pages/card/card?card_id={ROOMS}")
        await phone.press(phone.button("去预约"))
        await expect(phone.text("一号琴房").first).to_be_visible()


async def test_a_card_that_is_not_offered_says_so(town: Town) -> None:
    async with citizen(town) as phone:
        await phone.open("pages/card/card?card_id=xx.gone")
        await expect(phone.text("这项服务暂未开放")).to_be_visible()
        await phone.shot("card_gone")
        await phone.press(phone.button("返回首页").last)
        await expect(phone.text("全部服务")).to_be_visible()
