"""What every documents adapter does with reads by id and with writes. Queries are in test_document_queries.py."""

import asyncio
from datetime import timedelta

import pytest

from core.conditions import Condition, all_of, field
from core.documents import (
    Conflict,
    Delete,
    Documents,
    Duplicate,
    GuardFailed,
    Insert,
    Operation,
    Patch,
    Replace,
    WriteRefused,
)
from tests.contract.things import NOON, Everything, Slot, Ticket

FREE = field("taken").at_most(field("capacity") - 1)
LONG = "城市通🏞️" * 50_000


async def slot(documents: Documents, document_id: str = "s") -> Slot:
    found = await documents.get(Slot, document_id)
    assert found is not None
    return found


async def refusal(documents: Documents, *operations: Operation) -> WriteRefused:
    with pytest.raises(WriteRefused) as caught:
        await documents.write(*operations)
    return caught.value


class TestReading:
    async def test_what_was_never_stored_is_not_there(self, documents: Documents) -> None:
        assert await documents.get(Slot, "s") is None
        assert await documents.get(Slot, "half a \ud83c character") is None
        assert await documents.get_many(Slot, ["s"]) == {}
        assert (await documents.find(Slot, "id")).items == ()
        assert await documents.count(Slot, "park_opens", "qianling") == 0

    async def test_a_written_document_is_read_at_once(self, documents: Documents) -> None:
        for number in range(20):
            await documents.write(Insert(Slot(id=f"s{number}", capacity=number)))
            assert (await slot(documents, f"s{number}")).capacity == number

    async def test_many_are_read_by_id_in_the_order_asked(self, documents: Documents) -> None:
        await documents.write(*(Insert(Slot(id=f"s{number}", capacity=number)) for number in range(1200)))
        ids = [f"s{number}" for number in reversed(range(1300))]
        found = await documents.get_many(Slot, ids)
        assert list(found) == ids[100:]
        assert all(found[one].capacity == int(one[1:]) for one in found)

    async def test_collections_do_not_mix(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="x")), Insert(Ticket(id="x", slot="s", citizen="c")))
        assert await documents.get(Ticket, "x") == Ticket(id="x", slot="s", citizen="c")
        await documents.write(Delete(Slot, "x"))
        assert await documents.get(Ticket, "x") is not None

    @pytest.mark.parametrize(
        "whole",
        [
            Everything(id="empty"),
            Everything(id="bytes", picture=bytes(range(256))),
            Everything(id="instant", at=NOON + timedelta(microseconds=1)),
            Everything(id="text", name="张三 '\"; DROP TABLE everything; -- \\ \u0000 \n\t 👨‍👩‍👧‍👦 \U0010ffff é é"),
            Everything(id="long", name=LONG),
            Everything(id="numbers", share=0.1 + 0.2, counts={"most": 2**63 - 1, "least": -(2**63)}),
            Everything(id="nested", tags=("a", "", "🏞️"), nested=Slot(id="inner", opens=NOON, taken=3)),
            Everything(id="an id\u0000 with/everything?é#\n🏞️"),
        ],
        ids=lambda whole: whole.id.split("\0")[0],
    )
    async def test_every_kind_of_value_comes_back_as_it_was(self, documents: Documents, whole: Everything) -> None:
        await documents.write(Insert(whole))
        assert await documents.get(Everything, whole.id) == whole
        assert (await documents.find(Everything, "name", whole.name)).items == (whole,)
        fields = {name: getattr(whole, name) for name in Everything.model_fields if name not in ("id", "version")}
        await documents.write(Insert(Everything(id="other")), Patch(Everything, "other", set=fields))
        assert await documents.get(Everything, "other") == whole.model_copy(update={"id": "other", "version": 2})


