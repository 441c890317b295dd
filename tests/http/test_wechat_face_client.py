"""WeChat's face verification as the city asks for it: against the sandbox's platform, and one that answers oddly."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.errors import CityError
from identity_center.errors import WeChatUnavailable
from identity_center.face.errors import FaceAttemptOver, FaceNotEligible
from identity_center.face.ports import FacePerson
from sandbox.personas import openid, persona
from server.adapters.wechat_face import WeChatFaceClient, cert_hash
from tests.http.test_wechat_client import Answer, client, platform, refusal, token
from tests.sandbox_world import APPID, WECHAT_SECRET, World, world

GET, QUERY = "/cityservice/face/identify/getverifyid", "/cityservice/face/identify/queryverifyinfo"
TOKEN = "/cgi-bin/stable_token"
LI = FacePerson("o-li", "李测试", "520100199003071233", "key")


def face_person(name: str) -> FacePerson:
    found = persona(name)
    assert found is not None
    return FacePerson(openid(name, APPID), found.name, found.id_number, found.id)


def sequence() -> str:
    return secrets.token_hex(13)


@asynccontextmanager
async def faces(city: World) -> AsyncIterator[WeChatFaceClient]:
    async with client(city.url, app_id=APPID, secret=WECHAT_SECRET) as wechat:
        yield WeChatFaceClient(wechat)


async def show(city: World, name: str, verify_id: str, verify_ret: int | None = None) -> int:
    body = {"verify_id": verify_id} | ({} if verify_ret is None else {"verify_ret": verify_ret})
    return (await city.client.post(f"/personas/{name}/facial_verify", json=body)).status_code


def test_the_hash_of_a_person_is_the_published_one() -> None:
    found = cert_hash("张三", "310101199801011234")
    assert (len(found), found[:8], found[-8:]) == (64, "3c241f7f", "8671108b")


@pytest.mark.parametrize(
    ("name", "verify_ret"), [("lin_yue", 10000), ("gao_lan", 10004), ("sun_mei", 10026), ("resident-7", 10000)]
)
async def test_a_persona_shows_their_face(name: str, verify_ret: int) -> None:
    async with world() as city, faces(city) as wechat:
        person, number = face_person(name), sequence()
        opened = await wechat.verify_id(person, number)
        assert await wechat.verify_ret(person, number, opened.text) == 10300
        assert await show(city, name, opened.text) == 200
        assert await wechat.verify_ret(person, number, opened.text) == verify_ret


async def test_a_face_shown_on_somebody_elses_phone_is_not_taken() -> None:
    async with world() as city, faces(city) as wechat:
        person, number = face_person("lin_yue"), sequence()
        opened = await wechat.verify_id(person, number)
        assert await show(city, "chen_guoqiang", opened.text) == 403
        assert await wechat.verify_ret(person, number, opened.text) == 10300


async def test_another_persons_face_before_ones_own_wechat_does_not_match() -> None:
    """Somebody who has the holder's name and number, and shows their own face on their own phone."""
    async with world() as city, faces(city) as wechat:
        thief, victim = face_person("chen_guoqiang"), face_person("lin_yue")
        posing = FacePerson(thief.openid, victim.name, victim.id_number, "key")
        number = sequence()
        opened = await wechat.verify_id(posing, number)
        await show(city, "chen_guoqiang", opened.text)
        assert await wechat.verify_ret(posing, number, opened.text) == 10004


async def test_whoever_asks_about_another_person_user_sequence_or_id_is_told_nothing() -> None:
    async with world() as city, faces(city) as wechat:
        person, number = face_person("lin_yue"), sequence()
        opened = await wechat.verify_id(person, number)
        await show(city, "lin_yue", opened.text)
        renamed = FacePerson(person.openid, "别人", person.id_number, "key")
        other_user = FacePerson(openid("sun_mei", APPID), person.name, person.id_number, "key")
        for who, which, verify_id in (
            (renamed, number, opened.text),
            (other_user, number, opened.text),
            (person, sequence(), opened.text),
            (person, number, "made up"),
        ):
            with pytest.raises(FaceAttemptOver):
                await wechat.verify_ret(who, which, verify_id)
        city.later(seconds=3600)
        with pytest.raises(FaceAttemptOver):
            await wechat.verify_ret(person, number, opened.text)


@pytest.mark.parametrize("person", [face_person("wang_yating"), FacePerson("o", "", "520100199003071233", "k")])
async def test_a_document_that_wechat_does_not_know_is_not_eligible(person: FacePerson) -> None:
    async with world() as city, faces(city) as wechat:
        with pytest.raises(FaceNotEligible):
            await wechat.verify_id(person, sequence())


async def test_a_sequence_is_used_once() -> None:
    async with world() as city, faces(city) as wechat:
        number = sequence()
        await wechat.verify_id(face_person("lin_yue"), number)
        with pytest.raises(WeChatUnavailable):
            await wechat.verify_id(face_person("lin_yue"), number)


