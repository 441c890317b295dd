"""What is scarce about staff is scarce over every store, and for two workers at once: a code, a key's place, an
approval, a hall's code, a number in the log."""

import asyncio
from collections.abc import Awaitable, Iterable

from core.caller import Staff
from core.documents import Documents, Insert
from core.errors import CityError
from identity_center.settings import IdentitySettings
from identity_center.staff import totp
from identity_center.staff.account import Post, StaffAccount
from identity_center.staff.administration import Outcome
from identity_center.staff.api_keys import NewApiKey
from identity_center.staff.changes import AddPost, ResetSecondFactor
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.session import Grant
from identity_center.staff.settings import StaffSettings
from tests.unit.identity_world import LI_NUMBER, World

PASSWORD = "correct horse battery"
CLERK = Staff("clerk-1", "zhao", "hall_clerk", department="gy.halls", scope="hall:city")
PATIENT = IdentitySettings(staff=StaffSettings(free_attempts=100))


def workers(documents: Documents) -> tuple[World, World]:
    """Two processes of one city: the same store and keys, and nothing else in common."""
    first = World(documents, settings=PATIENT)
    return first, World(documents, settings=PATIENT, vault=first.vault, clock=first.clock)


async def operators(world: World) -> tuple[Staff, Staff, Staff]:
    made = []
    for name in ("op1", "op2", "op3"):
        post = Post(id=f"{name}.post", role="operator", since=world.clock.now())
        account = StaffAccount(
            id=name, name=name, name_key=name, posts=(post,), password_hash="x", created_at=world.clock.now()
        )
        await world.documents.write(Insert(account))
        made.append(account.at(post))
    return made[0], made[1], made[2]


async def at_once(attempts: Iterable[Awaitable[object]]) -> list[object]:
    """What they answered; a refusal is an answer, anything else that is raised a failure."""
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, CityError):
            raise answer
    return list(answers)


async def holds(world: World) -> bool:
    return (await world.staff.log.verification()).fault is None


async def test_a_code_of_the_app_and_a_recovery_code_are_used_once(documents: Documents) -> None:
    both = workers(documents)
    world = both[0]
    await world.add_staff("li.na", "operator", PASSWORD)
    staff = (await world.staff_sign_in("li.na", PASSWORD)).staff
    offer = await world.staff.own_account.offer_second_factor(staff, PASSWORD, "")
    step = totp.step_at(world.clock.now())
    secured = await world.staff.own_account.confirm_second_factor(staff, totp.code_at(offer.secret, step))
    for code in (totp.code_at(offer.secret, step + 1), secured.recovery_codes[0]):
        answers = await at_once(
            each.staff.sign_in.sign_in("li.na", PASSWORD, "192.0.2.1", code=code) for each in both * 3
        )
        assert sum(isinstance(answer, Grant) for answer in answers) == 1
    assert await holds(world)


async def test_a_system_has_two_places_for_keys(documents: Documents) -> None:
    both = workers(documents)
    member = Staff("dep", "dep", "department", department="gy.fund")
    answers = await at_once(each.staff.api_keys.make(member, "core", ["cards.figures"]) for each in both * 3)
    assert sum(isinstance(answer, NewApiKey) for answer in answers) == 2
    for made in answers:
        if isinstance(made, NewApiKey):
            assert (await both[1].staff.api_keys.caller_of(made.text)).department == "gy.fund"
    assert await holds(both[0])


async def test_an_approval_happens_once(documents: Documents) -> None:
    both = workers(documents)
    first, *others = await operators(both[0])
    await both[0].add_staff("clerk", "hall_clerk", PASSWORD, "gy.halls")
    proposal = (await both[0].staff.administration.ask(first, ResetSecondFactor(name="clerk"))).proposal
    assert proposal is not None
    answers = await at_once(
        each.staff.administration.approve(other, proposal.id) for each in both for other in (*others, first)
    )
    assert sum(isinstance(answer, Outcome) for answer in answers) == 1
    assert await holds(both[0])


async def test_two_changes_of_posts_at_once_do_not_undo_each_other(documents: Documents) -> None:
    both = workers(documents)
    await both[0].add_staff("li.na", "gate", PASSWORD)
    answers = await at_once(
        each.staff.administration.carry_out(COMMAND_LINE, AddPost(name="li.na", role="gate", department=f"gy.{number}"))
        for number, each in enumerate(both * 3)
    )
    done = sum(isinstance(answer, Outcome) for answer in answers)
    (account,) = await both[0].staff.accounts()
    assert len(account.posts) == 1 + done
    assert done >= 1
    assert await holds(both[0])


async def test_a_halls_code_raises_once(documents: Documents) -> None:
    both = workers(documents)
    li = await both[0].with_real_name()
    issued = await both[0].hall_codes.issue(CLERK, LI_NUMBER)
    answers = await at_once(each.hall_codes.use(li, issued.code) for each in both * 2)
    assert sum(not isinstance(answer, CityError) for answer in answers) == 1
    assert await holds(both[0])


async def test_a_log_that_grows_while_it_is_read_has_no_fault(documents: Documents) -> None:
    both = workers(documents)

    async def writes() -> None:
        for number in range(30):
            await both[0].staff.log.done(CLERK, f"{number}", {})

    writing = asyncio.create_task(writes())
    while not writing.done():
        assert await holds(both[1])
        await asyncio.sleep(0)  # a store in memory waits for nothing
    await writing
    assert (await both[1].staff.log.verification()).entries == 30


async def test_each_entry_of_the_log_gets_a_number_of_its_own(documents: Documents) -> None:
    both = workers(documents)
    await asyncio.gather(*(each.staff.log.done(CLERK, f"{number}", {}) for number in range(15) for each in both))
    found = await both[1].staff.log.verification()
    assert (found.entries, found.fault) == (30, None)