class TestInsert:
    async def test_stores_version_one_whatever_the_document_says(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s", version=7)))
        assert (await slot(documents)).version == 1

    async def test_of_an_id_that_is_taken_is_refused(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s", capacity=5)))
        again = Insert(Slot(id="s", capacity=6))
        refused = await refusal(documents, again)
        assert isinstance(refused, Duplicate)
        assert (refused.index, refused.operation) == ("id", again)
        assert (await slot(documents)).capacity == 5

    async def test_into_a_unique_index_place_that_is_taken_is_refused(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="a", code="A", park="p")))
        for other, index in [(Slot(id="b", code="A", park="q"), "code"), (Slot(id="b", code="A", park=None), "code")]:
            refused = await refusal(documents, Insert(other))
            assert isinstance(refused, Duplicate)
            assert refused.index == index
        assert await documents.get(Slot, "b") is None

    async def test_a_unique_index_of_two_fields_takes_both_together(self, documents: Documents) -> None:
        await documents.write(Insert(Ticket(id="1", slot="s", citizen="a")))
        await documents.write(Insert(Ticket(id="2", slot="s", citizen="b")))
        await documents.write(Insert(Ticket(id="3", slot="r", citizen="a")))
        refused = await refusal(documents, Insert(Ticket(id="4", slot="s", citizen="a")))
        assert isinstance(refused, Duplicate)
        assert refused.index == "slot_citizen"

    async def test_none_claims_no_place(self, documents: Documents) -> None:
        await documents.write(*(Insert(Slot(id=str(number))) for number in range(3)))
        await documents.write(*(Insert(Ticket(id=str(number), slot=None, citizen="c")) for number in range(3)))
        assert await documents.count(Ticket, "id") == 3

    async def test_text_after_a_nul_counts_in_a_unique_index(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="a", code="A\u00001")), Insert(Slot(id="b", code="A\u00002")))
        assert await documents.count(Slot, "code", "A\u00001") == 1
        assert isinstance(await refusal(documents, Insert(Slot(id="c", code="A\u00002"))), Duplicate)


