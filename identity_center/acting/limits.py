"""How far a permission to act goes: named themes, cards and operations, or all but those."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
_Names = Annotated[tuple[_Name, ...], Field(max_length=50)]
_Operation = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}/[A-Za-z0-9_]{1,48}$")]


class ActingLimits(BaseModel):
    """`only`: what is named, and nothing else. `all_but`: everything, also what is yet to come, except what is named.

    A theme stands for all of its cards, a card for all of its operations. An operation is `card/operation`; that of a
    card that is booked is `booking`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["only", "all_but"]
    themes: _Names = ()
    cards: _Names = ()
    operations: Annotated[tuple[_Operation, ...], Field(max_length=50)] = ()

    def allow(self, *, card_id: str, theme: str, operation: str) -> bool:
        named = theme in self.themes or card_id in self.cards or f"{card_id}/{operation}" in self.operations
        return named == (self.mode == "only")


EVERYTHING: Final = ActingLimits(mode="all_but")
