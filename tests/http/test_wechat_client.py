"""The WeChat client against the sandbox's platform, and against a platform that answers oddly, over real sockets."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from pydantic import SecretStr
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from core.clock import ManualClock
from core.errors import CityError
from identity_center.errors import WeChatBlocked, WeChatCodeInvalid, WeChatUnavailable
from identity_center.vault import Vault, VaultKeys
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.wechat import WeChatClient, WeChatSettings

APP_ID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
ROOT = Path(__file__).parents[2]
VAULT = Vault(VaultKeys.generated())
TOKEN_PATH, PHONE_PATH, LOGIN_PATH = "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber", "/sns/jscode2session"
CLOCK = ManualClock(datetime(2026, 11, 22, 4, 0, tzinfo=UTC))


@asynccontextmanager
async def client(
    url: str,
    *,
    secret: str = SECRET,
    app_id: str = APP_ID,
    ephemeral: MemoryEphemeral | None = None,
    within: float = 5,
) -> AsyncIterator[WeChatClient]:
    settings = WeChatSettings(base_url=url, app_id=app_id, app_secret=SecretStr(secret), timeout_seconds=within)
    async with aiohttp.ClientSession() as http:
        yield WeChatClient(http, ephemeral or MemoryEphemeral(CLOCK), VAULT, settings)


# --- the sandbox ---


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    environment = {
        **os.environ,
        "CST_SANDBOX_WECHAT_APPID": APP_ID,
        "CST_SANDBOX_WECHAT_SECRET": SECRET,
        "CST_SANDBOX_SIGNING_KEY_ID": "city",
        "CST_SANDBOX_SIGNING_SECRET": "x" * 32,
    }
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--exit-with-stdin"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        assert process.stdin is not None
        process.stdin.close()


def issued(sandbox: str, kind: str, persona: str = "lin_yue", **how: object) -> str:
    code = httpx.post(f"{sandbox}/personas/{persona}/{kind}_code", json=how or None).json()["code"]
    assert isinstance(code, str)
    return code


def turn(sandbox: str, mode: str) -> None:
    httpx.put(f"{sandbox}/departments/wechat/mode", json={"mode": mode}).raise_for_status()


async def test_a_login_code_becomes_the_same_person_once(sandbox: str) -> None:
    async with client(sandbox) as wechat:
        code = issued(sandbox, "wechat")
        first = await wechat.code_to_session(code)
        with pytest.raises(WeChatCodeInvalid):
            await wechat.code_to_session(code)
        again = await wechat.code_to_session(issued(sandbox, "wechat"))
        other = await wechat.code_to_session(issued(sandbox, "wechat", "wu_xiulan"))
    assert first.openid == again.openid != other.openid
    assert first.session_key not in repr(first)


async def test_a_phone_code_becomes_a_number_once(sandbox: str) -> None:
    async with client(sandbox) as wechat:
        code = issued(sandbox, "phone")
        assert await wechat.phone_number(code) == "16099000001"
        with pytest.raises(WeChatCodeInvalid):
            await wechat.phone_number(code)


@pytest.mark.parametrize("code", ["never issued", "验证码😀", "a&appid=x", "%00", " ", "x" * 4000])
async def test_a_made_up_code_is_said_to_be_invalid(sandbox: str, code: str) -> None:
    async with client(sandbox) as wechat:
        with pytest.raises(WeChatCodeInvalid):
            await wechat.code_to_session(code)
        with pytest.raises(WeChatCodeInvalid):
            await wechat.phone_number(code)


async def test_one_kind_of_code_is_not_the_other(sandbox: str) -> None:
    async with client(sandbox) as wechat:
        with pytest.raises(WeChatCodeInvalid):
            await wechat.code_to_session(issued(sandbox, "phone"))
        with pytest.raises(WeChatCodeInvalid):
            await wechat.phone_number(issued(sandbox, "wechat"))


async def test_another_programs_code_is_the_callers_doing(sandbox: str) -> None:
    async with client(sandbox) as wechat:
        with pytest.raises(WeChatCodeInvalid):
            await wechat.phone_number(issued(sandbox, "phone", appid="wx-another"))


async def test_a_blocked_user_is_told_where_else_to_go(sandbox: str) -> None:
    async with client(sandbox) as wechat:
        with pytest.raises(WeChatBlocked) as blocked:
            await wechat.code_to_session(issued(sandbox, "wechat", "zhao_lei"))
    assert "政务大厅" in blocked.value.title.zh


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"app_id": "wx-wrong"}])
async def test_wrong_credentials_are_ours_to_mend(
    sandbox: str, wrong: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with client(sandbox, **wrong) as wechat:  # type: ignore[arg-type]
        with pytest.raises(WeChatUnavailable):
            await wechat.code_to_session(issued(sandbox, "wechat"))
        with pytest.raises(WeChatUnavailable):
            await wechat.phone_number(issued(sandbox, "phone"))
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    assert "wechat.app_" in caplog.text


@pytest.mark.parametrize("mode", ["down", "garbage", "misshapen", "error", "busy", "rate_limited"])
async def test_a_platform_in_trouble_is_unavailable_and_recovers(
    sandbox: str, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    login, phone = issued(sandbox, "wechat"), issued(sandbox, "phone")
    turn(sandbox, mode)
    async with client(sandbox) as wechat:
        for call, code in ((wechat.code_to_session, login), (wechat.phone_number, phone)):
            with pytest.raises(WeChatUnavailable) as unavailable:
                await call(code)
            assert unavailable.value.retry_after_seconds == (60 if mode == "rate_limited" else 5)
        turn(sandbox, "ok")
        assert await wechat.code_to_session(login)
        assert await wechat.phone_number(phone)
    for secret in (SECRET, login, phone, "access_token="):
        assert secret not in caplog.text


# --- a platform that answers oddly ---

Answer = tuple[int, object]


@dataclass
class Platform:
    """Answers each path with what it is told, the last answer again and again; keeps what it was asked."""

    answers: dict[str, list[Answer]]
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    held: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    def asked_for(self, path: str) -> list[tuple[dict[str, str], Any]]:
        return [(query, body) for asked_path, query, body in self.asked if asked_path == path]


class Odd(RequestHandler):
    def initialize(self, platform: Platform) -> None:
        self.platform = platform

    async def answer(self) -> None:
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        path = self.request.path
        self.platform.asked.append((path, query, json.loads(self.request.body or b"null")))
        self.platform.reached.set()
        if self.platform.held is not None:
            await self.platform.held.wait()
        answers = self.platform.answers[path]
        status, content = answers.pop(0) if len(answers) > 1 else answers[0]
        self.set_status(status)
        if status == 302:
            self.set_header("Location", "https://evil.example/")
        self.finish(content if isinstance(content, bytes) else json.dumps(content).encode())

    get = post = answer


@asynccontextmanager
async def platform(answers: dict[str, list[Answer]]) -> AsyncIterator[Platform]:
    odd = Platform(answers)
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([(r"/.*", Odd, {"platform": odd})], log_function=lambda _: None))
    server.add_sockets(sockets)
    odd.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"
    try:
        yield odd
    finally:
        server.stop()
        await server.close_all_connections()


def token(text: str = "token-1", expires_in: int = 7200) -> Answer:
    return 200, {"access_token": text, "expires_in": expires_in}


def phone(number: str = "13985550123", country: object = "86", appid: str = APP_ID) -> Answer:
    info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": country}
    return 200, {"errcode": 0, "errmsg": "ok", "phone_info": {**info, "watermark": {"timestamp": 1, "appid": appid}}}


def refusal(errcode: int) -> Answer:
    return 200, {"errcode": errcode, "errmsg": "no, rid: 1-2-3"}


async def test_what_the_platform_is_asked() -> None:
    login: Answer = (200, {"openid": "o", "session_key": "k", "unionid": "u", "more": []})
    async with (
        platform({LOGIN_PATH: [login], TOKEN_PATH: [token()], PHONE_PATH: [phone()]}) as odd,
        client(odd.url) as wechat,
    ):
        session = await wechat.code_to_session("code&1")
        await wechat.phone_number("code-2")
    assert (session.openid, session.unionid, session.session_key) == ("o", "u", "k")
    credentials = {"appid": APP_ID, "secret": SECRET}
    assert odd.asked == [
        (LOGIN_PATH, {**credentials, "js_code": "code&1", "grant_type": "authorization_code"}, None),
        (TOKEN_PATH, {}, {**credentials, "grant_type": "client_credential", "force_refresh": False}),
        (PHONE_PATH, {"access_token": "token-1"}, {"code": "code-2"}),
    ]


ODD_LOGINS: list[Answer] = [
    (200, b""), (200, b"null"), (200, b"[]"), (200, b"\xff\xfe"), (200, b'{"openid": "o"'), (200, {"errcode": "0"}),
    (200, {}), (200, {"openid": "o"}), (200, {"openid": "", "session_key": "k"}),
    (200, {"openid": 5, "session_key": "k"}), (200, {"openid": "o" * 1000, "session_key": "k"}),
    (200, b" " * 100_000), (200, b"[" * 60_000), (302, b""), (404, b""), (500, {"openid": "o", "session_key": "k"}),
    refusal(-1), refusal(45011), refusal(99999),
]  # fmt: skip


@pytest.mark.parametrize("answer", ODD_LOGINS)
async def test_an_odd_answer_is_no_answer_and_the_code_is_not_sent_again(answer: Answer) -> None:
    async with platform({LOGIN_PATH: [answer]}) as odd, client(odd.url) as wechat:
        with pytest.raises(WeChatUnavailable):
            await wechat.code_to_session("code-1")
    assert len(odd.asked) == 1


@pytest.mark.parametrize(
    ("errcode", "error"),
    [(40029, WeChatCodeInvalid), (40163, WeChatCodeInvalid), (40226, WeChatBlocked), (45011, WeChatUnavailable)],
)
async def test_each_refusal_means_what_the_platform_says(errcode: int, error: type[CityError]) -> None:
    answers = {LOGIN_PATH: [refusal(errcode)], TOKEN_PATH: [token()], PHONE_PATH: [refusal(errcode)]}
    async with platform(answers) as odd, client(odd.url) as wechat:
        with pytest.raises(error):
            await wechat.code_to_session("code-1")
        with pytest.raises(error):
            await wechat.phone_number("code-1")


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (phone(), "13985550123"), (phone(country=86), "13985550123"), (phone("91234567", "852"), "+85291234567"),
        (phone("2025550123", 1), "+12025550123"),
    ],
)  # fmt: skip
async def test_numbers_of_any_country_are_understood(answer: Answer, number: str) -> None:
    async with platform({TOKEN_PATH: [token()], PHONE_PATH: [answer]}) as odd, client(odd.url) as wechat:
        assert await wechat.phone_number("code-1") == number


@pytest.mark.parametrize(
    "answer",
    [
        phone("1398555012"), phone("139855501234"), phone("१३९८५५५०१२३"), phone(""), phone("abc", "852"),
        phone("1", "852"), phone("91234567", "8 52"), phone("91234567", ""), phone("91234567", "八五二"),
        (200, {"errcode": 0}), (200, {"errcode": 0, "phone_info": {}}),
        (200, {"errcode": 0, "phone_info": {"purePhoneNumber": "13985550123", "countryCode": "86"}}),
    ],
)  # fmt: skip
async def test_what_is_no_number_is_no_answer(answer: Answer) -> None:
    async with platform({TOKEN_PATH: [token()], PHONE_PATH: [answer]}) as odd, client(odd.url) as wechat:
        with pytest.raises(WeChatUnavailable):
            await wechat.phone_number("code-1")


async def test_a_number_for_another_program_is_not_taken() -> None:
    answers = {TOKEN_PATH: [token()], PHONE_PATH: [phone(appid="wx-another")]}
    async with platform(answers) as odd, client(odd.url) as wechat:
        with pytest.raises(WeChatCodeInvalid):
            await wechat.phone_number("code-1")


async def test_all_processes_share_one_token_until_shortly_before_it_runs_out() -> None:
    clock = ManualClock(datetime(2026, 11, 22, 4, 0, tzinfo=UTC))
    shared = MemoryEphemeral(clock)
    answers = {TOKEN_PATH: [token(), token("token-2")], PHONE_PATH: [phone()]}
    async with (
        platform(answers) as odd,
        client(odd.url, ephemeral=shared) as one,
        client(odd.url, ephemeral=shared) as other,
    ):
        for _ in range(3):
            await one.phone_number("code-1")
            await other.phone_number("code-2")
        assert len(odd.asked_for(TOKEN_PATH)) == 1
        clock.advance(seconds=6901)
        await other.phone_number("code-3")
    assert len(odd.asked_for(TOKEN_PATH)) == 2
    assert odd.asked_for(PHONE_PATH)[-1][0] == {"access_token": "token-2"}
    kept = await shared.get(f"wechat:token:{APP_ID}")
    assert kept is not None
    assert "token-2" not in kept


async def test_a_hundred_callers_fetch_one_token() -> None:
    async with platform({TOKEN_PATH: [token()], PHONE_PATH: [phone()]}) as odd, client(odd.url) as wechat:
        await asyncio.gather(*(wechat.phone_number(f"code-{number}") for number in range(100)))
    assert len(odd.asked_for(TOKEN_PATH)) == 1
    assert len(odd.asked_for(PHONE_PATH)) == 100


async def test_a_hundred_callers_share_one_failure() -> None:
    async with platform({TOKEN_PATH: [refusal(-1), token()], PHONE_PATH: [phone()]}) as odd, client(odd.url) as wechat:
        odd.held = asyncio.Event()
        calls = [asyncio.create_task(wechat.phone_number("code")) for _ in range(100)]
        await odd.reached.wait()
        odd.held.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {WeChatUnavailable}
        assert len(odd.asked) == 1
        assert await wechat.phone_number("code") == "13985550123"


async def test_a_caller_who_leaves_does_not_take_the_token_from_others() -> None:
    async with platform({TOKEN_PATH: [token()], PHONE_PATH: [phone()]}) as odd, client(odd.url) as wechat:
        odd.held = asyncio.Event()
        leaver, stayer = (asyncio.create_task(wechat.phone_number("code")) for _ in range(2))
        await odd.reached.wait()
        leaver.cancel()
        odd.held.set()
        assert await stayer == "13985550123"
    assert len(odd.asked_for(TOKEN_PATH)) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_token_that_is_not_accepted_is_renewed_once(errcode: int) -> None:
    answers = {TOKEN_PATH: [token(), token("token-2")], PHONE_PATH: [refusal(errcode), phone()]}
    async with platform(answers) as odd, client(odd.url) as wechat:
        assert await wechat.phone_number("code-1") == "13985550123"
    assert [query["access_token"] for query, _ in odd.asked_for(PHONE_PATH)] == ["token-1", "token-2"]


async def test_a_token_never_accepted_is_not_renewed_for_ever() -> None:
    """The platform allows a forced renewal every 30 seconds and 20 a day."""
    answers = {TOKEN_PATH: [token()], PHONE_PATH: [refusal(40001)]}
    async with platform(answers) as odd, client(odd.url) as wechat:
        for _ in range(5):
            with pytest.raises(WeChatUnavailable):
                await wechat.phone_number("code-1")
    forced = [body["force_refresh"] for _, body in odd.asked_for(TOKEN_PATH)]
    assert forced.count(True) == 1
    assert len(odd.asked_for(PHONE_PATH)) == 6


async def test_a_platform_that_does_not_answer_is_given_up_in_time() -> None:
    async with platform({LOGIN_PATH: [(200, {})]}) as odd, client(odd.url, within=0.05) as wechat:
        odd.held = asyncio.Event()
        with pytest.raises(WeChatUnavailable):
            await wechat.code_to_session("code-1")
        odd.held.set()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid", "not an address"])
async def test_nobody_there_is_unavailable_and_nothing_secret_is_logged(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with client(url) as wechat:
        with pytest.raises(WeChatUnavailable) as unavailable:
            await wechat.code_to_session("secret-code")
    shown = caplog.text + repr(unavailable.value.__cause__) + repr(unavailable.value)
    assert SECRET not in shown
    assert "secret-code" not in shown


def test_settings_do_not_show_the_secret() -> None:
    assert SECRET not in repr(WeChatSettings(app_id=APP_ID, app_secret=SecretStr(SECRET)))
