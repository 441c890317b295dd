"""Level 3 on a phone without a face: the code of a service hall, where the step-up sheet asks for a face."""

import re

from tests.e2e.phones import Phone
from tests.running_city import SignedIn


async def prove_by_hall(phone: Phone, signed_in: SignedIn) -> None:
    await phone.press(phone.button("去刷脸"))
    await phone.press(phone.button("使用窗口核验码"))
    number = {"id_number": signed_in.person["id_number"]}
    clerk = await phone.city.staff("hall_clerk")
    issued = await phone.city.client.post("/api/v1/staff/hall_codes", json=number, headers=clerk)
    code = phone.screen.get_by_role("textbox", name=re.compile("^核验码"))
    await code.fill(issued.raise_for_status().json()["code"])
    await phone.press(phone.button("确认"))
