"""From a WeChat user to a known person, and nobody else's doing on the way."""

import asyncio
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.caller import FACE, PHONE, REAL_NAME, WECHAT, Citizen, StepUpNeeded
from identity_center.account import Account
from identity_center.errors import (
    AccountNotFound,
    AuthorityUnavailable,
    InvalidIdNumber,
    InvalidName,
    PersonalDataMissing,
    RealNameAlreadyConfirmed,
    RealNameLocked,
    RealNameMismatch,
    WeChatCodeInvalid,
)
from identity_center.names import is_name, normalised_name
from identity_center.settings import IdentitySettings, ProofAttemptSettings, ProofSettings
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import (
    LI,
    LI_NUMBER,
    NOON,
    PHONE_OF_LI,
    PHONE_OF_WANG,
    WANG,
    WANG_NUMBER,
    World,
    id_number,
)

NOBODY = Citizen("01KNOBODY", "01KNOSESSION", 0)


async def test_the_same_wechat_user_always_has_the_same_account() -> None:
    world = World()
    first, again, other = [await world.citizen(openid) for openid in ("openid-li", "openid-li", "openid-wang")]
    assert first.id == again.id != other.id
    assert first.assurance == 0


async def test_two_first_sign_ins_at_once_make_one_account(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    citizens = await asyncio.gather(*(world.citizen("openid-li", f"device-{number}") for number in range(20)))
    assert len({citizen.id for citizen in citizens}) == 1
    assert await world.documents.count(Account, "id") == 1
    await world.documents.close()


async def test_each_proof_raises_the_level_and_shows_masked() -> None:
    world = World()
    citizen = await world.citizen()
    before = await world.accounts.me(citizen)
    assert (before.assurance, before.name, before.id_number, before.phone) == (0, None, None, None)
    await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
    assert (await world.now(citizen)).assurance == PHONE
    world.clock.advance(minutes=1)
    await world.accounts.confirm_real_name(citizen, f" {LI} ", LI_NUMBER)
    raised = await world.now(citizen)
    assert raised.assurance == REAL_NAME
    assert raised.proved_at == {WECHAT: NOON, PHONE: NOON, REAL_NAME: NOON + timedelta(minutes=1)}
    assert raised.proved_by == {WECHAT: "wechat", PHONE: "phone", REAL_NAME: "authority"}
    me = await world.accounts.me(raised)
    assert (me.assurance, me.name, me.phone) == (2, "李**", "139****0123")
    assert me.id_number == "5" + "*" * 16 + LI_NUMBER[-1]


async def test_a_real_name_comes_after_a_phone() -> None:
    world = World()
    with pytest.raises(StepUpNeeded) as refused:
        await world.accounts.confirm_real_name(await world.citizen(), LI, LI_NUMBER)
    assert refused.value.assurance == PHONE
    assert world.authority.asked == 0


async def test_a_phone_code_works_once() -> None:
    world = World()
    citizen = await world.citizen()
    code = world.wechat.phone_code(PHONE_OF_LI)
    await world.accounts.confirm_phone(citizen, code)
    with pytest.raises(WeChatCodeInvalid):
        await world.accounts.confirm_phone(citizen, code)


async def test_a_new_phone_takes_the_place_of_the_first() -> None:
    world = World()
    citizen = await world.with_phone()
    await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_WANG))
    assert (await world.accounts.me(citizen)).phone == "139****0456"


WRONG_NUMBERS = {
    "check digit": LI_NUMBER[:-1] + ("0" if LI_NUMBER[-1] != "0" else "1"),
    "no such day": id_number("52010019900230123"),
    "fifteen digits": "520100900307123",
    "too long": LI_NUMBER + "0",
    "empty": "",
    "letters": "A" * 18,
    "other digits": "५" * 18,
    "emoji": "😀" * 18,
    "a line break": LI_NUMBER + "\n0",
}


@pytest.mark.parametrize("number", WRONG_NUMBERS.values(), ids=WRONG_NUMBERS.keys())
async def test_a_number_that_cannot_be_one_costs_no_attempt(number: str) -> None:
    world = World()
    citizen = await world.with_phone()
    for _ in range(10):
        with pytest.raises(InvalidIdNumber):
            await world.accounts.confirm_real_name(citizen, LI, number)
    assert world.authority.asked == 0
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)