@pytest.mark.parametrize("mode", ["down", "garbage", "misshapen", "error", "busy", "rate_limited"])
async def test_a_platform_in_trouble_is_unavailable_and_recovers(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world() as city, faces(city) as wechat:
        person, number = face_person("lin_yue"), sequence()
        opened = await wechat.verify_id(person, number)
        await city.mode("wechat", mode)
        with pytest.raises(WeChatUnavailable):
            await wechat.verify_id(person, sequence())
        with pytest.raises(WeChatUnavailable):
            await wechat.verify_ret(person, number, opened.text)
        await city.mode("wechat", "ok")
        await show(city, "lin_yue", opened.text)
        assert await wechat.verify_ret(person, number, opened.text) == 10000
    for secret in (person.name, person.id_number, person.openid, opened.text, "access_token="):
        assert secret not in caplog.text


async def test_what_the_platform_is_asked() -> None:
    answers: dict[str, list[Answer]] = {
        TOKEN: [token()],
        GET: [(200, {"errcode": 0, "verify_id": "v-1", "expires_in": 3600})],
        QUERY: [(200, {"errcode": 0, "verify_ret": 10000})],
    }
    async with platform(answers) as odd, client(odd.url) as wechat:
        opened = await WeChatFaceClient(wechat).verify_id(LI, "sequence-1")
        await WeChatFaceClient(wechat).verify_ret(LI, "sequence-1", opened.text)
    assert odd.asked[1:] == [
        (
            GET,
            {"access_token": "token-1"},
            {
                "out_seq_no": "sequence-1",
                "cert_info": {"cert_type": "IDENTITY_CARD", "cert_name": LI.name, "cert_no": LI.id_number},
                "openid": "o-li",
            },
        ),
        (
            QUERY,
            {"access_token": "token-1"},
            {
                "verify_id": "v-1",
                "out_seq_no": "sequence-1",
                "cert_hash": cert_hash(LI.name, LI.id_number),
                "openid": "o-li",
            },
        ),
    ]


@pytest.mark.parametrize("errcode", [40001, 42001])
async def test_a_token_that_is_not_accepted_is_renewed_once(errcode: int) -> None:
    passed: Answer = (200, {"errcode": 0, "verify_ret": 10000})
    answers = {TOKEN: [token(), token("token-2")], QUERY: [refusal(errcode), passed]}
    async with platform(answers) as odd, client(odd.url) as wechat:
        assert await WeChatFaceClient(wechat).verify_ret(LI, "sequence-1", "v-1") == 10000
    assert [query["access_token"] for query, _ in odd.asked_for(QUERY)] == ["token-1", "token-2"]


@pytest.mark.parametrize("errcode", range(84010, 84017))
async def test_what_is_wrong_with_the_document_is_told_as_that(errcode: int) -> None:
    async with platform({TOKEN: [token()], GET: [refusal(errcode)]}) as odd, client(odd.url) as wechat:
        with pytest.raises(FaceNotEligible):
            await WeChatFaceClient(wechat).verify_id(LI, "sequence-1")


@pytest.mark.parametrize("errcode", [84017, 84018, 84020, 84021, 84022])
async def test_what_is_over_for_wechat_is_over(errcode: int) -> None:
    async with platform({TOKEN: [token()], QUERY: [refusal(errcode)]}) as odd, client(odd.url) as wechat:
        with pytest.raises(FaceAttemptOver):
            await WeChatFaceClient(wechat).verify_ret(LI, "sequence-1", "v-1")


ODD: list[Answer] = [
    (200, b""), (200, {}), (200, b"[]"), (200, {"errcode": 0}), (200, {"errcode": 0, "verify_id": ""}),
    (200, {"errcode": 0, "verify_id": "v", "expires_in": 0}), (200, {"errcode": 0, "verify_id": "v" * 300}),
    (200, {"errcode": 0, "verify_ret": "10000"}), (200, {"errcode": "0", "verify_ret": 10000}),
    (200, {"errcode": 0, "verify_ret": 10000.5}), (200, {"verify_ret": None}), (302, b""),
    (500, {"errcode": 0, "verify_ret": 10000}), refusal(-1), refusal(40003), refusal(84019), refusal(99999),
    (200, {"errcode": 1, "verify_ret": 10000, "verify_id": "v", "expires_in": 3600}),
]  # fmt: skip


@pytest.mark.parametrize("answer", ODD)
async def test_an_odd_answer_is_no_answer_and_never_a_pass(answer: Answer) -> None:
    answers = {TOKEN: [token()], GET: [answer], QUERY: [answer]}
    async with platform(answers) as odd, client(odd.url) as wechat:
        for asked in (
            WeChatFaceClient(wechat).verify_id(LI, "sequence-1"),
            WeChatFaceClient(wechat).verify_ret(LI, "sequence-1", "v-1"),
        ):
            with pytest.raises(CityError) as caught:
                await asked
            assert caught.value.code == "identity.wechat.unavailable"
    assert (len(odd.asked_for(GET)), len(odd.asked_for(QUERY))) == (1, 1)
