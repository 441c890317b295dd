"""A department on a real socket, a card that asks it, and a gateway between a citizen and both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
import orjson
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from core.caller import Acting, Citizen
from core.clock import ManualClock
from core.documents import Documents, JsonObject
from core.idempotency import RequestKey
from core.text import Text
from identity_center.errors import ConsentNeeded
from identity_center.vault import Vault, VaultKeys
from server.adapters.departments import DepartmentClient
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.signing import SignatureRefused, SignedCall, verify
from service_registry.acting import OnlyForOneself
from service_registry.card import LoadedCard, LoadedOperation
from service_registry.gateway import Gateway, GatewayAnswer
from service_registry.manifest import Manifest, Operation
from service_registry.manifest_views import expressions
from service_registry.ports import Outcome, UpstreamRequest
from service_registry.quota import QuotaBoard
from service_registry.schemas import compiled
from service_registry.templates import texts

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""12:00 in the city."""
KEYS = {"city": b"a secret of the tests, 32 bytes!"}
CITIZEN = Citizen("citizen-1", "session-1", 3, {2: NOON, 3: NOON})
PEOPLE = {
    "citizen-1": {"name": "张晓梅", "id_number": "11010519491231002X", "phone": "13800138000"},
    "citizen-2": {"name": "王建国", "id_number": "440524188001010014", "phone": "13900139000"},
}
"""Made-up people; the numbers are the examples of GB 11643."""


# --- the department ---


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Department:
    """Verifies signatures, remembers what it was asked, and answers with what `answer` says."""

    url: str
    answer: Callable[[Received], Awaitable[tuple[int, object]] | tuple[int, object]]
    received: list[Received] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)


class _Handler(RequestHandler):
    def initialize(self, department: Department, clock: ManualClock, nonces: MemoryEphemeral) -> None:
        self.department, self.clock, self.nonces = department, clock, nonces

    async def _answer(self) -> None:
        asked: HTTPServerRequest = self.request
        self.department.connections.add(asked.connection.context.address)  # type: ignore[union-attr]
        call = SignedCall(asked.method or "", asked.uri or "", asked.body)
        now = self.clock.now().timestamp()
        try:
            await verify(call, asked.headers, secrets=KEYS, now=now, first=self.nonces.first)
        except SignatureRefused as error:
            self.set_status(401)
            self.finish({"error": str(error)})
            return
        body = orjson.loads(asked.body) if asked.body else None
        received = Received(call.method, call.path, dict(asked.headers), body)
        self.department.received.append(received)
        answer = self.department.answer(received)
        status, content = await answer if isinstance(answer, Awaitable) else answer
        self.set_status(status)
        if isinstance(content, dict | list):
            self.set_header("Content-Type", "application/json; charset=utf-8")
            content = orjson.dumps(content)
        if content is not None:
            self.finish(content if isinstance(content, bytes | str) else str(content))

    post = get = put = _answer

    def compute_etag(self) -> None:
        return None


