"""What stands beside the phone in the demo: whose phone it is, and what its camera sees."""

import base64
import io
import json

from PIL import Image
from playwright.async_api import Route, expect

from tests.e2e.hosts import AT, SANDBOX, Host, Hosts

POSES = ("gray", "red", "lime", "blue", "white")
"""A colour for each frame that the sandbox's camera gives: neutral, and four actions."""
PEOPLE = [
    {"id": "lin_yue", "name": "林悦", "purpose": {"zh": "一切顺利", "en": "everything works"}},
    {"id": "sun_mei", "name": "孙梅", "purpose": {"zh": "没有照片", "en": "no photo"}},
]
WIDE = {"width": 1280, "height": 900}


def frame(colour: str) -> str:
    file = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


async def sandbox(route: Route) -> None:
    path = route.request.url.removeprefix(SANDBOX)
    allowed = {"Access-Control-Allow-Origin": AT, "Access-Control-Allow-Headers": "Content-Type"}
    if path == "/personas":
        await route.fulfill(body=json.dumps({"personas": PEOPLE}), headers=allowed)
    elif path.endswith("/camera"):
        await route.fulfill(body=json.dumps({"frames": [frame(colour) for colour in POSES]}), headers=allowed)
    else:
        await route.fulfill(body=json.dumps({"code": f"code of {path.split('/')[2]}"}), headers=allowed)


async def photographed(host: Host) -> tuple[int, int, int]:
    """The colour of what the camera sees."""
    script = """async () => {
      const {tempImagePath} = await wx.createCameraContext().takePhoto({})
      return wx.getFileSystemManager().readFileSync(tempImagePath, 'base64')
    }"""
    photo = Image.open(io.BytesIO(base64.b64decode(await host.page.evaluate(script)))).convert("RGB")
    red, green, blue = photo.getpixel((10, 10))  # type: ignore[misc]
    return round(red / 255), round(green / 255), round(blue / 255)


async def test_each_person_has_a_phone_of_their_own(hosts: Hosts) -> None:
    async with hosts.host(demo=True, touch=False, viewport=WIDE) as host:
        await host.page.route(f"{SANDBOX}/**", sandbox)
        await host.open("pages/second/second")
        await host.page.evaluate("wx.setStorageSync('whose', 'lin')")
        assert (await host.call("login"))["code"] == "code of lin_yue"
        await host.page.get_by_role("radio", name="孙梅").click()
        await expect(host.title).to_have_text("First")
        assert (await host.call("login"))["code"] == "code of sun_mei"
        assert await host.page.evaluate("wx.getStorageSync('whose')") == ""
        await host.page.get_by_role("radio", name="林悦").click()
        await expect(host.page.get_by_role("radio", name="林悦")).to_be_checked()
        assert await host.page.evaluate("wx.getStorageSync('whose')") == "lin"


async def test_whoever_has_no_camera_uses_the_persons_face_and_says_what_it_does(hosts: Hosts) -> None:
    async with hosts.host(demo=True, touch=False, viewport=WIDE) as host:
        await host.page.route(f"{SANDBOX}/**", sandbox)
        await host.open("pages/camera/camera")
        await expect(host.at("said")).to_have_text("ready")
        await host.page.wait_for_function("document.querySelector('video').videoWidth === 320")
        await host.page.get_by_role("button", name="向右转头").click()
        next_frame = "new Promise((seen) => document.querySelector('video').requestVideoFrameCallback(seen))"
        seen = await photographed(host)
        for _ in range(50):
            if seen == (0, 1, 0):
                break
            await host.page.evaluate(next_frame)
            seen = await photographed(host)
        assert seen == (0, 1, 0)
        await host.page.get_by_role("radio", name="本机摄像头").click()
        await host.page.wait_for_function("document.querySelector('video').videoWidth === 640")


async def test_on_a_phone_the_demo_is_a_small_sign_at_the_edge(hosts: Hosts) -> None:
    async with hosts.host(demo=True) as host:
        await host.page.route(f"{SANDBOX}/**", sandbox)
        await host.open()
        await expect(host.page.get_by_role("radio", name="孙梅")).to_be_hidden()
        await host.page.get_by_role("button", name="演示").tap()
        await expect(host.page.get_by_role("radio", name="孙梅")).to_be_visible()
        await host.page.get_by_role("button", name="关闭").tap()
        await expect(host.page.get_by_role("radio", name="孙梅")).to_be_hidden()


async def test_without_the_sandbox_the_demo_says_so_and_the_app_works(hosts: Hosts) -> None:
    async with hosts.host(demo=True) as host:
        await host.page.route(f"{SANDBOX}/**", lambda route: route.abort())
        await host.open()
        assert await host.call("login") == {"errMsg": "login:fail the sandbox does not answer"}
        await host.page.get_by_role("button", name="演示").tap()
        await expect(host.page.locator("#demo")).to_contain_text("模拟环境没有应答")
