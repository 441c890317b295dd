"""What a signed-in citizen may do with the assurance they have."""

from datetime import UTC, datetime, timedelta

import pytest

from core.caller import (
    FACE,
    PHONE,
    REAL_NAME,
    WECHAT,
    Acting,
    Citizen,
    ForEnterprise,
    ForPerson,
    PersonNeeded,
    StepUpNeeded,
)

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


GUARDIAN, HELPER = ForPerson("relation", "helper", "guardian"), ForPerson("relation", "helper", "helper")
AGENT = ForEnterprise("mandate", "enterprise", "agent")


@pytest.mark.parametrize(("acting", "actor", "served"), [
    (None, "c", "c"), (GUARDIAN, "helper", "c"), (HELPER, "helper", "c"), (AGENT, "c", "enterprise"),
])  # fmt: skip
def test_who_is_at_the_device_and_whom_it_is_done_for(acting: Acting | None, actor: str, served: str) -> None:
    citizen = Citizen("c", "s", FACE, {FACE: NOW}, {}, acting)
    assert (citizen.actor_id, citizen.served_id) == (actor, served)


def test_a_helper_s_face_is_nobody_s_and_all_others_are_who_they_show() -> None:
    for acting in (None, GUARDIAN, AGENT):
        Citizen("c", "s", FACE, {FACE: NOW}, {}, acting).require(FACE, 600, NOW)
    with pytest.raises(PersonNeeded):
        Citizen("c", "s", FACE, {FACE: NOW}, {}, HELPER).require(FACE, None, NOW)
    Citizen("c", "s", REAL_NAME, {REAL_NAME: NOW}, {}, HELPER).require(REAL_NAME, 600, NOW)
    with pytest.raises(StepUpNeeded):
        Citizen("c", "s", PHONE, {PHONE: NOW}, {}, HELPER).require(REAL_NAME, None, NOW)
