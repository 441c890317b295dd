"""Acting for others, joined: relations of persons, enterprises, and the rules that both go by."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from core.clock import Clock
from core.documents import Documents
from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.acting.invitations import Invitations
from identity_center.acting.rules import ActingRules
from identity_center.acting.service import ActingService
from identity_center.attempts import DailyLimit
from identity_center.consent import ConsentService
from identity_center.data_keys import DataKeys
from identity_center.enterprise.agents import Agents
from identity_center.enterprise.data import EnterpriseData
from identity_center.enterprise.ports import EnterpriseRegistry
from identity_center.enterprise.service import EnterpriseService
from identity_center.face.service import FaceService
from identity_center.ports import Authority
from identity_center.relations.claims import Claims
from identity_center.relations.family import Family
from identity_center.relations.guardians import Guardians
from identity_center.relations.helpers import Adults, Helpers
from identity_center.relations.managed import ManagedAccounts
from identity_center.relations.ports import FamilyRegistry
from identity_center.relations.service import RelationService
from identity_center.releases import Releases
from identity_center.revocations import Revocations
from identity_center.sessions import SessionService
from identity_center.settings import IdentitySettings
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault


@dataclass(frozen=True)
class Books:
    """What is agreed, by whom, and what was done of it."""

    access_log: AccessLog
    rules: ActingRules
    consents: ConsentService
    releases: Releases
    guardians: Guardians


def books_of(
    documents: Documents, clock: Clock, vault: Vault, data_keys: DataKeys, zone: tzinfo, settings: IdentitySettings
) -> Books:
    log, guardians = AccessLog(documents, clock, vault), Guardians(documents, clock, data_keys, zone)
    rules = ActingRules(documents, clock, log, guardians)
    consents = ConsentService(documents, clock, rules, settings)
    return Books(log, rules, consents, Releases(documents, clock, consents, log, rules, guardians), guardians)


class FamilyAuthority(Authority, FamilyRegistry, Protocol):
    """The population authority answers both."""


@dataclass(frozen=True)
class ActingGround:
    """What acting for others stands on."""

    documents: Documents
    clock: Clock
    zone: tzinfo
    vault: Vault
    data_keys: DataKeys
    accounts: AccountService
    sessions: SessionService
    tokens: AccessTokens
    revocations: Revocations
    books: Books
    authority: FamilyAuthority
    face: FaceService


@dataclass(frozen=True)
class ActingForOthers:
    rules: ActingRules
    service: ActingService
    relations: RelationService
    helpers: Helpers
    family: Family
    claims: Claims
    enterprises: EnterpriseService
    agents: Agents
    enterprise_data: EnterpriseData


def acting_for_others(
    ground: ActingGround, registry: EnterpriseRegistry, settings: IdentitySettings
) -> ActingForOthers:
    documents, clock, zone, vault = ground.documents, ground.clock, ground.zone, ground.vault
    accounts, revocations, limits = ground.accounts, ground.revocations, settings.acting
    guardians = ground.books.guardians
    data_keys = ground.data_keys
    adults, managed = Adults(clock, data_keys, accounts, zone), ManagedAccounts(documents, clock, vault, data_keys)
    invitations = Invitations(documents, clock, vault, zone, limits)
    relations = RelationService(documents, clock, data_keys, accounts, ground.authority, guardians, revocations, limits)
    helpers = Helpers(clock, adults, invitations, relations, limits)
    tries = DailyLimit(documents, clock, zone, "enterprise", settings.enterprise.attempts_per_day)
    enterprises = EnterpriseService(documents, clock, vault, data_keys, accounts, registry, revocations, tries, limits)
    agents = Agents(documents, clock, accounts, adults, invitations, enterprises, revocations, settings.enterprise)
    return ActingForOthers(
        rules=ground.books.rules,
        service=ActingService(
            documents,
            clock,
            accounts,
            ground.sessions,
            ground.tokens,
            invitations,
            relations,
            helpers,
            enterprises,
            agents,
            settings.proofs,
        ),
        relations=relations,
        helpers=helpers,
        family=_family(ground, adults, managed, relations, settings),
        claims=_claims(ground, managed, invitations),
        enterprises=enterprises,
        agents=agents,
        enterprise_data=EnterpriseData(documents, vault, ground.books.releases),
    )


def _family(
    ground: ActingGround,
    adults: Adults,
    managed: ManagedAccounts,
    relations: RelationService,
    settings: IdentitySettings,
) -> Family:
    attempts = settings.acting.family_attempts_per_day
    return Family(
        ground.clock,
        ground.zone,
        ground.data_keys,
        ground.accounts,
        adults,
        managed,
        ground.authority,
        ground.authority,
        ground.face,
        relations,
        DailyLimit(ground.documents, ground.clock, ground.zone, "family", attempts),
        settings.acting.helper_days,
    )


def _claims(ground: ActingGround, managed: ManagedAccounts, invitations: Invitations) -> Claims:
    return Claims(
        ground.documents,
        ground.clock,
        ground.zone,
        ground.data_keys,
        ground.accounts,
        ground.sessions,
        managed,
        ground.books.guardians,
        invitations,
        ground.authority,
        ground.face,
        ground.revocations,
    )
