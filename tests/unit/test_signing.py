"""Signed calls: what a department can rely on."""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.signing import SKEW_SECONDS, SignatureRefused, SignedCall, sign, verify

SECRETS = {"city": b"a secret of the tests, 32 bytes!", "other": b"another secret of the tests....."}
NOW = 1_795_000_000
CALL = SignedCall("POST", "/accounts/query?page=2", '{"year": 2026, "note": "医保"}'.encode())


def signed(call: SignedCall = CALL, key_id: str = "city", timestamp: int = NOW, nonce: str = "n1") -> dict[str, str]:
    return sign(call, key_id=key_id, secret=SECRETS[key_id], timestamp=timestamp, nonce=nonce)


class Receiver:
    """A department that remembers nonces."""

    def __init__(self) -> None:
        self._nonces = MemoryEphemeral(ManualClock(datetime.fromtimestamp(NOW, UTC)))

    async def accepts(self, call: SignedCall, headers: dict[str, str], now: float = NOW) -> str:
        return await verify(call, headers, secrets=SECRETS, now=now, first=self._nonces.first)

    async def refuses(self, call: SignedCall, headers: dict[str, str], now: float = NOW) -> str:
        with pytest.raises(SignatureRefused) as refused:
            await self.accepts(call, headers, now)
        return str(refused.value)


async def test_a_signature_is_what_the_documentation_says() -> None:
    text = "\n".join(["POST", CALL.path, str(NOW), "n1", hashlib.sha256(CALL.body).hexdigest()])
    expected = hmac.new(SECRETS["city"], text.encode(), hashlib.sha256).hexdigest()
    assert signed() == {
        "X-City-Key-Id": "city",
        "X-City-Timestamp": str(NOW),
        "X-City-Nonce": "n1",
        "X-City-Signature": expected,
    }
    assert await Receiver().accepts(CALL, signed()) == "city"


@pytest.mark.parametrize(
    "altered",
    [
        replace(CALL, method="PUT"),
        replace(CALL, path="/accounts/query?page=3"),
        replace(CALL, path="/accounts/query"),
        replace(CALL, body=CALL.body + b" "),
        replace(CALL, body=b""),
    ],
)
async def test_a_call_that_was_altered_is_refused(altered: SignedCall) -> None:
    assert await Receiver().refuses(altered, signed()) == "wrong signature"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("X-City-Key-Id", "other", "wrong signature"),
        ("X-City-Key-Id", "unknown", "unknown key"),
        ("X-City-Timestamp", str(NOW + 1), "wrong signature"),
        ("X-City-Timestamp", "now", "timestamp is not within 300 seconds"),
        ("X-City-Timestamp", "１７９５０００００００", "timestamp is not within 300 seconds"),
        ("X-City-Timestamp", "9" * 5000, "timestamp is not within 300 seconds"),
        ("X-City-Timestamp", f"-{NOW}", "timestamp is not within 300 seconds"),
        ("X-City-Nonce", "n2", "wrong signature"),
        ("X-City-Nonce", "", "wrong signature"),
        ("X-City-Signature", "0" * 64, "wrong signature"),
        ("X-City-Signature", "ü", "wrong signature"),
    ],
)
async def test_headers_that_were_altered_are_refused(name: str, value: str, reason: str) -> None:
    assert await Receiver().refuses(CALL, {**signed(), name: value}) == reason


@pytest.mark.parametrize("name", ["X-City-Key-Id", "X-City-Timestamp", "X-City-Nonce", "X-City-Signature"])
async def test_a_missing_header_is_refused(name: str) -> None:
    headers = signed()
    del headers[name]
    assert await Receiver().refuses(CALL, headers)


async def test_a_call_cannot_be_replayed() -> None:
    receiver = Receiver()
    await receiver.accepts(CALL, signed())
    assert await receiver.refuses(CALL, signed()) == "nonce was used before"
    await receiver.accepts(CALL, signed(nonce="n2"))


async def test_a_stranger_cannot_use_up_a_nonce() -> None:
    receiver = Receiver()
    await receiver.refuses(CALL, {**signed(), "X-City-Signature": "0" * 64})
    await receiver.accepts(CALL, signed())


@pytest.mark.parametrize("seconds", [-SKEW_SECONDS, 0, SKEW_SECONDS])
async def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    await Receiver().accepts(CALL, signed(timestamp=NOW + seconds))


@pytest.mark.parametrize("seconds", [-SKEW_SECONDS - 1, SKEW_SECONDS + 1])
async def test_clocks_may_differ_by_no_more(seconds: int) -> None:
    assert await Receiver().refuses(CALL, signed(timestamp=NOW + seconds)) == "timestamp is not within 300 seconds"


def _documented() -> Callable[[str, str, dict[str, str], bytes], bool]:
    """The receiver that docs/gateway.md shows to departments, run as it stands there."""
    page = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(example, found)  # noqa: S102  # our own documentation
    found["SECRETS"]["city"] = SECRETS["city"]
    receives: Callable[[str, str, dict[str, str], bytes], bool] = found["is_from_the_city"]
    return receives


def test_the_documented_receiver_accepts_what_we_sign_and_nothing_else() -> None:
    receives, now = _documented(), int(time.time())
    given = signed(timestamp=now)
    assert not receives("PUT", CALL.path, given, CALL.body)
    assert not receives("POST", "/accounts/query", given, CALL.body)
    assert not receives("POST", CALL.path, given, CALL.body + b" ")
    assert not receives("POST", CALL.path, {**given, "X-City-Signature": "ü"}, CALL.body)
    assert not receives("POST", CALL.path, {**given, "X-City-Key-Id": "other"}, CALL.body)
    assert not receives("POST", CALL.path, {}, CALL.body)
    assert receives("POST", CALL.path, given, CALL.body)
    assert not receives("POST", CALL.path, given, CALL.body)
    for seconds in (-400, 400):
        assert not receives("POST", CALL.path, signed(timestamp=now + seconds, nonce="n2"), CALL.body)
    assert receives("POST", CALL.path, signed(timestamp=now, nonce="n3"), CALL.body)


header = st.text(max_size=80)


@settings(deadline=None)
@given(key_id=header | st.just("city"), timestamp=header | st.just(str(NOW)), nonce=header, signature=header)
def test_whatever_a_stranger_sends_is_refused_and_nothing_else_happens(
    key_id: str, timestamp: str, nonce: str, signature: str
) -> None:
    headers = {
        "X-City-Key-Id": key_id,
        "X-City-Timestamp": timestamp,
        "X-City-Nonce": nonce,
        "X-City-Signature": signature,
    }
    loop = asyncio.new_event_loop()
    loop.run_until_complete(Receiver().refuses(CALL, headers))
    loop.close()
