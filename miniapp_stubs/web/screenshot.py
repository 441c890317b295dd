"""A picture of a page, phone-sized: python miniapp_stubs/web/screenshot.py URL FILE [persona]"""

import sys

from playwright.sync_api import sync_playwright

url, file, persona = [*sys.argv[1:], "lin_yue"][:3]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, locale="zh-CN")
    context.add_init_script(f"localStorage.setItem('demo:person', {persona!r})")
    page = context.new_page()
    page.on("console", lambda message: print(message.type, message.text))
    page.on("pageerror", lambda error: print("error", error))
    page.goto(url)
    page.wait_for_timeout(1500)
    page.screenshot(path=file)
