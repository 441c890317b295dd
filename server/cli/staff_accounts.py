"""Accounts of staff, written into the city's own database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from core.clock import SystemClock
from identity_center.revocations import Revocations
from identity_center.staff.accounts import named
from identity_center.staff.administration import Outcome
from identity_center.staff.centre import StaffCentre, staff_centre
from identity_center.staff.changes import AddPost, Change, EndPost
from identity_center.staff.errors import StaffPostNotFound
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.roles import CITY
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault
from server.config import Settings
from server.stores import documents_of, ephemeral_of
from server.wiring import keys_of


async def carry_out(settings: Settings, change: Change, password: str | None = None) -> Outcome:
    """Raises what `Administration.carry_out` raises, `StoreUnavailable`, `ConfigError`."""
    async with _centre(settings) as centre:
        return await centre.administration.carry_out(COMMAND_LINE, change, password)


async def end_post(settings: Settings, post: AddPost) -> Outcome:
    """Takes the post away that is described so. Raises `StaffPostNotFound`, and as `carry_out`."""
    wanted = (post.role, post.department or CITY, post.scope)
    async with _centre(settings) as centre:
        account = await named(centre.documents, post.name)
        for held in account.posts:
            if (held.role, held.department, held.scope) == wanted:
                change = EndPost(name=post.name, post_id=held.id)
                return await centre.administration.carry_out(COMMAND_LINE, change)
    raise StaffPostNotFound


@asynccontextmanager
async def _centre(settings: Settings) -> AsyncIterator[StaffCentre]:
    clock, identity, keys = SystemClock(), settings.identity, keys_of(settings)
    documents = await documents_of(settings)
    ephemeral = await ephemeral_of(settings, clock)
    try:
        revocations = Revocations(documents, ephemeral, clock, identity)
        tokens = AccessTokens(keys.tokens, clock, revocations, identity.tokens, issuer="")
        zone = ZoneInfo(settings.city.zone)
        yield staff_centre(documents, clock, Vault(keys.vault), tokens, revocations, identity, zone=zone, issuer="")
    finally:
        await ephemeral.close()
        await documents.close()
