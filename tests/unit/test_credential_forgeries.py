"""What is no code of this city's, however like one it looks; and who would make one."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from identity_center.credentials.errors import PresentationInvalid
from identity_center.credentials.packing import MARK
from identity_center.credentials.sd_jwt import CredentialSigner, verified
from identity_center.credentials.status_list import read, signed
from identity_center.credentials.verification import read_code
from identity_center.key_ring import KeyRing, SigningKey
from tests.credential_world import KEYS
from tests.unit.identity_world import ISSUER, NOON
from tests.unit.test_credential_codes import CODE, JWKS, SHOWN, SIGNER, STATEMENT, kept, segments

CITY = KEYS.keys[KEYS.current]
OWN = ec.generate_private_key(ec.SECP256R1())
"""A forger's."""
ISSUED, DISCLOSURE, BINDING = SHOWN.split("~")
HEADER, PAYLOAD, SIGNATURE = ISSUED.split(".")
CLAIMS, BOUND = (json.loads(list(segments(part))[1]) for part in (ISSUED, BINDING))
TRUE = {"kid": KEYS.current, "typ": "dc+sd-jwt"}
OTHER = SIGNER.presentation(STATEMENT, ["birth_date"], NOON).split("~")


def encoded(part: Any) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def resigned(header: Mapping[str, Any], claims: Mapping[str, Any], key: SigningKey) -> str:
    return jwt.encode(dict(claims), key, "ES256", headers=dict(header))


def own_jwk() -> dict[str, str]:
    numbers = OWN.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", **{name: encoded(getattr(numbers, name).to_bytes(32, "big")) for name in "xy"}}


FOR_OWN = {**CLAIMS, "cnf": {"jwk": own_jwk()}}
"""The true claims, with the forger's key as the holder's."""


def whole(issued: str, *disclosures: str, **changed: Any) -> str:
    """With a key-binding JWT of the forger's own that fits, but for what is changed in it."""
    beginning = "~".join((issued, *disclosures, ""))
    bound = {**BOUND, "sd_hash": encoded(hashlib.sha256(beginning.encode()).digest()), **changed}
    return beginning + resigned({"typ": "kb+jwt"}, bound, OWN)


def by_us(claims: Mapping[str, Any], **header: Any) -> str:
    """As if somebody had got hold of a signature of the city's."""
    return resigned({**TRUE, **header}, claims, CITY)


def altered() -> dict[str, str]:
    """Made of true codes."""
    binding_header, _, binding_signature = BINDING.split(".")
    later = {**BOUND, "iat": BOUND["iat"] + 600}
    none = encoded({"alg": "none", "typ": "kb+jwt"})
    return {
        "without key binding": f"{ISSUED}~{DISCLOSURE}~",
        "the binding of another showing": "~".join((ISSUED, DISCLOSURE, OTHER[-1])),
        "a disclosure of another showing": "~".join((ISSUED, OTHER[1], BINDING)),
        "one more disclosure of another": "~".join((ISSUED, DISCLOSURE, OTHER[1], BINDING)),
        "an invented disclosure": "~".join((ISSUED, DISCLOSURE, encoded(["c2FsdHNhbHQ", "role", "mayor"]), BINDING)),
        "no disclosure where there was one": f"{ISSUED}~{BINDING}",
        "a disclosure twice": "~".join((ISSUED, DISCLOSURE, DISCLOSURE, BINDING)),
        "shown later, signed by another": f"{ISSUED}~{DISCLOSURE}~{resigned({'typ': 'kb+jwt'}, later, OWN)}",
        "shown later, signature kept": f"{ISSUED}~{DISCLOSURE}~{binding_header}.{encoded(later)}.{binding_signature}",
        "another holder's key, signature kept": whole(f"{HEADER}.{encoded(FOR_OWN)}.{SIGNATURE}", DISCLOSURE),
        "a binding without a signature": f"{ISSUED}~{DISCLOSURE}~{none}.{encoded(BOUND)}.AA",
        "a binding of another type": f"{ISSUED}~{DISCLOSURE}~{resigned({'typ': 'JWT'}, BOUND, OWN)}",
        "truncated": SHOWN[:-5],
        "lengthened": SHOWN + "AAAA",
        "padded": SHOWN + "==",
        "spare bits": SHOWN[:-1] + chr(ord(SHOWN[-1]) + 1),
        "two parts": f"{HEADER}.{PAYLOAD}~{DISCLOSURE}~{BINDING}",
        "a disclosure that is no JSON": f"{ISSUED}~{encoded(b'[')}~{BINDING}",
        "a disclosure that is no list": f"{ISSUED}~{encoded({'a': 1})}~{BINDING}",
        "deeply nested": f"{ISSUED}~{encoded(b'[' * 3000)}~{BINDING}",
        "hundreds of disclosures": "~".join((ISSUED, *(encoded(["s", str(n), n]) for n in range(400)), BINDING)),
    }