class TestReplace:
    async def test_puts_the_document_in_place_one_version_later(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s", capacity=1, code="A")))
        read = await slot(documents)
        await documents.write(Replace(read.model_copy(update={"capacity": 2, "code": None})))
        assert await slot(documents) == Slot(id="s", capacity=2, version=2)
        assert await documents.count(Slot, "code", "A") == 0

    async def test_of_another_version_is_a_conflict(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s")))
        read = await slot(documents)
        await documents.write(Replace(read))
        late = Replace(read)
        refused = await refusal(documents, late)
        assert isinstance(refused, Conflict)
        assert refused.operation is late

    async def test_of_what_is_gone_is_a_conflict(self, documents: Documents) -> None:
        assert isinstance(await refusal(documents, Replace(Slot(id="s"))), Conflict)

    async def test_into_a_taken_unique_place_is_refused(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="a", code="A")), Insert(Slot(id="b", code="B")))
        refused = await refusal(documents, Replace(Slot(id="b", code="A")))
        assert isinstance(refused, Duplicate)
        assert refused.index == "code"
        await documents.write(Replace(Slot(id="b", code="B")))  # one's own place is not taken by another

    async def test_of_two_at_once_one_wins(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s")))
        read = await slot(documents)
        outcomes = await asyncio.gather(*(documents.write(Replace(read)) for _ in range(10)), return_exceptions=True)
        assert [type(one) for one in outcomes].count(Conflict) == 9
        assert (await slot(documents)).version == 2


class TestPatch:
    async def test_sets_and_adds_and_says_what_it_left(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s", taken=2)))
        opens = NOON.astimezone()
        patch = Patch(Slot, "s", set={"opens": opens, "code": "A", "reserve": None}, add={"taken": 3, "capacity": -1})
        written = await documents.write(patch)
        assert written.after(patch) == Slot(id="s", opens=NOON, code="A", taken=5, capacity=0, version=2)
        assert await slot(documents) == written.after(patch)
        assert await documents.count(Slot, "park_opens", "qianling", NOON) == 1

    async def test_adds_to_fractions_exactly(self, documents: Documents) -> None:
        await documents.write(Insert(Everything(id="e", share=0.1 + 0.2)))
        await documents.write(Patch(Everything, "e", add={"share": 1}))
        found = await documents.get(Everything, "e")
        assert found is not None
        assert found.share == 0.1 + 0.2 + 1

    async def test_of_what_is_missing_fails_its_guard(self, documents: Documents) -> None:
        assert isinstance(await refusal(documents, Patch(Slot, "s", add={"taken": 1})), GuardFailed)

    async def test_makes_what_is_missing_as_given_otherwise(self, documents: Documents) -> None:
        never = field("taken").below(0)
        first = Patch(Slot, "s", add={"taken": 1}, guard=never, otherwise=Slot(id="s", taken=1, version=9))
        assert (await documents.write(first)).after(first) == Slot(id="s", taken=1)
        second = Patch(Slot, "s", add={"taken": 1}, otherwise=Slot(id="s", taken=1))
        assert (await documents.write(second)).after(second) == Slot(id="s", taken=2, version=2)
        assert isinstance(await refusal(documents, first), GuardFailed)

    async def test_otherwise_can_be_a_duplicate_too(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="a", code="A")))
        patch = Patch(Slot, "b", otherwise=Slot(id="b", code="A"))
        refused = await refusal(documents, patch)
        assert isinstance(refused, Duplicate)
        assert (refused.index, refused.operation) == ("code", patch)

    async def test_counts_together_with_everybody_else(self, documents: Documents) -> None:
        counted = Patch(Slot, "s", add={"taken": 1}, otherwise=Slot(id="s", taken=1))
        await asyncio.gather(*(documents.write(counted) for _ in range(150)))
        assert (await slot(documents)).taken == 150

    async def test_gives_up_and_takes_unique_places(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="a", code="A")), Insert(Slot(id="b")))
        claim = Patch(Slot, "b", set={"code": "A"})
        assert isinstance(await refusal(documents, claim), Duplicate)
        await documents.write(Patch(Slot, "a", set={"code": None}))
        await documents.write(claim)
        assert [one.id for one in (await documents.find(Slot, "code", "A")).items] == ["b"]

    @pytest.mark.parametrize(
        ("guard", "met"),
        [
            (field("taken").equals(2), True),
            (field("taken").differs(2), False),
            (field("taken").at_most(field("capacity") - 1), True),
            (field("taken").at_most(field("capacity") - 2), False),
            (field("taken").at_least(field("capacity") - 1), True),
            (field("taken").below(field("capacity")), True),
            (field("taken").above(field("capacity")), False),
            (field("capacity").equals(field("taken") + 1), True),
            (field("capacity").above(field("capacity") - field("taken")), True),
            (field("capacity").above(field("taken") + field("taken")), False),
            (field("reserve").equals(None), True),
            (field("reserve").differs(None), False),
            (field("reserve").differs(7), True),
            (field("reserve").at_most(7), False),
            (field("reserve").at_least(-7), False),
            (field("taken").at_most(field("reserve")), False),
            (field("taken").at_most(field("reserve") + 5), False),
            (field("reserve").equals(field("reserve") + 1), True),
            (field("reserve").differs(field("taken") + field("reserve")), False),
            (field("code").equals("é🏞️"), True),
            (field("code").equals("é🏞️ "), False),
            (field("code").above("z"), True),
            (field("code").below("\U0001f3df"), True),
            (field("opens").equals(NOON), True),
            (field("opens").above(NOON - timedelta(microseconds=1)), True),
            (field("opens").above(NOON), False),
            (field("opens").at_most(NOON.astimezone()), True),
            (field("open").equals(True), True),
            (field("open").differs(True), False),
            (field("code").equals(2), False),
            (all_of(), True),
            (all_of(field("taken").equals(2), field("capacity").equals(3)), True),
            (all_of(field("taken").equals(2), field("capacity").equals(4)), False),
            (all_of(field("reserve").equals(None), all_of(field("reserve").below(1))), False),
        ],
    )
    async def test_is_applied_exactly_when_its_guard_holds(
        self, documents: Documents, guard: Condition, *, met: bool
    ) -> None:
        await documents.write(Insert(Slot(id="s", taken=2, capacity=3, opens=NOON, code="é🏞️")))
        patch = Patch(Slot, "s", set={"park": "patched"}, guard=guard)
        if met:
            await documents.write(patch)
        else:
            refused = await refusal(documents, patch)
            assert isinstance(refused, GuardFailed)
            assert refused.operation is patch
        assert ((await slot(documents)).park == "patched") is met
        assert (await slot(documents)).version == 1 + met


