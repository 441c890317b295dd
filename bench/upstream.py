"""Which HTTP client calls a department's system with the least effort: requests per second and CPU per request.

    python -m bench.upstream [--quick] [--json] [--uvloop]

Every client posts the same body to the same bare Tornado handler in another process, 50 at a time, on one event loop.
The yardstick is raw HTTP/1.1 over asyncio streams with one kept-open connection per caller: the least work that a
client in Python can do. Rounds are interleaved and medians are shown, so that a noisy neighbour hits all alike. Each
answer is compared with the expected bytes. The bench chooses nothing; docs/gateway.md says what was chosen and why.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import httpx
import tornado.httpclient
import tornado.httpserver
import tornado.netutil
import tornado.web
import uvloop
from tornado.curl_httpclient import CurlAsyncHTTPClient
from tornado.simple_httpclient import SimpleAsyncHTTPClient

CONCURRENT = 50
BODY = json.dumps({"id_number": "1" * 18, "kind": "pension", "year": 2026}).encode()
ANSWER = json.dumps(
    {"entries": [{"month": f"2026-{month:02}", "amount": 123456 + month} for month in range(40)]}
).encode()
HEADERS = {"Content-Type": "application/json", "X-City-Key-Id": "bench", "X-City-Signature": "0" * 64}

Call = Callable[[], Awaitable[bytes]]
"""Posts BODY once and returns the body of the answer."""
Client = Callable[[str], AbstractAsyncContextManager[Call]]
"""Opens a client for a URL."""


# --- the department, in a process of its own ---


class Department(tornado.web.RequestHandler):
    def initialize(self, peers: set[Any]) -> None:
        self.peers = peers

    def post(self) -> None:
        self.peers.add(cast("Any", self.request.connection).context.address)
        if self.request.body != BODY:
            raise tornado.web.HTTPError(400)
        self.set_header("Content-Type", "application/json")
        self.finish(ANSWER)

    def get(self) -> None:
        """How many connections were opened since the last time this was asked."""
        self.finish(str(len(self.peers)))
        self.peers.clear()


async def serve() -> None:
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1", backlog=1024)
    application = tornado.web.Application([("/", Department, {"peers": set()})], log_function=lambda _: None)
    tornado.httpserver.HTTPServer(application).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


# --- the clients ---


@asynccontextmanager
async def bare_streams(url: str) -> AsyncIterator[Call]:
    port = int(url.rsplit(":", 1)[1].rstrip("/"))
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONCURRENT)]

    async def call() -> bytes:
        reader, writer = connection = idle.pop()
        writer.write(request)
        answer_head = await reader.readuntil(b"\r\n\r\n")
        length = int(answer_head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        idle.append(connection)
        return body

    yield call
    for _, writer in idle:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def aiohttp_session(url: str) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENT)) as session:

        async def call() -> bytes:
            async with session.post(url, data=BODY, headers=HEADERS) as answer:
                return await answer.read()

        yield call


@asynccontextmanager
async def httpx_client(url: str) -> AsyncIterator[Call]:
    limits = httpx.Limits(max_connections=CONCURRENT, max_keepalive_connections=CONCURRENT)
    async with httpx.AsyncClient(limits=limits) as client:

        async def call() -> bytes:
            return (await client.post(url, content=BODY, headers=HEADERS)).content

        yield call


@asynccontextmanager
async def tornado_curl(url: str) -> AsyncIterator[Call]:
    client = CurlAsyncHTTPClient(force_instance=True, max_clients=CONCURRENT)
    yield _tornado_call(client, url)
    client.close()


@asynccontextmanager
async def tornado_simple(url: str) -> AsyncIterator[Call]:
    client = SimpleAsyncHTTPClient(force_instance=True, max_clients=CONCURRENT)
    yield _tornado_call(client, url)
    client.close()


def _tornado_call(client: tornado.httpclient.AsyncHTTPClient, url: str) -> Call:
    async def call() -> bytes:
        return (await client.fetch(url, method="POST", body=BODY, headers=HEADERS)).body

    return call


CLIENTS: dict[str, Client] = {
    "bare asyncio streams": bare_streams,
    "aiohttp.ClientSession": aiohttp_session,
    "httpx.AsyncClient": httpx_client,
    "tornado CurlAsyncHTTPClient": tornado_curl,
    "tornado SimpleAsyncHTTPClient": tornado_simple,
}
YARDSTICK = "bare asyncio streams"


# --- measuring ---


@dataclass(frozen=True)
class Round:
    per_second: float
    cpu_microseconds: float
    p99_milliseconds: float
    connections: int


async def measure(client: Client, url: str, seconds: float) -> Round:
    async with client(url) as call:
        await asyncio.gather(*(call() for _ in range(CONCURRENT)))  # connections are open before the clock starts
        latencies: list[float] = []
        started, cpu, deadline = time.perf_counter(), _cpu(), time.perf_counter() + seconds
        await asyncio.gather(*(_caller(call, deadline, latencies) for _ in range(CONCURRENT)))
        elapsed, used = time.perf_counter() - started, _cpu() - cpu
    return Round(
        per_second=len(latencies) / elapsed,
        cpu_microseconds=used / len(latencies) * 1e6,
        p99_milliseconds=statistics.quantiles(latencies, n=100)[98] * 1e3,
        connections=await _connections(url),
    )


async def _caller(call: Call, deadline: float, latencies: list[float]) -> None:
    while (begun := time.perf_counter()) < deadline:
        assert await call() == ANSWER
        latencies.append(time.perf_counter() - begun)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _connections(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return int(await answer.text())


async def measure_all(url: str, rounds: int, seconds: float) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {name: [] for name in CLIENTS}
    for _ in range(rounds):
        for name, client in CLIENTS.items():
            found[name].append(await measure(client, url, seconds))
    return found


def summary(found: dict[str, list[Round]]) -> dict[str, dict[str, float]]:
    """The medians of all rounds, and each as a ratio to the yardstick's."""

    def median(name: str, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in found[name]))

    return {
        name: {
            "per_second": round(median(name, "per_second")),
            "of_yardstick": round(median(name, "per_second") / median(YARDSTICK, "per_second"), 2),
            "cpu_microseconds": round(median(name, "cpu_microseconds")),
            "cpu_of_yardstick": round(median(name, "cpu_microseconds") / median(YARDSTICK, "cpu_microseconds"), 2),
            "p99_milliseconds": round(median(name, "p99_milliseconds"), 1),
            "connections": round(median(name, "connections")),
        }
        for name in found
    }


