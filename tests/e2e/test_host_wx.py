"""wx in a browser: what it can, and how it fails at what it cannot, in WeChat's own words."""

import json
from typing import Any

from playwright.async_api import Route, expect

from tests.e2e.hosts import AT, SANDBOX, Hosts

UNAVAILABLE = (
    "requestPayment", "requestSubscribeMessage", "requestFacialVerify", "getLocation", "getUserProfile",
    "navigateToMiniProgram", "saveImageToPhotosAlbum", "chooseAddress", "openSetting", "scanCode",
)  # fmt: skip


def answering(body: Any, status: int = 200, **headers: str) -> Any:
    async def answer(route: Route) -> None:
        await route.fulfill(
            status=status, body=json.dumps(body), headers={"Content-Type": "application/json", **headers}
        )

    return answer


async def echo(route: Route) -> None:
    request = route.request
    body = {"method": request.method, "url": request.url, "body": request.post_data, "headers": request.headers}
    await route.fulfill(body=json.dumps(body), content_type="application/json")


async def test_a_request_is_sent_as_wechat_sends_it(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.route(f"{AT}/api/**", echo)
        url = f"{AT}/api/echo"
        read = (await host.call("request", {"url": url, "data": {"q": "公积金", "n": 1}}))["data"]
        assert read["url"] == f"{url}?q=%E5%85%AC%E7%A7%AF%E9%87%91&n=1"
        sent = (await host.call("request", {"url": url, "method": "POST", "data": {"a": 1}}))["data"]
        assert (sent["body"], sent["headers"]["content-type"]) == ('{"a":1}', "application/json")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = (await host.call("request", {"url": url, "method": "POST", "header": form, "data": {"a": "b c"}}))[
            "data"
        ]
        assert sent["body"] == "a=b%20c"
        sent = (await host.call("request", {"url": url, "method": "PUT", "header": {"X-One": "two"}, "data": "raw"}))[
            "data"
        ]
        assert (sent["method"], sent["body"], sent["headers"]["x-one"]) == ("PUT", "raw", "two")


async def test_an_answer_is_read_as_wechat_reads_it_whatever_its_status(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.route(f"{AT}/api/problem", answering({"code": "x"}, 409, **{"Retry-After": "7"}))
        answer = await host.call("request", {"url": f"{AT}/api/problem"})
        assert (answer["statusCode"], answer["data"], answer["header"]["retry-after"]) == (409, {"code": "x"}, "7")
        assert answer["errMsg"] == "request:ok"
        text = await host.call("request", {"url": f"{AT}/api/problem", "dataType": "text"})
        assert text["data"] == '{"code": "x"}'


async def test_a_request_that_does_not_come_about_fails(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()

        async def never(_route: Route) -> None:
            return

        await host.page.route(f"{AT}/api/never", never)
        await host.page.route(f"{AT}/api/away", lambda route: route.abort())
        late = await host.call("request", {"url": f"{AT}/api/never", "timeout": 50})
        assert late["errMsg"] == "request:fail timeout"
        assert (await host.call("request", {"url": f"{AT}/api/away"}))["errMsg"].startswith("request:fail ")
        aborted = await host.page.evaluate(
            "url => new Promise((fail) => wx.request({url, fail}).abort())", f"{AT}/api/never"
        )
        assert aborted["errMsg"] == "request:fail abort"


async def test_the_network_goes_and_comes(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        assert (await host.call("getNetworkType"))["networkType"] == "wifi"
        await host.page.evaluate("wx.onNetworkStatusChange(({isConnected}) => { window.connected = isConnected })")
        await host.page.context.set_offline(True)
        await host.page.wait_for_function("window.connected === false")
        assert (await host.call("getNetworkType"))["networkType"] == "none"
        await host.page.context.set_offline(False)
        await host.page.wait_for_function("window.connected === true")


async def test_what_is_stored_keeps_its_type_and_outlives_the_page(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        values = [1, "text", {"a": [None, True]}, "", "0"]
        await host.page.evaluate("values => values.forEach((value, at) => wx.setStorageSync(`k${at}`, value))", values)
        await host.page.reload()
        await expect(host.title).to_have_text("First")
        kept = await host.page.evaluate("[0, 1, 2, 3, 4].map((at) => wx.getStorageSync(`k${at}`))")
        assert kept == values
        assert (await host.call("getStorage", {"key": "k2"}))["data"] == values[2]
        assert await host.call("getStorage", {"key": "none"}) == {"errMsg": "getStorage:fail data not found"}
        assert await host.page.evaluate("wx.getStorageSync('none')") == ""
        await host.call("removeStorage", {"key": "k0"})
        assert sorted((await host.page.evaluate("wx.getStorageInfoSync()"))["keys"]) == ["k1", "k2", "k3", "k4"]
        await host.call("clearStorage")
        assert (await host.page.evaluate("wx.getStorageInfoSync()"))["keys"] == []


async def test_more_than_the_browser_keeps_is_refused(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        answer = await host.page.evaluate(
            "wx.setStorage({key: 'large', data: 'x'.repeat(2e7)}).catch((error) => error)"
        )
        assert answer == {"errMsg": "setStorage:fail exceed storage max size 10Mb"}


async def test_dialogs_are_answered_and_can_be_left(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        ask = "options => { window.answer = wx.showModal(options) }"
        await host.page.evaluate(ask, {"title": "Sure?", "content": "Really"})
        await expect(host.page.get_by_role("dialog", name="Sure?")).to_contain_text("Really")
        await host.page.get_by_role("button", name="确定").tap()
        assert await host.page.evaluate("answer") == {"errMsg": "showModal:ok", "confirm": True, "cancel": False}
        await host.page.evaluate(ask, {"title": "Sure?", "confirmText": "Yes", "cancelText": "No"})
        await host.page.keyboard.press("Escape")
        assert (await host.page.evaluate("answer"))["cancel"] is True
        await host.page.evaluate(ask, {"title": "Name", "editable": True, "placeholderText": "yours"})
        await host.page.get_by_placeholder("yours").fill("Lin")
        await host.page.get_by_role("button", name="确定").tap()
        assert (await host.page.evaluate("answer"))["content"] == "Lin"


async def test_of_a_sheet_one_item_is_chosen_or_none(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        ask = "() => { window.answer = wx.showActionSheet({itemList: ['one', 'two']}).catch((error) => error) }"
        await host.page.evaluate(ask)
        await host.page.get_by_role("button", name="two").tap()
        assert await host.page.evaluate("answer") == {"errMsg": "showActionSheet:ok", "tapIndex": 1}
        await host.page.evaluate(ask)
        await host.page.get_by_role("button", name="取消").tap()
        assert await host.page.evaluate("answer") == {"errMsg": "showActionSheet:fail cancel"}


async def test_going_to_another_page_leaves_a_dialog_unanswered(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.evaluate("() => { window.answer = wx.showModal({title: 'Sure?'}) }")
        await host.call("navigateTo", {"url": "/pages/second/second"})
        assert (await host.page.evaluate("answer"))["cancel"] is True
        await expect(host.page.get_by_role("dialog")).to_have_count(0)


async def test_toasts_are_said_and_go(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.call("showToast", {"title": "Saved", "icon": "none", "duration": 300})
        await expect(host.page.get_by_role("status")).to_have_text("Saved")
        await expect(host.page.get_by_role("status")).to_be_empty()
        await host.call("showLoading", {"title": "Wait"})
        await host.call("hideToast")
        await expect(host.page.get_by_role("status")).to_have_text("Wait")
        await host.call("hideLoading")
        await expect(host.page.get_by_role("status")).to_be_empty()


async def test_a_chosen_picture_is_read_like_a_file(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        async with host.page.expect_file_chooser() as chooser:
            await host.page.evaluate("() => { window.chosen = wx.chooseMedia({count: 1, mediaType: ['image']}) }")
        picture = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG and more"}
        await (await chooser.value).set_files(picture)  # type: ignore[arg-type]
        [file] = (await host.page.evaluate("chosen"))["tempFiles"]
        assert (file["size"], file["fileType"]) == (13, "image")
        read = {"filePath": file["tempFilePath"], "encoding": "base64"}
        data = await host.page.evaluate(
            "o => new Promise((success) => wx.getFileSystemManager().readFile({...o, success}))", read
        )
        assert data == {"errMsg": "readFile:ok", "data": "iVBORyBhbmQgbW9yZQ=="}
        missing = await host.page.evaluate(
            "wx.getFileSystemManager().readFile({filePath: 'wxfile://no'}).catch((e) => e)"
        )
        assert missing["errMsg"].startswith("readFile:fail no such file")


async def test_a_file_is_uploaded_with_its_fields_and_another_downloaded(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await host.page.route(f"{AT}/api/**", echo)
        write = "wx.getFileSystemManager().writeFileSync('wxfile://usr/note.txt', 'a note')"
        await host.page.evaluate(write)
        upload = {"url": f"{AT}/api/up", "filePath": "wxfile://usr/note.txt", "name": "file", "formData": {"why": "so"}}
        answer = await host.call("uploadFile", upload)
        sent = json.loads(answer["data"])
        assert answer["statusCode"] == 200
        assert sent["headers"]["content-type"].startswith("multipart/form-data; boundary=")
        assert 'name="why"\r\n\r\nso' in sent["body"]
        assert 'filename="note.txt"' in sent["body"]
        gone = await host.call("uploadFile", {**upload, "filePath": "wxfile://none"})
        assert gone["errMsg"].startswith("uploadFile:fail no such file")
        down = await host.call("downloadFile", {"url": f"{AT}/api/down"})
        size = "path => new Promise((success) => wx.getFileSystemManager().getFileInfo({filePath: path, success}))"
        assert (await host.page.evaluate(size, down["tempFilePath"]))["size"] > 0


async def test_places_on_the_page_are_measured_from_below_the_navigation_bar(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/lists/lists")
        query = "wx.createSelectorQuery().select(selector).boundingClientRect(done).exec()"
        measure = f"selector => new Promise((done) => {query})"
        place = await host.page.evaluate(measure, "#scroll")
        window = await host.page.evaluate("wx.getWindowInfo()")
        assert (place["top"], place["height"], place["width"]) == (0, 200, window["windowWidth"])
        assert window["windowHeight"] == window["screenHeight"] - 44
        await host.call("pageScrollTo", {"selector": "#end", "duration": 0})
        await expect(host.at("end")).to_be_in_viewport()


async def test_without_a_demo_there_is_no_signing_in(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        assert (await host.call("login"))["errMsg"].startswith("login:fail not available in a browser")
        assert await host.page.evaluate("wx.getAccountInfoSync().miniProgram.envVersion") == "release"
        await expect(host.page.locator("#demo")).to_be_hidden()


async def test_in_the_demo_the_sandbox_gives_the_codes(hosts: Hosts) -> None:
    async with hosts.host(demo=True) as host:
        asked: list[str] = []

        async def sandbox(route: Route) -> None:
            asked.append(f"{route.request.method} {route.request.url.removeprefix(SANDBOX)}")
            body: dict[str, Any] = {"code": "0xcode"} if route.request.url.endswith("_code") else {"personas": []}
            await route.fulfill(body=json.dumps(body), headers={"Access-Control-Allow-Origin": AT})

        await host.page.route(f"{SANDBOX}/**", sandbox)
        await host.open("pages/controls/controls")
        assert await host.call("login") == {"errMsg": "login:ok", "code": "0xcode"}
        await host.screen.get_by_role("button", name="Phone").tap()
        await host.says({"errMsg": "getPhoneNumber:ok", "code": "0xcode"})
        assert {"POST /personas/lin_yue/wechat_code", "POST /personas/lin_yue/phone_code"} <= set(asked)


async def test_what_a_browser_cannot_do_fails_and_is_no_function_that_can_be_used(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        for name in UNAVAILABLE:
            assert (await host.call(name))["errMsg"].startswith(f"{name}:fail "), name
            rejected = await host.page.evaluate(f"wx.{name}({{}}).catch((error) => error)")
            assert rejected["errMsg"].startswith(f"{name}:fail "), name
        assert await host.page.evaluate(
            "[wx.canIUse('requestPayment'), wx.canIUse('request'), wx.canIUse('none')]"
        ) == [
            False,
            True,
            False,
        ]
