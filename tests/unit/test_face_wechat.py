"""WeChat's own face verification: whose it is, what it is worth, and every way in which it can end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.caller import Citizen
from core.clock import ManualClock
from core.errors import CityError
from identity_center.errors import WeChatUnavailable
from identity_center.face.errors import FaceAttemptOver, FaceLocked, FaceNotEligible
from identity_center.face.outcomes import outcome_of
from identity_center.face.ports import FacePerson, VerifyId
from identity_center.face.records import FaceRecord
from identity_center.face.service import FaceResult, FaceService
from identity_center.face.settings import FaceSettings
from identity_center.face.wechat import OpenedVerification, WeChatFaceAttempt, WeChatFaceService
from identity_center.retention import forget_spent
from identity_center.settings import IdentitySettings
from identity_center.vault import Vault, VaultKeys
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from tests.unit.face_support import Examiner, patient

EVENING = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CITIZEN, NEIGHBOUR = Citizen("citizen", "session", 2), Citizen("neighbour", "session 2", 2)
ELSEWHERE = Citizen("citizen", "another session", 2)
VAULT = Vault(VaultKeys.generated())


class WeChat:
    """Satisfies the port: answers what it was last told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.verify_ret_now: int | CityError = 10000
        self.refuses: CityError | None = None
        self.asked: list[tuple[FacePerson, str, str]] = []
        self.arrivals: asyncio.Queue[None] = asyncio.Queue()
        self.answering = asyncio.Event()
        self.answering.set()

    async def verify_id(self, person: FacePerson, sequence: str) -> VerifyId:
        if self.refuses is not None:
            raise self.refuses
        return VerifyId(f"verify-{sequence}", timedelta(hours=1))

    async def verify_ret(self, person: FacePerson, sequence: str, verify_id: str) -> int:
        self.asked.append((person, sequence, verify_id))
        self.arrivals.put_nowait(None)
        await self.answering.wait()
        if isinstance(self.verify_ret_now, CityError):
            raise self.verify_ret_now
        return self.verify_ret_now


class City:
    """The service with what it stands on; everybody is somebody else, until `key_of` says otherwise."""

    def __init__(self, settings: FaceSettings | None = None, free_attempts: int = 1000) -> None:
        self.clock = ManualClock(EVENING)
        self.documents = MemoryDocuments()
        self.wechat = WeChat()
        self.key_of: dict[str, str] = {}
        self.settings = settings or FaceSettings(provider="wechat")
        self.ephemeral = MemoryEphemeral(self.clock)
        self.attempts = patient(self.documents, self.clock, self.settings, self.ephemeral, free_attempts)
        self.faces = WeChatFaceService(self.documents, self.clock, VAULT, self, self.wechat, self.attempts)

    async def face_person(self, citizen: Citizen) -> FacePerson:
        return FacePerson(f"o-{citizen.id}", "李测试", "520100199003071233", self.key_of.get(citizen.id, citizen.id))

    async def finish(self, opened: OpenedVerification, citizen: Citizen = CITIZEN) -> FaceResult:
        return await self.faces.finish(citizen, opened.attempt_id, opened.verify_id)

    async def ended(self, verify_ret: int) -> CityError:
        self.wechat.verify_ret_now = verify_ret
        opened = await self.faces.start(CITIZEN)
        with pytest.raises(CityError) as caught:
            await self.finish(opened)
        return caught.value

    async def records(self) -> list[FaceRecord]:
        return list((await self.documents.find(FaceRecord, "citizen", CITIZEN.id)).items)


async def test_a_citizen_passes_and_it_is_on_record() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    city.clock.advance(seconds=40)
    result = await city.finish(opened)
    (record,) = await city.records()
    assert (record.id, record.provider, record.decision, record.reason) == (
        result.record_id,
        "wechat",
        "passed",
        None,
    )
    assert (record.model, record.verify_ret, record.distance, record.thresholds) == ("wechat", 10000, None, {})
    assert record.decided_at == EVENING + timedelta(seconds=40)


async def test_a_face_is_as_old_as_its_verification() -> None:
    """It may be asked about an hour after it was shown: what proved a citizen then proves nothing of now."""
    city = City()
    opened = await city.faces.start(CITIZEN)
    city.clock.advance(minutes=59)
    assert (await city.finish(opened)).proved_at == EVENING
    assert (await city.records())[0].consented_at == EVENING


async def test_wechat_is_asked_about_the_person_whom_it_was_opened_for() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    await city.finish(opened)
    ((person, sequence, verify_id),) = city.wechat.asked
    assert (person.openid, sequence, verify_id) == ("o-citizen", opened.attempt_id, opened.verify_id)


async def test_nothing_of_the_person_and_no_verify_id_is_stored() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    await city.finish(opened)
    kept = await city.documents.get(WeChatFaceAttempt, opened.attempt_id)
    assert kept is not None
    written = kept.model_dump_json() + "".join(record.model_dump_json() for record in await city.records())
    assert [
        secret for secret in ("李测试", "520100199003071233", opened.verify_id, "o-citizen") if secret in written
    ] == []


