"""A retried request happens once: the receipt is written in the same atomic write as what it is the receipt of."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar, TypeVar

from core.clock import Clock, Instant
from core.documents import Delete, Document, Documents, Index, Insert, Operation, WriteRefused, Written
from core.errors import CityError
from core.ids import derived_id
from core.text import text

R = TypeVar("R")
KEPT = timedelta(hours=24)


class KeyReused(CityError):
    """The Idempotency-Key was used before with another request body. Nothing was done. A new request needs a new key;
    a retry must repeat the first request exactly."""

    code = "idempotency.key_reused"
    title = text("请求编号已用于另一请求", "This Idempotency-Key belongs to another request")


class Receipt(Document):
    """That a request was carried out, and the id of what it made."""

    collection: ClassVar[str] = "receipts"
    indexes: ClassVar[tuple[Index, ...]] = (Index("expires_at", ("expires_at",)),)

    request_digest: str
    result: str
    expires_at: Instant


class RequestKey:
    """A caller's Idempotency-Key for one endpoint, with the digest of the request's body."""

    def __init__(self, clock: Clock, caller: str, endpoint: str, key: str, request_digest: str) -> None:
        self.id = derived_id(caller, endpoint, key)
        self._clock = clock
        self._request_digest = request_digest

    def receipt(self, result: str) -> Insert:
        expires_at = self._clock.now() + KEPT
        return Insert(Receipt(id=self.id, request_digest=self._request_digest, result=result, expires_at=expires_at))

    async def earlier_result(self, documents: Documents) -> str | None:
        """What the first request of this key made. Raises `KeyReused` when that was another request."""
        receipt = await documents.get(Receipt, self.id)
        if receipt is None or receipt.expires_at <= self._clock.now():
            return None
        if receipt.request_digest != self._request_digest:
            raise KeyReused
        return receipt.result


async def write_once(
    documents: Documents,
    operations: list[Operation],
    *,
    key: RequestKey | None,
    result: str,
    find: Callable[[str], Awaitable[R]],
    made: Callable[[Written], R],
) -> R:
    """Writes the operations with the receipt of `key`; a retry finds what the first request made instead.

    Only a refused write looks for an earlier receipt, so that the usual case costs nothing more. Raises what the write
    raised when there is none, and `KeyReused`.
    """
    receipts: list[Operation] = [key.receipt(result)] if key else []
    try:
        written = await documents.write(*operations, *receipts)
    except WriteRefused:
        earlier = await key.earlier_result(documents) if key else None
        if earlier is None:
            raise
        return await find(earlier)
    return made(written)


async def forget_expired(documents: Documents, clock: Clock, limit: int = 1000) -> int:
    """Removes receipts whose time is over; a job, run every minute or so. Returns how many."""
    page = await documents.find(Receipt, "expires_at", below=clock.now(), limit=limit)
    if page.items:
        await documents.write(*(Delete(Receipt, receipt.id) for receipt in page.items))
    return len(page.items)
