"""The population authority: whether a name and a number belong together, and the holder's photo."""

import base64

from pydantic import Field

from sandbox.camera import Camera
from sandbox.personas import holder, registered_name
from sandbox.web import Answer, Body, Call, Refused


class VerifyRequest(Body):
    name: str = Field(min_length=1, max_length=60)
    id_number: str = Field(min_length=1, max_length=30)


class PhotoRequest(Body):
    id_number: str = Field(min_length=1, max_length=30)


class Authority:
    def __init__(self, camera: Camera) -> None:
        self._camera = camera

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
