"""A stolen database, or anything the server writes, tells nobody what a credential says, or who showed it."""

import json
import logging
from pathlib import Path

import pytest

from identity_center.credentials.errors import PresentationInvalid
from identity_center.errors import SealBroken
from server.adapters.sqlite_documents import SqliteDocuments
from tests.credential_world import GATE, LICENCE, LICENCE_CLAIMS, OPERATOR, PASS_CLAIMS, PROOF, CredentialWorld
from tests.unit.identity_world import LI, LI_NUMBER


async def test_nothing_that_a_credential_says_can_be_read_in_the_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = CredentialWorld(await SqliteDocuments.open(tmp_path / "city.db"))
    li = await world.with_real_name()
    annual_pass, proof = await world.issued(), await world.issuing.issue_own(li, PROOF)
    await world.issued(LICENCE, LICENCE_CLAIMS)
    codes = [await world.shown(li, annual_pass, "name", "birth_date"), await world.shown(li, proof, "id_number")]
    for shown in codes:
        assert (await world.gate.check(shown.code, GATE, "北门")).verdict == "valid"
    with pytest.raises(PresentationInvalid):
        await world.gate.check(codes[0].sd_jwt[:-4], GATE)
    await world.register.revoke(OPERATOR, annual_pass.id, "lost")
    written = contents(tmp_path) + caplog.text.encode()
    await world.documents.close()
    written += contents(tmp_path)

    secrets = [LI, LI_NUMBER, LI_NUMBER[6:14], "1990-03-07", *map(str, PASS_CLAIMS.values())]
    secrets += [str(value) for value in LICENCE_CLAIMS.values()]
    secrets += [text for shown in codes for text in (shown.code, shown.sd_jwt, *shown.sd_jwt.split("~"))]
    assert "北门".encode() in written, "the test reads what was written"
    for secret in secrets:
        assert secret.encode() not in written
        assert json.dumps(secret).strip('"').encode() not in written
        assert secret.encode("utf-16-le") not in written


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_what_is_sealed_opens_in_its_own_credential_alone() -> None:
    world = CredentialWorld()
    annual_pass = await world.issued()
    assert world.register.content(annual_pass).holder.name == LI
    moved = annual_pass.model_copy(update={"id": "another"})
    with pytest.raises(SealBroken):
        world.register.content(moved)


async def test_what_is_shown_in_programs_texts_hides_persons_and_codes() -> None:
    world = CredentialWorld()
    li = await world.with_real_name()
    annual_pass = await world.issued()
    shown, content = await world.shown(li, annual_pass, "name"), world.register.content(annual_pass)
    for text in (repr(shown), repr(content.holder), repr(annual_pass)):
        assert LI not in text
        assert LI_NUMBER not in text
        assert shown.code not in text
        assert shown.sd_jwt not in text
