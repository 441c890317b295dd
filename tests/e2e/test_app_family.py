"""Family and helpers on phones: named, acted for, ended; a child, an elder; an account that is taken over."""

import json
import re

import pytest
from playwright.async_api import expect

from tests.e2e.acting_steps import bar, masked, phone_of, shown_letters, with_face
from tests.e2e.booking_steps import answer, confirm_page, fill_real_name, sheet, somebody
from tests.e2e.face_steps import show_face
from tests.e2e.phones import Phone, Phones
from tests.e2e.readable import CHINESE, check_readable, settle
from tests.http.api_acting import done, parent_and_child, person_and_helper, place
from tests.http.api_places import park_slot
from tests.http.api_services import SOCIAL, agree


async def fill_person(phone: Phone, person: dict[str, str]) -> None:
    await phone.screen.get_by_role("textbox", name=re.compile("^姓名")).fill(person["name"])
    await phone.screen.get_by_role("textbox", name=re.compile("^身份证号码")).fill(person["id_number"])


async def act_for(phone: Phone, name: str) -> None:
    """Chosen where the home page leads."""
    await phone.open()
    await phone.press(phone.button(re.compile("^办理身份")))
    await phone.press(phone.screen.get_by_role("radio", name=re.compile(re.escape(name))))
    await expect(bar(phone)).to_contain_text(f"正在为 {name} 办理")


async def invite(theirs: Phone) -> str:
    """Names a helper for one card and a week, from 我的 on; the code that is shown."""
    await theirs.open("pages/me/me")
    await theirs.press(theirs.button(re.compile("^家人与代办")))
    await expect(theirs.text("现在没有人可以为您办理。")).to_be_visible()
    await theirs.shot("family_none")
    await theirs.press(theirs.button(re.compile("^请人为我代办")))
    await theirs.press(theirs.button("生成代办码"))
    await expect(theirs.page.get_by_text("请选择可以办理什么")).to_be_visible()
    await theirs.press(theirs.screen.get_by_role("radio", name=re.compile("^选择服务")))
    await theirs.press(theirs.screen.get_by_role("checkbox", name="社保查询"))
    await theirs.press(theirs.screen.get_by_role("radio", name="7 天"))
    await check_readable(theirs)
    await theirs.shot("family_invite")
    await theirs.press(theirs.button("生成代办码"))
    code = await shown_letters(theirs)
    await expect(theirs.text(re.compile(r"(10:00|9:\d\d) 后失效"))).to_be_visible()
    await check_readable(theirs)
    await theirs.accessible()
    await theirs.shot("family_code")
    return code


async def read_and_accept(phone: Phone, code: str, name: str) -> None:
    """A wrong code first; then what the right one offers, which is accepted and begun with."""
    await phone.open("pages/family/code")
    await phone.screen.get_by_role("textbox").fill("AAAAA-AAAAA")
    await phone.press(phone.button("查看内容"))
    await expect(phone.text("这个码不能使用")).to_be_visible()
    await phone.shot("family_code_wrong")
    await phone.screen.get_by_role("textbox").fill(code)
    await phone.press(phone.button("查看内容"))
    await expect(phone.text(f"{name} 请您代办")).to_be_visible()
    await expect(phone.text("只限：社保查询")).to_be_visible()
    await expect(phone.text("接受后 7 天")).to_be_visible()
    await check_readable(phone)
    await phone.shot("family_offer")
    await phone.press(phone.button(re.compile("^接受$")))
    await expect(phone.text("已经接受")).to_be_visible()
    await phone.shot("family_accepted")
    await phone.press(phone.button("现在就为其办理"))
    await expect(bar(phone)).to_contain_text(f"正在为 {name} 办理")
    await phone.accessible()
    await phone.shot("acting_home")


