"""Scarce things are never given twice, however many ask at once."""

import pytest

from core.documents import Documents
from tests.contract.naive import NaiveDocuments
from tests.contract.races import claim_one_index_place, take_places


@pytest.mark.parametrize(("capacity", "takers"), [(1, 2), (1, 100), (10, 200)])
async def test_exactly_as_many_win_as_there_are_places(documents: Documents, capacity: int, takers: int) -> None:
    assert await take_places(documents, capacity, takers) == (capacity, capacity, capacity)


async def test_one_claimer_gets_a_unique_place(documents: Documents) -> None:
    assert await claim_one_index_place(documents, 100) == (1, 1)


async def test_the_races_catch_an_adapter_that_checks_before_it_writes() -> None:
    winners, taken, _ = await take_places(NaiveDocuments(), capacity=10, takers=20)
    assert winners == taken == 20
    assert await claim_one_index_place(NaiveDocuments(), 20) == (20, 20)
