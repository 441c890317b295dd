"""Showing a face to a phone, step by step."""

import re

from playwright.async_api import Response, expect

from tests.e2e.phones import Phone

CHALLENGES = re.compile("/(face|claims)/challenges$")
UNDER_WAY = re.compile("拍摄|请保持|正在核验")
EXAMINED_MS = 60_000
"""Looking at faces takes processor time, and the first time a process is started for it."""


async def agree(phone: Phone) -> None:
    await phone.press(phone.screen.get_by_role("checkbox", name=re.compile("单独同意")))
    await phone.press(phone.button("同意并打开相机"))
    await expect(phone.text("把脸放进圆圈，准备好后点“开始”")).to_be_visible()


async def begin(phone: Phone, person: str | None = None) -> list[bytes]:
    """Starts a round, and returns the pictures that it asks for: of the phone's owner, or of somebody else."""
    async with phone.page.expect_response(CHALLENGES) as asked:
        await phone.press(phone.button(re.compile("^开始$")))
    challenge: Response = await asked.value
    return await phone.face(challenge, person)


async def film(phone: Phone, pictures: list[bytes], shots: bool = False) -> None:
    for step, picture in enumerate(pictures, start=1):
        await expect(phone.text(f"第 {step} 步，共 {len(pictures)} 步")).to_be_visible()
        await phone.camera.show(phone.page, picture)
        if shots:
            await phone.shot(f"face_step_{step}")
        await phone.press(phone.button("拍摄"))
        if shots and step == 1:
            await expect(phone.button(re.compile("请保持"))).to_be_visible()
            await phone.shot("face_hold")
    await expect(phone.button(UNDER_WAY)).to_have_count(0, timeout=EXAMINED_MS)


async def show_face(phone: Phone, person: str | None = None) -> None:
    """All of it, on the face page."""
    await agree(phone)
    await film(phone, await begin(phone, person))
