"""What holds for every endpoint of the API, also for those that are added later: each is looked up in the API's own
description and sent what nobody should send. The answer is always a problem that docs/errors.md explains, never a
fault of ours, and changes nothing."""

import gzip
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.http.api_answers import any_problem, no_fault_of_ours, not_repeated, problem, unchanged
from tests.http.api_operations import Description, Operation, described, misfits, sample, texts_in
from tests.http.api_services import with_face
from tests.running_city import RunningCity

JSON = {"Content-Type": "application/json"}
STRANGE_TEXTS = (
    "\0", "a\0b4c1b8e", "\x1b[31mred\x1b[0m", "one\r\nSet-Cookie: two=three", "\x7f" * 8, "\ufeffmark", "\u202eright",
    "👨‍👩‍👧‍👦 family", "Z̷̡̢a̶l̵g̸o̴ text", "\U000f0000 private", "\uffff none", "'; DROP TABLE accounts; --",
    "{{7*7}} ${7*7}", "../../etc/passwd", "%00%ff", "<script>alert(1)</script>", "１２３４５６ wide", "x" * 60_000,
)  # fmt: skip
FREE_TEXT = ("reason", "text", "answer")
"""Fields in which people write what they like."""
STRANGE_PATHS = (
    "%00", "a%00b", "%FF", "%C3%28", "%ED%A0%80", "%F0%9F%98%80", "%2e%2e", "..%2f..%2fetc%2fpasswd",
    "%0d%0aX-Evil:%201", "%E2%80%AE", "'%20OR%201=1%20--", "*", ";", "%25", "-1", "9" * 400, "x" * 4000,
)  # fmt: skip
NOT_JSON = {
    "nothing": b"", "a beginning": b'{"a": ', "bad UTF-8": b'{"a": "\xff\xfe"}', "UTF-16": '{"a": 1}'.encode("utf-16"),
    "half a character": b'{"a": "\\ud800"}', "a raw control character": b'{"a": "\x01"}', "a bare word": b"yes",
    "two values": b"{} {}", "a depth without end": b'{"a":' * 5000, "single quotes": b"{'a': 1}",
    "gzip": gzip.compress(b"{}"), "a form": b"a=1&b=2",
}  # fmt: skip


WITH_FRAMES = ("/face/verifications", "/family/elders", "/identity/claims")


@dataclass(frozen=True)
class Callers:
    """Somebody for each kind of endpoint who may call it."""

    citizen: Mapping[str, str]
    staff: Mapping[str, Mapping[str, str]]
    """By role."""

    def of(self, operation: Operation) -> Mapping[str, str]:
        if not operation.needs_sign_in:
            return {}
        if operation.who.startswith("citizen"):
            return self.citizen
        return next(headers for role, headers in self.staff.items() if role in operation.who)


@dataclass(frozen=True)
class Walk:
    """The city with its description, somebody to call each endpoint, and how to send something to it."""

    city: RunningCity
    description: Description
    callers: Callers

    async def send(self, operation: Operation, at: str = "unknown", **sent: Any) -> httpx.Response:
        headers = {**self.callers.of(operation), **sent.pop("headers", {})}
        return await self.city.client.request(operation.method, operation.at(at), headers=headers, **sent)

    def with_body(self) -> list[tuple[Operation, Mapping[str, Any]]]:
        return [(one, one.request) for one in self.description.operations if one.request is not None]


@asynccontextmanager
async def walking(city: RunningCity) -> AsyncIterator[Walk]:
    """Afterwards nothing has changed for the citizen who sent it all, and no fault of the city's was counted."""
    citizen = await with_face(city)
    staff = {role: await city.staff(role) for role in ("operator", "auditor", "gate", "department", "hall_clerk")}
    callers = Callers(citizen.headers, staff)
    async with unchanged(city, citizen), no_fault_of_ours(city):
        yield Walk(city, await described(city), callers)


async def test_the_description_covers_the_whole_api_and_names_each_operation_once(city: RunningCity) -> None:
    document = (await city.client.get("/api/openapi.json")).json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 40
    assert all(operation["summary"] for operation in operations)


