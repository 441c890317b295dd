"""A caller's operations on their way through the writer."""

import asyncio
from dataclasses import dataclass, field

from core.documents import Operation
from server.adapters.mongo_evaluation import Stored
from server.adapters.mongo_shapes import Key


@dataclass(slots=True, eq=False)
class Job:
    """Operations that are applied together, who waits for them, and what became of them."""

    operations: tuple[Operation, ...]
    keys: frozenset[Key]
    answer: "asyncio.Future[Stored]"
    direct: bool = field(default=True)
    """Whether a single operation may still be tried as one conditional update."""
    stored: Stored = ()
    error: Exception | None = None

    def settle(self) -> None:
        if self.answer.done():  # its caller has gone away
            return
        if self.error is None:
            self.answer.set_result(self.stored)
        else:
            self.answer.set_exception(self.error)
