"""The consent to have one's face compared: separate, recorded and revocable like any other (PIPL article 29).

Without it no face is verified; the hall's code is the other way.
"""

from core.caller import Citizen
from core.clock import Clock
from core.documents import Patch
from core.text import Text, text
from identity_center.consent import ConsentGrant, ConsentService
from identity_center.face.errors import FaceConsentNeeded
from identity_center.face.settings import FaceProvider
from identity_center.offices import CITY, WECHAT

FACE_CARD = "identity.face"
"""Stands where a card stands: the face is verified for no card in particular."""
DISCLOSED = ("id_number", "name")
"""What WeChat is given to compare the face with."""
PURPOSE: dict[FaceProvider, Text] = {
    "built_in": text("人脸核验：与人口库登记照片比对", "Face verification: comparison with the authority's photo"),
    "wechat": text("人脸核验：由微信人脸核身比对", "Face verification: comparison by WeChat"),
}
OFFICE: dict[FaceProvider, str] = {"built_in": CITY, "wechat": WECHAT}
FIELDS: dict[FaceProvider, tuple[str, ...]] = {"built_in": ("face",), "wechat": ("face", *DISCLOSED)}


class FaceConsents:
    """Of one provider's verifications."""

    def __init__(self, consents: ConsentService, clock: Clock, provider: FaceProvider) -> None:
        self._consents = consents
        self._clock = clock
        self._office, self._fields, self._purpose = OFFICE[provider], FIELDS[provider], PURPOSE[provider]

    async def given(self, citizen: Citizen) -> None:
        """The citizen agrees, now and to this alone; recorded unless they have agreed already. Raises `GuardianNeeded`
        for somebody under 14."""
        if await self._live(citizen) is None:
            await self._consents.grant(
                citizen,
                card_id=FACE_CARD,
                department=self._office,
                fields=self._fields,
                purpose=self._purpose,
                separate=self._fields,
            )

    async def live(self, citizen: Citizen) -> ConsentGrant:
        """Raises `FaceConsentNeeded` when they never agreed, or have withdrawn."""
        grant = await self._live(citizen)
        if grant is None:
            raise FaceConsentNeeded
        return grant

    def used(self, grant: ConsentGrant) -> Patch[ConsentGrant]:
        """For the write that records the comparison: refuses it when the consent has ended by then."""
        return Patch(ConsentGrant, grant.id, add={"releases": 1}, guard=grant.still_live(self._clock.now()))

    async def _live(self, citizen: Citizen) -> ConsentGrant | None:
        return await self._consents.covering(
            citizen.id, card_id=FACE_CARD, department=self._office, fields=self._fields
        )
