"""What the commands of `cst store` do: places opened, the work done, its outcome said."""

from collections.abc import Collection

from core.clock import SystemClock
from identity_center.vault import Vault
from insight.model import UsageWriter
from server.config import ConfigError, Settings
from server.keys import present_keys
from server.moving import Say
from server.moving.checking import faults_of
from server.moving.copying import copy
from server.moving.places import Embedded, Mongo, Refused, opened_moment, opened_source, opened_target, place_of

__all__ = ["Refused", "checked", "copied"]


async def copied(settings: Settings, source: str, target: str, leaving_out: Collection[str], say: Say) -> int:
    """Raises `Refused`, `ConfigError`, `StoreUnavailable`, `Damaged`."""
    here, there = place_of(source, "--from", settings), place_of(target, "--to", settings)
    if isinstance(here, Embedded) and isinstance(there, Embedded):
        raise Refused("from and to are the same store; a copy of an embedded one is made by cst backup")
    async with opened_source(here) as archive, opened_target(there) as opened:
        say(f"copying {here.label} to {there.label}")
        if isinstance(here, Mongo) and (running := await archive.count(UsageWriter)):
            say(f"note: {running} processes have not signed off in the source; if one runs, stop it and copy again")
        await copy(archive, opened, here.label, leaving_out=leaving_out, clock=SystemClock(), say=say)
    say(f"done: the whole city is in {there.label}. Its keys are not: they stay in {settings.keys_folder}")
    if isinstance(there, Mongo):
        say("next: set storage.documents to its address, and start the city; never again on the former store")
    else:
        say("next: set storage.documents to embedded, and start the city; never again on the former store")
    return 0


async def checked(settings: Settings, store: str | None, say: Say, complain: Say) -> int:
    """Raises as `copied` does, and `MomentLost`."""
    place = place_of(store, "STORE", settings)
    vault = _vault(settings, say)
    found = 0
    async with opened_moment(place) as archive:
        say(f"checking {place.label}")
        async for fault in faults_of(archive, vault, SystemClock(), say):
            found += 1
            named = fault.collection if fault.id is None else f"{fault.collection} {fault.id}"
            complain(f"fault: {named} {fault.what}")
    say(f"{found} faults" if found else "everything is as it must be")
    return 1 if found else 0


def _vault(settings: Settings, say: Say) -> Vault | None:
    try:
        return Vault(present_keys(settings).vault)
    except ConfigError as error:
        say(f"without keys the access log's chains are not checked: {error}")
        return None
