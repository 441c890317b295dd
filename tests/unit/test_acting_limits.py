"""How far a permission to act goes, in whatever way it is tried."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_center.acting.errors import (
    ActingEnded,
    BeyondGrant,
)
from identity_center.acting.limits import ActingLimits
from tests.unit.acting_world import (
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    NO_FUND,
    OLD_MAN,
    OLD_NUMBER,
    ActingWorld,
    deed,
)


async def test_a_use_beyond_the_permission_is_refused_and_not_written_down() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    acting = await world.acts(neighbour, (await world.helped(old, neighbour, NO_FUND)).id)
    await world.rules.note(acting, deed())
    for beyond in (deed("gy.housing_fund", "housing", "balance"), deed(operation="contributions")):
        with pytest.raises(BeyondGrant):
            await world.rules.note(acting, beyond)
    (entry,) = (await world.log.of(old)).items
    assert entry.in_words(entry.purpose, "何*").zh == "何*（代办人）代您办理“社保查询”（参保信息）"


names = st.sampled_from(["a", "b", "c"])
limits_of = st.builds(
    ActingLimits,
    mode=st.sampled_from(["only", "all_but"]),
    themes=st.lists(names, max_size=2).map(tuple),
    cards=st.lists(names.map("gy.{}".format), max_size=2).map(tuple),
    operations=st.lists(st.tuples(names, names).map(lambda pair: f"gy.{pair[0]}/{pair[1]}"), max_size=2).map(tuple),
)


@given(limits_of, names, names, names)
def test_only_is_what_is_named_and_all_but_is_the_rest(limits: ActingLimits, card: str, theme: str, name: str) -> None:
    used = {"card_id": f"gy.{card}", "theme": theme, "operation": name}
    named = theme in limits.themes or f"gy.{card}" in limits.cards or f"gy.{card}/{name}" in limits.operations
    assert limits.allow(**used) == (named if limits.mode == "only" else not named)
    opposite = limits.model_copy(update={"mode": "all_but" if limits.mode == "only" else "only"})
    assert limits.allow(**used) != opposite.allow(**used)


@given(limits_of, names, names, names)
def test_naming_more_never_widens_all_but_nor_narrows_only(
    limits: ActingLimits, card: str, theme: str, more: str
) -> None:
    longer = limits.model_copy(update={"cards": (*limits.cards, f"gy.{more}")})
    used = {"card_id": f"gy.{card}", "theme": theme, "operation": "x"}
    if limits.mode == "only":
        assert not limits.allow(**used) or longer.allow(**used)
    else:
        assert limits.allow(**used) or not longer.allow(**used)


@settings(deadline=None, max_examples=60)
@given(
    limits_of,
    st.lists(st.tuples(names, names, names), min_size=1, max_size=5),
    st.integers(min_value=1, max_value=400),
    st.integers(min_value=0, max_value=500),
    st.sampled_from([None, "person", "helper"]),
)
def test_whatever_is_tried_the_log_holds_what_the_permission_covered_and_nothing_else(
    limits: ActingLimits, uses: list[tuple[str, str, str]], days: int, later: int, ended_by: str | None
) -> None:
    asyncio.run(tried(limits, uses, days, later, ended_by))


async def tried(
    limits: ActingLimits, uses: list[tuple[str, str, str]], days: int, later: int, ended_by: str | None
) -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(old, neighbour, limits, days)
    acting = await world.acts(neighbour, relation.id)
    world.clock.advance(days=later)
    if ended_by is not None:
        await world.acting.relations.end(old if ended_by == "person" else neighbour, relation.id)
    live = ended_by is None and later < min(days, world.settings.acting.helper_days)
    allowed = []
    for card, theme, operation in uses:
        wanted = deed(f"gy.{card}", theme, operation)
        covered = limits.allow(card_id=f"gy.{card}", theme=theme, operation=operation)
        if live and covered:
            await world.rules.note(acting, wanted)
            allowed.append(f"gy.{card}")
        else:
            with pytest.raises(BeyondGrant if live else ActingEnded):
                await world.rules.note(acting, wanted)
    assert live or not allowed
    entries = (await world.log.of(old)).items
    assert [entry.card for entry in reversed(entries)] == allowed
    assert all(entry.by is not None and entry.by.actor_id == neighbour.id for entry in entries)
    assert await world.log.fault(old.id) is None
