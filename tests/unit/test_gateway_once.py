"""Answers that are kept, and submissions that happen once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.caller import Citizen
from core.clock import ManualClock
from core.documents import Documents, Operation, Written
from core.errors import StoreUnavailable
from core.idempotency import KeyReused, Receipt
from server.adapters.memory_documents import MemoryDocuments
from service_registry.answer_cache import AnswerCache, AnswerKey, KeptAnswer
from service_registry.errors import CardRefused, IdempotencyKeyNeeded, UpstreamUnavailable
from tests.gateway_city import CITIZEN, NOON, PEOPLE, City, Received, card, city, department

OTHER = Citizen("citizen-2", "session-2", 3, {2: NOON, 3: NOON})
CACHED = {"base_url": "${HOUSING_FUND_URL}", "timeout": "2s", "cache": "60s", "retries": 3}


class Office:
    """A department that honours Idempotency-Key: the same key, the same withdrawal."""

    def __init__(self) -> None:
        self.withdrawals: dict[str, str] = {}
        self.balance = 1000

    def answer(self, asked: Received) -> tuple[int, object]:
        if asked.path == "/accounts/query":
            return 200, {"balance": self.balance}
        number = self.withdrawals.setdefault(asked.headers["Idempotency-Key"], f"W-{len(self.withdrawals) + 1}")
        self.balance = 1000 - len(self.withdrawals)
        return 201, {"number": number}


# --- kept answers ---


async def test_a_kept_answer_costs_the_department_and_the_quota_nothing() -> None:
    async with city() as here, department(Office().answer) as running:
        asked = card(running.url, upstream=CACHED, limits={"per_citizen": "1/day"})
        first = await here.use(asked, entered={"year": 2026})
        here.clock.advance(seconds=59)
        again = await here.use(asked, entered={"year": 2026}, language="en")
        assert (again.earlier, again.fetched_at) == (True, first.fetched_at)
        assert again.blocks[0] == {"block": "summary", "title": "Balance", "value": "¥10.00", "unit": None}
        assert len(running.received) == len(here.ledger.released) == 1
        assert here.outcomes == ["ok", "ok"]


async def test_an_answer_is_kept_for_one_citizen_question_and_card_and_not_for_longer_than_the_card_says() -> None:
    async with city() as here, department(Office().answer) as running:
        asked = card(running.url, upstream=CACHED)
        await here.use(asked, entered={"year": 2026})
        await here.use(asked, entered={"year": 2025})
        await here.use(asked, entered={"year": 2026}, citizen=OTHER)
        await here.use(card(running.url, upstream=CACHED, version="1.0.1"), entered={"year": 2026})
        here.clock.advance(seconds=60)
        await here.use(asked, entered={"year": 2026})
        assert len(running.received) == 5


async def test_a_card_that_keeps_nothing_asks_each_time() -> None:
    async with city() as here, department(Office().answer) as running:
        for _ in range(2):
            await here.use(card(running.url))
        assert len(running.received) == 2


async def test_a_failure_is_not_kept() -> None:
    answers = [(422, {"error": "account_frozen"}), (200, {"balance": 5})]
    async with city() as here, department(lambda _asked: answers.pop(0)) as running:
        asked = card(running.url, upstream=CACHED)
        with pytest.raises(CardRefused):
            await here.use(asked)
        assert not (await here.use(asked)).earlier


async def test_after_a_submission_the_citizen_sees_what_it_changed() -> None:
    office = Office()
    async with city() as here, department(office.answer) as running:
        asked = card(running.url, upstream=CACHED)
        await here.use(asked)
        await here.use(asked, citizen=OTHER)
        await here.use(asked, "withdraw", {"amount": 5}, key=here.key("k", "b"))
        assert not (await here.use(asked)).earlier
        assert (await here.use(asked, citizen=OTHER)).earlier


def kept(size: int) -> KeptAnswer:
    return KeptAnswer(b"x" * size, NOON)


def question(number: int, citizen: str = "a") -> AnswerKey:
    return AnswerKey.of(citizen, "gy.card", "digest", "balance", {"number": number})


def test_the_memory_for_answers_is_bounded_and_what_was_used_last_stays() -> None:
    cache = AnswerCache(ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), most_answers=3, most_bytes=10_000)
    for number in range(3):
        cache.put(question(number), kept(100), 60)
    assert cache.get(question(0))
    cache.put(question(3), kept(100), 60)
    assert [number for number in range(4) if cache.get(question(number))] == [0, 2, 3]
    cache.put(question(9), kept(101), 60)
    assert cache.get(question(9)) is None


def test_bytes_are_counted_as_answers_come_and_go() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    cache = AnswerCache(clock, most_answers=1000, most_bytes=1000)
    for _ in range(3):
        for number in range(500):
            cache.put(question(number), kept(10), 60)
        assert sum(cache.get(question(number)) is not None for number in range(500)) == 100
        cache.forget("a", "gy.card")
        assert all(cache.get(question(number)) is None for number in range(500))
    for number in range(100):
        cache.put(question(number), kept(10), 60)
    clock.advance(seconds=60)
    assert all(cache.get(question(number)) is None for number in range(100))
    cache.put(question(1), kept(10), 60)
    assert cache.get(question(1))


def test_the_order_of_fields_makes_no_other_question() -> None:
    one = AnswerKey.of("a", "gy.card", "d", "balance", {"x": 1, "y": 2})
    assert one == AnswerKey.of("a", "gy.card", "d", "balance", {"y": 2, "x": 1})
    assert one != AnswerKey.of("a", "gy.card", "d", "balance", {"x": 2, "y": 1})


# --- submissions ---


async def withdraw(here: City, asked_url: str, value: str = "key-1", body: str = "body", amount: int = 5) -> str:
    answer = await here.use(card(asked_url), "withdraw", {"amount": amount}, key=here.key(value, body))
    assert answer.blocks[0]["block"] == "fields"
    return answer.blocks[0]["items"][0]["value"]


async def test_a_submission_needs_a_key() -> None:
    async with city() as here, department(Office().answer) as running:
        with pytest.raises(IdempotencyKeyNeeded):
            await here.use(card(running.url), "withdraw", {"amount": 5})
        assert (running.received, here.outcomes) == ([], ["refused"])


async def test_a_submission_carries_a_key_that_says_nothing_of_the_citizen_or_the_callers_key() -> None:
    async with city() as here, department(Office().answer) as running:
        await withdraw(here, running.url)
        (asked,) = running.received
        assert len(asked.headers["Idempotency-Key"]) == 40
        assert asked.body == {
            "applicant": "pseudonym of citizen-1 at gy.housing_fund_centre",
            "amount": 5,
            "channel": "mini_program",
        }
        assert here.ledger.released == []


async def test_a_retry_within_a_day_gets_the_first_answer_without_asking_again_or_using_the_quota() -> None:
    office = Office()
    async with city() as here, department(office.answer) as running:
        first = await withdraw(here, running.url)
        here.clock.advance(minutes=9)
        again = await here.use(card(running.url), "withdraw", {"amount": 5}, key=here.key("key-1", "body"))
        assert again.blocks[0] == {"block": "fields", "title": None, "items": [{"label": "受理编号", "value": first}]}
        assert (again.earlier, again.fetched_at) == (True, NOON)
        assert len(running.received) == 1
        assert await here.quotas.left_for(card(None).manifest, "citizen-1") == 99


async def test_the_same_key_with_another_body_is_refused_and_nothing_is_sent() -> None:
    async with city() as here, department(Office().answer) as running:
        await withdraw(here, running.url)
        with pytest.raises(KeyReused):
            await withdraw(here, running.url, body="another body", amount=6)
        assert len(running.received) == 1


async def test_other_keys_and_other_citizens_are_other_submissions() -> None:
    office = Office()
    async with city() as here, department(office.answer) as running:
        await withdraw(here, running.url)
        await withdraw(here, running.url, "key-2")
        key = here.key("key-1", "body", OTHER)
        await here.use(card(running.url), "withdraw", {"amount": 5}, OTHER, key)
        assert len(office.withdrawals) == 3


async def test_after_a_day_the_key_is_forgotten_and_the_department_still_does_it_once() -> None:
    office = Office()
    async with city() as here, department(office.answer, here.clock) as running:
        first = await withdraw(here, running.url)
        here.clock.advance(hours=24)
        fresh = Citizen(CITIZEN.id, CITIZEN.session_id, 3, {3: here.clock.now()})
        again = await here.use(card(running.url), "withdraw", {"amount": 5}, fresh, here.key("key-1", "body"))
        assert not again.earlier
        assert again.blocks[0] == {"block": "fields", "title": None, "items": [{"label": "受理编号", "value": first}]}
        assert len(running.received) == 2


async def test_two_at_once_with_one_key_are_one_submission_with_one_answer() -> None:
    office = Office()

    async def answer(asked: Received) -> tuple[int, object]:
        status, content = office.answer(asked)
        return status, {**content, "calls": len(office.withdrawals)} if isinstance(content, dict) else content

    async with city() as here, department(answer) as running:
        numbers = await asyncio.gather(*(withdraw(here, running.url) for _ in range(10)))
        assert set(numbers) == {"W-1"}
        assert len(office.withdrawals) == 1
        assert len((await here.documents.find(Receipt, "expires_at")).items) == 1


async def test_a_submission_whose_answer_was_lost_is_not_repeated_by_the_city_and_a_retry_happens_once() -> None:
    office = Office()
    lost = [True]

    def answer(asked: Received) -> tuple[int, object]:
        done = office.answer(asked)
        return (504, "the answer was lost") if lost.pop() else done

    async with city() as here, department(answer) as running:
        with pytest.raises(UpstreamUnavailable):
            await withdraw(here, running.url)
        assert len(running.received) == 1
        lost.append(False)
        assert await withdraw(here, running.url) == "W-1"
        assert len(office.withdrawals) == 1


async def test_a_refused_submission_leaves_the_key_free() -> None:
    answers = [(422, {"error": "balance_too_low"}), (201, {"number": "W-1"})]
    async with city() as here, department(lambda _asked: answers.pop(0)) as running:
        with pytest.raises(CardRefused):
            await withdraw(here, running.url)
        assert await withdraw(here, running.url) == "W-1"


async def test_the_receipt_is_sealed() -> None:
    async with city() as here, department(lambda _asked: (201, {"number": PEOPLE["citizen-1"]["name"]})) as running:
        await withdraw(here, running.url)
        (receipt,) = (await here.documents.find(Receipt, "expires_at")).items
        assert PEOPLE["citizen-1"]["name"] not in receipt.model_dump_json()
        assert receipt.expires_at == NOON + timedelta(hours=24)


class _ReadOnly(MemoryDocuments):
    """A store that was full when the receipt came."""

    async def write(self, *operations: Operation) -> Written:
        raise StoreUnavailable("documents")


async def test_what_the_department_did_is_told_even_when_the_receipt_cannot_be_written() -> None:
    documents: Documents = _ReadOnly()
    async with city(documents) as here, department(Office().answer) as running:
        assert await withdraw(here, running.url) == "W-1"
        assert await withdraw(here, running.url) == "W-1"
        assert here.outcomes == ["ok", "ok"]
