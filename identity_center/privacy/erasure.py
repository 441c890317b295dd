"""Erasing closed accounts: one write that ends the account, then small steps until nothing of it is left.

The one write removes the account with its openid and blind indexes, its data key (crypto-shredding), its place among
the person's accounts and the closing, and enters the erasure into the ledger. Whatever a crash interrupts after it is
done by the next turn of the job, in whichever process: every step finds by itself what there is to do, and none can be
done twice. An erasure is finished when a turn, a while later, has found nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from core.clock import Clock
from core.closing import Closing, Erasure
from core.conditions import field
from core.documents import Delete, Documents, GuardFailed, Insert, Operation, Patch, Replace, WriteRefused
from core.paging import every
from identity_center.account import Account
from identity_center.data_keys import shredding
from identity_center.persons import Person, Persons
from identity_center.privacy.ports import Holding, Leaving, Ledger
from identity_center.privacy.settings import PrivacySettings
from identity_center.revocations import Revocations

SETTLED = timedelta(minutes=10)
"""What was under way when the account ended (a request, a sign-in at a site) has come to its end by then."""
_AGAIN = timedelta(minutes=1)
_ACCOUNTS_AT_ONCE = 20
_COMPARED_AT_ONCE = 500


class Erasures:
    """`forget` is told whose data key is not to be remembered any more. `scrubbed` takes what was deleted out of the
    store's own files, and says whether that could be done now."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        persons: Persons,
        revocations: Revocations,
        holdings: Sequence[Holding],
        ledger: Ledger,
        forget: Callable[[str], None],
        scrubbed: Callable[[], Awaitable[bool]],
        settings: PrivacySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._persons = persons
        self._revocations = revocations
        self._holdings = tuple(holdings)
        self._ledger = ledger
        self._forget = forget
        self._scrubbed = scrubbed
        self._is_compared = False
        self._most = min(_ACCOUNTS_AT_ONCE, settings.batch)

    async def run(self) -> int:
        """A turn of the job: accounts whose time has come, and erasures that are not finished. Returns how many it
        worked at. It may be stopped at any moment and run in several processes at once."""
        again = 0 if self._is_compared else await self.erase_again()
        self._is_compared = True
        due = await self._documents.find(
            Closing, "due", below=self._clock.now() + timedelta(microseconds=1), limit=self._most
        )
        begun = [await self._begun(closing) for closing in due.items]
        unfinished = await self._documents.find(
            Erasure, "next", below=self._clock.now() + timedelta(microseconds=1), limit=self._most
        )
        over = [erasure for erasure in unfinished.items if await self._turn(erasure)]
        if (again or any(begun) or over) and await self._scrubbed():
            for erasure in over:
                await self._finished(erasure)
        return sum(begun) + len(unfinished.items)

    async def erase_again(self) -> int:
        """Whoever stands in the ledger and is here once more, because an older backup was put back: how many."""
        written = await self._ledger.entries()
        async for erasure in every(self._documents, Erasure, "id"):
            if erasure.id not in written:  # the file was lost, or another machine's was
                await self._ledger.add(erasure.id, erasure.begun_at)
        ids, count = list(written), 0
        for start in range(0, len(ids), _COMPARED_AT_ONCE):
            found = await self._documents.get_many(Account, ids[start : start + _COMPARED_AT_ONCE])
            count += sum([await self.begin(account, Delete(Closing, account.id)) for account in found.values()])
        return count

    async def begin(self, account: Account, *beside: Operation) -> bool:
        """The one write. False when the account, its person or what is `beside` it changed meanwhile."""
        now, key = self._clock.now(), await self._persons.last_of(account)
        erasure = Erasure(
            id=account.id,
            begun_at=now,
            next_at=now,
            records_since=now,
            person_key=key,
            face_shown=account.face_matched_at is not None,
        )
        operations = [
            *beside,
            Replace(account),  # if it is still as it was read
            Delete(Account, account.id),
            *await self._leaving(account, key),
            shredding(account.id),
            self._revocations.record(account.id),
            Insert(erasure),
        ]
        try:
            await self._documents.write(*operations)
        except WriteRefused:
            return False
        self._forget(account.id)
        await self._revocations.announce(account.id)
        return True

    async def _begun(self, closing: Closing) -> bool:
        """Of this and a change of mind one happens."""
        account = await self._documents.get(Account, closing.id)
        due = field("due_at").at_most(self._clock.now())
        taken = (Patch(Closing, closing.id, guard=due), Delete(Closing, closing.id))
        if account is None:
            await self._documents.write(Delete(Closing, closing.id))
            return False
        return await self.begin(account, *taken)

    async def _leaving(self, account: Account, key: str | None) -> list[Operation]:
        """The account leaves its person, and a person without accounts is nobody."""
        leaving = await self._persons.leaving(account)
        return [*leaving, Delete(Person, key)] if leaving and key is not None else leaving

    async def _turn(self, erasure: Erasure) -> bool:
        """Whether it is over: nothing is left, and nothing can come any more. It is finished when the store's files
        have been cleared of it, this key included."""
        await self._ledger.add(erasure.id, erasure.begun_at)
        leaving = Leaving(erasure.id, erasure.person_key, erasure.begun_at, erasure.face_shown)
        left = sum([await holding.erase(leaving) for holding in self._holdings]) + await self._merged(erasure.id)
        now, settled_at = self._clock.now(), erasure.begun_at + SETTLED
        if not left and now >= settled_at:
            await self._moved(erasure, {"person_key": None})
            return True
        await self._moved(erasure, {"next_at": max(settled_at, now + _AGAIN)})
        return False

    async def _merged(self, account_id: str) -> int:
        """The emptied accounts whose WeChat had moved to this one."""
        found = await self._documents.find(Account, "merged_into", account_id, limit=self._most)
        return sum([await self.begin(account) for account in found.items])

    async def _finished(self, erasure: Erasure) -> None:
        await self._moved(erasure, {"next_at": None, "finished_at": self._clock.now()})

    async def _moved(self, erasure: Erasure, change: dict[str, object]) -> None:
        still = field("next_at").equals(erasure.next_at)
        with suppress(GuardFailed):  # another process was at it as well
            await self._documents.write(Patch(Erasure, erasure.id, set=change, guard=still))
