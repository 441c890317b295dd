"""Credentials over a chosen store, wired as the server wires them, in the small world of made-up people."""

from collections.abc import Mapping

from core.caller import Citizen, Staff
from core.clock import ManualClock
from core.documents import Documents
from core.idempotency import RequestKey
from identity_center.credentials.addresses import Addresses
from identity_center.credentials.claims import Holder, Value
from identity_center.credentials.credential import Credential
from identity_center.credentials.gate import CredentialGate
from identity_center.credentials.issuing import CredentialIssuing
from identity_center.credentials.record import CredentialRecord
from identity_center.credentials.register import CredentialRegister
from identity_center.credentials.sd_jwt import CredentialSigner
from identity_center.credentials.settings import CredentialSettings
from identity_center.credentials.showing import CredentialShowing, Presentation
from identity_center.credentials.status_list import StatusList, read
from identity_center.credentials.status_lists import StatusLists
from identity_center.credentials.type_files import load_types
from identity_center.credentials.types import CredentialType
from identity_center.key_ring import KeyRing
from identity_center.vault import Vault
from tests.unit.identity_world import ISSUER, LI, LI_NUMBER, SHANGHAI, World

KEYS = KeyRing.generated()
PASS, PROOF, LICENCE = "gy.park_annual_pass", "gy.resident_proof", "gy.business_licence"
OPERATOR, GATE = Staff("staff-1", "operator", "operator"), Staff("staff-2", "north-gate", "gate")
PASS_CLAIMS: Mapping[str, Value] = {"pass_number": "GY-2026-000031", "category": "成人"}
LICENCE_CLAIMS: Mapping[str, Value] = {
    "enterprise": "贵阳测试餐饮管理有限公司",
    "credit_code": "91110000600037341L",
    "address": "贵阳市观山湖区林城东路123号",
    "scope": "餐饮服务；食品销售",
    "established_on": "2019-01-02",
}


class CredentialWorld(World):
    def __init__(
        self,
        documents: Documents | None = None,
        *,
        vault: Vault | None = None,
        clock: ManualClock | None = None,
        types: Mapping[str, CredentialType] | None = None,
        keys: KeyRing = KEYS,
    ) -> None:
        super().__init__(documents, vault=vault, clock=clock)
        addresses = Addresses(ISSUER)
        self.keys = keys
        self.record = CredentialRecord(self.documents, self.clock, self.vault)
        self.lists = StatusLists(self.documents, self.clock, keys, addresses, CredentialSettings())
        self.register = CredentialRegister(
            self.documents,
            self.clock,
            self.vault,
            self.accounts,
            types or load_types().types,
            self.record,
            self.lists,
        )
        self.showing = CredentialShowing(self.clock, SHANGHAI, self.register, CredentialSigner(keys, ISSUER), addresses)
        self.issuing = CredentialIssuing(
            self.documents,
            self.clock,
            SHANGHAI,
            self.vault,
            self.data_keys,
            self.accounts,
            self.authority,
            self.register,
            self.record,
            self.lists,
            self.showing,
        )
        self.gate = CredentialGate(self.documents, self.clock, self.record, addresses, keys.jwks())

    async def issued(self, type_id: str = PASS, claims: Mapping[str, Value] = PASS_CLAIMS) -> Credential:
        """To Li, by the operator."""
        return await self.issuing.issue(OPERATOR, type_id, Holder(LI, LI_NUMBER), claims)

    async def shown(self, citizen: Citizen, credential: Credential, *disclose: str) -> Presentation:
        return await self.showing.present(citizen, credential.id, disclose)

    async def kept_list(self, number: str = "1") -> StatusList:
        """As a gate has it after fetching it now."""
        return read(await self.lists.token(number), self.keys.jwks())

    def key(self, name: str, caller: str = "staff-1") -> RequestKey:
        return RequestKey(self.clock, caller, "credentials", name, "digest")

    def half_minute(self) -> None:
        self.clock.advance(seconds=30)
