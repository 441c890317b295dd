"""The identity centre, joined with WeChat, the authority and the face pool."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.consent import ConsentService
from identity_center.face.service import FaceService
from identity_center.people import People
from identity_center.personal_data import PersonalData
from identity_center.revocations import Revocations
from identity_center.sessions import SessionService
from identity_center.staff import ROLES, StaffService
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault
from identity_center.vault_mark import VaultMismatch, check_vault
from server.adapters.authority import SignedAuthority
from server.adapters.enterprise_registry import SignedEnterpriseRegistry
from server.adapters.face_pool import FacePool
from server.adapters.wechat import WeChatClient, WeChatSettings
from server.config import ConfigError
from server.wiring.acting import ActingForOthers, ActingGround, acting_for_others, books_of
from server.wiring.ground import Ground


@dataclass(frozen=True)
class Identity:
    vault: Vault
    tokens: AccessTokens
    revocations: Revocations
    accounts: AccountService
    sessions: SessionService
    consents: ConsentService
    access_log: AccessLog
    personal_data: PersonalData
    people: People
    acting: ActingForOthers
    face: FaceService
    staff: StaffService


async def open_identity(stack: AsyncExitStack, ground: Ground) -> Identity:
    settings, documents, clock = ground.settings.identity, ground.documents, ground.clock
    vault = Vault(ground.keys.vault)
    try:
        await check_vault(documents, vault)
    except VaultMismatch as error:
        raise ConfigError(f"keys.folder: {' '.join((VaultMismatch.__doc__ or '').split())}") from error
    revocations = Revocations(documents, ground.ephemeral, clock, settings)
    await revocations.load()
    tokens = AccessTokens(ground.keys.tokens, clock, revocations, settings.tokens, issuer=ground.url)
    wechat = await _wechat(stack, ground, vault)
    authority = _authority(ground)
    accounts = AccountService(documents, clock, vault, wechat, authority, ground.zone, settings)
    books = books_of(documents, clock, vault, ground.zone, settings)
    sessions = SessionService(documents, clock, vault, wechat, accounts, tokens, revocations, settings)
    face = _face(stack, ground)
    acting = ActingGround(
        documents, clock, ground.zone, vault, accounts, sessions, tokens, revocations, books, authority, face
    )
    return Identity(
        vault=vault,
        tokens=tokens,
        revocations=revocations,
        accounts=accounts,
        sessions=sessions,
        consents=books.consents,
        access_log=books.access_log,
        personal_data=PersonalData(vault, accounts, books.releases),
        people=People(accounts, vault),
        acting=acting_for_others(acting, _enterprise_registry(ground), settings),
        face=face,
        staff=StaffService(documents, clock, tokens, revocations, settings.staff),
    )


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


def _face(stack: AsyncExitStack, ground: Ground) -> FaceService:
    settings, pool = ground.settings.face, ground.settings.face_pool
    examiner = FacePool(
        settings.images, workers=pool.workers, queue=pool.queue, deadline_seconds=settings.deadline_seconds
    )
    examiner.start()
    stack.push_async_callback(examiner.close)
    return FaceService(ground.documents, ground.ephemeral, ground.clock, examiner, settings, ground.zone)


async def demo_staff(staff: StaffService, password: str) -> None:
    """One account of each role, named after it, unless it is there from an earlier start."""
    known = {account.name for account in await staff.accounts()}
    for role in ROLES:
        if role not in known:
            await staff.add(role, role, password)
