"""The authority's families and the register of enterprises over the city's signed client, answering well and badly."""

import pytest

from core.clock import ManualClock
from identity_center.enterprise.errors import RegistryUnavailable
from identity_center.enterprise.ports import RegisteredEnterprise
from identity_center.errors import AuthorityUnavailable
from server.adapters.departments import DepartmentClient
from server.adapters.enterprise_registry import SignedEnterpriseRegistry
from tests.gateway_city import NOON, department, raw_server
from tests.http.test_departments_client import authority, client, closing


@pytest.mark.parametrize(("result", "is_one"), [("match", True), ("mismatch", False)])
async def test_the_authority_says_who_is_whose_guardian(result: str, is_one: bool) -> None:
    async with department(lambda _asked: (200, {"result": result})) as running, client() as calls:
        assert await authority(calls, running.url).is_guardian("11010519491231002X", "520100201409010086") == is_one
    (asked,) = running.received
    numbers = {"guardian_id_number": "11010519491231002X", "minor_id_number": "520100201409010086"}
    assert (asked.path, asked.body) == ("/authority/guardian", numbers)


@pytest.mark.parametrize("answer", [(200, {"result": "not_found"}), (200, {}), (200, []), (404, {}), (500, "x")])
async def test_without_a_clear_answer_nobody_is_a_guardian_or_none(answer: tuple[int, object]) -> None:
    async with department(lambda _asked: answer) as running, client() as calls:
        with pytest.raises(AuthorityUnavailable):
            await authority(calls, running.url).is_guardian("11010519491231002X", "520100201409010086")


# --- the register of enterprises ---

CODE = "91110000600037341L"


def registry(calls: DepartmentClient, url: str | None) -> SignedEnterpriseRegistry:
    return SignedEnterpriseRegistry(calls, base_url=url, key_id="city", clock=ManualClock(NOON), deadline_seconds=1)


@pytest.mark.parametrize("state", ["operating", "revoked", "cancelled", "moved"])
@pytest.mark.parametrize("representative", ["match", "mismatch"])
async def test_the_register_says_who_represents_an_enterprise(state: str, representative: str) -> None:
    told = {"name": "某某有限公司", "state": state, "representative": representative}
    async with department(lambda _asked: (200, told)) as running, client() as calls:
        found = await registry(calls, running.url + "/").check(CODE, "11010519491231002X")
    assert found == RegisteredEnterprise(
        "某某有限公司", operating=state == "operating", represented=representative == "match"
    )
    (asked,) = running.received
    assert (asked.path, asked.body) == (
        "/enterprises/check", {"credit_code": CODE, "id_number": "11010519491231002X"},
    )  # fmt: skip


async def test_a_code_that_is_nobody_s_is_none() -> None:
    async with department(lambda _asked: (404, {"error": "not_found"})) as running, client() as calls:
        assert await registry(calls, running.url).check(CODE, "11010519491231002X") is None


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}),
        (200, []),
        (200, "x"),
        (200, {"name": "", "state": "operating", "representative": "match"}),
        (200, {"name": "x" * 201, "state": "operating", "representative": "match"}),
        (200, {"name": "x", "state": 1, "representative": "match"}),
        (200, {"name": "x", "state": "operating", "representative": True}),
        (201, {"name": "x", "state": "operating", "representative": "match"}),
        (404, {"error": "no such page"}),
        (404, "<html>"),
        (500, {}),
    ],
)
async def test_a_register_that_does_not_answer_as_agreed_is_unavailable(answer: tuple[int, object]) -> None:
    async with department(lambda _asked: answer) as running, client() as calls:
        with pytest.raises(RegistryUnavailable):
            await registry(calls, running.url).check(CODE, "11010519491231002X")


async def test_a_register_that_is_gone_or_was_never_there_is_unavailable() -> None:
    async with raw_server(closing) as url, client() as calls:
        for address in (url, None):
            with pytest.raises(RegistryUnavailable):
                await registry(calls, address).check(CODE, "11010519491231002X")
