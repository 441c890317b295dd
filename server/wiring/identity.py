"""The identity centre, joined with WeChat, the authority and the face pool."""

from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from core.messages import Messages
from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.consent import ConsentService
from identity_center.data_keys import DataKeys
from identity_center.errors import StaffNameTaken
from identity_center.face.service import FaceService
from identity_center.notices import NOTICES
from identity_center.people import People
from identity_center.personal_data import PersonalData
from identity_center.persons import Persons
from identity_center.proof_attempts import ProofAttempts
from identity_center.resealing import Resealing
from identity_center.revocations import Revocations
from identity_center.sessions import SessionService
from identity_center.staff import ROLES, StaffService
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault
from identity_center.vault_mark import VaultMismatch, check_vault
from identity_center.withdrawals import Withdrawals
from server.adapters.authority import SignedAuthority
from server.adapters.face_pool import FacePool
from server.adapters.wechat import WeChatClient, WeChatSettings
from server.config import ConfigError
from server.sealed import HOLDERS
from server.wiring.ground import Ground


@dataclass(frozen=True)
class Identity:
    vault: Vault
    data_keys: DataKeys
    resealing: Resealing
    tokens: AccessTokens
    revocations: Revocations
    accounts: AccountService
    sessions: SessionService
    consents: ConsentService
    access_log: AccessLog
    personal_data: PersonalData
    people: People
    face: FaceService
    staff: StaffService
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
    wechat = await _wechat(stack, ground, vault)
    authority = SignedAuthority(
        ground.departments,
        base_url=ground.outside.authority_url,
        key_id=ground.outside.authority_key_id,
        clock=clock,
    )
    persons = Persons(documents, clock, revocations, settings.person)
    accounts = AccountService(documents, clock, vault, data_keys, wechat, authority, persons, ground.zone, settings)
    consents, access_log = ConsentService(documents, clock, settings), AccessLog(documents, clock, vault)
    return Identity(
        vault=vault,
        data_keys=data_keys,
        resealing=Resealing(documents, clock, vault, data_keys, HOLDERS),
        tokens=tokens,
        revocations=revocations,
        accounts=accounts,
        sessions=SessionService(documents, clock, vault, wechat, accounts, tokens, revocations, settings),
        consents=consents,
        access_log=access_log,
        personal_data=PersonalData(documents, clock, vault, data_keys, accounts, consents, access_log, settings),
        people=People(accounts, vault, data_keys),
        face=_face(stack, ground),
        staff=StaffService(documents, clock, tokens, revocations, settings.staff),
        withdrawals=Withdrawals(documents, clock, vault, persons, revocations),
        messages=Messages(documents, clock, NOTICES),
    )


async def _wechat(stack: AsyncExitStack, ground: Ground, vault: Vault) -> WeChatClient:
    http = await stack.enter_async_context(aiohttp.ClientSession())
    settings = WeChatSettings(
        base_url=ground.outside.wechat_url,
        app_id=ground.outside.wechat_app_id,
        app_secret=SecretStr(ground.outside.wechat_app_secret),
    )
    return WeChatClient(http, ground.ephemeral, vault, settings)


def _face(stack: AsyncExitStack, ground: Ground) -> FaceService:
    settings, pool = ground.settings.face, ground.settings.face_pool
    examiner = FacePool(
        settings.images, workers=pool.workers, queue=pool.queue, deadline_seconds=settings.deadline_seconds
    )
    examiner.start()
    stack.push_async_callback(examiner.close)
    tries = ProofAttempts(ground.documents, ground.clock, ground.settings.identity.proof_attempts)
    return FaceService(ground.documents, ground.ephemeral, ground.clock, examiner, settings, ground.zone, tries=tries)


async def demo_staff(staff: StaffService, password: str) -> None:
    """One account of each role, named after it, unless it is there from an earlier start."""
    known = {account.name for account in await staff.accounts()}
    for role in ROLES:
        if role not in known:
            with suppress(StaffNameTaken):  # by another worker that starts at the same time
                await staff.add(role, role, password)
