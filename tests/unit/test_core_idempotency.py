"""A retried request happens once, with a receipt in the same atomic write."""

import asyncio
from datetime import UTC, datetime

import pytest

from core.clock import ManualClock
from core.conditions import field
from core.documents import Documents, Duplicate, GuardFailed, Insert, Operation, Patch
from core.idempotency import KeyReused, Receipt, RequestKey, write_once
from server.adapters.memory_documents import MemoryDocuments
from tests.contract.things import Slot, Ticket


class Box:
    """A tiny service that sells tickets of one slot."""

    def __init__(self) -> None:
        self.documents: Documents = MemoryDocuments()
        self.clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
        self.sold = 0

    def key(self, key: str, *, caller: str = "c", endpoint: str = "POST /tickets", digest: str = "d") -> RequestKey:
        return RequestKey(self.clock, caller, endpoint, key, digest)

    async def buy(self, key: RequestKey | None, citizen: str = "c") -> str:
        self.sold += 1
        ticket = Ticket(id=f"t{self.sold}", slot="s", citizen=citizen)
        free = Patch(Slot, "s", add={"taken": 1}, guard=field("taken").below(field("capacity")))
        operations: list[Operation] = [free, Insert(ticket)]
        return await write_once(
            self.documents, operations, key=key, result=ticket.id, find=self.find, made=lambda _: ticket.id
        )

    async def find(self, ticket_id: str) -> str:
        found = await self.documents.get(Ticket, ticket_id)
        assert found is not None
        return found.id


@pytest.fixture
def box() -> Box:
    box = Box()
    asyncio.run(box.documents.write(Insert(Slot(id="s", capacity=2))))
    return box


async def test_a_retry_finds_what_the_first_request_made(box: Box) -> None:
    assert [await box.buy(box.key("k")) for _ in range(3)] == ["t1"] * 3
    assert await box.documents.count(Ticket, "id") == 1


async def test_a_retry_after_the_last_place_is_gone_still_finds_it(box: Box) -> None:
    first = await box.buy(box.key("k"))
    await box.buy(None, citizen="another")
    assert await box.buy(box.key("k")) == first
    with pytest.raises(GuardFailed):
        await box.buy(box.key("new"), citizen="third")


async def test_the_same_key_with_another_body_is_refused(box: Box) -> None:
    await box.buy(box.key("k"))
    with pytest.raises(KeyReused):
        await box.buy(box.key("k", digest="another"))


async def test_keys_are_a_callers_own_for_one_endpoint(box: Box) -> None:
    keys = [box.key("k"), box.key("k", caller="b"), box.key("k", endpoint="POST /others"), box.key("j")]
    assert len({key.id for key in keys}) == 4


async def test_a_refused_request_leaves_no_receipt(box: Box) -> None:
    await box.buy(None)
    with pytest.raises(Duplicate):
        await box.buy(box.key("k"))
    assert await box.documents.count(Receipt, "id") == 0


async def test_without_a_key_every_request_is_a_new_one(box: Box) -> None:
    assert {await box.buy(None, citizen="a"), await box.buy(None, citizen="b")} == {"t1", "t2"}


async def test_after_a_day_a_key_is_remembered_no_more(box: Box) -> None:
    await box.buy(box.key("k"))
    box.clock.advance(hours=24)
    assert await box.key("k").earlier_result(box.documents) is None


async def test_retries_at_once_happen_once(box: Box) -> None:
    results = await asyncio.gather(*(box.buy(box.key("k")) for _ in range(20)))
    assert set(results) == {"t1"}
    slot = await box.documents.get(Slot, "s")
    assert slot is not None
    assert slot.taken == 1
