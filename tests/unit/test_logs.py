"""What stands in a log line, and what never does."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import StoreUnavailable
from core.ids import new_id, new_secret
from core.resident_id import check_digit
from server.logs import FLUSH_BYTES, REDACTED, AccessLog, JsonLines, as_json, configure_logging, redacted

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
STRANGER = "欧阳小明 520102199003070011 13812345678"


@pytest.fixture
def stream() -> Iterator[io.BytesIO]:
    """Logging configured to write to this stream, and everything as before afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, warnings.showwarning, sys.excepthook, sys.unraisablehook)
    threads = threading.excepthook
    lines = io.BytesIO()
    configure_logging("info", lines)
    yield lines
    root.handlers[:], root.level, warnings.showwarning, sys.excepthook, sys.unraisablehook = before
    threading.excepthook = threads
    logging.getLogger("tornado.access").disabled = False


def parsed(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().decode().splitlines()]


def in_the_house(source: str, **names: object) -> None:
    """Runs a statement as if it stood in a module of the server."""
    exec(compile(source, str(ROOT / "server" / "somewhere.py"), "exec"), names)  # noqa: S102


def test_a_line_says_when_how_grave_what_and_for_which_request(stream: io.BytesIO) -> None:
    log = logging.getLogger("jobs")
    in_the_house('log.warning("job put off", extra={"request_id": "r1", "job": "expiry", "tries": 3})', log=log)
    (line,) = parsed(stream)
    assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert line == {
        "level": "warning",
        "event": "job put off",
        "logger": "jobs",
        "request_id": "r1",
        "job": "expiry",
        "tries": 3,
    }


def test_lines_below_the_level_are_left_out(stream: io.BytesIO) -> None:
    logging.getLogger("jobs").debug("detail")
    assert stream.getvalue() == b""


def test_fields_keep_their_types_and_strange_ones_tell_only_their_type(stream: io.BytesIO) -> None:
    fields = {
        "number": 1.5,
        "flag": True,
        "nothing": None,
        "listed": ["a", {"b": 2}],
        "day": NOW.date(),
        "object": object(),
        "raw": b"\xff",
        "error": ValueError(STRANGER),
        "big": 2**70,
        "not_a_number": float("nan"),
    }
    in_the_house('log.info("fields", extra=fields)', log=logging.getLogger("x"), fields=fields)
    (line,) = parsed(stream)
    told = {name: line[name] for name in fields}
    assert told == {
        "number": 1.5,
        "flag": True,
        "nothing": None,
        "listed": ["a", {"b": 2}],
        "day": "2026-11-22",
        "object": "object",
        "raw": "bytes",
        "error": "ValueError",
        "big": REDACTED,
        "not_a_number": None,
    }


@given(st.text(), st.text(), st.recursive(st.text() | st.integers() | st.floats(), st.lists))
def test_whatever_is_logged_is_one_line_of_json(event: str, argument: str, value: object) -> None:
    lines = io.BytesIO()
    for path in ("server/x.py", "elsewhere/x.py"):
        record = logging.LogRecord("x", logging.INFO, str(ROOT / path), 1, event, (argument,), None)
        record.value = value
        JsonLines(lines).emit(record)
    assert lines.getvalue().count(b"\n") == 2
    assert [line["level"] for line in parsed(lines)] == ["info", "info"]


def test_text_that_is_not_unicode_does_not_break_a_line() -> None:
    lines = io.BytesIO()
    record = logging.LogRecord("x", logging.INFO, str(ROOT / "core/x.py"), 1, "half a pair: %s", ("\ud800",), None)
    JsonLines(lines).emit(record)
    assert parsed(lines)[0]["event"] == "half a pair: ?"


def test_an_exception_is_told_by_type_and_place_without_its_message(stream: io.BytesIO) -> None:
    def failing() -> None:
        try:
            raise StoreUnavailable(STRANGER)
        except StoreUnavailable as error:
            raise ValueError(STRANGER) from error

    try:
        failing()
    except ValueError:
        logging.getLogger("http").exception("request failed")
    text = stream.getvalue().decode()
    told = json.loads(text)["exception"]
    assert told["type"] == "ValueError"
    assert told["frames"][-1].startswith("tests/unit/test_logs.py:")
    assert told["frames"][-1].endswith("failing")
    assert told["cause"]["type"] == "core.errors.StoreUnavailable"
    assert told["cause"]["code"] == "store.unavailable"
    assert "欧阳" not in text


def test_groups_and_endless_chains_of_exceptions(stream: io.BytesIO) -> None:
    error = ValueError(STRANGER)
    error.__context__ = KeyError(STRANGER)
    error.__context__.__context__ = error
    logging.getLogger("http").error("failed", exc_info=ExceptionGroup(STRANGER, [error, TypeError(STRANGER)]))
    text = stream.getvalue().decode()
    assert [one["type"] for one in json.loads(text)["exception"]["exceptions"]] == ["ValueError", "TypeError"]
    assert "欧阳" not in text


