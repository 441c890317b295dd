"""A gate of its own: `cst verify` with what it fetched once, while the city is away; and a city that was killed."""

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.command_line import Ran, cst
from tests.http.api_credentials import OWN, PASS_CLAIMS, at_gate, issued, office, shown
from tests.running_city import RunningCity, running_city


@dataclass(frozen=True)
class Kept:
    """What a gate keeps in files."""

    folder: Path

    @property
    def keys(self) -> Path:
        return self.folder / "jwks.json"

    @property
    def status(self) -> Path:
        return self.folder / "list.jwt"

    async def fetch(self, city: RunningCity) -> None:
        self.keys.write_bytes((await city.client.get("/api/v1/credentials/keys")).raise_for_status().content)
        self.status.write_bytes((await city.client.get("/api/v1/credentials/status/1")).raise_for_status().content)

    async def verify(self, code: str, at: str) -> Ran:
        return await cst("verify", code, "--keys", self.keys, "--status", self.status, "--at", at)


async def test_a_gate_verifies_while_the_city_is_killed_and_the_city_comes_back_whole(tmp_path: Path) -> None:
    gate = Kept(tmp_path)
    async with running_city(tmp_path) as city:
        citizen = await city.sign_in(2)
        credential_id = await issued(city, citizen.person)
        made = await shown(city, citizen, credential_id, "name")
        assert (await at_gate(city, made["code"])).json()["verdict"] == "valid"
        await gate.fetch(city)
        await city.kill()

    at = made["issued_at"]
    true, as_sd_jwt = await gate.verify(made["code"], at), await gate.verify(made["sd_jwt"], at)
    assert (true.code, true.err) == (0, "")
    assert true.out.splitlines()[0] == "valid"
    assert f"  name: {citizen.person['name']}" in true.out.splitlines()
    assert f"  pass_number: {PASS_CLAIMS['pass_number']}" in true.out.splitlines()
    assert citizen.person["id_number"] not in true.out
    assert as_sd_jwt == true
    late = await gate.verify(made["code"], made["expires_at"])
    assert (late.code, late.out.splitlines()[0].partition(":")[0]) == (1, "too old")
    forged = await gate.verify(made["code"][:-8], at)
    assert (forged.code, len(forged.out.splitlines()), forged.out.partition(":")[0]) == (1, 1, "unknown")

    (tmp_path / "code.txt").write_text(made["code"] + "\n")
    without = await cst("verify", tmp_path / "code.txt", "--keys", gate.keys, "--at", at)
    assert (without.code, without.out.partition(":")[0]) == (1, "unchecked")
    typed = await cst("verify", "-", "--keys", gate.keys, "--status", gate.status, "--at", at, typed=made["code"])
    assert typed == true

    async with running_city(tmp_path) as city:
        again = await city.sign_in(2, str(citizen.person["id"]))
        listed = (await city.client.get(OWN, headers=again.headers)).json()["items"]
        assert [(one["id"], one["state"]) for one in listed] == [(credential_id, "valid")]
        record = (await city.client.get(f"{OWN}/{credential_id}/record", headers=again.headers)).json()["items"]
        assert [one["kind"] for one in record] == ["shown", "issued"]
        made = await shown(city, again, credential_id)  # the city listens elsewhere now, and its codes say so
        assert (await office(city, credential_id, "revocation")).status_code == 200
        await gate.fetch(city)
    revoked = await gate.verify(made["code"], made["issued_at"])
    assert (revoked.code, revoked.out.splitlines()[0]) == (1, "revoked")


async def test_what_it_cannot_verify_with_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("{}")
    (tmp_path / "good").write_text('{"keys": []}')
    for keys, status, named in (
        ("nowhere", None, "nowhere: No such file or directory"),
        ("keys", None, "keys: this is no key set"),
        ("good", "keys", "keys: this is no status list that these keys have signed"),
    ):
        options: list[str | Path] = ["--status", tmp_path / status] if status else []
        ran = await cst("verify", "x", "--keys", tmp_path / keys, *options)
        assert (ran.code, ran.out, ran.err) == (2, "", f"{tmp_path}/{named}\n")


async def test_types_are_checked_by_command(tmp_path: Path) -> None:
    good = await cst("credential", "check")
    assert (good.code, good.err) == (0, "")
    (tmp_path / "gy.bad.yaml").write_text("id: gy.bad\nversion: 1\n")
    bad = await cst("credential", "check", "--types", tmp_path)
    assert (bad.code, bad.out) == (1, "")
    assert bad.err.startswith("gy.bad.yaml:1  assurance\n    `assurance` is missing\n    -> ")
    assert "gy.bad.yaml:2  version\n" in bad.err


async def test_a_broken_type_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    types = tmp_path / "types"
    types.mkdir()
    (types / "gy.bad.yaml").write_text("id: gy.bad\n")
    async with running_city(tmp_path, {"credentials": {"folder": str(types)}}) as city:
        assert (await city.client.get("/api/v1/credentials/types")).json() == {"items": []}
        assert "credential type left out" in city.log.read_text()