def table(figures: dict[str, dict[str, float]]) -> str:
    lines = [f"{'client':31}{'req/s':>8}{'ratio':>7}{'CPU µs/req':>12}{'ratio':>7}{'p99 ms':>8}{'connections':>13}"]
    for name, row in figures.items():
        lines.append(
            f"{name:31}{row['per_second']:8.0f}{row['of_yardstick']:7.2f}{row['cpu_microseconds']:12.0f}"
            f"{row['cpu_of_yardstick']:7.2f}{row['p99_milliseconds']:8.1f}{row['connections']:13.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three short rounds, under 30 s")
    parser.add_argument("--json", action="store_true", help="one JSON object with the same figures")
    parser.add_argument("--uvloop", action="store_true", help="run the clients on uvloop")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    rounds, seconds = (3, 1.0) if arguments.quick else (7, 2.0)
    department = subprocess.Popen(
        [sys.executable, "-m", "bench.upstream", "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert department.stdout is not None
    url = f"http://127.0.0.1:{int(department.stdout.readline())}/"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if arguments.uvloop else None) as runner:
        figures = summary(runner.run(measure_all(url, rounds, seconds)))
    department.communicate()  # closes its stdin, at which it ends
    loop = "uvloop" if arguments.uvloop else "asyncio"
    if arguments.json:
        settings = {"concurrent": CONCURRENT, "rounds": rounds, "seconds": seconds, "loop": loop}
        print(json.dumps({"bench": "upstream", "yardstick": YARDSTICK, **settings, "clients": figures}))
    else:
        print(f"{CONCURRENT} at a time, {len(BODY)} bytes there, {len(ANSWER)} back, {rounds} × {seconds} s, {loop}\n")
        print(table(figures))


if __name__ == "__main__":
    main()
