"""Calls to departments, over real sockets, with departments of every kind of bad behaviour."""

import asyncio
import base64
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.clock import ManualClock
from identity_center.errors import AuthorityUnavailable
from server.adapters.authority import SignedAuthority
from server.adapters.departments import MAX_ANSWER_BYTES, DepartmentClient
from service_registry.errors import UpstreamInvalid, UpstreamUnavailable
from tests.gateway_city import KEYS, NOON, Received, call_to, department, raw_server

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def client() -> DepartmentClient:
    return DepartmentClient(KEYS, ManualClock(NOON))


def balance(_asked: Received) -> tuple[int, object]:
    return 200, {"balance": 5}


# --- what a department receives ---


async def test_a_department_receives_a_signed_call_with_request_id_and_idempotency_key() -> None:
    async with department(balance) as running, client() as calls:
        answer = await calls.call(call_to(f"{running.url}/a/b?c=d%20e", idempotency_key="once"))
    (asked,) = running.received
    assert (answer.status, answer.media_type, answer.body) == (200, "application/json", b'{"balance":5}')
    assert (asked.method, asked.path, asked.body) == ("POST", "/a/b?c=d%20e", {"id_number": "x"})
    assert asked.headers["X-Request-Id"] == "request-1"
    assert asked.headers["Idempotency-Key"] == "once"
    assert asked.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["", "/", "/a%2Fb", "/医保", "/a b", "/a/../b", "/a?x=%E4%B8%AD&y=1+2", "/a//b"])
async def test_whatever_the_address_what_is_signed_is_what_is_sent(path: str) -> None:
    async with department(balance) as running, client() as calls:
        assert (await calls.call(call_to(running.url + path))).status == 200


async def test_a_get_carries_no_body_and_is_signed_too() -> None:
    async with department(balance) as running, client() as calls:
        assert (await calls.call(call_to(f"{running.url}/x", method="GET", body=b""))).status == 200
    assert "Content-Type" not in running.received[0].headers


async def test_a_wrong_key_or_clock_is_refused_by_the_department() -> None:
    late = ManualClock(NOON + timedelta(seconds=301))
    async with department(balance) as running:
        async with DepartmentClient({"city": b"another secret"}, ManualClock(NOON)) as calls:
            assert (await calls.call(call_to(running.url))).status == 401
        async with DepartmentClient(KEYS, late) as calls:
            assert (await calls.call(call_to(running.url))).status == 401
    assert running.received == []


async def test_connections_are_kept_open_and_used_again() -> None:
    async with department(balance) as running, client() as calls:
        for _ in range(10):
            await calls.call(call_to(running.url))
    assert len(running.connections) == 1


async def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    async def redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 302 Found\r\nLocation: {0}/elsewhere\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.format(other.url).encode())

    async with department(balance) as other, raw_server(redirect) as url, client() as calls:
        assert (await calls.call(call_to(url))).status == 302
        await calls.call(call_to(other.url))
    assert len(other.received) == 1
    assert "Cookie" not in other.received[0].headers


# --- departments that misbehave ---


async def test_a_dead_port_is_unavailable() -> None:
    async with raw_server(silent) as url:
        pass
    async with client() as calls:
        with pytest.raises(UpstreamUnavailable) as refused:
            await calls.call(call_to(url))
    assert refused.value.reason == "refused"


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def dripping(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.01)


async def dripping_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("behaviour", [silent, dripping, dripping_head])
async def test_a_department_that_does_not_finish_is_given_up_at_the_deadline(behaviour: Behaviour) -> None:
    loop = asyncio.get_running_loop()
    async with raw_server(behaviour) as url, client() as calls:
        began = loop.time()
        with pytest.raises(UpstreamUnavailable) as given_up:
            await calls.call(call_to(url, deadline_seconds=0.2))
    assert given_up.value.reason == "timeout"
    assert 0.15 < loop.time() - began < 2


@pytest.mark.parametrize("seconds", [0.0, -0.001])
async def test_when_no_time_is_left_no_call_is_begun(seconds: float) -> None:
    async with raw_server(silent) as url, client() as calls:
        with pytest.raises(UpstreamUnavailable) as given_up:
            async with asyncio.timeout(5):
                await calls.call(call_to(url, deadline_seconds=seconds))
    assert given_up.value.reason == "timeout"


async def closing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return None


async def half(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b'Content-Length: 100\r\n\r\n{"balance"')


