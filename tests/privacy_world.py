"""A citizen who has everything that a citizen can have, over a chosen store, and the rights over it as the server wires
them."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.caller import Citizen
from core.clock import ManualClock
from core.documents import Documents, Insert
from core.ids import new_id
from core.messages import message
from core.text import text
from identity_center.acting.limits import EVERYTHING
from identity_center.audit.anchors import AnchorBook, Anchors
from identity_center.credentials.credential import Credential
from identity_center.enterprise.enterprise import Mandate
from identity_center.face.records import FaceRecord
from identity_center.key_ring import KeyRing
from identity_center.notices import PHONE_CHANGED
from identity_center.oidc.settings import OidcSettings
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.oidc.sites import SiteSessions
from identity_center.privacy.acting import RelationHolding
from identity_center.privacy.closing import AccountClosings
from identity_center.privacy.corrections import Corrections
from identity_center.privacy.erasure import Erasures
from identity_center.privacy.export import DataExport
from identity_center.privacy.retention import Retention
from identity_center.privacy.settings import PrivacySettings
from identity_center.record_signing import RecordSigner
from identity_center.relations.relation import Relation
from identity_center.staff.hall_codes import HallCode
from identity_center.staff.log import COMMAND_LINE, Event
from identity_center.vault import Vault
from insight.usage import Insight
from server.adapters.erased_ledger import ErasedLedger
from server.stores import scrub_of
from server.wiring.privacy import areas_of, holdings_of
from service_registry.booking.bookings import Booking
from service_registry.booking.service import BookingService
from tests.booking_city import City, asking, at, companion, park
from tests.credential_world import CredentialWorld
from tests.unit.acting_world import ActingWorld
from tests.unit.identity_world import SHANGHAI, WANG, WANG_NUMBER

CARD, CENTRE = "gy.housing_fund", "gy.housing_fund_centre"
PURPOSE, USE = text("查询公积金账户", "See the housing fund account"), text("查询余额", "Balance")
WORDS = "我的姓名登记错误，应为李小测"


class PrivacyWorld(CredentialWorld, ActingWorld):
    """`folder` is where the ledger of erased accounts lies."""

    def __init__(
        self,
        folder: Path,
        documents: Documents | None = None,
        *,
        vault: Vault | None = None,
        clock: ManualClock | None = None,
        privacy: PrivacySettings | None = None,
    ) -> None:
        super().__init__(documents, vault=vault, clock=clock)
        self.folder = folder
        documents, clock, privacy = self.documents, self.clock, privacy or PrivacySettings()
        self.privacy = privacy
        signer = City(documents).signer
        self.bookings = BookingService(documents, clock, SHANGHAI, self.people, signer)
        self.insight = Insight(documents, clock, SHANGHAI)
        self.sites = SiteSessions(documents, clock, self.vault, OidcSettings(), self.settings.proofs)
        self.areas = areas_of(documents, self.data_keys, self.vault, self.people)
        enterprises = self.acting.enterprises
        self.holdings = holdings_of(documents, clock, self.vault, self.revocations, self.lists, enterprises, privacy)
        reasons = RelationHolding(documents, clock, self.revocations).reasons
        proofs = self.settings.proofs
        self.export = DataExport(
            documents, clock, SHANGHAI, self.accounts, self.personal_data, self.areas, proofs, privacy
        )
        self.corrections = Corrections(
            documents, clock, SHANGHAI, self.data_keys, self.accounts, self.persons, self.revocations,
            self.staff.log, privacy,
        )  # fmt: skip
        self.closings = AccountClosings(
            documents,
            clock,
            self.accounts,
            self.persons,
            self.sessions,
            self.sites,
            self.holdings,
            reasons,
            proofs,
            privacy,
        )
        self.erasures = Erasures(
            documents, clock, self.persons, self.revocations, self.holdings,
            ErasedLedger(folder / "erased.jsonl"), self.data_keys.forget, scrub_of(documents), privacy,
        )  # fmt: skip
        anchors = Anchors(documents, clock, AnchorBook(self.vault, RecordSigner(KeyRing.generated())), None)
        self.retention = Retention(documents, clock, anchors, privacy)

    async def settled(self, openid: str = "openid-li") -> Citizen:
        """Li, with something of every kind."""
        citizen = await self.with_real_name(openid)
        await self.companions.save(citizen, WANG, WANG_NUMBER)
        await self.agreed(citizen)
        await self.released(citizen)
        await self.booked(citizen)
        await self.issued()
        await self.sessions.raise_to_face(citizen, self.clock.now())
        await self._verified(citizen)
        await self._in_a_hall(citizen)
        await self._acts_for_others(citizen)
        await self._signed_in_at_a_site(citizen)
        await self.staff.log.written(Event("proof.withdraw", COMMAND_LINE, citizen.id, {"proof": "face"}))
        await self.corrections.ask(citizen, "name", WORDS)
        self.insight.used(citizen.id, CARD, "ok")
        await self.insight.checkpoint()
        return await self.now(citizen)

    async def agreed(self, citizen: Citizen) -> None:
        fields = ["id_number"]
        await self.consents.grant(
            citizen, card_id=CARD, department=CENTRE, fields=fields, purpose=PURPOSE, separate=fields
        )

    async def released(self, citizen: Citizen) -> None:
        await self.personal_data.release(
            citizen.id, card_id=CARD, department=CENTRE, fields=["id_number"], purpose=USE, request_id="request-1"
        )

    async def booked(self, citizen: Citizen, starts_at: datetime | None = None) -> Booking:
        return await self.bookings.reserve(citizen, park(), asking(starts_at or at(8), companion(7)))

    async def _verified(self, citizen: Citizen) -> None:
        now = self.clock.now()
        await self.documents.write(
            Insert(
                FaceRecord(
                    id=new_id(self.clock), citizen_id=citizen.id, session_id=citizen.session_id, actions=("blink",),
                    decision="accepted", reason=None, distance=0.3127, challenge_distance=None, between_distance=0.2,
                    model="dlib", thresholds={"accept": 0.5}, consented_at=now, decided_at=now,
                )
            )
        )  # fmt: skip

    async def _in_a_hall(self, citizen: Citizen) -> None:
        """A code of theirs that was used, of which the city told them, and one that waits."""
        now, key = self.clock.now(), await self.people.person_key(citizen.id)
        code = HallCode(
            id="", live_person=None, digest="", department=CENTRE, hall="city", issued_by="clerk-1", issued_at=now,
            expires_at=now,
        )  # fmt: skip
        used = {"id": new_id(self.clock), "used_by": citizen.id, "used_at": now}
        waiting = {"id": new_id(self.clock), "live_person": key}
        await self.documents.write(
            *(Insert(code.model_copy(update=change)) for change in (used, waiting)),
            message(PHONE_CHANGED, citizen.id, self.clock),
        )

    async def _acts_for_others(self, citizen: Citizen) -> None:
        """They are helped by a neighbour and are the agent of an enterprise, neither of whom is there."""
        now = self.clock.now()
        later = now + timedelta(days=90)
        relation = Relation(
            id=new_id(self.clock), kind="helper", person_id=citizen.id, helper_id="neighbour", live_person=citizen.id,
            live_helper="neighbour", person_place=1, helper_place=1, limits=EVERYTHING, since=now, expires_at=later,
            confirmed_at=now,
        )  # fmt: skip
        mandate = Mandate(
            id=new_id(self.clock), enterprise_id="enterprise", account_id=citizen.id, role="agent",
            live_enterprise="enterprise", live_account=citizen.id, place=1, term=1, limits=EVERYTHING,
            may_consent=False, since=now, expires_at=later,
        )  # fmt: skip
        await self.documents.write(Insert(relation), Insert(mandate))

    async def _signed_in_at_a_site(self, citizen: Citizen) -> None:
        now = self.clock.now()
        later = now + timedelta(days=90)
        await self.documents.write(
            Insert(
                SiteSignIn(
                    id=new_id(self.clock), account_id=citizen.id, live_account=citizen.id, client_id="site",
                    department=CENTRE, site_session="browser", city_session=citizen.session_id, subject="pseudonym",
                    scopes=("openid",), level=2, auth_time=now, refreshable=True, created_at=now, refreshed_at=now,
                    expires_at=later, forget_at=later,
                )
            )
        )  # fmt: skip

    async def copy(self, citizen: Citizen) -> dict[str, Any]:
        """What is in the zip, by file."""
        pieces = [piece async for piece in await self.export.made(citizen, "request-export")]
        with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as whole:
            assert whole.testzip() is None
            files = {name: whole.read(name).decode() for name in whole.namelist()}
        return {name: json.loads(content) if name.endswith(".json") else content for name, content in files.items()}

    async def days(self, count: float) -> None:
        """So many pass, with the jobs that end what is past."""
        self.clock.advance(days=count)
        await self.bookings.close_past()

    async def closed(self, citizen: Citizen) -> None:
        """The account is asked to close, and its time comes."""
        await self.closings.ask(citizen)
        self.clock.advance(days=self.privacy.closing_days)
        await self.erased()

    async def erased(self) -> None:
        """The job, until nothing is left for it to do."""
        for _ in range(8):
            await self.erasures.run()
            self.clock.advance(minutes=11)
        assert await self.erasures.run() == 0

    def elsewhere(self, documents: Documents | None = None) -> "PrivacyWorld":
        """Another process on the same store, or the same city on another one."""
        return PrivacyWorld(self.folder, documents or self.documents, vault=self.vault, clock=self.clock)

    async def fresh(self, citizen: Citizen) -> Citizen:
        """The same citizen, proved a moment ago."""
        now = self.clock.now()
        return replace(await self.now(citizen), proved_at=dict.fromkeys(range(3), now))


async def all_credentials(world: PrivacyWorld) -> tuple[Credential, ...]:
    return (await world.documents.find(Credential, "id", limit=100)).items
