"""The identity centre, joined with WeChat, the authority and the face pool."""

from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from core.messages import Messages
from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.audit.anchors import AnchorBook, Anchors
from identity_center.companions import CompanionService
from identity_center.consent import ConsentService
from identity_center.data_keys import DataKeys
from identity_center.errors import StaffNameTaken
from identity_center.face.service import FaceService
from identity_center.face.wechat import WeChatFaceService
from identity_center.notices import NOTICES
from identity_center.people import People
from identity_center.personal_data import PersonalData
from identity_center.persons import Persons
from identity_center.ports import Authority
from identity_center.privacy.notices import PRIVACY_NOTICES
from identity_center.record_signing import RecordSigner
from identity_center.resealing import Resealing
from identity_center.revocations import Revocations
from identity_center.sessions import SessionService
from identity_center.staff.centre import StaffCentre, staff_centre
from identity_center.staff.changes import AddAccount, AddPost
from identity_center.staff.hall_codes import HallCodes
from identity_center.staff.log import Actor
from identity_center.staff.roles import DEVICES, ROLES, Role
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault
from identity_center.vault_mark import VaultMismatch, check_vault
from identity_center.withdrawals import Withdrawals
from server.adapters.anchor_file import AnchorFile
from server.adapters.authority import SignedAuthority
from server.adapters.enterprise_registry import SignedEnterpriseRegistry
from server.adapters.wechat import WeChatClient, WeChatSettings
from server.config import ConfigError, Settings
from server.sealed import HOLDERS
from server.wiring.acting import ActingForOthers, ActingGround, acting_for_others, books_of
from server.wiring.face import faces_of
from server.wiring.ground import Ground


@dataclass(frozen=True)
class Identity:
    vault: Vault
    data_keys: DataKeys
    resealing: Resealing
    tokens: AccessTokens
    records: RecordSigner
    anchors: Anchors
    revocations: Revocations
    accounts: AccountService
    persons: Persons
    sessions: SessionService
    consents: ConsentService
    access_log: AccessLog
    personal_data: PersonalData
    companions: CompanionService
    people: People
    acting: ActingForOthers
    face: FaceService
    wechat_face: WeChatFaceService
    staff: StaffCentre
    hall_codes: HallCodes
    authority: Authority
    withdrawals: Withdrawals
    messages: Messages


async def open_identity(stack: AsyncExitStack, ground: Ground) -> Identity:
    settings, documents, clock = ground.settings.identity, ground.documents, ground.clock
    vault = Vault(ground.keys.keys.vault, ground.keys.look)
    data_keys = DataKeys(documents, clock, vault)
    try:
        await check_vault(documents, vault)
    except VaultMismatch as error:
        raise ConfigError(f"keys.folder: {' '.join((VaultMismatch.__doc__ or '').split())}") from error
    revocations = Revocations(documents, ground.ephemeral, clock, settings)
    await revocations.load()
    tokens = AccessTokens(ground.keys.keys.tokens, clock, revocations, settings.tokens, issuer=ground.url)
    ground.keys.tell(lambda keys: vault.take_up(keys.vault))
    ground.keys.tell(lambda keys: tokens.take_up(keys.tokens))
    records = RecordSigner(ground.keys.keys.records)
    ground.keys.tell(lambda keys: records.take_up(keys.records))
    wechat = await _wechat(stack, ground, vault)
    authority = _authority(ground)
    persons = Persons(documents, clock, revocations, settings.person)
    accounts = AccountService(documents, clock, vault, data_keys, wechat, authority, persons, ground.zone, settings)
    companions = CompanionService(documents, clock, vault, data_keys, accounts, settings)
    books = books_of(documents, clock, vault, data_keys, ground.zone, settings)
    sessions = SessionService(documents, clock, vault, wechat, accounts, tokens, revocations, settings)
    staff = staff_of(ground, vault, tokens, revocations)
    personal_data = PersonalData(clock, vault, data_keys, accounts, books.releases, settings)
    faces = faces_of(stack, ground, vault, accounts, wechat, books.consents, personal_data)
    acting = ActingGround(
        documents,
        clock,
        ground.zone,
        vault,
        data_keys,
        accounts,
        sessions,
        tokens,
        revocations,
        books,
        authority,
        faces.built_in,
    )
    return Identity(
        vault=vault,
        data_keys=data_keys,
        resealing=Resealing(documents, clock, vault, data_keys, HOLDERS),
        tokens=tokens,
        records=records,
        anchors=Anchors(documents, clock, AnchorBook(vault, records), AnchorFile(ground.settings.anchors_folder)),
        revocations=revocations,
        accounts=accounts,
        persons=persons,
        sessions=sessions,
        consents=books.consents,
        access_log=books.access_log,
        personal_data=personal_data,
        companions=companions,
        people=People(accounts, companions, vault, data_keys),
        acting=acting_for_others(acting, _enterprise_registry(ground), settings),
        face=faces.built_in,
        wechat_face=faces.wechat,
        staff=staff,
        hall_codes=HallCodes(documents, clock, vault, ground.zone, accounts, sessions, staff.log, settings.staff),
        authority=authority,
        withdrawals=Withdrawals(documents, clock, vault, persons, revocations, staff.log),
        messages=Messages(documents, clock, (*NOTICES, *PRIVACY_NOTICES)),
    )