async def use_within_and_beyond(phone: Phone) -> None:
    """What was granted, what was not, and what is one's own alone."""
    await phone.open(f"pages/card/use?card_id={SOCIAL}&operation=accounts")
    await expect(phone.button("重新查询")).to_be_visible()
    await expect(bar(phone)).to_be_visible()
    await phone.shot("acting_use")
    await phone.open("pages/card/use?card_id=gy.housing_fund&operation=balance")
    await expect(phone.text("没有得到这项授权")).to_be_visible()
    await phone.shot("acting_beyond")
    await phone.open("pages/me/sessions")
    await expect(phone.text("这里的内容属于您本人")).to_be_visible()
    await phone.shot("acting_not_allowed")


async def end(theirs: Phone) -> None:
    """After one question; and how it was used is told before."""
    await theirs.open("pages/family/family")
    await expect(theirs.text(re.compile("共 1 次"))).to_be_visible()
    await theirs.shot("family_used")
    await theirs.press(theirs.button(re.compile("^结束与")))
    await answer(theirs, "结束")
    await expect(theirs.text("由被代办人结束")).to_be_visible()
    await theirs.shot("family_ended")


async def told_of_the_end(phone: Phone) -> None:
    """On the phone that still acts: until it was read."""
    await phone.open(f"pages/card/use?card_id={SOCIAL}&operation=accounts")
    over = phone.screen.get_by_role("alert").filter(has_text="的代办已经结束，现在是您本人。")
    await expect(over).to_be_visible()
    await expect(bar(phone)).to_have_count(0)
    await phone.shot("acting_ended")
    await phone.press(phone.button("知道了"))
    await expect(over).to_have_count(0)


async def test_a_helper_is_named_on_one_phone_accepts_on_another_acts_and_is_ended(phones: Phones) -> None:
    person, helper = await phones.city.sign_in(2, somebody()), await phones.city.sign_in(2, somebody())
    await agree(phones.city, person, SOCIAL)
    async with phone_of(phones, person) as theirs, phone_of(phones, helper) as phone:
        code = await invite(theirs)
        await read_and_accept(phone, code, masked(person.person))
        await use_within_and_beyond(phone)
        await end(theirs)
        await told_of_the_end(phone)
        await theirs.open("pages/me/access")
        await expect(theirs.text(re.compile(f"由{re.escape(masked(helper.person))}（代办人）代办"))).to_be_visible()
        await theirs.shot("access_by_helper")


async def test_a_guardian_adds_a_child_with_consent_and_face_books_for_it_and_its_log_shows_it(phones: Phones) -> None:
    number = place()
    parent = await phones.city.sign_in(2, f"resident-{number}")
    child = await phones.city.person(f"child-{number}")
    slot = await park_slot(phones.city)
    async with phone_of(phones, parent) as phone:
        await phone.open("pages/family/family")
        await phone.press(phone.button(re.compile("^添加孩子")))
        await fill_person(phone, child)
        await phone.press(phone.button("添加"))
        await expect(phone.page.get_by_text("请先阅读并勾选同意")).to_be_visible()
        await phone.press(phone.screen.get_by_role("checkbox"))
        await check_readable(phone)
        await phone.shot("child")
        await phone.press(phone.button("添加"))
        await expect(sheet(phone)).to_contain_text("还差一步")
        await phone.press(phone.button("去刷脸"))
        await show_face(phone)
        await expect(phone.title).to_have_text("家人与代办")
        await expect(phone.text("到孩子年满 18 岁")).to_be_visible()
        await check_readable(phone)
        await phone.shot("family_child")

        await act_for(phone, masked(child))
        await phone.open(confirm_page(slot))
        await expect(phone.text(masked(child), exact=True)).to_be_visible()
        await phone.shot("acting_confirm")
        await phone.press(phone.button(re.compile("^确认预约")))
        await expect(phone.text("预约成功")).to_be_visible()
        await phone.shot("acting_booked")
        await phone.open("pages/me/access")
        by = f"{masked(parent.person)}（监护人）代您办理"
        await expect(phone.text(re.compile(re.escape(by)))).to_be_visible()
        await phone.shot("acting_log")
        await phone.open("pages/me/me")
        await expect(phone.text(masked(child), exact=True)).to_be_visible()
        await phone.shot("acting_me")
        await phone.press(phone.button("切换回本人"))
        await expect(phone.text("全部服务")).to_be_visible()
        await expect(bar(phone)).to_have_count(0)
        await phone.tab("预约")
        await expect(phone.text(re.compile("还没有|没有"))).not_to_have_count(0)
        await phone.shot("bookings_own_again")


