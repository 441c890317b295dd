"""A credential as it is stored: whose it is and what it says cannot be read without the vault's keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

import orjson

from core.clock import Instant
from core.documents import Document, Index
from identity_center.credentials.claims import Holder, Value
from identity_center.vault import Vault

State = Literal["valid", "suspended", "revoked"]
Standing = Literal["valid", "suspended", "revoked", "expired"]

HOLDER, CITY = "holder", "city"
"""Who did it, where it was no member of staff."""


class Credential(Document):
    """`live_key` stands for type and holder while no other may be issued; None once it is revoked or replaced.

    `unusable_list` is its status list while it is suspended or revoked, so that a list is read without its valid
    entries. `shown` is the half minute (Unix seconds) of the last code that a gate has taken; of `entries` in its
    record the last one has `seal`.

    What is left of one whose holder was erased has neither `person_key` nor content: it stands in its status list.
    """

    collection: ClassVar[str] = "credentials"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("live", ("live_key",), unique=True),
        Index("person", ("person_key", "issued_at")),
        Index("status", ("status_list", "status_index"), unique=True),
        Index("unusable", ("unusable_list",)),
    )

    type_id: str
    type_version: str
    person_key: str | None
    live_key: str | None
    state: State = "valid"
    content_sealed: str
    issued_at: Instant
    expires_at: Instant | None
    issued_by: str
    status_list: int
    status_index: int
    unusable_list: int | None = None
    shown: int = 0
    entries: int = 0
    seal: str = ""

    def standing(self, now: datetime) -> Standing:
        if self.state != "revoked" and self.expires_at is not None and now >= self.expires_at:
            return "expired"
        return self.state


@dataclass(frozen=True)
class Content:
    """What a credential says: the holder, and what the issuer gave."""

    holder: Holder
    given: Mapping[str, Value]


def sealed(vault: Vault, credential_id: str, content: Content) -> str:
    whole = {"name": content.holder.name, "id_number": content.holder.id_number, "given": dict(content.given)}
    return vault.seal(orjson.dumps(whole).decode(), credential_context(credential_id))


def opened(vault: Vault, credential: Credential) -> Content:
    """Raises `SealBroken`."""
    whole = orjson.loads(vault.open(credential.content_sealed, credential_context(credential.id)))
    return Content(Holder(whole["name"], whole["id_number"]), whole["given"])


def live_key(vault: Vault, type_id: str, subject: str) -> str:
    """What only one live credential of a type can have. `subject` is a person's key, or the value of a claim."""
    return vault.keyed_digest("credential live", type_id, subject).hex()


def credential_context(credential_id: str) -> str:
    """What the sealed content of a credential is bound to."""
    return f"credential.{credential_id}.content"
