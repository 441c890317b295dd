"""The simulated WeChat platform answers as the real one does: HTTP 200, and an errcode where something is wrong."""

from typing import Any

import pytest

from sandbox.personas import PERSONAS
from tests.sandbox_world import APPID, WECHAT_SECRET, World, world

LOGIN = "/sns/jscode2session"
TOKEN = "/cgi-bin/stable_token"
PHONE = "/wxa/business/getuserphonenumber"


async def login(city: World, code: str, **changed: str) -> Any:
    query = {"appid": APPID, "secret": WECHAT_SECRET, "js_code": code, "grant_type": "authorization_code"} | changed
    answer = await city.client.get(LOGIN, params={name: value for name, value in query.items() if value})
    assert answer.status_code == 200
    return answer.json()


async def token(city: World, **changed: object) -> Any:
    body = {"grant_type": "client_credential", "appid": APPID, "secret": WECHAT_SECRET} | changed
    answer = await city.client.post(TOKEN, json=body)
    assert answer.status_code == 200
    return answer.json()


async def phone(city: World, code: str, access_token: str) -> Any:
    answer = await city.client.post(PHONE, params={"access_token": access_token}, json={"code": code})
    assert answer.status_code == 200
    return answer.json()


async def test_a_login_code_gives_the_same_openid_each_time_and_a_new_session_key() -> None:
    async with world() as city:
        first, second = [await login(city, await city.code("lin_yue")) for _ in range(2)]
        other = await login(city, await city.code("sun_mei"))
    assert set(first) == {"openid", "session_key"}
    assert first["openid"] == second["openid"] != other["openid"]
    assert first["session_key"] != second["session_key"]


async def test_a_login_code_works_once_and_for_five_minutes() -> None:
    async with world() as city:
        used, late, waiting = [await city.code("lin_yue") for _ in range(3)]
        assert "openid" in await login(city, used)
        assert (await login(city, used))["errcode"] == 40163
        city.later(seconds=299)
        assert "openid" in await login(city, late)
        city.later(seconds=1)
        assert (await login(city, waiting))["errcode"] == 40029
        assert (await login(city, used))["errcode"] == 40029
        assert (await login(city, await city.code("lin_yue", expired=True)))["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"js_code": ""}, 41008),
        ({"grant_type": ""}, 40002),
        ({"grant_type": "client_credential"}, 40002),
        ({"appid": "wxffffffffffffffff"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"secret": "密码"}, 40125),
        ({"js_code": "nonsense"}, 40029),
        ({"js_code": "😀\x00" * 200}, 40029),
    ],
)
async def test_a_login_with_something_wrong_says_what_and_spends_no_code(changed: dict[str, str], errcode: int) -> None:
    async with world() as city:
        code = await city.code("lin_yue")
        refused = await login(city, code, **changed)
        assert refused["errcode"] == errcode
        assert refused["errmsg"]
        assert "openid" in await login(city, code)


async def test_a_high_risk_account_is_blocked() -> None:
    async with world() as city:
        assert (await login(city, await city.code("zhao_lei")))["errcode"] == 40226


async def test_codes_of_another_mini_program_or_of_the_phone_button_are_no_login_codes() -> None:
    async with world() as city:
        assert (await login(city, await city.code("lin_yue", appid="wxother")))["errcode"] == 40029
        assert (await login(city, await city.code("lin_yue", "phone")))["errcode"] == 40029


async def test_the_stable_token_stays_until_five_minutes_before_its_end() -> None:
    async with world() as city:
        first = await token(city)
        assert first["expires_in"] == 7200
        assert len(first["access_token"]) <= 512
        city.later(seconds=6899)
        assert await token(city) == {"access_token": first["access_token"], "expires_in": 301}
        city.later(seconds=1)
        renewed = await token(city)
        assert renewed["access_token"] != first["access_token"]
        assert renewed["expires_in"] == 7200
        old = await phone(city, await city.code("lin_yue", "phone"), first["access_token"])
        assert old["errcode"] == 0
        city.later(seconds=300)
        late = await phone(city, await city.code("lin_yue", "phone"), first["access_token"])
        assert late["errcode"] == 42001


