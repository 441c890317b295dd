"""Face verification by the city's own workers and by WeChat, with one count of attempts for both."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from identity_center.accounts import AccountService
from identity_center.face.counting import FaceAttempts
from identity_center.face.service import FaceService
from identity_center.face.wechat import WeChatFaceService
from identity_center.proof_attempts import ProofAttempts
from identity_center.vault import Vault
from server.adapters.face_pool import FacePool
from server.adapters.wechat import WeChatClient
from server.adapters.wechat_face import WeChatFaceClient
from server.wiring.ground import Ground


@dataclass(frozen=True)
class Faces:
    built_in: FaceService
    wechat: WeChatFaceService


def faces_of(
    stack: AsyncExitStack, ground: Ground, vault: Vault, accounts: AccountService, wechat: WeChatClient
) -> Faces:
    """No worker is started where WeChat looks at the faces."""
    settings, documents, clock = ground.settings.face, ground.documents, ground.clock
    tries = ProofAttempts(documents, clock, ground.settings.identity.proof_attempts)
    attempts = FaceAttempts(documents, ground.ephemeral, clock, ground.zone, tries, settings)
    pool = _pool(ground)
    if settings.provider == "built_in":
        pool.start()
    stack.push_async_callback(pool.close)
    return Faces(
        FaceService(documents, ground.ephemeral, clock, pool, settings, attempts),
        WeChatFaceService(documents, clock, vault, accounts, WeChatFaceClient(wechat), attempts),
    )


def _pool(ground: Ground) -> FacePool:
    settings, pool = ground.settings.face, ground.settings.face_pool
    return FacePool(
        settings.images,
        workers=pool.workers,
        queue=pool.queue,
        deadline_seconds=settings.deadline_seconds,
        model=settings.model,
    )
