"""docs/cards.md and docs/card.schema.json say what the models say, and the schema accepts what loads."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from core.source import read_yaml
from service_registry.docs import card_schema, cards_markdown
from service_registry.manifest import Manifest
from service_registry.scaffold import STARTERS
from service_registry.themes import CARDS

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads(card_schema())


def test_the_committed_reference_is_the_generated_one() -> None:
    assert (DOCS / "cards.md").read_text("utf-8") == cards_markdown(), "python -m service_registry.docs"
    assert (DOCS / "card.schema.json").read_text("utf-8") == card_schema(), "python -m service_registry.docs"


def test_every_field_is_explained() -> None:
    """By its own words, by those of the model it holds, or because it is the name of a block."""
    for name, model in [("Manifest", SCHEMA), *SCHEMA["$defs"].items()]:
        for field, part in model.get("properties", {}).items():
            held = re.findall(r"#/\$defs/(\w+)", json.dumps(part))
            explained = part.get("description") or any(SCHEMA["$defs"][one].get("description") for one in held)
            assert explained or "const" in part or name in ("Text", "ExtraDay", "CheckIn"), f"{name}.{field}"


def test_links_within_the_reference_lead_somewhere() -> None:
    written = cards_markdown()
    headings = {line.lstrip("# ").lower() for line in written.splitlines() if line.startswith("### ")}
    assert set(re.findall(r"\]\(#([a-z]+)\)", written)) <= headings


@pytest.mark.parametrize("path", sorted([*CARDS.glob("*/card.yaml"), *STARTERS.glob("*/card.yaml")]), ids=str)
def test_an_editor_with_the_schema_accepts_the_cards(path: Path) -> None:
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(read_yaml(path.read_bytes()).data)


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "payment"), ("version", "1"), ("limits", {"per_citizen": "20"}), ("access", {}), ("colour", "red")],
)
def test_an_editor_with_the_schema_sees_mistakes(field: str, value: object) -> None:
    data = read_yaml((STARTERS / "link" / "card.yaml").read_bytes()).data
    assert isinstance(data, dict)
    validator = jsonschema_rs.Draft202012Validator(SCHEMA)
    assert validator.is_valid(data)
    assert not validator.is_valid({**data, field: value})


def test_every_field_of_a_manifest_stands_in_the_reference() -> None:
    written = cards_markdown()
    assert all(f"| `{field}` |" in written for field in Manifest.model_fields)
