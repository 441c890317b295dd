"""Names as an ID card carries them."""

import unicodedata

LONGEST_NAME = 50
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･．", "·"))
_BESIDE_LETTERS = frozenset("·-'’ ")
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Co"})
_MARKS = frozenset({"Mn", "Mc"})


def normalised_name(typed: str) -> str:
    """What a person typed, as the authority writes it: NFC, no blanks at the ends, `·` for every middle dot."""
    return unicodedata.normalize("NFC", typed).strip().translate(_MIDDLE_DOTS)


def is_name(name: str) -> bool:
    """Whether a normalised name can stand on an ID card. Private-use characters can: rare ones are written so."""
    if not 1 <= len(name) <= LONGEST_NAME:
        return False
    kinds = {_kind(character) for character in name if character not in _BESIDE_LETTERS}
    return not kinds.isdisjoint(_LETTERS) and kinds <= _LETTERS | _MARKS


def _kind(character: str) -> str:
    """〇 is a number to nobody but Unicode."""
    return "Lo" if character == "〇" else unicodedata.category(character)
