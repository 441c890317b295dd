"""Cursors say where a list goes on; the stored form and the checks of a query that every adapter relies on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conditions import field
from core.documents import BY_ID, BadCursor, Index, Insert, Patch, Replace, cursor, decoded, index_key, read_cursor
from core.queries import Bound, Query
from tests.contract.things import Everything, Slot

INDEX = Index("place", ("city", "rank"))
VALUES = st.one_of(
    st.text(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)


@given(values=st.tuples(VALUES, VALUES), document_id=st.text())
def test_a_cursor_is_read_as_it_was_written(values: tuple[Any, Any], document_id: str) -> None:
    text = cursor(INDEX, values, document_id)
    assert read_cursor(INDEX, text) == (values, document_id)
    assert text.isascii()
    assert not set(text) & set("+/=&?# ")


@given(st.text())
def test_noise_is_no_cursor(noise: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(INDEX, noise)


@given(
    values=st.lists(st.none() | VALUES | st.lists(st.none(), max_size=1), max_size=3),
    name=st.sampled_from(["place", "id"]),
)
def test_only_values_that_can_stand_in_the_index_make_a_cursor(values: list[Any], name: str) -> None:
    text = cursor(Index(name, ()), values, "x")
    fits = name == "place" and len(values) == 2 and not any(one is None or isinstance(one, list) for one in values)
    if fits:
        assert read_cursor(INDEX, text) == (tuple(values), "x")
    else:
        with pytest.raises(BadCursor):
            read_cursor(INDEX, text)


def test_what_lies_between_a_cursor_and_the_bounds_is_asked_for() -> None:
    page = cursor(Slot.index("park_taken"), ("p", 5), "s")
    ahead = Query.of(Slot, "park_taken", ["p"], 3, 9).after(page, descending=False)
    assert (ahead.lower, ahead.upper) == (Bound((5, "s"), inclusive=False), Bound((9,), inclusive=False))
    back = Query.of(Slot, "park_taken", ["p"], 3, 9).after(page, descending=True)
    assert (back.lower, back.upper) == (Bound((3,), inclusive=True), Bound((5, "s"), inclusive=False))
    outside = Query.of(Slot, "park_taken", ["p"], 7, 9)
    assert outside.after(page, descending=False) == outside


def test_a_document_with_a_none_stands_in_no_index_but_that_of_ids() -> None:
    assert index_key(INDEX, {"city": "g", "rank": 0}) == ("g", 0)
    assert index_key(INDEX, {"city": "g", "rank": None}) is None
    assert index_key(INDEX, {"city": "g"}) is None
    assert index_key(BY_ID, {"id": "x"}) == ()


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_document_is_read_from_text_bytes_and_objects_alike(picture: bytes, name: str) -> None:
    document = Everything(id="e", picture=picture, name=name, at=datetime(2026, 11, 22, tzinfo=UTC))
    stored = Insert(document).stored()
    parsed = document.model_dump(mode="json")
    assert (
        decoded(Everything, stored) == decoded(Everything, stored.decode()) == decoded(Everything, parsed) == document
    )


def test_versions_are_the_adapters_business() -> None:
    assert decoded(Slot, Insert(Slot(id="s", version=8)).stored()).version == 1
    assert decoded(Slot, Replace(Slot(id="s", version=8)).stored()).version == 9


@pytest.mark.parametrize(
    "change", [{"set": {"version": 2}}, {"set": {"id": "t"}}, {"add": {"version": 1}}, {"set": {"colour": 1}}]
)
def test_a_patch_that_makes_no_sense_is_a_mistake(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Patch(Slot, "s", **change)


def test_a_patch_makes_nothing_else_otherwise() -> None:
    with pytest.raises(ValueError):
        Patch(Slot, "s", otherwise=Slot(id="t"))


def test_a_patch_leaves_the_document_it_is_applied_to_alone() -> None:
    stored = Slot(id="s", taken=1).model_dump(mode="json")
    patch = Patch(Slot, "s", set={"park": None}, add={"taken": 2}, guard=field("taken").equals(1))
    assert patch.applied_to(stored) == Slot(id="s", taken=3, park=None, version=2).model_dump(mode="json")
    assert stored == Slot(id="s", taken=1).model_dump(mode="json")


def test_only_declared_indexes_can_be_named() -> None:
    assert Slot.index("id") is BY_ID
    with pytest.raises(LookupError, match="Slot"):
        Slot.index("capacity")
