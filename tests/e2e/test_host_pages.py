"""The browser host's pages: the stack, its history, the bars, and what pages and the app are told of their lives."""

import asyncio
import re

from playwright.async_api import Route, expect

from tests.e2e.hosts import AT, Hosts
from tests.e2e.phones import SECONDS


async def test_a_page_lives_as_in_wechat(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await expect(host.title).to_have_text("First")
        await host.page.evaluate("new Promise(requestAnimationFrame)")
        assert await host.log() == [
            "app launched at pages/first/first",
            "first onLoad {}",
            "first onShow",
            "first onReady",
        ]
        await host.call("navigateTo", {"url": "/pages/second/second?a=1&b=%E4%B8%AD"})
        await host.page.evaluate("new Promise(requestAnimationFrame)")
        noted = ["first onHide", 'second onLoad {"a":"1","b":"%E4%B8%AD"}', "second onShow", "second onReady"]
        assert await host.log() == noted
        await host.call("navigateBack")
        assert await host.log() == ["second onUnload", "first onShow"]


async def test_the_keyboard_goes_to_the_new_page_and_back_to_where_it_was(hosts: Hosts) -> None:
    async with hosts.host(touch=False) as host:
        await host.open()
        link = host.screen.get_by_role("link", name="to the second")
        await link.focus()
        await host.page.keyboard.press("Enter")
        await expect(host.title).to_have_text("Second")
        await expect(host.page.get_by_role("main", name="Second")).to_be_focused()
        await host.page.go_back()
        await expect(host.title).to_have_text("First")
        await expect(link).to_be_focused()


async def test_pages_of_the_tab_bar_stay_as_they_were(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.get_by_role("link", name="Tab").tap()
        await host.at("count").tap()
        await expect(host.at("count")).to_have_text("1")
        await host.call("navigateTo", {"url": "/pages/second/second"})
        await expect(host.page.locator("#tabs")).to_be_hidden()
        await host.log()
        await host.call("switchTab", {"url": "/pages/first/first"})
        assert await host.log() == ["second onUnload", "first onShow"]
        await host.page.get_by_role("link", name="Tab").tap()
        await expect(host.at("count")).to_have_text("1")
        assert await host.log() == ["first onTabItemTap", "first onHide", "tab onShow"]
        await host.call("reLaunch", {"url": "/pages/tab/tab"})
        await expect(host.at("count")).to_have_text("0")


async def test_redirecting_takes_the_place_of_the_page(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.call("navigateTo", {"url": "/pages/second/second"})
        await host.log()
        await host.call("redirectTo", {"url": "/pages/styles/styles"})
        assert await host.log() == ["second onUnload"]
        await host.page.go_back()
        await expect(host.title).to_have_text("First")


async def test_the_browsers_back_and_forward_go_through_the_stack(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.call("navigateTo", {"url": "/pages/second/second?step=2"})
        await host.call("navigateTo", {"url": "/pages/styles/styles"})
        assert host.page.url == f"{AT}/#/pages/styles/styles"
        await host.page.go_back()
        await expect(host.at("query")).to_have_text('{"step":"2"}')
        await host.page.go_back()
        await expect(host.title).to_have_text("First")
        await host.page.go_forward()
        await expect(host.at("query")).to_have_text('{"step":"2"}')
        await host.page.evaluate("history.go(1)")
        await expect(host.title).to_have_text("Styles")


async def test_a_reload_finds_the_whole_stack_again(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.call("navigateTo", {"url": "/pages/second/second?step=2"})
        await host.call("navigateTo", {"url": "/pages/styles/styles"})
        await host.page.reload()
        await expect(host.title).to_have_text("Styles")
        routes = "getCurrentPages().map(({route}) => route)"
        stack = ["pages/first/first", "pages/second/second", "pages/styles/styles"]
        assert await host.page.evaluate(routes) == stack
        await host.page.get_by_role("button", name="返回").tap()
        await expect(host.at("query")).to_have_text('{"step":"2"}')
        await host.call("navigateBack", {"delta": 9})
        await expect(host.title).to_have_text("First")


async def test_going_back_several_pages_leaves_those_between(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        for url in ("/pages/second/second", "/pages/styles/styles", "/pages/lists/lists"):
            await host.call("navigateTo", {"url": url})
        await host.log()
        await host.call("navigateBack", {"delta": 2})
        await expect(host.title).to_have_text("Second")
        assert await host.log() == ["lists onUnload", "second onShow"]


async def test_an_address_that_is_changed_by_hand_opens_that_page_alone(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.evaluate("location.hash = '#/pages/styles/styles'")
        await expect(host.title).to_have_text("Styles")
        assert await host.page.evaluate("getCurrentPages().length") == 1
        await host.page.get_by_role("button", name="返回首页").tap()
        await expect(host.title).to_have_text("First")


async def test_an_address_that_is_changed_while_another_page_is_on_its_way_is_the_one_that_counts(hosts: Hosts) -> None:
    async with hosts.host() as host:
        held: asyncio.Queue[Route] = asyncio.Queue()

        await host.page.route("**/app/controls-*.js", held.put)
        await host.open()
        await host.page.evaluate("location.hash = '#/pages/controls/controls'")
        async with asyncio.timeout(SECONDS):
            asked = await held.get()
        await host.page.evaluate("location.hash = '#/pages/styles/styles'")
        await asked.fallback()
        await expect(host.title).to_have_text("Styles")
        assert await host.page.evaluate("location.hash") == "#/pages/styles/styles"


async def test_an_address_that_is_no_page_leads_to_the_first_and_the_app_is_told(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/nowhere/nowhere?a=1")
        await expect(host.title).to_have_text("First")
        assert "app found no pages/nowhere/nowhere" in await host.log()


async def test_where_one_cannot_go_is_refused_in_wechats_words(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        for function, url, reason in (
            ("navigateTo", "/pages/tab/tab", "can not navigateTo a tabbar page"),
            ("redirectTo", "/pages/tab/tab", "can not redirectTo a tabbar page"),
            ("switchTab", "/pages/second/second", "can not switch to no-tabBar page"),
            ("navigateTo", "/pages/none", 'page "pages/none" is not found'),
            ("reLaunch", "../none", 'page "pages/none" is not found'),
        ):
            assert await host.call(function, {"url": url}) == {"errMsg": f"{function}:fail {reason}"}
        back = await host.call("navigateBack")
        assert back == {"errMsg": "navigateBack:fail cannot navigate back at first page"}
        for _ in range(9):
            assert (await host.call("navigateTo", {"url": "/pages/styles/styles"}))["errMsg"] == "navigateTo:ok"
        too_many = await host.call("navigateTo", {"url": "/pages/styles/styles"})
        assert too_many["errMsg"] == "navigateTo:fail webview count limit exceed: 10"


async def test_taps_that_come_at_once_open_one_page_after_the_other(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.evaluate(
            "Promise.all(['second/second', 'styles/styles'].map((page) => wx.navigateTo({url: `/pages/${page}`})))"
        )
        assert await host.page.evaluate("getCurrentPages().length") == 3
        await expect(host.title).to_have_text("Styles")


async def test_a_page_and_the_page_it_opens_speak_to_each_other(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.evaluate(
            "wx.navigateTo({url: '/pages/second/second'})"
            ".then(({eventChannel}) => eventChannel.emit('greeting', {words: 'hello'}))"
        )
        await expect(host.at("told")).to_have_text("hello")


async def test_the_bars_say_what_the_page_says(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/second/second")
        await host.call("setNavigationBarTitle", {"title": "Another"})
        await expect(host.title).to_have_text("Another")
        assert await host.page.title() == "Another"
        await host.call("setNavigationBarColor", {"frontColor": "#ffffff", "backgroundColor": "#ff0000"})
        await expect(host.page.locator("#navigation")).to_have_css("background-color", "rgb(255, 0, 0)")
        await host.call("switchTab", {"url": "/pages/tab/tab"})
        await host.call("setTabBarBadge", {"index": 1, "text": "3"})
        await expect(host.page.locator("#tabs .badge")).to_have_text("3")
        await expect(host.page.get_by_role("link", name=re.compile("Tab"))).to_have_attribute("aria-current", "page")
        await host.call("hideTabBar")
        await expect(host.page.locator("#tabs")).to_be_hidden()
        assert (await host.call("setTabBarBadge", {"index": 7, "text": "x"}))["errMsg"].startswith(
            "setTabBarBadge:fail"
        )


async def test_what_a_page_throws_is_the_apps_to_hear_and_leaves_the_host_working(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/broken/broken")
        await host.screen.get_by_role("button").tap()
        await host.call("navigateTo", {"url": "/pages/second/second"})
        await expect(host.title).to_have_text("Second")
        noted = " ".join(await host.log())
        assert "broken at load" in noted
        assert "broken by a tap" in noted
        assert [fault for fault in host.faults if "broken at load" not in fault] == []
        host.faults.clear()


async def test_the_first_page_waits_for_no_others_code(hosts: Hosts) -> None:
    async with hosts.host() as host:
        held: asyncio.Queue[Route] = asyncio.Queue()

        await host.page.route("**/app/controls-*.js", held.put)
        await host.open()
        await expect(host.title).to_have_text("First")
        await host.page.evaluate("wx.navigateTo({url: '/pages/controls/controls'}), null")
        async with asyncio.timeout(SECONDS):
            asked = await held.get()
        await expect(host.title).to_have_text("First")
        await asked.fallback()
        await expect(host.title).to_have_text("Controls")


async def test_once_there_was_time_all_pages_open_without_a_network(hosts: Hosts) -> None:
    async with hosts.host() as host:
        async with host.page.expect_response("**/app/broken-*.js"):
            await host.open()
        await host.page.context.set_offline(True)
        await host.page.unroute_all()
        await host.page.route("**", lambda route: route.abort())
        assert (await host.call("navigateTo", {"url": "/pages/controls/controls"}))["errMsg"] == "navigateTo:ok"
        await expect(host.screen.get_by_role("button", name="Send")).to_be_visible()


async def test_a_page_that_cannot_be_brought_is_brought_by_the_newer_app(hosts: Hosts) -> None:
    async with hosts.host() as host:
        missing = ["first"]

        async def gone_once(route: Route) -> None:
            await (route.fulfill(status=404) if missing and missing.pop() else route.fallback())

        await host.page.route("**/app/controls-*.js", gone_once)
        await host.open()
        await host.page.evaluate("wx.navigateTo({url: '/pages/controls/controls'}), null")
        await host.page.wait_for_function("performance.getEntriesByType('navigation')[0].type === 'reload'")
        await expect(host.title).to_have_text("First")
        assert (await host.call("navigateTo", {"url": "/pages/controls/controls"}))["errMsg"] == "navigateTo:ok"


async def test_a_page_that_cannot_be_brought_at_all_is_a_failure_that_is_seen(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.page.route("**/app/controls-*.js", lambda route: route.abort())
        await host.open()
        await host.page.evaluate("sessionStorage.setItem('host:reloaded', 'yes')")
        answer = await host.call("navigateTo", {"url": "/pages/controls/controls"})
        assert answer["errMsg"].startswith("navigateTo:fail 页面没有加载成功")
        await expect(host.page.get_by_role("status")).to_contain_text("页面没有加载成功")
        await expect(host.title).to_have_text("First")


async def test_pages_hear_of_the_window_of_pulling_and_of_their_end(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/lists/lists")
        await host.log()
        await host.page.set_viewport_size({"width": 390, "height": 600})
        await host.screen.evaluate("frame => frame.scrollTo(0, frame.scrollHeight)")
        await host.page.wait_for_function("getApp().globalData.log.includes('lists onReachBottom')")
        assert "lists onResize" in await host.log()
        await host.call("switchTab", {"url": "/pages/tab/tab"})
        await host.log()
        await host.call("startPullDownRefresh")
        assert await host.log() == ["tab onPullDownRefresh"]
