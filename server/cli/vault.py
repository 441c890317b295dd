"""`cst vault reseal|status`: what is sealed with which key, and sealing anew what older keys sealed."""

import argparse
import asyncio
import sys
import time
from typing import Any

from core.errors import CityError
from server.cli.common import add_settings_options, settings_of
from server.config import Settings

_TELL_SECONDS = 2.0


def add_to(commands: Any) -> None:
    parser = commands.add_parser("vault", help="what is sealed with which key; sealing anew with the present one")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    reseal = actions.add_parser("reseal", help="seal anew, at full speed, what older keys sealed; can be interrupted")
    status = actions.add_parser("status", help="how much each key has sealed, and how far the sealing anew has come")
    for parser, work in ((reseal, _reseal), (status, _status)):
        add_settings_options(parser)
        parser.set_defaults(run=lambda chosen, work=work: _run(chosen, work))


def _run(chosen: argparse.Namespace, work: Any) -> int:
    from identity_center.vault_mark import VaultMismatch  # noqa: PLC0415  # loads the whole city

    try:
        asyncio.run(work(settings_of(chosen)))
    except CityError as error:
        print(error.code, file=sys.stderr)
        return 1
    except VaultMismatch as error:
        print(" ".join((type(error).__doc__ or "").split()), file=sys.stderr)
        return 1
    return 0


async def _reseal(settings: Settings) -> None:
    from server.cli.vault_keys import opened  # noqa: PLC0415  # loads the whole city

    async with opened(settings) as (vault, resealing):
        if (await resealing.progress()).finished_at is not None:
            await resealing.restart()
        told = time.monotonic()
        while (now := await resealing.step()).finished_at is None:
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                print(
                    f"{now.holders[now.place]}: {now.looked_at} records looked at, {now.resealed} sealed anew",
                    flush=True,
                )
        print(f"all is sealed with {vault.current}: {now.resealed} records were sealed anew")
        if now.unreadable:
            print(f"{now.unreadable} records cannot be opened with the keys there are", file=sys.stderr)


async def _status(settings: Settings) -> None:
    from server.cli.vault_keys import by_collection, opened  # noqa: PLC0415  # loads the whole city

    async with opened(settings) as (vault, resealing):
        used, now = await resealing.used_keys(), await resealing.progress()
    for key_id in sorted({key_id for _, key_id in used} | {vault.current}):
        present = " (seals now)" if key_id == vault.current else ""
        print(f"{key_id}{present}: {by_collection(used, key_id) or 'nothing'}")
    if now.finished_at is None:
        print(f"sealing anew: {now.looked_at} records looked at, {now.resealed} sealed anew, pass {now.passes + 1}")
    else:
        print(f"sealing anew: finished {now.finished_at.isoformat(timespec='seconds')}")
