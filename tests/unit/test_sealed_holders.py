"""No record with a sealed text is forgotten when the vault's key is replaced."""

from collections.abc import Iterator
from typing import Any

import handlers.routes  # noqa: F401  # loads every model there is
from core.documents import Document
from core.idempotency import Receipt
from identity_center.companions import SavedCompanion
from identity_center.privacy.corrections import Correction
from server.sealed import HOLDERS
from service_registry.booking.bookings import Booking

SEALED = "v1.A256GCM.0123abcd.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"
OTHERS: set[tuple[type[Document], str]] = {(Booking, "companions"), (Receipt, "result")}
"""Fields that hold sealed texts without saying so in their name."""


def models(base: type[Document] = Document) -> Iterator[type[Document]]:
    for model in base.__subclasses__():
        if not model.__module__.startswith("tests."):
            yield model
        yield from models(model)


def sealed_fields() -> set[tuple[type[Document], str]]:
    named = {(model, name) for model in models() for name in model.model_fields if name.endswith("_sealed")}
    return named | OTHERS


def test_every_field_that_is_sealed_is_sealed_anew() -> None:
    held = {(holder.model, text.field) for holder in HOLDERS for text in holder.texts(_full(holder.model))}
    assert held == sealed_fields()
    assert len({holder.model.collection for holder in HOLDERS}) == len(HOLDERS)


def test_each_is_found_in_its_own_context_and_nothing_is_made_of_what_is_not_sealed() -> None:
    texts = [text for holder in HOLDERS for text in holder.texts(_full(holder.model))]
    assert all(text.text == SEALED for text in texts)
    # An offered second factor becomes the one in force as it stands: these two share a context.
    assert len({(text.owner, text.context) for text in texts}) == len(texts) - 1
    assert not [text for holder in HOLDERS if holder.model is Booking for text in holder.texts(_full(Booking, None))]
    assert not [text for holder in HOLDERS if holder.model is Receipt for text in holder.texts(_full(Receipt, "01K"))]


def _full(model: type[Document], content: str | None = SEALED) -> Any:
    """One with this content in every field that is sealed."""
    fields: dict[str, Any] = {name: content for owner, name in sealed_fields() if owner is model}
    owner = {Booking: "citizen_id", SavedCompanion: "account_id", Correction: "account_id"}.get(model)
    if owner is not None:
        fields[owner] = "c"
    return model.model_construct(id="one", **fields)
