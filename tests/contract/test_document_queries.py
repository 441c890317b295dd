"""What every documents adapter finds, in which order, page by page."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.conditions import Storable
from core.documents import BadCursor, Delete, Documents, Insert, Patch
from core.queries import PAGE_LIMIT
from tests.contract.things import NOON, Everything, Slot, Ticket


async def pages(documents: Documents, *query: Any, limit: int, **bounds: Any) -> AsyncIterator[list[str]]:
    after: str | None = None
    while True:
        page = await documents.find(*query, limit=limit, after=after, **bounds)
        yield [one.id for one in page.items]
        after = page.after
        if after is None:
            return


async def ids(documents: Documents, *query: Any, **bounds: Any) -> list[str]:
    return [one.id for one in (await documents.find(*query, **bounds)).items]


@pytest.fixture
def hours(documents: Documents, io_loop: IOLoop) -> Documents:
    """Slots of two parks, one per hour, and some that are in no order of time or park."""
    slots = [
        Slot(id=f"{park}{hour}", park=park, opens=NOON + timedelta(hours=hour)) for park in "pq" for hour in range(5)
    ]
    odd = [Slot(id="timeless", park="p"), Slot(id="homeless", park=None, opens=NOON)]
    io_loop.run_sync(lambda: documents.write(*(Insert(slot) for slot in [*reversed(slots), *odd])))
    return documents


class TestRanges:
    async def test_equal_fields_then_the_order_of_the_next(self, hours: Documents) -> None:
        assert await ids(hours, Slot, "park_opens", "p") == ["p0", "p1", "p2", "p3", "p4"]
        assert await ids(hours, Slot, "park_opens", "p", descending=True) == ["p4", "p3", "p2", "p1", "p0"]
        assert await ids(hours, Slot, "park_opens", "r") == []

    async def test_bounds_take_in_the_first_and_leave_out_the_last(self, hours: Documents) -> None:
        bounds: dict[str, Any] = {"at_least": NOON + timedelta(hours=1), "below": NOON + timedelta(hours=3)}
        assert await ids(hours, Slot, "park_opens", "p", **bounds) == ["p1", "p2"]
        assert await ids(hours, Slot, "park_opens", "p", descending=True, **bounds) == ["p2", "p1"]
        assert await hours.count(Slot, "park_opens", "p", **bounds) == 2
        assert await ids(hours, Slot, "park_opens", at_least="q") == ["q0", "q1", "q2", "q3", "q4"]
        assert await ids(hours, Slot, "park_opens", "p", at_least=bounds["below"], below=bounds["at_least"]) == []

    async def test_all_fields_may_be_given(self, hours: Documents) -> None:
        assert await ids(hours, Slot, "park_opens", "p", NOON) == ["p0"]
        assert await ids(hours, Slot, "park_opens", "p", NOON, "p0") == ["p0"]
        assert await ids(hours, Slot, "park_opens", "p", NOON, at_least="p1") == []
        assert await ids(hours, Slot, "id", "q3") == ["q3"]
        assert await ids(hours, Slot, "id", at_least="q3") == ["q3", "q4", "timeless"]

    async def test_none_is_never_found_in_an_index(self, hours: Documents) -> None:
        assert await hours.count(Slot, "park_opens") == 10
        assert await hours.count(Slot, "id") == 12
        assert await ids(hours, Slot, "park_opens", None) == []
        assert await ids(hours, Slot, "park_opens", "p", None) == []

    async def test_an_index_follows_every_change(self, hours: Documents) -> None:
        await hours.write(
            Patch(Slot, "p0", set={"opens": NOON + timedelta(hours=9)}), Patch(Slot, "p1", set={"opens": None})
        )
        await hours.write(Patch(Slot, "timeless", set={"opens": NOON}))
        assert await ids(hours, Slot, "park_opens", "p") == ["timeless", "p2", "p3", "p4", "p0"]

    async def test_equal_places_are_in_order_of_id(self, documents: Documents) -> None:
        names = ["b", "a", "é", "Z", "城", "🏞️", "a\u0000", "～"]
        await documents.write(*(Insert(Everything(id=name, name="same")) for name in names))
        in_order = sorted(names)
        assert await ids(documents, Everything, "name", "same") == in_order
        assert await ids(documents, Everything, "id", descending=True) == in_order[::-1]

    async def test_numbers_are_in_order_of_size(self, documents: Documents) -> None:
        shares = [10.5, -3.0, 2.0, 0.0, 1e300, -1e-9, 9.0]
        await documents.write(*(Insert(Everything(id=f"{share}", share=share)) for share in shares))
        assert await ids(documents, Everything, "share") == [f"{share}" for share in sorted(shares)]
        assert await ids(documents, Everything, "share", at_least=2, below=10) == ["2.0", "9.0"]

    async def test_instants_are_in_order_of_time_from_whatever_zone(self, documents: Documents) -> None:
        apart = [
            timedelta(0),
            timedelta(microseconds=1),
            timedelta(milliseconds=1),
            timedelta(days=3),
            -timedelta(days=9),
        ]
        for number, since in enumerate(apart):
            await documents.write(Insert(Slot(id=str(number), opens=(NOON + since).astimezone())))
        assert await ids(documents, Slot, "park_opens", "qianling") == ["4", "0", "1", "2", "3"]
        later = (NOON + timedelta(microseconds=1)).astimezone()
        assert await ids(documents, Slot, "park_opens", "qianling", at_least=later) == ["1", "2", "3"]

    async def test_what_is_not_declared_cannot_be_asked(self, documents: Documents) -> None:
        with pytest.raises(LookupError):
            await documents.find(Slot, "capacity", 1)
        with pytest.raises(LookupError):
            await documents.count(Slot, "capacity", 1)
        for limit in (0, -1, PAGE_LIMIT + 1):
            with pytest.raises(ValueError):
                await documents.find(Slot, "id", limit=limit)
        with pytest.raises(ValueError):
            await documents.find(Slot, "code", "A", "id", "more")
        with pytest.raises(ValueError):
            await documents.count(Slot, "code", "A", "id", at_least="more")


PARKS = st.sampled_from(["p", "q", None])
MOMENTS = st.one_of(st.none(), st.integers(0, 4).map(lambda hour: NOON + timedelta(hours=hour)))


class TestPages:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        places=st.lists(st.tuples(PARKS, MOMENTS, st.integers(0, 3)), max_size=25),
        index=st.sampled_from(["id", "park_opens", "park_taken", "park_code"]),
        equal=st.booleans(),
        at_least=MOMENTS,
        below=MOMENTS,
        descending=st.booleans(),
        limit=st.integers(1, 7),
    )
    def test_put_together_are_the_whole_in_order(
        self, documents: Documents, io_loop: IOLoop, places: list[tuple[Any, Any, int]], index: str, limit: int,
        *, equal: bool, at_least: Any, below: Any, descending: bool,
    ) -> None:  # fmt: skip
        slots = [
            Slot(id=f"{number}", park=park, opens=opens, taken=taken, code=f"c{number % 7}" if number % 3 else None)
            for number, (park, opens, taken) in enumerate(places)
        ]
        slots = list({(slot.code or slot.id): slot for slot in slots}.values())
        equals = ["p"] if equal and index != "id" else []
        bounds = {"at_least": at_least, "below": below} if (index, equal) == ("park_opens", True) else {}
        expected = [slot for _, slot in sorted(_standing(slots, index), key=lambda place: place[0])]
        expected = [slot for slot in expected if _inside(slot, equals, **bounds)]
        expected = expected[::-1] if descending else expected

        async def check() -> None:
            stored = await documents.find(Slot, "id", limit=PAGE_LIMIT)
            await documents.write(*(Delete(Slot, slot.id) for slot in stored.items))
            await documents.write(*(Insert(slot) for slot in slots))
            found = pages(documents, Slot, index, *equals, descending=descending, limit=limit, **bounds)
            parts = [part async for part in found]
            assert [one for part in parts for one in part] == [slot.id for slot in expected]
            assert all(len(part) == limit for part in parts[:-1])
            assert len(parts) == max(1, -(-len(expected) // limit))
            assert await documents.count(Slot, index, *equals, **bounds) == len(expected)

        io_loop.run_sync(check)

    async def test_a_page_goes_on_after_what_was_removed_or_added_behind_it(self, hours: Documents) -> None:
        first = await hours.find(Slot, "park_opens", "p", limit=2)
        await hours.write(Patch(Slot, "p1", set={"park": "q"}), Patch(Slot, "p0", set={"opens": NOON}))
        await hours.write(Insert(Slot(id="p0a", park="p", opens=NOON)))
        assert await ids(hours, Slot, "park_opens", "p", after=first.after) == ["p2", "p3", "p4"]

    async def test_bounds_that_move_with_time_still_hold(self, hours: Documents) -> None:
        first = await hours.find(Slot, "park_opens", "p", at_least=NOON, limit=1)
        later = NOON + timedelta(hours=3)
        assert await ids(hours, Slot, "park_opens", "p", at_least=later, after=first.after) == ["p3", "p4"]
        last = await hours.find(Slot, "park_opens", "p", descending=True, limit=1)
        assert await ids(hours, Slot, "park_opens", "p", below=later, descending=True, after=last.after) == [
            "p2",
            "p1",
            "p0",
        ]


def forged(*parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


STAMP = "2026-11-22T04:00:00.000000Z"


class TestCursors:
    @pytest.mark.parametrize(
        "after",
        [
            "", "x", "💣", "\0", "=", "AAAA", "W10", "e30", "bnVsbA", "MTI", "../../etc/passwd", "A" * 10_000, "\udc80",
            forged(), forged("park_opens"), forged("park_opens", ["p", STAMP]), forged("park_opens", ["p"], "p0"),
            forged("park_opens", ["p", STAMP, "x"], "p0"), forged("park_opens", ["p", STAMP], None),
            forged("park_opens", ["p", STAMP], 3), forged("park_opens", ["p", None], "p0"),
            forged("park_opens", ["p", [STAMP]], "p0"), forged("park_opens", ["p", {"$gt": ""}], "p0"),
            forged("park_opens", ["p", 2**63], "p0"), forged("park_opens", {"p": STAMP}, "p0"),
            forged("park_opens", ["q", STAMP], "q0"), forged("park_opens", [1, STAMP], "p0"),
            forged("park_taken", ["p", 1], "p0"), forged("id", [], "p0"), forged("nothing", ["p", STAMP], "p0"),
            forged("park_opens", ["p", STAMP], "p0", "more"),
        ],
    )  # fmt: skip
    async def test_one_that_the_list_did_not_give_out_is_refused(self, hours: Documents, after: str) -> None:
        for descending in (False, True):
            with pytest.raises(BadCursor):
                await hours.find(Slot, "park_opens", "p", after=after, descending=descending)

    @pytest.mark.parametrize("value", [STAMP, "", "~", 0, -1, 1e9, True, 2**62])
    async def test_one_of_made_up_values_shows_nothing_outside_the_query(
        self, hours: Documents, value: Storable
    ) -> None:
        bounds: dict[str, Any] = {"at_least": NOON, "below": NOON + timedelta(hours=2)}
        for descending in (False, True):
            after = forged("park_opens", ["p", value], "p0")
            found = await ids(hours, Slot, "park_opens", "p", after=after, descending=descending, **bounds)
            assert set(found) <= {"p0", "p1"}

    async def test_one_of_a_fully_given_place_is_refused(self, hours: Documents) -> None:
        with pytest.raises(BadCursor):
            await hours.find(Slot, "id", "p0", after=forged("id", [], "p0"))

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        after=st.one_of(
            st.text(max_size=40), st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
        )
    )
    def test_noise_is_refused(self, documents: Documents, io_loop: IOLoop, after: str) -> None:
        with pytest.raises(BadCursor):
            io_loop.run_sync(lambda: documents.find(Ticket, "slot_citizen", "s", after=after))


def _standing(slots: list[Slot], index: str) -> list[tuple[tuple[Any, ...], Slot]]:
    fields = Slot.index(index).fields
    places = [(tuple(getattr(slot, name) for name in fields), slot) for slot in slots]
    return [((*values, slot.id), slot) for values, slot in places if None not in values]


def _inside(slot: Slot, equals: list[str], at_least: Any = None, below: Any = None) -> bool:
    if equals and slot.park != equals[0]:
        return False
    return (at_least is None or slot.opens >= at_least) and (below is None or slot.opens < below)
