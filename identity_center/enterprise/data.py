"""The door through which an enterprise's data leaves: under its consent, into its own log."""

from collections.abc import Collection
from typing import Final

from core.caller import Citizen, ForEnterprise
from core.documents import Documents
from core.text import Text
from identity_center.access_log import acted_by
from identity_center.acting.errors import ActingEnded
from identity_center.enterprise.enterprise import Enterprise
from identity_center.errors import PersonalDataMissing
from identity_center.releases import Handover, Releases
from identity_center.vault import Vault

FIELDS: Final = ("credit_code", "name")


def seal_context(enterprise_id: str, field: str) -> str:
    """What a sealed text of an enterprise is bound to."""
    return f"enterprise.{enterprise_id}.{field}"


class EnterpriseData:
    """As `PersonalData` is for persons."""

    def __init__(self, documents: Documents, vault: Vault, releases: Releases) -> None:
        self._documents = documents
        self._vault = vault
        self._releases = releases

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
        """The fields (`credit_code`, `name`) in clear, by name; none asked, none given and nothing written.

        Raises `ConsentNeeded`, `PersonalDataMissing` when the citizen acts for none, and what `ActingRules.still`
        raises.
        """
        if not fields:
            return {}
        names = tuple(sorted(f"enterprise.{name}" for name in fields))
        acting = citizen.acting
        if not isinstance(acting, ForEnterprise) or not set(fields) <= set(FIELDS):
            raise PersonalDataMissing(list(names))
        enterprise = await self._documents.get(Enterprise, acting.enterprise_id)
        if enterprise is None:
            raise ActingEnded
        handover = Handover(card_id, department, names, purpose, request_id, acting, acted_by(citizen))
        await self._releases.enter(enterprise.id, handover)
        sealed = {"credit_code": enterprise.code_sealed, "name": enterprise.name_sealed}
        return {name: self._vault.open(sealed[name], seal_context(enterprise.id, name)) for name in fields}
