"""What every endpoint does alike: who may call, what is refused and how, what is counted and logged."""

import asyncio
import json
import socket
from contextlib import suppress
from datetime import timedelta

import pytest
from tornado.web import RequestHandler

from core.caller import FACE, REAL_NAME, Citizen, Staff
from core.ephemeral import Rate
from core.idempotency import RequestKey
from handlers.http.application import CityApplication, Route, UnprotectedRoute
from handlers.http.contract import Content, Created, NoContent, endpoint
from handlers.http.fields import PageQuery, Request, ShortText, View
from handlers.http.handler import Handler
from handlers.http.openapi import openapi
from handlers.http.policy import anyone, citizen, staff
from tests.http.machinery import START, Served, served


class Note(Request):
    text: ShortText
    stars: int = 0


class NoteView(View):
    text: str
    stars: int = 0
    key: str | None = None


class Notes(Handler):
    def initialize(self, kept: list[str]) -> None:
        self.kept = kept

    @endpoint(who=anyone())
    async def get(self, query: PageQuery) -> NoteView:
        """List notes."""
        return NoteView(text=",".join(self.kept[: query.limit]))

    @endpoint(who=citizen(), rate="write", idempotent=True, body_limit=1000)
    async def post(self, request: Note, key: RequestKey | None) -> Created[NoteView]:
        """Keep a note."""
        self.kept.append(request.text)
        view = NoteView(text=request.text, stars=request.stars, key=key.id if key else None)
        return Created(view, f"/notes/{len(self.kept)}")


class OneNote(Handler):
    @endpoint(who=citizen(assurance=3, max_age_seconds=600))
    async def get(self, note_id: str) -> Content:
        """Read a note."""
        return Content(note_id.encode(), "text/plain", etag="v1")

    @endpoint(who=staff("operator"))
    async def delete(self, note_id: str) -> NoContent:
        """Remove a note."""
        raise RuntimeError(f"{note_id} holds 110105194912310021 and cannot go")


def routes(kept: list[str]) -> list[Route]:
    return [Route("/notes", Notes, {"kept": kept}), Route("/notes/{note_id}", OneNote)]


def sign_in(city: Served, assurance: int = 0, **proved: timedelta) -> dict[str, str]:
    ages = {FACE: proved["face"]} if "face" in proved else {}
    proofs = {level: START - age for level, age in ages.items()}
    city.callers.known["me"] = Citizen("citizen-1", "session-1", assurance, proofs)
    return {"Authorization": "Bearer me"}


