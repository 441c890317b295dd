"""What citizens see of a department's answer."""

from typing import Any

import jmespath
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.text import Language, Text, text
from service_registry.manifest_views import Format, ViewBlock, expressions
from service_registry.view_values import LONGEST, MISSING, written
from service_registry.views import MOST_ROWS, BlockView, rendered
from tests.gateway_city import SHANGHAI

BLOCK: TypeAdapter[ViewBlock] = TypeAdapter(ViewBlock)
SHOWN: TypeAdapter[BlockView] = TypeAdapter(BlockView)
TITLE = {"zh": "标题", "en": "Title"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "rows"]), part, max_size=3),
    max_leaves=15,
)


def show(block: dict[str, Any], output: object, language: Language = "zh") -> Any:
    """The block as rendered, or None when it is not shown."""
    blocks = [BLOCK.validate_python(block)]
    found = {text: jmespath.compile(text) for text in expressions(blocks[0])}
    shown = rendered(blocks, found, output, language, SHANGHAI)
    return shown[0] if shown else None


def value(of: object, how: Format = "text", language: Language = "zh", labels: dict[str, Text] | None = None) -> str:
    return written(of, how, labels or {}, language, SHANGHAI)


# --- values ---


@pytest.mark.parametrize(
    ("of", "how", "zh", "en"),
    [
        (1234567, "fen", "¥12,345.67", "¥12,345.67"),
        (0, "fen", "¥0.00", "¥0.00"),
        (-5, "fen", "-¥0.05", "-¥0.05"),
        (12345.675, "yuan", "¥12,345.68", "¥12,345.68"),
        (0.005, "yuan", "¥0.01", "¥0.01"),
        (-0.001, "yuan", "¥0.00", "¥0.00"),
        ("1234.5", "yuan", "¥1,234.50", "¥1,234.50"),
        ("negotiable", "yuan", "negotiable", "negotiable"),
        (1234567, "integer", "1,234,567", "1,234,567"),
        (12.0, "integer", "12.0", "12.0"),
        (0.05, "percent", "5%", "5%"),
        (0.12345, "percent", "12.35%", "12.35%"),
        (1, "percent", "100%", "100%"),
        (12, "percent", "1,200%", "1,200%"),
        ("2026-11-02", "date", "2026年11月2日", "2 Nov 2026"),
        ("2026-11", "month", "2026年11月", "Nov 2026"),
        ("2026-11-22T08:30:00Z", "datetime", "2026年11月22日 16:30", "22 Nov 2026 16:30"),
        ("2026-11-22T23:30:00-08:00", "datetime", "2026年11月23日 15:30", "23 Nov 2026 15:30"),
        ("2026-11-22T08:30:00", "datetime", "2026年11月22日 08:30", "22 Nov 2026 08:30"),
        ("2026-13", "month", "2026-13", "2026-13"),
        ("yesterday", "date", "yesterday", "yesterday"),
        (20261122, "date", "20261122", "20261122"),
        (True, "text", "是", "Yes"),
        (False, "fen", "否", "No"),
        (12, "text", "12", "12"),
        (12.0, "text", "12", "12"),
        (12.5, "text", "12.5", "12.5"),
        (["养老", "医疗"], "text", "养老、医疗", "养老, 医疗"),
        ([1000, None, 2000], "fen", "¥10.00、¥20.00", "¥10.00, ¥20.00"),
        (None, "fen", MISSING, MISSING),
        ("", "text", MISSING, MISSING),
        ([], "text", MISSING, MISSING),
        ({"a": 1}, "text", MISSING, MISSING),
    ],
)
def test_values_are_written_for_people(of: object, how: Format, zh: str, en: str) -> None:
    assert (value(of, how, "zh"), value(of, how, "en")) == (zh, en)


def test_coded_values_are_shown_in_words_and_unknown_codes_as_they_are() -> None:
    labels = {"normal": text("正常", "Active"), "1": text("一级", "Level 1"), "true": text("已缴", "Paid")}
    assert value("normal", labels=labels, language="en") == "Active"
    assert value(1, labels=labels) == "一级"
    assert value(True, labels=labels) == "已缴"
    assert value("frozen", labels=labels) == "frozen"
    assert value(["normal", "frozen"], labels=labels, language="en") == "Active, frozen"


def test_a_long_value_is_cut() -> None:
    shown = value("长" * 5000)
    assert len(shown) == LONGEST
    assert shown.endswith("…")


@settings(deadline=None)
@given(of=JSON, how=st.sampled_from(["text", "integer", "yuan", "fen", "percent", "date", "month", "datetime"]))
def test_any_value_can_be_written_and_always_the_same_way(of: object, how: Format) -> None:
    for language in ("zh", "en"):
        shown = value(of, how, language)
        assert 0 < len(shown) <= LONGEST
        assert shown == value(of, how, language)


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_money_is_shown_to_the_cent(fen: int) -> None:
    shown = value(fen, "fen")
    assert int(shown.replace("¥", "").replace(",", "").replace(".", "")) == fen


# --- blocks ---


def test_a_summary_shows_one_figure_with_its_unit() -> None:
    block = {
        "block": "summary",
        "title": TITLE,
        "value": "balance",
        "format": "fen",
        "unit": {"zh": "元", "en": "yuan"},
    }
    assert show(block, {"balance": 123456}) == {
        "block": "summary",
        "title": "标题",
        "value": "1,234.56",
        "unit": "元",
    }
    assert show(block, {"balance": 123456}, "en")["unit"] == "yuan"
    assert show(block, {}) == {"block": "summary", "title": "标题", "value": MISSING, "unit": None}
    without_unit = {**block, "unit": None}
    assert show(without_unit, {"balance": 123456})["value"] == "¥1,234.56"


