"""The copy that a citizen takes of everything the city holds about them."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import jsonschema_rs
import pytest

from core.caller import StepUpNeeded
from identity_center.privacy.errors import ExportLimit
from identity_center.privacy.zip_stream import ZipFile
from tests.booking_city import id_number
from tests.privacy_world import CARD, CENTRE, WORDS, PrivacyWorld
from tests.unit.identity_world import LI, LI_NUMBER, NOON, PHONE_OF_LI, WANG, WANG_NUMBER


async def test_everything_is_in_it_in_clear(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    found = await world.copy(citizen)
    (account,) = found["account.json"]
    assert (account["name"], account["id_number"], account["phone"]) == (LI, LI_NUMBER, PHONE_OF_LI)
    assert account["wechat_openid"] == "openid-li"
    assert found["companions.json"][0]["name"] == WANG
    assert found["companions.json"][0]["id_number"] == WANG_NUMBER
    assert found["bookings.json"][0]["companions"] == [{"name": "王小明", "id_number": id_number(7)}]
    (credential,) = found["credentials.json"]
    assert (credential["name"], credential["events"][0]["kind"]) == (LI, "issued")
    assert [entry["department"] for entry in found["access_log.json"]] == [CENTRE, "citizen"]
    assert found["access_log.json"][1]["fields"] == ["everything"], "the taking of the copy itself"
    assert found["corrections.json"][0]["text"] == WORDS
    assert found["usage.json"] == [{"day": "2026-11-22", "cards": [CARD]}]
    assert found["staff_actions.json"][0]["action"] == "proof.withdraw"
    assert not [name for name in found if found[name] == []], "the citizen has something of every kind"


async def test_it_is_as_its_schema_says_and_its_readme_names_every_file(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    found = await world.copy(await world.settled())
    whole = {area.name: found[f"{area.name}.json"] for area in world.areas}
    schema = jsonschema_rs.Draft202012Validator(found["schema.json"], offline=True)
    schema.validate(whole)
    for area in world.areas:
        assert f"`{area.name}.json`：{area.about.zh}" in found["README.md"]
        assert f"`{area.name}.json`: {area.about.en}" in found["README.md"]


async def test_who_has_just_signed_in_gets_what_there_is(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    found = await world.copy(await world.citizen())
    assert found["account.json"][0]["name"] is None
    assert found["companions.json"] == found["credentials.json"] == found["usage.json"] == []


async def test_nobody_else_is_in_it(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    await world.settled()
    other = await world.copy(await world.citizen("openid-wang", "another"))
    assert LI_NUMBER not in str(other)
    assert [name for name, records in other.items() if records and name not in ("README.md", "schema.json")] == [
        "account.json",
        "sessions.json",
        "access_log.json",
    ]


async def test_it_wants_a_fresh_proof_of_what_the_account_has_reached(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen, other = await world.settled(), await world.citizen("openid-wang", "another")
    world.clock.advance(seconds=301)
    for somebody, level in ((citizen, 2), (other, 0)):
        with pytest.raises(StepUpNeeded) as needed:
            await world.export.made(somebody, "request")
        assert (needed.value.assurance, needed.value.max_age_seconds) == (level, 300)
    assert len((await world.log.of(citizen)).items) == 1, "nothing was taken, nothing is written down"


async def test_a_day_has_so_many_and_a_new_day_again(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.citizen()
    for _ in range(3):
        await world.copy(citizen)
    with pytest.raises(ExportLimit) as refused:
        await world.copy(citizen)
    assert refused.value.retry_after_seconds == 12 * 3600 + 1, "noon to midnight"
    world.clock.advance(days=1)
    await world.copy(await world.citizen())


async def content(size: int) -> AsyncIterator[str]:
    for number in range(size):
        yield sha256(str(number).encode()).hexdigest()


async def files() -> AsyncIterator[tuple[str, AsyncIterator[str]]]:
    for name in ("a.json", "b.json"):
        yield name, content(5_000)


async def test_however_much_there_is_little_of_it_is_held() -> None:
    pieces = [len(piece) async for piece in ZipFile(NOON).chunks(files())]
    assert len(pieces) > 3
    assert max(pieces) < 64 * 1024