def test_of_a_library_only_the_fixed_part_of_a_message_is_logged(stream: io.BytesIO) -> None:
    library = logging.getLogger("tornado.general")
    library.warning("Malformed HTTP message from %s: %s", "10.0.0.1", STRANGER, extra={"body": STRANGER})
    library.warning(f"Exception in callback store('{STRANGER}')\nhandle: {STRANGER}")
    library.warning(ValueError(STRANGER))
    lines = parsed(stream)
    events = [line["event"] for line in lines]
    assert events == ["Malformed HTTP message from %s: %s", "Exception in callback store", "ValueError"]
    assert all(line["logger"] == "tornado.general" and "body" not in line for line in lines)


def test_exceptions_among_the_arguments_of_a_message_become_their_types(stream: io.BytesIO) -> None:
    in_the_house('log.error("worker: %s", error)', log=logging.getLogger("x"), error=ValueError(STRANGER))
    assert [line["event"] for line in parsed(stream)] == ["worker: ValueError"]


def test_a_message_whose_arguments_do_not_fit_is_logged_without_them() -> None:
    record = logging.LogRecord("x", logging.INFO, str(ROOT / "core/x.py"), 1, "worker: %s %d", (STRANGER,), None)
    assert as_json(record)["event"] == "worker: %s %d"


def test_libraries_write_no_lines_of_their_own(stream: io.BytesIO) -> None:
    library, own = logging.getLogger("some.library"), io.StringIO()
    library.addHandler(logging.StreamHandler(own))
    library.propagate = False
    configure_logging("info", stream)
    library.warning("something")
    logging.getLogger("tornado.access").error("GET /api/v1/cards?name=%s", STRANGER)
    assert own.getvalue() == ""
    assert [line["event"] for line in parsed(stream)] == ["something"]


def test_warnings_are_told_by_kind_and_place(stream: io.BytesIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning(UserWarning(STRANGER), UserWarning, __file__, 7)
    (line,) = parsed(stream)
    assert (line["event"], line["category"], line["place"]) == (
        "python.warning",
        "UserWarning",
        "tests/unit/test_logs.py:7",
    )
    assert "欧阳" not in stream.getvalue().decode()


UNCAUGHT = """
import asyncio, gc, threading
from server.logs import configure_logging
configure_logging("info")
name = "欧阳" + "小明"
class Failing:
    def __del__(self):
        raise ValueError(name)
def fail(): raise ValueError(name)
Failing()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
async def forgotten():
    task = asyncio.get_running_loop().create_future()
    task.set_exception(ValueError(name))
    del task
    gc.collect()
asyncio.run(forgotten())
fail()
"""


def test_what_nobody_caught_is_logged_the_same_way() -> None:
    ran = subprocess.run([sys.executable, "-c", UNCAUGHT], capture_output=True, cwd=ROOT, text=True, check=False)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["exception"]["type"] for line in lines] == ["ValueError"] * 4
    assert [line["event"] for line in lines] == ["uncaught"] * 2 + ["Future exception was never retrieved", "uncaught"]
    assert "欧阳" not in ran.stderr
    assert ran.returncode == 1


DIGITS = "0123456789"
ID_NUMBERS = st.text(DIGITS, min_size=17, max_size=17).map(lambda seventeen: seventeen + check_digit(seventeen))
PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOKENS = st.builds("eyJ{}.{}.{}".format, *[st.text(BASE64, min_size=8)] * 3)
ANYTHING = st.text() | st.text(DIGITS + "xX -.a") | st.sampled_from(["Bearer a", "eyJa", "138 1234 ", "123456 "])


@given(ANYTHING, ID_NUMBERS | PHONES | TOKENS, ANYTHING)
def test_no_id_number_phone_or_token_passes_whatever_surrounds_it(before: str, secret: str, after: str) -> None:
    assert secret not in redacted(f"{before}{secret}{after}")


@given(ID_NUMBERS | PHONES)
def test_nor_as_a_number_a_key_or_deep_in_a_field(secret: str) -> None:
    record = logging.LogRecord("x", logging.INFO, str(ROOT / "core/x.py"), 1, "event %s", (secret,), None)
    record.number = int(secret.rstrip("X"))
    record.nested = [{secret: {"phone": f"+86{secret}"}}]
    record.request_id = secret
    assert secret.rstrip("X") not in json.dumps(as_json(record), ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "+86 138 1234 5678",
        "138-1234-5678",
        "520102 19900307 0011",
        "520102-19900307-001X",
        "５２０１０２１９９００３０７００１Ｘ",
        "１３８１２３４５６７８",
        "Authorization: Bearer abcDEF123",
        "bearer abcDEF123",
    ],
)
def test_other_ways_to_write_them_are_known(text: str) -> None:
    assert redacted(f"said {text}, then").endswith(f"{REDACTED}, then")


