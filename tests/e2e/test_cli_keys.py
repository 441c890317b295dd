"""Keys are made, rotated and retired from the command line, beside a city that goes on running."""

import asyncio
import io
import stat
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import jwt
import yaml

from server.cli import main
from tests.e2e.command_line import Ran, cst
from tests.running_city import RunningCity, SignedIn, log_lines, running_city

AHEAD = ("token_ahead_seconds", "ticket_ahead_seconds", "vault_ahead_seconds")


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(30):
            while not await holds():  # noqa: ASYNC110  # another process does it
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within 30 s: {what}") from None


async def ran(folder: Path, *words: str | Path, ahead: int = 0, **settings: Any) -> Ran:
    """A command on the data of the city of this folder, in a thread of this process. New keys are used after `ahead`
    seconds."""
    file = folder / "command.yaml"
    file.write_text(yaml.safe_dump({"keys": dict.fromkeys(AHEAD, ahead), **settings}))
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        arguments = [*map(str, words), "--config", str(file), "--data", str(folder / "var")]
        code = await asyncio.to_thread(main, arguments)
    return Ran(code, out.getvalue(), err.getvalue())


async def listed(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """By file: each key's id and what the list says of it, in the order of their use."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (await ran(folder, "keys", "list")).out.splitlines():
        purpose, _algorithm, key_id, state = line.split(maxsplit=3)
        found.setdefault(purpose, []).append((key_id, state))
    return found


async def published(city: RunningCity, path: str = "/.well-known/jwks.json") -> list[str]:
    return [key["kid"] for key in (await city.client.get(path)).json()["keys"]]


async def status_of(city: RunningCity, citizen: SignedIn) -> int:
    return (await city.client.get("/api/v1/me", headers=citizen.headers)).status_code


async def test_keys_are_made_once_and_never_overwritten(tmp_path: Path) -> None:
    folder, master = tmp_path / "keys", tmp_path / "safe" / "master.key"
    made = await cst("keys", "new", "--folder", folder, "--master", master)
    assert (made.code, made.err) == (0, "")
    files = {path: path.read_bytes() for path in (*sorted(folder.iterdir()), master)}
    names = ["credentials.json", "oidc.json", "records.json", "tickets.json", "tokens.json", "vault.json", "master.key"]
    assert [path.name for path in files] == names
    assert all(str(path) in made.out for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}

    (folder / "tickets.json").unlink()
    again = await cst("keys", "new", "--folder", folder, "--master", master)
    assert again.code == 0
    assert again.out.splitlines()[0] == f"made {folder}/tickets.json"
    assert [path.name for path in files if path.read_bytes() != files[path]] == ["tickets.json"]


async def test_without_a_master_key_no_keys_are_made_and_one_is_easily_had(tmp_path: Path) -> None:
    refused = await ran(tmp_path, "keys", "new", "--folder", tmp_path / "keys")
    assert (refused.code, refused.out) == (1, "")
    assert "CST_MASTER_KEY" in refused.err
    assert "cst keys master" in refused.err
    printed = await ran(tmp_path, "keys", "master")
    file = tmp_path / "master.key"
    file.write_text(printed.out)
    made = await ran(tmp_path, "keys", "new", "--folder", tmp_path / "keys", "--master", file)
    assert made.code == 0
    assert file.read_text() == printed.out


async def test_a_running_city_takes_up_new_signing_keys_and_honours_the_old_ones(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        citizen = await city.sign_in()
        (old,), (gate_key,) = await published(city), await published(city, "/api/v1/gate/keys")
        turned = await ran(tmp_path, "keys", "rotate", "--tokens", "--tickets", ahead=3600)
        again = await ran(tmp_path, "keys", "rotate", ahead=3600)
        assert (turned.code, turned.err, again.code) == (0, "", 1)
        assert "announced already" in again.err

        async def are_published() -> bool:
            return len(await published(city)) == len(await published(city, "/api/v1/gate/keys")) == 2

        await until(are_published, "the new keys are published")
        announced = await city.sign_in()
        assert jwt.get_unverified_header(announced.access_token)["kid"] == old
        assert gate_key in await published(city, "/api/v1/gate/keys")
        (_, first), (coming, second) = (await listed(tmp_path))["tokens"]
        assert first.startswith("in use since ")
        assert second.startswith("is published, used from ")

        assert (await ran(tmp_path, "keys", "retire", coming)).code == 1
        file = tmp_path / "var" / "keys" / "tokens.json"
        file.write_text(file.read_text().replace(used_from(file, coming), used_from(file, old)))  # its time has come

        async def signs() -> bool:
            header = jwt.get_unverified_header((await city.sign_in()).access_token)
            return bool(header["kid"] == coming)

        await until(signs, "the new key signs")
        assert await status_of(city, citizen) == await status_of(city, announced) == 200
        too_soon = await ran(tmp_path, "keys", "retire", old)
        assert too_soon.code == 1
        assert "can be retired after" in too_soon.err
        await leaked(tmp_path, city, citizen, {old, coming})


def used_from(file: Path, key_id: str) -> str:
    return str(next(key["used_from"] for key in yaml.safe_load(file.read_text())["keys"] if key["id"] == key_id))


async def leaked(folder: Path, city: RunningCity, citizen: SignedIn, known: set[str]) -> None:
    """What somebody else has signs and verifies no more; whoever is signed in gets a new token with their refresh."""
    assert (await ran(folder, "keys", "rotate", "--tokens", "--leaked", ahead=3600)).code == 0

    async def are_dropped() -> bool:
        return known.isdisjoint(await published(city))

    await until(are_dropped, "the leaked key is gone")
    assert await status_of(city, citizen) == 401
    await refresh(city, citizen)
    assert await status_of(city, citizen) == 200
    assert {line["event"] for line in log_lines(city) if line["event"].startswith("keys")} == {"keys taken up"}


async def refresh(city: RunningCity, citizen: SignedIn) -> None:
    wanted = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    pair = (await city.client.post("/api/v1/sessions/refresh", json=wanted)).raise_for_status().json()
    citizen.access_token, citizen.refresh_token = pair["access_token"], pair["refresh_token"]


async def test_the_vaults_key_is_replaced_while_the_city_runs_and_then_retired(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        citizen = await city.sign_in(2)
        me = (await city.client.get("/api/v1/me", headers=citizen.headers)).json()
        ((old, _),) = (await listed(tmp_path))["vault"]
        turned = await ran(tmp_path, "keys", "rotate", "--vault", identity={"vault": {"cipher": "sm4-gcm"}})
        assert (turned.code, turned.err) == (0, "")
        assert "(SM4GCM) is used from " in turned.out

        async def is_sealed_anew() -> bool:
            return f"{old}: " not in (await ran(tmp_path, "vault", "status")).out

        await until(is_sealed_anew, "nothing is sealed with the old key")
        retired = await ran(tmp_path, "keys", "retire", old)
        assert (retired.code, retired.err) == (0, "")
        assert (await city.client.get("/api/v1/me", headers=citizen.headers)).json() == me
        ((new, _),) = (await listed(tmp_path))["vault"]

    in_use = await ran(tmp_path, "keys", "retire", new)
    assert (in_use.code, in_use.out) == (1, "")
    assert f"{new} is in use" in in_use.err
    assert (await ran(tmp_path, "keys", "rotate", "--vault")).code == 0
    needed = await ran(tmp_path, "keys", "retire", new)
    assert needed.code == 1
    assert "4 texts in accounts, 1 text in data_keys" in needed.err
    resealed = await ran(tmp_path, "vault", "reseal")
    assert (resealed.code, resealed.err) == (0, "")
    assert resealed.out.endswith("2 records were sealed anew\n")
    assert (await ran(tmp_path, "keys", "retire", new)).code == 0
    assert "there is no key" in (await ran(tmp_path, "keys", "retire", new)).err
    await under_another_master_key(tmp_path, citizen, me)


async def under_another_master_key(folder: Path, citizen: SignedIn, me: dict[str, Any]) -> None:
    wrapped = await ran(folder, "keys", "rewrap", "--to", folder / "new.key")
    assert (wrapped.code, wrapped.err) == (0, "")
    refused = await ran(folder, "keys", "list")
    assert refused.code == 1
    assert "master key" in refused.err
    async with running_city(folder, {"keys": {"master": {"file": str(folder / "new.key")}}}) as city:
        await refresh(city, citizen)
        assert (await city.client.get("/api/v1/me", headers=citizen.headers)).json() == me
