"""A stolen database, or anything the server writes, tells nobody who the citizens are."""

import logging
from pathlib import Path

import pytest

from core.text import text
from identity_center.account import Account
from identity_center.ciphers import Algorithm
from identity_center.errors import RealNameMismatch
from identity_center.resealing import Resealing
from identity_center.staff.log import Actor
from identity_center.vault import Vault, VaultKeys
from server.adapters.sqlite_documents import SqliteDocuments
from server.sealed import HOLDERS
from tests.unit.acting_world import (
    CHILD,
    CHILD_NUMBER,
    COMPANY,
    CREDIT_CODE,
    MOTHER,
    MOTHER_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    PARKS_ONLY,
    ActingWorld,
    deed,
)
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI, WANG, WANG_NUMBER, World

PURPOSE = text("查询公积金", "See the housing fund")
PASSWORD = "correct horse battery"


@pytest.mark.parametrize(("first", "then"), [("A256GCM", "SM4GCM"), ("SM4GCM", "A256GCM")])
async def test_nothing_personal_can_be_read_in_the_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, first: Algorithm, then: Algorithm
) -> None:
    """Nor while all of it is sealed anew with a key of the other suite, and after."""
    caplog.set_level(logging.DEBUG)
    keys = VaultKeys.generated(first)
    world = World(await SqliteDocuments.open(tmp_path / "city.db"), vault=Vault(keys))
    pair = await world.sessions.sign_in(world.wechat.login_code("openid-li", "unionid-li"), "device-li")
    pair = await world.sessions.refresh(pair.refresh_token, "device-li")
    citizen = world.tokens.citizen(pair.access_token)
    await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
    with pytest.raises(RealNameMismatch):
        await world.accounts.confirm_real_name(citizen, WANG, LI_NUMBER)
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    await world.consents.grant(
        citizen, card_id="gy.fund", department="gy.centre", fields=["name", "id_number"], purpose=PURPOSE
    )
    released = await world.personal_data.release(
        citizen.id,
        card_id="gy.fund",
        department="gy.centre",
        fields=["name"],
        purpose=text("查询", "query"),
        request_id="r1",
    )
    await world.companions.save(citizen, WANG, WANG_NUMBER)
    assert await world.personal_data.reveal(citizen, ["phone"], "r2") == {"phone": PHONE_OF_LI}
    await world.add_staff("li.na", "operator", PASSWORD)
    await world.citizen("openid-li", "device-of-another-kind")
    await world.withdrawals.of_id_number(LI_NUMBER, "real_name", "authority", Actor(name="authority"))
    await world.sessions.sign_out(citizen)
    assert released == {"name": LI}
    written = contents(tmp_path) + caplog.text.encode()
    world.vault.take_up(keys.with_new_key(then))
    resealing = Resealing(world.documents, world.clock, world.vault, world.data_keys, HOLDERS)
    while (progress := await resealing.step()).finished_at is None:
        written += contents(tmp_path)
    assert progress.resealed >= 3
    assert await world.messages.unread(citizen) == 2
    await world.documents.close()
    written += contents(tmp_path)

    secrets = [LI, WANG, LI_NUMBER, WANG_NUMBER, PHONE_OF_LI, "openid-li", "unionid-li", "device-li", PASSWORD]
    secrets += ["device-of-another-kind"]
    secrets += [pair.access_token, pair.refresh_token, pair.refresh_token.rpartition(".")[2], LI_NUMBER[6:14]]
    assert b"gy.centre" in written, "the test reads what was written"
    for secret in secrets:
        assert secret.encode() not in written
        assert secret.encode("unicode_escape") not in written
        assert secret.encode("utf-16-le") not in written


async def test_nothing_of_families_and_enterprises_can_be_read_either(tmp_path: Path) -> None:
    world = ActingWorld(await SqliteDocuments.open(tmp_path / "city.db"))
    mother, old = await world.mother(), await world.person(OLD_MAN, OLD_NUMBER)
    relation = await world.child_of(mother)
    codes = [(await world.acting.claims.hand_over(mother, relation.id)).code]
    codes.append((await world.acting.helpers.invite(old, PARKS_ONLY, 30)).code)
    await world.acting.service.accept(mother, codes[1])
    bound = await world.bound(mother, MOTHER_NUMBER)
    await world.agent(mother, bound.id, old)
    await world.rules.note(await world.acts(mother, relation.id), deed())
    await world.documents.close()
    written = contents(tmp_path)
    assert relation.id.encode() in written, "the test reads what was written"
    secrets = [MOTHER, MOTHER_NUMBER, CHILD, CHILD_NUMBER, OLD_MAN, OLD_NUMBER, CREDIT_CODE, COMPANY]
    secrets += [code.replace("-", "") for code in codes] + codes
    secrets += [CHILD_NUMBER[6:14], "2034-05-0", "2034-04-30", "周*"]
    for secret in secrets:
        assert secret.encode() not in written, secret
        assert secret.encode("unicode_escape") not in written


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_sealed_value_moved_to_another_account_does_not_open(tmp_path: Path) -> None:
    world = World()
    citizen = await world.with_real_name()
    account = await world.accounts.get(citizen.id)
    assert await account.opened(world.data_keys, "name") == LI
    moved = account.model_copy(update={"id": "another"})
    swapped = Account.model_validate({**account.model_dump(), "name_sealed": account.phone_sealed})
    for tampered in (moved, swapped):
        with pytest.raises(Exception, match=r"identity\.seal_broken"):
            await tampered.opened(world.data_keys, "name")
