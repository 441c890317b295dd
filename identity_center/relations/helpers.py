"""Helpers 代办人: an adult shows a code, another adult enters it, and may act for them from then on."""

from datetime import timedelta, tzinfo

from core.caller import REAL_NAME, Citizen
from core.clock import Clock
from core.documents import WriteRefused
from core.ids import new_id
from identity_center.account import Account
from identity_center.accounts import AccountService
from identity_center.acting.errors import ActingForOneself, CodeInvalid, NotOfAge
from identity_center.acting.invitations import Invitation, Invitations, IssuedCode
from identity_center.acting.limits import ActingLimits
from identity_center.ages import OF_AGE, age_on
from identity_center.data_keys import DataKeys
from identity_center.errors import AccountNotFound
from identity_center.relations.relation import Relation
from identity_center.relations.service import NewRelation, RelationService
from identity_center.settings import ActingSettings


class Adults:
    """Who is of age, by the confirmed ID number of the account."""

    def __init__(self, clock: Clock, data_keys: DataKeys, accounts: AccountService, zone: tzinfo) -> None:
        self._clock = clock
        self._data_keys = data_keys
        self._accounts = accounts
        self._zone = zone

    async def adult(self, citizen: Citizen) -> Account:
        """The citizen's account. Raises `StepUpNeeded` before level 2, `NotOfAge`."""
        citizen.require(REAL_NAME, None, self._clock.now())
        account = await self._accounts.get(citizen.id)
        id_number = await account.opened(self._data_keys, "id_number")
        if id_number is None or age_on(id_number, self._clock.now().astimezone(self._zone).date()) < OF_AGE:
            raise NotOfAge
        return account

    async def account(self, account_id: str) -> Account | None:
        try:
            return await self._accounts.get(account_id)
        except AccountNotFound:
            return None


class Helpers:
    """One's own helpers are named with a code, so that both sides have agreed."""

    def __init__(
        self,
        clock: Clock,
        adults: Adults,
        invitations: Invitations,
        relations: RelationService,
        settings: ActingSettings,
    ) -> None:
        self._clock = clock
        self._adults = adults
        self._invitations = invitations
        self._relations = relations
        self._longest = settings.helper_days

    async def invite(self, citizen: Citizen, limits: ActingLimits, days: int) -> IssuedCode:
        """A code for whoever is to act for the citizen, for so many days (at most what the city allows).

        Raises `StepUpNeeded`, `NotOfAge`.
        """
        await self._adults.adult(citizen)
        return await self._invitations.issue(
            "helper", citizen, citizen.id, limits=limits, days=min(days, self._longest)
        )

    async def accept(self, citizen: Citizen, invitation: Invitation) -> Relation:
        """Raises `StepUpNeeded`, `NotOfAge`, `ActingForOneself`, `TooManyGrants`, `CodeInvalid`."""
        helper = await self._adults.adult(citizen)
        person = await self._adults.account(invitation.subject_id)
        if person is None:
            raise CodeInvalid
        if citizen.id == person.id or helper.id_number_index == person.id_number_index:
            raise ActingForOneself
        expires_at = self._clock.now() + timedelta(days=invitation.days)
        relation_id = new_id(self._clock)
        new = NewRelation("helper", person.id, citizen.id, invitation.limits, expires_at)
        use = self._invitations.using(invitation, citizen.id, relation_id)
        try:
            return await self._relations.made(new, use, relation_id=relation_id)
        except WriteRefused as error:
            if error.operation is use:
                raise CodeInvalid from error
            raise
