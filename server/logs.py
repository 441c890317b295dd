"""Structured logs: one JSON object per line, and nothing about a person in any of them.

What keeps personal data out, from the strongest to the last resort:
- Requests are logged by the template of their route, never by path, query, header or body.
- Exceptions are logged as type and stack (file:line:function), with the code of a `CityError`. Their messages are not:
  a message quotes what was being worked on, and that may be a stranger's name.
- Of other people's libraries only the fixed part of a message is logged, for the same reason.
- `redacted` takes out whatever looks like an ID number, a mobile number or a token in what is left.
"""

import asyncio
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TextIO

import orjson

from core.clock import Clock
from core.errors import CityError

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

FLUSH_SECONDS = 0.1
FLUSH_BYTES = 64 * 1024
LONGEST_TEXT = 2000
MOST_FRAMES = 30
MOST_ITEMS = 50
DEEPEST = 5
REDACTED = "«redacted»"

_ROOT = Path(__file__).resolve().parent.parent
_FLOORS = frozenset(("core", "identity_center", "service_registry", "insight", "handlers", "server", "sandbox"))
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

_PERSONAL = re.compile(
    r"""
      \d{17,}[XxＸｘ]?                                     # an ID number, also when it touches other digits
    | \d{6}[ -]\d{8}[ -]?\d{3}[\dXxＸｘ]\d*               # the same in groups
    | \d*[1１][3-9３-９]\d{9}\d*                          # a mobile number, also behind 86
    | [1１][3-9３-９]\d[ -]\d{4}[ -]?\d{4}\d*[XxＸｘ]?             # the same in groups
    | (?i:bearer)[ ]+[^\s"',;]+                           # what stands in an Authorization header
    | eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*              # a JWT or its beginning: base64url of {"
    | (?<![A-Za-z0-9_-])                                  # 256 random bits, as core.ids.new_secret makes them
      (?=[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-]))(?=[A-Za-z_-]*[0-9])(?=[a-z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[a-z])
      [A-Za-z0-9_-]{43}
    """,
    re.VERBOSE,
)
_OWN_ID = re.compile(r"[0-9a-f]{24}|[0-9A-HJKMNP-TV-Z]{26}")
"""A request id as the HTTP floor makes it, or a ULID. By chance one of them contains eleven digits in a row."""
_LINE_ENDS = re.compile("[\x7f-\x9f\u2028\u2029]")
_FIXED_PART = re.compile(r"[A-Za-z _.,-]*")


_log = logging.getLogger(__name__)


def redacted(text: str) -> str:
    """The text without anything that looks like an ID number, a mobile number, a bearer token, a JWT or a secret."""
    return _PERSONAL.sub(REDACTED, text)


