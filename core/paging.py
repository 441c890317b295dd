"""All documents of a query, a page at a time: for walking through all that one citizen has."""

from collections.abc import AsyncIterator

from core.conditions import Storable
from core.documents import D, Documents

_AT_ONCE = 100


async def every(documents: Documents, model: type[D], index: str, *equals: Storable) -> AsyncIterator[D]:
    """In the index's order. What comes and goes meanwhile may be met or not; nothing is met twice."""
    after = None
    while True:
        page = await documents.find(model, index, *equals, limit=_AT_ONCE, after=after)
        for document in page.items:
            yield document
        after = page.after
        if after is None:
            return
