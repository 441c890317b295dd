"""What a site asks for at the authorization endpoint, checked parameter by parameter (OpenID Connect Core 3.1.2.1).

Unknown parameters mean nothing (RFC 6749, 3.1). What a login hint holds besides a pseudonym is personal, and is dropped
unread.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from identity_center.oidc.client import SiteClient
from identity_center.oidc.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RequestNotSupported,
    UnmetRequirements,
    UnsupportedResponseType,
)
from identity_center.oidc.scopes import SIGN_IN, known, least_level

Prompt = Literal["none", "login", "consent"]
LEVELS: Final = ("0", "1", "2", "3")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VISIBLE = re.compile(r"[\x20-\x7e]{1,512}")
_SECONDS = re.compile(r"[0-9]{1,9}")
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Asked:
    """`level` is what the sign-in must reach: of the client, its scopes and `acr_values` the most. `fresh` asks for an
    approval now, whatever the browser is signed in with; `hint` is the pseudonym of whoever is expected."""

    redirect_uri: str
    scopes: tuple[str, ...]
    level: int
    max_age: int | None
    prompt: Prompt | None
    hint: str | None
    state: str | None
    nonce: str | None
    challenge: str

    @property
    def fresh(self) -> bool:
        return self.prompt in ("login", "consent")


def target(client: SiteClient, given: Mapping[str, str]) -> str:
    """Where the answer goes, character for character one of those registered. Raises `InvalidTarget`."""
    address = given.get("redirect_uri", "")
    if client.disabled_at is not None or address not in client.redirect_uris:
        raise InvalidTarget
    return address


def asked(client: SiteClient, given: Mapping[str, str]) -> Asked:
    """Raises `InvalidTarget` before all else, `RequestNotSupported`, `UnsupportedResponseType`, `InvalidScope`,
    `UnmetRequirements`, `InvalidRequest`."""
    address = target(client, given)
    if "request" in given or "request_uri" in given:
        raise RequestNotSupported
    if given.get("response_type") != "code":
        raise UnsupportedResponseType
    if given.get("response_mode", "query") != "query":
        raise InvalidRequest("response_mode is query")
    scopes = _scopes(client, given)
    return Asked(
        redirect_uri=address,
        scopes=scopes,
        level=max(client.least_level, least_level(scopes), _level(given)),
        max_age=_max_age(given),
        prompt=_prompt(given),
        hint=_hint(given),
        state=_visible(given, "state"),
        nonce=_visible(given, "nonce"),
        challenge=_challenge(given),
    )


def _scopes(client: SiteClient, given: Mapping[str, str]) -> tuple[str, ...]:
    scopes = known(given.get("scope", "").split(" "))
    if SIGN_IN not in scopes or not set(scopes) <= set(client.scopes):
        raise InvalidScope
    return scopes


def _level(given: Mapping[str, str]) -> int:
    """Several values are alternatives: the lowest of them will do."""
    if "acr_values" not in given:
        return 0
    levels = [int(value) for value in given["acr_values"].split(" ") if value in LEVELS]
    if not levels:
        raise UnmetRequirements
    return min(levels)


def _max_age(given: Mapping[str, str]) -> int | None:
    if "max_age" not in given:
        return None
    if not _SECONDS.fullmatch(given["max_age"]):
        raise InvalidRequest("max_age is a number of seconds")
    return int(given["max_age"])


def _prompt(given: Mapping[str, str]) -> Prompt | None:
    prompts = set(given.get("prompt", "").split(" ")) - {""}
    if not prompts <= {"none", "login", "consent", "select_account"}:
        raise InvalidRequest("prompt is none, login, consent or select_account")
    if "none" in prompts:
        if len(prompts) > 1:
            raise InvalidRequest("prompt=none stands alone")
        return "none"
    return "consent" if "consent" in prompts else "login" if prompts else None


def _hint(given: Mapping[str, str]) -> str | None:
    hint = given.get("login_hint", "")
    return hint if _PSEUDONYM.fullmatch(hint) else None


def _visible(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not _VISIBLE.fullmatch(value):
        raise InvalidRequest(f"{name} is 1 to 512 visible ASCII characters")
    return value


def _challenge(given: Mapping[str, str]) -> str:
    """S256 or nothing: who could leave the method out could take the proof's strength away (RFC 9700, 2.1.1)."""
    challenge = given.get("code_challenge", "")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("PKCE is needed: code_challenge of 43 characters, code_challenge_method=S256")
    return challenge
