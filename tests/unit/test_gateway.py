"""A citizen asks a department through the gateway: over a real socket, in every order of things that can go wrong."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from core.caller import Citizen, StepUpNeeded
from core.text import text
from identity_center.errors import ConsentNeeded
from service_registry.errors import (
    CardBusy,
    CardClosed,
    CardQuotaUsedUp,
    CardRefused,
    CitizenQuotaUsedUp,
    InputInvalid,
    OperationNotFound,
    RecordNotFound,
    UpstreamFailed,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from tests.gateway_city import BALANCE, CITIZEN, NOON, PEOPLE, Received, card, city, department

OTHER = Citizen("citizen-2", "session-2", 2, {2: NOON})


def balance(asked: Received) -> tuple[int, object]:
    return 200, {"balance": 123456, "owner": asked.body["id_number"]}


def upstream(**terms: object) -> dict[str, object]:
    return {"base_url": "${HOUSING_FUND_URL}", "timeout": "2s", **terms}


# --- the way there and back ---


async def test_a_citizen_sees_the_departments_answer_as_the_card_shows_it() -> None:
    async with city() as here, department(balance) as running:
        answer = await here.use(card(running.url), entered={"year": 2026}, request_id="request-7")
        assert answer.blocks == [{"block": "summary", "title": "账户余额", "value": "¥1,234.56", "unit": None}]
        assert (answer.card_id, answer.version, answer.operation) == ("gy.housing_fund", "1.0.0", "balance")
        assert (answer.fetched_at, answer.earlier) == (NOON, False)
        (asked,) = running.received
        assert (asked.method, asked.path) == ("POST", "/accounts/query")
        assert asked.body == {"id_number": PEOPLE["citizen-1"]["id_number"], "year": 2026}
        assert asked.headers["X-Request-Id"] == "request-7"
        assert "Idempotency-Key" not in asked.headers
        assert here.outcomes == ["ok"]


async def test_only_what_the_request_names_is_released_and_for_the_operations_purpose() -> None:
    async with city() as here, department(balance) as running:
        await here.use(card(running.url))
        assert here.ledger.released == [
            ("citizen-1", "gy.housing_fund_centre", ("id_number",), text("余额查询", "Balance"), "request-1"),
        ]


async def test_a_request_that_names_nothing_of_the_citizen_needs_no_consent() -> None:
    anonymous = {**BALANCE, "request": {"method": "GET", "path": "/opening-days"}}
    async with city() as here, department(lambda _asked: (200, {"balance": 1})) as running:
        here.ledger.consents = False
        await here.use(card(running.url, operations={"balance": anonymous}))
        assert here.ledger.released == []
        assert running.received[0].body is None


async def test_the_view_is_in_the_language_that_was_asked_for() -> None:
    async with city() as here, department(balance) as running:
        answer = await here.use(card(running.url), language="en")
        assert answer.blocks[0]["block"] == "summary"
        assert answer.blocks[0]["title"] == "Balance"


async def test_the_base_address_may_have_a_path_of_its_own() -> None:
    async with city() as here, department(balance) as running:
        await here.use(card(f"{running.url}/api/v2/"))
        assert running.received[0].path == "/api/v2/accounts/query"


# --- before the department is asked ---


@pytest.mark.parametrize("name", ["unknown", "", "balance ", "__class__"])
async def test_an_operation_that_the_card_does_not_have(name: str) -> None:
    async with city() as here, department(balance) as running:
        with pytest.raises(OperationNotFound):
            await here.use(card(running.url), name)
        assert (running.received, here.outcomes) == ([], [])


async def test_a_card_without_a_department_has_no_operations() -> None:
    async with city() as here:
        with pytest.raises(OperationNotFound):
            await here.use(card(None, upstream=None))


@pytest.mark.parametrize(
    ("hours", "seconds"), [("13:00-17:00", 3600), ("08:30-12:00", 20 * 3600 + 1800), ("08:00-12:01", None)]
)
async def test_outside_its_hours_a_card_is_closed_and_says_when_it_opens(hours: str, seconds: int | None) -> None:
    async with city() as here, department(balance) as running:
        asked = card(running.url, access={"assurance": 2, "hours": hours})
        if seconds is None:
            await here.use(asked)
            return
        with pytest.raises(CardClosed) as closed:
            await here.use(asked)
        assert (closed.value.retry_after_seconds, closed.value.facts) == (seconds, {"hours": hours})
        assert (running.received, here.outcomes) == ([], ["refused"])


async def test_who_is_not_sure_enough_is_asked_to_step_up() -> None:
    weak = Citizen("citizen-1", "s", 1, {1: NOON})
    stale = Citizen("citizen-1", "s", 3, {2: NOON, 3: NOON - timedelta(seconds=601)})
    async with city() as here, department(balance) as running:
        with pytest.raises(StepUpNeeded) as step_up:
            await here.use(card(running.url), citizen=weak)
        assert (step_up.value.assurance, step_up.value.max_age_seconds) == (2, None)
        with pytest.raises(StepUpNeeded) as step_up:
            await here.use(card(running.url), "withdraw", {"amount": 5}, stale, here.key("k", "b"))
        assert (step_up.value.assurance, step_up.value.max_age_seconds) == (3, 600)
        assert (running.received, here.outcomes) == ([], ["refused", "refused"])


@pytest.mark.parametrize("entered", [{"year": "2026"}, {"year": 1}, {"other": 1}, {"note": 10**40}])
async def test_an_input_that_does_not_fit_reaches_nobody(entered: dict[str, Any]) -> None:
    async with city() as here, department(balance) as running:
        with pytest.raises(InputInvalid):
            await here.use(card(running.url), entered=entered)
        assert (running.received, here.ledger.released, here.outcomes) == ([], [], ["refused"])
        assert await here.quotas.left_for(card(running.url).manifest, "citizen-1") == 100


async def test_without_consent_nothing_is_sent_and_no_quota_is_used() -> None:
    async with city() as here, department(balance) as running:
        here.ledger.consents = False
        asked = card(running.url)
        with pytest.raises(ConsentNeeded):
            await here.use(asked)
        assert (running.received, here.outcomes) == ([], ["refused"])
        assert await here.quotas.left_for(asked.manifest, "citizen-1") == 100


async def test_quotas_per_citizen_and_per_card() -> None:
    async with city() as here, department(balance) as running:
        asked = card(running.url, limits={"per_citizen": "1/day", "per_card": "2/day"})
        await here.use(asked)
        with pytest.raises(CitizenQuotaUsedUp):
            await here.use(asked)
        await here.use(asked, citizen=OTHER)
        with pytest.raises(CardQuotaUsedUp):
            await here.use(asked, citizen=Citizen("citizen-3", "s", 2, {2: NOON}))
        assert len(running.received) == 2
        assert here.outcomes == ["ok", "refused", "ok", "refused"]


# --- departments in trouble ---


@pytest.mark.parametrize(
    ("answer", "error", "outcome", "used"),
    [
        ((500, "<html>"), UpstreamUnavailable, "failed", 0),
        ((429, {"error": "slow down"}), UpstreamUnavailable, "failed", 0),
        ((200, "<html>"), UpstreamInvalid, "failed", 0),
        ((200, {"balance": "much"}), UpstreamInvalid, "failed", 0),
        ((200, b" " * (2 << 20)), UpstreamInvalid, "failed", 0),
        ((401, {"error": "wrong signature"}), UpstreamInvalid, "failed", 0),
        ((302, {"balance": 5}), UpstreamInvalid, "failed", 0),
        ((404, {"error": "not_found"}), RecordNotFound, "refused", 1),
        ((422, {"error": "account_frozen"}), CardRefused, "refused", 1),
    ],
)
async def test_a_use_that_the_department_failed_costs_nothing_and_an_answer_does(
    answer: tuple[int, object], error: type[Exception], outcome: str, used: int
) -> None:
    async with city() as here, department(lambda _asked: answer) as running:
        asked = card(running.url)
        with pytest.raises(error):
            await here.use(asked)
        assert here.outcomes == [outcome]
        assert await here.quotas.left_for(asked.manifest, "citizen-1") == 100 - used


async def test_a_refusal_is_told_in_the_cards_words() -> None:
    async with city() as here, department(lambda _asked: (422, {"error": "account_frozen"})) as running:
        with pytest.raises(CardRefused) as refused:
            await here.use(card(running.url))
        assert refused.value.facts == {"reason": "account_frozen", "message": "账户已冻结"}


async def test_a_card_whose_address_is_not_configured_is_unavailable_and_releases_nothing() -> None:
    async with city() as here:
        with pytest.raises(UpstreamUnavailable) as unavailable:
            await here.use(card(None))
        assert unavailable.value.reason == "unconfigured"
        assert here.ledger.released == []


async def test_a_query_is_tried_again_as_often_as_the_card_says() -> None:
    answers = [(503, "busy"), (502, "gateway"), (200, {"balance": 5})]
    async with city() as here, department(lambda _asked: answers.pop(0)) as running:
        await here.use(card(running.url, upstream=upstream(retries=2)))
        assert len(running.received) == 3
        assert len({asked.headers["X-City-Nonce"] for asked in running.received}) == 3
        assert len(here.ledger.released) == 1
        assert here.outcomes == ["ok"]


@pytest.mark.parametrize(("retries", "status", "calls"), [(0, 503, 1), (1, 503, 2), (3, 503, 4), (3, 429, 1)])
async def test_retries_are_bounded(retries: int, status: int, calls: int) -> None:
    async with city() as here, department(lambda _asked: (status, "busy")) as running:
        with pytest.raises(UpstreamUnavailable):
            await here.use(card(running.url, upstream=upstream(retries=retries)))
        assert len(running.received) == calls


@pytest.mark.parametrize("answer", [(200, "<html>"), (401, {"error": "x"}), (404, {"error": "not_found"})])
async def test_an_answer_is_not_asked_for_again(answer: tuple[int, object]) -> None:
    async with city() as here, department(lambda _asked: answer) as running:
        with pytest.raises((UpstreamInvalid, RecordNotFound)):
            await here.use(card(running.url, upstream=upstream(retries=3)))
        assert len(running.received) == 1


async def test_a_department_that_hangs_is_given_up_at_the_cards_timeout_retries_included() -> None:
    async def hang(_asked: Received) -> tuple[int, object]:
        await asyncio.Event().wait()
        return 200, {}

    loop = asyncio.get_running_loop()
    async with city() as here, department(hang) as running:
        began = loop.time()
        with pytest.raises(UpstreamUnavailable) as given_up:
            await here.use(card(running.url, upstream=upstream(timeout="100ms", retries=3)))
        assert given_up.value.reason == "timeout"
        assert loop.time() - began < 1
        assert len(running.received) == 1


async def test_one_hanging_department_is_its_own_cards_failure_and_nobody_elses() -> None:
    release = asyncio.Event()

    async def hang(_asked: Received) -> tuple[int, object]:
        await release.wait()
        return 200, {"balance": 1}

    async with city() as here, department(hang) as hanging, department(balance) as running:
        slow = card(hanging.url, id="gy.slow", limits={"concurrency": 3})
        stuck = [asyncio.create_task(here.use(slow)) for _ in range(10)]
        results = [await here.use(card(running.url)) for _ in range(20)]
        assert len(results) == 20
        waiting = set(stuck)
        while len(waiting) > 3:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert all(isinstance(task.exception(), CardBusy) for task in done)
        assert len(hanging.received) == 3  # no more than its places reached it
        assert await here.quotas.left_for(slow.manifest, "citizen-1") == 100 - 3
        release.set()
        assert {(await task).blocks[0]["block"] for task in waiting} == {"summary"}


async def test_a_department_that_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    well = False

    def answer(_asked: Received) -> tuple[int, object]:
        return (200, {"balance": 1}) if well else (503, "down")

    async with city() as here, department(answer) as running, department(balance) as other:
        asked = card(running.url, upstream=upstream(retries=0))
        for _ in range(25):
            with pytest.raises(UpstreamUnavailable):
                await here.use(asked)
        assert here.gateway.breaker_state("gy.housing_fund") == "open"
        assert len(running.received) == 20
        released = len(here.ledger.released)
        with pytest.raises(UpstreamUnavailable) as left_alone:
            await here.use(asked)
        assert left_alone.value.reason == "open"
        assert left_alone.value.retry_after_seconds == 10
        assert len(here.ledger.released) == released
        await here.use(card(other.url, id="gy.other"))

        well = True
        here.clock.advance(seconds=10)
        for _ in range(3):
            await here.use(asked)
        assert here.gateway.breaker_state("gy.housing_fund") == "closed"
        assert await here.quotas.left_for(asked.manifest, "citizen-1") == 100 - 3


async def test_a_new_version_of_a_card_has_the_places_it_declares() -> None:
    async with city() as here, department(balance) as running:
        await here.use(card(running.url, limits={"concurrency": 1}))
        wider = card(running.url, version="1.1.0", limits={"concurrency": 5})
        assert len(await asyncio.gather(*(here.use(wider) for _ in range(10)))) == 10


async def test_a_citizen_who_leaves_early_leaves_nothing_taken() -> None:
    reached = asyncio.Event()

    async def hang(_asked: Received) -> tuple[int, object]:
        reached.set()
        await asyncio.Event().wait()
        return 200, {}

    async with city() as here, department(hang) as running:
        asked = card(running.url, limits={"concurrency": 1})
        task = asyncio.create_task(here.use(asked))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await here.quotas.left_for(asked.manifest, "citizen-1") == 100
        assert here.outcomes == ["failed"]
        running.answer = balance
        await here.use(asked)


async def test_nothing_personal_stands_in_logs_or_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echoes = [(200, {"balance": PEOPLE["citizen-1"]["id_number"]}), (500, PEOPLE["citizen-1"]), (401, {"error": "x"})]
    async with city() as here, department(lambda _asked: echoes.pop(0)) as running:
        asked = card(running.url, upstream=upstream(retries=0))
        said = []
        for _ in range(3):
            with pytest.raises(UpstreamFailed) as failed:
                await here.use(asked, entered={"note": "a private note"})
            said.append(repr(failed.value.facts))
        records = [repr(vars(record)) for record in caplog.records if record.name.startswith("service_registry")]
        assert len(records) == 3
        assert all("gy.housing_fund" in record and "request-1" in record for record in records)
        for personal in (*PEOPLE["citizen-1"].values(), "a private note"):
            assert personal not in caplog.text + "".join(records + said)


async def test_many_citizens_at_once_each_get_their_own_answer() -> None:
    async with city() as here, department(balance) as running:
        echo = {**BALANCE, "view": [{"block": "qr", "value": "owner"}]}
        asked = card(running.url, operations={"balance": echo}, upstream=upstream(cache="60s"))
        citizens = [CITIZEN, OTHER] * 20
        answers = await asyncio.gather(*(here.use(asked, citizen=citizen) for citizen in citizens))
        for citizen, answer in zip(citizens, answers, strict=True):
            assert answer.blocks[0]["block"] == "qr"
            assert answer.blocks[0]["value"] == PEOPLE[citizen.id]["id_number"]