async def test_whoever_is_not_signed_in_is_asked_to_sign_in(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation in walk.description.operations:
            if operation.needs_sign_in:
                answer = await city.client.request(operation.method, operation.at())
                problem(answer, 401, "identity.sign_in_needed")


def refused_where_needed(operation: Operation, answer: httpx.Response, code: str) -> None:
    if operation.needs_sign_in:
        problem(answer, 401, code)
    else:
        assert answer.status_code < 500
        assert code not in answer.text


async def test_what_is_no_token_of_ours_opens_nothing_and_closes_nothing_that_is_open(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation in walk.description.operations:
            if operation.path in ("/healthz", "/readyz", "/metrics"):
                continue  # these look at nothing, so that they answer whatever happens
            for value in ("Bearer", "Basic eDp5", "eyJhbGciOiJub25lIn0.e30.", "\xff\xfe".encode("latin-1")):
                answer = await walk.send(operation, headers={"Authorization": value})
                refused_where_needed(operation, answer, "identity.sign_in_needed")
            for value in ("4c1b8e6f", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "x" * 9000, "ä.ö.ü".encode()):
                token = value if isinstance(value, bytes) else value.encode()
                answer = await walk.send(operation, headers={"Authorization": b"Bearer " + token})
                refused_where_needed(operation, answer, "identity.token_invalid")
                assert "4c1b8e6f" not in answer.text


async def test_a_body_that_is_not_json_is_malformed(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation, _ in walk.with_body():
            for body in NOT_JSON.values():
                problem(await walk.send(operation, content=body, headers=JSON), 400, "request.malformed")


async def test_a_body_that_is_json_of_another_shape_is_invalid(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation, _ in walk.with_body():
            for body in (b"[]", b"null", b"true", b"7", b'"text"', b"[{}]"):
                answer = await walk.send(operation, content=body, headers=JSON)
                assert problem(answer, 422, "request.invalid")["errors"][0]["pointer"] == ""


async def test_only_json_is_taken(city: RunningCity) -> None:
    kinds = ("text/plain", "application/x-www-form-urlencoded", "application/jso", "json", "")
    async with walking(city) as walk:
        for operation, schema in walk.with_body():
            body = json.dumps(sample(dict(schema), walk.description.schemas)).encode()
            for kind in kinds:
                answer = await walk.send(operation, content=body, headers={"Content-Type": kind})
                problem(answer, 415, "request.unsupported_media_type")


async def test_a_field_that_breaks_its_schema_is_pointed_at_and_never_repeated(city: RunningCity) -> None:
    """Missing and unknown fields, wrong types, texts too long or empty, control characters, dates that are none."""
    async with walking(city) as walk:
        tried = 0
        for operation, schema in walk.with_body():
            for pointer, body in misfits(dict(schema), walk.description.schemas):
                if not isinstance(body, dict):
                    continue  # another test's
                errors = problem(await walk.send(operation, json=body), 422, "request.invalid", "4c1b8e")["errors"]
                pointers = [error["pointer"] for error in errors]
                assert pointer in pointers, f"{operation.name}: {pointers} instead of {pointer} for {str(body)[:200]}"
                tried += 1
        assert tried > 200


async def test_strange_texts_in_any_field_are_refused_and_never_repeated(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation, schema in walk.with_body():
            schemas = walk.description.schemas
            whole = sample(dict(schema), schemas)
            for name, body in texts_in(dict(schema), schemas, whole):
                if name in FREE_TEXT:
                    continue
                for text in STRANGE_TEXTS:
                    answer = await walk.send(operation, json={**body, name: text})
                    any_problem(answer, text)
                    assert 400 <= answer.status_code < 500, (operation.name, name, text[:40])


async def test_strange_addresses_lead_nowhere(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation in walk.description.operations:
            if not operation.path_names:
                continue
            body = {"json": sample(operation.request, walk.description.schemas)} if operation.request else {}
            for part in STRANGE_PATHS:
                answer = await walk.send(operation, part, **body)
                any_problem(answer, part)
                assert answer.status_code == 404, (operation.name, part[:40])
                assert "X-Evil" not in answer.headers


async def test_a_query_field_that_is_unknown_repeated_or_not_text_is_refused(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation in walk.description.operations:
            if operation.name in ("GET /oidc/authorize", "GET /oidc/logout"):
                continue  # in OAuth unknown parameters mean nothing (RFC 6749, 3.1)
            joint = "&" if "?" in operation.at() else "?"
            body = {"json": sample(operation.request, walk.description.schemas)} if operation.request else {}
            for query, status, code in (
                ("unexpected=4c1b8e", 422, "request.invalid"),
                ("4c1b8e=1&4c1b8e=2", 422, "request.invalid"),
                ("%FF=1", 422, "request.invalid"),
            ):
                headers = dict(walk.callers.of(operation))
                address = operation.at() + joint + query
                answer = await city.client.request(operation.method, address, headers=headers, **body)
                if operation.path in ("/healthz", "/readyz", "/metrics"):
                    headers = {}
                problem(answer, status, code, "4c1b8e")


async def test_a_query_field_that_breaks_its_schema_is_refused(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation in walk.description.operations:
            headers = dict(walk.callers.of(operation))
            for field in operation.queries():
                for value in ("", "%00", "a%00b4c1b8e", "%FF", "-1", "1.5", "1e3", "x" * 3000, "%F0%9F%98%80", "null"):
                    if not any(
                        _forbids(schema, value) for schema in (field["schema"], *field["schema"].get("anyOf", []))
                    ):
                        continue  # can be looked for, and is not found
                    answer = await city.client.get(f"{operation.path}?{field['name']}={value}", headers=headers)
                    not_repeated(answer, ["4c1b8e", "x" * 3000])
                    code = any_problem(answer)["code"]
                    nowhere = operation.path_names and _fits_some(field["schema"], value) and "not_found" in code
                    assert nowhere or code in ("request.invalid", "request.malformed", "request.cursor"), (field, value)


async def test_a_body_over_the_limit_is_refused_whole(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation, _ in walk.with_body():
            size = 13 * 1024 * 1024 if operation.path.endswith(WITH_FRAMES) else 66_000
            body = b'{"a": "' + b"x" * size + b'"}'
            limit = problem(await walk.send(operation, content=body, headers=JSON), 413, "request.body_too_large")
            assert limit["limit_bytes"] < size


async def test_an_idempotency_key_that_is_none_is_refused(city: RunningCity) -> None:
    async with walking(city) as walk:
        taking = [operation for operation in walk.description.operations if operation.takes_key]
        assert len(taking) >= 4
        for operation in taking:
            body = sample(operation.request or {}, walk.description.schemas)
            for key in (
                "",
                "short",
                "x" * 129,
                "with space 4c1b8e",
                "dots.4c1b8e.dots",
                "4c1b8e\u00e4\u00f6\u00fc",
                "../../4c1b8e",
            ):
                answer = await walk.send(operation, json=body, headers={"Idempotency-Key": key.encode("latin-1")})
                problem(answer, 400, "idempotency.key_invalid", "4c1b8e")


async def test_another_method_is_told_which_there_are(city: RunningCity) -> None:
    async with walking(city) as walk:
        taken: dict[str, set[str]] = {}
        for operation in walk.description.operations:
            taken.setdefault(operation.path, set()).add(operation.method)
        for operation in walk.description.operations:
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} - taken[operation.path]:
                answer = await city.client.request(method, operation.at())
                problem(answer, 405, "request.method_not_allowed")
                assert set(answer.headers["Allow"].split(", ")) == taken[operation.path]


async def test_head_is_get_without_its_body(city: RunningCity) -> None:
    async with walking(city) as walk:
        for operation in walk.description.operations:
            if operation.path == "/api/v1/me/export":
                continue  # the citizen's access log says each time that a copy was taken
            headers = dict(walk.callers.of(operation))
            head = await city.client.head(operation.at("gy.scenic_spots"), headers=headers)
            assert head.content == b""
            if operation.method == "GET":
                answer = await city.client.get(operation.at("gy.scenic_spots"), headers=headers)
                assert head.status_code == answer.status_code, operation.name


def _fits_some(schema: Mapping[str, Any], value: str) -> bool:
    """Whether it has the form that the schema wants, as any word can be a cursor's: then the address decides."""
    patterns = [one["pattern"] for one in (schema, *schema.get("anyOf", [])) if "pattern" in one]
    return any(re.search(pattern, value) for pattern in patterns)


def _forbids(schema: Mapping[str, Any], value: str) -> bool:
    """Whether such a text in a query cannot be what the schema wants."""
    if schema.get("type") != "string":
        return "type" in schema and schema["type"] != "null"
    return any(name in schema for name in ("pattern", "format", "enum")) or len(value) > schema.get("maxLength", 9999)
