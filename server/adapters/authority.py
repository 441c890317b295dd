"""The population authority over the same signed client as the departments. Satisfies identity_center's `Authority` and
`FamilyRegistry`."""

import base64
import binascii
from typing import Any

import orjson

from core.clock import Clock
from core.ids import new_id
from identity_center.errors import AuthorityUnavailable
from identity_center.ports import Verdict
from service_registry.errors import UpstreamFailed
from service_registry.ports import Upstream, UpstreamRequest, UpstreamResponse

VERDICTS: dict[str, Verdict] = {"match": "match", "mismatch": "mismatch", "not_found": "not_found"}


class SignedAuthority:
    """`base_url` is what `/authority/verify`, `/authority/photo` and `/authority/guardian` are appended to."""

    def __init__(
        self, upstream: Upstream, *, base_url: str, key_id: str, clock: Clock, deadline_seconds: float = 3.0
    ) -> None:
        self._upstream = upstream
        self._base_url = base_url.rstrip("/")
        self._key_id = key_id
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def verify(self, name: str, id_number: str) -> Verdict:
        answer = await self._ask("/authority/verify", {"name": name, "id_number": id_number})
        result = _json_object(answer).get("result")
        verdict = VERDICTS.get(result) if answer.status == 200 and isinstance(result, str) else None
        if verdict is None:
            raise AuthorityUnavailable
        return verdict

    async def photo(self, id_number: str) -> str | None:
        answer = await self._ask("/authority/photo", {"id_number": id_number})
        content = _json_object(answer)
        if answer.status == 404 and content.get("error") == "not_found":
            return None
        photo = content.get("photo")
        if answer.status != 200 or not isinstance(photo, str) or not _is_base64(photo):
            raise AuthorityUnavailable
        return photo

    async def is_guardian(self, guardian_id_number: str, minor_id_number: str) -> bool:
        asked = {"guardian_id_number": guardian_id_number, "minor_id_number": minor_id_number}
        answer = await self._ask("/authority/guardian", asked)
        result = _json_object(answer).get("result")
        if answer.status != 200 or result not in ("match", "mismatch"):
            raise AuthorityUnavailable
        return bool(result == "match")

    async def _ask(self, path: str, body: dict[str, str]) -> UpstreamResponse:
        request = UpstreamRequest(
            method="POST",
            url=self._base_url + path,
            body=orjson.dumps(body),
            key_id=self._key_id,
            request_id=new_id(self._clock),
            deadline_seconds=self._deadline_seconds,
        )
        try:
            return await self._upstream.call(request)
        except UpstreamFailed as error:
            raise AuthorityUnavailable from error


def _json_object(answer: UpstreamResponse) -> dict[str, Any]:
    """The answer's JSON object. `Any`: what is in it is judged by whoever reads it."""
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise AuthorityUnavailable from None
    if not isinstance(content, dict):
        raise AuthorityUnavailable
    return content


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
