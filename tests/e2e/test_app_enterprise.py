"""Enterprises on phones: bound, an agent named, acted for within what was granted, ended while the agent acts."""

import re

from playwright.async_api import expect

from tests.e2e.acting_steps import SESSION, bar, masked, phone_of, shown_letters, with_face
from tests.e2e.booking_steps import answer, sheet
from tests.e2e.face_steps import show_face
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.http.api_acting import Json, place
from tests.http.api_services import SOCIAL, UNITS
from tests.running_city import SignedIn

UNIT = f"pages/card/use?card_id={UNITS}&operation=unit"


async def bind(phone: Phone, code: str, name: str) -> None:
    await phone.open("pages/enterprise/enterprises")
    await phone.press(phone.button(re.compile("^绑定企业$")))
    await phone.screen.get_by_role("textbox").fill(code)
    await phone.press(phone.button(re.compile("^绑定$")))
    await expect(phone.title).to_have_text("企业")
    await expect(phone.text(name, exact=True)).to_be_visible()


async def bind_with_a_face(phone: Phone, code: str, name: str) -> None:
    """From 我的 on; a slip in the code is told, and costs nothing."""
    await phone.open("pages/me/me")
    await phone.press(phone.button(re.compile("^我的企业")))
    await expect(phone.text("还没有企业")).to_be_visible()
    await phone.shot("enterprises_none")
    await phone.press(phone.button(re.compile("^绑定企业$")))
    await phone.screen.get_by_role("textbox").fill(code[:-1])
    await phone.press(phone.button(re.compile("^绑定$")))
    await phone.press(phone.button("去刷脸"))
    await show_face(phone)
    await expect(phone.text(re.compile("代码与标准不符"))).to_be_visible()
    await phone.screen.get_by_role("textbox").fill(code.lower())
    await check_readable(phone)
    await phone.shot("enterprise_bind")
    await phone.press(phone.button(re.compile("^绑定$")))
    await expect(phone.text(name, exact=True)).to_be_visible()
    await expect(phone.text("正常经营")).to_be_visible()
    assert code not in await phone.page.content()
    await check_readable(phone)
    await phone.accessible()
    await phone.shot("enterprise")


async def use_its_card(phone: Phone, name: str) -> None:
    """Which leads to choosing for whom one acts, and to the enterprise's consent."""
    await phone.open(UNIT)
    await expect(phone.text("这项服务面向企业")).to_be_visible()
    await phone.shot("enterprise_card_as_oneself")
    await phone.press(phone.button("选择办理身份"))
    await settle(phone)
    await check_readable(phone)
    await phone.shot("acting_choose")
    await phone.press(phone.screen.get_by_role("radio", name=re.compile(re.escape(name))))
    await expect(bar(phone)).to_contain_text(name)
    await expect(phone.text("单位参保查询")).to_be_visible()
    await expect(phone.text("公积金查询")).to_have_count(0)
    await settle(phone)
    await phone.shot("enterprise_home")
    await phone.press(phone.text("单位参保查询"))
    await phone.press(phone.button("单位参保情况"))
    await expect(sheet(phone)).to_contain_text(f"您以法定代表人身份，为 {name} 作出这项同意。")
    await expect(sheet(phone)).to_contain_text("授权提供单位信息")
    await phone.shot("enterprise_consent")
    await phone.press(phone.button("同意并继续"))
    await expect(phone.text("参保人数").first).to_be_visible()
    await phone.shot("enterprise_use")


async def look_and_give_up(phone: Phone, name: str) -> None:
    """The enterprise's own log and consents; no personal cards; then it is unbound."""
    await phone.open("pages/me/access")
    await expect(phone.text(re.compile("获取了本单位的统一社会信用代码"))).to_be_visible()
    await phone.shot("enterprise_log")
    await phone.open("pages/me/consents")
    await expect(phone.text("统一社会信用代码")).to_be_visible()
    await phone.shot("enterprise_consents")
    await phone.open(f"pages/card/use?card_id={SOCIAL}&operation=accounts")
    await expect(phone.text("这项服务面向个人")).to_be_visible()
    await phone.open("pages/enterprise/enterprises")
    await phone.press(phone.button(re.compile(re.escape(name))))
    await phone.press(phone.button("解除绑定"))
    await phone.shot("enterprise_unbind")
    await answer(phone, "解除")
    await expect(phone.text("全部服务")).to_be_visible()
    await expect(bar(phone)).to_have_count(0)