async def test_what_is_asked_properly_is_answered_with_an_id_and_a_log_line_of_the_route() -> None:
    kept: list[str] = []
    async with served(routes(kept)) as city:
        answer = await city.client.post("/notes", json={"text": "早上好"}, headers=sign_in(city))
        assert (answer.status_code, answer.json()["text"]) == (201, "早上好")
        assert answer.headers["Location"] == "/notes/1"
        assert len(answer.headers["X-Request-Id"]) == 24
        method, route, status, _, request_id, role = city.noted.lines[0]
        assert (method, route, status, role) == ("POST", "/notes", 201, "citizen")
        assert request_id == answer.headers["X-Request-Id"]
        assert city.noted.visits == ["citizen-1"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"text": ', 400, "request.malformed"),
        (b'{"text": "\xff\xfe"}', 400, "request.malformed"),
        (b"", 400, "request.malformed"),
        (b"[" * 5000, 413, "request.body_too_large"),
        (b"[" * 900, 400, "request.malformed"),
        (b"{}", 422, "request.invalid"),
        (b"[]", 422, "request.invalid"),
        (b'"text"', 422, "request.invalid"),
        (b'{"text": "x", "more": 1}', 422, "request.invalid"),
        (b'{"text": 5}', 422, "request.invalid"),
        (b'{"text": null}', 422, "request.invalid"),
        (b'{"text": ""}', 422, "request.invalid"),
        (b'{"text": "x", "stars": "5"}', 422, "request.invalid"),
        (b'{"text": "x", "stars": 1e400}', 422, "request.invalid"),
        (b'{"text": "x", "stars": true}', 422, "request.invalid"),
        (b'{"text": "line\\u0000"}', 422, "request.invalid"),
        (b'{"text": "\\ud800"}', 400, "request.malformed"),
        (json.dumps({"text": "长" * 101}).encode(), 422, "request.invalid"),
    ],
)
async def test_a_body_that_is_not_as_declared_is_refused_and_nothing_happens(
    body: bytes, status: int, code: str
) -> None:
    kept: list[str] = []
    async with served(routes(kept)) as city:
        headers = {"Content-Type": "application/json", **sign_in(city)}
        answer = await city.client.post("/notes", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
        assert kept == []


async def test_a_refused_value_is_never_repeated() -> None:
    async with served(routes([])) as city:
        secret = "11010519491231002X"
        answer = await city.client.post("/notes", json={"text": "x", secret: secret}, headers=sign_in(city))
        assert answer.status_code == 422
        assert secret not in answer.text
        answer = await city.client.post("/notes", json={"text": [secret]}, headers=sign_in(city))
        assert answer.json()["errors"] == [
            {"pointer": "/text", "rule": "string_type", "detail": "Input should be a valid string"}
        ]


async def test_other_media_types_are_refused() -> None:
    async with served(routes([])) as city:
        answer = await city.client.post("/notes", data={"text": "x"}, headers=sign_in(city))
        assert (answer.status_code, answer.json()["code"]) == (415, "request.unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "request.not_found"),
        ("POST", "/nowhere", 404, "request.not_found"),
        ("GET", "/notes/", 404, "request.not_found"),
        ("GET", "/notes/%FF", 404, "request.not_found"),
        ("GET", "/notes/1/2", 404, "request.not_found"),
        ("GET", "/", 404, "request.not_found"),
        ("PUT", "/notes", 405, "request.method_not_allowed"),
        ("OPTIONS", "/notes", 405, "request.method_not_allowed"),
        ("BREW", "/notes", 405, "request.method_not_allowed"),
        ("GET", "/notes?limit=0", 422, "request.invalid"),
        ("GET", "/notes?limit=101", 422, "request.invalid"),
        ("GET", "/notes?limit=x", 422, "request.invalid"),
        ("GET", "/notes?limit=1&limit=2", 422, "request.invalid"),
        ("GET", "/notes?page=2", 422, "request.invalid"),
        ("GET", "/notes?after=%00", 422, "request.invalid"),
        ("GET", "/notes?after=%FF", 400, "request.malformed"),
    ],
)
async def test_what_is_nowhere_or_not_so_is_a_problem_too(method: str, path: str, status: int, code: str) -> None:
    async with served(routes([])) as city:
        answer = await city.client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["Content-Type"] == "application/problem+json"
        if status == 405:
            assert answer.headers["Allow"] == "GET, POST"


async def test_head_is_get_without_a_body() -> None:
    async with served(routes(["a"])) as city:
        answer = await city.client.head("/notes")
        assert (answer.status_code, answer.content) == (200, b"")
        answer = await city.client.get("/notes/%E6%97%A9", headers=sign_in(city, FACE, face=timedelta(0)))
        assert answer.content.decode() == "早"


async def test_who_may_call_is_asked_before_anything_else() -> None:
    async with served(routes([])) as city:
        answer = await city.client.post("/notes", content=b"{not json")
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.sign_in_needed")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        for value in ("Bearer", "Basic me", "Bearer nobody", "me"):
            answer = await city.client.post("/notes", json={}, headers={"Authorization": value})
            assert answer.status_code == 401
        city.callers.known["gate"] = Staff("staff-1", "gate", "gate")
        answer = await city.client.delete("/notes/1", headers={"Authorization": "Bearer gate"})
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.forbidden")
        answer = await city.client.post("/notes", json={"text": "x"}, headers={"Authorization": "Bearer gate"})
        assert answer.status_code == 403
        assert city.noted.visits == []


