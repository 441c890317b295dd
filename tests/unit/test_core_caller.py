"""What a signed-in citizen may do with the assurance they have."""

from datetime import UTC, datetime, timedelta

import pytest

from core.caller import FACE, PHONE, REAL_NAME, WECHAT, Citizen, StepUpNeeded

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def citizen(assurance: int, proved_ago: int | None = None) -> Citizen:
    proved = {} if proved_ago is None else {assurance: NOW - timedelta(seconds=proved_ago)}
    return Citizen(id="c", session_id="s", assurance=assurance, proved_at=proved)


@pytest.mark.parametrize("has", [WECHAT, PHONE, REAL_NAME, FACE])
@pytest.mark.parametrize("needed", [WECHAT, PHONE, REAL_NAME, FACE])
def test_the_level_must_be_reached(has: int, needed: int) -> None:
    if has >= needed:
        citizen(has).require(needed, None, NOW)
    else:
        with pytest.raises(StepUpNeeded) as caught:
            citizen(has).require(needed, 600, NOW)
        assert caught.value.facts == {"acr_values": str(needed), "max_age": 600}


def test_a_proof_must_be_as_fresh_as_asked() -> None:
    citizen(FACE, proved_ago=600).require(FACE, 600, NOW)
    with pytest.raises(StepUpNeeded):
        citizen(FACE, proved_ago=601).require(FACE, 600, NOW)
    citizen(FACE, proved_ago=10**6).require(FACE, None, NOW)


def test_a_fresh_proof_of_a_higher_level_is_one_of_the_lower_as_well_and_not_the_other_way_round() -> None:
    long_ago, now = NOW - timedelta(days=300), NOW - timedelta(seconds=10)
    Citizen("c", "s", FACE, {REAL_NAME: long_ago, FACE: now}).require(REAL_NAME, 300, NOW)
    with pytest.raises(StepUpNeeded):
        Citizen("c", "s", FACE, {REAL_NAME: now, FACE: long_ago}).require(FACE, 300, NOW)
    with pytest.raises(StepUpNeeded):
        Citizen("c", "s", REAL_NAME, {PHONE: now, REAL_NAME: long_ago}).require(REAL_NAME, 300, NOW)


def test_a_level_that_was_never_proved_is_not_fresh() -> None:
    with pytest.raises(StepUpNeeded):
        citizen(FACE).require(FACE, 600, NOW)