def test_fields_stand_beside_their_labels() -> None:
    items = [
        {"label": {"zh": "状态", "en": "State"}, "value": "state", "labels": {"ok": {"zh": "正常", "en": "Active"}}},
        {"label": {"zh": "开户日期", "en": "Opened"}, "value": "opened", "format": "date"},
    ]
    block = {"block": "fields", "title": TITLE, "items": items}
    assert show(block, {"state": "ok", "opened": "2020-01-31"}, "en") == {
        "block": "fields",
        "title": "Title",
        "items": [{"label": "State", "value": "Active"}, {"label": "Opened", "value": "31 Jan 2020"}],
    }


TABLE = {
    "block": "table",
    "rows": "entries[?paid]",
    "columns": [
        {"label": {"zh": "月份", "en": "Month"}, "value": "month", "format": "month"},
        {"label": {"zh": "金额", "en": "Amount"}, "value": "amount", "format": "yuan"},
    ],
}


def test_a_table_has_a_text_for_each_row_and_column() -> None:
    entries = [{"month": "2026-10", "amount": 1200, "paid": True}, {"month": "2026-09", "paid": True}, {"paid": False}]
    assert show(TABLE, {"entries": entries}) == {
        "block": "table",
        "title": None,
        "columns": [{"label": "月份", "align": "start"}, {"label": "金额", "align": "end"}],
        "rows": [["2026年10月", "¥1,200.00"], ["2026年9月", MISSING]],
        "empty": "暂无记录",
        "truncated": False,
    }


@pytest.mark.parametrize("output", [{}, {"entries": None}, {"entries": []}, {"entries": "none"}, [], None, 5])
def test_a_table_without_rows_says_so_in_its_own_words(output: object) -> None:
    shown = show({**TABLE, "empty": {"zh": "尚无缴存", "en": "No payments yet"}}, output, "en")
    assert (shown["rows"], shown["empty"]) == ([], "No payments yet")


def test_a_long_table_ends_and_says_that_there_is_more() -> None:
    entries = [{"month": "2026-10", "amount": 1, "paid": True}] * (MOST_ROWS + 1)
    shown = show(TABLE, {"entries": entries})
    assert (len(shown["rows"]), shown["truncated"]) == (MOST_ROWS, True)
    shown = show(TABLE, {"entries": entries[:-1]})
    assert (len(shown["rows"]), shown["truncated"]) == (MOST_ROWS, False)


def test_a_timeline_shows_what_happened_when() -> None:
    block = {
        "block": "timeline",
        "rows": "steps",
        "time": {"label": TITLE, "value": "at", "format": "datetime"},
        "event": {"label": TITLE, "value": "state", "labels": {"filed": {"zh": "已受理", "en": "Accepted"}}},
    }
    assert show(block, {"steps": [{"at": "2026-11-22T08:30:00+08:00", "state": "filed"}]}) == {
        "block": "timeline",
        "title": None,
        "events": [{"time": "2026年11月22日 08:30", "event": "已受理"}],
        "empty": "暂无记录",
        "truncated": False,
    }


def test_notices_and_actions_are_words_of_the_card() -> None:
    notice = {"block": "notice", "tone": "warning", "text": {"zh": "请注意", "en": "Please note"}}
    assert show(notice, None, "en") == {"block": "notice", "tone": "warning", "text": "Please note"}
    action = {"block": "action", "title": TITLE, "operation": "withdraw"}
    assert show(action, None) == {"block": "action", "title": "标题", "operation": "withdraw"}


@pytest.mark.parametrize(
    ("code", "expected"), [("A-1", "A-1"), ("", None), (None, None), (5, None), ("x" * 1001, None), ({"a": 1}, None)]
)
def test_a_qr_code_encodes_a_text_or_nothing(code: object, expected: str | None) -> None:
    shown = show({"block": "qr", "value": "code", "caption": TITLE}, {"code": code})
    assert shown == {"block": "qr", "title": None, "value": expected, "caption": "标题"}


@pytest.mark.parametrize(
    ("debts", "is_shown"),
    [(None, False), ([], False), ("", False), ({}, False), (False, False), (True, True), (0, True), (["x"], True)],
)
def test_a_block_is_shown_when_its_condition_holds(debts: object, is_shown: bool) -> None:
    block = {"block": "notice", "text": TITLE, "when": "debts"}
    assert (show(block, {"debts": debts}) is not None) == is_shown


def test_an_expression_that_does_not_fit_the_answer_shows_nothing_and_fails_nothing() -> None:
    block = {"block": "summary", "title": TITLE, "value": "sum(entries[].amount)"}
    assert show(block, {"entries": [{"amount": 1}, {"amount": 2}]})["value"] == "3"
    assert show(block, {"entries": [{"amount": "one"}]})["value"] == MISSING
    assert show({"block": "notice", "text": TITLE, "when": "length(count) > `1`"}, {"count": 5}) is None


@settings(deadline=None)
@given(output=JSON)
def test_any_answer_can_be_shown_and_is_plain_json_of_the_declared_shape(output: object) -> None:
    blocks: list[dict[str, Any]] = [
        {"block": "summary", "title": TITLE, "value": "a", "format": "fen"},
        {"block": "fields", "items": [{"label": TITLE, "value": "a.b"}, {"label": TITLE, "value": "max(rows)"}]},
        {**TABLE, "rows": "rows || a"},
        {"block": "qr", "value": "a", "when": "b > `1`"},
    ]
    for block in blocks:
        shown = show(block, output)
        if shown is not None:
            assert orjson.loads(orjson.dumps(shown)) == shown
            SHOWN.validate_python(shown, strict=True)
