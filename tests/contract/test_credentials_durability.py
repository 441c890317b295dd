"""What was acknowledged of a credential is there after kill -9, and its record holds."""

import subprocess
import sys
from pathlib import Path

from identity_center.credentials.credential import Credential
from identity_center.credentials.record import RecordEntry
from identity_center.credentials.status_lists import StatusListFill
from tests.contract.credentials_until_killed import credit_code, opened
from tests.credential_world import LICENCE, LICENCE_CLAIMS, CredentialWorld

ROOT = Path(__file__).parents[2]
GENERATIONS = 3


def acknowledged_until_killed(folder: Path, first: int, enough: int) -> list[str]:
    """Whole lines the process wrote before the kill -9 that ended it in the midst of its work."""
    command = [sys.executable, "-m", "tests.contract.credentials_until_killed", str(folder), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(enough)]
        process.kill()
        lines += process.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


async def everything(world: CredentialWorld) -> dict[str, Credential]:
    page = await world.documents.find(Credential, "id", limit=1000)
    assert page.after is None
    return {credential.id: credential for credential in page.items}


async def test_what_was_acknowledged_survives_and_half_of_nothing_is_left(tmp_path: Path) -> None:
    lines: list[str] = []
    for generation in range(GENERATIONS):
        lines += acknowledged_until_killed(tmp_path, first=generation * 1_000_000, enough=80)
    told = [tuple(line.split()) for line in lines]
    assert not [line for line in told if line[0] == "refused"], told
    world = await opened(tmp_path)
    try:
        held = await everything(world)
        acknowledged = {kind: {name for what, name in told if what == kind} for kind in ("issued", "shown", "revoked")}
        assert len(acknowledged["issued"]) >= 30 * GENERATIONS
        assert acknowledged["issued"] <= held.keys()
        assert {held[name].state for name in acknowledged["revoked"]} == {"revoked"}
        assert all(held[name].shown > 0 for name in acknowledged["shown"])
        for credential in held.values():
            assert await world.record.fault(credential.id) is None
        fill = await world.documents.get(StatusListFill, "1")
        assert fill is not None
        assert fill.taken == len(held)
        kept = await world.kept_list()
        places = {credential.state: kept.status(credential.status_index) for credential in held.values()}
        assert places == {"valid": 0, "revoked": 1, "suspended": 2}
        again = await world.issued(LICENCE, {**LICENCE_CLAIMS, "credit_code": credit_code(9_000_000)})
        assert await world.documents.count(RecordEntry, "credential", again.id) == 1
    finally:
        await world.documents.close()
