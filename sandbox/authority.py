"""The population authority: whether a name and a number belong together, the holder's photo, and who is whose
guardian."""

import base64

from pydantic import Field

from sandbox.camera import Camera
from sandbox.personas import guardians, holder, persona, registered_name
from sandbox.web import Answer, Body, Call, Refused


class VerifyRequest(Body):
    name: str = Field(min_length=1, max_length=60)
    id_number: str = Field(min_length=1, max_length=30)


class PhotoRequest(Body):
    id_number: str = Field(min_length=1, max_length=30)


class GuardianRequest(Body):
    guardian_id_number: str = Field(min_length=1, max_length=30)
    minor_id_number: str = Field(min_length=1, max_length=30)


class GuardianChange(Body):
    guardian: bool


class Authority:
    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._ended: dict[str, frozenset[str]] = {}

    async def verify(self, call: Call) -> Answer:
        request = call.read(VerifyRequest)
        registered = registered_name(request.id_number, call.now.date())
        if registered is None:
            return {"result": "not_found"}
        return {"result": "match" if registered == request.name else "mismatch"}

    async def photo(self, call: Call) -> Answer:
        id_number = call.read(PhotoRequest).id_number
        person = holder(id_number)
        whose = person.authority_photo if person else "own"
        if whose == "none" or registered_name(id_number, call.now.date()) is None:
            raise Refused(404, "not_found")
        photo = await self._camera.id_photo(person.id if person else None, another=whose == "another")
        return {"photo": base64.b64encode(photo).decode()}

    async def guardian(self, call: Call) -> Answer:
        request = call.read(GuardianRequest)
        of_minor = guardians(request.minor_id_number) - self._ended.get(request.minor_id_number, frozenset())
        return {"result": "match" if request.guardian_id_number in of_minor else "mismatch"}

    async def change_guardian(self, call: Call) -> Answer:
        """A court decides: whether the one is still guardian of the other."""
        minor, guardian = (persona(name) for name in call.names)
        if minor is None or guardian is None:
            raise Refused(404, "not_found")
        still = call.read(GuardianChange).guardian
        ended = self._ended.get(minor.id_number, frozenset())
        changed = ended - {guardian.id_number} if still else ended | {guardian.id_number}
        self._ended[minor.id_number] = changed
        return {
            "minor": minor.id,
            "guardian": guardian.id,
            "is_guardian": guardian.id_number in guardians(minor.id_number) - changed,
        }
