"""The values of a credential's claims: what the issuer says, and what follows from the holder's proven identity."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from core.masking import masked_id_number, masked_name
from core.resident_id import birth_date, is_resident_id
from identity_center.credentials.credit_code import is_credit_code
from identity_center.credentials.errors import CredentialClaimsInvalid
from identity_center.credentials.types import Claim, CredentialType, Kind, Source
from identity_center.names import is_name

Value = str | int | bool
LONGEST_TEXT: Final = 200
ADULT: Final = 18


@dataclass(frozen=True)
class Holder:
    """Whom a credential is about, as the population authority knows them."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


def checked(declared: CredentialType, given: Mapping[str, Value]) -> dict[str, Value]:
    """What the issuer gives, if it is what the type declares. Raises `CredentialClaimsInvalid`."""
    known = {claim.name: claim for claim in declared.claims if claim.source == "issuer"}
    wrong: dict[str, str] = {}
    for name, claim in known.items():
        if name in given and not fits(claim, given[name]):
            wrong[name] = claim.kind
        if claim.required and name not in given:
            wrong[name] = "missing"
    if given.keys() - known.keys():
        wrong["*"] = "unknown"
    if wrong:
        raise CredentialClaimsInvalid(wrong, sorted(known))
    return dict(given)


def fits(claim: Claim, value: Value) -> bool:
    return _FITS[claim.kind](value)


def _is_text(value: Value) -> bool:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_TEXT or value != value.strip():
        return False
    return not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn") for character in value)


def _is_date(value: Value) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_FITS: Final[Mapping[Kind, Callable[[Value], bool]]] = {
    "text": _is_text,
    "name": lambda value: isinstance(value, str) and is_name(value),
    "id_number": lambda value: isinstance(value, str) and is_resident_id(value),
    "date": _is_date,
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53,
    "flag": lambda value: isinstance(value, bool),
    "credit_code": lambda value: isinstance(value, str) and is_credit_code(value),
}


def values(declared: CredentialType, holder: Holder, given: Mapping[str, Value], today: date) -> dict[str, Value]:
    """All claims with their values of today. A claim that the credential does not have is not among them."""
    found = {claim.name: _value(claim, holder, given, today) for claim in declared.claims}
    return {name: value for name, value in found.items() if value is not None}


def _value(claim: Claim, holder: Holder, given: Mapping[str, Value], today: date) -> Value | None:
    return given.get(claim.name) if claim.source == "issuer" else _of_identity(claim.source, holder, today)


def _of_identity(source: Source, holder: Holder, today: date) -> Value | None:
    born = birth_date(holder.id_number)
    match source:
        case "identity.name":
            return holder.name
        case "identity.id_number":
            return holder.id_number
        case "identity.sex":
            return "男" if int(holder.id_number[16]) % 2 else "女"
        case "identity.birth_date":
            return born.isoformat() if born else None
        case "identity.over_18":
            return age(born, today) >= ADULT if born else None
        case "issuer":
            return None


def age(born: date, today: date) -> int:
    """Full years. Who was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def masked(claim: Claim, value: Value) -> Value:
    """As the holder's own list shows it: names and ID numbers are never whole there."""
    if claim.kind == "name" and isinstance(value, str):
        return masked_name(value)
    return masked_id_number(value) if claim.kind == "id_number" and isinstance(value, str) else value
