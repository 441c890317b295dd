"""Settings, from config.yaml: typed, complete, and refused with the dotted path of what is wrong.

config.yaml in the project's root lists every setting with its default; a file given with --config names only what
differs. Secrets never stand in these files: a setting that needs one says which environment variable or file holds it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    model_validator,
)

from core.ephemeral import Rate
from core.text import Text, text
from identity_center.credentials.settings import CredentialSettings
from identity_center.face.settings import FaceSettings
from identity_center.oidc.settings import OidcSettings
from identity_center.privacy.settings import PrivacySettings
from identity_center.settings import IdentitySettings

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_FILE = ROOT / "config.yaml"


class ConfigError(Exception):
    """Settings that cannot be used; each line names one by its dotted path."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("no such time zone") from error
    return name


def _address(text: str) -> str:
    return str(ip_address(text))


class SecretSource(Section):
    """Where a secret is found: an environment variable or a file (its content without the line break at the end)."""

    env: str | None = None
    file: Path | None = None

    def read(self, path: str) -> str:
        """The secret. Raises `ConfigError` naming the setting when it is nowhere."""
        if self.env is not None and os.environ.get(self.env):
            return os.environ[self.env]
        if self.file is not None and self.file.is_file():
            return self.file.read_text().strip()
        raise ConfigError(f"{path}: neither the environment variable {self.env} nor the file {self.file} holds it")


EMBEDDED: Literal["embedded"] = "embedded"
_STORE = re.compile(r"(mongodb(\+srv)?|rediss?|unix)://\S+")


class StoreAddress(Section):
    """A server's URL: written out, or a secret (it may hold a password)."""

    written: str | None = None
    secret: SecretSource | None = None

    def url(self, path: str) -> str:
        """Raises `ConfigError` when the secret is nowhere."""
        return self.written if self.written is not None else (self.secret or SecretSource()).read(path)


def _store(written: object) -> object:
    if written == EMBEDDED or isinstance(written, StoreAddress):
        return written
    if isinstance(written, dict) and written.keys() <= {"env", "file"}:
        return StoreAddress(secret=SecretSource.model_validate(written))
    if not isinstance(written, str) or not _STORE.fullmatch(written):
        raise ValueError("write embedded, a mongodb:// or redis:// address, or {env: NAME} or {file: PATH} of one")
    return StoreAddress(written=written)


Store = Annotated[Literal["embedded"] | StoreAddress, PlainValidator(_store)]


class Storage(Section):
    documents: Store = EMBEDDED
    ephemeral: Store = EMBEDDED

    @model_validator(mode="before")
    @classmethod
    def _in_a_word(cls, written: object) -> object:
        return {} if written == EMBEDDED else written


class Notice(Section):
    """Something the city tells everybody, from one moment until another."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,64}$")]
    title: Text
    text: Text
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "Notice":
        if self.since >= self.until:
            raise ValueError("`until` must be later than `from`")
        return self


class City(Section):
    name: Text = text("贵阳", "Guiyang")
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    notices: tuple[Notice, ...] = ()


class Http(Section):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str | None = Field(None, pattern=r"^https?://[^/?#]+$")
    trusted_proxies: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    stop_seconds: float = Field(10.0, gt=0, le=300)


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"


class RateSetting(Section):
    limit: int = Field(ge=1)
    seconds: float = Field(gt=0)

    def rate(self) -> Rate:
        return Rate(self.limit, self.seconds)


class Limits(Section):
    read: RateSetting = RateSetting(limit=600, seconds=60)
    write: RateSetting = RateSetting(limit=120, seconds=60)
    sign_in: RateSetting = RateSetting(limit=120, seconds=60)
    heavy: RateSetting = RateSetting(limit=30, seconds=60)


class Keys(Section):
    folder: Path | None = None
    master: SecretSource = SecretSource(env="CST_MASTER_KEY")
    token_ahead_seconds: int = Field(600, ge=0)
    ticket_ahead_seconds: int = Field(90_000, ge=0)
    vault_ahead_seconds: int = Field(60, ge=0)


class FacePool(Section):
    workers: int = Field(1, ge=0, le=64)
    queue: int = Field(8, ge=1, le=1000)


class WeChat(Section):
    base_url: str = "https://api.weixin.qq.com"
    app_id: str = ""
    app_secret: SecretSource = SecretSource(env="CST_WECHAT_APP_SECRET")


class Authority(Section):
    base_url: str = ""
    key_id: str = "city"


class EnterpriseRegistry(Section):
    base_url: str | None = None
    key_id: str = "city"


class Departments(Section):
    addresses: dict[str, str] = Field(default_factory=dict)
    signing_keys: dict[str, SecretSource] = Field(default_factory=lambda: {"city": SecretSource(env="CST_SIGNING_KEY")})


class Cards(Section):
    folder: Path = Path("service_registry/cards")

    @property
    def path(self) -> Path:
        return self.folder if self.folder.is_absolute() else ROOT / self.folder


class Credentials(CredentialSettings):
    folder: Path = Path("identity_center/credentials/types")

    @property
    def path(self) -> Path:
        return self.folder if self.folder.is_absolute() else ROOT / self.folder


class Audit(Section):
    anchor_minutes: int = Field(60, ge=1, le=1440)
    folder: Path | None = None


class MiniApp(Section):
    folder: Path | None = Path("miniapp_stubs/dist")

    @property
    def path(self) -> Path | None:
        return None if self.folder is None else ROOT / self.folder


class Demo(Section):
    staff_password: str = "demo-city-2026"  # noqa: S105  # of the demo profile only, and printed at its start
    sandbox_port: int | None = Field(None, ge=0, le=65535)


class Settings(Section):
    """All settings. Sections are described in config.yaml."""

    profile: Literal["demo", "production"] = "demo"
    data: Path = Path("var")
    workers: int = Field(1, ge=1, le=256)
    storage: Storage = Storage()
    city: City = City()
    http: Http = Http()
    log: Log = Log()
    limits: Limits = Limits()
    keys: Keys = Keys()
    identity: IdentitySettings = IdentitySettings()
    privacy: PrivacySettings = PrivacySettings()
    face: FaceSettings = FaceSettings()
    face_pool: FacePool = FacePool()
    wechat: WeChat = WeChat()
    authority: Authority = Authority()
    enterprise_registry: EnterpriseRegistry = EnterpriseRegistry()
    departments: Departments = Departments()
    cards: Cards = Cards()
    credentials: Credentials = Credentials()
    audit: Audit = Audit()
    miniapp: MiniApp = MiniApp()
    oidc: OidcSettings = OidcSettings()
    demo: Demo = Demo()

    @property
    def data_folder(self) -> Path:
        return self.data if self.data.is_absolute() else ROOT / self.data

    @property
    def anchors_folder(self) -> Path:
        return self.audit.folder if self.audit.folder is not None else self.data_folder / "anchors"

    @property
    def keys_folder(self) -> Path:
        return self.keys.folder or self.data_folder / "keys"


@dataclass(frozen=True)
class SettingsSource:
    """Where settings were read from, so that they can be read again: a file over config.yaml (or none), and what the
    command line says over both."""

    file: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        return (DEFAULT_FILE,) if self.file is None else (DEFAULT_FILE, self.file)

    def written(self) -> dict[str, Any]:
        """The settings as they are written, merged. Raises `ConfigError`."""
        given = _read(DEFAULT_FILE)
        for layer in (_read(self.file) if self.file else {}, self.overrides):
            given = _merged(given, layer)
        return given

    def settings(self) -> Settings:
        """Raises `ConfigError`."""
        return settings_of(self.written())


def load(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of config.yaml, of `file` over it, and of the command line over both. Raises `ConfigError`."""
    return SettingsSource(file, overrides or {}).settings()


