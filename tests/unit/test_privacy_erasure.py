"""When an account is closed, nothing of its citizen is left but what the law keeps."""

from pathlib import Path

import pytest

from core.caller import Citizen, StepUpNeeded
from core.closing import AccountClosing, Closing, Erasure
from core.documents import Document
from core.messages import Message
from identity_center.access_log import AccessLogEntry
from identity_center.account import Account
from identity_center.companions import SavedCompanion
from identity_center.consent import ConsentGrant
from identity_center.data_keys import StoredDataKey
from identity_center.errors import AccountNotFound, RefreshRefused, TokenInvalid
from identity_center.face.records import FaceRecord
from identity_center.persons import Person
from identity_center.privacy.corrections import Correction
from identity_center.privacy.errors import ClosingNotFound
from identity_center.privacy.settings import PrivacySettings
from identity_center.session import Session
from identity_center.staff.hall_codes import HallCode
from identity_center.staff.log import COMMAND_LINE
from insight.model import Visitor
from server.adapters.erased_ledger import entries_of
from service_registry.booking.bookings import Booking, Claim, Inventory
from service_registry.booking.books import Books
from tests.booking_city import at, id_number
from tests.credential_world import PROOF
from tests.privacy_world import PrivacyWorld, all_credentials
from tests.unit.identity_world import LI, LI_NUMBER


async def count(world: PrivacyWorld, *models: type[Document]) -> list[int]:
    return [await world.documents.count(model, "id") for model in models]


async def told(world: PrivacyWorld, citizen: Citizen) -> set[str]:
    return {item.kind for item in (await world.messages.of(citizen)).items}


# --- asking, and changing one's mind ---


