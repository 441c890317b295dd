"""A declaration's file as data that remembers its line numbers, so that whatever is wrong can be pointed at.

YAML is read as its 1.2 core schema without anchors and tags: `on` and `08:30` are texts, a key stands once, and nothing
in a file can grow while it is read. The result is JSON data, the same as a schema file gives.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
import yaml
from pydantic import JsonValue

Path = tuple[str | int, ...]
"""The way to a value: keys and positions from the top."""

LARGEST_FILE: Final = 256 * 1024
DEEPEST: Final = 40
_TOO_DEEP: Final = f"nested more than {DEEPEST} deep"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """Something in a file that is wrong whatever the data means."""

    path: Path
    line: int
    problem: str
    remedy: str


class Unreadable(Exception):
    """The file cannot be read as data at all; `fault` says where and why. Caught by whoever reads the folder."""

    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.fault = Fault((), line, problem, remedy)


@dataclass
class Source:
    """Data with the line (from 1) on which each key or element stands."""

    data: JsonValue = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the value, or of the nearest thing around it that is there."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def mark(self, path: Path, line: int) -> None:
        if path in self.lines:
            first = self.lines[path]
            self.faults.append(Fault(path, line, f"the key stands twice (first in line {first})", "Keep one of them."))
        self.lines[path] = line


def dotted(path: Path) -> str:
    """`operations.balance.view[0].title`."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return written.removeprefix(".")


def read_json(content: bytes) -> Source:
    """Raises `Unreadable`."""
    text = _text(content)
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable(error.lineno, f"not JSON: {error.msg}", "Correct the syntax.") from None
    source = Source(data)
    _mark_json(source, text)
    return source


def read_yaml(content: bytes) -> Source:
    """Raises `Unreadable`."""
    source = Source()
    events = _events(_text(content))
    next(events)  # the stream begins
    if isinstance(next(events), yaml.StreamEndEvent):
        raise Unreadable(1, "the file is empty", "Write the declaration into it.")
    source.data = _node(source, (), events, next(events))
    next(events)  # the document ends
    if not isinstance(following := next(events), yaml.StreamEndEvent):
        raise Unreadable(_line(following), "a second document begins", "Keep one document in the file.")
    return source


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise Unreadable(1, f"the file has more than {LARGEST_FILE // 1024} KiB", "Make it smaller.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(line, "the file is not UTF-8", "Save it as UTF-8.") from None


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line, problem = _line_of(error.problem_mark), f"not YAML: {error.problem}"
        raise Unreadable(line, problem, "Correct the syntax or the indentation.") from None
    except yaml.YAMLError:
        raise Unreadable(1, "not YAML: a character that must not stand in it", "Remove it.") from None


def _line(event: yaml.Event) -> int:
    return _line_of(event.start_mark)


def _line_of(mark: object) -> int:
    return int(getattr(mark, "line", 0)) + 1


def _node(source: Source, path: Path, events: Iterator[yaml.Event], event: yaml.Event) -> JsonValue:
    source.lines.setdefault(path, _line(event))
    if getattr(event, "anchor", None):
        raise Unreadable(_line(event), "an anchor or alias (& or *)", "Write the value out where it is used.")
    if tag := getattr(event, "tag", None):
        raise Unreadable(_line(event), f"a tag ({tag})", "Leave the tag out.")
    if len(path) > DEEPEST:
        raise Unreadable(_line(event), _TOO_DEEP, "Make it flatter.")
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(source, path, events)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(source, path, events)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value, plain=event.implicit[0] and event.style in (None, ""))
    raise Unreadable(_line(event), "a value is missing", "Write it.")  # nothing else can begin a value


def _mapping(source: Source, path: Path, events: Iterator[yaml.Event]) -> JsonValue:
    data: dict[str, JsonValue] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise Unreadable(_line(key), "a key that is no text", "Use a text as the key.")
        source.mark((*path, key.value), _line(key))
        data[key.value] = _node(source, (*path, key.value), events, next(events))
    return data


def _sequence(source: Source, path: Path, events: Iterator[yaml.Event]) -> JsonValue:
    data: list[JsonValue] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        data.append(_node(source, (*path, len(data)), events, event))
    return data


_WORDS: Final[Mapping[str, JsonValue]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}")


def _scalar(written: str, *, plain: bool) -> JsonValue:
    if not plain:
        return written
    if written in _WORDS:
        return _WORDS[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    return float(written) if _NUMBER.fullmatch(written) else written


_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass
class _Frame:
    path: Path
    at: str | int | None
    """The key or position being read; None before a key."""


def _mark_json(source: Source, text: str) -> None:
    """Finds the lines in a text that is known to be JSON."""
    frames: list[_Frame] = []
    line, position = 1, 0
    for found in _PIECE.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        _mark_piece(source, frames, found.group(), line)


def _mark_piece(source: Source, frames: list[_Frame], piece: str, line: int) -> None:
    frame = frames[-1] if frames else None
    if piece in "}]":
        frames.pop()
    elif piece == "," and frame:
        frame.at = frame.at + 1 if isinstance(frame.at, int) else None
    elif frame and frame.at is None:
        frame.at = str(orjson.loads(piece))
        source.mark((*frame.path, frame.at), line)
    elif piece != ":":
        path: Path = () if frame is None or frame.at is None else (*frame.path, frame.at)
        source.lines.setdefault(path, line)
        if len(frames) > DEEPEST:
            raise Unreadable(line, _TOO_DEEP, "Make it flatter.")
        if piece in "{[":
            frames.append(_Frame(path, 0 if piece == "[" else None))
