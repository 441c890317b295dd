"""Nothing that the city stores of a citizen is forgotten: in their copy, in time, or when they leave."""

from functools import reduce
from pathlib import Path

import pytest

from core.documents import Document
from server.collections import COLLECTIONS
from server.config import Settings
from server.personal import PERSONAL, Personal
from tests.privacy_world import PrivacyWorld
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI

CLASSIFIED = {model: what for model, what in PERSONAL.items() if isinstance(what, Personal)}


def test_every_collection_is_classified() -> None:
    assert set(PERSONAL) == set(COLLECTIONS)
    assert all(len(what) > 5 for what in PERSONAL.values() if isinstance(what, str)), "a reason"


def test_what_is_personal_stands_in_the_copy_or_says_why_not(tmp_path: Path) -> None:
    areas = [area.name for area in PrivacyWorld(tmp_path).areas]
    assert len(set(areas)) == len(areas)
    assert {what.area for what in CLASSIFIED.values() if what.area} == set(areas)
    assert all((what.area is None) == bool(what.unshown) for what in CLASSIFIED.values())


@pytest.mark.parametrize("model", CLASSIFIED, ids=lambda model: model.collection)
def test_each_has_a_period_in_the_settings_or_a_reason(model: type[Document]) -> None:
    kept = CLASSIFIED[model].kept
    assert CLASSIFIED[model].erased
    if "." not in kept or " " in kept:
        assert len(kept) > 4
        return
    period = reduce(getattr, kept.split("."), Settings())
    assert isinstance(period, int)
    assert period > 0


async def test_every_collection_with_an_account_or_a_person_in_it_is_personal(tmp_path: Path) -> None:
    """Found by looking: whatever a settled city holds that names the citizen's account or person."""
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    key = await world.people.person_key(citizen.id)
    for model in COLLECTIONS:
        held = " ".join(one.model_dump_json() for one in (await world.documents.find(model, "id", limit=1000)).items)
        names = [text for text in (citizen.id, key, LI, LI_NUMBER, PHONE_OF_LI) if text in held]
        assert not names or model in CLASSIFIED, model.collection


async def test_after_an_erasure_only_what_says_so_still_names_the_account(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    key = await world.people.person_key(citizen.id)
    await world.closed(citizen)
    left = set()
    for model in COLLECTIONS:
        held = " ".join(one.model_dump_json() for one in (await world.documents.find(model, "id", limit=1000)).items)
        assert key not in held, model.collection
        if citizen.id in held:
            left.add(model.collection)
    assert left == {
        "erasures", "corrections", "sessions", "consents", "access_log", "access_log_heads", "face_records",
        "hall_codes", "site_sign_ins", "staff_log", "identity_attempts", "revocations", "relations",
        "enterprise_mandates",
    }  # fmt: skip
