"""Whatever a stranger sends to whichever endpoint: a 4xx in JSON, and the sandbox goes on."""

import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sandbox.app import OutsideWorld, Settings
from sandbox.web import Route
from tests.http.test_sandbox_departments import SIGNED
from tests.sandbox_world import APPID, KEY_ID, SIGNING_SECRET, WECHAT_SECRET, World, world

ROUTES = OutsideWorld(Settings(APPID, WECHAT_SECRET, KEY_ID, SIGNING_SECRET, None)).routes()


@dataclass(frozen=True)
class Taking:
    """An endpoint that takes a body, the path to call it under, and a body it would take."""

    method: str
    path: str
    good: dict[str, object]


TAKING = [
    *[Taking("POST", path, good) for path, good in SIGNED.items()],
    Taking("POST", "/personas/lin_yue/wechat_code", {"expired": False}),
    Taking("POST", "/personas/lin_yue/phone_code", {"expired": False}),
    Taking("POST", "/personas/lin_yue/camera", {"actions": ["blink"]}),
    Taking("POST", "/personas/lin_yue/facial_verify", {"verify_id": "never issued"}),
    Taking("PUT", "/personas/lin_yue/face", {"photo": "AAAA"}),
    Taking("PUT", "/departments/authority/mode", {"mode": "ok"}),
]

NO_OBJECTS = [b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe{}", b'{"a":', b"[" * 3000, b'{"id_number": NaN}', b"{}{}"]


async def sent(city: World, endpoint: Taking, body: bytes) -> httpx.Response:
    headers = city.signature(endpoint.path, body) if endpoint.path in SIGNED else {}
    return await city.client.request(endpoint.method, endpoint.path, content=body, headers=headers)


def is_refusal(answer: httpx.Response) -> bool:
    return 400 <= answer.status_code < 500 and isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("endpoint", TAKING, ids=lambda endpoint: endpoint.path)
async def test_bodies_that_are_no_object_are_refused(endpoint: Taking) -> None:
    async with world() as city:
        for body in NO_OBJECTS:
            answer = await sent(city, endpoint, body)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), body


@pytest.mark.parametrize("endpoint", TAKING, ids=lambda endpoint: endpoint.path)
async def test_fields_missing_added_or_of_other_types_are_refused(endpoint: Taking) -> None:
    async with world() as city:
        bad: list[dict[str, object]] = [endpoint.good | {"surplus": 1}]
        for name in endpoint.good:
            values: list[object] = [None, {}, -1.5, [None], {"x": 1}]
            bad += [endpoint.good | {name: value} for value in values]
            if name != "expired":
                bad.append({other: value for other, value in endpoint.good.items() if other != name})
        for body in bad:
            content = httpx.Request("POST", "http://x", json=body).content
            assert (await sent(city, endpoint, content)).status_code in (400, 422), body


@pytest.mark.parametrize("endpoint", TAKING, ids=lambda endpoint: endpoint.path)
async def test_strange_texts_are_refused_or_answered_never_an_error_of_ours(endpoint: Taking) -> None:
    strange = [
        "",
        " ",
        "\x00",
        "😀" * 20,
        "a" * 5000,
        "'; DROP TABLE x; --",
        "../../etc/passwd",
        "\u202e林悦",
        "１２３",
    ]
    async with world() as city:
        for name, value in endpoint.good.items():
            for text in strange if isinstance(value, str) else []:
                content = httpx.Request("POST", "http://x", json=endpoint.good | {name: text}).content
                answer = await sent(city, endpoint, content)
                assert answer.status_code < 500, (name, text)
                assert answer.json()


@pytest.mark.parametrize("endpoint", TAKING, ids=lambda endpoint: endpoint.path)
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
async def test_a_body_over_the_limit_is_refused_however_it_is_sent(endpoint: Taking, chunked: bool) -> None:
    size = 13 * 1024 * 1024 if endpoint.path.endswith("/face") else 17 * 1024

    async def pieces() -> object:
        for _ in range(0, size, 65_536):
            yield b"x" * min(size, 65_536)

    async with world() as city:
        content = pieces() if chunked else b"x" * size
        headers = city.signature(endpoint.path, b"") if endpoint.path in SIGNED else {}
        answer = await city.client.request(endpoint.method, endpoint.path, content=content, headers=headers)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
async def test_other_methods_are_refused(route: Route) -> None:
    path = route.path.replace("([^/]+)", "lin_yue").replace("\\", "")
    async with world() as city:
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - set(route.methods):
            answer = await city.client.request(method, path)
            assert (answer.status_code, answer.json()) == (405, {"error": "method_not_allowed"})


async def test_unknown_paths_personas_and_departments_are_not_found() -> None:
    async with world() as city:
        for method, path in [
            ("GET", "/nothing"),
            ("GET", "/personas/nobody"),
            ("GET", "/personas/lin_yue/"),
            ("GET", "/personas/%00"),
            ("GET", "/personas/%F0%9F%98%80/portrait.jpg"),
            ("POST", "/personas/nobody/wechat_code"),
            ("POST", "/personas/resident-0/phone_code"),
            ("DELETE", "/personas/nobody/face"),
            ("GET", "/population/nobody"),
            ("GET", "/departments/nothing/mode/x"),
        ]:
            answer = await city.client.request(method, path)
            assert (answer.status_code, answer.json()) == (404, {"error": "not_found"}), path
        for path, body in [
            ("/personas/nobody/camera", {"actions": []}),
            ("/personas/nobody/face", {"photo": "AAAA"}),
            ("/departments/water/mode", {"mode": "ok"}),
        ]:
            method = "POST" if path.endswith("camera") else "PUT"
            assert (await city.client.request(method, path, json=body)).status_code == 404


async def test_addresses_that_are_no_utf8_are_refused() -> None:
    async with world() as city:
        for path in ("/personas/%ff", "/population/%c3%28", "/sns/jscode2session?appid=%ff"):
            assert is_refusal(await city.client.get(path)), path


@pytest.mark.parametrize("actions", [["smile"], ["BLINK"], [""], ["blink"] * 8, "blink", [["blink"]], [1]], ids=str)
async def test_the_camera_knows_four_actions_and_seven_frames(actions: object) -> None:
    async with world() as city:
        answer = await city.client.post("/personas/lin_yue/camera", json={"actions": actions})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", ""])  # noqa: S104
async def test_a_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    async with world() as city:
        answer = await city.client.get("/personas", headers={"Host": host})
        assert is_refusal(answer)
        assert "lin_yue" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8090", "127.0.0.1:1", "[::1]:8090"])
async def test_this_machines_own_names_are_taken(host: str) -> None:
    async with world() as city:
        assert (await city.client.get("/healthz", headers={"Host": host})).json() == {"status": "ok"}


async def test_a_refusal_repeats_nothing_of_what_was_sent() -> None:
    async with world() as city:
        for endpoint in TAKING:
            content = httpx.Request(
                "POST", "http://x", json=endpoint.good | {"id_number": ["secret-of-somebody"]}
            ).content
            assert "secret-of-somebody" not in (await sent(city, endpoint, content)).text


def test_every_endpoint_is_documented() -> None:
    text = Path("docs/sandbox.md").read_text()
    for route in ROUTES:
        path = re.sub(r"\(\[\^/\]\+\)", "{}", route.path).replace("\\", "")
        described = re.sub(r"\{\w+\}", "{}", text)
        assert f"{path}`" in described or f"POST {path}" in described, path
