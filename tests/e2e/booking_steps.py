"""What a citizen does on a phone on the way to a booking."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import BrowserContext, Locator, expect

from tests.e2e.phones import Phone, Phones
from tests.http.api_places import PARK, Slot
from tests.http.api_services import PARKS
from tests.running_city import ROOT, SignedIn

Json = dict[str, Any]
PARK_NAME = "十里河滩国家城市湿地公园"
JSQR = ROOT / "miniapp_stubs" / "node_modules" / "jsqr" / "dist" / "jsQR.js"
_READ = """async source => {
  const image = new Image()
  image.src = source
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 600
  const context = canvas.getContext('2d')
  context.imageSmoothingEnabled = false
  context.drawImage(image, 0, 0, 600, 600)
  return jsQR(context.getImageData(0, 0, 600, 600).data, 600, 600)?.data
}"""


def somebody() -> str:
    return f"resident-{secrets.randbelow(900_000) + 1}"


@asynccontextmanager
async def citizen(phones: Phones, level: int = 2, **options: Any) -> AsyncIterator[tuple[Phone, SignedIn]]:
    """The phone of somebody who has proved themselves elsewhere, and their sign-in there."""
    signed_in = await phones.city.sign_in(level, somebody())
    async with phones.phone(signed_in.person["id"], **options) as phone:
        yield phone, signed_in


def confirm_page(slot: Slot) -> str:
    starts = slot.starts_at.replace("+", "%2B").replace(":", "%3A")
    return f"pages/bookings/confirm?card={slot.card_id}&resource={slot.resource_id}&starts={starts}"


def times_page(resource_id: str = PARK, card_id: str = PARKS) -> str:
    return f"pages/bookings/times?card={card_id}&resource={resource_id}"


def sheet(phone: Phone) -> Locator:
    return phone.screen.get_by_role("dialog")


async def answer(phone: Phone, button: str) -> None:
    """To the question that WeChat puts before the page."""
    await phone.press(phone.page.get_by_role("dialog").get_by_role("button", name=button, exact=True))


async def prove_in_place(phone: Phone, person: Json) -> None:
    """Phone and real name, where the step-up sheet asks for them."""
    await phone.press(phone.button("使用微信手机号"))
    await phone.press(phone.button("去实名"))
    await fill_real_name(phone, person)


async def fill_real_name(phone: Phone, person: Json) -> None:
    await expect(phone.title).to_have_text("实名认证")
    await phone.screen.get_by_role("textbox", name=re.compile("^姓名")).fill(person["name"])
    await phone.screen.get_by_role("textbox", name=re.compile("^身份证号码")).fill(person["id_number"])
    await phone.press(phone.button("核对"))


async def add_companion(phone: Phone, person: Json) -> None:
    await phone.press(phone.button("添加同行人"))
    await sheet(phone).get_by_role("textbox", name=re.compile("^姓名")).fill(person["name"])
    await sheet(phone).get_by_role("textbox", name=re.compile("^身份证号码")).fill(person["id_number"].lower())
    await phone.press(sheet(phone).get_by_role("button", name="添加", exact=True))


async def shown_code(phone: Phone) -> str:
    """What a gate reads from the screen."""
    source = await phone.screen.locator("img[src^='data:image/svg+xml']").get_attribute("src")
    assert source is not None
    return await read_qr(phone.page.context, source)


async def read_qr(context: BrowserContext, source: str) -> str:
    """On a page of its own: the app's lets no scripts in."""
    page = await context.new_page()
    try:
        await page.add_script_tag(path=str(JSQR))
        return str(await page.evaluate(_READ, source))
    finally:
        await page.close()
