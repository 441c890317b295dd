"""The register of enterprises over the same signed client as the departments. Satisfies identity_center's
`EnterpriseRegistry`."""

import orjson

from core.clock import Clock
from core.ids import new_id
from identity_center.enterprise.errors import RegistryUnavailable
from identity_center.enterprise.ports import RegisteredEnterprise
from service_registry.errors import UpstreamFailed
from service_registry.ports import Upstream, UpstreamRequest, UpstreamResponse

LONGEST_NAME = 200


class SignedEnterpriseRegistry:
    """`base_url` is what `/enterprises/check` is appended to; without one no enterprise is ever confirmed."""

    def __init__(
        self, upstream: Upstream, *, base_url: str | None, key_id: str, clock: Clock, deadline_seconds: float = 3.0
    ) -> None:
        self._upstream = upstream
        self._base_url = base_url
        self._key_id = key_id
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def check(self, credit_code: str, representative_id_number: str) -> RegisteredEnterprise | None:
        answer = await self._ask({"credit_code": credit_code, "id_number": representative_id_number})
        try:
            content = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            raise RegistryUnavailable from None
        if not isinstance(content, dict):
            raise RegistryUnavailable
        if answer.status == 404 and content.get("error") == "not_found":
            return None
        name, state, representative = content.get("name"), content.get("state"), content.get("representative")
        if answer.status != 200 or not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            raise RegistryUnavailable
        if not isinstance(state, str) or representative not in ("match", "mismatch"):
            raise RegistryUnavailable
        return RegisteredEnterprise(name, operating=state == "operating", represented=representative == "match")

    async def _ask(self, body: dict[str, str]) -> UpstreamResponse:
        if self._base_url is None:
            raise RegistryUnavailable
        request = UpstreamRequest(
            method="POST",
            url=self._base_url.rstrip("/") + "/enterprises/check",
            body=orjson.dumps(body),
            key_id=self._key_id,
            request_id=new_id(self._clock),
            deadline_seconds=self._deadline_seconds,
        )
        try:
            return await self._upstream.call(request)
        except UpstreamFailed as error:
            raise RegistryUnavailable from error
