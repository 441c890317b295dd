"""Files of a card as data with line numbers: whatever stands in them, the answer is data or a place and a remedy."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.source import Path, Source, Unreadable, dotted, read_json, read_yaml

SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=12)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def test_each_value_knows_its_line() -> None:
    source = read_yaml(b"a: 1\nb:\n  - x: y\n  -\n    z: [1,\n        2]\n# the end\nc: {d: e}\n")
    assert source.data == {"a": 1, "b": [{"x": "y"}, {"z": [1, 2]}], "c": {"d": "e"}}
    assert {dotted(path): line for path, line in source.lines.items()} == {
        "": 1, "a": 1, "b": 2, "b[0]": 3, "b[0].x": 3, "b[1]": 5, "b[1].z": 5, "b[1].z[0]": 5, "b[1].z[1]": 6,
        "c": 8, "c.d": 8,
    }  # fmt: skip


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    source = read_yaml(b"a:\n  b:\n    c: 1\n")
    assert source.line(("a", "b", "missing", 3)) == 2
    assert source.line(("missing",)) == 1


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("08:30", "08:30"), ("2026-11-22", "2026-11-22"), ("1.0.0", "1.0.0"),
        ("0x1f", "0x1f"), ("1_000", "1_000"), (".5", ".5"), ("=", "="), ("'5'", "5"), ('"true"', "true"),
        ("5", 5), ("-5", -5), ("5.5", 5.5), ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
        ("1" * 19, "1" * 19),
    ],
)  # fmt: skip
def test_a_bare_word_is_what_it_looks_like(written: str, value: object) -> None:
    assert read_yaml(f"a: {written}".encode()).data == {"a": value}


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"a: 1\nb: [1, 2\n", 3, "not YAML"),
        (b"a: 1\n  b: 2\n", 2, "not YAML"),
        (b"a: 1\nb: &x 2\n", 2, "anchor"),
        (b"a: 1\nb: *x\n", 2, "anchor"),
        (b"a: 1\n<<: *x\n", 2, "anchor"),
        (b"a: 1\nb: !!python/object:os.system 2\n", 2, "tag"),
        (b"a: 1\n---\nb: 2\n", 2, "second document"),
        (b"a: 1\n? [b]\n: 2\n", 2, "key that is no text"),
        (b"a: 1\n\xff: 2\n", 2, "not UTF-8"),
        (b"a: \x00\n", 1, "character"),
        (b"[" * 1000, 1, "nested"),
        (b"- " * 1000, 1, "nested"),
        (b"x" * (256 * 1024 + 1), 1, "KiB"),
    ],
)
def test_a_manifest_that_cannot_be_read_says_where_and_why(content: bytes, line: int, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem) as caught:
        read_yaml(content)
    assert caught.value.fault.line == line
    assert caught.value.fault.remedy


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", 1, "not JSON"),
        (b'{"a": 1,\n "b": }', 2, "not JSON"),
        (b'{"a": NaN}', 1, "not JSON"),
        (b'{"a": "\\ud800"}', 1, "not JSON"),
        (b"[" * 500 + b"]" * 500, 1, "nested"),
        (b"\xff", 1, "not UTF-8"),
    ],
)
def test_a_schema_that_cannot_be_read_says_where_and_why(content: bytes, line: int, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem) as caught:
        read_json(content)
    assert caught.value.fault.line == line


def test_a_key_that_stands_twice_is_a_fault() -> None:
    for source in (read_yaml(b"a: 1\nb:\n  c: 1\n  c: 2\n"), read_json(b'{"a": 1,\n"b": {\n"c": 1,\n"c": 2}}')):
        (fault,) = source.faults
        assert (fault.path, fault.line) == (("b", "c"), 4)
        assert "line 3" in fault.problem


@given(JSON)
@settings(deadline=None)
def test_yaml_says_what_json_says(data: Any) -> None:
    """A manifest may be written as JSON, and dumped YAML means what was dumped."""
    assert read_json(json.dumps(data, ensure_ascii=False).encode()).data == data
    assert read_yaml(yaml.safe_dump(data).encode()).data == data


@given(JSON)
@settings(deadline=None)
def test_lines_of_json_are_where_the_values_are(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    source = read_json(text.encode())
    assert not source.faults
    lines = text.split("\n")
    for path, line in source.lines.items():
        written = lines[line - 1].strip()
        if path and isinstance(path[-1], str):
            assert written.startswith(json.dumps(path[-1], ensure_ascii=False) + ":")
    assert set(source.lines) == set(_paths(data))


def _paths(data: Any, path: Path = ()) -> list[Path]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in inner for found in _paths(value, (*path, key)))]


@given(st.binary(max_size=80) | st.text(alphabet="a1:-?[]{},&*!|>'\"%@`#\n\t \u2028\x85", max_size=60).map(str.encode))
@example(b"%YAML 1.1\n---\na: on\n")
@example(b"\xef\xbb\xbfa: 1\n")
@example(b"a: !\n")
@settings(deadline=None)
def test_any_bytes_are_data_or_refused(content: bytes) -> None:
    for read in (read_yaml, read_json):
        assert _line(read, content) >= 1


def _line(read: Any, content: bytes) -> int:
    try:
        source: Source = read(content)
    except Unreadable as unreadable:
        return unreadable.fault.line
    return max(source.lines.values())
