"""What the callers of one transaction make of the documents that were read in it, evaluated in Python.

One caller after the other, each all or nothing: what a refused caller did is taken back, the others do not notice.
Conditions and patches mean what `core.documents` says, by the same code as in memory; MongoDB is told the outcome.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.documents import (
    Document,
    Duplicate,
    JsonObject,
    Operation,
    outcome,
)
from server.adapters.mongo_shapes import Key, Place, Shape, encoded

Stored = Sequence[JsonObject | None]


@dataclass(frozen=True, slots=True)
class Version:
    """A document at one moment: None where there is none. `raw` is its BSON, None for what was read and not changed."""

    stored: JsonObject | None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What the callers together did to one document. `moves`: it gave up or took a unique place."""

    collection: str
    id: str
    existed: bool
    raw: bytes | None
    moves: bool


class Evaluation:
    """`read` holds documents as they were found, None for those that were not there.

    A document that was not read is taken to be missing, and a unique place in which no read document stands to be
    free: `assumed` has those places. MongoDB's own indexes tell when that was wrong, but only of what is written: when
    a caller is refused after such an assumption, or what was assumed is made and taken back before anything is written,
    the evaluation `is_doubtful`.
    """

    def __init__(self, shapes: Mapping[type[Document], Shape], read: Mapping[Key, JsonObject | None]) -> None:
        self._shapes = shapes
        self._read = read
        self._documents: dict[Key, Version] = {}
        self._holders: dict[Place, str | None] = {}
        self._undo: list[Callable[[], None]] = []
        self._by_collection = {shape.collection: shape for shape in shapes.values()}
        self._assuming = False
        self.assumed: set[Place] = set()
        self._doubtful = False
        for (collection, document_id), stored in read.items():
            for place in _places(self._by_collection[collection], stored):
                self._holders[place] = document_id

    def carry_out(self, operations: Sequence[Operation]) -> Stored:
        """What the operations left behind. When it raises, they left nothing."""
        self._undo.clear()
        self._assuming = False
        try:
            return [self._apply(operation) for operation in operations]
        except Exception:
            self._doubtful = self._doubtful or self._assuming
            for undo in reversed(self._undo):
                undo()
            raise

    @property
    def is_doubtful(self) -> bool:
        made_and_gone = any(
            version.stored is None and key not in self._read for key, version in self._documents.items()
        )
        return self._doubtful or made_and_gone or any(self._holders.get(place) is None for place in self.assumed)

    def changes(self) -> Iterator[Change]:
        for (collection, document_id), version in self._documents.items():
            before = self._read.get((collection, document_id))
            if version.stored is before:  # changed and taken back, or made and deleted again
                continue
            shape = self._by_collection[collection]
            moves = _places(shape, before) != _places(shape, version.stored)
            yield Change(collection, document_id, before is not None, version.raw, moves)

    def _apply(self, operation: Operation) -> JsonObject | None:
        shape = self._shapes[operation.model]
        key = (shape.collection, operation.id)
        self._assuming = self._assuming or not (key in self._documents or key in self._read)
        before = self._documents[key].stored if key in self._documents else self._read.get(key)
        after = outcome(operation, before)
        raw = None if after is None else encoded(after)
        claims = _places(shape, after)
        for place in claims:
            self._refuse_taken(operation, place)
        for place in _places(shape, before):
            self._hold(place, None)
        for place in claims:
            self._hold(place, operation.id)
        self._put(key, Version(after, raw))
        return after

    def _refuse_taken(self, operation: Operation, place: Place) -> None:
        if place not in self._holders:
            self.assumed.add(place)
            self._assuming = True
        elif self._holders[place] not in (None, operation.id):
            raise Duplicate(operation, place[1])

    def _hold(self, place: Place, holder: str | None) -> None:
        if place in self._holders:
            former = self._holders[place]
            self._undo.append(lambda: self._holders.__setitem__(place, former))
        else:
            self._undo.append(lambda: self._holders.__delitem__(place))
        self._holders[place] = holder

    def _put(self, key: Key, version: Version) -> None:
        former = self._documents.get(key) or Version(self._read.get(key))
        self._undo.append(lambda: self._documents.__setitem__(key, former))
        self._documents[key] = version


def _places(shape: Shape, stored: JsonObject | None) -> list[Place]:
    return shape.places(stored) if stored is not None and shape.unique else []
