"""Names as an ID card carries them."""

import unicodedata

LONGEST_NAME = 50
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･．", "·"))
_BESIDE_LETTERS = frozenset("·-'’〇 ")
_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Co"})


def normalised_name(typed: str) -> str:
    """What a person typed, as the authority writes it: NFC, no blanks at the ends, `·` for every middle dot."""
    return unicodedata.normalize("NFC", typed).strip().translate(_MIDDLE_DOTS)


def is_name(name: str) -> bool:
    """Whether a normalised name can stand on an ID card. Private-use characters can: rare ones are written so."""
    if not 1 <= len(name) <= LONGEST_NAME:
        return False
    return all(character in _BESIDE_LETTERS or unicodedata.category(character) in _CATEGORIES for character in name)
