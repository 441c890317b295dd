"""What a card can show: a small closed set of blocks, filled by JMESPath from the validated output.

The mini-program renders these blocks and never knows a card by name.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.text import Text
from service_registry.manifest_values import Expression

Format = Literal["text", "integer", "yuan", "fen", "percent", "date", "month", "datetime"]
FORMAT_MEANING: Final = (
    "How it is written for people. `yuan` and `fen` are money in that unit, a number or a text that is one, shown as "
    "¥1,234.50; `percent` is a ratio (0.05 is shown as 5%); `date`, `month` and `datetime` are texts as RFC 3339 has "
    "them (`2026-11-22`, `2026-11`, `2026-11-22T08:30:00+08:00`)."
)

VIEW_CONFIG = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Shown(BaseModel):
    """A value and how it is written for people."""

    model_config = VIEW_CONFIG

    label: Text
    """What the value is."""
    value: Expression
    """Where it is found: in the output, or in the row of a table."""
    format: Format = Field("text", description=FORMAT_MEANING)
    labels: dict[str, Text] = Field(default_factory=dict, max_length=100)
    """Words for coded values: `{normal: {zh: 正常, en: Active}}`. A value that is not listed is shown as it is."""


class Block(BaseModel):
    """What all blocks have."""

    model_config = VIEW_CONFIG

    when: Expression | None = None
    """Show the block only when this expression is true of the output (JMESPath's truth: not null, false or empty)."""


class SummaryBlock(Block):
    """One figure, large: a balance, a state."""

    block: Literal["summary"]
    title: Text
    """What the figure is."""
    value: Expression
    """Where it is found in the output."""
    format: Format = Field("text", description=FORMAT_MEANING)
    labels: dict[str, Text] = Field(default_factory=dict, max_length=100)
    """Words for coded values."""
    unit: Text | None = None
    """What stands after the figure; money then goes without its ¥."""


class FieldsBlock(Block):
    """Labels with values beside them."""

    block: Literal["fields"]
    title: Text | None = None
    """Heading above the fields."""
    items: tuple[Shown, ...] = Field(min_length=1, max_length=30)
    """The fields, from top to bottom."""


class TableBlock(Block):
    """Rows under column heads."""

    block: Literal["table"]
    title: Text | None = None
    """Heading above the table."""
    rows: Expression
    """The list in the output; each row is one of its elements."""
    columns: tuple[Shown, ...] = Field(min_length=1, max_length=8)
    """The columns, from left to right; their values are found in the row."""
    empty: Text | None = None
    """What is said when there is no row."""


class TimelineBlock(Block):
    """Events, one under another."""

    block: Literal["timeline"]
    title: Text | None = None
    """Heading above the timeline."""
    rows: Expression
    """The list in the output; each event is one of its elements."""
    time: Shown
    """When it happened, found in the event."""
    event: Shown
    """What happened, found in the event."""
    empty: Text | None = None
    """What is said when there is no event."""


class NoticeBlock(Block):
    """A sentence set apart from the data."""

    block: Literal["notice"]
    tone: Literal["info", "success", "warning"] = "info"
    """How it is set apart."""
    text: Text
    """The sentence."""


class QrBlock(Block):
    """A QR code that encodes one value."""

    block: Literal["qr"]
    title: Text | None = None
    """Heading above the code."""
    value: Expression
    """The text to encode, found in the output."""
    caption: Text | None = None
    """What is written below the code."""


class ActionBlock(Block):
    """A button that leads to another operation of the card."""

    block: Literal["action"]
    title: Text
    """What the button says."""
    operation: str
    """The name of the operation."""


ViewBlock = Annotated[
    SummaryBlock | FieldsBlock | TableBlock | TimelineBlock | NoticeBlock | QrBlock | ActionBlock,
    Field(discriminator="block"),
]

BLOCKS = ("summary", "fields", "table", "timeline", "notice", "qr", "action")
"""The names of the blocks."""


def expressions(block: ViewBlock) -> Iterator[str]:
    """Every JMESPath expression of the block."""
    yield from [block.when] if block.when else []
    match block:
        case SummaryBlock() | QrBlock():
            yield block.value
        case FieldsBlock():
            yield from (item.value for item in block.items)
        case TableBlock():
            yield from (block.rows, *(column.value for column in block.columns))
        case TimelineBlock():
            yield from (block.rows, block.time.value, block.event.value)
