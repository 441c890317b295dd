"""Unified social credit codes after GB 32100-2015: what registers an enterprise or another organisation."""

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits, and letters without I, O, S, V and Z."""
_SHAPE = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


def is_credit_code(code: str) -> bool:
    """Whether the code can be one: its shape (authority, kind, six digits of a district, nine characters of the
    organisation) and the check character. Never stricter: authorities, kinds and districts are added and renamed."""
    return bool(_SHAPE.fullmatch(code)) and check_character(code[:17]) == code[17]


def check_character(first_seventeen: str) -> str:
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first_seventeen))
    return ALPHABET[-total % 31]


def normalised(typed: str) -> str:
    """What a person typed, as the standard writes it: full-width characters become plain, small letters capital."""
    return "".join(typed.split()).translate(_FULL_WIDTH).upper()


_FULL_WIDTH = {ord("！") + offset: chr(0x21 + offset) for offset in range(94)}