async def test_an_elder_agrees_with_their_face_on_the_helper_s_phone(phones: Phones) -> None:
    helper = await phones.city.sign_in(2, somebody())
    elder = await phones.city.person("wu_xiulan")
    async with phone_of(phones, helper) as phone:
        await with_face(phone)
        await phone.open("pages/family/elder")
        await fill_person(phone, elder)
        await phone.press(phone.screen.get_by_role("radio", name=re.compile("^全部服务")))
        await phone.press(phone.screen.get_by_role("checkbox", name=re.compile("长辈本人同意")))
        await check_readable(phone)
        await phone.shot("elder")
        await phone.press(phone.button("下一步，长辈刷脸"))
        await expect(phone.text(re.compile("请把手机交给长辈本人"))).to_be_visible()
        await phone.shot("elder_face")
        await show_face(phone, "wu_xiulan")
        await expect(phone.title).to_have_text("家人与代办")
        await expect(phone.text(masked(elder), exact=True)).to_be_visible()
        await phone.shot("family_elder_added")
        (relation,) = [one for one in await relations(phones, phone) if one["live"]]
        assert (relation["kind"], relation["side"], relation["name"]) == ("helper", "helper", masked(elder))


async def relations(phones: Phones, phone: Phone) -> list[dict[str, object]]:
    script = "space => JSON.parse(localStorage.getItem(`mp:${space}:session`)).access_token"
    token = await phone.page.evaluate(script, phone.person)
    found = await phones.city.client.get("/api/v1/family/relations", headers={"Authorization": f"Bearer {token}"})
    items: list[dict[str, object]] = found.raise_for_status().json()["items"]
    return items


async def test_a_child_s_account_is_handed_over_to_its_own_phone_with_a_code(phones: Phones) -> None:
    number = place()
    parent, child, relation = await parent_and_child(phones.city, number)
    young = await phones.city.sign_in(1, f"child-{number}")
    async with phone_of(phones, parent) as phone, phone_of(phones, young) as theirs:
        await with_face(phone)
        await phone.open("pages/family/family")
        await phone.press(phone.button("交给孩子自己的手机"))
        await phone.press(phone.button("生成移交码"))
        code = await shown_letters(phone)
        await phone.shot("handover")

        await theirs.open("pages/identity/real_name")
        await fill_real_name(theirs, child)
        await expect(theirs.text("未满 14 周岁，需要监护人")).to_be_visible()
        await theirs.shot("real_name_child")
        await theirs.press(theirs.button("我有移交码"))
        await expect(theirs.title).to_have_text("接管账号")
        await theirs.screen.get_by_role("textbox", name=re.compile("^移交码")).fill(code)
        await check_readable(theirs)
        await theirs.shot("claim_code")
        await theirs.press(theirs.button("接管"))
        await expect(theirs.text("全部服务")).to_be_visible()
        await theirs.open("pages/family/family")
        await expect(theirs.text(masked(parent.person))).to_be_visible()
        await theirs.shot("family_of_child")
        await phone.open("pages/family/family")
        await expect(phone.text(relation["name"], exact=True)).to_be_visible()
        await expect(phone.button("交给孩子自己的手机")).to_have_count(0)


async def test_a_teen_is_led_from_the_real_name_to_their_face_and_takes_the_account_over(phones: Phones) -> None:
    father = await phones.city.sign_in(3, "chen_guoqiang")
    teen = await phones.city.sign_in(1, "chen_xi")
    person = {"name": teen.person["name"], "id_number": teen.person["id_number"]}
    await done(phones.city, father, "POST", "family/children", {**person, "consent": True})
    async with phone_of(phones, teen) as phone:
        await phone.open("pages/identity/real_name")
        await fill_real_name(phone, person)
        await expect(phone.text("家人已经为您建立过账号")).to_be_visible()
        await check_readable(phone)
        await phone.shot("real_name_managed")
        await phone.press(phone.button("确认是我，接管账号"))
        await phone.press(phone.screen.get_by_role("radio", name=re.compile("^用我的人脸")))
        await phone.shot("claim_face")
        await phone.press(phone.button("下一步，刷脸"))
        await show_face(phone)
        await expect(phone.text("全部服务")).to_be_visible()
        await phone.open("pages/me/me")
        await expect(phone.text(masked(person), exact=True)).to_be_visible()