@pytest.mark.parametrize("name", ["", "  ", "李\x00四", "李4", "李😀", "李\n四", "<b>", "李\u202e四", "李" * 51])
async def test_what_cannot_be_a_name_costs_no_attempt(name: str) -> None:
    world = World()
    citizen = await world.with_phone()
    with pytest.raises(InvalidName):
        await world.accounts.confirm_real_name(citizen, name, LI_NUMBER)
    assert world.authority.asked == 0


async def test_a_small_x_and_another_middle_dot_are_no_mismatch() -> None:
    world = World()
    number = next(
        candidate for serial in range(1000) if (candidate := id_number(f"52010019900307{serial:03d}")).endswith("X")
    )
    world.authority.names[number] = WANG
    citizen = await world.with_phone()
    await world.accounts.confirm_real_name(citizen, WANG.replace("·", "•"), number.lower())
    assert (await world.now(citizen)).assurance == REAL_NAME


@given(st.text())
def test_a_normalised_name_stays_as_it_is(typed: str) -> None:
    once = normalised_name(typed)
    assert normalised_name(once) == once
    if is_name(once):
        assert not any(unicodedata.category(character).startswith("N") for character in once if character != "〇")


async def test_an_unknown_number_and_a_wrong_name_are_answered_alike() -> None:
    world = World()
    citizen = await world.with_phone()
    answers = []
    for name, number in ((WANG, LI_NUMBER), (LI, id_number("52010019770101321"))):
        with pytest.raises(RealNameMismatch) as refused:
            await world.accounts.confirm_real_name(citizen, name, number)
        answers.append((refused.value.code, refused.value.title))
        assert not any(name in str(fact) or number in str(fact) for fact in refused.value.facts.values())
    assert answers[0] == answers[1]
    assert refused.value.facts == {"attempts_left": 3}
    assert (await world.accounts.me(citizen)).name is None


PATIENT = IdentitySettings(proof_attempts=ProofAttemptSettings(free_attempts=5))
"""As many attempts as there are in a day, without a wait in between."""


@pytest.mark.parametrize(("settings", "asked"), [(PATIENT, 5), (IdentitySettings(), 3)])
async def test_a_hundred_guesses_at_once_are_a_few(settings: IdentitySettings, asked: int) -> None:
    """The authority is asked five times a day and three times in a row, however the requests arrive."""
    world = World(settings=settings)
    citizen = await world.with_phone()
    guesses = [id_number(f"52010019770101{serial:03d}") for serial in range(100)]
    outcomes = await asyncio.gather(
        *(world.accounts.confirm_real_name(citizen, LI, guess) for guess in guesses), return_exceptions=True
    )
    assert world.authority.asked == asked
    refused = {type(outcome).__name__ for outcome in outcomes if not isinstance(outcome, RealNameMismatch)}
    assert refused <= {"RealNameLocked", "ProofLocked"}
    assert sum(isinstance(outcome, RealNameMismatch) for outcome in outcomes) == asked


async def test_a_lock_ends_with_the_citys_day_and_concerns_one_account() -> None:
    world = World(settings=PATIENT.model_copy(update={"proof_attempts": ProofAttemptSettings(free_attempts=99)}))
    li, wang = await world.with_phone(), await world.with_phone("openid-wang", PHONE_OF_WANG)
    for _ in range(5):
        with pytest.raises(RealNameMismatch):
            await world.accounts.confirm_real_name(li, "王错误", LI_NUMBER)
    with pytest.raises(RealNameLocked) as locked:
        await world.accounts.confirm_real_name(li, LI, LI_NUMBER)
    await world.accounts.confirm_real_name(wang, LI, LI_NUMBER)  # the number itself is not locked
    assert locked.value.retry_after_seconds == 12 * 3600 + 1
    world.clock.advance(seconds=locked.value.retry_after_seconds)
    await world.accounts.confirm_real_name(li, LI, LI_NUMBER)


