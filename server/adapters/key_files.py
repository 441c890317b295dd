"""The city's own keys, as files that only the server can read: vault.json, tokens.json, tickets.pem,
credentials.json, oidc.json in one folder."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from identity_center.key_ring import KeyRing
from identity_center.vault import VaultKeys
from service_registry.booking.tickets import TicketSigner

VAULT, TOKENS, TICKETS = "vault.json", "tokens.json", "tickets.pem"
CREDENTIALS = "credentials.json"
OIDC = "oidc.json"


class KeysUnusable(Exception):
    """The keys are missing, readable by others, or not keys. The text says which file and what to do."""


@dataclass(frozen=True)
class CityKeys:
    """What seals personal data, and what signs access tokens, tickets, credentials with their status lists, and the id
    tokens of department sites."""

    vault: VaultKeys
    tokens: KeyRing
    tickets: TicketSigner
    credentials: KeyRing
    oidc: KeyRing


def make_keys(folder: Path) -> list[Path]:
    """Makes the files that are missing, and touches none that is there. Returns the new ones. Raises `KeysUnusable`."""
    made = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kinds = ((VAULT, _vault), (TOKENS, _tokens), (TICKETS, _tickets), (CREDENTIALS, _tokens), (OIDC, _tokens))
        for name, content in kinds:
            path = folder / name
            if not path.exists():
                _write(path, content())
                made.append(path)
    except OSError as error:
        raise KeysUnusable(f"{folder}: keys cannot be made here: {error.strerror}") from error
    return made


def read_keys(folder: Path) -> CityKeys:
    """Raises `KeysUnusable`."""
    try:
        pem = _read(folder / TICKETS)
        # The key's id follows from the key, so that a gate's cached key set and the file never disagree.
        kid = hashlib.sha256(pem).hexdigest()[:16]
        return CityKeys(
            VaultKeys.from_json(_read(folder / VAULT)),
            KeyRing.from_json(_read(folder / TOKENS)),
            TicketSigner.from_pem(kid, pem),
            KeyRing.from_json(_read(folder / CREDENTIALS)),
            KeyRing.from_json(_read(folder / OIDC)),
        )
    except ValueError as error:
        raise KeysUnusable(f"{folder}: {error}") from error


def is_open_to_others(mode: int, *, is_own: bool) -> bool:
    """Whether anybody but the server may read or change a file. One that is another's (root's, mounted into a
    container) the server reads through its group."""
    return bool(mode & (0o077 if is_own else 0o037))


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        if is_open_to_others(status.st_mode, is_own=status.st_uid == os.geteuid()):
            raise KeysUnusable(f"{path} can be read by others: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise KeysUnusable(f"{path}: {error.strerror}; new keys are made with: cst keys new") from error


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a half-written key file would lock the city out of its own data."""
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that no power failure leaves data sealed with a key that is not there
    finally:
        os.close(folder)


def _vault() -> bytes:
    return VaultKeys.generated().to_json()


def _tokens() -> bytes:
    return KeyRing.generated().to_json()


def _tickets() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