async def test_a_helper_is_told_who_has_to_agree_and_who_has_to_come_in_person(phones: Phones) -> None:
    person, helper, permission = await person_and_helper(phones.city)
    async with phone_of(phones, helper) as phone:
        await act_for(phone, permission["name"])
        await phone.open(f"pages/card/use?card_id={SOCIAL}&operation=accounts")
        await expect(phone.text("需要本人的授权")).to_be_visible()
        await phone.shot("acting_consent")
        await agree(phones.city, person, SOCIAL)
        await phone.page.reload()
        await expect(phone.button("重新查询")).to_be_visible()
        await phone.open("pages/me/consents")
        await expect(phone.text("这里的内容属于您本人")).to_be_visible()
        await phone.press(phone.button("切换回本人").last)
        await expect(phone.text("全部服务")).to_be_visible()
        await expect(bar(phone)).to_have_count(0)


async def test_signing_out_ends_acting_on_the_phone(phones: Phones) -> None:
    _, helper, permission = await person_and_helper(phones.city)
    async with phone_of(phones, helper) as phone:
        await act_for(phone, permission["name"])
        await phone.open("pages/me/settings")
        await phone.press(phone.button(re.compile("^退出登录")))
        await answer(phone, "退出登录")
        await expect(phone.text("您已退出登录")).to_be_visible()
        await expect(bar(phone)).to_have_count(0)
        assert "acting" not in "".join(await phone.page.evaluate("Object.keys(localStorage)"))


PAGES = {
    "family/acting": ("办理身份", "For whom I act"),
    "family/family": ("家人与代办", "Family and helpers"),
    "family/invite": ("请人为我代办", "Have somebody act for me"),
    "family/code": ("输入代办码", "Enter a code"),
    "family/child": ("添加孩子", "Add a child"),
    "family/elder": ("添加没有手机的长辈", "Add an elder without a phone"),
    "family/handover": ("交给孩子自己的手机", "Hand over to the child’s phone"),
    "family/claim": ("接管账号", "Take over an account"),
    "enterprise/enterprises": ("我的企业", "My enterprises"),
    "enterprise/bind": ("绑定企业", "Bind an enterprise"),
    "enterprise/appoint": ("指定经办人", "Name an agent"),
}
SIZES = [(390, 844, 1), (320, 640, 2)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height", "scale"), SIZES, ids=["390", "320_double"])
async def test_every_screen_can_be_read_and_tapped_while_one_acts(
    phones: Phones, language: str, width: int, height: int, scale: int
) -> None:
    parent, _, relation = await parent_and_child(phones.city)
    async with phone_of(phones, parent, viewport={"width": width, "height": height}) as phone:
        choice = {"grant_id": relation["id"], "capacity": "guardian", "name": relation["name"], "may_consent": True}
        for key, value in {"language": language, "text_scale": scale, "acting": choice}.items():
            name = json.dumps(f"mp:{phone.person}:{key}")
            await phone.page.add_init_script(f"localStorage.setItem({name}, {json.dumps(json.dumps(value))})")
        for path, titles in {"home/home": None, "me/me": None, "bookings/bookings": None, **PAGES}.items():
            await phone.open(f"pages/{path}")
            if titles:
                await expect(phone.title).to_have_text(titles[language == "en"])
            await settle(phone)
            await expect(bar(phone)).to_be_visible()
            await check_readable(phone)
            if titles:
                await phone.accessible()
            if language == "en" and titles:
                shown = re.sub("[\u3400-\u9fff]\\*+", "", await phone.screen.inner_text())
                assert CHINESE.findall(shown) == [], path
            await phone.shot(f"{path.replace('/', '_')}_{language}_{width}")
