"""What somebody does for somebody, told from the floor that does it to the floor that judges and writes it down."""

from dataclasses import dataclass

from core.text import Text


@dataclass(frozen=True)
class Deed:
    """One use of a card. `purpose` is the card's, `use` what it is for this time; neither holds personal data."""

    card_id: str
    theme: str
    operation: str
    department: str
    purpose: Text
    use: Text
    request_id: str