async def not_http(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example.org ESMTP\r\n\x00\xff\xfe\r\n\r\n")


async def broken_chunks(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk\r\n")


async def endless_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000)
    await writer.drain()


async def contradicting_lengths(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n{}")


@pytest.mark.parametrize("behaviour", [closing, half, not_http, broken_chunks, endless_head, contradicting_lengths])
async def test_a_department_that_breaks_off_or_speaks_no_http_is_unavailable(behaviour: Behaviour) -> None:
    async with raw_server(behaviour) as url, client() as calls:
        with pytest.raises(UpstreamUnavailable) as broken:
            await calls.call(call_to(url))
    assert broken.value.reason == "broken"


async def declared_large(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 10485760\r\n\r\n")
    await asyncio.Event().wait()


async def large(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"\r\n")
    for _ in range(10 * 16):
        writer.write(b" " * 65536)
        await writer.drain()


@pytest.mark.parametrize("behaviour", [declared_large, large])
async def test_an_answer_over_a_mebibyte_is_not_read_to_its_end(behaviour: Behaviour) -> None:
    async with raw_server(behaviour) as url, client() as calls:
        with pytest.raises(UpstreamInvalid) as refused:
            await calls.call(call_to(url))
    assert refused.value.reason == "too_large"


async def test_an_answer_of_a_mebibyte_is_read() -> None:
    async with department(lambda _asked: (200, b" " * MAX_ANSWER_BYTES)) as running, client() as calls:
        assert len((await calls.call(call_to(running.url))).body) == MAX_ANSWER_BYTES


async def test_a_compressed_answer_is_not_unpacked() -> None:
    async def bomb(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")

    async with raw_server(bomb) as url, client() as calls:
        assert (await calls.call(call_to(url))).body == b"\x1f\x8b\x08\x00"


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with _tls_server(tmp_path) as port, client() as calls:
        with pytest.raises(UpstreamUnavailable) as refused:
            await calls.call(call_to(f"https://127.0.0.1:{port}/"))
    assert refused.value.reason == "refused"


async def test_plain_http_behind_an_https_address_is_unavailable() -> None:
    async with department(balance) as running, client() as calls:
        with pytest.raises(UpstreamUnavailable):
            await calls.call(call_to(running.url.replace("http://", "https://"), deadline_seconds=0.3))


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/", "//x", "http://[::1", ""])
async def test_an_address_that_is_none_is_unavailable(url: str) -> None:
    async with client() as calls:
        with pytest.raises(UpstreamUnavailable) as refused:
            await calls.call(call_to(url))
    assert refused.value.reason == "unconfigured"


async def test_a_key_this_server_was_not_given_is_unavailable() -> None:
    async with department(balance) as running, client() as calls:
        with pytest.raises(UpstreamUnavailable) as refused:
            await calls.call(call_to(running.url, key_id="unknown"))
    assert refused.value.reason == "unconfigured"
    assert running.received == []


async def test_one_hanging_department_does_not_hold_up_another() -> None:
    async with raw_server(silent) as hanging, department(balance) as running, client() as calls:
        stuck = [asyncio.create_task(calls.call(call_to(hanging, deadline_seconds=0.5))) for _ in range(100)]
        answers = [await calls.call(call_to(running.url)) for _ in range(20)]
        still_stuck = [task for task in stuck if not task.done()]
        results = await asyncio.gather(*stuck, return_exceptions=True)
    assert [answer.status for answer in answers] == [200] * 20
    assert still_stuck
    assert all(isinstance(result, UpstreamUnavailable) for result in results)


async def test_a_cancelled_call_leaves_nothing_behind() -> None:
    reached = asyncio.Event()

    async def reached_and_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await silent(reader, writer)

    async with raw_server(reached_and_silent) as url, client() as calls:
        task = asyncio.create_task(calls.call(call_to(url)))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_secret_stands_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with raw_server(not_http) as url, client() as calls:
        with pytest.raises(UpstreamUnavailable) as broken:
            await calls.call(call_to(url))
    assert KEYS["city"].decode() not in caplog.text + repr(broken.value) + repr(calls)


# --- the population authority ---


def authority(calls: DepartmentClient, url: str) -> SignedAuthority:
    return SignedAuthority(calls, base_url=url, key_id="city", clock=ManualClock(NOON), deadline_seconds=1)


@pytest.mark.parametrize("verdict", ["match", "mismatch", "not_found"])
async def test_the_authority_says_whether_name_and_number_belong_together(verdict: str) -> None:
    async with department(lambda _asked: (200, {"result": verdict})) as running, client() as calls:
        assert await authority(calls, running.url + "/").verify("张晓梅", "11010519491231002X") == verdict
    (asked,) = running.received
    assert (asked.path, asked.body) == ("/authority/verify", {"name": "张晓梅", "id_number": "11010519491231002X"})


async def test_the_authority_hands_out_a_photo_or_says_that_it_has_none() -> None:
    photo = base64.b64encode(b"a JPEG").decode()
    answers = [(200, {"photo": photo}), (404, {"error": "not_found"})]
    async with department(lambda _asked: answers.pop(0)) as running, client() as calls:
        asked = authority(calls, running.url)
        assert await asked.photo("11010519491231002X") == photo
        assert await asked.photo("11010519491231002X") is None
    assert running.received[0].path == "/authority/photo"


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"result": "maybe"}),
        (200, {"result": ["match"]}),
        (200, {}),
        (200, []),
        (200, "match"),
        (201, {"result": "match"}),
        (404, {"error": "no such page"}),
        (401, {"error": "wrong signature"}),
        (500, {"result": "match"}),
        (200, {"photo": "not base64!"}),
        (200, {"photo": ""}),
        (200, {"photo": 5}),
        (404, "<html>"),
    ],
)
async def test_an_authority_that_does_not_answer_as_agreed_is_unavailable(answer: tuple[int, object]) -> None:
    async with department(lambda _asked: answer) as running, client() as calls:
        with pytest.raises(AuthorityUnavailable):
            await authority(calls, running.url).verify("张晓梅", "11010519491231002X")
        with pytest.raises(AuthorityUnavailable):
            await authority(calls, running.url).photo("11010519491231002X")


async def test_an_authority_that_hangs_or_is_gone_is_unavailable() -> None:
    async with raw_server(closing) as url, client() as calls:
        with pytest.raises(AuthorityUnavailable):
            await authority(calls, url).verify("张晓梅", "11010519491231002X")
    async with client() as calls:
        with pytest.raises(AuthorityUnavailable):
            await authority(calls, url).photo("11010519491231002X")


@asynccontextmanager
async def _tls_server(folder: Path) -> AsyncIterator[int]:
    """A department with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "department.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = await asyncio.start_server(closing, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