async def owner_of(phones: Phones) -> tuple[SignedIn, Json]:
    """Somebody whose name is confirmed, and the enterprise that they represent by law."""
    owner = await phones.city.sign_in(2, f"resident-{place()}")
    found = await phones.city.outside.get(f"/personas/{owner.person['id']}/enterprises")
    (theirs,) = found.raise_for_status().json()["enterprises"]
    return owner, theirs


async def test_an_enterprise_is_bound_with_a_face_and_its_card_used_for_it(phones: Phones) -> None:
    owner, theirs = await owner_of(phones)
    async with phone_of(phones, owner) as phone:
        await bind_with_a_face(phone, theirs["credit_code"], theirs["name"])
        await use_its_card(phone, theirs["name"])
        await look_and_give_up(phone, theirs["name"])


async def appoint(boss: Phone) -> str:
    """For one card, with consents; the code that is shown."""
    await boss.press(boss.button("指定经办人"))
    await boss.press(boss.screen.get_by_role("radio", name=re.compile("^选择服务")))
    await boss.press(boss.screen.get_by_role("checkbox", name="单位参保查询"))
    await boss.press(boss.screen.get_by_role("switch", name=re.compile("^可以代表单位授权")))
    await check_readable(boss)
    await boss.accessible()
    await boss.shot("enterprise_appoint")
    await boss.press(boss.button("生成经办码"))
    code = await shown_letters(boss)
    await boss.shot("enterprise_code")
    return code


async def accept_and_use(phone: Phone, code: str, name: str) -> None:
    """The agent reads what the code offers, accepts, and uses the card; the consent is the enterprise's."""
    await phone.open("pages/enterprise/enterprises")
    await phone.press(phone.button("输入经办码"))
    await phone.screen.get_by_role("textbox").fill(code)
    await phone.press(phone.button("查看内容"))
    await expect(phone.text(f"{name} 请您担任经办人")).to_be_visible()
    await expect(phone.text("只限：单位参保查询")).to_be_visible()
    await expect(phone.text(re.compile("^可以代表单位同意提供数据"))).to_be_visible()
    await phone.shot("enterprise_offer")
    await phone.press(phone.button(re.compile("^接受$")))
    await phone.press(phone.button("现在就为其办理"))
    await expect(bar(phone)).to_contain_text(name)
    await expect(bar(phone)).to_contain_text("经办人")
    await phone.open(UNIT)
    await expect(sheet(phone)).to_contain_text("您以经办人身份")
    await phone.press(phone.button("同意并继续"))
    await expect(phone.text("参保人数").first).to_be_visible()
    await phone.shot("enterprise_agent_use")
    await phone.open("pages/bookings/bookings")
    await settle(phone)
    await expect(bar(phone)).to_be_visible()
    await phone.shot("enterprise_agent_bookings")


async def end_agent(boss: Phone, name: str, agent: str) -> None:
    """After a question; what the agent did is told before."""
    await boss.open("pages/enterprise/enterprises")
    await boss.press(boss.button(re.compile(re.escape(name))))
    await expect(boss.text(agent)).to_be_visible()
    await expect(boss.text(re.compile("共 [0-9]+ 次，最近 今天"))).to_be_visible()
    await check_readable(boss)
    await boss.shot("enterprise_agents")
    await boss.press(boss.button(re.compile("^结束")))
    await answer(boss, "结束")
    await expect(boss.text(re.compile("由法定代表人结束"))).to_be_visible()
    await boss.shot("enterprise_agent_ended")


