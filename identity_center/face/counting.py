"""What every provider of face verification has in common: how often one may start and fail, and the record."""

from datetime import tzinfo

from core.caller import Citizen
from core.clock import Clock
from core.documents import Documents
from core.ephemeral import Ephemeral, Rate
from identity_center.attempts import DailyLimit
from identity_center.face.errors import FaceLocked, OtherFaceProvider, TooManyChallenges
from identity_center.face.settings import FaceProvider, FaceSettings
from identity_center.proof_attempts import Attempt, ProofAttempts

_HOUR = 3600.0


class FaceAttempts:
    """One count for each citizen, whatever provider: a change of the setting gives nobody more attempts."""

    def __init__(
        self,
        documents: Documents,
        ephemeral: Ephemeral,
        clock: Clock,
        zone: tzinfo,
        tries: ProofAttempts,
        settings: FaceSettings,
    ) -> None:
        self._ephemeral = ephemeral
        self._tries = tries
        self._provider = settings.provider
        self._starts = Rate(settings.challenges_per_hour, _HOUR)
        self._today = DailyLimit(documents, clock, zone, "face", settings.attempts_per_day)

    def only(self, provider: FaceProvider) -> None:
        """Raises `OtherFaceProvider` when the city verifies faces in another way: nobody chooses the easier one."""
        if provider != self._provider:
            raise OtherFaceProvider(self._provider)

    async def started(self, citizen: Citizen) -> None:
        """Raises `TooManyChallenges`."""
        allowance = await self._ephemeral.allow(f"face:start:{citizen.id}", self._starts)
        if not allowance.allowed:
            raise TooManyChallenges(int(allowance.retry_after_seconds) + 1)

    async def take(self, citizen: Citizen) -> tuple[Attempt, int]:
        """Counts an attempt before it is made; also says how many are left today.

        Raises `ProofLocked`, `FaceLocked`.
        """
        attempt = await self._tries.take(citizen, "face")
        left = await self._today.take(citizen.id)
        if left is None:
            await self._tries.came_to_nothing(attempt)
            raise self.locked()
        return attempt, left

    async def give_back(self, citizen: Citizen, attempt: Attempt) -> None:
        """For an attempt in which nobody looked at a face."""
        await self.no_failure(attempt)
        await self._today.give_back(citizen.id)

    async def no_failure(self, attempt: Attempt) -> None:
        """It counts today, and is no reason to wait."""
        await self._tries.came_to_nothing(attempt)

    async def succeeded(self, attempt: Attempt) -> None:
        await self._tries.succeeded(attempt)

    def locked(self) -> FaceLocked:
        return FaceLocked(self._today.seconds_to_tomorrow())
