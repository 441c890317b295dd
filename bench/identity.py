"""The identity centre: what it costs to know who asks.

    python -m bench.identity [--quick] [--json]

- Requests of signed-in citizens (`GET /api/v1/me`, each with a new token that is used some dozens of times), sign-ins
  of citizens who come back (WeChat is the sandbox's, over HTTP), and refreshes: each as the ratio to a bare Tornado
  handler that answers the same bytes to the same client, in turns with it.
- An access token verified: met for the first time, beside PyJWT's own verification of the same tokens; and met again.
- Face verifications through the pool, beside the bare library on the same cores (bench/face.py looks closer), and what
  they do to the requests of others: `/me` at its ease, alone and while the pool is saturated.

Everything of the city is on. The bench checks itself: every status, that each refresh gave another token, that every
citizen has one session in the end. It ends with status 1 when that does not hold.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jwt
import uvloop

from bench import face
from bench.http import Target, ceiling
from bench.load import Sample, load, request
from core.clock import SystemClock
from identity_center.account import Proof, Standing
from identity_center.key_ring import KeyRing, algorithm_of
from identity_center.revocations import Revocations
from identity_center.settings import IdentitySettings, TokenSettings
from identity_center.tokens import AccessTokens
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from tests.running_city import RunningCity, running_city

CONNECTIONS = 32
AT_EASE = 4
"""Connections of the requests that are watched while faces are verified."""
DEVICE = "bench-device-of-everybody"
AT_ONCE = 50
"""Codes that are fetched together, and citizens whose requests are measured."""
ISSUER = "https://city.example"


@dataclass(frozen=True)
class Verifying:
    """Microseconds, medians: a token met for the first time, PyJWT for the same, and a token met again."""

    first_us: float
    pyjwt_us: float
    again_us: float


@dataclass(frozen=True)
class Faces:
    """Verifications a second of pool and library on one core; `/me` in milliseconds, alone and beside a full pool."""

    pool_per_second: float
    library_per_second: float
    ratio: float
    me_p50_alone_ms: float
    me_p99_alone_ms: float
    me_p50_beside_ms: float
    me_p99_beside_ms: float


class Crowd:
    """Citizens on their phones: signs all of them in, and refreshes what they hold."""

    def __init__(self, city: RunningCity, people: Sequence[dict[str, Any]]) -> None:
        self._city = city
        self._people = people
        self.refresh_tokens: list[str] = []
        self.access_tokens: list[str] = []
        self.answer = ""
        self.repeated = 0

    async def sign_ins(self) -> Iterator[bytes]:
        """One for each citizen, with a code of WeChat's that is fetched before."""
        codes: list[str] = []
        for start in range(0, len(self._people), AT_ONCE):
            group = self._people[start : start + AT_ONCE]
            codes += await asyncio.gather(*(self._city.code(person) for person in group))
        bodies = [json.dumps({"code": code, "device_id": DEVICE}).encode() for code in codes]
        return iter([request("POST", "/api/v1/sessions", body=body) for body in bodies])

    def refreshes(self) -> Iterator[bytes]:
        bodies = [json.dumps({"refresh_token": one, "device_id": DEVICE}).encode() for one in self.refresh_tokens]
        return iter([request("POST", "/api/v1/sessions/refresh", body=body) for body in bodies])

    async def sent(self, url: str, requests: Iterator[bytes]) -> Sample:
        """The load, and its tokens taken over by the phones."""
        kept: list[bytes] = []
        sample = await load(url, requests, connections=CONNECTIONS, seconds=120, keep=kept.append)
        sessions = [json.loads(body) for body in kept]
        tokens = [session["refresh_token"] for session in sessions]
        self.repeated += len(set(tokens) & set(self.refresh_tokens)) + len(tokens) - len(set(tokens))
        self.refresh_tokens, self.answer = tokens, kept[0].decode()
        self.access_tokens = [session["access_token"] for session in sessions]
        return sample


async def rates(
    city: RunningCity, folder: Path, *, people: int, rounds: int, seconds: float
) -> tuple[list[Target], list[str]]:
    """What was measured over HTTP, and what does not add up."""
    personas = [await city.person(f"resident-{number}") for number in range(1, people + 1)]
    crowd = Crowd(city, personas)
    await crowd.sent(city.url, await crowd.sign_ins())  # makes the accounts
    sign_in, refresh = crowd.answer, ""
    await crowd.sent(city.url, crowd.refreshes())
    refresh = crowd.answer
    me = await city.client.get("/api/v1/me", headers=_bearer(crowd.access_tokens[0]))
    bodies = {
        "me": {"body": me.raise_for_status().text, "status": 200},
        "sign_in": {"body": sign_in, "status": 201},
        "refresh": {"body": refresh, "status": 200},
    }
    targets = _targets(crowd)
    async with ceiling(folder, bodies) as bare:
        for _ in range(rounds):
            for target in targets:
                forever = itertools.repeat(target.bare)
                target.ceiling.append(await load(bare, forever, connections=CONNECTIONS, seconds=seconds))
            own, signing_in, refreshing = targets
            signing_in.city.append(await crowd.sent(city.url, await crowd.sign_ins()))
            refreshing.city.append(await crowd.sent(city.url, crowd.refreshes()))
            signed = itertools.cycle([_me(token) for token in crowd.access_tokens[:AT_ONCE]])
            own.city.append(await load(city.url, signed, connections=CONNECTIONS, seconds=seconds))
    return targets, await faults_of(city, crowd, targets)


