"""What staff can be, and what has to be done by two of them."""

from typing import Literal, get_args

Role = Literal["operator", "gate", "auditor", "department", "hall_clerk"]
ROLES: tuple[Role, ...] = get_args(Role)

CITY = "city"
"""The department of those who work for the platform itself."""
OF_A_DEPARTMENT: frozenset[Role] = frozenset(("department", "hall_clerk"))
"""Roles that mean nothing without a department."""
DEVICES: frozenset[Role] = frozenset(("gate",))
"""Roles of devices: nobody stands beside them with a phone in hand."""

FourEyes = Literal[
    "add_operator", "add_auditor", "reset_password", "reset_second_factor", "disable_auditor", "revoke_api_key"
]
"""Actions that can be listed as needing two people. `reset_password` is that of an operator or auditor: whoever could
do it alone could sign in as the second person."""
FOUR_EYES: tuple[FourEyes, ...] = get_args(FourEyes)
APPROVERS: frozenset[Role] = frozenset(("operator", "auditor"))

ApiScope = Literal["cards.figures"]
"""What a key of a department's system can open. Each has an endpoint behind it."""
API_SCOPES: tuple[ApiScope, ...] = get_args(ApiScope)
