"""What the operators' figures must say."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.clock import ManualClock
from core.documents import Operation, Written
from core.errors import StoreUnavailable
from insight.errors import RangeTooLong
from insight.model import CardFigures, DayFigures, Totals, UsageBatch, UsageWriter, Uses, Visitor
from insight.usage import Insight
from server.adapters.memory_documents import MemoryDocuments
from tests.unit.insight_support import NOON, SHANGHAI, UnsteadyDocuments, city

TODAY = date(2026, 11, 22)


async def test_a_citizen_counts_once_a_day_however_often_they_come() -> None:
    insight, clock = city()
    for _ in range(5):
        insight.visit("li")
        clock.advance(minutes=7)
    insight.visit("wang")
    assert await insight.dau(TODAY) == 2
    insight.visit("wang")
    assert await insight.dau(TODAY) == 2


async def test_figures_have_moved_when_the_next_request_asks() -> None:
    insight, _ = city()
    assert await insight.dau(TODAY) == 0
    insight.visit("li")
    assert await insight.dau(TODAY) == 1
    insight.used("wang", "gy.housing_fund", "ok")
    assert (await insight.day(TODAY)) == DayFigures(TODAY, dau=2, mau=2, new_visitors=2, uses=Uses(1, 0, 0))


async def test_the_rolling_month_is_thirty_days_ending_with_the_day() -> None:
    insight, clock = city()
    insight.visit("first day only")
    for _ in range(30):
        clock.advance(days=1)
        insight.visit("every day but the first")
    assert await insight.mau(TODAY + timedelta(days=29)) == 2
    assert await insight.mau(TODAY + timedelta(days=30)) == 1
    assert await insight.mau(TODAY + timedelta(days=59)) == 1
    assert await insight.mau(TODAY + timedelta(days=60)) == 0


async def test_a_day_begins_at_midnight_in_the_city() -> None:
    insight, clock = city(start=datetime(2026, 11, 22, 15, 59, 59, 999999, tzinfo=UTC))
    assert insight.today() == TODAY
    insight.visit("li")
    clock.advance(microseconds=1)
    assert insight.today() == TODAY + timedelta(days=1)
    insight.visit("li")
    insight.visit("wang")
    assert [await insight.dau(TODAY), await insight.dau(TODAY + timedelta(days=1))] == [1, 2]


async def test_an_event_belongs_to_the_day_it_happened_on_and_not_to_the_day_of_its_flush() -> None:
    insight, clock = city(start=datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC))
    insight.used("li", "gy.housing_fund", "ok")
    clock.advance(hours=30)
    await insight.flush()
    assert await insight.dau(TODAY) == 1
    assert (await insight.hourly(TODAY))[23] == 1


async def test_a_clock_that_steps_back_over_midnight_miscounts_nobody() -> None:
    insight, clock = city(start=datetime(2026, 11, 22, 16, 0, 1, tzinfo=UTC))
    insight.visit("li")
    clock.advance(seconds=-2)
    insight.visit("li")
    insight.visit("wang")
    clock.advance(seconds=2)
    insight.visit("li")
    assert [await insight.dau(TODAY), await insight.dau(TODAY + timedelta(days=1))] == [2, 1]
    assert await insight.new_visitors(TODAY) == 2


async def test_hours_are_those_of_the_citys_clock_also_when_it_is_put_back() -> None:
    clock = ManualClock(datetime(2026, 10, 24, 22, 30, tzinfo=UTC))  # 00:30 in Berlin, on the day of 25 hours
    insight = Insight(MemoryDocuments(), clock, ZoneInfo("Europe/Berlin"))
    for _ in range(25):
        insight.used("li", "gy.housing_fund", "ok")
        clock.advance(hours=1)
    assert await insight.hourly(date(2026, 10, 25)) == (1, 1, 2, *(1,) * 21)
    assert sum(await insight.hourly(date(2026, 10, 26))) == 0


async def test_zones_whose_hours_begin_at_half_past() -> None:
    clock = ManualClock(datetime(2026, 11, 22, 18, 29, 59, tzinfo=UTC))
    insight = Insight(MemoryDocuments(), clock, ZoneInfo("Asia/Kolkata"))
    insight.used("li", "gy.housing_fund", "ok")
    clock.advance(seconds=1)
    insight.used("li", "gy.housing_fund", "ok")
    assert (await insight.hourly(TODAY))[23] == 1
    assert (await insight.hourly(TODAY + timedelta(days=1)))[0] == 1


async def test_each_card_has_its_own_figures() -> None:
    insight, clock = city()
    insight.used("li", "gy.scenic_spots", "ok")
    insight.used("li", "gy.scenic_spots", "refused")
    insight.used("wang", "gy.scenic_spots", "failed")
    await insight.flush()
    clock.advance(hours=2)
    insight.used("li", "gy.housing_fund", "ok")
    insight.used("li", "gy.scenic_spots", "ok")
    assert await insight.cards(TODAY) == (
        CardFigures("gy.scenic_spots", Uses(ok=2, refused=1, failed=1), citizens=2),
        CardFigures("gy.housing_fund", Uses(ok=1, refused=0, failed=0), citizens=1),
    )
    hours = await insight.hourly(TODAY, "gy.scenic_spots")
    assert (hours[12], hours[14], sum(hours)) == (3, 1, 4)
    assert sum(await insight.hourly(TODAY)) == 5
    assert await insight.hourly(TODAY, "unknown") == (0,) * 24
    assert await insight.totals() == Totals(citizens=2, uses=Uses(ok=3, refused=1, failed=1))


async def test_more_cards_than_a_page_holds() -> None:
    insight, _ = city()
    for number in range(130):
        insight.used("li", f"card_{number:03}", "ok")
    assert [card.card_id for card in await insight.cards(TODAY)] == [f"card_{number:03}" for number in range(130)]


async def test_more_batches_than_one_checkpoint_writes() -> None:
    insight, _ = city()
    for number in range(450):
        insight.used(f"citizen {number}", "gy.housing_fund", "ok")
        await insight.flush()
    assert await insight.totals() == Totals(citizens=450, uses=Uses(450, 0, 0))


async def test_more_days_than_a_page_holds_change_for_another_process() -> None:
    documents = MemoryDocuments()
    watching, _ = city(documents)
    assert await watching.mau(TODAY) == 0
    working, clock = city(documents)
    for _ in range(250):
        working.visit("li")
        clock.advance(days=1)
    await working.stop()
    figures = await watching.days(TODAY, TODAY + timedelta(days=249))
    assert [(day.dau, day.mau) for day in figures] == [(1, 1)] * 250


async def test_a_citizen_is_new_on_their_earliest_day_even_if_that_is_told_late() -> None:
    documents = MemoryDocuments()
    early, _ = city(documents)
    late, clock = city(documents)
    clock.advance(days=1)
    early.visit("li")
    late.visit("li")
    late.visit("wang")
    await late.flush()
    assert await late.new_visitors(TODAY + timedelta(days=1)) == 2
    await early.flush()
    assert [await late.new_visitors(TODAY), await late.new_visitors(TODAY + timedelta(days=1))] == [1, 1]


async def test_numbers_are_dense_whoever_gives_them_out() -> None:
    documents = MemoryDocuments()
    processes = [city(documents)[0] for _ in range(4)]
    for number in range(100):
        processes[number % 4].visit(f"citizen {number}")
        processes[number % 3].visit(f"citizen {number}")
        if number % 10 == 0:
            await asyncio.gather(*(process.flush() for process in processes))
    await asyncio.gather(*(process.flush() for process in processes))
    visitors = await documents.find(Visitor, "id", limit=1000)
    assert sorted(visitor.number for visitor in visitors.items) == list(range(100))


async def test_forgetting_citizens_changes_no_figure() -> None:
    clock = ManualClock(NOON)
    insight = Insight(MemoryDocuments(), clock, SHANGHAI, remembered=3)
    for number in range(60):
        insight.used(f"citizen {number % 10}", "gy.housing_fund", "ok")
        if number % 7 == 0:
            await insight.flush()
    assert await insight.dau(TODAY) == 10
    assert await insight.totals() == Totals(citizens=10, uses=Uses(60, 0, 0))
    assert (await insight.cards(TODAY))[0].citizens == 10


async def test_documents_hold_nothing_about_a_citizen_but_an_opaque_id() -> None:
    documents = MemoryDocuments()
    insight, _ = city(documents)
    insight.used("01KB1PGZ7M0000000000000000", "gy.housing_fund", "ok")
    await insight.flush()
    batch = (await documents.find(UsageBatch, "id")).items[0]
    assert "01KB1PGZ7M" not in batch.model_dump_json()
    visitor = await documents.get(Visitor, "01KB1PGZ7M0000000000000000")
    assert visitor is not None
    assert set(visitor.model_dump()) == {"id", "version", "number", "first_day"}


async def test_stopping_writes_everything_and_leaves_nothing_behind() -> None:
    documents = MemoryDocuments()
    insight, _ = city(documents)
    await insight.start()
    insight.used("li", "gy.housing_fund", "ok")
    await insight.stop()
    assert await documents.count(UsageBatch, "id") == 0
    assert await documents.count(UsageWriter, "id") == 0
    after_restart, _ = city(documents)
    assert await after_restart.totals() == Totals(citizens=1, uses=Uses(1, 0, 0))


class ReportingDocuments(MemoryDocuments):
    def __init__(self) -> None:
        super().__init__()
        self.has_written = asyncio.Event()

    async def write(self, *operations: Operation) -> Written:
        written = await super().write(*operations)
        self.has_written.set()
        return written


async def test_events_are_flushed_and_merged_without_being_asked_for() -> None:
    documents = ReportingDocuments()
    insight, clock = city(documents)
    await insight.start()
    insight.visit("li")
    await asyncio.wait_for(documents.has_written.wait(), timeout=10)
    assert await documents.count(UsageBatch, "id") == 1
    documents.has_written.clear()
    clock.advance(minutes=1)
    await asyncio.wait_for(documents.has_written.wait(), timeout=10)
    assert await documents.count(UsageBatch, "id") == 0
    await insight.stop()


async def test_an_outage_of_the_store_loses_nothing() -> None:
    documents = UnsteadyDocuments()
    insight, _ = city(documents)
    insight.used("li", "gy.housing_fund", "ok")
    documents.breakdown = "before"
    with pytest.raises(StoreUnavailable):
        await insight.flush()
    insight.used("wang", "gy.housing_fund", "ok")
    assert await insight.totals() == Totals(citizens=2, uses=Uses(2, 0, 0))


async def test_a_write_whose_answer_was_lost_counts_once() -> None:
    documents = UnsteadyDocuments()
    insight, _ = city(documents)
    insight.used("li", "gy.housing_fund", "ok")
    documents.breakdown = "after"
    with pytest.raises(StoreUnavailable):
        await insight.flush()
    other, _ = city(documents)
    assert await other.totals() == Totals(citizens=1, uses=Uses(1, 0, 0))
    assert await insight.totals() == Totals(citizens=1, uses=Uses(1, 0, 0))


async def test_a_store_that_is_away_does_not_keep_the_city_from_stopping(caplog: pytest.LogCaptureFixture) -> None:
    documents = UnsteadyDocuments()
    insight, _ = city(documents)
    insight.visit("li")
    documents.breakdown = "before"
    await insight.stop()
    assert [record.message for record in caplog.records] == ["insight.not_flushed"]


async def test_the_background_goes_on_when_an_outage_is_over() -> None:
    documents = UnsteadyDocuments()
    insight, _ = city(documents)
    documents.breakdown = "before"
    await insight.start()
    insight.visit("li")
    await asyncio.wait_for(documents.has_broken_down.wait(), timeout=10)
    await insight.stop()
    assert await city(documents)[0].dau(TODAY) == 1


async def test_a_range_of_days() -> None:
    insight, clock = city()
    insight.visit("li")
    clock.advance(days=1)
    insight.used("wang", "gy.housing_fund", "refused")
    assert await insight.days(TODAY, TODAY + timedelta(days=1)) == (
        DayFigures(TODAY, 1, 1, 1, Uses(0, 0, 0)),
        DayFigures(TODAY + timedelta(days=1), 1, 2, 1, Uses(0, 1, 0)),
    )
    assert await insight.days(TODAY, TODAY - timedelta(days=1)) == ()
    with pytest.raises(RangeTooLong):
        await insight.days(TODAY, TODAY + timedelta(days=366))


@pytest.mark.parametrize("day", [date.min, date.min + timedelta(days=3), date.max])
async def test_any_day_of_the_calendar_can_be_asked_for(day: date) -> None:
    insight, _ = city()
    assert await insight.day(day) == DayFigures(day, 0, 0, 0, Uses(0, 0, 0))
