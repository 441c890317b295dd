"""Keys that sign access tokens, or credentials: several can verify, one signs. Their public halves are a JWK set."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

ALGORITHM = "ES256"
"""ECDSA on P-256: verified in 0.7 of the time that Ed25519 takes with the same OpenSSL."""


@dataclass(frozen=True)
class KeyRing:
    """Private keys by their id (RFC 7638 thumbprint), and the one that signs now."""

    current: str
    keys: Mapping[str, EllipticCurvePrivateKey] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current signing key is not among the keys")

    @classmethod
    def generated(cls) -> "KeyRing":
        return cls._of([ec.generate_private_key(ec.SECP256R1())])

    def with_new_key(self) -> "KeyRing":
        """A new key signs; the others verify what they signed until they are dropped."""
        return self._of([*self.keys.values(), ec.generate_private_key(ec.SECP256R1())])

    @classmethod
    def from_json(cls, stored: str | bytes) -> "KeyRing":
        """Reads what `to_json` wrote. Raises ValueError, whose text holds no key material."""
        try:
            keys = [serialization.load_pem_private_key(pem.encode(), None) for pem in orjson.loads(stored)["keys"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError("these are no signing keys") from None
        if not keys or not all(isinstance(key, EllipticCurvePrivateKey) and key.key_size == 256 for key in keys):
            raise ValueError("a signing key is an EC key on P-256")
        return cls._of([key for key in keys if isinstance(key, EllipticCurvePrivateKey)])

    def to_json(self) -> bytes:
        """The private keys as PEM, oldest first, the last one signing: for a file that only the server can read."""
        return orjson.dumps({"keys": [_pem(key) for key in self.keys.values()]})

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys (RFC 7517)."""
        return {
            "keys": [
                {**_public_jwk(key.public_key()), "kid": key_id, "alg": ALGORITHM, "use": "sig"}
                for key_id, key in self.keys.items()
            ]
        }

    @classmethod
    def _of(cls, keys: list[EllipticCurvePrivateKey]) -> "KeyRing":
        by_id = {_thumbprint(key.public_key()): key for key in keys}
        return cls(_thumbprint(keys[-1].public_key()), by_id)


def _pem(key: EllipticCurvePrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def _public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}


def _thumbprint(key: EllipticCurvePublicKey) -> str:
    canonical = orjson.dumps(_public_jwk(key), option=orjson.OPT_SORT_KEYS)
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _coordinate(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