def forged() -> dict[str, str]:
    """Signed by somebody else, or by the city for another use."""
    public = CITY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    none, mac = (encoded({"alg": name, **TRUE}) for name in ("none", "HS256"))
    without_key = {name: value for name, value in CLAIMS.items() if name != "cnf"}
    return {
        "another key under the known id": whole(resigned(TRUE, FOR_OWN, OWN), DISCLOSURE),
        "another key under its own id": whole(resigned({**TRUE, "kid": "mine"}, FOR_OWN, OWN), DISCLOSURE),
        "another key, brought along": whole(resigned({**TRUE, "jwk": own_jwk()}, FOR_OWN, OWN), DISCLOSURE),
        "another key, to be fetched": whole(resigned({**TRUE, "jku": "http://127.0.0.1/"}, FOR_OWN, OWN), DISCLOSURE),
        "another key, in a certificate": whole(resigned({**TRUE, "x5c": ["MIIB"]}, FOR_OWN, OWN), DISCLOSURE),
        "alg none": whole(f"{none}.{encoded(FOR_OWN)}.AA", DISCLOSURE),
        "the public key as an HMAC secret": whole(
            f"{mac}.{encoded(FOR_OWN)}.{encoded(hashlib.sha256(public).digest())}", DISCLOSURE
        ),
        "an access token": resigned({**TRUE, "typ": "at+jwt"}, CLAIMS, CITY),
        "a status list": signed(KEYS, kept()),
        "a status list with a binding": whole(signed(KEYS, kept())),
        "signed by us, of another type": whole(by_us(FOR_OWN, typ="JWT"), DISCLOSURE),
        "signed by us, with a critical extension": whole(by_us(FOR_OWN, crit=["b64"], b64=False), DISCLOSURE),
        "signed by us, and no credential": whole(by_us({"cnf": FOR_OWN["cnf"]})),
        "signed by us, with no holder's key": whole(by_us(without_key), DISCLOSURE),
        "signed by us, for another verifier": whole(by_us(FOR_OWN), DISCLOSURE, aud="bank"),
        "signed by us, with no nonce": whole(by_us(FOR_OWN), DISCLOSURE, nonce=""),
        "signed by us, at no time": whole(by_us(FOR_OWN), DISCLOSURE, iat="now"),
        "signed by us, at the end of time": whole(by_us(FOR_OWN), DISCLOSURE, iat=2**60),
        "signed by us, a claim of another shape": whole(by_us({**FOR_OWN, "pass_number": {"a": 1}}), DISCLOSURE),
        "signed by us, a place before the list": whole(
            by_us({**FOR_OWN, "status": {"status_list": {"idx": -1, "uri": ""}}})
        ),
    }


def nonsense() -> dict[str, str]:
    packed_part = CODE.removeprefix(MARK)
    return {
        "nothing": "",
        "a word": "credential",
        "not ASCII": "证.照.码~～",
        "not even text": "\udfff",
        "endless": "A" * 10_000_000,
        "packed nothing": MARK,
        "packed zeros": MARK + "A" * 64,
        "packed, cut off": CODE[:-8],
        "packed, lengthened": CODE + "AAAAAAAA",
        "packed in small letters": MARK + packed_part.lower(),
        "a bomb": MARK + base64.b32encode(zlib.compress(bytes(50_000_000), 9)).decode().rstrip("="),
        "a bomb of parts": MARK + base64.b32encode(zlib.compress(bytes(16_000), 9)).decode().rstrip("="),
        "another mark": "CST2:" + packed_part,
        "a health code": "HC1:" + packed_part,
    }


FORGED = {**altered(), **forged(), **nonsense()}


def test_the_forger_knows_how_a_true_one_is_made() -> None:
    """So that what is refused below is refused for what is wrong in it, and for nothing else."""
    assert verified(whole(by_us(FOR_OWN), DISCLOSURE), JWKS).claims["name"] == "李测试"


@pytest.mark.parametrize("attempt", FORGED)
def test_a_forged_code_is_refused(attempt: str) -> None:
    with pytest.raises(PresentationInvalid):
        read_code(FORGED[attempt], JWKS)


@given(st.integers(0, len(SHOWN) - 1), st.sampled_from("ABCXYZabcxyz0189-_.~= "))
def test_an_sd_jwt_altered_anywhere_is_refused(place: int, character: str) -> None:
    refused_unless_the_same(SHOWN, place, character)


@given(st.integers(0, len(CODE) - 1), st.sampled_from("ABCXYZabcxyz0189-_.~= :"))
def test_a_code_altered_anywhere_is_refused(place: int, character: str) -> None:
    refused_unless_the_same(CODE, place, character)


def refused_unless_the_same(code: str, place: int, character: str) -> None:
    altered = code[:place] + character + code[place + 1 :]
    if altered == code:
        assert read_code(altered, JWKS).claims["name"] == "李测试"
        return
    with pytest.raises(PresentationInvalid):
        read_code(altered, JWKS)


@given(st.text(max_size=200))
def test_any_text_at_all_is_refused_in_peace(text: str) -> None:
    for code in (text, MARK + text, f"{text}~{text}~{text}"):
        with pytest.raises(PresentationInvalid):
            read_code(code, JWKS)


@pytest.mark.parametrize(
    "jwks",
    [{}, {"keys": None}, {"keys": []}, {"keys": [7]}, {"keys": [{"kid": KEYS.current}]}, KeyRing.generated().jwks()],
)
def test_keys_that_do_not_know_it_open_nothing(jwks: dict[str, Any]) -> None:
    with pytest.raises(PresentationInvalid):
        read_code(CODE, jwks)
    with pytest.raises(PresentationInvalid):
        read(signed(KEYS, kept()), jwks)


def test_a_new_key_signs_and_the_old_one_still_opens() -> None:
    newer = KEYS.with_new_key()
    jwks = newer.jwks()
    shown = CredentialSigner(newer, ISSUER).presentation(STATEMENT, [], NOON)
    assert jwt.get_unverified_header(shown.split("~")[0])["kid"] == newer.current != KEYS.current
    assert verified(shown, jwks).vct == read_code(CODE, jwks).vct == STATEMENT.vct
    with pytest.raises(PresentationInvalid):
        verified(shown, JWKS)


@pytest.mark.parametrize("token", ["", "a.b.c", SHOWN, CODE, "A" * 300_000, "\udfff", FORGED["alg none"]])
def test_what_is_no_status_list_is_none(token: str) -> None:
    with pytest.raises(PresentationInvalid):
        read(token, JWKS)