async def test_what_is_lost_is_told_and_everybody_else_is_signed_out(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    tablet = await world.sign_in(device="tablet")
    before = await world.closings.view(citizen)
    assert (before.requested_at, before.due_at, before.days) == (None, None, 7)
    assert {loss.name: loss.count for loss in before.losses} == {
        "bookings": 1, "credentials": 1, "companions": 1, "consents": 1, "site_sign_ins": 1, "relations": 1,
        "mandates": 1,
    }  # fmt: skip
    asked = await world.closings.ask(citizen)
    assert asked.due_at is not None
    assert (asked.due_at - world.clock.now()).days == 7
    assert [one.id for one in await world.sessions.sessions(citizen)] == [citizen.session_id]
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(tablet.access_token)
    assert "site_sign_ins" not in {loss.name for loss in (await world.closings.view(citizen)).losses}
    assert "identity.closing_requested" in await told(world, citizen)
    again = await world.closings.ask(await world.fresh(citizen))
    assert again.due_at == asked.due_at, "asked twice is asked once"


async def test_it_wants_a_fresh_proof(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    world.clock.advance(minutes=6)
    with pytest.raises(StepUpNeeded):
        await world.closings.ask(citizen)
    assert await count(world, Closing) == [0]


async def test_whoever_changes_their_mind_has_everything_as_before(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    await world.closings.ask(citizen)
    world.clock.advance(days=6)
    signed_in = await world.citizen(device="another phone")
    assert (await world.closings.view(signed_in)).due_at is not None, "signing in shows it, and takes nothing back"
    kept = await world.closings.change_mind(signed_in)
    assert kept.due_at is None
    with pytest.raises(ClosingNotFound):
        await world.closings.change_mind(signed_in)
    world.clock.advance(days=30)
    assert await world.erasures.run() == 0
    assert (await world.accounts.me(await world.citizen())).name is not None
    assert "identity.closing_withdrawn" in await told(world, signed_in)


async def test_nothing_new_is_begun_while_an_account_closes(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    await world.closings.ask(citizen)
    for begun in (
        world.booked(citizen, at(14)),
        world.agreed(citizen),
        world.released(citizen),
        world.companions.save(citizen, "王小明", id_number(9)),
        world.issuing.issue_own(citizen, PROOF),
        world.corrections.ask(citizen, "phone", "号码错误"),
    ):
        with pytest.raises(AccountClosing):
            await begun
    (booking,) = (await world.bookings.list(citizen, "upcoming")).items
    assert (await world.bookings.cancel(citizen, booking.id)).state == "cancelled", "what there is can be ended"


# --- the erasing ---


async def test_the_account_is_gone_and_the_same_wechat_user_is_somebody_new(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    await world.closings.ask(citizen)
    world.clock.advance(days=7)
    pair = await world.sign_in(device="another")
    await world.erasures.run()
    assert await count(world, Account, StoredDataKey, Person, Closing, SavedCompanion, Message, Booking) == [0] * 7
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(pair.access_token)
    await world.erased()
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(pair.refresh_token, "another")
    with pytest.raises(AccountNotFound):
        await world.accounts.me(citizen)
    new = await world.with_real_name()
    assert new.id != citizen.id
    assert (await world.log.of(new)).items == ()
    assert await world.register.of_citizen(new) == ()
    assert (await world.documents.find(Session, "device", new.id)).items[0].account_id == new.id


async def test_what_the_law_keeps_has_nothing_of_the_citizen_in_it(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    await world.closed(citizen)
    (grant,) = (await world.documents.find(ConsentGrant, "account", citizen.id)).items
    assert (grant.live_account, grant.revoked_at is not None) == (None, True)
    (face,) = (await world.documents.find(FaceRecord, "citizen", citizen.id)).items
    assert (face.distance, face.session_id, face.decision) == (None, "", "accepted")
    (correction,) = (await world.documents.find(Correction, "account", citizen.id)).items
    assert (correction.text_sealed, correction.state) == (None, "refused")
    for session in (await world.documents.find(Session, "device", citizen.id)).items:
        assert (session.live_account, session.seed, session.device_name) == (None, "", "")
    (credential,) = await all_credentials(world)
    assert (credential.state, credential.person_key, credential.content_sealed) == ("revoked", None, "")
    assert await world.record.fault(credential.id) is None
    assert (await world.kept_list()).status(credential.status_index) == 1, "gates refuse it"
    codes = (await world.documents.find(HallCode, "id")).items
    assert [code.live_person for code in codes] == [None, None]
    (visitor,) = (await world.documents.find(Visitor, "id")).items
    assert visitor.id.startswith("erased.")
    assert await world.insight.dau(visitor.first_day) == 1, "figures stay true"


async def test_the_chain_of_releases_holds_afterwards(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.settled()
    await world.copy(citizen)
    await world.closed(citizen)
    assert await world.documents.count(AccessLogEntry, "access_log", citizen.id) == 2
    assert await world.log.fault(citizen.id) is None
    assert (await world.staff.log.verification()).fault is None


async def test_live_bookings_give_their_places_back_once(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path, privacy=PrivacySettings(closing_days=1))
    citizen = await world.with_real_name()
    await world.booked(citizen, at(15))
    await world.closings.ask(citizen)
    world.clock.advance(days=1)
    await world.elsewhere().erasures.run()
    await world.erased()
    assert await count(world, Booking, Claim) == [0, 0]
    assert [one.taken for one in (await world.documents.find(Inventory, "id")).items] == [0]
    books = Books(world.clock.now())
    for inventory in (await world.documents.find(Inventory, "id")).items:
        books.saw(inventory)
    assert list(books.faults()) == []


async def test_an_account_without_a_person_is_erased_as_well(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.citizen()
    await world.closed(citizen)
    assert await count(world, Account, StoredDataKey, Session) == [0, 0, 1]
    (erasure,) = (await world.documents.find(Erasure, "id")).items
    assert (erasure.next_at, erasure.finished_at is not None) == (None, True)
    assert list(entries_of(tmp_path / "erased.jsonl")) == [citizen.id]


async def test_what_is_the_persons_stays_while_they_have_another_account(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    first = await world.settled()
    second = await world.with_phone("openid-second")
    await world.accounts.confirm_real_name(second, LI, LI_NUMBER)
    await world.sessions.raise_to_face(await world.now(second), world.clock.now())
    assert "credentials" not in {loss.name for loss in (await world.closings.view(first)).losses}
    await world.closed(await world.fresh(first))
    (person,) = (await world.documents.find(Person, "id")).items
    assert person.accounts == (second.id,)
    (credential,) = await world.register.of_citizen(second)
    assert (credential.state, world.register.content(credential).holder.name) == ("valid", LI)
    await world.closed(await world.fresh(second))
    assert await count(world, Person, Account) == [0, 0]
    (credential,) = await all_credentials(world)
    assert credential.person_key is None


async def test_knowing_a_name_and_number_is_not_enough_to_end_somebodys_papers(tmp_path: Path) -> None:
    """An account that never showed the person's face ends what it issued itself, and not what a department did."""
    world = PrivacyWorld(tmp_path)
    somebody = await world.with_real_name()
    paper, own = await world.issued(), await world.issuing.issue_own(somebody, PROOF)
    assert {loss.name: loss.count for loss in (await world.closings.view(somebody)).losses} == {"credentials": 1}
    await world.closed(somebody)
    states = {one.id: (one.state, one.content_sealed != "") for one in await all_credentials(world)}
    assert states == {paper.id: ("valid", True), own.id: ("revoked", False)}


async def test_a_name_that_was_taken_back_takes_nothing_of_the_person_along(tmp_path: Path) -> None:
    """Somebody who was found out as using another's name closes the account: the other's credentials stand."""
    world = PrivacyWorld(tmp_path)
    thief = await world.with_real_name()
    await world.issued()
    await world.withdrawals.of_account(thief.id, "real_name", "misuse", COMMAND_LINE)
    await world.closed(await world.fresh(thief))
    (credential,) = await all_credentials(world)
    assert credential.state == "valid"


async def test_whoever_comes_back_at_once_keeps_what_they_are_given(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    await world.closings.ask(await world.settled())
    world.clock.advance(days=7)
    await world.erasures.run()
    back = await world.with_real_name()
    world.clock.advance(seconds=1)
    mine = await world.issuing.issue_own(back, PROOF)
    await world.erased()
    assert [one.id for one in await world.register.of_citizen(back)] == [mine.id]
    assert mine.state == "valid"
