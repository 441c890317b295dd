"""What the rules of a card look at: its manifest, the data behind it, its schemas, and where it is to run."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from core.documents import JsonObject
from core.source import Path
from service_registry.manifest import Manifest
from service_registry.reading.files import MANIFEST, CardFiles, Finding, Place
from service_registry.reading.parsing import Parsed
from service_registry.schemas import WholeSchema, whole


@dataclass(frozen=True)
class Surroundings:
    """What a card is checked against beside itself: the ids of the themes, the configured values of `${NAME}` (None:
    not known here, so not checked), and whether it is to run in production."""

    themes: Collection[str]
    settings: Mapping[str, str] | None = None
    production: bool = False


@dataclass(frozen=True)
class Draft:
    """A card that is being checked. `data` is what card.yaml says, `manifest` its sound parts."""

    files: CardFiles
    data: JsonObject
    manifest: Manifest
    set_aside: Collection[Path]
    surroundings: Surroundings
    inputs: Mapping[str, WholeSchema] = field(default_factory=dict)
    outputs: Mapping[str, WholeSchema] = field(default_factory=dict)

    def is_sound(self, *path: str | int) -> bool:
        """Whether nothing on the way to the value, and nothing in it, had to be set aside."""
        return not any(path[: len(part)] == part[: len(path)] for part in self.set_aside)


def found(path: Path, problem: str, remedy: str) -> Finding:
    """A finding in card.yaml."""
    return Finding(Place(MANIFEST, path), problem, remedy)


def draft_of(files: CardFiles, data: JsonObject, parsed: Parsed, surroundings: Surroundings) -> Draft | None:
    if parsed.manifest is None:
        return None
    return Draft(
        files=files,
        data=data,
        manifest=parsed.manifest,
        set_aside=parsed.set_aside,
        surroundings=surroundings,
        inputs=dict(_schemas(files, data, "input")),
        outputs=dict(_schemas(files, data, "output")),
    )


def _schemas(files: CardFiles, data: JsonObject, part: str) -> Iterator[tuple[str, WholeSchema]]:
    operations = data.get("operations")
    for name, operation in operations.items() if isinstance(operations, dict) else ():
        if isinstance(operation, dict) and isinstance(operation.get(part), dict):
            yield name, whole(files, operation[part], Place(MANIFEST, ("operations", name, part)))


def values(data: JsonValue, path: Path = ()) -> Iterator[tuple[Path, JsonValue]]:
    """Every value in the data with the path to it, from the outside in."""
    yield path, data
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from values(value, (*path, key))
