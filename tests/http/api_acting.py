"""Families and enterprises of the sandbox, acting through the API as their phones would."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from tests.http.api_places import park_slot
from tests.http.api_services import Caller, with_face_of
from tests.running_city import RunningCity, SignedIn

Json = dict[str, Any]
EVERYTHING: Json = {"mode": "all_but"}


@dataclass
class ForSomebody:
    """A token for acting, and whose it is."""

    access_token: str
    grant_id: str
    helper: SignedIn

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


async def called(city: RunningCity, who: Caller, method: str, path: str, body: Any = None) -> httpx.Response:
    sent = {} if body is None else {"json": body}
    return await city.client.request(method, f"/api/v1/{path}", headers=who.headers, **sent)


async def done(city: RunningCity, who: Caller, method: str, path: str, body: Any = None) -> Any:
    """The answer of a request that must succeed; None when it has nothing to say."""
    answer = await called(city, who, method, path, body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def place() -> int:
    """Of somebody in the sandbox whom no other test has met."""
    return secrets.randbelow(900_000) + 50_000


async def acting(city: RunningCity, helper: SignedIn, grant_id: str) -> ForSomebody:
    token = await done(city, helper, "POST", "acting", {"grant_id": grant_id})
    return ForSomebody(token["access_token"], grant_id, helper)


async def parent_and_child(city: RunningCity, number: int | None = None) -> tuple[SignedIn, Json, Json]:
    """A resident at level 3, what the sandbox says of their child, and the relation that they made."""
    number = number or place()
    parent = await with_face_of(city, f"resident-{number}")
    child = await city.person(f"child-{number}")
    body = {"name": child["name"], "id_number": child["id_number"], "consent": True}
    return parent, child, await done(city, parent, "POST", "family/children", body)


async def person_and_helper(city: RunningCity, limits: Json | None = None) -> tuple[SignedIn, SignedIn, Json]:
    """Two residents at level 2, and the permission that one gave the other with a code."""
    person, helper = await city.sign_in(2), await city.sign_in(2)
    wanted = {"limits": limits or EVERYTHING, "days": 30}
    code = (await done(city, person, "POST", "family/invitations", wanted))["code"]
    return person, helper, await done(city, helper, "POST", "acting/codes/acceptance", {"code": code})


async def owner_and_enterprise(city: RunningCity) -> tuple[SignedIn, Json]:
    """A resident at level 3 and the enterprise they bound."""
    name = f"resident-{place()}"
    owner = await with_face_of(city, name)
    (of_theirs,) = (await city.outside.get(f"/personas/{name}/enterprises")).raise_for_status().json()["enterprises"]
    return owner, await done(city, owner, "POST", "enterprises", {"credit_code": of_theirs["credit_code"]})


async def agent_of(
    city: RunningCity, owner: SignedIn, enterprise: Json, limits: Json | None = None, *, may_consent: bool = False
) -> tuple[SignedIn, Json]:
    agent = await city.sign_in(2)
    wanted = {"limits": limits or EVERYTHING, "may_consent": may_consent, "days": 30}
    code = (await done(city, owner, "POST", f"enterprises/{enterprise['id']}/invitations", wanted))["code"]
    return agent, await done(city, agent, "POST", "acting/codes/acceptance", {"code": code})


async def reserved(city: RunningCity, who: Caller) -> Json:
    """A booking of the park that is always open."""
    made: Json = await done(city, who, "POST", "bookings", (await park_slot(city)).wanted)
    return made
