"""Keys that sign access tokens, or credentials: several can verify, one signs. Their public halves are a JWK set."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SigningAlgorithm = Literal["ES256", "EdDSA"]
"""ECDSA on P-256, or Ed25519. With the same OpenSSL, ES256 is verified in 0.7 of the time that Ed25519 takes."""
SigningKey = EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True)
class KeyRing:
    """Private keys by their id (RFC 7638 thumbprint), and the one that signs now.

    A key that is not used yet stands here too, so that it is published before it signs.
    """

    current: str
    keys: Mapping[str, SigningKey] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current signing key is not among the keys")

    @classmethod
    def of(cls, keys: list[SigningKey]) -> "KeyRing":
        """The last of these signs."""
        by_id = {key_id(key): key for key in keys}
        return cls(key_id(keys[-1]), by_id)

    @classmethod
    def generated(cls, algorithm: SigningAlgorithm = "ES256") -> "KeyRing":
        return cls.of([new_signing_key(algorithm)])

    def with_new_key(self, algorithm: SigningAlgorithm = "ES256") -> "KeyRing":
        """A new key signs; the others verify what they signed until they are dropped."""
        return self.of([*self.keys.values(), new_signing_key(algorithm)])

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys (RFC 7517)."""
        return {
            "keys": [
                {**_public_jwk(key.public_key()), "kid": name, "alg": algorithm_of(key), "use": "sig"}
                for name, key in self.keys.items()
            ]
        }


def new_signing_key(algorithm: SigningAlgorithm) -> SigningKey:
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else Ed25519PrivateKey.generate()


def algorithm_of(key: SigningKey | PublicKey) -> SigningAlgorithm:
    return "EdDSA" if isinstance(key, Ed25519PrivateKey | Ed25519PublicKey) else "ES256"


def key_id(key: SigningKey) -> str:
    canonical = orjson.dumps(_public_jwk(key.public_key()), option=orjson.OPT_SORT_KEYS)
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def private_bytes(key: SigningKey) -> bytes:
    """PKCS#8, unencrypted: to be wrapped before it is written anywhere."""
    encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def signing_key(stored: bytes) -> SigningKey:
    """Reads what `private_bytes` gave. Raises ValueError, whose text holds no key material."""
    try:
        key = serialization.load_der_private_key(stored, None)
    except (ValueError, TypeError):
        raise ValueError("this is no signing key") from None
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, EllipticCurvePrivateKey) and key.key_size == 256):
        return key
    raise ValueError("a signing key is an EC key on P-256 or an Ed25519 key")


def _public_jwk(key: PublicKey) -> dict[str, str]:
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": _encoded(raw)}
    numbers = key.public_numbers()
    x, y = (_encoded(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
