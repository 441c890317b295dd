"""Nobody can make, change, stretch or borrow an access token."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.caller import Staff
from identity_center.account import Standing
from identity_center.errors import TokenExpired, TokenInvalid
from identity_center.key_ring import KeyRing, SigningAlgorithm, private_bytes, signing_key
from identity_center.settings import IdentitySettings, TokenSettings
from identity_center.tokens import LONGEST_TOKEN, AccessTokens
from tests.unit.identity_world import ISSUER, KEYS, NOON, World

HEADER = {"alg": "ES256", "kid": KEYS.current, "typ": "at+jwt"}
NOW = int(NOON.timestamp())
CLAIMS: dict[str, object] = {
    "iss": ISSUER, "aud": "citizen", "sub": "account-1", "sid": "session-1", "jti": "token-1",
    "iat": NOW, "exp": NOW + 900, "acr": "2", "proved_at": {"1": NOW - 60, "2": NOW},
    "amr": ["wechat", "phone", "authority"],
}  # fmt: skip
_ours = KEYS.keys[KEYS.current]
assert isinstance(_ours, ec.EllipticCurvePrivateKey)
PRIVATE = _ours
PUBLIC_PEM = PRIVATE.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
ECDSA = ec.ECDSA(hashes.SHA256())
STRANGER = ec.generate_private_key(ec.SECP256R1())


def part(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: object = HEADER, claims: object = CLAIMS, key: ec.EllipticCurvePrivateKey = PRIVATE) -> str:
    """A token signed whatever it says: what our own key would make of it."""
    signing_input = f"{part(header)}.{part(claims)}"
    algorithm = jwt.get_algorithm_by_name("ES256")
    return f"{signing_input}.{part(algorithm.sign(signing_input.encode(), key))}"


def hs256(header: object, secret: bytes) -> str:
    signing_input = f"{part(header)}.{part(CLAIMS)}"
    return f"{signing_input}.{part(hmac.new(secret, signing_input.encode(), hashlib.sha256).digest())}"


def changed(**claims: object) -> dict[str, object]:
    return {**CLAIMS, **claims}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def public_jwk() -> dict[str, str]:
    return KEYS.jwks()["keys"][0]


GOOD = signed()
SIGNED_PART = GOOD.rpartition(".")[0]
DUPLICATED = json.dumps(CLAIMS)[:-1].encode() + b', "sub": "account-2"}'

FORGERIES: dict[str, str] = {
    "nothing": "",
    "no token": "not a token",
    "dots": "..",
    "alg none, unsigned": f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}.",
    "alg None in capitals": f"{part({**HEADER, 'alg': 'NONE'})}.{part(CLAIMS)}.",
    "alg none with our signature": f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}.{GOOD.split('.')[2]}",
    "no alg": signed({"kid": KEYS.current, "typ": "at+jwt"}),
    "HS256 with the public key": hs256({**HEADER, "alg": "HS256"}, PUBLIC_PEM),
    "HS256 said to be ES256": hs256(HEADER, PUBLIC_PEM),
    "signed by a stranger": signed(key=STRANGER),
    "a stranger's kid": signed({**HEADER, "kid": "stranger"}, key=STRANGER),
    "no kid": signed({"alg": "ES256", "typ": "at+jwt"}),
    "kid that is no text": signed({**HEADER, "kid": ["a"]}),
    "kid that is a path": signed({**HEADER, "kid": "../../dev/null"}),
    "jku": signed({**HEADER, "jku": "https://evil.example/jwks"}, key=STRANGER),
    "x5u": signed({**HEADER, "x5u": "https://evil.example/cert"}, key=STRANGER),
    "embedded jwk": signed({**HEADER, "jwk": public_jwk()}),
    "crit": signed({**HEADER, "crit": ["b64"], "b64": True}),
    "another kind of token": signed({**HEADER, "typ": "JWT"}),
    "no kind": signed({"alg": "ES256", "kid": KEYS.current}),
    "header that is a list": signed(["ES256"]),
    "header that is no JSON": signed(b"{"),
    "not yet": signed(claims=changed(nbf=NOW + 60)),
    "issued in the future": signed(claims=changed(iat=NOW + 60)),
    "another issuer": signed(claims=changed(iss="https://evil.example")),
    "another audience": signed(claims=changed(aud="department")),
    "audiences": signed(claims=changed(aud=["citizen", "staff"])),
    "staff as citizen": signed(claims=changed(aud="staff", name="li.na", role="operator")),
    "higher than there is": signed(claims=changed(acr="4")),
    "level as a number": signed(claims=changed(acr=3)),
    "end as a text": signed(claims=changed(exp=str(NOW + 900))),
    "claims that are a list": signed(claims=["sub"]),
    "claims that are no JSON": signed(claims=b"{"),
    "claims deeper than can be read": signed(claims=b"[" * 100_000),
    "duplicated claims": signed(claims=DUPLICATED),
    "truncated": GOOD[:-1],
    "signature cut off": SIGNED_PART + ".",
    "two parts": SIGNED_PART,
    "four parts": GOOD + ".AA",
    "padded": GOOD + "==",
    "blank at the end": GOOD + " ",
    "signature as DER": f"{SIGNED_PART}.{part(PRIVATE.sign(SIGNED_PART.encode(), ECDSA))}",
    "zero signature": f"{SIGNED_PART}.{part(bytes(64))}",
    "other claims under the same signature": f"{part(HEADER)}.{part(changed(acr='3'))}.{GOOD.split('.')[2]}",
    "not ASCII": GOOD[:-3] + "令牌。",
    "enormous": GOOD + "A" * 10_000_000,
    "just too long": signed(claims=changed(name="x" * LONGEST_TOKEN)),
    **{f"no {name}": signed(claims=without(name)) for name in CLAIMS},
}  # fmt: skip


def test_the_table_starts_from_a_good_token() -> None:
    citizen = World().tokens.citizen(GOOD)
    assert (citizen.id, citizen.session_id, citizen.assurance) == ("account-1", "session-1", 2)
    assert citizen.proved_at == {1: NOON - timedelta(minutes=1), 2: NOON}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_is_nobodys(forgery: str) -> None:
    with pytest.raises(TokenInvalid):
        World().tokens.citizen(forgery)


@pytest.mark.parametrize("place", range(0, len(GOOD), 5))
def test_no_character_can_be_altered(place: int) -> None:
    other = "A" if GOOD[place] != "A" else "B"
    with pytest.raises(TokenInvalid):
        World().tokens.citizen(GOOD[:place] + other + GOOD[place + 1 :])


def test_an_expired_token_says_so_and_only_when_it_was_ours() -> None:
    tokens = World().tokens
    with pytest.raises(TokenExpired):
        tokens.citizen(signed(claims=changed(iat=NOW - 900, exp=NOW)))
    with pytest.raises(TokenInvalid):
        tokens.citizen(signed(claims=changed(iat=NOW - 900, exp=NOW), key=STRANGER))


def test_a_token_known_for_long_ends_on_time() -> None:
    world = World()
    token = world.tokens.for_citizen("account-1", "session-1", Standing(0, {})).text
    for _ in range(14):
        assert world.tokens.citizen(token).id == "account-1"
        world.clock.advance(minutes=1)
    world.clock.advance(minutes=1)
    with pytest.raises(TokenExpired):
        world.tokens.citizen(token)


def test_a_clock_a_little_ahead_is_no_reason_to_refuse() -> None:
    assert World().tokens.citizen(signed(claims=changed(iat=NOW + 3))).id == "account-1"


async def test_a_remembered_token_ends_with_its_session() -> None:
    world = World()
    pair = await world.sign_in()
    citizen = world.tokens.citizen(pair.access_token)
    await world.sessions.sign_out(citizen)
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(pair.access_token)


def test_only_as_many_tokens_are_remembered_as_allowed() -> None:
    settings = IdentitySettings(tokens=TokenSettings(remembered_tokens=3))
    tokens = World(settings=settings).tokens
    texts = [tokens.for_citizen(f"account-{number}", "session", Standing(0, {})).text for number in range(10)]
    for text in [*texts, *texts]:
        assert tokens.citizen(text)
    assert len(tokens._remembered) == 3


def staff_token(tokens: AccessTokens) -> str:
    return tokens.for_staff(Staff("staff-1", "li.na", "operator"), "session-1").text


def test_staff_and_citizens_cannot_take_each_others_place() -> None:
    tokens = World().tokens
    assert tokens.staff(staff_token(tokens)) == Staff("staff-1", "li.na", "operator", session_id="session-1")
    with pytest.raises(TokenInvalid):
        tokens.citizen(staff_token(tokens))
    with pytest.raises(TokenInvalid):
        tokens.staff(GOOD)


def test_a_new_key_signs_and_the_old_ones_tokens_live_on() -> None:
    world = World()
    rotated = KEYS.with_new_key()
    tokens = AccessTokens(rotated, world.clock, world.revocations, world.settings.tokens, issuer=ISSUER)
    assert tokens.citizen(GOOD).id == "account-1"
    fresh = tokens.for_citizen("account-1", "session-1", Standing(0, {})).text
    assert jwt.get_unverified_header(fresh)["kid"] == rotated.current != KEYS.current
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(fresh)


def test_others_can_verify_with_the_published_keys_and_nothing_private_is_published() -> None:
    tokens = World().tokens
    published = tokens.jwks()
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(GOOD)["kid"]]
    options: jwt.types.Options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(GOOD, key, algorithms=["ES256"], audience="citizen", issuer=ISSUER, options=options)
    assert claims["sub"] == "account-1"
    assert all("d" not in jwk for jwk in published["keys"])


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_either_algorithm_signs_and_only_its_own_key_verifies(algorithm: SigningAlgorithm) -> None:
    world = World()
    tokens = world.tokens
    tokens.take_up(KEYS.with_new_key(algorithm))
    fresh = tokens.for_citizen("account-1", "session-1", Standing(0, {})).text
    header = jwt.get_unverified_header(fresh)
    assert header["alg"] == algorithm
    assert tokens.citizen(fresh).id == "account-1"
    published = next(key for key in tokens.jwks()["keys"] if key["kid"] == header["kid"])
    assert (published["alg"], published["use"], "d" in published) == (algorithm, "sig", False)
    options: jwt.types.Options = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(fresh, jwt.PyJWK(published), [algorithm], audience="citizen", options=options)["sub"]
    other = "EdDSA" if algorithm == "ES256" else "ES256"
    relabelled = f"{part({**header, 'alg': other})}.{fresh.partition('.')[2]}"
    borrowed = f"{part({**header, 'kid': KEYS.current})}.{fresh.partition('.')[2]}"
    for forgery in (relabelled, borrowed):
        with pytest.raises(TokenInvalid):
            tokens.citizen(forgery)


def test_what_a_dropped_key_signed_ends_at_once_also_when_it_was_remembered() -> None:
    world = World()
    assert world.tokens.citizen(GOOD).id == "account-1"
    rotated = KEYS.with_new_key()
    world.tokens.take_up(rotated)
    assert world.tokens.citizen(GOOD).id == "account-1"
    world.tokens.take_up(KeyRing(rotated.current, {rotated.current: rotated.keys[rotated.current]}))
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(GOOD)
    assert [key["kid"] for key in world.tokens.jwks()["keys"]] == [rotated.current]


def test_a_key_is_published_before_it_signs() -> None:
    world, announced = World(), KEYS.with_new_key()
    world.tokens.take_up(KeyRing(KEYS.current, announced.keys))
    assert jwt.get_unverified_header(world.tokens.for_citizen("a", "s", Standing(0, {})).text)["kid"] == KEYS.current
    assert [key["kid"] for key in world.tokens.jwks()["keys"]] == [*announced.keys]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_signing_keys_are_read_again_as_they_were(algorithm: SigningAlgorithm) -> None:
    ring = KeyRing.generated(algorithm)
    again = KeyRing.of([signing_key(private_bytes(key)) for key in ring.keys.values()])
    assert again.jwks() == ring.jwks()
    assert "PRIVATE" not in repr(again)


def der(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


@pytest.mark.parametrize(
    "content",
    [lambda: b"", lambda: b"-----BEGIN", lambda: b"\0" * 200, lambda: der(ec.generate_private_key(ec.SECP384R1()))],
)
def test_what_are_no_signing_keys_is_refused(content: Callable[[], bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        signing_key(content())