class TestDelete:
    async def test_removes_and_frees_what_was_claimed(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="a", code="A")))
        await documents.write(Delete(Slot, "a"), Insert(Slot(id="b", code="A")))
        assert await documents.get(Slot, "a") is None
        assert await documents.count(Slot, "id") == 1

    async def test_of_what_is_missing_is_no_error(self, documents: Documents) -> None:
        await documents.write(Delete(Slot, "s"), Delete(Slot, "s", guard=FREE))

    async def test_is_refused_when_its_guard_does_not_hold(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s", taken=1, capacity=1)))
        delete = Delete(Slot, "s", guard=FREE)
        refused = await refusal(documents, delete)
        assert isinstance(refused, GuardFailed)
        assert refused.operation is delete
        await documents.write(Patch(Slot, "s", add={"capacity": 1}))
        await documents.write(delete)
        assert await documents.get(Slot, "s") is None


class TestTogether:
    async def test_nothing_at_all_is_written_without_ado(self, documents: Documents) -> None:
        await documents.write()

    @pytest.mark.parametrize(
        "failing",
        [
            Insert(Slot(id="old")),
            Insert(Slot(id="another", code="OLD")),
            Replace(Slot(id="old", version=3)),
            Patch(Slot, "old", guard=field("taken").above(0)),
            Patch(Slot, "missing"),
            Delete(Slot, "old", guard=field("taken").above(0)),
        ],
        ids=lambda operation: f"{type(operation).__name__}-{operation.id}",
    )
    async def test_all_is_undone_when_the_last_one_fails(self, documents: Documents, failing: Operation) -> None:
        old, gone = Slot(id="old", code="OLD"), Slot(id="gone", code="GONE")
        await documents.write(Insert(old), Insert(gone))
        refused = await refusal(
            documents,
            Insert(Slot(id="new", code="NEW")),
            Insert(Ticket(id="t", slot="s", citizen="c")),
            Patch(Slot, "new", add={"taken": 1}),
            Delete(Slot, "gone"),
            failing,
            Insert(Slot(id="never")),
        )
        assert refused.operation is failing
        assert set((await documents.find(Slot, "id")).items) == {old, gone}
        assert await documents.count(Slot, "code") == 2
        assert await documents.count(Ticket, "id") == 0
        await documents.write(Insert(Slot(id="new", code="NEW")))  # its places are free again

    async def test_operations_apply_in_their_order(self, documents: Documents) -> None:
        first = Patch(Slot, "s", add={"taken": 1})
        second = Patch(Slot, "s", set={"taken": 10}, guard=field("taken").equals(1))
        third = Patch(Slot, "s", add={"taken": 1}, guard=field("version").equals(3))
        written = await documents.write(Insert(Slot(id="s")), first, second, third, Delete(Slot, "x"))
        assert [written.after(patch).taken for patch in (first, second, third)] == [1, 10, 11]
        assert await slot(documents) == Slot(id="s", taken=11, version=4)
        await documents.write(Delete(Slot, "s"), Insert(Slot(id="s", capacity=9)))
        assert await slot(documents) == Slot(id="s", capacity=9)

    async def test_one_callers_mistake_is_no_others(self, documents: Documents) -> None:
        await documents.write(Insert(Slot(id="s", park="text")))
        mistakes = [
            documents.write(Patch(Slot, "s", add={"park": 1})),
            documents.write(Patch(Slot, "s", add={"reserve": 1})),
            documents.write(Patch(Slot, "s", guard=field("park").above(1))),
        ]
        fine = [documents.write(Insert(Slot(id=f"s{number}"))) for number in range(50)]
        outcomes = await asyncio.gather(*mistakes, *fine, return_exceptions=True)
        assert [type(one) for one in outcomes[:3]] == [TypeError] * 3
        assert not any(isinstance(one, BaseException) for one in outcomes[3:])
        assert (await slot(documents)).version == 1

    async def test_a_caller_who_goes_away_harms_nobody(self, documents: Documents) -> None:
        leaving = asyncio.ensure_future(documents.write(Insert(Slot(id="left"))))
        staying = asyncio.ensure_future(documents.write(Insert(Slot(id="stayed"))))
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
        await documents.ping()
        assert await documents.get(Slot, "stayed") is not None


async def test_a_read_is_never_of_half_a_write(documents: Documents) -> None:
    await documents.write(Insert(Slot(id="a", taken=100)), Insert(Slot(id="b", taken=0)))

    async def move() -> None:
        for _ in range(20):
            await documents.write(Patch(Slot, "a", add={"taken": -1}), Patch(Slot, "b", add={"taken": 1}))

    moving = asyncio.gather(*(move() for _ in range(5)))
    while not moving.done():
        found = await documents.get_many(Slot, ["a", "b"])
        assert found["a"].taken + found["b"].taken == 100
        await asyncio.sleep(0)
    assert (await slot(documents, "b")).taken == 100