@asynccontextmanager
async def department(
    answer: Callable[[Received], Awaitable[tuple[int, object]] | tuple[int, object]], clock: ManualClock | None = None
) -> AsyncIterator[Department]:
    clock = clock or ManualClock(NOON)
    sockets = bind_sockets(0, "127.0.0.1")
    running = Department(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", answer)
    handled = {"department": running, "clock": clock, "nonces": MemoryEphemeral(clock)}
    server = HTTPServer(Application([(".*", _Handler, handled)], log_function=lambda _: None))
    server.add_sockets(sockets)
    try:
        yield running
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def raw_server(
    behaviour: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that speaks as it likes; gives its address. What it still does at the end is cut off."""
    running: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await reader.readuntil(b"\r\n\r\n")
            await behaviour(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running)


# --- the card ---

BALANCE: JsonObject = {
    "title": {"zh": "余额查询", "en": "Balance"},
    "safe": True,
    "input": {
        "type": "object",
        "properties": {"year": {"type": "integer", "minimum": 1990, "maximum": 2026}, "note": {"type": "string"}},
        "additionalProperties": False,
    },
    "request": {"path": "/accounts/query", "body": {"id_number": "citizen.id_number", "year": "input.year"}},
    "output": {
        "type": "object",
        "required": ["balance"],
        "properties": {"balance": {"type": "integer"}, "owner": {"type": "string"}},
    },
    "refusals": {"account_frozen": {"zh": "账户已冻结", "en": "The account is frozen"}},
    "view": [
        {"block": "summary", "title": {"zh": "账户余额", "en": "Balance"}, "value": "balance", "format": "fen"},
    ],
}
WITHDRAW: JsonObject = {
    "title": {"zh": "提取申请", "en": "Withdrawal"},
    "safe": False,
    "access": {"assurance": 3, "max_age": 600},
    "input": {
        "type": "object",
        "required": ["amount"],
        "properties": {"amount": {"type": "integer", "minimum": 1, "maximum": 100_000}},
        "additionalProperties": False,
    },
    "request": {
        "path": "/withdrawals",
        "idempotent": True,
        "body": {"applicant": "citizen.pseudonym", "amount": "input.amount", "channel": "'mini_program'"},
    },
    "output": {"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}},
    "refusals": {"balance_too_low": {"zh": "余额不足", "en": "The balance is too low"}},
    "view": [
        {
            "block": "fields",
            "items": [{"label": {"zh": "受理编号", "en": "Number"}, "value": "number"}],
        }
    ],
}


def card(base_url: str | None, **changes: Any) -> LoadedCard:
    """A housing-fund card; `changes` replace parts of the manifest."""
    manifest = Manifest.model_validate(
        {
            "id": "gy.housing_fund",
            "version": "1.0.0",
            "kind": "query",
            "name": {"zh": "公积金", "en": "Housing fund"},
            "summary": {"zh": "公积金查询", "en": "Housing fund"},
            "department": {"id": "gy.housing_fund_centre", "name": {"zh": "公积金中心", "en": "Housing fund centre"}},
            "theme": "housing_fund",
            "item": {
                "task_code": "11520100MB1234567X",
                "project_type": 1,
                "promise_days": 0,
                "on_site_visits": 0,
                "by_law": {"zh": "住房公积金管理条例", "en": "Regulations on housing funds"},
            },
            "access": {"assurance": 2, "consent": ["id_number"]},
            "upstream": {"base_url": "${HOUSING_FUND_URL}", "timeout": "2s"},
            "operations": {"balance": BALANCE, "withdraw": WITHDRAW},
            **changes,
        }
    )
    operations = {name: _loaded(manifest, name) for name in manifest.operations}
    compiled_texts = {text: jmespath.compile(text) for one in manifest.operations.values() for text in _texts(one)}
    return LoadedCard(manifest, Path(), repr(sorted(changes.items())), base_url, operations, compiled_texts, None)


def _loaded(manifest: Manifest, name: str) -> LoadedOperation:
    operation = manifest.operations[name]
    given = operation.input
    return LoadedOperation(
        name,
        operation,
        manifest.access_of(name),
        given,
        operation.output,
        compiled(given) if given is not None else None,
        compiled(operation.output),
    )


def _texts(operation: Operation) -> Iterator[str]:
    yield from texts(operation.request.body)
    for block in operation.view:
        yield from expressions(block)


# --- the city ---


@dataclass
class Ledger:
    """The identity centre as the gateway sees it: who consented, and what was released."""

    consents: bool = True
    released: list[tuple[str, str, tuple[str, ...], Text, str]] = field(default_factory=list)

    async def release(
        self,
        citizen_id: str,
        *,
        card_id: str,
        department: str,
        fields: Collection[str],
        purpose: Text,
        request_id: str,
        acting: Acting | None = None,
    ) -> dict[str, str]:
        if not self.consents:
            raise ConsentNeeded(card_id, department, sorted(fields))
        self.released.append((citizen_id, department, tuple(fields), purpose, request_id))
        return {name: PEOPLE[citizen_id][name] for name in fields}

    async def pseudonym(self, citizen_id: str, department: str) -> str:
        return f"pseudonym of {citizen_id} at {department}"


class NoEnterprises:
    """Nobody acts for an enterprise here."""

    async def release(
        self,
        citizen: Citizen,
        *,
        card_id: str,
        department: str,
        fields: Collection[str],
        purpose: Text,
        request_id: str,
    ) -> dict[str, str]:
        assert not fields
        return {}


@dataclass
class Counted:
    uses: list[tuple[str, str, Outcome]] = field(default_factory=list)

    def used(self, citizen_id: str, card_id: str, outcome: Outcome) -> None:
        self.uses.append((citizen_id, card_id, outcome))


@dataclass
class City:
    clock: ManualClock
    gateway: Gateway
    quotas: QuotaBoard
    ledger: Ledger
    usage: Counted
    documents: Documents
    client: DepartmentClient

    async def use(
        self,
        asked: LoadedCard,
        operation: str = "balance",
        entered: JsonObject | None = None,
        citizen: Citizen = CITIZEN,
        key: RequestKey | None = None,
        **more: Any,
    ) -> GatewayAnswer:
        given = {"language": "zh", "request_id": "request-1", **more}
        return await self.gateway.use(citizen, asked, operation, entered or {}, key=key, **given)

    def key(self, value: str, body: str, citizen: Citizen = CITIZEN) -> RequestKey:
        """As the HTTP floor makes it of the header and the body."""
        return RequestKey(self.clock, citizen.id, "use", value, body)

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for _, _, outcome in self.usage.uses]


@asynccontextmanager
async def city(documents: Documents | None = None) -> AsyncIterator[City]:
    clock = ManualClock(NOON)
    quotas = QuotaBoard(MemoryEphemeral(clock), clock, SHANGHAI)
    ledger, usage, documents = Ledger(), Counted(), documents or MemoryDocuments()
    async with DepartmentClient(KEYS, clock) as client:
        gateway = Gateway(
            upstream=client,
            personal_data=ledger,
            enterprise_data=NoEnterprises(),
            acting=OnlyForOneself(),
            usage=usage,
            quotas=quotas,
            documents=documents,
            sealer=Vault(VaultKeys.generated()),
            clock=clock,
            zone=SHANGHAI,
        )
        yield City(clock, gateway, quotas, ledger, usage, documents, client)


def call_to(url: str, **changes: Any) -> UpstreamRequest:
    given: dict[str, Any] = {
        "method": "POST",
        "url": url,
        "body": b'{"id_number": "x"}',
        "key_id": "city",
        "request_id": "request-1",
        "deadline_seconds": 2.0,
        **changes,
    }
    return UpstreamRequest(**given)
