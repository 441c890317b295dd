"""The second factor: RFC 6238 to the letter, each code once, recovery codes once, guessing slower and slower."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.caller import Staff
from identity_center.errors import StaffLocked, StaffRefused
from identity_center.settings import IdentitySettings
from identity_center.staff import totp
from identity_center.staff.account import StaffAccount
from identity_center.staff.changes import ResetSecondFactor
from identity_center.staff.errors import (
    NothingToConfirm,
    StaffCodeNeeded,
    StaffCodeRefused,
    StaffPasswordRefused,
)
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.settings import StaffSettings
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import World
from tests.unit.test_identity_at_rest import contents

PASSWORD = "correct horse battery"
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""12345678901234567890, the secret of RFC 6238's appendix B."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    """The last six of the eight digits that the appendix prints for SHA-1."""
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(RFC_SECRET, totp.step_at(now)) == code
    assert totp.matching_step(RFC_SECRET, code, now) == seconds // 30


@given(st.integers(1_000_000, 2**32), st.integers(-5, 5), st.integers(-5, 5))
def test_a_code_counts_within_half_a_minute_and_never_again(moment: int, drift: int, used: int) -> None:
    now = datetime.fromtimestamp(moment, UTC)
    present = totp.step_at(now)
    step = present + drift
    code = totp.code_at(RFC_SECRET, step)
    found = totp.matching_step(RFC_SECRET, code, now, after=present + used)
    near = {present - 1, present, present + 1}
    same = {candidate for candidate in near if totp.code_at(RFC_SECRET, candidate) == code}
    assert found == max((candidate for candidate in same if candidate > present + used), default=None)


def test_what_the_app_reads() -> None:
    secret = totp.new_secret()
    assert len(secret) == 32
    uri = totp.provisioning_uri(secret, "li.na", "贵阳城市通")
    assert uri.startswith("otpauth://totp/%E8%B4%B5%E9%98%B3%E5%9F%8E%E5%B8%82%E9%80%9A:li.na?")
    assert f"secret={secret}" in uri
    assert {"digits=6", "period=30", "algorithm=SHA1"} <= set(uri.partition("?")[2].split("&"))
    assert totp.qr_svg(uri).startswith("<svg")


# --- enrolling and signing in ---


class Enrolled:
    """Li Na, an operator with an authenticator app."""

    def __init__(self, world: World, staff: Staff, secret: str, recovery_codes: tuple[str, ...]) -> None:
        self.world, self.staff, self.secret, self.recovery_codes = world, staff, secret, recovery_codes

    def code(self, later: int = 0) -> str:
        return totp.code_at(self.secret, totp.step_at(self.world.clock.now()) + later)

    async def sign_in(self, code: str, source: str = "192.0.2.1") -> Staff:
        return (await self.world.staff.sign_in.sign_in("li.na", PASSWORD, source, code=code)).staff


async def enrolled(world: World | None = None) -> Enrolled:
    world = world or World()
    await world.add_staff("li.na", "operator", PASSWORD)
    staff = (await world.staff_sign_in("li.na", PASSWORD)).staff
    own = world.staff.own_account
    offer = await own.offer_second_factor(staff, PASSWORD, "")
    code = totp.code_at(offer.secret, totp.step_at(world.clock.now()))
    secured = await own.confirm_second_factor(staff, code)
    world.clock.advance(seconds=30)
    return Enrolled(world, secured.grant.staff, offer.secret, secured.recovery_codes)


async def test_signing_in_takes_the_code_once_there_is_one() -> None:
    li = await enrolled()
    with pytest.raises(StaffCodeNeeded):
        await li.sign_in("")
    with pytest.raises(StaffCodeRefused):
        await li.sign_in("000000" if li.code() != "000000" else "000001")
    assert (await li.sign_in(li.code())).name == "li.na"
    with pytest.raises(StaffRefused):
        await li.world.staff.sign_in.sign_in("li.na", "incorrect horse bat", "192.0.2.1", code=li.code())


async def test_a_code_opens_once_and_earlier_ones_not_at_all() -> None:
    li = await enrolled()
    early, used = li.code(-1), li.code(1)
    await li.sign_in(used)
    for code in (used, early, li.code()):
        with pytest.raises(StaffCodeRefused):
            await li.sign_in(code)
    li.world.clock.advance(seconds=60)
    assert await li.sign_in(li.code())


async def test_of_two_who_use_a_code_at_once_one_is_let_in(tmp_path: Path) -> None:
    li = await enrolled(World(await SqliteDocuments.open(tmp_path / "city.db")))
    tries = (li.sign_in(li.code(), f"192.0.2.{number}") for number in range(5))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Staff) for answer in answers) == 1
    assert all(isinstance(answer, Staff | StaffCodeRefused | StaffLocked) for answer in answers)
    await li.world.documents.close()


async def test_guessing_codes_is_slow_from_wherever_it_is_done() -> None:
    """Only who knows the password gets so far, so all of them share one count."""
    li = await enrolled()
    wrong = "123456" if li.code() != "123456" else "654321"
    for number in range(5):
        with pytest.raises(StaffCodeRefused):
            await li.sign_in(wrong, f"192.0.2.{number}")
    with pytest.raises(StaffLocked):
        await li.sign_in(li.code(), "192.0.2.200")
    li.world.clock.advance(seconds=3)
    assert await li.sign_in(li.code(), "192.0.2.201")


async def test_each_recovery_code_works_once_however_it_is_typed() -> None:
    li = await enrolled()
    assert len(set(li.recovery_codes)) == 10
    first, second, *_ = li.recovery_codes
    assert await li.sign_in(f" {first[:5]}-{first[5:]} ".upper())
    with pytest.raises(StaffCodeRefused):
        await li.sign_in(first)
    assert await li.sign_in(second)
    assert (await li.world.staff.own_account.me(li.staff)).recovery_codes_left == 8


async def test_new_recovery_codes_take_the_place_of_the_old() -> None:
    li = await enrolled()
    with pytest.raises(StaffPasswordRefused):
        await li.world.staff.own_account.new_recovery_codes(li.staff, "incorrect horse bat", li.code())
    fresh = await li.world.staff.own_account.new_recovery_codes(li.staff, PASSWORD, li.code())
    with pytest.raises(StaffCodeRefused):
        await li.sign_in(li.recovery_codes[0])
    assert await li.sign_in(fresh[0])


async def test_what_is_not_confirmed_is_not_in_force() -> None:
    world = World()
    await world.add_staff("li.na", "operator", PASSWORD)
    staff = (await world.staff_sign_in("li.na", PASSWORD)).staff
    own = world.staff.own_account
    with pytest.raises(NothingToConfirm):
        await own.confirm_second_factor(staff, "000000")
    offer = await own.offer_second_factor(staff, PASSWORD, "")
    assert await world.staff_sign_in("li.na", PASSWORD)
    world.clock.advance(minutes=10)
    with pytest.raises(NothingToConfirm):
        await own.confirm_second_factor(staff, totp.code_at(offer.secret, totp.step_at(world.clock.now())))


async def test_another_app_is_enrolled_with_password_and_present_code_only() -> None:
    li = await enrolled()
    own = li.world.staff.own_account
    with pytest.raises(StaffPasswordRefused):
        await own.offer_second_factor(li.staff, "incorrect horse bat", li.code())
    with pytest.raises(StaffCodeNeeded):
        await own.offer_second_factor(li.staff, PASSWORD, "")
    offer = await own.offer_second_factor(li.staff, PASSWORD, li.code())
    li.world.clock.advance(seconds=30)
    await own.confirm_second_factor(li.staff, totp.code_at(offer.secret, totp.step_at(li.world.clock.now())))
    li.world.clock.advance(seconds=30)
    with pytest.raises(StaffCodeRefused):
        await li.sign_in(li.code())
    li.secret = offer.secret
    assert await li.sign_in(li.code())


async def test_who_lost_the_phone_starts_anew_after_a_reset() -> None:
    li = await enrolled()
    await li.world.staff.administration.carry_out(COMMAND_LINE, ResetSecondFactor(name="li.na"))
    assert await li.sign_in("")
    account = await li.world.documents.get(StaffAccount, li.staff.id)
    assert account is not None
    assert account.totp_sealed is None
    assert await li.world.staff.own_account.me(li.staff)


async def test_roles_that_must_have_one_do_nothing_else_before() -> None:
    settings = IdentitySettings(staff=StaffSettings(second_factor=("operator",)))
    world = World(settings=settings)
    await world.add_staff("li.na", "operator", PASSWORD)
    await world.add_staff("east", "gate", PASSWORD)
    assert (await world.staff_sign_in("east", PASSWORD)).staff.unfinished == ""
    grant = await world.staff_sign_in("li.na", PASSWORD)
    assert grant.staff.unfinished == "second_factor"
    assert world.tokens.staff(grant.token).unfinished == "second_factor"
    own = world.staff.own_account
    offer = await own.offer_second_factor(grant.staff, PASSWORD, "")
    code = totp.code_at(offer.secret, totp.step_at(world.clock.now()))
    secured = await own.confirm_second_factor(grant.staff, code)
    assert secured.grant.staff.unfinished == ""
    assert secured.grant.expires_in == grant.expires_in


async def test_nothing_of_it_can_be_read_in_the_files(tmp_path: Path) -> None:
    li = await enrolled(World(await SqliteDocuments.open(tmp_path / "city.db")))
    await li.sign_in(li.recovery_codes[0])
    await li.world.documents.close()
    written = contents(tmp_path)
    assert b"li.na" in written
    for secret in (li.secret, *li.recovery_codes, PASSWORD):
        assert secret.encode() not in written
