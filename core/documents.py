"""The durable truth: whole documents under (collection, id), read by declared index, written in atomic steps.

This module is the port. Its adapters live in server/adapters (SQLite, memory; MongoDB), and every one of them passes
tests/contract/test_documents.py. What is said here is the contract:

- A write is all or nothing and durable when it returns. Operations apply in the order given.
- A guard is evaluated inside the write, so that scarce things are never looked at first and taken afterwards.
- A query names a declared index; nothing else can be asked, so nothing is scanned by accident.
- When the store cannot be reached, every method raises `StoreUnavailable` within its deadline.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

from core.clock import instant_text
from core.conditions import Condition, Scalar, Storable, holds
from core.errors import CityError
from core.text import text

D = TypeVar("D", bound="Document")
JsonObject = dict[str, Any]
"""A document as stored: JSON types only. `Any` because a document's fields are its model's business."""


@dataclass(frozen=True)
class Index:
    """Documents ordered by `fields`, then by id.

    A document in which any of the fields is None does not appear in the index. That is what makes a unique index
    conditional: set a field to None and the document no longer claims its place.
    """

    name: str
    fields: tuple[str, ...]
    unique: bool = False


BY_ID = Index("id", (), unique=True)
"""Every collection has it: all documents in order of id."""


class Document(BaseModel):
    """Base of everything stored. Instants are declared as `core.clock.Instant`, bytes are stored as base64."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")

    collection: ClassVar[str]
    indexes: ClassVar[tuple[Index, ...]] = ()

    id: str
    version: int = 1
    """1 when inserted, one more with each replace or patch; kept by the adapter."""

    @classmethod
    def index(cls, name: str) -> Index:
        """The declared index of that name. Raises LookupError: asking for another one is a mistake in the code."""
        for candidate in (BY_ID, *cls.indexes):
            if candidate.name == name:
                return candidate
        raise LookupError(f"{cls.__name__} declares no index {name!r}")


@dataclass(frozen=True, eq=False)
class Insert:
    """Adds a document. Refused with `Duplicate("id")` or the name of the unique index that is taken."""

    document: Document

    @property
    def model(self) -> type[Document]:
        return type(self.document)

    @property
    def id(self) -> str:
        return self.document.id

    def stored(self) -> bytes:
        """The document as it is put into the store: in version 1."""
        return _in_version(self.document, 1)


@dataclass(frozen=True, eq=False)
class Replace:
    """Puts a document in the place of the stored one of the same id, if that still has `document.version`.

    Refused with `Conflict` when it has another version or is gone.
    """

    document: Document

    @property
    def model(self) -> type[Document]:
        return type(self.document)

    @property
    def id(self) -> str:
        return self.document.id

    def stored(self) -> bytes:
        """The document as it is put into the store: one version later."""
        return _in_version(self.document, self.document.version + 1)


@dataclass(frozen=True, eq=False)
class Patch(Generic[D]):
    """Changes fields of one stored document: `set` replaces values, `add` adds to numbers.

    Refused with `GuardFailed` when the guard does not hold, or when the document is missing and there is no
    `otherwise`. With `otherwise`, a missing document is created as given there, and neither guard nor changes apply.
    """

    model: type[D]
    id: str
    set: Mapping[str, object] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    guard: Condition | None = None
    otherwise: D | None = None

    def __post_init__(self) -> None:
        fields = self.model.model_fields
        for name in (*self.set, *self.add):
            if name not in fields or name in ("id", "version"):
                raise ValueError(f"{self.model.__name__} cannot be patched in {name!r}")
        if self.otherwise is not None and self.otherwise.id != self.id:
            raise ValueError(f"the {self.model.__name__} to be made otherwise has another id")

    def changes(self) -> dict[str, Any]:
        """`set` in its stored (JSON) form."""
        return {name: _stored(self.model, name, value) for name, value in self.set.items()}

    def applied_to(self, stored: JsonObject) -> JsonObject:
        """The document after the patch. For adapters that evaluate in Python. Raises `GuardFailed`."""
        if self.guard is not None and not holds(self.guard, stored):
            raise GuardFailed(self)
        after = {**stored, **self.changes()} if self.set else stored.copy()
        for name, amount in self.add.items():
            after[name] = _number(stored, name) + amount
        after["version"] += 1
        return after


@dataclass(frozen=True, eq=False)
class Delete:
    """Removes a document if it is there (and `guard` holds, else `GuardFailed`). A missing document is no error."""

    model: type[Document]
    id: str
    guard: Condition | None = None


Operation = Insert | Replace | Patch[Any] | Delete


class Written:
    """What a write left behind, in the stored form, one entry per operation (None after a delete)."""

    def __init__(self, operations: Sequence[Operation], stored: Sequence[JsonObject | bytes | str | None]) -> None:
        self._operations = operations
        self._stored = stored

    def after(self, operation: Patch[D]) -> D:
        """The document as that patch left it."""
        place = next(place for place, candidate in enumerate(self._operations) if candidate is operation)
        return decoded(operation.model, self._stored[place] or b"")


@dataclass(frozen=True)
class Page(Generic[D]):
    """Some documents of a query, and the cursor that continues after them (None at the end)."""

    items: tuple[D, ...]
    after: str | None


