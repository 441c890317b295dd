"""Issues, shows, suspends and revokes until it is killed, and says after each acknowledgement what was acknowledged.

python -m tests.contract.credentials_until_killed FOLDER FIRST
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import CityError
from identity_center.credentials.credential import Credential
from identity_center.vault import Vault
from server.adapters.key_files import KeyChoices, make_keys, read_keys
from server.adapters.master_key import MasterKey
from server.adapters.sqlite_documents import SqliteDocuments
from tests.credential_world import GATE, LICENCE, LICENCE_CLAIMS, OPERATOR, CredentialWorld

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FILE, KEYS = "city.db", "keys"
_LIVE = timedelta(hours=1)


async def opened(folder: Path) -> CredentialWorld:
    """With the keys of the folder, made when it has none."""
    master, now = MasterKey("A" * 43), datetime.now(UTC)
    make_keys(folder / KEYS, master, KeyChoices(), now)
    keys = read_keys(folder / KEYS, master, now, _LIVE)
    documents = await SqliteDocuments.open(folder / FILE)
    return CredentialWorld(documents, vault=Vault(keys.vault), keys=keys.credentials)


def credit_code(number: int) -> str:
    body = f"9152{number:013d}"
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + ALPHABET[-total % 31]


def code_of(world: CredentialWorld, credential: Credential) -> str:
    """What the holder's phone would show."""
    declared, content = world.register.type(credential.type_id), world.register.content(credential)
    return world.showing.presentation(declared, credential, content, []).code


async def main(folder: Path, first: int) -> None:
    world = await opened(folder)
    await asyncio.gather(*(_lives(world, range(first + worker, first + 100_000, 10)) for worker in range(10)))


async def _lives(world: CredentialWorld, numbers: range) -> None:
    """Every second one is shown to a gate, every third revoked, every fifth suspended."""
    for number in numbers:
        try:
            credential = await world.issued(LICENCE, {**LICENCE_CLAIMS, "credit_code": credit_code(number)})
            print("issued", credential.id, flush=True)  # noqa: T201
            if number % 2 == 0:
                await world.gate.check(code_of(world, credential), GATE)
                print("shown", credential.id, flush=True)  # noqa: T201
            if number % 3 == 0:
                await world.register.revoke(OPERATOR, credential.id, "lost")
                print("revoked", credential.id, flush=True)  # noqa: T201
            elif number % 5 == 0:
                await world.register.suspend(OPERATOR, credential.id, "lost")
                print("suspended", credential.id, flush=True)  # noqa: T201
        except CityError as error:
            print("refused", error.code, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
