"""What the departments say of anybody: it adds up, it never changes afterwards, it grows with the calendar."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import social_security
from sandbox.housing_fund import Account, Entry, account_of
from sandbox.ledger import Ledger, Withdrawal
from sandbox.months import month_of
from sandbox.personas import PERSONAS
from sandbox.social_security import insurance_of
from sandbox.web import Call, Refused, Serve
from tests.unit.test_sandbox_population import id_numbers

DAYS = st.dates(date(2019, 1, 1), date(2045, 12, 31))
CITY = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=CITY)


def withdrawn(day: date, fen: int) -> Withdrawal:
    return Withdrawal("HF1", "", month_of(day), fen, "", "", "")


def adds_up(account: Account) -> bool:
    running = 0
    for entry in account.book.entries:
        running += entry.amount_fen
        if entry.balance_fen != running or running < 0:
            return False
    return running == account.book.balance_fen


def entries_of(id_number: str, day: date) -> list[Entry]:
    return account_of(id_number, day, []).book.entries


@given(id_numbers(), DAYS)
def test_the_entries_of_a_housing_fund_account_add_up_and_never_overdraw(id_number: str, day: date) -> None:
    account = account_of(id_number, day, [])
    assert adds_up(account)
    months = [entry.month for entry in account.book.entries]
    assert months == sorted(months)
    assert not months or months[-1] < month_of(day)
    assert (account.status == "none") == (not months)
    assert (account.status == "active") == (account.monthly_fen > 0)
    assert account.status != "closed" or account.book.balance_fen == 0


@given(id_numbers(), DAYS, DAYS)
def test_what_stands_in_the_books_stays_there(id_number: str, one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    before, after = entries_of(id_number, earlier), entries_of(id_number, later)
    assert after[: len(before)] == before


@given(id_numbers(), DAYS, DAYS, st.floats(0, 1))
def test_a_withdrawal_leaves_the_account_in_order_for_ever(
    id_number: str, one: date, other: date, share: float
) -> None:
    earlier, later = sorted((one, other))
    before = account_of(id_number, earlier, [])
    amount = int(before.book.balance_fen * share)
    after = account_of(id_number, earlier, [withdrawn(earlier, amount)])
    assert after.book.balance_fen == before.book.balance_fen - amount
    assert adds_up(after)
    assert adds_up(account_of(id_number, later, [withdrawn(earlier, amount)]))


def answer(serve: Serve, day: date, **fields: object) -> Any:
    """The endpoint's answer on a day. It waits for nothing, so it needs no loop."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=CITY)
    call = Call("POST", "/", (), {}, {}, orjson.dumps(fields), noon)
    try:
        coroutine: Any = serve(call)
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("it waited")


@given(id_numbers(), DAYS, st.sampled_from(social_security.KINDS))
@settings(max_examples=30)
def test_a_social_security_account_agrees_with_its_records(
    id_number: str, day: date, kind: social_security.Kind
) -> None:
    asked = answer(social_security.accounts, day, id_number=id_number)["accounts"]
    (account,) = [one for one in asked if one["kind"] == kind]
    years = [
        answer(social_security.contributions, day, id_number=id_number, kind=kind, year=year)
        for year in range(1990, day.year + 1)
    ]
    records = [record for year in years for record in year["records"]]
    assert account["months_paid"] == len(records) == len({record["month"] for record in records})
    assert sum(year["total_personal"] for year in years) == pytest.approx(sum(one["personal"] for one in records))
    expected = 0 if kind == "unemployment" else sum(record["personal"] for record in records)
    assert account["balance"] == pytest.approx(expected, abs=0.005)
    assert account["since"] == (min(record["month"] for record in records) if records else None)
    assert all(record["month"] < f"{day:%Y-%m}" for record in records)
    amounts = [record[field] for record in records for field in ("base", "personal", "employer_amount")]
    assert all(round(amount, 2) == amount > 0 for amount in amounts)


def test_the_personas_show_every_state_worth_showing() -> None:
    numbers = {person.id: person.id_number for person in PERSONAS}
    states = {}
    for name, id_number in numbers.items():
        accounts = answer(social_security.accounts, NOON.date(), id_number=id_number)["accounts"]
        states[name] = [account["status"] for account in accounts]
    assert states["lin_yue"] == states["chen_guoqiang"] == ["active", "active", "active"]
    assert states["wu_xiulan"] == ["drawing", "drawing", "suspended"]
    assert states["lin_xiaoyu"] == ["none", "none", "none"]
    assert account_of(numbers["lin_yue"], NOON.date(), []).book.balance_fen > 5_000_00


@given(st.text(max_size=30).filter(lambda text: len(text) != 18))
def test_a_number_that_cannot_be_one_has_no_data(wrong: str) -> None:
    with pytest.raises(Refused, match="invalid_id_number"):
        insurance_of(wrong, NOON.date())
    with pytest.raises(Refused, match="invalid_id_number"):
        account_of(wrong, NOON.date(), [])


def test_what_the_ledger_acknowledged_is_there_after_a_crash_and_a_torn_line_is_not(tmp_path: Path) -> None:
    file = tmp_path / "withdrawals.jsonl"
    ledger = Ledger(file)
    first = ledger.add("520100199203150024", 100, NOON, "key", "digest")
    second = ledger.add("520100199203150024", 200, NOON, "", "digest")
    file.write_bytes(file.read_bytes() + b'{"receipt_number": "HF2026')
    found = Ledger(file)
    assert found.of("520100199203150024") == [first, second]
    assert found.under_key("key") == first
    assert found.under_key("") is None
    third = found.add("520100199203150024", 300, NOON, "", "digest")
    assert Ledger(file).of("520100199203150024") == [first, second, third]
    assert len({first.receipt_number, second.receipt_number, third.receipt_number}) == 3


def test_the_ledgers_file_names_nobody(tmp_path: Path) -> None:
    Ledger(tmp_path / "book").add("520100199203150024", 100, NOON, "my-key", "digest")
    written = (tmp_path / "book").read_text()
    assert "520100199203150024" not in written
    assert "my-key" not in written
