"""The way from a citizen to a department's system and back. Each step is one function; docs/gateway.md tells the order
and the reasons.

    open now? → for whom, by whom → assurance → input → (earlier answer?) → quota → bulkhead → breaker
        → personal data under consent → signed call, retries → answer understood → kept → shown
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import orjson

from core.caller import Citizen, ForEnterprise
from core.clock import Clock
from core.deeds import Deed
from core.documents import Documents, JsonObject, WriteRefused
from core.errors import CityError, StoreUnavailable
from core.idempotency import RequestKey, write_once
from core.ids import derived_id
from core.text import Language
from service_registry.acting import check_acting, check_audience, purpose_of
from service_registry.answer_cache import AnswerCache, AnswerKey, KeptAnswer
from service_registry.answer_news import AnswerNews
from service_registry.answers import check_answer, checked_input, raise_when_unavailable
from service_registry.breaker import Breaker, Bulkhead, State
from service_registry.card import LoadedCard, LoadedOperation
from service_registry.errors import (
    CardBusy,
    CardClosed,
    IdempotencyKeyNeeded,
    OperationNotFound,
    UpstreamFailed,
    UpstreamUnavailable,
)
from service_registry.manifest import Upstream as UpstreamTerms
from service_registry.ports import (
    ActingRules,
    EnterpriseData,
    Outcome,
    PersonalData,
    Sealer,
    Upstream,
    UpstreamRequest,
    UpstreamResponse,
    UsageSink,
)
from service_registry.quota import QuotaBoard
from service_registry.templates import citizen_fields, enterprise_fields, filled
from service_registry.views import BlockView, rendered

log = logging.getLogger(__name__)

WORTH_RETRYING = frozenset({"refused", "broken", "status"})
FIRST_PAUSE_SECONDS = 0.05
_PSEUDONYM = "pseudonym"


@dataclass(frozen=True)
class GatewayAnswer:
    """What a citizen is shown. `earlier` when the department was not asked now: a kept answer, or a retried request."""

    card_id: str
    version: str
    operation: str
    blocks: list[BlockView]
    fetched_at: datetime
    earlier: bool


@dataclass(frozen=True)
class _Use:
    """One use of one operation, on its way through the gateway."""

    citizen: Citizen
    card: LoadedCard
    operation: LoadedOperation
    upstream: UpstreamTerms
    entered: JsonObject
    language: Language
    request_id: str
    key: RequestKey | None

    @property
    def safe(self) -> bool:
        return self.operation.operation.safe

    @property
    def answer_key(self) -> AnswerKey:
        return AnswerKey.of(self.citizen.served_id, self.card.id, self.card.digest, self.operation.name, self.entered)

    @property
    def deed(self) -> Deed:
        card = self.card.manifest
        return Deed(
            card.id,
            card.theme,
            self.operation.name,
            card.department.id,
            purpose_of(card),
            self.operation.operation.title,
            self.request_id,
        )


@dataclass(frozen=True)
class _Guards:
    """What stands before one card's department in this process."""

    bulkhead: Bulkhead
    breaker: Breaker


