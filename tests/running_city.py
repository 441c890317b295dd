"""A city as a process of its own, with its sandbox, on free ports and in a folder of its own: what HTTP and end-to-end
tests speak to through real sockets."""

import asyncio
import json
import os
import re
import secrets
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml

from server.adapters.key_files import CityKeys, read_keys
from server.adapters.master_key import MasterKey
from tests.delivered import delivered_copy

ROOT = Path(__file__).resolve().parent.parent
STAFF_PASSWORD = "demo-city-2026"
LOG = "city.log"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0

TEST_SETTINGS: dict[str, Any] = {
    "http": {"port": 0},
    "demo": {"sandbox_port": 0},
    # Tests send far more from one address than a person does; what limits do is tested where they are set low.
    "limits": {name: {"limit": 1_000_000, "seconds": 60} for name in ("read", "write", "sign_in", "heavy")},
    "identity": {"proof_attempts": {"free_attempts": 50}},
    "face": {"deadline_seconds": 30, "attempts_per_day": 50},
    "face_pool": {"workers": 0},
    "miniapp": {"folder": None},
}


@dataclass
class SignedIn:
    """A citizen of the sandbox with a session. `person` is what the sandbox says of them, real name and number."""

    person: dict[str, Any]
    device_id: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


@dataclass
class RunningCity:
    """`client` speaks to the city, `outside` to its sandbox; `log` is everything the server wrote to stderr."""

    client: httpx.AsyncClient
    outside: httpx.AsyncClient
    process: Process
    data: Path
    log: Path

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    @property
    def port(self) -> int:
        return self.client.base_url.port or 0

    def keys(self) -> CityKeys:
        """What the city seals and signs with now."""
        folder = self.data / "keys"
        master = MasterKey((folder / "master.key").read_text())
        return read_keys(folder, master, datetime.now(UTC), timedelta(hours=1))

    async def kill(self) -> None:
        """As a power failure would. Returns when it is over."""
        os.kill(self.process.pid, signal.SIGKILL)
        await self.ended()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tells the server to stop, and returns its exit code. Fails when it takes too long."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """The exit code, once it has ended. Fails when it takes too long."""
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()

    async def person(self, persona: str | None = None) -> dict[str, Any]:
        """A persona of the sandbox, or one of its many residents chosen at random."""
        name = persona or f"resident-{secrets.randbelow(900_000) + 1}"
        found: dict[str, Any] = (await self.outside.get(f"/personas/{name}")).raise_for_status().json()
        return found

    async def code(self, person: Mapping[str, Any], kind: str = "wechat_code") -> str:
        answer = await self.outside.post(f"/personas/{person['id']}/{kind}")
        return str(answer.raise_for_status().json()["code"])

    async def sign_in(self, level: int = 0, persona: str | None = None) -> SignedIn:
        """A citizen who has proved themselves up to `level`, each step through the API."""
        person = await self.person(persona)
        device_id = secrets.token_hex(16)
        wanted = {"code": await self.code(person), "device_id": device_id}
        session = (await self.client.post("/api/v1/sessions", json=wanted)).raise_for_status().json()
        citizen = SignedIn(person, device_id, session["access_token"], session["refresh_token"])
        if level >= 1:
            await self._prove(citizen, "phone", {"code": await self.code(person, "phone_code")})
        if level >= 2:
            await self._prove(citizen, "real_name", {"name": person["name"], "id_number": person["id_number"]})
        if level >= 3:
            await self._prove(citizen, "face/verifications", await self.face_proof(citizen))
        return citizen

    async def face_proof(self, citizen: SignedIn) -> dict[str, Any]:
        """What a phone would send after a challenge: its id and nonce, and frames of the sandbox's camera."""
        path = "/api/v1/identity/face/challenges"
        challenge = (await self.client.post(path, json={"consent": True}, headers=citizen.headers)).json()
        actions = [action["action"] for action in challenge["actions"]]
        camera = await self.outside.post(f"/personas/{citizen.person['id']}/camera", json={"actions": actions})
        frames = camera.raise_for_status().json()["frames"]
        return {"challenge_id": challenge["id"], "nonce": challenge["nonce"], "frames": frames}

    async def _prove(self, citizen: SignedIn, what: str, proof: dict[str, Any]) -> None:
        answer = await self.client.post(f"/api/v1/identity/{what}", json=proof, headers=citizen.headers)
        citizen.access_token = answer.raise_for_status().json()["access_token"]

    async def api_key(self, system: str | None = None) -> dict[str, str]:
        """The headers of a system of the housing fund, with a key made for it."""
        wanted = {"system": system or secrets.token_hex(8), "scopes": ["cards.figures"]}
        headers = await self.staff("department")
        made = (await self.client.post("/api/v1/staff/api_keys", json=wanted, headers=headers)).raise_for_status()
        return {"Authorization": f"Bearer {made.json()['secret']}"}

    async def staff(self, role: str = "operator") -> dict[str, str]:
        """The headers of a signed-in member of staff."""
        wanted = {"name": role, "password": STAFF_PASSWORD}
        session = (await self.client.post("/api/v1/staff/sessions", json=wanted)).raise_for_status().json()
        return {"Authorization": f"Bearer {session['access_token']}"}


@asynccontextmanager
async def running_city(folder: Path, settings: Mapping[str, Any] | None = None) -> AsyncIterator[RunningCity]:
    """Starts `cst serve` with its state in `folder/var`, waits until it is ready, and stops it with SIGTERM.

    `settings` go over TEST_SETTINGS, section by section. A folder can be used again: the city finds its state there.
    """
    async with starting_city(folder, settings) as process:
        urls = await _announced(process)
        async with (
            httpx.AsyncClient(base_url=urls[0], trust_env=False, timeout=60) as client,
            httpx.AsyncClient(base_url=urls[1], trust_env=False, timeout=60) as outside,
        ):
            yield RunningCity(client, outside, process, folder / "var", folder / LOG)


@asynccontextmanager
async def starting_city(folder: Path, settings: Mapping[str, Any] | None = None) -> AsyncIterator[Process]:
    """The process of a city that has just been started; stopped in the end if it still runs."""
    file = folder / "settings.yaml"
    cards = {"folder": str(delivered_copy(folder))}
    file.write_text(yaml.safe_dump({**TEST_SETTINGS, "cards": cards, **(settings or {})}))
    with (folder / LOG).open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "serve", "--config", str(file), "--data", str(folder / "var"),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    try:
        yield process
    finally:
        await _stopped(process)


async def _stopped(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise


async def _announced(process: Process) -> tuple[str, str]:
    """The city's and the sandbox's address, from what the server tells the person who started it."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    async with asyncio.timeout(READY_SECONDS):
        while line := (await process.stdout.readline()).decode():
            if match := re.match(r"\s*(API|sandbox)\s+(http://[0-9.:]+)", line):
                found[match[1]] = match[2]
            if "tour" in line:
                return found["API"], found["sandbox"]
    raise AssertionError("the city did not start; its log says why")


def log_lines(city: RunningCity) -> list[dict[str, Any]]:
    """What the server logged, each line as the object that it is."""
    return [json.loads(line) for line in city.log.read_text().splitlines()]
