"""The races every documents adapter must win. tests/contract/naive.py is an adapter that loses them."""

import asyncio
from collections.abc import Awaitable, Iterable

from core.conditions import field
from core.documents import Documents, Duplicate, GuardFailed, Insert, Operation, Patch
from tests.contract.things import Slot, Ticket


async def take_places(documents: Documents, capacity: int, takers: int) -> tuple[int, int, int]:
    """All takers at once want a place of one slot. Returns who was told yes, the places taken, the tickets stored."""
    await documents.write(Insert(Slot(id="s", capacity=capacity)))
    free = field("taken").at_most(field("capacity") - 1)

    def taking(number: int) -> tuple[Operation, ...]:
        ticket = Ticket(id=f"t{number}", slot="s", citizen=f"c{number}")
        return Patch(Slot, "s", add={"taken": 1}, guard=free), Insert(ticket)

    winners = await _winners(documents.write(*taking(number)) for number in range(takers))
    slot = await documents.get(Slot, "s")
    assert slot is not None
    return winners, slot.taken, await documents.count(Ticket, "id")


async def claim_one_index_place(documents: Documents, claimers: int) -> tuple[int, int]:
    """All at once insert a ticket of the same citizen and slot. Returns who was told yes, the tickets stored."""
    tickets = [Ticket(id=f"t{number}", slot="s", citizen="c") for number in range(claimers)]
    winners = await _winners(documents.write(Insert(ticket)) for ticket in tickets)
    return winners, await documents.count(Ticket, "id")


async def _winners(attempts: Iterable[Awaitable[object]]) -> int:
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, GuardFailed | Duplicate):
            raise outcome
    return sum(not isinstance(outcome, BaseException) for outcome in outcomes)
