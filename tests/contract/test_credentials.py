"""Credentials over every store: one at a time for each holder, one use of each code, and a record that holds."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import pytest

from core.caller import Citizen, Staff, StepUpNeeded
from core.documents import Delete, Documents, Insert, Patch
from core.errors import CityError
from core.idempotency import KeyReused, RequestKey
from identity_center.credentials.claims import Holder
from identity_center.credentials.credential import Credential
from identity_center.credentials.errors import (
    CredentialAlreadyHeld,
    CredentialHolderNotConfirmed,
    CredentialNotFound,
    CredentialNotIssuable,
    CredentialNotUsable,
    CredentialStateRefused,
    CredentialTypeNotFound,
    DisclosureUnknown,
    PresentationInvalid,
    StatusListNotFound,
)
from identity_center.credentials.record import Event, RecordEntry
from identity_center.credentials.status_list import ENTRIES
from identity_center.credentials.status_lists import StatusListFill
from identity_center.credentials.verification import verify_offline
from identity_center.errors import AuthorityUnavailable, InvalidIdNumber, InvalidName
from tests.credential_world import (
    GATE,
    LICENCE,
    LICENCE_CLAIMS,
    OPERATOR,
    PASS,
    PASS_CLAIMS,
    PROOF,
    CredentialWorld,
)
from tests.unit.identity_world import LI, LI_NUMBER, SHANGHAI, WANG, WANG_NUMBER

T = TypeVar("T")
LI_HOLDER, WANG_HOLDER = Holder(LI, LI_NUMBER), Holder(WANG, WANG_NUMBER)


@pytest.fixture
def world(documents: Documents) -> CredentialWorld:
    return CredentialWorld(documents)


async def all_at_once(attempts: Iterable[Awaitable[T]]) -> tuple[list[T], Counter[type[BaseException]]]:
    """What succeeded, and how often which refusal."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = Counter(type(one) for one in outcomes if isinstance(one, BaseException))
    return [one for one in outcomes if not isinstance(one, BaseException)], refused


async def record(world: CredentialWorld, credential: Credential) -> list[str]:
    """The events, oldest first; that of a gate with its verdict."""
    page = await world.register.history(credential, limit=100)
    return [entry.verdict or entry.kind for entry in reversed(page.items)]


# --- issuing ---


