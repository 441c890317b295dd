"""What comes over the wire and is not HTTP as it should be. The city answers or hangs up, and goes on."""

import asyncio

import pytest

from tests.http.api_answers import no_fault_of_ours, problem, unchanged
from tests.running_city import RunningCity

JSON = b"Content-Type: application/json\r\n"
REFUSED = {
    "no request line": b"\r\n\r\n\r\n",
    "noise": bytes(range(1, 256)) + b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 60 + b"\r\n\r\n",
    "another protocol": b"EHLO city\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that is none": b"GET /healthz HTTP/9.9\r\nHost: city\r\n\r\n",
    "no address": b"GET HTTP/1.1\r\nHost: city\r\n\r\n",
    "a header without a colon": b"GET /healthz HTTP/1.1\r\nHost city\r\n\r\n",
    "a header with NUL": b"GET /healthz HTTP/1.1\r\nHost: city\r\nX: a\0b\r\n\r\n",
    "a header's name with blanks": b"GET /healthz HTTP/1.1\r\nHost: city\r\nContent Length : 5\r\n\r\n",
    "two lengths": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a length and chunks": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: city\r\n\r\n",
    "a length below nothing": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nContent-Length: -1\r\n\r\n",
    "a length that is no number": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nContent-Length: 1_0\r\n\r\n{}",
    "a length of many digits": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nContent-Length: "
    + b"9" * 5000
    + b"\r\n\r\n{}",
    "a length that is a digit elsewhere": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\n"
    b"Content-Length: \xb2\r\n\r\n{}",
    "chunks of no size": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"zz\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": b"POST /api/v1/sessions HTTP/1.1\r\nHost: city\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
    b"0\r\n\r\n",
    "headers without end": b"GET /healthz HTTP/1.1\r\nHost: city\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    "an address without end": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: city\r\n\r\n",
}  # fmt: skip


async def sent(city: RunningCity, *parts: bytes, hang_up: bool = False) -> bytes:
    """What the city says to these bytes until it closes the connection, or the client has hung up half way."""
    host, _, port = city.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for part in parts:
        writer.write(part)
        await writer.drain()
    if hang_up:
        writer.write_eof()
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("kind", list(REFUSED))
async def test_what_is_not_http_is_refused_and_the_city_goes_on(city: RunningCity, kind: str) -> None:
    async with no_fault_of_ours(city):
        answer = await sent(city, REFUSED[kind], hang_up=True)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer[:200]
    assert answer.count(b"HTTP/1.1") <= 1, "one request has one answer"
    assert b"Traceback" not in answer
    assert b"Tornado" not in answer
    assert (await city.client.get("/healthz")).status_code == 200


async def test_a_client_that_hangs_up_half_way_has_done_nothing(city: RunningCity) -> None:
    citizen = await city.sign_in()
    head = b"POST /api/v1/consents HTTP/1.1\r\nHost: city\r\nAuthorization: Bearer %s\r\n%sContent-Length: %d\r\n\r\n%s"
    body = b'{"card_id": "gy.social_security"}'
    async with unchanged(city, citizen), no_fault_of_ours(city):
        for length, part in ((len(body), body[:10]), (len(body) + 1, body), (60_000, body)):
            request = head % (citizen.access_token.encode(), JSON, length, part)
            assert await sent(city, request, hang_up=True) == b""


async def test_a_body_is_read_in_whatever_pieces_it_comes(city: RunningCity) -> None:
    citizen = await city.sign_in()
    pieces = (
        b"11\r\n",
        b'{"card_id": "gy.s\r\n',
        b"2b\r\n",
        b'ocial_security", "separate": ["id_number"]}\r\n',
        b"0\r\n\r\n",
    )
    head = b"POST /api/v1/consents HTTP/1.1\r\nHost: city\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    authorization = f"Authorization: Bearer {citizen.access_token}\r\n\r\n".encode()
    assert (await sent(city, head + JSON + authorization, *pieces)).startswith(b"HTTP/1.1 201")


async def test_requests_sent_together_are_answered_in_their_order(city: RunningCity) -> None:
    paths = (b"/healthz", b"/nowhere", b"/api/v1/me", b"/healthz")
    requests = [b"GET %s HTTP/1.1\r\nHost: city\r\n\r\n" % path for path in paths]
    answer = await sent(city, b"".join(requests), b"GET /healthz HTTP/1.1\r\nHost: city\r\nConnection: close\r\n\r\n")
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"401", b"200", b"200"]


async def test_headers_that_pretend_move_nothing(city: RunningCity) -> None:
    citizen = await city.sign_in()
    pretending = {
        "Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "https://evil.example",
        "X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/api/v1/operator/figures", "X-User-Id": "admin",
        "X-Request-Id": "evil-request", "Cookie": "session=evil", "Accept": "text/html",
        "Accept-Language": "zz,,;q=9",
        "Range": "bytes=0-5", "If-None-Match": "*", "Expect": "nothing",
    }  # fmt: skip
    async with unchanged(city, citizen):
        answer = await city.client.get("/api/v1/me", headers={**citizen.headers, **pretending})
        plain = await city.client.get("/api/v1/me", headers=citizen.headers)
    assert (answer.status_code, answer.json()) == (200, plain.json())
    assert "evil" not in str(answer.headers)
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_two_authorizations_are_none(city: RunningCity) -> None:
    citizen, other = await city.sign_in(), await city.sign_in()
    headers = [("Authorization", f"Bearer {one.access_token}") for one in (citizen, other)]
    problem(await city.client.get("/api/v1/me", headers=headers), 401, "identity.token_invalid", citizen.access_token)


async def test_the_scheme_of_a_token_is_written_as_one_likes(city: RunningCity) -> None:
    citizen = await city.sign_in()
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = await city.client.get("/api/v1/me", headers={"Authorization": f"{scheme} {citizen.access_token}"})
        assert answer.status_code == 200