class Gateway:
    """Asks departments on citizens' behalf. One per process: bulkheads, breakers and kept answers live in it."""

    def __init__(
        self,
        *,
        upstream: Upstream,
        personal_data: PersonalData,
        enterprise_data: EnterpriseData,
        acting: ActingRules,
        usage: UsageSink,
        quotas: QuotaBoard,
        documents: Documents,
        sealer: Sealer,
        clock: Clock,
        zone: ZoneInfo,
        cache: AnswerCache | None = None,
        news: AnswerNews | None = None,
    ) -> None:
        """`news` tells other processes; one process needs none."""
        self._upstream = upstream
        self._personal_data = personal_data
        self._enterprise_data = enterprise_data
        self._acting = acting
        self._usage = usage
        self._quotas = quotas
        self._documents = documents
        self._sealer = sealer
        self._clock = clock
        self._zone = zone
        self._cache = cache or AnswerCache(clock)
        self._news = news
        self._guards: dict[str, _Guards] = {}

    async def use(
        self,
        citizen: Citizen,
        card: LoadedCard,
        operation: str,
        entered: JsonObject,
        *,
        language: Language,
        request_id: str,
        key: RequestKey | None = None,
    ) -> GatewayAnswer:
        """Carries out an operation and shows its answer. An operation that is not safe needs a `key`.

        Raises `OperationNotFound`, `CardClosed`, `WrongAudience`, `NoActing`, `StepUpNeeded`, `InputInvalid`,
        `IdempotencyKeyNeeded`, `KeyReused`, `CitizenQuotaUsedUp`, `CardQuotaUsedUp`, `CardBusy`,
        `UpstreamUnavailable`, `UpstreamInvalid`, `RecordNotFound`, `CardRefused`, and what `PersonalData.release` and
        `ActingRules.permit` raise.
        """
        loaded, upstream = card.operations.get(operation), card.manifest.upstream
        if loaded is None or upstream is None:
            raise OperationNotFound
        use = _Use(citizen, card, loaded, upstream, entered, language, request_id, key)
        try:
            answer = await self._answered(use)
        except BaseException as error:
            self._usage.used(citizen.actor_id, card.id, _outcome(error))
            raise
        self._usage.used(citizen.actor_id, card.id, "ok")
        return answer

    def breaker_state(self, card_id: str) -> State:
        """Whether the card's department is being asked (`closed`), left alone (`open`), or tried (`half_open`)."""
        guards = self._guards.get(card_id)
        return "closed" if guards is None else guards.breaker.state

    async def _answered(self, use: _Use) -> GatewayAnswer:
        now = self._clock.now()
        self._check_hours(use, now)
        access = use.operation.access
        check_audience(use.citizen, use.card.manifest.audience)
        check_acting(use.citizen, access.acting)
        await self._acting.permit(use.citizen, use.deed)
        use.citizen.require(access.assurance, access.max_age, now)
        use = replace(use, entered=checked_input(use.operation, use.entered))
        earlier = self._kept_answer(use) if use.safe else await self._first_answer(use)
        if earlier is not None:
            await self._acting.note(use.citizen, use.deed)
        answer = earlier or await self._fetched(use)
        return self._shown(use, answer, earlier=earlier is not None)

    def _check_hours(self, use: _Use, now: datetime) -> None:
        hours = use.operation.access.hours
        local = now.astimezone(self._zone)
        if hours.include(local.time()):
            return
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        opens = midnight + timedelta(minutes=hours.opens)
        if opens <= local:
            opens += timedelta(days=1)
        raise CardClosed(str(hours), max(1, ceil(opens.timestamp() - now.timestamp())))

    # --- earlier answers ---

    def _kept_answer(self, use: _Use) -> KeptAnswer | None:
        return None if use.upstream.cache is None else self._cache.get(use.answer_key)

    async def _first_answer(self, use: _Use) -> KeptAnswer | None:
        """What the first request with this key was answered."""
        if use.key is None:
            raise IdempotencyKeyNeeded
        sealed = await use.key.earlier_result(self._documents)
        return None if sealed is None else self._opened(use.key, sealed)

    async def _keep(self, use: _Use, answer: KeptAnswer) -> KeptAnswer:
        """The answer that counts: of two requests with one key, the one whose receipt was written first."""
        if use.key is None or use.safe:
            if use.upstream.cache is not None:
                self._cache.put(use.answer_key, answer, use.upstream.cache.total_seconds())
            return answer
        self._cache.forget(use.citizen.served_id, use.card.id)
        if self._news is not None:
            await self._news.submitted(use.citizen.served_id, use.card.id)
        return await self._with_receipt(use.key, answer)

    async def _with_receipt(self, key: RequestKey, answer: KeptAnswer) -> KeptAnswer:
        """The department has acted, so no trouble of ours with the receipt may turn that into an error: a retry then
        reaches the department with the same key, which carries it out once."""

        async def first(sealed: str) -> KeptAnswer:
            return self._opened(key, sealed)

        sealed = self._sealer.seal(
            orjson.dumps([answer.fetched_at.isoformat(), answer.output.decode()]).decode(), receipt_context(key.id)
        )
        try:
            return await write_once(
                self._documents, [], key=key, result=sealed, find=first, made=lambda _written: answer
            )
        except (StoreUnavailable, WriteRefused):
            log.warning("receipt not written", exc_info=True)
            return answer

    def _opened(self, key: RequestKey, sealed: str) -> KeptAnswer:
        fetched_at, output = orjson.loads(self._sealer.open(sealed, receipt_context(key.id)))
        return KeptAnswer(output.encode(), datetime.fromisoformat(fetched_at))

    # --- asking the department ---

    async def _fetched(self, use: _Use) -> KeptAnswer:
        guards = self._guards_of(use.card)
        async with self._quotas.taken(use.card.manifest, use.citizen.served_id), guards.bulkhead.place():
            try:
                with guards.breaker.guarding():
                    request = self._request(use)
                    response = await self._call(use, replace(request, body=await self._body(use)))
                    check_answer(use.operation, response, use.language)
            except UpstreamFailed as error:
                _log_failure(use, error)
                raise
        return await self._keep(use, KeptAnswer(response.body, self._clock.now()))

    def _guards_of(self, card: LoadedCard) -> _Guards:
        places = card.manifest.limits.concurrency
        guards = self._guards.get(card.id)
        if guards is None:
            guards = self._guards[card.id] = _Guards(Bulkhead(places), Breaker(self._clock))
        elif guards.bulkhead.places != places:  # a new version of the card; calls under way keep the old bulkhead
            guards = self._guards[card.id] = replace(guards, bulkhead=Bulkhead(places))
        return guards

    async def _body(self, use: _Use) -> bytes:
        declared = use.operation.operation.request
        of_citizen, of_enterprise = citizen_fields(declared.body), enterprise_fields(declared.body)
        for_enterprise = isinstance(use.citizen.acting, ForEnterprise)
        if not (of_enterprise if for_enterprise else of_citizen - {_PSEUDONYM}):
            await self._acting.note(use.citizen, use.deed)  # a release says who acted, and here is none
        if declared.method == "GET":
            return b""
        enterprise = await self._enterprise(use, of_enterprise)
        citizen = await self._citizen_data(use, of_citizen)
        acting = use.citizen.acting.kind if use.citizen.acting else None
        return orjson.dumps(
            filled(declared.body, use.card.expressions, citizen, use.entered, enterprise=enterprise, acting=acting)
        )

    async def _enterprise(self, use: _Use, fields: frozenset[str]) -> Mapping[str, str]:
        return await self._enterprise_data.release(
            use.citizen,
            card_id=use.card.id,
            department=use.card.manifest.department.id,
            fields=sorted(fields),
            purpose=use.operation.operation.title,
            request_id=use.request_id,
        )

    async def _citizen_data(self, use: _Use, fields: frozenset[str]) -> dict[str, str]:
        """What the request names of the citizen, and nothing else."""
        department = use.card.manifest.department.id
        data: dict[str, str] = {}
        if _PSEUDONYM in fields:
            data[_PSEUDONYM] = await self._personal_data.pseudonym(use.citizen.id, department)
        if personal := sorted(fields - {_PSEUDONYM}):
            data |= await self._personal_data.release(
                use.citizen.id,
                card_id=use.card.id,
                department=department,
                fields=personal,
                purpose=use.operation.operation.title,
                request_id=use.request_id,
                acting=use.citizen.acting,
            )
        return data

    def _request(self, use: _Use) -> UpstreamRequest:
        """The call without its body, which needs the citizen's data and is therefore filled in last."""
        if use.card.base_url is None:
            raise UpstreamUnavailable("unconfigured")
        declared = use.operation.operation.request
        key = None
        if declared.idempotent and use.key is not None:
            key = derived_id(use.citizen.served_id, use.card.id, use.operation.name, use.key.id)
        return UpstreamRequest(
            method=declared.method,
            url=use.card.base_url.rstrip("/") + declared.path,
            body=b"",
            key_id=use.upstream.key_id,
            request_id=use.request_id,
            deadline_seconds=use.upstream.timeout.total_seconds(),
            idempotency_key=key,
        )

    async def _call(self, use: _Use, request: UpstreamRequest) -> UpstreamResponse:
        """Within the card's timeout in all. Only safe operations are tried again, after a pause that grows."""
        deadline = self._clock.monotonic() + request.deadline_seconds
        retries_left = use.upstream.retries if use.safe else 0
        pause = FIRST_PAUSE_SECONDS
        while True:
            left = deadline - self._clock.monotonic()
            try:
                response = await self._upstream.call(replace(request, deadline_seconds=left))
                raise_when_unavailable(response)
            except UpstreamUnavailable as error:
                jittered = pause * (1 + secrets.randbelow(1000) / 1000)
                in_time = self._clock.monotonic() + jittered < deadline
                if error.reason not in WORTH_RETRYING or not retries_left or not in_time:
                    raise
            else:
                return response
            retries_left -= 1
            pause *= 2
            await asyncio.sleep(jittered)

    def _shown(self, use: _Use, answer: KeptAnswer, *, earlier: bool) -> GatewayAnswer:
        view, output = use.operation.operation.view, orjson.loads(answer.output)
        return GatewayAnswer(
            card_id=use.card.id,
            version=use.card.manifest.version,
            operation=use.operation.name,
            blocks=rendered(view, use.card.expressions, output, use.language, self._zone),
            fetched_at=answer.fetched_at,
            earlier=earlier,
        )


def receipt_context(receipt_id: str) -> str:
    """What the answer in a receipt is sealed for."""
    return f"receipt:{receipt_id}"


def _outcome(error: BaseException) -> Outcome:
    failed = not isinstance(error, CityError) or isinstance(error, UpstreamFailed | CardBusy | StoreUnavailable)
    return "failed" if failed else "refused"


def _log_failure(use: _Use, error: UpstreamFailed) -> None:
    """What an operator needs to tell whose fault it is, and nothing of the citizen's."""
    log.warning(
        "department call failed",
        extra={
            "request_id": use.request_id,
            "card": use.card.id,
            "version": use.card.manifest.version,
            "operation": use.operation.name,
            "code": error.code,
            **error.facts,
        },
    )
