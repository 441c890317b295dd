"""Loading: what passes the checker is ready to run, and nothing that is wrong with a card can do harm beyond it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.source import Path as DataPath
from core.source import read_yaml
from service_registry.loading import load_cards
from service_registry.scaffold import STARTERS
from tests.card_workshop import CARD, edit, line_of, places, workshop

ADDRESS = {"STARTER_URL": "https://water.example.cn/api/"}


def test_a_loaded_card_has_everything_prepared(tmp_path: Path) -> None:
    workshop(tmp_path)
    card = load_cards(tmp_path, ADDRESS).cards[CARD]
    operation = card.operations["records"]
    assert card.base_url == "https://water.example.cn/api"
    assert operation.input is not None
    assert operation.input.is_valid({"year": 2026})
    assert not operation.input.is_valid({"year": 1999})
    assert operation.output.is_valid({"total": 1, "entries": [{"date": "2026-11-22", "amount": 0.5}]})
    assert not operation.output.is_valid({"total": 1, "entries": [{"date": "yesterday", "amount": 0.5}]})
    assert card.expressions["input.year"].search({"input": {"year": 2026}}) == 2026
    assert set(card.expressions) == {"citizen.id_number", "input.year", "total", "entries", "date", "amount"}
    assert "$ref" not in json.dumps([operation.input_schema, operation.output_schema])


def test_an_address_that_is_not_configured_keeps_only_its_card_out(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    loaded = load_cards(tmp_path, {})
    assert not loaded.cards
    assert places(loaded.problems) == [("card.yaml", line_of(card, "card.yaml", "base_url"), "upstream.base_url")]
    assert "STARTER_URL" in loaded.problems[0].problem


@pytest.mark.parametrize("address", ["", "water.example.cn", "ftp://example.cn", "javascript:alert(1)"])
def test_a_configured_address_is_an_address(address: str, tmp_path: Path) -> None:
    workshop(tmp_path)
    (problem,) = load_cards(tmp_path, {"STARTER_URL": address}).problems
    assert problem.path == "upstream.base_url"


def test_in_production_a_configured_address_is_https(tmp_path: Path) -> None:
    workshop(tmp_path)
    plain = {"STARTER_URL": "http://127.0.0.1:8090"}
    assert load_cards(tmp_path, plain).cards
    assert not load_cards(tmp_path, plain, production=True).cards
    assert load_cards(tmp_path, ADDRESS, production=True).cards


def test_a_broken_card_does_not_stand_in_the_way_of_the_others(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    for name, content in (("xx.empty", b""), ("xx.bytes", b"\xff\xfe\x00"), ("xx.deep", b"[" * 5000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.yaml").write_bytes(content)
    (tmp_path / "xx.missing").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "notes.txt").write_text("not a card", "utf-8")
    loaded = load_cards(tmp_path, ADDRESS)
    assert list(loaded.cards) == [card.name]
    assert sorted(problem.card for problem in loaded.problems) == ["xx.bytes", "xx.deep", "xx.empty", "xx.missing"]


def test_a_folder_that_is_not_there_is_a_problem_and_no_city_without_cards_by_mistake(tmp_path: Path) -> None:
    loaded = load_cards(tmp_path / "nowhere")
    assert (list(loaded.cards), [problem.problem for problem in loaded.problems]) == ([], ["there is no such folder"])


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    with (card / "schemas" / "output.json").open("wb") as file:
        file.truncate(1 << 40)
    assert "KiB" in load_cards(tmp_path, ADDRESS).problems[0].problem


def test_two_folders_cannot_have_the_same_card(tmp_path: Path) -> None:
    """The id is the folder's name, so the copy is named as what it is."""
    card = workshop(tmp_path)
    (tmp_path / "xx.copy").mkdir()
    (tmp_path / "xx.copy" / "card.yaml").write_bytes((card / "card.yaml").read_bytes())
    loaded = load_cards(tmp_path, ADDRESS)
    assert list(loaded.cards) == [CARD]
    assert ("card.yaml", 2, "id") in places(loaded.problems)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("- {id: a\n", [2]),
        ("- {id: ok, name: {zh: 甲, en: A}}\n- id: B!\n  name: x\n", [2, 3]),
        ("- {id: a, name: {zh: 甲, en: A}}\n- {id: a, name: {zh: 甲, en: A}}\n", [2]),
        ("{}", [1]),
    ],
)
def test_with_broken_themes_the_cards_still_stand_under_the_platforms_own(
    content: str, lines: list[int], tmp_path: Path
) -> None:
    workshop(tmp_path)
    (tmp_path / "themes.yaml").write_text(content, "utf-8")
    loaded = load_cards(tmp_path, ADDRESS)
    assert [(problem.file, problem.line) for problem in loaded.problems] == [("themes.yaml", line) for line in lines]
    assert list(loaded.cards) == [CARD]


def test_a_folder_without_themes_has_the_platforms_own(tmp_path: Path) -> None:
    workshop(tmp_path)
    (tmp_path / "themes.yaml").unlink()
    assert "government" in [theme.id for theme in load_cards(tmp_path, ADDRESS).themes]


def test_the_digest_changes_with_any_file_of_the_card_and_with_nothing_else(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    first = load_cards(tmp_path, ADDRESS).cards[CARD].digest
    (tmp_path / "notes.txt").write_text("not of the card", "utf-8")
    assert load_cards(tmp_path, ADDRESS).cards[CARD].digest == first
    edit(card, "schemas/input.json", "2100", "2099")
    assert load_cards(tmp_path, ADDRESS).cards[CARD].digest != first


def _paths(data: Any, path: DataPath = ()) -> Iterator[DataPath]:
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _paths(value, (*path, key))


STARTER = {kind: read_yaml((STARTERS / kind / "card.yaml").read_bytes()).data for kind in ("query", "booking", "link")}
SCHEMAS = {
    name: json.loads((STARTERS / "query" / "schemas" / name).read_text("utf-8"))
    for name in ("input.json", "output.json")
}
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
KEYS = st.text(max_size=5) | st.sampled_from(["zh", "en", "$ref", "block", "type", "properties", "enum", "x-labels"])
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def _spoilt(data: Any, path: DataPath, value: Any) -> Any:
    if not path:
        return value
    data = copy.deepcopy(data)
    around = data
    for part in path[:-1]:
        around = around[part]
    around[path[-1]] = value
    return data


@given(st.data())
@settings(deadline=None)
def test_whatever_stands_in_a_manifest_it_is_loaded_or_its_problems_are_named(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(STARTER)))
    path = data.draw(st.sampled_from(list(_paths(STARTER[kind]))))
    spoilt = _spoilt(STARTER[kind], path, data.draw(ANYTHING))
    _loads_or_says_why(kind, "card.yaml", spoilt)


@given(st.data())
@settings(deadline=None)
def test_whatever_stands_in_a_schema_it_is_loaded_or_its_problems_are_named(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SCHEMAS)))
    path = data.draw(st.sampled_from(list(_paths(SCHEMAS[name]))))
    spoilt = _spoilt(SCHEMAS[name], path, data.draw(ANYTHING))
    _loads_or_says_why("query", f"schemas/{name}", spoilt)


def _loads_or_says_why(kind: str, file: str, data: Any) -> None:
    with TemporaryDirectory() as folder:
        card = workshop(Path(folder), kind)
        (card / file).write_text(json.dumps(data), "utf-8")
        loaded = load_cards(Path(folder), ADDRESS)
        assert bool(loaded.cards) != bool(loaded.problems)
        assert all(problem.line >= 1 and problem.problem and problem.remedy for problem in loaded.problems)