def settings_of(written: Mapping[str, Any]) -> Settings:
    """Written settings, read and checked. Raises `ConfigError` with a line for each that cannot be used."""
    try:
        settings = Settings.model_validate(written)
    except ValidationError as error:
        raise ConfigError("\n".join(_lines(error))) from None
    faults = [*worker_faults(settings), *(production_faults(settings) if settings.profile == "production" else [])]
    if faults:
        raise ConfigError("\n".join(faults))
    return settings


def worker_faults(settings: Settings) -> list[str]:
    """Several workers share what they know through the stores; embedded ones are one process's own."""
    if settings.workers == 1:
        return []
    stores = {"documents": (settings.storage.documents, "MongoDB"), "ephemeral": (settings.storage.ephemeral, "Redis")}
    return [
        f"storage.{name}: {settings.workers} workers need {server}; the embedded store serves one process"
        for name, (store, server) in stores.items()
        if store == EMBEDDED
    ]


def production_faults(settings: Settings) -> list[str]:
    """What of the demo, or of a developer's machine, is still in settings that call themselves production."""
    faults = []
    if not (settings.http.public_url or "").startswith("https://"):
        faults.append("http.public_url: production needs the https:// address that citizens use")
    if not settings.wechat.app_id:
        faults.append("wechat.app_id: production needs the mini-program's AppID")
    if settings.keys.folder is None:
        faults.append("keys.folder: production needs keys of its own outside the data folder (make them: cst keys new)")
    master = settings.keys.master.file
    if master is not None and settings.keys.folder in master.parents:
        faults.append("keys.master: a master key that lies with the files it wraps protects nothing")
    if settings.demo != Demo():
        faults.append("demo: settings of the demo have no place in production")
    named = {"wechat.base_url": settings.wechat.base_url, "authority.base_url": settings.authority.base_url}
    if settings.enterprise_registry.base_url is not None:
        named["enterprise_registry.base_url"] = settings.enterprise_registry.base_url
    named |= {f"departments.addresses.{name}": url for name, url in settings.departments.addresses.items()}
    faults += [f"{path}: {fault}" for path, url in named.items() if (fault := _address_fault(url))]
    return faults


def _address_fault(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return "production needs an https:// address"
    try:
        local = ip_address(parts.hostname).is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    return "this is an address of this machine (the sandbox?)" if local else None


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text())
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not YAML: {' '.join(str(error).split())}") from error
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"{file}: must be a mapping of settings")
    return content or {}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = _merged(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors(include_url=False, include_input=False):
        message = "there is no such setting" if detail["type"] == "extra_forbidden" else detail["msg"]
        lines.append(f"{'.'.join(str(part) for part in detail['loc'])}: {message}")
    return lines