def configure_logging(level: str = "info", stream: BinaryIO | None = None) -> None:
    """Sends all logging of the process, its libraries, warnings and uncaught exceptions as JSON lines to the stream.

    `level` is debug, info, warning or error; the stream is stderr unless another is given. Can be called again.
    """
    root = logging.getLogger()
    root.handlers[:] = [JsonLines(stream or sys.stderr.buffer)]
    root.setLevel(level.upper())
    for name in list(logging.Logger.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # It writes whole paths, queries included; `AccessLog` takes its place.
    logging.getLogger("tornado.access").disabled = True
    warnings.showwarning = _warned
    sys.excepthook = lambda _kind, error, _stack: _uncaught(error)
    sys.unraisablehook = lambda raised: _uncaught(raised.exc_value)
    threading.excepthook = lambda raised: _uncaught(raised.exc_value)


def set_level(level: str) -> None:
    """From the next line on."""
    logging.getLogger().setLevel(level.upper())


class JsonLines(logging.Handler):
    """Writes each record as one line. When nobody reads the stream any more, lines are dropped, no more."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        _write(self._stream, orjson.dumps(as_json(record), option=_OPTIONS))


class AccessLog:
    """One line per answered request, cheap: lines wait for at most 0.1 s or 64 KiB, and are written together.

    For one event loop. `close` writes what waits; a kill -9 costs what waits. With a level above "info", only answers
    of 500 and more are written.
    """

    def __init__(self, clock: Clock, stream: BinaryIO | None = None, level: str = "info") -> None:
        self._clock = clock
        self._stream = stream or sys.stderr.buffer
        self.set_level(level)
        self._lines: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None

    def set_level(self, level: str) -> None:
        self._only_faults = level not in ("debug", "info")

    def write(self, method: str, route: str, status: int, milliseconds: float, request_id: str, role: str) -> None:
        """`route` is the template of the route (`/api/v1/cards/{card_id}`), never the path that was asked for."""
        if self._only_faults and status < 500:
            return
        line = orjson.dumps(
            {
                "time": self._clock.now(),
                "level": "error" if status >= 500 else "info",
                "event": "http.request",
                "request_id": request_id,
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": round(milliseconds, 2),
                "role": role,
            },
            option=_OPTIONS,
        )
        self._lines.append(line)
        self._size += len(line)
        if self._size >= FLUSH_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            _write(self._stream, b"".join(lines))

    def close(self) -> None:
        self.flush()


def as_json(record: logging.LogRecord) -> dict[str, Json]:
    """A record as it is logged: time, level, event, then the fields given as `extra`, then the exception."""
    ours = _is_ours(record.pathname)
    line: dict[str, Json] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": _own_event(record) if ours else _foreign_event(record),
        "logger": record.name,
    }
    extras = {name: value for name, value in vars(record).items() if name not in _STANDARD} if ours else {}
    for name, value in extras.items():
        line.setdefault(name, value if name == "request_id" and _is_own_id(value) else _plain(value))
    if record.exc_info and record.exc_info[1] is not None:
        line["exception"] = _exception(record.exc_info[1])
    return line


def _write(stream: BinaryIO, lines: bytes) -> None:
    with suppress(OSError, ValueError):  # a closed pipe, a closed stream
        stream.write(lines)
        stream.flush()


def _is_ours(path: str) -> bool:
    try:
        return Path(path).relative_to(_ROOT).parts[0] in _FLOORS
    except ValueError:
        return False


def _own_event(record: logging.LogRecord) -> str:
    template = _template(record)
    try:
        return _text(template % _arguments(record.args) if record.args else template)
    except (TypeError, ValueError, KeyError):
        return _text(template)


def _template(record: logging.LogRecord) -> str:
    return record.msg if isinstance(record.msg, str) else type(record.msg).__qualname__


def _arguments(arguments: tuple[object, ...] | Mapping[str, object]) -> object:
    if isinstance(arguments, Mapping):
        return {name: _plain(value) for name, value in arguments.items()}
    return tuple(_plain(value) for value in arguments)


def _foreign_event(record: logging.LogRecord) -> str:
    """The template without its arguments, or the words before the first thing that may be a value."""
    first_line = _template(record).partition("\n")[0]
    if record.args:
        return _text(first_line)
    fixed = _FIXED_PART.match(first_line)
    return _text(fixed.group().strip() if fixed else "")


def _text(text: str) -> str:
    """Bounded, without personal data, encodable, and one line for every reader (JSON escapes the other controls)."""
    cut = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
    return _LINE_ENDS.sub(" ", redacted(cut)).encode("utf-8", "replace").decode()


def _is_own_id(value: object) -> bool:
    return isinstance(value, str) and _OWN_ID.fullmatch(value) is not None


def _plain(value: object, depth: int = 0) -> Json:
    """A field's value in JSON's types. Of an object of any other type only the type is told."""
    if isinstance(value, Mapping) and depth < DEEPEST:
        items = list(value.items())[:MOST_ITEMS]
        return {_text(str(_scalar(name))): _plain(item, depth + 1) for name, item in items}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [_plain(item, depth + 1) for item in list(value)[:MOST_ITEMS]]
    return _scalar(value)


def _scalar(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        digits = _text(str(value))
        return value if digits == str(value) and abs(value) < 2**53 else digits
    if isinstance(value, str | date):
        return _text(value if isinstance(value, str) else value.isoformat())
    return _kind(value) if isinstance(value, BaseException) else type(value).__qualname__


def _exception(error: BaseException, depth: int = 0) -> dict[str, Json]:
    """Type, code and stack of an exception and of what caused it."""
    told: dict[str, Json] = {"type": _kind(error)}
    if isinstance(error, CityError):
        told["code"] = error.code
    frames: list[Json] = [*_frames(error.__traceback__)]
    told["frames"] = frames[-MOST_FRAMES:]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth < DEEPEST:
        told["cause"] = _exception(cause, depth + 1)
    if isinstance(error, BaseExceptionGroup) and depth < DEEPEST:
        told["exceptions"] = [_exception(one, depth + 1) for one in error.exceptions[:DEEPEST]]
    return told


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(stack: TracebackType | None) -> Iterator[str]:
    for frame, line in traceback.walk_tb(stack):
        yield f"{_short(frame.f_code.co_filename)}:{line}:{frame.f_code.co_qualname}"


def _short(path: str) -> str:
    """A source file, from the project's folder or the installed package on."""
    inside = path.rpartition("site-packages/")[2].removeprefix(f"{_ROOT}/")
    return inside if inside != path else "/".join(Path(path).parts[-2:])


def _warned(
    message: Warning | str,  # noqa: ARG001 - some warnings quote the value they are about
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Python's warnings, by kind and place."""
    _log.warning("python.warning", extra={"category": category.__name__, "place": f"{_short(filename)}:{lineno}"})


def _uncaught(error: BaseException | None) -> None:
    _log.critical("uncaught", exc_info=error)