NOT_COMPARED = {
    90001: "identity.face.not_filmed",
    90002: "identity.face.cancelled",
    90003: "identity.face.cancelled",
    90004: "identity.face.cancelled",
    90005: "identity.face.cancelled",
    90006: "identity.face.cancelled",
    90007: "identity.face.not_filmed",
    90008: "identity.face.not_filmed",
    90011: "identity.face.not_filmed",
    90017: "identity.face.not_filmed",
    90024: "identity.face.cancelled",
    90199: "identity.face.not_filmed",
    90999: "identity.face.not_filmed",
}
COMPARED = {
    10001: ("not_confirmed", "identity.face.not_confirmed"),
    10002: ("not_confirmed", "identity.face.not_confirmed"),
    10003: ("not_confirmed", "identity.face.not_confirmed"),
    10004: ("not_matched", "identity.face.not_matched"),
    10026: ("unusable", "identity.face.reference_unusable"),
    10042: ("unusable", "identity.face.locked"),
    10999: ("not_confirmed", "identity.face.not_confirmed"),
    0: ("not_confirmed", "identity.face.not_confirmed"),
    -1: ("not_confirmed", "identity.face.not_confirmed"),
}


@pytest.mark.parametrize(("verify_ret", "code"), NOT_COMPARED.items())
async def test_where_no_face_was_compared_no_attempt_counts(verify_ret: int, code: str) -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=1), free_attempts=1)
    for _ in range(3):
        assert (await city.ended(verify_ret)).code == code
    assert {(record.decision, record.reason, record.verify_ret) for record in await city.records()} == {
        ("not_compared", code, verify_ret)
    }
    city.wechat.verify_ret_now = 10000
    assert await city.finish(await city.faces.start(CITIZEN))


@pytest.mark.parametrize(("verify_ret", "expected"), COMPARED.items())
async def test_where_a_face_was_compared_the_attempt_counts(verify_ret: int, expected: tuple[str, str]) -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=2))
    refusals = [await city.ended(verify_ret) for _ in range(2)]
    assert [refusal.code for refusal in refusals] == [expected[1]] * 2
    assert {record.decision for record in await city.records()} == {expected[0]}
    with pytest.raises(CityError) as caught:
        await city.faces.start(CITIZEN)
    assert caught.value.code == "identity.face.locked"


@pytest.mark.parametrize(
    ("verify_ret", "reason"),
    [(90001, "device"), (90109, "device"), (90009, "permission"), (90010, "permission"), (90012, "network"),
     (90110, "network"), (90014, "capture"), (90107, "capture")],
)  # fmt: skip
def test_what_kept_the_phone_from_filming_is_told(verify_ret: int, reason: str) -> None:
    refusal = outcome_of(verify_ret, 3, lambda: FaceLocked(1)).refusal
    assert refusal is not None
    assert refusal.facts == {"reason": reason}


def test_one_number_alone_passes() -> None:
    passing = [number for number in range(-1, 100_000) if outcome_of(number, 1, lambda: FaceLocked(1)).refusal is None]
    assert passing == [10000]


@pytest.mark.parametrize("verify_ret", [10005, 10300])
async def test_what_is_not_finished_stays_open(verify_ret: int) -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=1))
    city.wechat.verify_ret_now = verify_ret
    opened = await city.faces.start(CITIZEN)
    for _ in range(3):
        with pytest.raises(CityError) as caught:
            await city.finish(opened)
        assert (caught.value.code, caught.value.retry_after_seconds) == ("identity.face.unfinished", 2)
    assert await city.records() == []
    city.wechat.verify_ret_now = 10000
    assert await city.finish(opened)


async def test_a_verification_is_decided_once() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    await city.finish(opened)
    with pytest.raises(FaceAttemptOver):
        await city.finish(opened)
    assert len(city.wechat.asked) == len(await city.records()) == 1


async def test_of_many_who_ask_about_one_at_once_one_is_told() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    city.wechat.answering.clear()
    asking = [asyncio.create_task(city.finish(opened)) for _ in range(20)]
    for _ in asking:
        await city.wechat.arrivals.get()
    city.wechat.answering.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(one, FaceResult) for one in answers) == 1
    assert sum(isinstance(one, FaceAttemptOver) for one in answers) == 19
    assert len(await city.records()) == 1


@pytest.mark.parametrize("stranger", [NEIGHBOUR, ELSEWHERE])
async def test_it_is_worth_nothing_to_anybody_else_nor_in_another_session(stranger: Citizen) -> None:
    city = City()
    opened, own = await city.faces.start(CITIZEN), await city.faces.start(stranger)
    for attempt_id, verify_id in (
        (opened.attempt_id, opened.verify_id),
        (own.attempt_id, opened.verify_id),
        (opened.attempt_id, own.verify_id),
        ("made up", opened.verify_id),
    ):
        with pytest.raises(FaceAttemptOver):
            await city.faces.finish(stranger, attempt_id, verify_id)
    assert city.wechat.asked == []
    assert await city.finish(opened)


