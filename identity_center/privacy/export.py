"""The copy of everything that the city holds of a citizen (PIPL articles 45 and 50): a zip, streamed, never stored.

A file for each area, an array of JSON objects; a JSON Schema of all of them; and what is what, in two languages.
"""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import tzinfo

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.caller import Citizen
from core.clock import Clock
from core.documents import Documents
from core.paging import every
from identity_center.account import Account
from identity_center.accounts import AccountService
from identity_center.attempts import DailyLimit
from identity_center.personal_data import PersonalData
from identity_center.privacy.errors import ExportLimit
from identity_center.privacy.ports import Area
from identity_center.privacy.proof import require_fresh_proof
from identity_center.privacy.settings import PrivacySettings
from identity_center.privacy.zip_stream import ZipFile
from identity_center.settings import ProofSettings

_README = """# 您的个人信息副本 / A copy of your data

{moment}

这里是城市通持有的、关于您的全部信息，内容未脱敏，请妥善保管。每个文件是一个 JSON 数组，字段含义见 `schema.json`
（JSON Schema）；时间为 RFC 3339 格式。

{zh}

This is everything that the city holds about you, unmasked: keep it in a safe place. Each file is a JSON array;
`schema.json` (JSON Schema) says what its fields are; times are RFC 3339.

{en}
"""


class DataExport:
    """`areas` are all that the city's floors have; the zip has a file of each."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        zone: tzinfo,
        accounts: AccountService,
        personal_data: PersonalData,
        areas: Sequence[Area],
        proofs: ProofSettings,
        settings: PrivacySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._accounts = accounts
        self._personal_data = personal_data
        self._proofs = proofs
        self.areas = tuple(areas)
        self._daily = DailyLimit(documents, clock, zone, "export", settings.exports_per_day)

    async def made(self, citizen: Citizen, request_id: str) -> AsyncIterator[bytes]:
        """The zip, as pieces. It is written down in the citizen's access log before anything leaves.

        Raises `StepUpNeeded` when the proof of what the account holds is older than five minutes, `ExportLimit`,
        `AccountNotFound`.
        """
        require_fresh_proof(citizen, await self._accounts.get(citizen.id), self._clock.now(), self._proofs)
        if await self._daily.take(citizen.id) is None:
            raise ExportLimit(self._daily.seconds_to_tomorrow())
        await self._personal_data.exported(citizen, request_id)
        return ZipFile(self._clock.now().astimezone(self._zone)).chunks(self._files(citizen.id))

    async def _files(self, account_id: str) -> AsyncIterator[tuple[str, AsyncIterator[str]]]:
        yield "README.md", _in_one(self._readme())
        yield "schema.json", _in_one(schema_of(self.areas))
        for area in self.areas:
            yield f"{area.name}.json", _array(self._records(area, account_id))

    async def _records(self, area: Area, account_id: str) -> AsyncIterator[BaseModel]:
        """Of the account, and of those whose WeChat had moved to it."""
        merged = [one.id async for one in every(self._documents, Account, "merged_into", account_id)]
        for one in (account_id, *merged):
            async for record in area.records(one):
                yield record

    def _readme(self) -> str:
        moment = self._clock.now().astimezone(self._zone).isoformat(timespec="seconds")
        zh = "\n".join(f"- `{area.name}.json`：{area.about.zh}" for area in self.areas)
        en = "\n".join(f"- `{area.name}.json`: {area.about.en}" for area in self.areas)
        return _README.format(moment=moment, zh=zh, en=en)


def schema_of(areas: Sequence[Area]) -> str:
    """The JSON Schema of the zip: an object with a member for each file."""
    references, definitions = models_json_schema([(area.record, "serialization") for area in areas])
    files = {
        area.name: {
            "type": "array",
            "items": references[area.record, "serialization"],
            "description": f"{area.about.zh} / {area.about.en}",
        }
        for area in areas
    }
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": files}
    return json.dumps({**schema, **definitions}, ensure_ascii=False, indent=2)


async def _in_one(text: str) -> AsyncIterator[str]:
    yield text


async def _array(records: AsyncIterator[BaseModel]) -> AsyncIterator[str]:
    """The array that the records stand in, each on a line of its own."""
    between = "[\n"
    async for record in records:
        yield between + record.model_dump_json()
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"
