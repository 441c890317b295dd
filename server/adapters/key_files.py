"""The city's own keys, as files that only the server can read: vault.json, tokens.json, tickets.json,
credentials.json, oidc.json and records.json in one folder.

Each lists its keys with the moment from which each is used, and every key wrapped with the master key:
`{"keys": [{"id", "algorithm", "used_from", "wrapped"}]}`; vault.json has the secret of its indexes beside them.
"""

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, cast, get_args

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from core.clock import Instant
from core.rotation import LIVES
from identity_center.ciphers import Algorithm, Digest
from identity_center.key_ring import KeyRing, SigningAlgorithm, key_id, new_signing_key, private_bytes, signing_key
from identity_center.vault import SealingKey, VaultKeys
from server.adapters.key_schedule import KeyEntry, KeySchedule
from server.adapters.master_key import KeysUnusable, MasterKey
from service_registry.booking.tickets import TicketKeys

Purpose = Literal["vault", "tokens", "tickets", "credentials", "oidc", "records"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "vault": get_args(Algorithm),
    "tokens": get_args(SigningAlgorithm),
    "tickets": ("EdDSA",),
    "credentials": ("ES256",),
    "oidc": ("ES256",),
    "records": ("ES256",),
    "index": tuple(f"HMAC-{digest}" for digest in get_args(Digest)),
}
TICKETS_OUTLIVE = LIVES + timedelta(minutes=10)
"""A replaced ticket key stays published for so long: the life of a ticket, and time for slow clocks."""
CREDENTIALS_OUTLIVE = timedelta(days=2)
"""What a key of credentials signs lives for a minute; a status list is kept by gates for a day at most."""
FOR_EVER = timedelta(days=365_000)
"""A replaced sealing key is known until it is retired; a replaced key of records is published for as long as there is
a receipt that it signed, which nobody knows the end of."""


@dataclass(frozen=True)
class KeyChoices:
    """What new keys are made for."""

    cipher: Algorithm = "A256GCM"
    signature: SigningAlgorithm = "ES256"


@dataclass(frozen=True)
class KeyFile:
    """What stands in one file, unwrapped."""

    schedule: KeySchedule
    index: KeyEntry | None = None


@dataclass(frozen=True)
class CityKeys:
    """What seals personal data, and what signs access tokens, tickets, credentials with their status lists, the id
    tokens of department sites, and records (receipts, anchors of logs): at one moment."""

    vault: VaultKeys
    tokens: KeyRing
    tickets: TicketKeys
    credentials: KeyRing
    oidc: KeyRing
    records: KeyRing


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    algorithm: str
    used_from: Instant
    wrapped: str


class _StoredFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[_Stored, ...]
    index: _Stored | None = None


def outlives(tokens_live: timedelta) -> Mapping[Purpose, timedelta]:
    """How long after its replacement a key of each file is still needed."""
    return {
        "vault": FOR_EVER,
        "tokens": tokens_live,
        "tickets": TICKETS_OUTLIVE,
        "credentials": CREDENTIALS_OUTLIVE,
        "oidc": CREDENTIALS_OUTLIVE,
        "records": FOR_EVER,
    }


def path_of(folder: Path, purpose: Purpose) -> Path:
    return folder / f"{purpose}.json"


def make_keys(folder: Path, master: MasterKey, choices: KeyChoices, now: datetime) -> list[Path]:
    """Makes the files that are missing, and touches none that is there. Returns the new ones. Raises `KeysUnusable`."""
    made = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for purpose in PURPOSES:
            path = path_of(folder, purpose)
            if not path.exists():
                write_keys(folder, purpose, _first(purpose, choices, now), master, choices.cipher)
                made.append(path)
    except OSError as error:
        raise KeysUnusable(f"{folder}: keys cannot be made here: {error.strerror}") from error
    return made


def new_key(purpose: Purpose, choices: KeyChoices, used_from: datetime) -> KeyEntry:
    match purpose:
        case "vault":
            sealing = SealingKey.generated(choices.cipher)
            return KeyEntry(sealing.id, sealing.algorithm, used_from, sealing.secret)
        case "tokens":
            signing = new_signing_key(choices.signature)
            return KeyEntry(key_id(signing), choices.signature, used_from, private_bytes(signing))
        case "tickets":
            ticket = new_signing_key("EdDSA")
            return KeyEntry(key_id(ticket), "EdDSA", used_from, private_bytes(ticket))
        case "credentials" | "oidc" | "records":
            issuing = new_signing_key("ES256")
            return KeyEntry(key_id(issuing), "ES256", used_from, private_bytes(issuing))


def read_file(folder: Path, purpose: Purpose, master: MasterKey) -> KeyFile:
    """Raises `KeysUnusable`."""
    path = path_of(folder, purpose)
    try:
        stored = _StoredFile.model_validate_json(_read(path))
        schedule = KeySchedule(tuple(_unwrapped(key, purpose, master) for key in stored.keys))
        return KeyFile(schedule, _unwrapped(stored.index, purpose, master) if stored.index else None)
    except ValidationError:
        raise KeysUnusable(f"{path}: these are no keys, or keys of an earlier version of this program") from None
    except (ValueError, KeysUnusable) as error:
        raise KeysUnusable(f"{path}: {error}" if str(path) not in str(error) else str(error)) from None


