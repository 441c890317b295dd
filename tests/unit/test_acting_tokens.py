"""What an access token says of acting, and what it cannot be made to say."""

import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.caller import Acting, Citizen, ForEnterprise, ForPerson, ProofMethod
from identity_center.account import Proof, Standing
from identity_center.acting.errors import ActingEnded
from identity_center.errors import TokenExpired, TokenInvalid
from tests.unit.identity_world import KEYS, NOON, World

WORLD = World()
FOR_PERSON = ForPerson("relation", "helper", "helper")
FOR_ENTERPRISE = ForEnterprise("mandate", "enterprise", "agent")
STANDING = Standing(2, {1: Proof(NOON, "phone"), 2: Proof(NOON, "authority")}, epoch=3)
METHODS: tuple[ProofMethod, ...] = ("wechat", "phone", "authority")
ids = st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=26)
capacities = st.one_of(
    st.none(),
    st.builds(ForPerson, ids, ids, st.sampled_from(["guardian", "helper"])),
    st.builds(ForEnterprise, ids, ids, st.sampled_from(["legal_representative", "agent"])),
)


def token(acting: Acting | None, account_id: str = "person", session_id: str = "session") -> str:
    return WORLD.tokens.for_citizen(account_id, session_id, STANDING, acting).text


def claims_of(text: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
    return claims


def signed(claims: dict[str, Any]) -> str:
    """By the city's own key: who got hold of a signature cannot bend what it says."""
    key = KEYS.keys[KEYS.current]
    headers = {"kid": KEYS.current, "typ": "at+jwt"}
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm="ES256", headers=headers)


@given(capacities, ids)
def test_what_a_token_is_made_for_is_what_it_is_read_as(acting: Acting | None, account_id: str) -> None:
    if isinstance(acting, ForPerson) and acting.helper_id == account_id:
        return
    citizen = WORLD.tokens.citizen(token(acting, account_id))
    assert citizen == Citizen(account_id, "session", 2, {1: NOON, 2: NOON}, dict(enumerate(METHODS)), acting)
    assert citizen.actor_id == (acting.helper_id if isinstance(acting, ForPerson) else account_id)
    assert citizen.served_id == (acting.enterprise_id if isinstance(acting, ForEnterprise) else account_id)


def test_a_token_carries_both_and_names_nobody() -> None:
    claims = claims_of(token(FOR_PERSON))
    assert (claims["sub"], claims["act"]) == (
        "person",
        {"sub": "helper", "rel": "relation", "cap": "helper", "epoch": 3},
    )
    assert "ent" not in claims
    claims = claims_of(token(FOR_ENTERPRISE))
    assert (claims["sub"], claims["ent"]) == ("person", {"id": "enterprise", "mandate": "mandate", "role": "agent"})
    assert "act" not in claims
    assert {"act", "ent"} & set(claims_of(token(None))) == set()


ACT, ENT = claims_of(token(FOR_PERSON))["act"], claims_of(token(FOR_ENTERPRISE))["ent"]


@pytest.mark.parametrize(
    "bent",
    [
        {"act": ACT, "ent": ENT},
        {"act": {**ACT, "sub": "person"}},
        {"act": {**ACT, "cap": "legal_representative"}},
        {"act": {**ACT, "cap": "anybody"}},
        {"act": {**ACT, "act": {"sub": "somebody else"}}},
        {"act": {"sub": "helper"}},
        {"act": {**ACT, "sub": 7}},
        {"act": {**ACT, "rel": None}},
        {"act": "helper"},
        {"act": []},
        {"act": True},
        {"ent": {**ENT, "role": "guardian"}},
        {"ent": {**ENT, "id": None}},
        {"ent": {**ENT, "name": "贵阳某某公司"}},
        {"ent": {"id": "enterprise"}},
        {"ent": "enterprise"},
    ],
)
def test_no_two_capacities_no_chain_and_nothing_besides(bent: dict[str, Any]) -> None:
    claims = claims_of(token(None))
    WORLD.tokens.citizen(signed(claims))
    with pytest.raises(TokenInvalid):
        WORLD.tokens.citizen(signed({**claims, **bent}))


@pytest.mark.parametrize(("subject", "error"), [
    ("session-1", TokenInvalid), ("person-1", TokenInvalid), ("helper-1", TokenInvalid), ("relation-1", ActingEnded),
])  # fmt: skip
async def test_it_ends_with_session_person_helper_and_permission(subject: str, error: type[Exception]) -> None:
    world = World()
    acting = ForPerson("relation-1", "helper-1", "guardian")
    text = world.tokens.for_citizen("person-1", "session-1", STANDING, acting).text
    assert world.tokens.citizen(text).acting == acting
    await world.revocations.announce(subject)
    with pytest.raises(error):
        world.tokens.citizen(text)


@pytest.mark.parametrize("lowered", ["person-1", "helper-1"])
async def test_when_a_proof_of_either_is_withdrawn_it_is_to_be_asked_for_anew(lowered: str) -> None:
    world = World()
    acting = ForPerson("relation-1", "helper-1", "helper")
    text = world.tokens.for_citizen("person-1", "session-1", STANDING, acting, epoch=3).text
    await world.revocations.announce(lowered, epoch=3)
    assert world.tokens.citizen(text).acting == acting, "it was made after that"
    await world.revocations.announce(lowered, epoch=4)
    with pytest.raises(TokenExpired):
        world.tokens.citizen(text)


async def test_a_mandate_that_has_ended_ends_its_tokens_and_no_others() -> None:
    world = World()
    own = world.tokens.for_citizen("person-1", "session-1", STANDING).text
    other = world.tokens.for_citizen("person-1", "session-1", STANDING, FOR_ENTERPRISE).text
    ended = ForEnterprise("mandate-1", "enterprise", "agent")
    text = world.tokens.for_citizen("person-1", "session-1", STANDING, ended).text
    await world.revocations.announce("mandate-1")
    with pytest.raises(ActingEnded):
        world.tokens.citizen(text)
    assert world.tokens.citizen(own).acting is None
    assert world.tokens.citizen(other).acting == FOR_ENTERPRISE
