"""What the HTTP floor does about who acts for somebody: refuses unless told, and counts who is at the device."""

import pytest

from core.caller import Acting, Capacity, Citizen, ForEnterprise, ForPerson
from core.ephemeral import Rate
from core.idempotency import RequestKey
from handlers.http.application import Route
from handlers.http.contract import Created, endpoint
from handlers.http.fields import Request, ShortText, View
from handlers.http.handler import Handler
from handlers.http.policy import FOR_ENTERPRISES, FOR_OTHERS, FOR_PERSONS, GUARDIANS, citizen
from tests.http.machinery import Served, served


class Note(Request):
    text: ShortText


class Kept(View):
    key: str | None = None


class AsOneself(Handler):
    @endpoint(who=citizen(), rate="write", idempotent=True)
    async def post(self, request: Note, key: RequestKey | None) -> Created[Kept]:  # what is kept does not matter
        """Keep a note."""
        return Created(Kept(key=key.id if key else None))


class ForAnybody(Handler):
    @endpoint(who=citizen(acting=FOR_OTHERS), rate="write", idempotent=True)
    async def post(self, request: Note, key: RequestKey | None) -> Created[Kept]:  # what is kept does not matter
        """Keep a note for somebody."""
        return Created(Kept(key=key.id if key else None))


ROUTES = [Route("/own", AsOneself), Route("/any", ForAnybody)]
GUARDIAN, HELPER = ForPerson("relation", "helper-1", "guardian"), ForPerson("relation", "helper-1", "helper")
OWNER = ForEnterprise("mandate", "enterprise-1", "legal_representative")
AGENT = ForEnterprise("mandate", "enterprise-1", "agent")


def known(city: Served, name: str, account: str, acting: Acting | None) -> dict[str, str]:
    city.callers.known[name] = Citizen(account, "session-1", 2, acting=acting)
    return {"Authorization": f"Bearer {name}"}


@pytest.mark.parametrize("acting", [GUARDIAN, HELPER, OWNER, AGENT])
async def test_what_does_not_say_that_it_can_be_done_for_somebody_cannot(acting: Acting) -> None:
    async with served(ROUTES) as city:
        headers = known(city, "somebody", "person-1", acting)
        answer = await city.client.post("/own", content=b"{not json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.acting.not_allowed")
        assert (await city.client.post("/any", json={"text": "x"}, headers=headers)).status_code == 201
        own = known(city, "me", "person-1", None)
        assert (await city.client.post("/own", json={"text": "x"}, headers=own)).status_code == 201


def test_capacities_are_named_in_groups_and_shown() -> None:
    capacities: set[Capacity] = {"guardian", "helper", "legal_representative", "agent"}
    assert set(FOR_OTHERS) == {*FOR_PERSONS, *FOR_ENTERPRISES} == capacities
    assert set(GUARDIANS) < set(FOR_PERSONS)
    assert str(citizen()) == "citizen of assurance 0"
    assert str(citizen(acting=GUARDIANS)) == "citizen of assurance 0, or acting as guardian"


async def test_limits_and_figures_count_who_is_at_the_device() -> None:
    async with served(ROUTES, {"write": Rate(2, 60)}) as city:
        one = known(city, "one", "person-1", HELPER)
        other = known(city, "other", "person-2", HELPER)
        own = known(city, "own", "person-1", None)
        statuses = [
            (await city.client.post("/any", json={"text": "x"}, headers=headers)).status_code
            for headers in (one, other, one, own)
        ]
        assert statuses == [201, 201, 429, 201], "the helper has asked enough; the person has not"
        assert city.noted.visits == ["helper-1", "helper-1", "helper-1", "person-1"]


async def test_a_request_key_is_of_who_asks_and_whom_for() -> None:
    async with served(ROUTES) as city:
        keys = set()
        for name, account, acting in (
            ("own", "person-1", None),
            ("helper's own", "helper-1", None),
            ("helper", "person-1", HELPER),
            ("helper of another", "person-2", HELPER),
            ("agent", "person-1", AGENT),
        ):
            sent = {**known(city, name, account, acting), "Idempotency-Key": "0123456789abcdef"}
            keys.add((await city.client.post("/any", json={"text": "x"}, headers=sent)).json()["key"])
        assert len(keys) == 5