async def test_an_agent_named_on_one_phone_acts_on_another_within_scope_until_ended(phones: Phones) -> None:
    (owner, theirs), agent = await owner_of(phones), await phones.city.sign_in(2)
    async with phone_of(phones, owner) as boss, phone_of(phones, agent) as phone:
        await with_face(boss)
        await bind(boss, theirs["credit_code"], theirs["name"])
        await accept_and_use(phone, await appoint(boss), theirs["name"])
        await end_agent(boss, theirs["name"], masked(agent.person))
        await phone.open(UNIT)
        over = phone.screen.get_by_role("alert").filter(has_text=f"为 {theirs['name']} 的代办已经结束")
        await expect(over).to_be_visible()
        await check_readable(phone)
        await phone.shot("enterprise_acting_ended")
        await phone.open(UNIT)
        await expect(phone.text("这项服务面向企业")).to_be_visible()


async def test_an_agent_is_refused_beyond_what_was_granted_and_may_leave(phones: Phones) -> None:
    (owner, theirs), agent = await owner_of(phones), await phones.city.sign_in(2)
    async with phone_of(phones, owner) as boss, phone_of(phones, agent) as phone:
        await with_face(boss)
        await bind(boss, theirs["credit_code"], theirs["name"])
        session = await boss.page.evaluate(SESSION, boss.person)
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        (bound,) = (await phones.city.client.get("/api/v1/enterprises", headers=headers)).json()["items"]
        wanted = {"limits": {"mode": "all_but", "operations": [f"{UNITS}/unit"]}, "may_consent": False, "days": 30}
        path = f"/api/v1/enterprises/{bound['id']}/invitations"
        made = await phones.city.client.post(path, json=wanted, headers=headers)
        code = made.raise_for_status().json()["code"]
        await phone.open("pages/family/code")
        await phone.screen.get_by_role("textbox").fill(code)
        await phone.press(phone.button("查看内容"))
        await expect(phone.text("全部服务，不包括：单位参保查询（单位参保情况）")).to_be_visible()
        await phone.shot("enterprise_offer_narrow")
        await phone.press(phone.button(re.compile("^接受$")))
        await phone.press(phone.button("现在就为其办理"))
        await expect(bar(phone)).to_contain_text(theirs["name"])
        await phone.open(UNIT)
        await expect(phone.text("没有得到这项授权")).to_be_visible()
        await phone.shot("enterprise_beyond")
        await phone.open("pages/me/access")
        await expect(phone.title).to_have_text("谁看过我的数据")
        await expect(phone.text("没有得到这项授权")).to_be_visible()
        await phone.open("pages/enterprise/enterprises")
        await phone.press(phone.button(re.compile(re.escape(theirs["name"]))))
        await phone.shot("enterprise_of_agent")
        await phone.press(phone.button("不再担任经办人"))
        await answer(phone, "结束")
        await expect(bar(phone)).to_have_count(0)
        await phone.open("pages/enterprise/enterprises")
        await expect(phone.text("还没有企业")).to_be_visible()


async def test_in_english_all_of_it_is(phones: Phones) -> None:
    owner, theirs = await owner_of(phones)
    async with phone_of(phones, owner, viewport={"width": 320, "height": 640}) as phone:
        await with_face(phone)
        await bind(phone, theirs["credit_code"], theirs["name"])
        for key, value in {"language": '"en"', "text_scale": "2"}.items():
            script = "([key, value]) => localStorage.setItem(key, value)"
            await phone.page.evaluate(script, [f"mp:{phone.person}:{key}", value])
        await phone.page.reload()
        await expect(phone.title).to_have_text("Enterprise")
        await check_readable(phone)
        shown = (await phone.screen.inner_text()).replace(theirs["name"], "")
        assert CHINESE.findall(shown) == []
        await phone.shot("enterprise_en_320")
        await phone.press(phone.button("Act for it"))
        await expect(bar(phone)).to_contain_text(f"You act for {theirs['name']}")
        await settle(phone)
        await check_readable(phone)
        await phone.shot("enterprise_home_en_320")