async def test_of_many_asking_at_once_one_gets_it(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    issued, refused = await all_at_once(world.issuing.issue_own(li, PROOF) for _ in range(12))
    assert (len(issued), refused) == (1, Counter({CredentialAlreadyHeld: 11}))
    assert [credential.id for credential in await world.register.of_citizen(li)] == [issued[0].id]
    assert await record(world, issued[0]) == ["issued"]


async def test_a_retried_request_is_answered_alike(world: CredentialWorld) -> None:
    issue = world.issuing.issue
    first = await issue(OPERATOR, PASS, LI_HOLDER, PASS_CLAIMS, world.key("k"))
    assert await issue(OPERATOR, PASS, LI_HOLDER, PASS_CLAIMS, world.key("k")) == first
    with pytest.raises(KeyReused):
        await issue(
            OPERATOR, PASS, LI_HOLDER, PASS_CLAIMS, RequestKey(world.clock, "staff-1", "credentials", "k", "other")
        )
    with pytest.raises(CredentialAlreadyHeld):
        await issue(OPERATOR, PASS, LI_HOLDER, PASS_CLAIMS, world.key("another"))


async def test_a_person_without_an_account_finds_it_once_they_have_one(world: CredentialWorld) -> None:
    issued = await world.issued()
    li = await world.with_real_name()
    assert [credential.id for credential in await world.register.of_citizen(li)] == [issued.id]
    other_phone = await world.with_real_name("another-openid")
    assert (await world.register.own(other_phone, issued.id)).id == issued.id


async def test_it_goes_to_whom_the_authority_knows_and_to_nobody_else(world: CredentialWorld) -> None:
    for holder, refusal in (
        (Holder(LI, WANG_NUMBER), CredentialHolderNotConfirmed),
        (Holder("王五", LI_NUMBER), CredentialHolderNotConfirmed),
        (Holder(LI, "520100199003071234"), InvalidIdNumber),
        (Holder("R2D2", LI_NUMBER), InvalidName),
    ):
        with pytest.raises(refusal):
            await world.issuing.issue(OPERATOR, PASS, holder, PASS_CLAIMS)
    world.authority.down = True
    with pytest.raises(AuthorityUnavailable):
        await world.issued()
    world.authority.down = False
    assert (await world.issued()).state == "valid"


async def test_who_issues_what_is_the_types_to_say(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    with pytest.raises(CredentialNotIssuable):
        await world.issuing.issue_own(li, PASS)
    with pytest.raises(CredentialNotIssuable):
        await world.issuing.issue(Staff("s", "a", "auditor"), PASS, LI_HOLDER, PASS_CLAIMS)
    with pytest.raises(CredentialTypeNotFound) as unknown:
        await world.issuing.issue_own(li, "gy.nothing")
    assert PASS in unknown.value.facts["types"]  # type: ignore[operator]


async def test_a_licence_is_one_for_each_enterprise_and_not_for_each_person(world: CredentialWorld) -> None:
    await world.issued(LICENCE, LICENCE_CLAIMS)
    second = await world.issued(LICENCE, {**LICENCE_CLAIMS, "credit_code": "91310000MA1FL2HX40"})
    assert second.expires_at is None
    with pytest.raises(CredentialAlreadyHeld):
        await world.issuing.issue(OPERATOR, LICENCE, WANG_HOLDER, LICENCE_CLAIMS)


async def test_it_expires_at_the_citys_midnight_and_can_be_had_anew(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    first = await world.issued()
    assert first.expires_at is not None
    last_day = first.expires_at.astimezone(SHANGHAI) - timedelta(seconds=1)
    assert (last_day.date() - world.clock.now().astimezone(SHANGHAI).date()).days == 365
    world.clock.advance(seconds=(first.expires_at - world.clock.now()).total_seconds() - 1)
    with pytest.raises(CredentialAlreadyHeld):
        await world.issued()
    world.clock.advance(seconds=1)
    second = await world.issued()
    held = {credential.id: credential.standing(world.clock.now()) for credential in await world.register.of_citizen(li)}
    assert held == {first.id: "expired", second.id: "valid"}
    assert await record(world, first) == ["issued", "expired"]
    assert await world.record.fault(first.id) is None


async def test_a_place_in_the_status_list_is_had_once(world: CredentialWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    places = iter([7, 7, 7, 8])
    monkeypatch.setattr("identity_center.credentials.status_lists.secrets.randbelow", lambda _: next(places))
    first, second = await world.issued(), await world.issued(PROOF, {})
    assert (first.status_index, second.status_index) == (7, 8)


async def test_a_list_that_is_half_full_is_followed_by_another(world: CredentialWorld) -> None:
    first = await world.issued()
    await world.documents.write(Patch(StatusListFill, "1", set={"taken": ENTRIES // 2}))
    second = await world.issued(PROOF, {})
    assert (first.status_list, second.status_list) == (1, 2)
    assert [address.rpartition("/")[2] for address in await world.lists.addresses()] == ["1", "2"]
    li = await world.with_real_name()
    shown = await world.shown(li, second)
    lists = [await world.kept_list("1"), await world.kept_list("2")]
    assert verify_offline(shown.code, world.keys.jwks(), lists, world.clock.now()).verdict == "valid"
    assert (await world.gate.check(shown.code, GATE)).verdict == "valid"


# --- its life ---


async def test_suspended_resumed_and_revoked_it_is_known_to_every_gate(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    credential = await world.issued()
    shown = await world.shown(li, credential)
    await world.register.suspend(OPERATOR, credential.id, "lost")
    await refused_everywhere(world, li, credential, shown.code, "suspended")
    await world.register.resume(OPERATOR, credential.id)
    assert await verdicts(world, shown.code) == ("valid", "valid")
    world.half_minute()
    shown = await world.shown(li, credential)
    await world.register.revoke(OPERATOR, credential.id, "misused")
    await refused_everywhere(world, li, credential, shown.code, "revoked")
    events = ["issued", "suspended", "suspended", "resumed", "valid", "revoked", "revoked"]
    assert await record(world, credential) == events
    assert await world.record.fault(credential.id) is None


async def refused_everywhere(
    world: CredentialWorld, holder: Citizen, credential: Credential, code: str, state: str
) -> None:
    """Gates refuse a code from before, and the phone shows none any more."""
    assert await verdicts(world, code) == (state, state)
    with pytest.raises(CredentialNotUsable) as refused:
        await world.shown(holder, credential)
    assert refused.value.facts == {"state": state}


async def verdicts(world: CredentialWorld, code: str) -> tuple[str, str]:
    """Of a gate without a network that fetches its list now, and of one with."""
    lists = [await world.kept_list()]
    offline = verify_offline(code, world.keys.jwks(), lists, world.clock.now())
    return offline.verdict, (await world.gate.check(code, GATE)).verdict


async def test_a_step_that_leads_nowhere_is_refused(world: CredentialWorld) -> None:
    credential = await world.issued()
    with pytest.raises(CredentialStateRefused):
        await world.register.resume(OPERATOR, credential.id)
    await world.register.revoke(OPERATOR, credential.id, "issued_in_error")
    register = world.register
    steps: tuple[Callable[[], Awaitable[Credential]], ...] = (
        lambda: register.suspend(OPERATOR, credential.id, "lost"),
        lambda: register.resume(OPERATOR, credential.id),
        lambda: register.revoke(OPERATOR, credential.id, "lost"),
    )
    for step in steps:
        with pytest.raises(CredentialStateRefused) as refused:
            await step()
        assert refused.value.facts == {"state": "revoked"}
    with pytest.raises(CredentialNotFound):
        await world.register.revoke(OPERATOR, "nothing", "lost")
    assert await record(world, credential) == ["issued", "revoked"]


async def test_of_many_revoking_at_once_one_does(world: CredentialWorld) -> None:
    credential = await world.issued()
    done, refused = await all_at_once(world.register.revoke(OPERATOR, credential.id, "lost") for _ in range(8))
    assert (len(done), refused) == (1, Counter({CredentialStateRefused: 7}))
    assert (await world.issued()).id != credential.id


async def test_holders_give_up_what_they_can_ask_for_again(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    proof, annual_pass = await world.issuing.issue_own(li, PROOF), await world.issued()
    assert (await world.register.give_up(li, proof.id)).state == "revoked"
    with pytest.raises(CredentialNotIssuable):
        await world.register.give_up(li, annual_pass.id)
    assert (await world.issuing.issue_own(li, PROOF)).state == "valid"


async def test_nobody_sees_or_shows_what_is_somebody_elses(world: CredentialWorld) -> None:
    credential = await world.issued()
    wang = await world.with_phone("openid-wang", "13985550456")
    await world.accounts.confirm_real_name(wang, WANG, WANG_NUMBER)
    wang = await world.now(wang)
    assert await world.register.of_citizen(wang) == ()
    attempts: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: world.register.own(wang, credential.id),
        lambda: world.showing.present(wang, credential.id, []),
        lambda: world.register.give_up(wang, credential.id),
    )
    for attempt in attempts:
        with pytest.raises(CredentialNotFound):
            await attempt()
    assert [one.id for one in await world.register.of_holder(f" {LI_NUMBER.lower()} ")] == [credential.id]
    assert await world.register.of_holder(WANG_NUMBER) == ()


async def test_what_a_type_wants_proven_is_asked_for(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    licence = await world.issued(LICENCE, LICENCE_CLAIMS)
    with pytest.raises(StepUpNeeded) as refused:
        await world.shown(li, licence)
    assert refused.value.facts["acr_values"] == "3"


async def test_what_it_does_not_hold_cannot_be_disclosed(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    credential = await world.issued()
    for name in ("address", "pass_number", "status", "x"):
        with pytest.raises(DisclosureUnknown) as refused:
            await world.shown(li, credential, "name", name)
        assert refused.value.facts == {"claims": ["birth_date", "name"]}


# --- the gate ---


async def test_of_many_gates_with_one_code_one_takes_it(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    credential = await world.issued()
    shown = await world.shown(li, credential, "name")
    same_half_minute = await world.shown(li, credential)
    codes = [shown.code, shown.sd_jwt, same_half_minute.code] * 2
    checks = await asyncio.gather(*(world.gate.check(code, GATE) for code in codes))
    assert Counter([one.verdict for one in checks]) == {"valid": 1, "replayed": 5}
    world.half_minute()
    fresh = await world.shown(li, credential, "name")
    taken = await world.gate.check(fresh.code, GATE, "北门")
    assert (taken.verdict, taken.claims["name"]) == ("valid", LI)
    assert (await world.gate.check(shown.code, GATE)).verdict == "replayed"
    world.half_minute()
    assert (await world.gate.check(shown.code, GATE)).verdict == "too_old"
    page = await world.register.history(await world.register.existing(credential.id))
    newest_valid = next(entry for entry in page.items if entry.verdict == "valid")
    assert (newest_valid.place, newest_valid.claims, newest_valid.by) == ("北门", ("name",), GATE.id)
    assert await world.record.fault(credential.id) is None


async def test_a_gate_that_got_no_answer_repeats_and_gets_the_first_one(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    shown = await world.shown(li, await world.issued())
    key = world.key("scan", GATE.id)
    first = await world.gate.check(shown.code, GATE, key=key)
    world.clock.advance(minutes=5)
    assert await world.gate.check(shown.code, GATE, key=key) == first
    assert (await world.gate.check(shown.code, GATE, key=world.key("other", GATE.id))).verdict == "too_old"


async def test_a_code_of_another_city_or_of_no_credential_is_unknown(
    world: CredentialWorld, documents: Documents
) -> None:
    li = await world.with_real_name()
    credential = await world.issued()
    shown = await world.shown(li, credential)
    await documents.write(Delete(Credential, credential.id))
    with pytest.raises(PresentationInvalid):
        await world.gate.check(shown.code, GATE)
    with pytest.raises(PresentationInvalid):
        await world.gate.check("nonsense", GATE)
    for number in ("2", "0", "x", "", "999999999", "1/../2"):
        with pytest.raises(StatusListNotFound):
            await world.lists.token(number)


# --- the record ---


async def test_an_entry_altered_removed_or_moved_is_found_and_named(world: CredentialWorld) -> None:
    credential = await world.issued()
    await world.register.suspend(OPERATOR, credential.id, "lost")
    await world.register.resume(OPERATOR, credential.id)
    credential = await world.register.existing(credential.id)
    assert await world.record.fault(credential.id) is None
    entry = await world.record.entry(f"{credential.id}.2")
    assert entry is not None
    for tampering, mending, number, what in (
        ({"reason": "misused"}, {"reason": "lost"}, 2, "altered"),
        ({"by_name": "somebody"}, {"by_name": OPERATOR.name}, 2, "altered"),
        ({"number": 9}, {"number": 2}, 2, "missing"),
    ):
        await world.documents.write(Patch(RecordEntry, entry.id, set=tampering))
        fault = await world.record.fault(credential.id)
        assert fault is not None
        assert (fault.number, fault.fault) == (number, what)
        await world.documents.write(Patch(RecordEntry, entry.id, set=mending))
        assert await world.record.fault(credential.id) is None
    await world.documents.write(Delete(RecordEntry, f"{credential.id}.3"))
    fault = await world.record.fault(credential.id)
    assert fault is not None
    assert (fault.number, fault.fault) == (3, "missing")


async def test_an_entry_beside_the_record_is_found(world: CredentialWorld) -> None:
    credential = await world.issued()
    _, invented = world.record.changed(credential, Event("resumed", OPERATOR.id), {})
    await world.documents.write(Insert(invented))
    fault = await world.record.fault(credential.id)
    assert fault is not None
    assert (fault.number, fault.fault) == (2, "altered")


async def test_what_happens_while_the_record_is_read_is_no_fault(world: CredentialWorld) -> None:
    li = await world.with_real_name()
    credential = await world.issued()
    for _ in range(5):
        shown = await world.shown(li, credential)
        _, fault = await asyncio.gather(world.gate.check(shown.code, GATE), world.record.fault(credential.id))
        assert fault is None
        world.half_minute()


async def test_no_refusal_leaves_anything_behind(world: CredentialWorld) -> None:
    for claims in ({}, {**PASS_CLAIMS, "category": 5}):
        with pytest.raises(CityError):
            await world.issued(PASS, claims)
    assert await world.register.of_holder(LI_NUMBER) == ()
    assert await world.documents.get(StatusListFill, "1") is None