async def test_after_its_hour_it_is_over() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    city.clock.advance(hours=1)
    with pytest.raises(FaceAttemptOver):
        await city.finish(opened)
    assert city.wechat.asked == []


async def test_one_whose_hour_ends_while_wechat_answers_is_over() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    city.wechat.answering.clear()
    asking = asyncio.create_task(city.finish(opened))
    await city.wechat.arrivals.get()
    city.clock.advance(hours=1)
    city.wechat.answering.set()
    with pytest.raises(FaceAttemptOver):
        await asking


async def test_an_account_that_has_become_another_persons_meanwhile_gains_nothing() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    city.key_of["citizen"] = "somebody else"
    with pytest.raises(FaceAttemptOver):
        await city.finish(opened)
    assert city.wechat.asked == []


@pytest.mark.parametrize("refusal", [WeChatUnavailable(), FaceNotEligible()])
async def test_what_wechat_does_not_open_counts_for_nothing(refusal: CityError) -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=1), free_attempts=1)
    city.wechat.refuses = refusal
    for _ in range(3):
        with pytest.raises(CityError) as caught:
            await city.faces.start(CITIZEN)
        assert caught.value.code == refusal.code
    city.wechat.refuses = None
    assert await city.finish(await city.faces.start(CITIZEN))


async def test_a_result_that_wechat_does_not_give_can_be_asked_for_again() -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=1))
    opened = await city.faces.start(CITIZEN)
    city.wechat.verify_ret_now = WeChatUnavailable()
    with pytest.raises(WeChatUnavailable):
        await city.finish(opened)
    city.wechat.verify_ret_now = 10000
    assert await city.finish(opened)


async def test_one_that_nobody_reports_has_counted() -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=2))
    for _ in range(2):
        await city.faces.start(CITIZEN)
    with pytest.raises(CityError) as caught:
        await city.faces.start(CITIZEN)
    assert (caught.value.code, caught.value.retry_after_seconds) == ("identity.face.locked", 3601)


async def test_failures_wait_and_a_success_forgets_them() -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=50), free_attempts=2)
    await city.ended(10004)
    city.wechat.verify_ret_now = 10000
    await city.finish(await city.faces.start(CITIZEN))
    for _ in range(2):
        await city.ended(10004)
    with pytest.raises(CityError) as caught:
        await city.faces.start(CITIZEN)
    assert caught.value.code == "identity.proof_locked"


async def test_both_providers_count_together_and_only_the_citys_own_choice_answers() -> None:
    city = City(FaceSettings(provider="wechat", attempts_per_day=3))
    for _ in range(2):
        await city.ended(10004)
    settings = FaceSettings(attempts_per_day=3)
    attempts = patient(city.documents, city.clock, settings, city.ephemeral)
    built_in = FaceService(city.documents, city.ephemeral, city.clock, Examiner(), settings, attempts)
    challenge = await built_in.start(CITIZEN)
    await built_in.verify(CITIZEN, challenge.id, challenge.nonce, ["neutral", *challenge.actions], "reference")
    challenge = await built_in.start(CITIZEN)
    with pytest.raises(CityError) as caught:
        await built_in.verify(CITIZEN, challenge.id, challenge.nonce, ["neutral", *challenge.actions], "reference")
    assert caught.value.code == "identity.face.locked"


async def test_the_easier_of_two_ways_cannot_be_chosen() -> None:
    city = City(FaceSettings(provider="built_in"))
    built_in_elsewhere = FaceService(
        city.documents,
        city.ephemeral,
        city.clock,
        Examiner(),
        FaceSettings(provider="wechat"),
        patient(city.documents, city.clock, FaceSettings(provider="wechat")),
    )
    for refused, provider in (
        (city.faces.start(CITIZEN), "built_in"),
        (city.faces.finish(CITIZEN, "a", "b"), "built_in"),
        (built_in_elsewhere.start(CITIZEN), "wechat"),
        (built_in_elsewhere.verify(CITIZEN, "a", "b", ["c"], "d"), "wechat"),
    ):
        with pytest.raises(CityError) as caught:
            await refused
        assert (caught.value.code, caught.value.facts) == ("identity.face.other_provider", {"provider": provider})


async def test_nobody_starts_without_end() -> None:
    city = City()
    for _ in range(5):
        await city.faces.start(CITIZEN)
    for _ in range(15):
        with pytest.raises(CityError) as caught:
            await city.faces.start(CITIZEN)
        assert caught.value.code == "identity.face.locked"
    with pytest.raises(CityError) as caught:
        await city.faces.start(CITIZEN)
    assert caught.value.code == "identity.face.too_many_challenges"


async def test_what_is_over_is_forgotten_and_its_record_is_not() -> None:
    city = City()
    opened = await city.faces.start(CITIZEN)
    await city.finish(opened)
    city.clock.advance(hours=1, seconds=1)
    await forget_spent(city.documents, city.clock, IdentitySettings())
    assert await city.documents.get(WeChatFaceAttempt, opened.attempt_id) is None
    assert len(await city.records()) == 1