def _targets(crowd: Crowd) -> list[Target]:
    nothing: Iterator[bytes] = iter(())
    token = {"refresh_token": crowd.refresh_tokens[0], "device_id": DEVICE}
    code = {"code": "a-code-of-twenty-two-c", "device_id": DEVICE}
    return [
        Target("me", nothing, request("GET", "/me", _bearer(crowd.access_tokens[0]))),
        Target("sign_in", nothing, request("POST", "/sign_in", body=json.dumps(code).encode()), 201),
        Target("refresh", nothing, request("POST", "/refresh", body=json.dumps(token).encode())),
    ]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _me(token: str) -> bytes:
    return request("GET", "/api/v1/me", _bearer(token))


async def faults_of(city: RunningCity, crowd: Crowd, targets: list[Target]) -> list[str]:
    faults = [
        f"{target.name}: answers with status {dict(sample.statuses)}, not {target.status}"
        for target in targets
        for sample in target.city
        if set(sample.statuses) != {target.status}
    ]
    if crowd.repeated:
        faults.append(f"{crowd.repeated} refresh tokens were given out twice")
    for token in crowd.access_tokens[:: max(1, len(crowd.access_tokens) // 20)]:
        sessions = (await city.client.get("/api/v1/sessions", headers=_bearer(token))).json()["items"]
        if len(sessions) != 1:
            faults.append(f"a citizen with one phone has {len(sessions)} sessions")
    return faults


def verifying(count: int) -> Verifying:
    """In this process, with nothing of HTTP around it."""
    clock, settings = SystemClock(), IdentitySettings(tokens=TokenSettings(remembered_tokens=count))
    keys = KeyRing.generated("ES256")
    key = keys.keys[keys.current]
    revocations = Revocations(MemoryDocuments(), MemoryEphemeral(clock), clock, settings)
    tokens = AccessTokens(keys, clock, revocations, settings.tokens, issuer=ISSUER)
    now = clock.now()
    known = Standing(2, {0: Proof(now, "wechat"), 1: Proof(now, "phone"), 2: Proof(now, "authority")})
    texts = [tokens.for_citizen(f"account-{number}", f"session-{number}", known).text for number in range(count)]
    public = key.public_key()

    def bare(text: str) -> None:
        jwt.decode(text, public, algorithms=[algorithm_of(key)], audience="citizen", issuer=ISSUER)

    return Verifying(
        first_us=_median_us(tokens.citizen, texts),
        pyjwt_us=_median_us(bare, texts),
        again_us=_median_us(tokens.citizen, texts),
    )


def _median_us(verify: Callable[[str], object], texts: Sequence[str]) -> float:
    spent = []
    for text in texts:
        began = time.perf_counter_ns()
        verify(text)
        spent.append(time.perf_counter_ns() - began)
    return round(statistics.median(spent) / 1000, 2)


async def faces(city: RunningCity, *, rounds: int, count: int, seconds: float) -> Faces:
    """One worker beside the library; then as many as there are cores, saturated, beside the city."""
    single, _ = await face.started(1)
    rate = await face.throughput(single, 1, rounds, count)
    await single.close()
    citizen = await city.sign_in(2)
    signed = itertools.repeat(_me(citizen.access_token))
    alone = await load(city.url, signed, connections=AT_EASE, seconds=seconds)
    pool, _ = await face.started(face.WORKERS)
    async with face.saturated(pool, face.common_frames()):
        beside = await load(city.url, signed, connections=AT_EASE, seconds=seconds)
    await pool.close()
    found = [round(sample.percentile(share), 2) for sample in (alone, beside) for share in (0.5, 0.99)]
    return Faces(rate.pool_per_second, rate.library_per_second, rate.ratio, *found)


async def run(*, quick: bool) -> dict[str, Any]:
    people, rounds, seconds = (200, 3, 0.6) if quick else (1500, 7, 2.0)
    with tempfile.TemporaryDirectory() as name:
        async with running_city(Path(name)) as city:
            targets, faults = await rates(city, Path(name), people=people, rounds=rounds, seconds=seconds)
            watched = await faces(city, rounds=3 if quick else 7, count=2 if quick else 5, seconds=seconds * 3)
    return {
        "figures": [target.figures() for target in targets],
        "verifying": asdict(verifying(500 if quick else 5000)),
        "faces": asdict(watched),
        "faults": faults,
    }


def shown(found: dict[str, Any]) -> str:
    lines = [f"{'':10}{'city/s':>9}{'ceiling/s':>11}{'ratio':>7}{'p50 ms':>9}{'p99 ms':>9}{'answers':>9}"]
    lines += [
        f"{row['name']:10}{row['per_second']:>9}{row['ceiling_per_second']:>11}{row['ratio']:>7}"
        f"{row['p50_ms']:>9}{row['p99_ms']:>9}{row['answers']:>9}"
        for row in found["figures"]
    ]
    token, seen = found["verifying"], found["faces"]
    lines += [
        "",
        f"a token, median: first {token['first_us']} us (PyJWT {token['pyjwt_us']}), again {token['again_us']} us",
        f"faces a second on one core: pool {seen['pool_per_second']:.2f}, library {seen['library_per_second']:.2f}",
        f"    ratio {seen['ratio']:.2f}",
        f"/me alone, ms: p50 {seen['me_p50_alone_ms']}, p99 {seen['me_p99_alone_ms']}",
        f"    beside a full pool of faces: p50 {seen['me_p50_beside_ms']}, p99 {seen['me_p99_beside_ms']}",
        "checked: " + ("; ".join(found["faults"]) or "statuses, tokens and sessions add up"),
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="at most a minute")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    chosen = parser.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # for the library's processes, as in the pool's
    found = uvloop.run(run(quick=chosen.quick))
    print(json.dumps(found) if chosen.json else shown(found))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
