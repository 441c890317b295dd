"""The housing-fund centre: an account whose entries add up to its balance, and withdrawals from it."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from pydantic import Field

from sandbox.careers import Career, career_of
from sandbox.ledger import Ledger, Withdrawal
from sandbox.months import is_month, month_of, month_text
from sandbox.population import draw, is_id_number
from sandbox.web import Answer, Body, Call, JsonObject, Refused

FIRST_MONTH = 2018 * 12
"""January 2018: the books begin here."""
PROMISED_DAYS = 3
PURPOSES = ("rent", "purchase", "loan", "retirement")

_RATE_PERCENT = 12
_INTEREST_PER_MILLE_A_YEAR = 15
_RENT_FEN = 9_600_00
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")

EntryKind = Literal["deposit", "withdrawal", "interest"]


class AccountsRequest(Body):
    id_number: str = Field(min_length=1, max_length=30)


class WithdrawalRequest(Body):
    id_number: str = Field(min_length=1, max_length=30)
    purpose: str = Field(min_length=1, max_length=40)
    amount: float = Field(gt=0, le=100_000_000)
    bank_account: str = Field(pattern=r"^[0-9]{10,32}$")


@dataclass(frozen=True)
class Entry:
    month: int
    kind: EntryKind
    amount_fen: int
    balance_fen: int


class Book:
    """An account's entries as they are written one after the other, and the month-end balances interest is paid on."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.balance_fen = 0
        self._month_ends: list[int] = []

    def write(self, month: int, kind: EntryKind, amount_fen: int) -> None:
        if amount_fen:
            self.balance_fen += amount_fen
            self.entries.append(Entry(month, kind, amount_fen, self.balance_fen))

    def end_month(self) -> None:
        self._month_ends.append(self.balance_fen)

    def interest_fen(self) -> int:
        return sum(self._month_ends[-12:]) * _INTEREST_PER_MILLE_A_YEAR // 12_000


@dataclass(frozen=True)
class Account:
    status: Literal["active", "sealed", "closed", "none"]
    career: Career
    monthly_fen: int
    book: Book


def account_of(id_number: str, today: date, withdrawals: Sequence[Withdrawal]) -> Account:
    """The account as it stands today. Raises `Refused` 422 for a number that cannot be one."""
    if not is_id_number(id_number):
        raise Refused(422, "invalid_id_number")
    return _account_in(month_of(today), id_number, tuple(withdrawals))


@lru_cache(maxsize=2048)
def _account_in(running: int, id_number: str, withdrawals: tuple[Withdrawal, ...]) -> Account:
    """Nothing but the month and the withdrawals changes an account, and writing its book takes half a millisecond."""
    career = career_of(id_number)
    opened = max(career.start, FIRST_MONTH)
    book = Book()
    if opened >= min(career.end, running):
        return Account("none", career, 0, book)
    rents = draw(id_number, "rents") % 3 == 0
    books_end = running if career.interrupted else min(career.end, running)
    for month in range(opened, books_end):
        _write_month(book, career, month, withdrawals, rents=rents and month > opened + 24)
    for withdrawal in withdrawals:
        if withdrawal.month == running:
            book.write(running, "withdrawal", -withdrawal.amount_fen)
    if career.end <= running:
        return Account("sealed" if career.interrupted else "closed", career, 0, book)
    return Account("active", career, _deposit_fen(career, running - 1), book)


def _write_month(book: Book, career: Career, month: int, withdrawals: Sequence[Withdrawal], *, rents: bool) -> None:
    if month < career.end:
        book.write(month, "deposit", _deposit_fen(career, month))
    if is_month(month, 6):
        book.write(month, "interest", book.interest_fen())
    for withdrawal in withdrawals:
        if withdrawal.month == month:
            book.write(month, "withdrawal", -withdrawal.amount_fen)
    if rents and month < career.end and is_month(month, 9):
        book.write(month, "withdrawal", -min(_RENT_FEN, book.balance_fen // 2))
    if month == career.end - 1 and not career.interrupted:
        book.write(month, "withdrawal", -book.balance_fen)
    book.end_month()


def _deposit_fen(career: Career, month: int) -> int:
    """Employee and employer together, each rounded to whole yuan."""
    each = round(career.base_fen(month) * _RATE_PERCENT / 10_000)
    return 2 * each * 100


class HousingFund:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def accounts(self, call: Call) -> Answer:
        id_number = call.read(AccountsRequest).id_number
        account = account_of(id_number, call.now.date(), self._ledger.of(id_number))
        opened = account.status != "none"
        return {
            "account_number": f"5201{draw(id_number, 'account_number') % 10**8:08d}" if opened else None,
            "status": account.status,
            "balance": account.book.balance_fen / 100,
            "monthly_amount": account.monthly_fen / 100,
            "employer": account.career.employer if opened else None,
            "entries": [_shown(entry) for entry in reversed(account.book.entries)],
        }

    async def withdraw(self, call: Call) -> Answer:
        """Takes the amount off the account at once. The same Idempotency-Key takes it once."""
        request = call.read(WithdrawalRequest)
        key = call.headers.get("Idempotency-Key", "")
        if key and not _IDEMPOTENCY_KEY.fullmatch(key):
            raise Refused(400, "invalid_request", "Idempotency-Key")
        digest = hashlib.sha256(call.body).hexdigest()
        earlier = self._ledger.under_key(key) if key else None
        if earlier is None:
            return _receipt(self._debit(call, request, key, digest))
        if earlier.request_digest != digest:
            raise Refused(409, "idempotency_key_reused")
        return _receipt(earlier)

    def _debit(self, call: Call, request: WithdrawalRequest, key: str, digest: str) -> Withdrawal:
        amount_fen = round(request.amount * 100)
        if abs(request.amount * 100 - amount_fen) > 1e-6 * max(1.0, request.amount):
            raise Refused(400, "invalid_request", "amount: at most two decimals")
        account = account_of(request.id_number, call.now.date(), self._ledger.of(request.id_number))
        if request.purpose not in PURPOSES:
            raise Refused(422, "unknown_purpose")
        if account.status in ("none", "closed"):
            raise Refused(422, "no_account")
        if amount_fen > account.book.balance_fen:
            raise Refused(422, "insufficient_balance")
        return self._ledger.add(request.id_number, amount_fen, call.now, key, digest)


def _shown(entry: Entry) -> JsonObject:
    return {
        "month": month_text(entry.month),
        "kind": entry.kind,
        "amount": entry.amount_fen / 100,
        "balance": entry.balance_fen / 100,
    }


def _receipt(withdrawal: Withdrawal) -> JsonObject:
    return {
        "receipt_number": withdrawal.receipt_number,
        "accepted_at": withdrawal.accepted_at,
        "amount": withdrawal.amount_fen / 100,
        "promised_days": PROMISED_DAYS,
        "state": "received",
    }
