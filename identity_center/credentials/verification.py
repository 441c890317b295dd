"""Verifying what a phone shows, with nothing but the city's keys, a kept status list and a clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.rotation import CLOCK_SKEW, LIVES
from identity_center.credentials.errors import PresentationInvalid
from identity_center.credentials.packing import unpacked
from identity_center.credentials.sd_jwt import Presented, StatusEntry, verified
from identity_center.credentials.status_list import SUSPENDED, VALID, StatusList

OfflineVerdict = Literal["valid", "too_old", "revoked", "suspended", "expired", "unchecked"]
"""`unchecked`: genuine and fresh, but no status list that still counts says whether it is revoked."""


@dataclass(frozen=True)
class Checked:
    presented: Presented
    verdict: OfflineVerdict


def read_code(code: str, jwks: Mapping[str, Any]) -> Presented:
    """What a code says, packed for a QR code or not, if the city made it. Raises `PresentationInvalid`."""
    return verified(unpacked(code), jwks)


def is_fresh(presented: Presented, now: datetime) -> bool:
    """Less than a minute old. Raises `PresentationInvalid` for one of the future."""
    if now < presented.shown_at - CLOCK_SKEW:
        raise PresentationInvalid
    return now < presented.shown_at + LIVES


def verify_offline(code: str, jwks: Mapping[str, Any], lists: Sequence[StatusList], now: datetime) -> Checked:
    """Whether to let in on this code. That it is shown for the first time is left to the gate.

    Raises `PresentationInvalid`.
    """
    presented = read_code(code, jwks)
    return Checked(presented, _verdict(presented, lists, now))


def _verdict(presented: Presented, lists: Sequence[StatusList], now: datetime) -> OfflineVerdict:
    if not is_fresh(presented, now):
        return "too_old"
    if presented.expires_at is not None and now >= presented.expires_at:
        return "expired"
    return _status(presented.status, lists, now)


def _status(entry: StatusEntry, lists: Sequence[StatusList], now: datetime) -> OfflineVerdict:
    kept = [one for one in lists if one.uri == entry.uri and now < one.expires_at]
    status = max(kept, key=lambda one: one.issued_at).status(entry.index) if kept else None
    if status is None:
        return "unchecked"
    if status == VALID:
        return "valid"
    return "suspended" if status == SUSPENDED else "revoked"