def write_keys(folder: Path, purpose: Purpose, content: KeyFile, master: MasterKey, cipher: Algorithm) -> None:
    stored = _StoredFile(
        keys=tuple(_wrapped(key, purpose, master, cipher) for key in content.schedule.keys),
        index=_wrapped(content.index, purpose, master, cipher) if content.index else None,
    )
    write_whole(path_of(folder, purpose), orjson.dumps(stored.model_dump(mode="json"), option=orjson.OPT_INDENT_2))


def read_keys(folder: Path, master: MasterKey, now: datetime, tokens_live: timedelta) -> CityKeys:
    """The keys as they are to be used now. `tokens_live` is the longest life of an access token. Raises
    `KeysUnusable`."""
    files = {purpose: read_file(folder, purpose, master) for purpose in PURPOSES}
    return keys_at(files, folder, now, tokens_live)


def keys_at(files: dict[Purpose, KeyFile], folder: Path, now: datetime, tokens_live: timedelta) -> CityKeys:
    """Raises `KeysUnusable`."""
    try:
        return CityKeys(
            _vault(files["vault"], now),
            _ring(files["tokens"].schedule, now, tokens_live),
            _tickets(files["tickets"].schedule, now),
            _ring(files["credentials"].schedule, now, CREDENTIALS_OUTLIVE),
            _ring(files["oidc"].schedule, now, CREDENTIALS_OUTLIVE),
            _ring(files["records"].schedule, now, FOR_EVER),
        )
    except ValueError as error:
        raise KeysUnusable(f"{folder}: {error}") from error


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """One command at a time changes the files; the next one waits. Raises `KeysUnusable`."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise KeysUnusable(f"{folder}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Whole or not at all: a half-written key file would lock the city out of its own data. It stays its owner's."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if path.exists() and os.getuid() == 0:
            os.fchown(descriptor, path.stat().st_uid, path.stat().st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that no power failure leaves data sealed with a key that is not there
    finally:
        os.close(folder)


def _first(purpose: Purpose, choices: KeyChoices, now: datetime) -> KeyFile:
    file = KeyFile(KeySchedule((new_key(purpose, choices, now),)))
    if purpose != "vault":
        return file
    fresh = VaultKeys.generated(choices.cipher)
    return replace(file, index=KeyEntry("index", f"HMAC-{fresh.digest}", now, fresh.index))


def _vault(file: KeyFile, now: datetime) -> VaultKeys:
    if file.index is None:
        raise ValueError("vault.json lacks the secret of its indexes")
    sealing = {key.id: SealingKey(cast("Algorithm", key.algorithm), key.secret) for key in file.schedule.keys}
    digest = cast("Digest", file.index.algorithm.removeprefix("HMAC-"))
    return VaultKeys(file.schedule.in_use(now).id, sealing, file.index.secret, digest)


def _ring(schedule: KeySchedule, now: datetime, outlives: timedelta) -> KeyRing:
    known = schedule.known(now, outlives)
    return KeyRing(schedule.in_use(now).id, {key.id: signing_key(key.secret) for key in known})


def _tickets(schedule: KeySchedule, now: datetime) -> TicketKeys:
    keys = {entry.id: _ticket_key(entry) for entry in schedule.known(now, TICKETS_OUTLIVE)}
    current = schedule.in_use(now).id
    others = {name: key.public_key() for name, key in keys.items() if name != current}
    return TicketKeys(current, keys[current], others)


def _ticket_key(entry: KeyEntry) -> Ed25519PrivateKey:
    key = signing_key(entry.secret)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("tickets are signed with an Ed25519 key")
    return key


def _wrapped(key: KeyEntry, purpose: Purpose, master: MasterKey, cipher: Algorithm) -> _Stored:
    wrapped = master.wrap(key.secret, _context(purpose, key.id, key.algorithm), cipher)
    return _Stored(id=key.id, algorithm=key.algorithm, used_from=key.used_from, wrapped=wrapped)


def _unwrapped(stored: _Stored, purpose: Purpose, master: MasterKey) -> KeyEntry:
    secret = master.unwrap(stored.wrapped, _context(purpose, stored.id, stored.algorithm))
    if stored.algorithm not in _ALGORITHMS["index" if stored.id == "index" else purpose]:
        raise ValueError(f"no key here is for {stored.algorithm}")
    return KeyEntry(stored.id, stored.algorithm, stored.used_from, secret)


def _context(purpose: Purpose, entry_id: str, algorithm: str) -> str:
    return f"{purpose}.{entry_id}.{algorithm}"


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        # A file that is mounted belongs to root and is read through the group; one's own needs no group.
        allowed = 0o700 if status.st_uid == os.getuid() else 0o750
        if stat.S_IMODE(status.st_mode) & ~allowed:
            raise KeysUnusable(f"{path} can be read by others: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise KeysUnusable(f"{path}: {error.strerror}; new keys are made with: cst keys new") from error
