"""A department's validated answer as blocks that the mini-program shows: plain JSON, in one language, ready to draw.

Rendering never fails: what an expression does not find is shown as missing. Tables and timelines end after MOST_ROWS
rows and say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from core.text import Language, Text, text
from service_registry.manifest_views import (
    ActionBlock,
    FieldsBlock,
    Format,
    NoticeBlock,
    QrBlock,
    Shown,
    SummaryBlock,
    TableBlock,
    TimelineBlock,
    ViewBlock,
)
from service_registry.templates import Expressions, evaluated
from service_registry.view_values import LONGEST, MISSING, NUMERIC, written

MOST_ROWS: Final = 200
_NOTHING: Final = text("暂无记录", "Nothing here yet")


class SummaryView(TypedDict):
    """One figure, large, with its unit after it."""

    block: Literal["summary"]
    title: str
    value: str
    unit: str | None


class FieldView(TypedDict):
    label: str
    value: str


class FieldsView(TypedDict):
    """Labels with values beside them."""

    block: Literal["fields"]
    title: str | None
    items: list[FieldView]


class ColumnView(TypedDict):
    label: str
    align: Literal["start", "end"]


class TableView(TypedDict):
    """`rows` hold a text for each column; `empty` is what to say when there are none."""

    block: Literal["table"]
    title: str | None
    columns: list[ColumnView]
    rows: list[list[str]]
    empty: str
    truncated: bool


class EventView(TypedDict):
    time: str
    event: str


class TimelineView(TypedDict):
    """Events in the department's order; `empty` is what to say when there are none."""

    block: Literal["timeline"]
    title: str | None
    events: list[EventView]
    empty: str
    truncated: bool


class NoticeView(TypedDict):
    block: Literal["notice"]
    tone: Literal["info", "success", "warning"]
    text: str


class QrView(TypedDict):
    """`value` is the text to encode, null when the answer has none."""

    block: Literal["qr"]
    title: str | None
    value: str | None
    caption: str | None


class ActionView(TypedDict):
    """A button that leads to another operation of the card."""

    block: Literal["action"]
    title: str
    operation: str


BlockView = SummaryView | FieldsView | TableView | TimelineView | NoticeView | QrView | ActionView


def rendered(
    blocks: Sequence[ViewBlock], expressions: Expressions, output: object, language: Language, zone: ZoneInfo
) -> list[BlockView]:
    """The blocks whose `when` holds, in their order. `zone` is the city's, for moments."""
    sheet = _Sheet(expressions, language, zone)
    return [sheet.block(block, output) for block in blocks if block.when is None or sheet.holds(block.when, output)]


@dataclass(frozen=True)
class _Sheet:
    """What all blocks of one rendering share."""

    expressions: Expressions
    language: Language
    zone: ZoneInfo

    def holds(self, expression: str, output: object) -> bool:
        """JMESPath's truth: null, false and what is empty are false; 0 is true."""
        found = self._found(expression, output)
        return found is not None and found is not False and found not in ("", [], {})

    def block(self, block: ViewBlock, output: object) -> BlockView:
        view: BlockView
        match block:
            case SummaryBlock():
                view = self._summary(block, output)
            case FieldsBlock():
                view = self._fields(block, output)
            case TableBlock():
                view = self._table(block, output)
            case TimelineBlock():
                view = self._timeline(block, output)
            case NoticeBlock():
                view = {"block": "notice", "tone": block.tone, "text": block.text.pick(self.language)}
            case QrBlock():
                view = self._qr(block, output)
            case ActionBlock():
                view = {"block": "action", "title": block.title.pick(self.language), "operation": block.operation}
        return view

    def _summary(self, block: SummaryBlock, output: object) -> SummaryView:
        found = self._found(block.value, output)
        value = self._written(found, block.format, block.labels, symbol=block.unit is None)
        unit = None if value == MISSING else self._optional(block.unit)
        return {"block": "summary", "title": block.title.pick(self.language), "value": value, "unit": unit}

    def _fields(self, block: FieldsBlock, output: object) -> FieldsView:
        items: list[FieldView] = [
            {"label": item.label.pick(self.language), "value": self._shown(item, output)} for item in block.items
        ]
        return {"block": "fields", "title": self._optional(block.title), "items": items}

    def _table(self, block: TableBlock, output: object) -> TableView:
        rows, truncated = self._rows(block.rows, output)
        return {
            "block": "table",
            "title": self._optional(block.title),
            "columns": [
                {"label": column.label.pick(self.language), "align": "end" if column.format in NUMERIC else "start"}
                for column in block.columns
            ],
            "rows": [[self._shown(column, row) for column in block.columns] for row in rows],
            "empty": (block.empty or _NOTHING).pick(self.language),
            "truncated": truncated,
        }

    def _timeline(self, block: TimelineBlock, output: object) -> TimelineView:
        rows, truncated = self._rows(block.rows, output)
        return {
            "block": "timeline",
            "title": self._optional(block.title),
            "events": [{"time": self._shown(block.time, row), "event": self._shown(block.event, row)} for row in rows],
            "empty": (block.empty or _NOTHING).pick(self.language),
            "truncated": truncated,
        }

    def _qr(self, block: QrBlock, output: object) -> QrView:
        found = self._found(block.value, output)
        encodable = isinstance(found, str) and 0 < len(found) <= LONGEST
        return {
            "block": "qr",
            "title": self._optional(block.title),
            "value": found if encodable else None,
            "caption": self._optional(block.caption),
        }

    def _rows(self, expression: str, output: object) -> tuple[list[object], bool]:
        found = self._found(expression, output)
        rows = found if isinstance(found, list) else []
        return rows[:MOST_ROWS], len(rows) > MOST_ROWS

    def _shown(self, shown: Shown, found_in: object) -> str:
        return self._written(self._found(shown.value, found_in), shown.format, shown.labels)

    def _written(self, value: object, how: Format, labels: dict[str, Text], *, symbol: bool = True) -> str:
        return written(value, how, labels, self.language, self.zone, symbol=symbol)

    def _optional(self, words: Text | None) -> str | None:
        return None if words is None else words.pick(self.language)

    def _found(self, expression: str, data: object) -> Any:
        return evaluated(self.expressions[expression], data)
