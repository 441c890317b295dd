"""The page /staff in a real browser, as staff use it."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect
from tornado.ioloop import IOLoop

from tests.e2e.plain_pages import hearable, photographed
from tests.http.staff_browser import App
from tests.running_city import STAFF_PASSWORD, RunningCity, running_city

PASSWORD = "a good password of mine"
NUMBER = "11010519491231002X"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Gates and departments do without a second factor, hall clerks do not."""
    loop, stack, folder = IOLoop.current(), AsyncExitStack(), tmp_path_factory.mktemp("city")
    settings = {"identity": {"staff": {"second_factor": ["hall_clerk"]}}}
    yield loop.run_sync(lambda: stack.enter_async_context(running_city(folder, settings)))
    loop.run_sync(stack.aclose)


def chromium() -> str:
    for candidate in (os.environ.get("CST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if candidate and (found := shutil.which(candidate)):
            return found
    raise FileNotFoundError("chromium (CST_CHROMIUM says where one is)")


@asynccontextmanager
async def browsing(city: RunningCity) -> AsyncIterator[Page]:
    """A browser at the page. Whatever a script complains of, or the content policy forbids, fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            page = await (await browser.new_context(locale="zh-CN")).new_page()
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
            page.on("dialog", lambda dialog: dialog.accept())
            await page.goto(f"{city.url}/staff")
            yield page
        finally:
            await browser.close()
    assert complaints == []


async def sign_in(page: Page, name: str, password: str = STAFF_PASSWORD) -> None:
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码", exact=True).fill(password)
    await page.get_by_role("button", name="登录").click()


async def go(page: Page, view: str) -> None:
    await page.get_by_role("link", name=view).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(view)


async def sign_out(page: Page) -> None:
    await page.get_by_role("button", name="退出登录").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("工作人员登录")


async def test_four_eyes_and_the_log(city: RunningCity) -> None:
    async with browsing(city) as page:
        await sign_in(page, "operator", "not the password")
        await expect(page.get_by_role("alert")).to_have_text("用户名或密码未通过核验")
        await sign_in(page, "operator")
        await go(page, "账号管理")
        adding = page.get_by_role("region", name="新增账号")
        await adding.get_by_label("用户名").fill("zhang.san")
        await adding.get_by_label("角色").select_option("operator")
        await adding.get_by_role("button").click()
        await expect(page.locator("#message")).to_contain_text("等待另一位工作人员复核")
        await go(page, "双人复核")
        await expect(page.get_by_text("待复核")).to_be_visible()
        await expect(page.get_by_role("button", name="同意并执行")).to_have_count(0)
        await sign_out(page)
        await sign_in(page, "auditor")
        await go(page, "双人复核")
        await page.get_by_role("button", name="同意并执行").click()
        await expect(page.locator("code.secret")).to_be_visible()
        await expect(page.get_by_text("已同意")).to_be_visible()
        await go(page, "操作日志")
        await page.get_by_role("button", name="校验完整性").click()
        await expect(page.get_by_text("日志完整")).to_be_visible()


async def test_a_new_clerk_from_the_first_password_to_the_first_code(city: RunningCity) -> None:
    async with browsing(city) as page:
        await sign_in(page, "operator")
        await go(page, "账号管理")
        adding = page.get_by_role("region", name="新增账号")
        await adding.get_by_label("用户名").fill("window.3")
        await adding.get_by_label("角色").select_option("hall_clerk")
        await adding.get_by_label("部门").fill("gy.government_services")
        await adding.get_by_label("范围").fill("hall:yunyan")
        await adding.get_by_role("button").click()
        given = await page.locator("code.secret").inner_text()
        await sign_out(page)
        await sign_in(page, "window.3", given)
        await expect(page.get_by_role("heading", level=1)).to_have_text("请先设置自己的密码")
        await page.get_by_label("当前密码").fill(given)
        await page.get_by_label("新密码").fill(PASSWORD)
        await page.get_by_role("button", name="修改密码").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("请先绑定身份验证器")
        await page.get_by_label("当前密码").fill(PASSWORD)
        await page.get_by_role("button", name="绑定身份验证器").click()
        app = App((await page.locator("code.secret").inner_text()).replace(" ", ""))
        await page.get_by_label("动态验证码").fill(app.code())
        await page.get_by_role("button", name="确认").click()
        await expect(page.locator(".codes li")).to_have_count(10)
        await page.get_by_role("button", name="已保存，继续").click()
        await go(page, "窗口核验")
        await page.get_by_label("身份证号码").fill(NUMBER)
        await page.get_by_label("我已当面核对本人与身份证").check()
        await page.get_by_role("button", name="签发核验码").click()
        await expect(page.locator(".digits")).to_have_text(re.compile(r"^\d{4} \d{4}$"))
        await sign_out(page)
        await sign_in(page, "window.3", PASSWORD)
        await page.get_by_label("动态验证码").fill(app.code())
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_text("剩余恢复码：10 个")).to_be_visible()


async def test_a_department_moves_between_posts_and_makes_a_key(city: RunningCity) -> None:
    async with browsing(city) as page:
        await sign_in(page, "department")
        await expect(page.locator("#who")).to_contain_text("gy.housing_fund_centre")
        await go(page, "接口密钥")
        await page.get_by_label("系统名称").fill("core")
        await page.get_by_role("button", name="新建密钥").click()
        key = await page.locator("code.secret").inner_text()
        answer = await city.client.get("/api/v1/department/cards", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        await page.get_by_role("button", name="作废").click()
        await expect(page.get_by_text("已失效")).to_be_visible()
        await go(page, "我的账号")
        await page.get_by_role("button", name="切换到该岗位").click()
        await expect(page.locator("#who")).to_contain_text("gy.human_resources")
        await page.get_by_role("link", name="本部门卡片").click()
        await expect(page.get_by_text("gy.social_security")).to_be_visible()
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("link", name="API keys")).to_be_visible()
        await page.reload()
        await expect(page.locator("#who")).to_contain_text("gy.human_resources")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_signing_in_can_be_read_and_heard_on_screens_of_any_width(city: RunningCity, scheme: str) -> None:
    async with browsing(city) as page:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for language, width in (("zh", 1280), ("en", 1280), ("en", 360), ("zh", 360)):
            await page.set_viewport_size({"width": width, "height": 720})
            button = page.get_by_role("button", name="English" if language == "en" else "中文")
            if await button.count():
                await button.click()
            await expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
            wider = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 0
            await hearable(page)
            await photographed(page, f"staff_sign_in_{language}_{width}_{scheme}")
