"""Showing a credential: the holder chooses what to disclose, and the phone shows the code of this half minute."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from core.caller import Citizen
from core.clock import Clock
from core.rotation import LIVES, ROTATES, half_minute
from identity_center.credentials.addresses import Addresses
from identity_center.credentials.claims import Value, values
from identity_center.credentials.credential import Content, Credential
from identity_center.credentials.errors import CredentialNotUsable, DisclosureUnknown
from identity_center.credentials.packing import packed
from identity_center.credentials.register import CredentialRegister
from identity_center.credentials.sd_jwt import CredentialSigner, Statement, StatusEntry
from identity_center.credentials.types import CredentialType


@dataclass(frozen=True)
class Presentation:
    """What the phone shows: `code` as a QR code until `refresh_at`; it is refused from `expires_at` on.

    `sd_jwt` is the same for programs that take an SD-JWT with key binding as it is.
    """

    code: str = field(repr=False)
    sd_jwt: str = field(repr=False)
    disclosed: tuple[str, ...]
    issued_at: datetime
    refresh_at: datetime
    expires_at: datetime


class CredentialShowing:
    """`zone` is the city's: whether somebody is of age is a matter of its calendar."""

    def __init__(
        self,
        clock: Clock,
        zone: tzinfo,
        register: CredentialRegister,
        signer: CredentialSigner,
        addresses: Addresses,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._register = register
        self._signer = signer
        self._addresses = addresses

    async def present(self, citizen: Citizen, credential_id: str, disclose: Collection[str]) -> Presentation:
        """Raises `CredentialNotFound`, `CredentialTypeNotFound`, `StepUpNeeded`, `CredentialNotUsable`,
        `DisclosureUnknown`, `PresentationTooLarge`."""
        credential = await self._register.own(citizen, credential_id)
        declared = self._register.type(credential.type_id)
        now = self._clock.now()
        citizen.require(declared.assurance.show, declared.assurance.show_max_age, now)
        standing = credential.standing(now)
        if standing != "valid":
            raise CredentialNotUsable(standing)
        return self.presentation(declared, credential, self._register.content(credential), disclose)

    def presentation(
        self, declared: CredentialType, credential: Credential, content: Content, disclose: Collection[str]
    ) -> Presentation:
        """Raises `DisclosureUnknown`, `PresentationTooLarge`."""
        found = self.values(declared, content)
        statement = self._statement(declared, credential, found)
        chosen = tuple(sorted(set(disclose)))
        if not set(chosen) <= statement.choice.keys():
            raise DisclosureUnknown(sorted(statement.choice))
        issued_at = half_minute(self._clock.now())
        sd_jwt = self._signer.presentation(statement, chosen, issued_at)
        return Presentation(packed(sd_jwt), sd_jwt, chosen, issued_at, issued_at + ROTATES, issued_at + LIVES)

    def values(self, declared: CredentialType, content: Content) -> dict[str, Value]:
        """All claims as they are today."""
        return values(declared, content.holder, content.given, self._clock.now().astimezone(self._zone).date())

    def _statement(self, declared: CredentialType, credential: Credential, found: Mapping[str, Value]) -> Statement:
        always = declared.always_shown
        return Statement(
            vct=self._addresses.type(declared.id),
            always={name: value for name, value in found.items() if name in always},
            choice={name: value for name, value in found.items() if name not in always},
            status=StatusEntry(self._addresses.status_list(credential.status_list), credential.status_index),
            expires_at=credential.expires_at,
        )
