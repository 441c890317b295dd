"""Where the outside world is, and with which secrets the city speaks to it: the real one, or the demo's sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.adapters.sandbox_process import SIGNING_KEY_ID, SandboxAccess
from server.config import Settings


@dataclass(frozen=True)
class Outside:
    wechat_url: str
    wechat_app_id: str
    wechat_app_secret: str = field(repr=False)
    authority_url: str
    authority_key_id: str
    enterprise_registry_url: str | None
    enterprise_registry_key_id: str
    addresses: Mapping[str, str]
    """What `${NAME}` in a card's upstream stands for."""
    signing_keys: Mapping[str, bytes] = field(repr=False)
    sandbox_url: str | None = None


def real_outside(settings: Settings) -> Outside:
    """As the settings say. Raises `ConfigError` naming the secret that is nowhere."""
    return Outside(
        wechat_url=settings.wechat.base_url,
        wechat_app_id=settings.wechat.app_id,
        wechat_app_secret=settings.wechat.app_secret.read("wechat.app_secret"),
        authority_url=settings.authority.base_url,
        authority_key_id=settings.authority.key_id,
        enterprise_registry_url=settings.enterprise_registry.base_url,
        enterprise_registry_key_id=settings.enterprise_registry.key_id,
        addresses=addresses_of(settings, None),
        signing_keys=_signing_keys(settings, [*settings.departments.signing_keys]),
    )


def demo_outside(settings: Settings, sandbox: SandboxAccess) -> Outside:
    """The sandbox plays everybody; addresses and keys of other departments, given in the settings, stay.

    Raises `ConfigError` naming the secret that is nowhere.
    """
    others = [name for name in settings.departments.signing_keys if name != SIGNING_KEY_ID]
    return Outside(
        wechat_url=sandbox.url,
        wechat_app_id=sandbox.app_id,
        wechat_app_secret=sandbox.app_secret,
        authority_url=sandbox.url,
        authority_key_id=SIGNING_KEY_ID,
        enterprise_registry_url=sandbox.url,
        enterprise_registry_key_id=SIGNING_KEY_ID,
        addresses=addresses_of(settings, sandbox),
        signing_keys={SIGNING_KEY_ID: sandbox.signing_secret.encode(), **_signing_keys(settings, others)},
        sandbox_url=sandbox.url,
    )


def addresses_of(settings: Settings, sandbox: SandboxAccess | None) -> dict[str, str]:
    """What `${NAME}` in a card's upstream stands for: the settings' addresses, over those of the sandbox."""
    if sandbox is None:
        return settings.departments.addresses
    simulated = {
        "SOCIAL_SECURITY_URL": f"{sandbox.url}/departments/social_security",
        "HOUSING_FUND_URL": f"{sandbox.url}/departments/housing_fund",
    }
    return {**simulated, **settings.departments.addresses}


def _signing_keys(settings: Settings, names: Sequence[str]) -> dict[str, bytes]:
    keys = settings.departments.signing_keys
    return {name: keys[name].read(f"departments.signing_keys.{name}").encode() for name in names}
