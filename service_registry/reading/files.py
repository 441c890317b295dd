"""The files of one card's folder. Nothing outside of the folder is ever read, whatever a manifest names."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Final

from core.problem import Problem
from core.source import LARGEST_FILE, Path, Source, Unreadable, dotted, read_json, read_yaml

MANIFEST: Final = "card.yaml"
_PLAIN_NAME: Final = re.compile(r"([a-z0-9_-]+/)*[a-z0-9_-]+\.[a-z]+")


@dataclass(frozen=True)
class Place:
    """A value in one of the card's files."""

    file: str
    path: Path = ()

    def inside(self, *parts: str | int) -> "Place":
        return Place(self.file, (*self.path, *parts))


@dataclass(frozen=True)
class Finding:
    """What a rule has found, and where."""

    place: Place
    problem: str
    remedy: str


@dataclass
class CardFiles:
    """Reads each file at most once, and keeps what was wrong with it."""

    folder: FilePath
    findings: list[Finding] = field(default_factory=list)
    _contents: dict[str, bytes] = field(default_factory=dict)
    _sources: dict[str, Source | None] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of everything that was read so far; the same files give the same digest on every machine."""
        digest = hashlib.sha256()
        for name, content in sorted(self._contents.items()):
            digest.update(f"{len(name)}:{name}{len(content)}:".encode() + content)
        return digest.hexdigest()

    def manifest(self) -> Source | None:
        return self._read(MANIFEST, read_yaml)

    def schema(self, name: str) -> Source | None:
        return self._read(name, read_json)

    def content(self, name: str) -> bytes | None:
        """The bytes of a file, or None when the folder has no such file."""
        if name not in self._contents and self._is_inside(name):
            try:
                with (self.folder / name).open("rb") as file:
                    self._contents[name] = file.read(LARGEST_FILE + 1)
            except OSError as error:
                problem = f"the file cannot be read: {error.strerror}"
                self.findings.append(Finding(Place(name), problem, "Let the city's process read it."))
                self._contents[name] = b""
        return self._contents.get(name)

    def names(self) -> Iterable[str]:
        """All files of the folder, except hidden ones."""
        found = (path.relative_to(self.folder) for path in sorted(self.folder.rglob("*")) if path.is_file())
        return [path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)]

    def was_read(self, name: str) -> bool:
        return name in self._contents

    def is_unreadable(self, name: str) -> bool:
        """Whether the file is there, and no data: why not is among the findings."""
        source = self._sources.get(name)
        return source is not None and source.data is None and bool(source.faults)

    def line(self, place: Place) -> int:
        source = self._sources.get(place.file)
        return source.line(place.path) if source else 1

    def problems(self, findings: Iterable[Finding]) -> list[Problem]:
        """The findings, each with the line it stands in."""
        return sorted(
            Problem(
                file=f"{self.folder.name}/{finding.place.file}",
                line=self.line(finding.place),
                path=dotted(finding.place.path),
                problem=finding.problem,
                remedy=finding.remedy,
            )
            for finding in findings
        )

    def _is_inside(self, name: str) -> bool:
        path = self.folder / name
        if not _PLAIN_NAME.fullmatch(name) or not path.is_file():
            return False
        return path.resolve().is_relative_to(self.folder.resolve())

    def _read(self, name: str, reader: Callable[[bytes], Source]) -> Source | None:
        if name not in self._sources:
            content = self.content(name)
            self._sources[name] = None if content is None else self._parsed(name, content, reader)
        return self._sources[name]

    def _parsed(self, name: str, content: bytes, reader: Callable[[bytes], Source]) -> Source | None:
        try:
            source = reader(content)
        except Unreadable as unreadable:
            source = Source(lines={(): unreadable.fault.line}, faults=[unreadable.fault])
            self._sources[name] = source
        self.findings += [Finding(Place(name, fault.path), fault.problem, fault.remedy) for fault in source.faults]
        return source
