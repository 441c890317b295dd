"""What docs/credentials.md says of types, codes and settings is so."""

from pathlib import Path

import yaml

from identity_center.credentials.type_files import load_types
from identity_center.credentials.types import Assurance, Claim, CredentialType, Display, Issue
from tests.pages import blocks, named, section, spans
from tests.unit.test_credential_codes import CODE, SHOWN

PAGE = named("docs/credentials.md")


def test_the_type_that_is_shown_can_be_used(tmp_path: Path) -> None:
    (shown,) = (block.text for block in blocks(PAGE) if block.language == "yaml")
    (tmp_path / f"{yaml.safe_load(shown)['id']}.yaml").write_text(shown)
    loaded = load_types(tmp_path)
    assert loaded.problems == ()
    assert list(loaded.types) == ["gy.library_card"]


def test_every_field_of_a_type_is_explained() -> None:
    explained = {part for span in spans(section(PAGE, "Types")) for part in span.split(".")}
    for model in (CredentialType, Issue, Assurance, Display, Claim):
        for name, field in model.model_fields.items():
            assert (field.alias or name) in explained


def test_the_types_that_come_with_the_platform_are_listed_with_what_they_show() -> None:
    listed = {span for span in spans(section(PAGE, "Types")) if span.startswith("gy.")}
    assert listed == set(load_types().types)


def test_undoing_a_code_as_it_is_shown_gives_the_sd_jwt() -> None:
    (shown,) = (block.text for block in blocks(PAGE) if block.language == "python")
    names: dict[str, object] = {}
    exec(shown, names)  # noqa: S102  # our own page
    undo = names["sd_jwt_of"]
    assert callable(undo)
    assert undo(CODE) == SHOWN
