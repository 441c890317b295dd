"""Books and cancels until it is killed, and says after each acknowledgement what was acknowledged.

python -m tests.contract.booking_until_killed FILE FIRST_PERSON
"""

import asyncio
import sys

from core.errors import CityError
from server.adapters.sqlite_documents import SqliteDocuments
from tests.booking_city import City, asking, at, citizen, companion, park

CARD = park(capacity=100_000, day_capacity=300_000)
HOURS = (8, 9, 14, 15)


async def main(path: str, first_person: int) -> None:
    city = City(await SqliteDocuments.open(path))
    await asyncio.gather(*(_books(city, first_person + worker * 10_000) for worker in range(20)))


async def _books(city: City, first_person: int) -> None:
    """Every third booking is cancelled again, every second has a companion."""
    for person in range(first_person, first_person + 10_000, 2):
        companions = [companion(person + 1)] if person % 4 == 0 else []
        request = asking(at(HOURS[person % 4]), *companions)
        try:
            booking = await city.bookings.reserve(citizen(person), CARD, request, city.key(person, "k"))
            print("reserved", booking.id, flush=True)  # noqa: T201
            if person % 3 == 0:
                await city.bookings.cancel(citizen(person), booking.id)
                print("cancelled", booking.id, flush=True)  # noqa: T201
        except CityError as error:
            print("refused", error.code, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