def test_a_new_secret_is_recognised() -> None:
    assert redacted("token=aB3" + "x" * 40) == f"token={REDACTED}"
    passed = sum(redacted(new_secret()) != REDACTED for _ in range(200))
    assert passed <= 2  # one in a thousand holds no digit


def test_what_an_operator_needs_stays_readable() -> None:
    kept = (
        "department call failed: gy.housing_fund after 3000 ms, 2 retries, 2026-11-22T04:00:00.000Z, 127.0.0.1:8080,"
        " service_registry.booking.errors.BookingFull, 1763784000.123"
    )
    assert redacted(kept) == kept


@pytest.mark.parametrize("request_id", ["138123456789abcdef012345", "01KB1PGZ7M1381234567800000"])
def test_a_request_id_of_the_city_stays_whole_whatever_its_digits(request_id: str) -> None:
    record = logging.LogRecord("x", logging.INFO, str(ROOT / "core/x.py"), 1, "event", (), None)
    record.request_id = request_id
    assert as_json(record)["request_id"] == request_id


def test_ids_of_the_city_pass_the_guard() -> None:
    clock = ManualClock(NOW)
    assert all(redacted(one) == one for one in (new_id(clock) for _ in range(1000)))


async def test_an_access_line_names_the_route_and_never_the_path() -> None:
    stream = io.BytesIO()
    log = AccessLog(ManualClock(NOW), stream)
    log.write("GET", "/api/v1/cards/{card_id}", 200, 1.23456, "abc", "citizen")
    assert stream.getvalue() == b""
    log.close()
    assert parsed(stream) == [
        {
            "time": "2026-11-22T04:00:00Z",
            "level": "info",
            "event": "http.request",
            "request_id": "abc",
            "method": "GET",
            "route": "/api/v1/cards/{card_id}",
            "status": 200,
            "milliseconds": 1.23,
            "role": "citizen",
        }
    ]


class Reporting(io.BytesIO):
    """Sets an event when something is written."""

    def __init__(self) -> None:
        super().__init__()
        self.has_written = asyncio.Event()

    def flush(self) -> None:
        self.has_written.set()


async def test_access_lines_are_written_soon_without_being_asked_for() -> None:
    stream = Reporting()
    log = AccessLog(ManualClock(NOW), stream)
    for _ in range(2):
        log.write("GET", "/healthz", 200, 0.1, "abc", "anonymous")
        log.write("GET", "/healthz", 503, 0.1, "abc", "anonymous")
        await asyncio.wait_for(stream.has_written.wait(), timeout=10)
        stream.has_written.clear()
    assert [line["level"] for line in parsed(stream)] == ["info", "error"] * 2


async def test_a_full_buffer_is_written_at_once() -> None:
    stream = io.BytesIO()
    log = AccessLog(ManualClock(NOW), stream)
    while not stream.getvalue():
        log.write("GET", "/healthz", 200, 0.1, "abc", "anonymous")
    assert FLUSH_BYTES <= len(stream.getvalue()) < FLUSH_BYTES + 1000
    log.close()


async def test_a_level_above_info_leaves_only_the_faults() -> None:
    stream = io.BytesIO()
    log = AccessLog(ManualClock(NOW), stream, level="warning")
    for status in (200, 404, 500):
        log.write("GET", "/healthz", status, 0.1, "abc", "anonymous")
    log.close()
    assert [line["status"] for line in parsed(stream)] == [500]


@pytest.mark.parametrize("gone", ["nobody reads", "closed"])
async def test_a_log_that_nobody_reads_any_more_disturbs_nobody(gone: str) -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "wb", buffering=0)
    if gone == "closed":
        stream.close()
    os.close(reading)
    log = AccessLog(ManualClock(NOW), stream)
    log.write("GET", "/healthz", 200, 0.1, "abc", "anonymous")
    log.close()
    JsonLines(stream).emit(logging.LogRecord("x", logging.INFO, "x", 1, "event", (), None))
    stream.close()


def test_lines_of_many_threads_do_not_mix() -> None:
    reading, writing = os.pipe()
    seen: list[dict[str, Any]] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as lines:
            seen.extend(json.loads(line) for line in lines)

    with os.fdopen(writing, "wb") as stream:
        handler = JsonLines(stream)
        in_parallel([read, *[lambda: _hundred(handler)] * 4], after_the_last=stream.close)
    assert len(seen) == 400


def _hundred(handler: JsonLines) -> None:
    for _ in range(100):
        handler.handle(logging.LogRecord("x", logging.INFO, str(ROOT / "core/x.py"), 1, "y" * 1500, (), None))


def in_parallel(work: list[Callable[[], None]], after_the_last: Callable[[], None]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    after_the_last()
    threads[0].join()
