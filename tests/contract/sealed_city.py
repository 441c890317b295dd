"""An identity centre full of sealed records, for the tests of sealing anew; also a process that does it until killed.

python -m tests.contract.sealed_city FILE KEYS
"""

import asyncio
import pickle
import sys
from pathlib import Path

from core.documents import Documents, Insert
from core.idempotency import Receipt
from identity_center.account import Account, seal_context
from identity_center.ciphers import Algorithm
from identity_center.data_keys import DataKeys
from identity_center.resealing import Resealing
from identity_center.vault import Vault, VaultKeys
from server.adapters.sqlite_documents import SqliteDocuments
from server.sealed import HOLDERS
from service_registry.gateway import receipt_context
from tests.unit.identity_world import NOON, World


class SealedCity:
    """`keys` are the vault's; `renew` makes another one seal from now on."""

    def __init__(self, documents: Documents, keys: VaultKeys | None = None, algorithm: Algorithm = "A256GCM") -> None:
        self.documents = documents
        self.keys = keys or VaultKeys.generated(algorithm)
        self.vault = Vault(self.keys)
        self.world = World(documents, vault=self.vault)
        self.resealing = self.fresh()

    def fresh(self) -> Resealing:
        """As a process that has just been started has it."""
        data_keys = DataKeys(self.documents, self.world.clock, self.vault)
        return Resealing(self.documents, self.world.clock, self.vault, data_keys, HOLDERS)

    def renew(self, algorithm: Algorithm = "A256GCM") -> str:
        """Returns the id of the key that sealed until now."""
        former = self.keys.current
        self.keys = self.keys.with_new_key(algorithm)
        self.vault.take_up(self.keys)
        return former

    async def populate(self, count: int, prefix: str = "a") -> None:
        """Accounts with all fields, and receipts of departments' answers."""
        for start in range(0, count, 50):
            await asyncio.gather(*(self._add(number, prefix) for number in range(start, min(start + 50, count))))

    async def _add(self, number: int, prefix: str) -> None:
        account_id = f"{prefix}-account-{number:06}"
        data_key = self.world.data_keys.made(account_id)
        fields = {"openid": f"{prefix}{number}", "phone": phone(number), "name": name(number), "id_number": str(number)}
        sealed = {
            f"{field}_sealed": self.world.data_keys.seal_new(data_key, value, seal_context(account_id, field))
            for field, value in fields.items()
        }
        account = Account(id=account_id, created_at=NOON, openid_index=account_id, **sealed)
        receipt_id = f"{prefix}-receipt-{number}"
        answer = self.vault.seal(f"answer {number}", receipt_context(receipt_id))
        receipt = Receipt(id=receipt_id, request_digest="d", result=answer, expires_at=NOON)
        await self.documents.write(Insert(data_key), Insert(account), Insert(receipt))

    async def read(self, keys: VaultKeys | None = None) -> list[tuple[str, str, str]]:
        """Every account's data in clear, opened with these keys alone, in the order of the accounts."""
        vault = Vault(keys or self.keys)
        data_keys = DataKeys(self.documents, self.world.clock, vault)
        found: list[tuple[str, str, str]] = []
        after = None
        while True:
            page = await self.documents.find(Account, "id", limit=1000, after=after)
            for account in page.items:
                opened = [await account.opened(data_keys, field) for field in ("phone", "name", "id_number")]
                found.append((opened[0] or "", opened[1] or "", opened[2] or ""))
            if (after := page.after) is None:
                return found

    async def finish(self) -> int:
        """Seals anew to the end. Returns how many steps that took."""
        for steps in range(1, 100_000):
            if (await self.resealing.step()).finished_at is not None:
                return steps
        raise AssertionError("it does not come to an end")


def phone(number: int) -> str:
    return f"139{number:08}"


def name(number: int) -> str:
    return f"测试{chr(0x4E00 + number)}"


def expected(count: int) -> list[tuple[str, str, str]]:
    return [(phone(number), name(number), str(number)) for number in range(count)]


async def main(path: str, keys: VaultKeys) -> None:
    city = SealedCity(await SqliteDocuments.open(path), keys)
    while True:
        progress = await city.resealing.step()
        print(progress.looked_at, progress.resealed, progress.passes, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], pickle.loads(Path(sys.argv[2]).read_bytes())))  # noqa: S301