async def test_attempts_survive_a_restart(tmp_path: Path) -> None:
    first = World(await SqliteDocuments.open(tmp_path / "city.db"), settings=PATIENT)
    citizen = await first.with_phone()
    for _ in range(5):
        with pytest.raises(RealNameMismatch):
            await first.accounts.confirm_real_name(citizen, WANG, LI_NUMBER)
    await first.documents.close()
    second = World(await SqliteDocuments.open(tmp_path / "city.db"), vault=first.vault, settings=PATIENT)
    second.clock.advance(hours=2)
    with pytest.raises(RealNameLocked):
        await second.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    await second.documents.close()


async def test_an_authority_that_is_down_costs_no_attempt() -> None:
    world = World()
    citizen = await world.with_phone()
    world.authority.down = True
    for _ in range(20):
        with pytest.raises(AuthorityUnavailable):
            await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    world.authority.down = False
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)


async def test_an_account_does_not_change_hands() -> None:
    world = World()
    citizen = await world.with_real_name()
    with pytest.raises(RealNameAlreadyConfirmed):
        await world.accounts.confirm_real_name(citizen, WANG, WANG_NUMBER)
    assert (await world.accounts.me(citizen)).name == "李**"


async def test_asking_whether_an_account_is_somebodys_is_an_attempt_like_others() -> None:
    world = World(settings=PATIENT)
    citizen = await world.with_real_name()
    outcomes = [
        await asyncio.gather(world.accounts.confirm_real_name(citizen, WANG, WANG_NUMBER), return_exceptions=True)
        for _ in range(10)
    ]
    assert [type(outcome[0]) for outcome in outcomes].count(RealNameAlreadyConfirmed) == 4


async def test_two_people_at_once_cannot_both_become_one_account(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    citizen = await world.with_phone()
    outcomes = await asyncio.gather(
        world.accounts.confirm_real_name(citizen, LI, LI_NUMBER),
        world.accounts.confirm_real_name(citizen, WANG, WANG_NUMBER),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "RealNameAlreadyConfirmed"]
    winner = WANG_NUMBER if outcomes[1] is None else LI_NUMBER
    assert await world.accounts.person_key(citizen.id) == world.people.blind_index(winner)
    await world.documents.close()


async def test_confirming_again_renews_the_proof() -> None:
    world = World()
    citizen = await world.with_real_name()
    world.clock.advance(hours=30)
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    assert (await world.now(citizen)).proved_at[REAL_NAME] == world.clock.now()


async def test_the_same_person_has_one_key_whatever_account() -> None:
    world = World()
    one, other = await world.with_real_name("openid-1"), await world.with_real_name("openid-2")
    assert await world.people.person_key(one.id) == await world.people.person_key(other.id)
    assert await world.people.person_key(one.id) == world.people.blind_index(LI_NUMBER) != LI_NUMBER
    with pytest.raises(PersonalDataMissing):
        await world.people.person_key((await world.citizen("openid-3")).id)


async def test_the_authoritys_photo_is_there_for_known_people_only() -> None:
    world = World()
    with pytest.raises(StepUpNeeded) as refused:
        await world.accounts.authority_photo(await world.with_phone())
    assert refused.value.assurance == REAL_NAME
    citizen = await world.with_real_name()
    assert await world.accounts.authority_photo(citizen) == "cGhvdG8="


async def test_proofs_can_run_out_by_configuration() -> None:
    settings = IdentitySettings(proofs=ProofSettings(phone_days=30, real_name_days=365, face_minutes=60))
    world = World(settings=settings)
    citizen = await world.with_real_name()
    await world.sessions.raise_to_face(citizen, world.clock.now())
    assert (await world.now(citizen)).assurance == FACE
    world.clock.advance(minutes=61)
    assert (await world.now(citizen)).assurance == REAL_NAME
    world.clock.advance(days=30)
    assert (await world.now(citizen)).assurance == 0
    with pytest.raises(StepUpNeeded):
        await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)


async def test_an_account_that_is_gone_is_said_to_be_gone() -> None:
    world = World()
    with pytest.raises(AccountNotFound):
        await world.accounts.me(NOBODY)
    with pytest.raises(AccountNotFound):
        await world.accounts.confirm_phone(NOBODY, world.wechat.phone_code(PHONE_OF_LI))
    with pytest.raises(AccountNotFound):
        await world.accounts.confirm_real_name(NOBODY, LI, LI_NUMBER)
