"""The cards of a folder, ready to run. A broken card never stands in the way of the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import jmespath
from jmespath.parser import ParsedResult

from core.documents import JsonObject
from core.problem import Problem
from service_registry.card import LoadedCard, LoadedOperation
from service_registry.checks import manifest, operations, schemas
from service_registry.checks.draft import Draft, Surroundings, draft_of
from service_registry.checks.manifest import Rule, expanded, icon_uri
from service_registry.manifest_views import expressions
from service_registry.reading.files import MANIFEST, CardFiles, Finding, Place
from service_registry.reading.parsing import parsed
from service_registry.schemas import WholeSchema, compiled
from service_registry.templates import texts
from service_registry.themes import CARDS, Theme, load_themes

RULES: Final[tuple[Rule, ...]] = (*manifest.RULES, *schemas.RULES, *operations.RULES)


@dataclass(frozen=True)
class Loaded:
    """`cards` by id, in the order of their ids; `problems` are those of the cards that are not among them."""

    cards: Mapping[str, LoadedCard]
    themes: tuple[Theme, ...]
    problems: tuple[Problem, ...]


def load_cards(folder: Path = CARDS, settings: Mapping[str, str] | None = None, *, production: bool = False) -> Loaded:
    """All cards of the folder that pass the checker.

    `settings` are the values of `${NAME}` in the addresses of departments; with None they are left as they stand, which
    is enough to check cards and not enough to run them.
    """
    themes, problems = load_themes(folder)
    if not folder.is_dir():
        return Loaded({}, themes, (Problem(str(folder), 1, "", "there is no such folder", "Name the cards' folder."),))
    surroundings = Surroundings(tuple(theme.id for theme in themes), settings, production)
    loaded: dict[str, LoadedCard] = {}
    for card_folder in card_folders(folder):
        card, found = load_card(card_folder, surroundings)
        problems += found
        if card is not None:
            loaded[card.id] = card
    return Loaded(MappingProxyType(loaded), themes, tuple(sorted(problems)))


def card_folders(folder: Path) -> list[Path]:
    """The folders that are meant to be cards, in order: hidden ones and `__pycache__` are not."""
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] not in "._"]


def load_card(folder: Path, surroundings: Surroundings) -> tuple[LoadedCard | None, list[Problem]]:
    """The card of one folder, or all that is wrong with it."""
    files = CardFiles(folder)
    draft, findings = _drafted(files, surroundings)
    if draft is not None:
        findings += [finding for rule in RULES for finding in rule(draft) if _is_new(draft, finding)]
    if draft is None or findings or files.findings:
        return None, files.problems({*findings, *files.findings})
    return _prepared(draft), []


def _drafted(files: CardFiles, surroundings: Surroundings) -> tuple[Draft | None, list[Finding]]:
    source = files.manifest()
    if source is None:
        remedy = f"Write {MANIFEST}; `cst card new` makes one to start from."
        return None, [Finding(Place(MANIFEST), f"the folder has no {MANIFEST}", remedy)]
    if files.findings and source.data is None:
        return None, []
    outcome = parsed(source.data)
    data = source.data if isinstance(source.data, dict) else {}
    return draft_of(files, data, outcome, surroundings), list(outcome.findings)


def _is_new(draft: Draft, finding: Finding) -> bool:
    """Not about a part of the manifest that is reported already, and not about the stand-in for it."""
    return finding.place.file != MANIFEST or draft.is_sound(*finding.place.path)


def _prepared(draft: Draft) -> LoadedCard:
    card = draft.manifest
    upstream, icon = card.upstream, draft.files.content(card.icon) if card.icon else None
    return LoadedCard(
        manifest=card,
        folder=draft.files.folder,
        digest=draft.files.digest,
        base_url=expanded(upstream.base_url, draft.surroundings.settings or {}) if upstream else None,
        operations=MappingProxyType(
            {name: _operation(name, draft) for name in card.operations},
        ),
        expressions=MappingProxyType(dict(_compiled_expressions(draft))),
        icon=icon_uri(card.icon, icon) if card.icon and icon else None,
    )


def _operation(name: str, draft: Draft) -> LoadedOperation:
    entered, answered = draft.inputs.get(name), draft.outputs[name]
    input_schema = _schema(entered) if entered else None
    output_schema = _schema(answered)
    return LoadedOperation(
        name=name,
        operation=draft.manifest.operations[name],
        access=draft.manifest.access_of(name),
        input_schema=input_schema,
        output_schema=output_schema,
        input=compiled(input_schema) if input_schema is not None else None,
        output=compiled(output_schema),
    )


def _schema(schema: WholeSchema) -> JsonObject:
    return schema.usable or {}


def _compiled_expressions(draft: Draft) -> Iterator[tuple[str, ParsedResult]]:
    for operation in draft.manifest.operations.values():
        written = [*texts(operation.request.body), *(text for block in operation.view for text in expressions(block))]
        yield from ((text, jmespath.compile(text)) for text in written)
