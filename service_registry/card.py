"""A card as the city runs it: its manifest, with everything in it that can be prepared prepared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jsonschema_rs
from jmespath.parser import ParsedResult

from core.documents import JsonObject
from service_registry.manifest import Access, Manifest, Operation


@dataclass(frozen=True)
class LoadedOperation:
    """One operation: its schemas whole (no `$ref` left in them) and compiled."""

    name: str
    operation: Operation
    access: Access
    input_schema: JsonObject | None
    output_schema: JsonObject
    input: jsonschema_rs.Draft202012Validator | None
    output: jsonschema_rs.Draft202012Validator


@dataclass(frozen=True)
class LoadedCard:
    """`base_url` is the upstream's address with the configuration's values in it; `digest` changes with any file of
    the card; `expressions` holds every JMESPath expression of the manifest, compiled, by its text."""

    manifest: Manifest
    folder: Path
    digest: str
    base_url: str | None
    operations: Mapping[str, LoadedOperation]
    expressions: Mapping[str, ParsedResult]
    icon: str | None
    """The icon as a `data:` URI."""

    @property
    def id(self) -> str:
        return self.manifest.id
