"""Staff identity as one thing, put together."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from core.clock import Clock
from core.documents import Documents
from identity_center.passwords import Passwords
from identity_center.revocations import Revocations
from identity_center.settings import IdentitySettings
from identity_center.staff.accounts import AccountView, accounts
from identity_center.staff.administration import Administration
from identity_center.staff.api_keys import ApiKeys
from identity_center.staff.effects import Effects
from identity_center.staff.log import StaffLog
from identity_center.staff.own_account import OwnAccount
from identity_center.staff.roles import Role
from identity_center.staff.second_factor import SecondFactor
from identity_center.staff.sessions import StaffSessions
from identity_center.staff.sign_in import StaffSignIn
from identity_center.throttle import Throttle
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault


@dataclass(frozen=True)
class StaffCentre:
    """What the handlers, the command line and tests speak to."""

    documents: Documents
    log: StaffLog
    sign_in: StaffSignIn
    sessions: StaffSessions
    own_account: OwnAccount
    administration: Administration
    api_keys: ApiKeys

    async def accounts(self) -> tuple[AccountView, ...]:
        return await accounts(self.documents)


def staff_centre(
    documents: Documents,
    clock: Clock,
    vault: Vault,
    tokens: AccessTokens,
    revocations: Revocations,
    settings: IdentitySettings,
    *,
    zone: tzinfo,
    issuer: str,
    second_factor: Collection[Role] = (),
) -> StaffCentre:
    """`issuer` is what authenticator apps show; `second_factor` are the roles that must have one."""
    staff = settings.staff
    throttle = Throttle(
        documents,
        clock,
        free_attempts=staff.free_attempts,
        first_wait=timedelta(seconds=staff.first_wait_seconds),
        longest_wait=timedelta(seconds=staff.longest_wait_seconds),
        forget_after=timedelta(hours=staff.forget_hours),
    )
    passwords, log = Passwords(), StaffLog(documents, clock, vault)
    factor = SecondFactor(documents, clock, vault, throttle, second_factor, issuer)
    token_lives = timedelta(minutes=settings.tokens.staff_minutes)
    sessions = StaffSessions(documents, clock, vault, tokens, revocations, log, factor, staff, token_lives)
    api_keys = ApiKeys(documents, clock, vault, zone, log, staff)
    effects = Effects(documents, clock, passwords, factor, sessions, revocations, api_keys, staff)
    return StaffCentre(
        documents=documents,
        log=log,
        sign_in=StaffSignIn(documents, clock, passwords, throttle, factor, sessions, revocations, log),
        sessions=sessions,
        own_account=OwnAccount(documents, passwords, throttle, factor, sessions, revocations, log),
        administration=Administration(documents, clock, effects, revocations, log, staff),
        api_keys=api_keys,
    )