async def test_a_forced_token_ends_the_older_one_at_most_every_thirty_seconds_and_twenty_times_a_day() -> None:
    async with world() as city:
        first = await token(city)
        forced = await token(city, force_refresh=True)
        assert forced["access_token"] != first["access_token"]
        assert (await phone(city, await city.code("lin_yue", "phone"), first["access_token"]))["errcode"] == 40001
        assert await token(city, force_refresh=True) == forced
        for _ in range(19):
            city.later(seconds=30)
            again = await token(city, force_refresh=True)
            assert again["access_token"] != forced["access_token"]
            forced = again
        city.later(seconds=30)
        assert (await token(city, force_refresh=True))["errcode"] == 45009
        assert (await token(city))["access_token"] == forced["access_token"]
        city.later(hours=24)
        assert "access_token" in await token(city, force_refresh=True)


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"grant_type": ""}, 40002),
        ({"grant_type": "authorization_code"}, 40002),
        ({"appid": "wxffffffffffffffff"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": "wrong"}, 40125),
        ({"secret": ""}, 41004),
        ({"appid": 5}, 47001),
        ({"force_refresh": "yes"}, 47001),
    ],
)
async def test_a_token_request_with_something_wrong_says_what(changed: dict[str, object], errcode: int) -> None:
    async with world() as city:
        assert (await token(city, **changed))["errcode"] == errcode


async def test_a_phone_code_gives_the_number_once_with_a_watermark() -> None:
    async with world() as city:
        access_token = (await token(city))["access_token"]
        code = await city.code("lin_yue", "phone")
        answer = await phone(city, code, access_token)
        number = PERSONAS[0].phone
        assert answer["errcode"] == 0
        assert answer["phone_info"] == {
            "phoneNumber": number,
            "purePhoneNumber": number,
            "countryCode": "86",
            "watermark": {"timestamp": int(city.now.timestamp()), "appid": APPID},
        }
        assert (await phone(city, code, access_token))["errcode"] == 40029


async def test_phone_codes_expire_and_are_no_login_codes_and_belong_to_one_mini_program() -> None:
    async with world() as city:
        access_token = (await token(city))["access_token"]
        assert (await phone(city, await city.code("lin_yue"), access_token))["errcode"] == 40029
        assert (await phone(city, await city.code("lin_yue", "phone", appid="wxother"), access_token))[
            "errcode"
        ] == 40013
        assert (await phone(city, "", access_token))["errcode"] == 41008
        code = await city.code("lin_yue", "phone")
        city.later(seconds=300)
        assert (await phone(city, code, access_token))["errcode"] == 40029


@pytest.mark.parametrize(("wrong", "errcode"), [("", 41001), ("short", 40014), ("口" * 80, 40014), ("x" * 120, 40001)])
async def test_a_wrong_access_token_is_refused_and_spends_no_code(wrong: str, errcode: int) -> None:
    async with world() as city:
        code = await city.code("lin_yue", "phone")
        assert (await phone(city, code, wrong))["errcode"] == errcode
        assert (await phone(city, code, (await token(city))["access_token"]))["errcode"] == 0


async def test_bodies_that_are_no_json_are_a_data_format_error() -> None:
    async with world() as city:
        for body in (b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"code": "\\ud800"}', b"[" * 5000):
            for path in (TOKEN, f"{PHONE}?access_token={(await token(city))['access_token']}"):
                answer = await city.client.post(path, content=body)
                assert (answer.status_code, answer.json()["errcode"]) == (200, 47001)


async def test_wechat_can_be_busy_or_ask_for_patience() -> None:
    async with world() as city:
        code = await city.code("lin_yue")
        for mode, errcode in (("busy", -1), ("rate_limited", 45011)):
            await city.mode("wechat", mode)
            assert (await login(city, code))["errcode"] == errcode
            assert (await token(city))["errcode"] == errcode
            assert (await phone(city, "x", "y"))["errcode"] == errcode
        await city.mode("wechat", "ok")
        assert "openid" in await login(city, code)


async def test_the_session_answer_is_json_that_calls_itself_plain_text() -> None:
    async with world() as city:
        assert (await city.client.get(LOGIN)).headers["content-type"] == "text/plain"
