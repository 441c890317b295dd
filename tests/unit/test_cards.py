"""The delivered cards: they pass the checker as in production, fit what the departments answer, and read well."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents import JsonObject
from core.text import Language
from sandbox.enterprises import credit_code
from sandbox.personas import PERSONAS, Persona
from service_registry.booking.schedule import BookingPlan, Resource
from service_registry.booking.slots import check_in_window, closes_for_booking, opens_for_booking, slots_of
from service_registry.card import LoadedCard
from service_registry.checker import rendered
from service_registry.templates import filled
from service_registry.view_values import MISSING
from service_registry.views import BlockView
from service_registry.views import rendered as blocks_of
from tests.delivered import DELIVERED, delivered
from tests.sandbox_world import World, world

ADDRESSES = {
    "SOCIAL_SECURITY_URL": "https://rsj.example.gov.cn/departments/social_security",
    "HOUSING_FUND_URL": "https://gjj.example.gov.cn/departments/housing_fund",
}
CITY = ZoneInfo("Asia/Shanghai")
LOADED = delivered(ADDRESSES, production=True)
CARDS = LOADED.cards
QUERIES = [
    ("gy.social_security", "accounts", {}),
    ("gy.social_security", "contributions", {"kind": "pension", "year": 2026}),
    ("gy.social_security", "contributions", {"kind": "unemployment", "year": 1995}),
    ("gy.housing_fund", "balance", {}),
    ("gy.housing_fund", "details", {}),
    ("gy.enterprise_social_security", "unit", {}),
]


def test_the_cards_pass_the_checker_as_production_runs_them() -> None:
    assert not LOADED.problems, rendered(LOADED.problems)
    assert list(CARDS) == sorted(DELIVERED)


async def asked(city: World, card: LoadedCard, operation: str, person: Persona, entered: JsonObject) -> Any:
    """The department's answer to what the card sends for the citizen."""
    loaded = card.operations[operation]
    assert loaded.input is None or loaded.input.is_valid(entered)
    assert card.base_url is not None
    path = "/" + card.base_url.split("/", 3)[3] + loaded.operation.request.path
    citizen, enterprise = {"id_number": person.id_number}, {"credit_code": credit_code("MB000001")}
    body = filled(loaded.operation.request.body, card.expressions, citizen, entered, enterprise=enterprise)
    response = await city.signed(path, body)
    return response.status_code, response.json()


def shown(card: LoadedCard, operation: str, output: object, language: Language) -> list[BlockView]:
    view = card.manifest.operations[operation].view
    return blocks_of(view, card.expressions, output, language, CITY)


@pytest.mark.parametrize(("card_id", "operation", "entered"), QUERIES)
async def test_what_the_department_answers_for_anybody_fits_and_is_shown(
    card_id: str, operation: str, entered: JsonObject
) -> None:
    card = CARDS[card_id]
    async with world() as city:
        for person in PERSONAS:
            status, output = await asked(city, card, operation, person, entered)
            assert status == 200
            assert list(card.operations[operation].output.iter_errors(output)) == []
            for language in ("zh", "en"):
                assert shown(card, operation, output, language)


async def test_an_employee_reads_everything_in_her_language() -> None:
    async with world() as city:
        for card_id, operation, entered in QUERIES:
            _, output = await asked(city, CARDS[card_id], operation, PERSONAS[0], entered)
            chinese = orjson.dumps(shown(CARDS[card_id], operation, output, "zh")).decode()
            english = orjson.dumps(shown(CARDS[card_id], operation, output, "en")).decode()
            assert MISSING not in chinese + english
            data = orjson.dumps(output).decode()
            assert [word for word in re.findall(r"[\u4e00-\u9fff]+", english) if word not in data] == []
            assert not re.search(r"pension|active|deposit|back_paid|\bpaid\b", chinese.replace('"operation"', ""))


async def test_who_has_no_account_is_told_so_in_words() -> None:
    child = next(person for person in PERSONAS if person.id == "lin_xiaoyu")
    async with world() as city:
        for card_id, operation in (("gy.social_security", "accounts"), ("gy.housing_fund", "balance")):
            _, output = await asked(city, CARDS[card_id], operation, child, {})
            first = shown(CARDS[card_id], operation, output, "zh")[0]
            assert first["block"] == "notice"
            assert "withdraw" not in str(shown(CARDS[card_id], operation, output, "zh"))


