"""The browser host's built-in components: with a finger, with the mouse, with the keyboard, and as a screen reader
finds them; and the styles of pages and components."""

import base64
import io
import re

from PIL import Image
from playwright.async_api import expect

from tests.e2e.hosts import Host, Hosts


async def controls(host: Host) -> None:
    await host.open("pages/controls/controls")


async def test_wxml_and_wxs_are_what_they_are_in_wechat(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await expect(host.at("kinds")).to_have_text("Array String Object a#b#")
        await expect(host.at("picture-size")).to_have_text("6x4")


async def test_a_tap_is_a_tap_however_it_comes_about(hosts: Hosts) -> None:
    for touch in (True, False):
        async with hosts.host(touch=touch) as host:
            await host.open()
            pressed = host.at("pressed")
            await (pressed.tap() if touch else pressed.click())
            await expect(pressed).to_have_text("tapped pressed number")
            await host.at("outer").focus()
            await host.page.keyboard.press("Enter")
            await expect(host.at("outer")).to_contain_text("outer 1")
            await host.page.keyboard.press("Space")
            await expect(host.at("outer")).to_contain_text("outer 2")
            await host.at("inner").click()
            await expect(host.at("inner")).to_have_text("inner 1")
            await expect(host.at("outer")).to_contain_text("outer 2")


async def test_what_is_held_is_held_and_not_tapped(hosts: Hosts) -> None:
    async with hosts.host(touch=False) as host:
        await host.open()
        await host.at("pressed").hover()
        await host.page.mouse.down()
        await expect(host.at("pressed")).to_have_text("held")
        await host.page.mouse.up()
        await expect(host.at("pressed")).to_have_text("held")


async def test_what_is_under_the_finger_shows_it(hosts: Hosts) -> None:
    async with hosts.host(touch=False) as host:
        await host.open()
        await host.at("hover").hover()
        await host.page.mouse.down()
        await expect(host.at("hover")).to_have_css("background-color", "rgb(9, 9, 9)")
        await host.page.mouse.up()
        await expect(host.at("hover")).not_to_have_css("background-color", "rgb(9, 9, 9)")


async def test_styles_of_a_page_are_of_that_page_and_those_of_the_app_of_all(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await expect(host.screen.locator(".own")).to_have_css("font-size", "39px")  # 75rpx of 750 on 390 px
        await host.call("navigateTo", {"url": "/pages/styles/styles"})
        await expect(host.screen.locator(".own")).to_have_css("font-size", "16px")
        await expect(host.screen.locator(".everywhere")).to_have_css("color", "rgb(1, 2, 3)")


async def test_a_component_has_its_own_styles_its_slot_its_life_and_its_events(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/second/second")
        box = host.screen.locator("a-box [role=button]")
        await expect(box).to_have_css("color", "rgb(0, 100, 0)")
        await expect(box).to_have_css("letter-spacing", "3px")
        await expect(box).to_contain_text("a title attached shown")
        await expect(box.locator("wx-view")).to_have_text("in the box")
        await box.tap()
        await expect(host.at("told")).to_have_text("from a title")


async def test_what_is_typed_is_told_and_limited(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        name = host.screen.get_by_role("textbox", name="Your name")
        await name.press_sequentially("abcdefg")
        await expect(name).to_have_value("abcde")
        await host.says("abcde")
        await name.press("Enter")
        await host.says({"confirmed": "abcde"})
        await host.screen.get_by_label("Two ways").fill("both")
        await expect(host.at("two")).to_have_text("both")


async def test_half_a_word_of_an_input_method_is_not_told(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        await host.screen.get_by_role("textbox", name="Your name").focus()
        keyboard = await host.page.context.new_cdp_session(host.page)
        await keyboard.send("Input.imeSetComposition", {"text": "gong", "selectionStart": 4, "selectionEnd": 4})
        await expect(host.screen.get_by_role("textbox", name="Your name")).to_have_value("gong")
        await expect(host.at("said")).to_be_empty()
        await keyboard.send("Input.insertText", {"text": "公积金"})
        await host.says("公积金")


async def test_choices_are_made_by_their_labels(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        await host.screen.get_by_text("Wanted").tap()
        await host.says({"switch": True})
        await host.screen.get_by_role("checkbox", name="red").tap()
        await host.says({"colours": ["red", "blue"]})
        await host.screen.get_by_text("large").tap()
        await host.says({"size": "large"})
        await expect(host.screen.get_by_role("radio", name="small")).not_to_be_checked()
        await expect(host.screen.get_by_role("switch", name="Wanted")).to_be_checked()


async def test_pickers_are_the_browsers_own(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        await host.screen.get_by_role("combobox", name="Fruit").select_option("plum")
        await expect(host.at("fruit")).to_have_text("plum")
        await host.screen.get_by_label("Day").fill("2026-05-04")
        await host.says({"day": "2026-05-04"})
        await host.screen.get_by_role("button", name="Both").tap()
        columns = host.page.get_by_role("dialog").get_by_role("combobox")
        await columns.nth(0).select_option("b")
        await columns.nth(1).select_option("3")
        await host.page.get_by_role("button", name="确定").tap()
        await host.says({"both": [1, 2]})
        await host.screen.get_by_role("button", name="Region").tap()
        await expect(host.at("said")).to_contain_text("picker:fail mode region")


async def test_a_form_sends_what_its_fields_hold_and_empties_them(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        await host.screen.get_by_role("textbox", name="Your name").fill("Lin")
        await host.screen.get_by_label("Many words").fill("one\ntwo")
        await host.screen.get_by_role("button", name="Send").tap()
        await expect(host.at("said")).to_contain_text('"wanted"')
        sent = await host.said()
        assert (sent["name"], sent["two"], sent["words"], sent["wanted"]) == ("Lin", "start", "one\ntwo", False)
        assert (sent["fruit"], sent["much"]) == (1, 30)
        await host.screen.get_by_role("button", name="Clear").tap()
        await host.says("cleared")
        await expect(host.screen.get_by_role("textbox", name="Your name")).to_have_value("")


async def test_a_disabled_button_is_no_button(hosts: Hosts) -> None:
    async with hosts.host(touch=False) as host:
        await controls(host)
        button = host.screen.get_by_role("button", name="Disabled")
        await expect(button).to_be_disabled()
        await button.click(force=True)
        await button.dispatch_event("click")
        await host.screen.get_by_role("button", name="Clear").click()
        await host.says("cleared")


async def test_what_a_button_cannot_open_in_a_browser_fails_in_wechats_words(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        await host.screen.get_by_role("button", name="Phone").tap()
        assert (await host.said())["errMsg"].startswith("getPhoneNumber:fail not available in a browser")
        await host.screen.get_by_role("button", name="Contact").tap()
        await expect(host.at("said")).to_contain_text("contact:fail not supported in a browser")


async def test_rich_text_shows_and_does_nothing_else(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        rich = host.screen.locator("wx-rich-text")
        await expect(rich.locator("p")).to_have_css("color", "rgb(7, 7, 7)")
        await expect(rich).to_have_text("rich textlink")
        assert await rich.locator("script, a, [onclick], [onerror], [src]").count() == 0


async def test_a_screen_reader_finds_names_roles_and_states(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await controls(host)
        await expect(host.screen.get_by_role("progressbar", name="Progress")).to_have_attribute("aria-valuenow", "40")
        await expect(host.screen.get_by_role("slider", name="How much")).to_have_value("30")
        await expect(host.page.get_by_role("heading", level=1)).to_have_text("Controls")
        assert await host.page.evaluate("document.documentElement.lang") == "zh-CN"


async def test_an_animation_is_played_step_by_step(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        steps = "wx.createAnimation({duration: 20}).translateX(40).step().opacity(.5).step().export()"
        await host.page.evaluate(f"getCurrentPages()[0].setData({{animation: {steps}}})")
        await expect(host.at("moving")).to_have_css("transform", "matrix(1, 0, 0, 1, 40, 0)")
        await expect(host.at("moving")).to_have_css("opacity", "0.5")


async def test_what_is_false_is_said_to_be_false(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open()
        await expect(host.at("chosen")).to_have_attribute("aria-checked", "false")
        await host.at("chosen").tap()
        await expect(host.at("chosen")).to_have_attribute("aria-checked", "true")
        await expect(host.screen.get_by_role("heading", level=2)).to_have_text("chapter")


async def test_a_list_scrolls_tells_its_end_and_brings_a_row_into_view(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/lists/lists")
        scroll = host.at("scroll")
        await host.page.evaluate("getCurrentPages()[0].setData({into: 'row-20'})")
        await expect(host.at("row-20")).to_be_in_viewport()
        await scroll.evaluate("list => list.scrollTo(0, list.scrollHeight)")
        await host.says("lower")


async def test_slides_and_wheels_turn(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/lists/lists")
        await host.at("swiper").evaluate("swiper => swiper.scrollTo(2 * swiper.clientWidth, 0)")
        await host.says({"current": 2, "source": "touch"})
        await host.page.evaluate("getCurrentPages()[0].setData({current: 1})")
        await expect(host.screen.get_by_text("slide 1")).to_be_in_viewport()
        column = host.at("wheel").locator("wx-picker-view-column")
        await expect(host.screen.get_by_text("wheel 1", exact=True)).to_be_in_viewport()
        await column.evaluate("column => column.scrollTo(0, 4 * 34)")
        await expect(host.at("said")).to_have_text('{"value":[4]}')


async def test_behind_a_popup_nothing_scrolls_but_inside_it_does(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/lists/lists")
        await host.page.evaluate("getCurrentPages()[0].setData({popup: true})")
        fingers = await host.page.context.new_cdp_session(host.page)

        async def drag(y: int) -> None:
            for kind, at in (("touchStart", y), ("touchMove", y - 30), ("touchMove", y - 60), ("touchMove", y - 90)):
                await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 100, "y": at}]})
            await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        await drag(600)
        assert await host.screen.evaluate("frame => frame.scrollTop") == 0
        await drag(130)
        inner = host.at("popup").locator("wx-scroll-view")
        await host.page.wait_for_function("list => list.scrollTop > 0", arg=await inner.element_handle())
        assert await host.screen.evaluate("frame => frame.scrollTop") == 0


def two_halves() -> bytes:
    """A picture that is red on the left and blue on the right."""
    picture, file = Image.new("RGB", (640, 464), "red"), io.BytesIO()
    picture.paste("blue", (320, 0, 640, 464))
    picture.save(file, "JPEG")
    return file.getvalue()


async def photographed(host: Host, *, mirror: bool) -> Image.Image:
    script = """async (selfieMirror) => {
      const {tempImagePath: filePath} = await wx.createCameraContext().takePhoto({selfieMirror})
      return wx.getFileSystemManager().readFileSync(filePath, 'base64')
    }"""
    photo = await host.page.evaluate(script, mirror)
    return Image.open(io.BytesIO(base64.b64decode(photo)))


async def test_the_front_camera_is_a_mirror_and_its_photo_is_one_unless_asked_otherwise(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/camera/camera")
        await expect(host.at("said")).to_have_text("ready")
        await host.camera.show(host.page, two_halves())
        photo = await photographed(host, mirror=False)
        assert (photo.format, photo.size) == ("JPEG", (640, 480))
        red, _, blue = photo.convert("RGB").getpixel((100, 240))  # type: ignore[misc]
        assert red > blue
        red, _, blue = (await photographed(host, mirror=True)).convert("RGB").getpixel((100, 240))  # type: ignore[misc]
        assert blue > red
        assert "matrix(-1" in await host.screen.locator("video").evaluate("video => getComputedStyle(video).transform")


async def test_a_photo_can_be_looked_at(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.open("pages/camera/camera")
        await expect(host.at("said")).to_have_text("ready")
        path = await host.page.evaluate("wx.createCameraContext().takePhoto({}).then((photo) => photo.tempImagePath)")
        assert re.fullmatch(r"wxfile://tmp_\d+\.jpg", path)
        measured = await host.call("getImageInfo", {"src": path})
        assert (measured["width"], measured["height"], measured["type"]) == (640, 480, "jpeg")
        await host.page.evaluate("photo => getCurrentPages()[0].setData({photo})", path)
        await expect(host.at("photo").locator("img")).to_have_js_property("naturalWidth", 640)


async def test_a_camera_that_is_refused_says_so_as_wechat_does(hosts: Hosts) -> None:
    async with hosts.host() as host:
        await host.page.add_init_script(
            "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        )
        await host.open("pages/camera/camera")
        await expect(host.at("said")).to_have_text("camera:fail auth deny")
        taken = await host.page.evaluate("wx.createCameraContext().takePhoto({}).catch((error) => error)")
        assert taken == {"errMsg": "takePhoto:fail the camera is not ready"}
