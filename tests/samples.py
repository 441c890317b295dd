"""A document of any model, with values that its fields take: for what treats all collections alike."""

from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from core.documents import Document

_CANDIDATES: tuple[Any, ...] = (
    datetime(2026, 11, 22, 12, 0, tzinfo=UTC), date(2026, 11, 22), "sample", "a" * 64, 1, True, (), {}, b"sample",
    {"zh": "样例", "en": "sample"}, ["sample"], [1],
)  # fmt: skip


def sample_of(model: type[Document]) -> Document:
    """With only those fields set that have no default."""
    required = {name: field for name, field in model.model_fields.items() if field.is_required() and name != "id"}
    given = {name: _value(field.rebuild_annotation()) for name, field in required.items()}
    return model.model_validate({"id": f"sample-{model.collection}", **given})


def _value(annotation: Any) -> Any:
    literals = get_args(annotation) if get_origin(annotation) is Literal else ()
    fitting = TypeAdapter(annotation)
    for candidate in chain(literals, _CANDIDATES):
        try:
            return fitting.validate_python(candidate)
        except (ValidationError, TypeError):
            continue
    return _nested(annotation)


def _nested(annotation: Any) -> Any:
    """A model in a model, or the first of those that it may be."""
    if parts := get_args(annotation):
        return _value(parts[0])
    return {name: _value(field.rebuild_annotation()) for name, field in annotation.model_fields.items()}