def staff_of(ground: Ground, vault: Vault, tokens: AccessTokens, revocations: Revocations) -> StaffCentre:
    settings = ground.settings
    return staff_centre(
        ground.documents,
        ground.clock,
        vault,
        tokens,
        revocations,
        settings.identity,
        zone=ground.zone,
        issuer=f"{settings.city.name.zh}城市通",
        second_factor=second_factor_of(settings),
    )


def second_factor_of(settings: Settings) -> tuple[Role, ...]:
    """The roles that must have a second factor. When nothing is said: in production everybody with hands."""
    said = settings.identity.staff.second_factor
    if said is not None:
        return said
    return tuple(role for role in ROLES if role not in DEVICES) if settings.profile == "production" else ()


async def _wechat(stack: AsyncExitStack, ground: Ground, vault: Vault) -> WeChatClient:
    http = await stack.enter_async_context(aiohttp.ClientSession())
    settings = WeChatSettings(
        base_url=ground.outside.wechat_url,
        app_id=ground.outside.wechat_app_id,
        app_secret=SecretStr(ground.outside.wechat_app_secret),
    )
    return WeChatClient(http, ground.ephemeral, vault, settings)


def _authority(ground: Ground) -> SignedAuthority:
    return SignedAuthority(
        ground.departments,
        base_url=ground.outside.authority_url,
        key_id=ground.outside.authority_key_id,
        clock=ground.clock,
    )


def _enterprise_registry(ground: Ground) -> SignedEnterpriseRegistry:
    return SignedEnterpriseRegistry(
        ground.departments,
        base_url=ground.outside.enterprise_registry_url,
        key_id=ground.outside.enterprise_registry_key_id,
        clock=ground.clock,
    )


DEMO_DEPARTMENTS: dict[Role, tuple[tuple[str, str], ...]] = {
    "department": (("gy.housing_fund_centre", ""), ("gy.human_resources", "")),
    "hall_clerk": (("gy.government_services", "hall:city"),),
}
"""The posts of the demo's accounts (department and scope), where they are not the city's own."""


async def demo_staff(staff: StaffCentre, password: str) -> None:
    """One account of each role, named after it, unless it is there from an earlier start."""
    known = {account.name for account in await staff.accounts()}
    start, do = Actor(name="start of the demo"), staff.administration.carry_out
    for role in ROLES:
        if role in known:
            continue
        (department, scope), *more = DEMO_DEPARTMENTS.get(role, (("", ""),))
        with suppress(StaffNameTaken):  # by another worker that starts at the same time
            await do(start, AddAccount(name=role, role=role, department=department, scope=scope), password)
            for department, scope in more:
                await do(start, AddPost(name=role, role=role, department=department, scope=scope))
