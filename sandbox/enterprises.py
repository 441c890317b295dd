"""The register of enterprises: made-up ones, each with a legal representative among the people of the sandbox."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from sandbox.careers import employer_of
from sandbox.personas import persona
from sandbox.web import Answer, Body, Call, JsonObject, Refused

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: digits, and letters without I, O, S, V and Z."""
_SHAPE = re.compile(f"[{ALPHABET}]{{18}}")
_REGISTERED_AT = "91529900"
"""Commerce, enterprise, and a prefecture that does not exist: nobody's real code begins like this."""

State = Literal["operating", "revoked", "cancelled"]


class CheckRequest(Body):
    credit_code: str = Field(min_length=1, max_length=30)
    id_number: str = Field(min_length=1, max_length=30)


class ChangeRequest(Body):
    representative: str | None = Field(default=None, max_length=40)
    state: State | None = None


@dataclass(frozen=True)
class Enterprise:
    """`representative` is a persona's id."""

    credit_code: str
    name: str
    representative: str
    state: State = "operating"


def credit_code(organisation: str) -> str:
    """The code of an enterprise whose organisation code begins with these eight characters (GB 11714-1997)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(character, 36) for weight, character in zip(weights, organisation, strict=True))
    ninth = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    first = _REGISTERED_AT + organisation + ninth
    return first + check_character(first)


def check_character(first_seventeen: str) -> str:
    total = sum(ALPHABET.index(character) * 3**place for place, character in enumerate(first_seventeen))
    return ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    return bool(_SHAPE.fullmatch(code)) and check_character(code[:17]) == code[17]


_NAMED = (
    Enterprise(credit_code("MB000001"), "贵阳青石板软件有限公司", "lin_yue"),
    Enterprise(credit_code("MB000002"), "贵阳望山建材有限公司", "chen_guoqiang"),
    Enterprise(credit_code("MB000003"), "贵阳枫林渡物流有限公司", "chen_guoqiang", "revoked"),
)
_RESIDENTS = re.compile(_REGISTERED_AT + r"MA([0-9]{6})[0-9X][0-9A-Z]")


class Enterprises:
    """Who represents what, as it was made up and as it was changed since."""

    def __init__(self) -> None:
        self._changed: dict[str, Enterprise] = {}

    def find(self, code: str) -> Enterprise | None:
        return self._changed.get(code) or _made_up(code)

    async def check(self, call: Call) -> Answer:
        request = call.read(CheckRequest)
        enterprise = self.find(request.credit_code)
        if enterprise is None:
            raise Refused(404, "not_found")
        by_law = persona(enterprise.representative)
        represented = by_law is not None and by_law.id_number == request.id_number
        return {
            "name": enterprise.name,
            "state": enterprise.state,
            "representative": "match" if represented else "mismatch",
        }

    async def of_persona(self, call: Call) -> Answer:
        """The enterprises that a persona represents."""
        if persona(call.names[0]) is None:
            raise Refused(404, "not_found")
        codes = dict.fromkeys(one.credit_code for one in (*_NAMED, *_own(call.names[0]), *self._changed.values()))
        found = [enterprise for code in codes if (enterprise := self.find(code)) is not None]
        return {"enterprises": [_shown(one) for one in found if one.representative == call.names[0]]}

    async def change(self, call: Call) -> Answer:
        """Another representative, another state: what the register finds out one day."""
        enterprise, request = self.find(call.names[0]), call.read(ChangeRequest)
        if enterprise is None or (request.representative and persona(request.representative) is None):
            raise Refused(404, "not_found")
        changed = replace(
            enterprise,
            representative=request.representative or enterprise.representative,
            state=request.state or enterprise.state,
        )
        self._changed[enterprise.credit_code] = changed
        return _shown(changed)


def _made_up(code: str) -> Enterprise | None:
    named = next((one for one in _NAMED if one.credit_code == code), None)
    if named is not None:
        return named
    residents = _RESIDENTS.fullmatch(code)
    own = _own(f"resident-{int(residents[1])}") if residents else []
    return own[0] if own and own[0].credit_code == code else None


def _own(persona_id: str) -> list[Enterprise]:
    """Every numbered resident has one of their own."""
    person = persona(persona_id)
    if person is None or not persona_id.startswith("resident-"):
        return []
    code = credit_code(f"MA{int(persona_id.removeprefix('resident-')):06d}")
    return [Enterprise(code, employer_of(code), persona_id)]


def _shown(enterprise: Enterprise) -> JsonObject:
    return {
        "credit_code": enterprise.credit_code,
        "name": enterprise.name,
        "representative": enterprise.representative,
        "state": enterprise.state,
    }
