"""A program: verifies a face against SQLite in a folder, as the server does, and prints how each attempt ended.

Standard input is {"poses": {pose: base64}, "impostor": base64, "hostile": base64, "reference": base64}. The log goes to
standard error in full. What it leaves behind is what test_face_pool.py searches for images.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path

from core.caller import Citizen
from core.clock import SystemClock
from core.errors import CityError
from identity_center.face.service import FaceService
from identity_center.face.settings import FaceSettings
from server.adapters.face_pool import FacePool
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.face_support import patient

CITIZEN = Citizen("citizen", "session", 2)


async def main(folder: Path) -> None:
    logging.basicConfig(level=logging.DEBUG)
    sent = json.load(sys.stdin)
    clock, settings = SystemClock(), FaceSettings(actions=("turn_left", "turn_right"))
    documents = await SqliteDocuments.open(folder / "city.sqlite3")
    pool = FacePool(settings.images, deadline_seconds=60)
    pool.start()
    attempts = patient(documents, clock, settings)
    faces = FaceService(documents, MemoryEphemeral(clock), clock, pool, settings, attempts)
    for first, later, reference in (
        (sent["poses"]["neutral"], sent["poses"], sent["reference"]),
        (sent["poses"]["neutral"], sent["poses"], sent["impostor"]),
        (sent["hostile"], sent["poses"], sent["reference"]),
        (sent["poses"]["neutral"], {"turn_left": sent["impostor"], "turn_right": sent["impostor"]}, sent["reference"]),
        (sent["poses"]["neutral"], sent["poses"], sent["hostile"]),
    ):
        challenge = await faces.start(CITIZEN)
        frames = [first, *(later[action] for action in challenge.actions)]
        try:
            await faces.verify(CITIZEN, challenge.id, challenge.nonce, frames, reference)
            print("passed")  # noqa: T201
        except CityError as error:
            logging.getLogger().exception("refused")
            print(error.code)  # noqa: T201
    await pool.close()
    await documents.close()


asyncio.run(main(Path(sys.argv[1])))
