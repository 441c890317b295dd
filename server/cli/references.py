"""The references in docs/ that are generated, and what each must hold."""

from pathlib import Path

import handlers.routes  # noqa: F401  # loads every error class there is
from handlers.http.reference import errors_markdown
from server.config import ROOT
from server.personal import personal_markdown
from service_registry.docs import card_schema, cards_markdown


def references() -> dict[Path, str]:
    """Each generated file with what it must hold."""
    docs = ROOT / "docs"
    return {
        docs / "errors.md": errors_markdown(),
        docs / "cards.md": cards_markdown(),
        docs / "card.schema.json": card_schema(),
        docs / "personal_data.md": personal_markdown(),
    }
