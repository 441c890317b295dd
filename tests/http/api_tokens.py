"""Making access tokens that the city did not make: with its own keys where only time or contents are to be wrong."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWS

from identity_center.key_ring import KeyRing, SigningKey
from tests.running_city import RunningCity

Claims = dict[str, Any]
_jws = PyJWS()


@dataclass(frozen=True)
class Mint:
    """The city's signing key, and one true token to vary."""

    ring: KeyRing
    claims: Claims

    @property
    def key_id(self) -> str:
        return self.ring.current

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "kid": self.key_id, "typ": "at+jwt"}

    def token(self, *, header: Mapping[str, Any] | None = None, key: SigningKey | None = None, **claims: Any) -> str:
        """With these claims instead, signed with the city's key unless another is given. None removes a claim."""
        changed = {name: value for name, value in {**self.claims, **claims}.items() if value is not None}
        return self.of_payload(json.dumps(changed).encode(), header=header, key=key)

    def of_payload(
        self, payload: bytes, *, header: Mapping[str, Any] | None = None, key: SigningKey | None = None
    ) -> str:
        beginning = f"{encoded(json.dumps(header or self.header).encode())}.{encoded(payload)}"
        signer = _jws.get_algorithm_by_name("ES256")
        signature = signer.sign(beginning.encode(), key or self.ring.keys[self.key_id])
        return f"{beginning}.{encoded(signature)}"

    def expired(self) -> str:
        """A token as the city would have made it an hour ago."""
        now = int(time.time())
        return self.token(iat=now - 3600, exp=now - 2700)


def mint(city: RunningCity, access_token: str) -> Mint:
    return Mint(city.keys().tokens, json.loads(decoded(access_token.split(".")[1])))


def forgeries(mint: Mint) -> dict[str, str]:
    """Tokens that say the same as a true one, and were not signed by the city."""
    true = mint.token()
    header, payload, signature = true.split(".")
    stranger = ec.generate_private_key(ec.SECP256R1())
    public = mint.ring.keys[mint.key_id].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raised = encoded(json.dumps({**mint.claims, "acr": "3", "proved_at": {"3": int(time.time())}}).encode())
    own_jwk = {"kty": "EC", "crv": "P-256", **_coordinates(stranger)}
    return {
        "algorithm none": _joined({"alg": "none", "kid": mint.key_id, "typ": "at+jwt"}, payload, ""),
        "algorithm None": _joined({"alg": "None", "kid": mint.key_id, "typ": "at+jwt"}, payload, signature),
        "no signature": f"{header}.{payload}.",
        "HS256 with the public key": _hmac({"alg": "HS256", "kid": mint.key_id, "typ": "at+jwt"}, payload, pem),
        "HS256 with an empty key": _hmac({"alg": "HS256", "kid": mint.key_id, "typ": "at+jwt"}, payload, b""),
        "another key under our key's id": mint.token(key=stranger),
        "another key under its own id": mint.token(key=stranger, header={**mint.header, "kid": "mine"}),
        "another key, brought along": mint.token(key=stranger, header={**mint.header, "jwk": own_jwk}),
        "another key, to be fetched": mint.token(key=stranger, header={**mint.header, "jku": "http://127.0.0.1/jwks"}),
        "our key, under no id": mint.token(header={"alg": "ES256", "typ": "at+jwt"}),
        "our key, another id": mint.token(header={**mint.header, "kid": "../../dev/null"}),
        "our key, id of another type": mint.token(header={**mint.header, "kid": [mint.key_id]}),
        "our key, another type": mint.token(header={**mint.header, "typ": "JWT"}),
        "our key, a critical extension": mint.token(header={**mint.header, "crit": ["b64"], "b64": False}),
        "a higher level, signature of the lower": f"{header}.{raised}.{signature}",
        "signature of zeros": f"{header}.{payload}.{encoded(bytes(64))}",
        "truncated": true[:-5],
        "truncated payload": f"{header}.{payload[:-7]}.{signature}",
        "lengthened": true + "AAAA",
        "padded": true + "==",
        "four parts": true + "." + signature,
        "two parts": f"{header}.{payload}",
        "letters of another alphabet": true.replace(".", "．"),
        "too long": mint.token(filler="x" * 5000),
    }  # fmt: skip


def wrong_claims(mint: Mint) -> dict[str, str]:
    """Signed by the city's own key, and yet no token of the city's: who got hold of a signature cannot bend it."""
    now = int(time.time())
    whole = json.dumps(mint.claims)
    twice = whole[:-1] + ', "sub": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}'
    wrong: dict[str, str] = {f"without {name}": mint.token(**{name: None}) for name in mint.claims}
    return wrong | {
        "another issuer": mint.token(iss="https://city.example"),
        "another audience": mint.token(aud="ticket"),
        "several audiences": mint.token(aud=["citizen", "staff"]),
        "the other audience": mint.token(aud="staff" if mint.claims["aud"] == "citizen" else "citizen"),
        "no subject": mint.token(sub=7),
        "a claim twice": mint.of_payload(twice.encode()),
        "a level beyond all": mint.token(acr="4"),
        "a level as a number": mint.token(acr=3),
        "issued tomorrow": mint.token(iat=now + 86_400, exp=now + 90_000),
        "not valid yet": mint.token(nbf=now + 3600),
        "an expiry that is no number": mint.token(exp="2099-01-01"),
        "an expiry that is not a whole number": mint.token(exp=now + 100.5),
        "no object": mint.of_payload(b"[]"),
        "no JSON": mint.of_payload(b"\xff"),
        "a depth without end": mint.of_payload(b"[" * 1500),
    }  # fmt: skip


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _joined(header: Mapping[str, Any], payload: str, signature: str) -> str:
    return f"{encoded(json.dumps(header).encode())}.{payload}.{signature}"


def _hmac(header: Mapping[str, Any], payload: str, key: bytes) -> str:
    beginning = f"{encoded(json.dumps(header).encode())}.{payload}"
    return f"{beginning}.{encoded(hmac.new(key, beginning.encode(), hashlib.sha256).digest())}"


def _coordinates(key: EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"x": encoded(numbers.x.to_bytes(32, "big")), "y": encoded(numbers.y.to_bytes(32, "big"))}