async def test_a_withdrawal_is_received_and_its_refusals_have_words() -> None:
    card = CARDS["gy.housing_fund"]
    entered = {"purpose": "rent", "amount": 0.01, "bank_account": "6222000000000000018"}
    async with world() as city:
        status, output = await asked(city, card, "withdraw", PERSONAS[0], entered)
        assert status == 200
        assert list(card.operations["withdraw"].output.iter_errors(output)) == []
        assert "¥0.01" in str(shown(card, "withdraw", output, "zh"))
        for amount, person, code in ((9_000_000, PERSONAS[0], "insufficient_balance"), (1, PERSONAS[3], "no_account")):
            status, output = await asked(city, card, "withdraw", person, {**entered, "amount": amount})
            assert (status, output["error"]) == (422, code)
            assert code in card.manifest.operations["withdraw"].refusals


def test_a_withdrawal_asks_for_a_face_seen_just_now_and_a_query_does_not() -> None:
    card = CARDS["gy.housing_fund"]
    withdraw, balance = card.operations["withdraw"].access, card.operations["balance"].access
    assert (withdraw.assurance, withdraw.max_age) == (3, 600)
    assert (balance.assurance, balance.max_age) == (2, None)


@pytest.mark.parametrize(
    "entered",
    [
        {},
        {"purpose": "rent", "amount": 100},
        {"purpose": "holiday", "amount": 100, "bank_account": "6222000000000000018"},
        {"purpose": "rent", "amount": 0, "bank_account": "6222000000000000018"},
        {"purpose": "rent", "amount": -5, "bank_account": "6222000000000000018"},
        {"purpose": "rent", "amount": 0.005, "bank_account": "6222000000000000018"},
        {"purpose": "rent", "amount": 1e300, "bank_account": "6222000000000000018"},
        {"purpose": "rent", "amount": "100", "bank_account": "6222000000000000018"},
        {"purpose": "rent", "amount": 100, "bank_account": "六二二二0000000018"},
        {"purpose": "rent", "amount": 100, "bank_account": "6" * 33},
        {"purpose": "rent", "amount": 100, "bank_account": "6222000000000000018", "id_number": "x"},
    ],
)
def test_what_is_no_withdrawal_is_not_sent(entered: JsonObject) -> None:
    validator = CARDS["gy.housing_fund"].operations["withdraw"].input
    assert validator is not None
    assert not validator.is_valid(entered)


def _plan(card_id: str) -> BookingPlan:
    plan = CARDS[card_id].manifest.booking
    assert plan is not None
    return plan


def _bookable_now(plan: BookingPlan, resource: Resource, now: datetime) -> Iterator[timedelta]:
    """How long before its start each slot could be checked in that can be booked now."""
    today = now.astimezone(CITY).date()
    for day in (today, today + timedelta(days=1)):
        for slot in slots_of(plan, resource, day, CITY):
            if opens_for_booking(plan.rules, day, CITY) <= now < closes_for_booking(plan.rules, slot):
                yield now - check_in_window(plan.rules, slot)[0]


@given(st.integers(0, 4 * 366 * 86400))
@settings(deadline=None)
def test_at_any_hour_there_is_a_park_one_can_book_and_enter_at_once(seconds: int) -> None:
    now, plan = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), _plan("gy.scenic_spots")
    assert next(_bookable_now(plan, plan.resources[0], now)) >= timedelta(0)


@given(st.dates(date(2026, 11, 1), date(2030, 1, 1)))
@settings(deadline=None)
def test_on_any_day_every_counter_and_every_park_has_something_to_book_within_its_days_ahead(today: date) -> None:
    for card_id in ("gy.appointments", "gy.scenic_spots"):
        plan = _plan(card_id)
        days = [today + timedelta(days=ahead) for ahead in range(1, plan.rules.days_ahead)]
        schedules = {resource.schedule: resource for resource in plan.resources}
        for resource in schedules.values():
            assert any(slots_of(plan, resource, day, CITY) for day in days)


def test_every_department_matter_and_hall_leads_to_a_counter() -> None:
    plan = _plan("gy.appointments")
    assert [level.key for level in plan.levels] == ["department", "matter", "hall"]
    for level in plan.levels:
        assert set(level.choices) == {resource.path[level.key] for resource in plan.resources}
    assert len(plan.resources) >= 80


def test_the_parks_of_guiyang_count_places_by_slot_and_by_day_and_let_five_companions_come() -> None:
    plan = _plan("gy.scenic_spots")
    names = [resource.name.zh for resource in plan.resources]
    assert {"黔灵山公园", "甲秀楼", "青岩古镇", "花溪公园", "天河潭景区", "贵阳森林公园"} <= set(names)
    assert all(resource.slot_capacity and resource.day_capacity for resource in plan.resources)
    assert plan.rules.companions_max == 5