class Documents(Protocol):
    """The port itself."""

    async def get(self, model: type[D], document_id: str) -> D | None: ...

    async def get_many(self, model: type[D], document_ids: Sequence[str]) -> dict[str, D]:
        """Those that exist, by id."""
        ...

    async def find(
        self,
        model: type[D],
        index: str,
        *equals: Storable,
        at_least: Storable = None,
        below: Storable = None,
        descending: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page[D]:
        """Documents of a declared index, in its order.

        `equals` binds the first fields of the index; `at_least` (inclusive) and `below` (exclusive) bound the next one.
        `limit` is 1 to 1000. Raises `BadCursor` when `after` did not come from such a query.
        """
        ...

    async def count(
        self, model: type[D], index: str, *equals: Storable, at_least: Storable = None, below: Storable = None
    ) -> int: ...

    async def write(self, *operations: Operation) -> Written:
        """Applies all operations or none. Durable when it returns. Raises `Duplicate`, `Conflict`, `GuardFailed`."""
        ...

    async def ping(self) -> None:
        """Returns when the store can serve a read and a write."""
        ...

    async def close(self) -> None:
        """Finishes what was accepted, then lets go of everything."""
        ...


class WriteRefused(CityError):
    """A write was refused as a whole because one of its operations could not be applied. Services translate it into
    what it means in their trade; who sees this code has found a case that no service has thought of."""

    code = "store.write_refused"
    title = text("数据已变化，请刷新后再试", "The data has changed; reload and try again")

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


class Duplicate(WriteRefused):
    """A unique index already holds such a document. `index` names it ("id" for the document's own id)."""

    code = "store.duplicate"
    title = text("该记录已存在", "Such a record already exists")

    def __init__(self, operation: Operation, index: str) -> None:
        super().__init__(operation)
        self.index = index


class Conflict(WriteRefused):
    """The document was changed by somebody else since it was read. Read it again and decide anew."""

    code = "store.conflict"
    title = text("数据已被他人修改，请刷新后再试", "Somebody else changed this in the meantime")


class GuardFailed(WriteRefused):
    """The condition of a write did not hold at the moment of writing."""

    code = "store.guard_failed"
    title = text("当前状态不允许该操作", "The present state does not allow this")


class BadCursor(CityError):
    """The `after` of a list is not one that this list gave out. Start from the first page."""

    code = "request.cursor"
    title = text("翻页参数无效，请从第一页开始", "The page cursor is not valid; start from the first page")


def encoded(document: Document) -> bytes:
    """The stored form of a document, as JSON bytes."""
    return document.__pydantic_serializer__.to_json(document)  # what model_dump_json does, without a detour by str


def _in_version(document: Document, version: int) -> bytes:
    return encoded(document if document.version == version else document.model_copy(update={"version": version}))


def decoded(model: type[D], stored: JsonObject | bytes | str) -> D:
    """The document of a stored form. An object goes through JSON, too: only there do bytes stand as base64."""
    return model.model_validate_json(orjson.dumps(stored) if isinstance(stored, dict) else stored)


def index_key(index: Index, stored: JsonObject) -> tuple[Scalar, ...] | None:
    """The values under which a stored document stands in an index, or None when it does not stand there."""
    values = tuple(stored.get(name) for name in index.fields)
    return None if None in values else values


def cursor(index: Index, values: Sequence[Scalar], document_id: str) -> str:
    """The opaque text that continues a query after the document standing at these values."""
    return base64.urlsafe_b64encode(orjson.dumps([index.name, list(values), document_id])).decode().rstrip("=")


def read_cursor(index: Index, after: str) -> tuple[tuple[Scalar, ...], str]:
    """The index values and the id a cursor stands for. Raises `BadCursor`."""
    try:
        name, values, document_id = orjson.loads(
            base64.b64decode(after + "=" * (-len(after) % 4), b"-_", validate=True)
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor from error
    well_formed = name == index.name and isinstance(document_id, str) and isinstance(values, list)
    if not well_formed or len(values) != len(index.fields) or not all(map(_indexed, values)):
        raise BadCursor
    return tuple(values), document_id


def _indexed(value: object) -> bool:
    """Whether such a value can stand in an index: None never does, nor an integer of more than 64 bits."""
    return -(2**63) <= value < 2**63 if isinstance(value, int) else isinstance(value, str | float)


def _number(stored: JsonObject, name: str) -> int | float:
    number = stored.get(name)
    if not isinstance(number, int | float):
        raise TypeError(f"{name} holds {type(number).__name__}, no number to add to")
    return number


_adapters: dict[tuple[type[Document], str], TypeAdapter[Any]] = {}
_plain = (str, int, float, bool, type(None))


def _stored(model: type[Document], name: str, value: object) -> Any:
    """One field's value as `encoded` would write it."""
    if isinstance(value, datetime):
        return instant_text(value)
    if type(value) in _plain:
        return value
    adapter = _adapters.get((model, name))
    if adapter is None:
        annotation = model.model_fields[name].rebuild_annotation()
        adapter = _adapters[model, name] = TypeAdapter(annotation, config=None if _is_model(annotation) else _BYTES)
    return adapter.dump_python(value, mode="json")


_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def outcome(operation: Operation, before: JsonObject | None) -> JsonObject | None:
    """What an operation makes of a stored document, None being none. For adapters that evaluate in Python.

    Raises `Duplicate` of the id, `Conflict`, `GuardFailed`.
    """
    match operation:
        case Insert():
            if before is not None:
                raise Duplicate(operation, BY_ID.name)
            return parsed(operation.stored())
        case Replace():
            if before is None or before["version"] != operation.document.version:
                raise Conflict(operation)
            return parsed(operation.stored())
        case Patch():
            if before is not None:
                return operation.applied_to(before)
            if operation.otherwise is None:
                raise GuardFailed(operation)
            return parsed(Insert(operation.otherwise).stored())
        case Delete():
            if before is not None and operation.guard is not None and not holds(operation.guard, before):
                raise GuardFailed(operation)
            return None


def parsed(stored: bytes) -> JsonObject:
    """The stored form as the object that it is."""
    document: JsonObject = orjson.loads(stored)
    return document