async def test_step_up_is_answered_as_rfc_9470_says() -> None:
    async with served(routes([])) as city:
        for headers in (sign_in(city, REAL_NAME), sign_in(city, FACE, face=timedelta(seconds=601))):
            answer = await city.client.get("/notes/1", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "identity.step_up_needed")
            assert answer.headers["WWW-Authenticate"] == (
                'Bearer error="insufficient_user_authentication", acr_values="3", max_age=600'
            )
            assert (answer.json()["acr_values"], answer.json()["max_age"]) == ("3", 600)
        answer = await city.client.get("/notes/1", headers=sign_in(city, FACE, face=timedelta(seconds=600)))
        assert answer.status_code == 200


async def test_too_many_requests_are_told_when_to_come_again() -> None:
    async with served(routes([]), {"read": Rate(2, 60)}) as city:
        statuses = [(await city.client.get("/notes")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        answer = await city.client.get("/notes")
        assert answer.json()["code"] == "request.rate_limited"
        assert 1 <= int(answer.headers["Retry-After"]) <= 30
        assert answer.headers["RateLimit"].startswith('"read";r=0;t=')
        city.clock.advance(seconds=60)
        assert (await city.client.get("/notes")).status_code == 200


async def test_a_failure_of_ours_is_500_with_nothing_of_what_failed(caplog: pytest.LogCaptureFixture) -> None:
    async with served(routes([])) as city:
        city.callers.known["op"] = Staff("staff-2", "op", "operator")
        answer = await city.client.delete("/notes/1", headers={"Authorization": "Bearer op"})
        assert (answer.status_code, answer.json()["code"]) == (500, "server.internal")
        assert "110105194912310021" not in answer.text
        assert [record.getMessage() for record in caplog.records] == ["request failed"]
        assert vars(caplog.records[0])["route"] == "/notes/{note_id}"


async def test_a_body_over_the_limit_is_refused_and_the_client_hears_it() -> None:
    kept: list[str] = []
    async with served(routes(kept)) as city:
        headers = {"Content-Type": "application/json", **sign_in(city)}
        for size in (1001, 3_000_000):
            answer = await city.client.post("/notes", content=b"x" * size, headers=headers)
            assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 1000)

        async def chunks() -> object:
            for _ in range(50):
                yield b"x" * 1000

        answer = await city.client.post("/notes", content=chunks(), headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 413
        assert kept == []


class Albums(Handler):
    def initialize(self, kept: list[int]) -> None:
        self.kept = kept

    def prepare(self) -> None:
        self.kept.append(len(self.request.body))

    @endpoint(who=citizen(assurance=REAL_NAME), body_limit=1_000_000)
    async def post(self, request: Note) -> NoContent:
        return NoContent()

    @endpoint(who=anyone())
    async def get(self) -> Content:
        return Content(bytes(30_000_000), "application/octet-stream")


async def test_large_bodies_are_kept_only_for_those_who_may_send_them() -> None:
    kept: list[int] = []
    body = b'{"text": "' + b"x" * 900_000 + b'"}'
    async with served([Route("/albums", Albums, {"kept": kept})]) as city:
        city.callers.known["known"] = Citizen("citizen-1", "session-1", REAL_NAME)
        city.callers.known["barely"] = Citizen("citizen-2", "session-2", 0)
        for token, code in (
            (None, "identity.sign_in_needed"),
            ("nobody", "identity.sign_in_needed"),
            ("barely", "identity.step_up_needed"),
        ):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await city.client.post(
                "/albums", content=body, headers={"Content-Type": "application/json", **headers}
            )
            assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert max(kept) <= 64 * 1024
        headers = {"Content-Type": "application/json", "Authorization": "Bearer known"}
        answer = await city.client.post("/albums", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
        assert kept[-1] == len(body)


async def test_who_does_not_take_the_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.http.handler.SEND_SECONDS", 0.05)
    async with served([Route("/albums", Albums, {"kept": []})]) as city:
        with socket.create_connection(("127.0.0.1", city.port)) as client:
            client.sendall(b"GET /albums HTTP/1.1\r\nHost: city\r\n\r\n")
            async with asyncio.timeout(10):
                while not city.noted.lines:  # noqa: ASYNC110  # nobody tells us
                    await asyncio.sleep(0)
                assert "cst_http_requests_in_flight 1.0" in city.application.machinery.metrics.exposition().decode()
                await city.application.drained(10)
            assert "cst_http_requests_in_flight 0.0" in city.application.machinery.metrics.exposition().decode()
            client.settimeout(5)
            received = 0
            with suppress(ConnectionResetError):
                while part := client.recv(1_000_000):
                    received += len(part)
            assert received < 30_000_000


@pytest.mark.parametrize("length", ["900000000000", "9" * 18])
async def test_an_enormous_body_is_answered_before_it_is_sent(length: str) -> None:
    async with served(routes([])) as city:
        reader, writer = await asyncio.open_connection("127.0.0.1", city.port)
        sign_in(city)
        writer.write(
            b"POST /notes HTTP/1.1\r\nHost: city\r\nAuthorization: Bearer me\r\n"
            b"Content-Type: application/json\r\nContent-Length: " + length.encode() + b"\r\n\r\n"
        )
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"request.body_too_large" in answer
        writer.close()
        await writer.wait_closed()


async def test_an_idempotency_key_is_well_formed_and_bound_to_caller_and_endpoint() -> None:
    async with served(routes([])) as city:
        headers = sign_in(city)
        for key in ("short", "x" * 129, "dots.are.not.in.it", "with space in it"):
            sent = {**headers, "Idempotency-Key": key}
            answer = await city.client.post("/notes", json={"text": "x"}, headers=sent)
            assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_invalid")
        sent = {**headers, "Idempotency-Key": "0123456789abcdef"}
        first = (await city.client.post("/notes", json={"text": "x"}, headers=sent)).json()["key"]
        city.callers.known["me"] = Citizen("citizen-2", "session-2", 0)
        second = (await city.client.post("/notes", json={"text": "x"}, headers=sent)).json()["key"]
        assert first
        assert second
        assert first != second


async def test_the_language_of_a_problem_follows_the_client() -> None:
    async with served(routes([])) as city:
        chinese = await city.client.get("/nowhere")
        english = await city.client.get("/nowhere", headers={"Accept-Language": "en-GB,zh;q=0.5"})
        assert chinese.json()["title"] == "地址不存在"
        assert english.json()["title"] == "There is nothing at this address"


async def test_what_did_not_change_is_not_sent_again() -> None:
    async with served(routes([])) as city:
        headers = sign_in(city, FACE, face=timedelta(0))
        answer = await city.client.get("/notes/1", headers=headers)
        answer = await city.client.get("/notes/1", headers={**headers, "If-None-Match": answer.headers["ETag"]})
        assert (answer.status_code, answer.content) == (304, b"")


class Unprotected(Handler):
    async def get(self) -> None:
        self.finish({})


async def test_a_route_without_a_policy_stops_the_server_from_starting() -> None:
    async with served([]) as city:
        with pytest.raises(UnprotectedRoute, match=r"Unprotected\.get"):
            CityApplication([Route("/open", Unprotected)], city.application.machinery)
        with pytest.raises(TypeError, match="does not take the parameters"):
            CityApplication([Route("/notes/{other}", OneNote)], city.application.machinery)
        with pytest.raises(ValueError, match="routed twice"):
            CityApplication([Route("/notes/{note_id}", OneNote)] * 2, city.application.machinery)
    assert issubclass(Unprotected, RequestHandler)


def test_openapi_says_what_the_declarations_say() -> None:
    document = openapi(routes([]), "Notes", "1.0.0")
    post = document["paths"]["/notes"]["post"]
    assert document["openapi"] == "3.1.0"
    assert post["summary"] == "Keep a note"
    assert post["security"] == [{"bearer": []}]
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Note"}
    assert set(post["responses"]) == {"201", "default"}
    assert [parameter["name"] for parameter in post["parameters"]] == ["Idempotency-Key"]
    assert [p["name"] for p in document["paths"]["/notes"]["get"]["parameters"]] == ["limit", "after"]
    assert "Who may call: staff: operator." in document["paths"]["/notes/{note_id}"]["delete"]["description"]
