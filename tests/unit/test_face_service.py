"""A verification from challenge to record: what counts, what is kept, what is given back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.caller import Citizen
from core.clock import ManualClock
from core.documents import Documents, Patch
from core.errors import CityError
from identity_center.consent import ConsentGrant
from identity_center.errors import AuthorityUnavailable
from identity_center.face.challenge import Challenge
from identity_center.face.errors import (
    ChallengeExpired,
    FaceBusy,
    FaceConsentNeeded,
    FaceLocked,
    ImageInvalid,
    ReferenceUnusable,
)
from identity_center.face.examination import Distances, Examination
from identity_center.face.records import FaceRecord
from identity_center.face.service import FaceResult, FaceService
from identity_center.face.settings import FaceSettings
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.face_support import Examiner, agreeing, honest, patient

CITIZEN = Citizen("citizen", "session", 2)
EVENING = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
"""23:00 in China."""


class City:
    """The service with what it stands on."""

    def __init__(
        self,
        documents: Documents | None = None,
        settings: FaceSettings | None = None,
    ) -> None:
        self.clock = ManualClock(EVENING)
        self.documents = documents or MemoryDocuments()
        self.examiner = Examiner()
        settings, ephemeral = settings or FaceSettings(), MemoryEphemeral(self.clock)
        attempts = patient(self.documents, self.clock, settings, ephemeral)
        self.consents = agreeing(self.documents, self.clock)
        self.faces = FaceService(
            self.documents, ephemeral, self.clock, self.examiner, settings, attempts, self.consents
        )

    async def answer(self, challenge: Challenge, citizen: Citizen = CITIZEN) -> FaceResult:
        frames = ["neutral", *challenge.actions]
        return await self.faces.verify(citizen, challenge.id, challenge.nonce, frames, "reference")

    async def attempt(self, citizen: Citizen = CITIZEN) -> FaceResult:
        return await self.answer(await self.faces.start(citizen), citizen)

    async def refused(self, citizen: Citizen = CITIZEN) -> CityError:
        with pytest.raises(CityError) as caught:
            await self.attempt(citizen)
        return caught.value

    async def records(self) -> list[FaceRecord]:
        return list((await self.documents.find(FaceRecord, "citizen", CITIZEN.id)).items)


async def test_a_citizen_passes_and_it_is_on_record() -> None:
    city = City()
    result = await city.attempt()
    (record,) = await city.records()
    assert (record.id, record.decision, record.reason) == (result.record_id, "passed", None)
    assert record.decided_at == result.proved_at == record.consented_at == EVENING
    assert (record.distance, record.challenge_distance, record.between_distance) == (0.31, 0.38, 0.25)
    assert record.model == result.model == "model of the tests"
    assert record.thresholds["match.accept"] == 0.5
    assert record.thresholds["liveness.yaw"] == 0.15


async def test_a_record_holds_nothing_that_was_sent() -> None:
    city = City()
    await city.attempt()
    (record,) = await city.records()
    assert set(record.model_dump()) == {
        "id", "version", "citizen_id", "session_id", "provider", "actions", "decision", "reason", "distance",
        "challenge_distance", "between_distance", "model", "verify_ret", "thresholds", "consent_id",
        "consented_at", "decided_at",
    }  # fmt: skip
    assert "neutral" not in record.model_dump_json().replace("liveness.neutral_yaw", "")
    assert "reference" not in record.model_dump_json()


async def test_an_impostor_is_refused_recorded_and_told_how_often_they_may_try() -> None:
    city = City()
    challenge = await city.faces.start(CITIZEN)
    city.examiner.answer = honest(challenge.actions, Distances(0.84, 0.82, 0.3))
    with pytest.raises(CityError) as caught:
        await city.answer(challenge)
    assert (caught.value.code, caught.value.facts) == ("identity.face.not_matched", {"attempts_left": 4})
    (record,) = await city.records()
    assert (record.decision, record.reason, record.distance) == ("not_matched", "identity.face.not_matched", 0.84)


async def test_of_a_hundred_attempts_at_once_five_are_examined() -> None:
    city = City(settings=FaceSettings(challenges_per_hour=1000))
    sessions = [Citizen("citizen", f"session {number}", 2) for number in range(100)]
    answers = await asyncio.gather(*(city.attempt(one) for one in sessions), return_exceptions=True)
    assert sum(isinstance(one, FaceResult) for one in answers) == 5
    assert sum(isinstance(one, FaceLocked) for one in answers) == 95
    assert city.examiner.asked == len(await city.records()) == 5


async def test_the_lock_ends_at_midnight_of_the_city() -> None:
    city = City()
    for _ in range(5):
        await city.attempt()
    locked = await city.refused()
    assert locked.code == "identity.face.locked"
    assert locked.retry_after_seconds == 3601
    city.clock.advance(seconds=3601)
    assert await city.attempt()


async def test_a_lock_is_one_persons_own() -> None:
    city = City()
    for _ in range(5):
        await city.attempt()
    assert await city.attempt(Citizen("neighbour", "session", 2))


async def test_a_restart_does_not_forget_attempts(tmp_path: Path) -> None:
    for expected in ["passed"] * 5 + ["locked"]:
        documents = await SqliteDocuments.open(tmp_path / "city.sqlite3")
        city = City(documents)
        if expected == "passed":
            await city.attempt()
        else:
            assert (await city.refused()).code == "identity.face.locked"
        await documents.close()


async def test_an_attempt_that_nobody_looked_at_is_given_back_with_its_challenge() -> None:
    city = City()
    challenge = await city.faces.start(CITIZEN)
    city.examiner.answer = FaceBusy(3)
    for _ in range(10):
        with pytest.raises(FaceBusy) as caught:
            await city.answer(challenge)
        assert caught.value.retry_after_seconds == 3
    city.examiner.answer = None
    assert await city.answer(challenge)
    assert len(await city.records()) == 1


@pytest.mark.parametrize("answer", [FaceBusy(3, examined=True), ImageInvalid(None, "not_examinable")])
async def test_an_attempt_that_kept_the_examiner_at_work_counts(answer: CityError) -> None:
    city = City()
    city.examiner.answer = answer
    for _ in range(5):
        assert (await city.refused()).code == answer.code
    assert (await city.refused()).code == "identity.face.locked"
    assert [record.decision for record in await city.records()] == ["unusable"] * 5


@pytest.mark.parametrize(("frame", "reason"), [("", "empty"), ("x" * 1_398_105, "too_many_bytes")])
async def test_what_the_size_alone_tells_costs_neither_challenge_nor_attempt(frame: str, reason: str) -> None:
    city = City(settings=FaceSettings(attempts_per_day=1))
    challenge = await city.faces.start(CITIZEN)
    with pytest.raises(ImageInvalid) as caught:
        await city.faces.verify(CITIZEN, challenge.id, challenge.nonce, ["neutral", frame], "reference")
    assert caught.value.facts == {"frame": 1, "reason": reason}
    assert await city.answer(challenge)


@pytest.mark.parametrize("count", [0, 1, 5])
async def test_a_frame_for_each_action_no_more_and_no_fewer(count: int) -> None:
    city = City(settings=FaceSettings(attempts_per_day=1))
    challenge = await city.faces.start(CITIZEN)
    with pytest.raises(CityError) as caught:
        await city.faces.verify(CITIZEN, challenge.id, challenge.nonce, ["neutral"] * count, "reference")
    assert caught.value.facts == {"expected": 1 + len(challenge.actions)}
    assert city.examiner.asked == 0
    assert await city.attempt()


async def test_a_challenge_of_somebody_else_counts_for_nobody() -> None:
    city = City(settings=FaceSettings(attempts_per_day=1))
    challenge = await city.faces.start(CITIZEN)
    with pytest.raises(CityError) as caught:
        await city.answer(challenge, Citizen("somebody else", "session", 2))
    assert caught.value.code == "identity.face.challenge_expired"
    assert await city.answer(challenge)


async def test_the_authority_is_asked_for_a_right_challenge_alone_and_its_silence_costs_nothing() -> None:
    city = City(settings=FaceSettings(attempts_per_day=1))
    asked: list[str | None] = ["photo"]

    async def photo() -> str | None:
        if not asked:
            raise AuthorityUnavailable
        return asked.pop()

    challenge = await city.faces.start(CITIZEN)
    frames = ["neutral", *challenge.actions]
    with pytest.raises(ChallengeExpired):
        await city.faces.verify(CITIZEN, "another", challenge.nonce, frames, photo)
    assert asked.pop() == "photo"
    for _ in range(2):
        with pytest.raises(AuthorityUnavailable):
            await city.faces.verify(CITIZEN, challenge.id, challenge.nonce, frames, photo)
    asked.append(None)
    with pytest.raises(ReferenceUnusable):
        await city.faces.verify(CITIZEN, challenge.id, challenge.nonce, frames, photo)
    assert await city.attempt()


async def test_without_consent_no_face_is_compared_and_the_hall_is_the_way() -> None:
    city = City()
    challenge = await city.faces.start(CITIZEN, own=False)
    with pytest.raises(FaceConsentNeeded):
        await city.answer(challenge)
    assert city.examiner.asked == 0


async def test_a_consent_withdrawn_while_the_frames_are_looked_at_counts() -> None:
    city = City()
    challenge = await city.faces.start(CITIZEN)
    examine = city.examiner.examine

    async def meanwhile(frames: Sequence[str], reference: str) -> Examination:
        agreed = await city.consents.live(CITIZEN)
        await city.documents.write(Patch(ConsentGrant, agreed.id, set={"live_account": None}))
        return await examine(frames, reference)

    city.examiner.examine = meanwhile  # type: ignore[method-assign]
    with pytest.raises(FaceConsentNeeded):
        await city.answer(challenge)
    (record,) = await city.records()
    assert (record.decision, record.reason, record.distance) == ("unusable", "identity.face.consent_needed", None)


async def test_a_comparison_counts_as_a_use_of_the_consent_it_stands_on() -> None:
    city = City()
    result = await city.attempt()
    agreed = await city.consents.live(CITIZEN)
    (record,) = await city.records()
    assert (agreed.releases, record.id, record.consent_id) == (1, result.record_id, agreed.id)


async def test_a_face_beside_the_citizen_is_compared_under_its_own_consent() -> None:
    city = City()
    challenge = await city.faces.start(CITIZEN, own=False)
    frames = ["neutral", *challenge.actions]
    await city.faces.verify(CITIZEN, challenge.id, challenge.nonce, frames, "reference", own=False)
    (record,) = await city.records()
    assert record.consent_id is None


async def test_nobody_can_ask_for_challenges_until_one_suits_them() -> None:
    city = City()
    for _ in range(20):
        await city.faces.start(CITIZEN)
    with pytest.raises(CityError) as caught:
        await city.faces.start(CITIZEN)
    assert caught.value.code == "identity.face.too_many_challenges"
    wait = caught.value.retry_after_seconds
    assert wait is not None
    city.clock.advance(seconds=wait)
    assert await city.faces.start(CITIZEN)
