"""Which department is reached where, and with which key: the demo's own, and those that the settings add."""

from pathlib import Path

import pytest
import yaml

from server.adapters.sandbox_process import SandboxAccess
from server.cli import main
from server.config import ConfigError, Settings
from server.outside import demo_outside

SANDBOX = SandboxAccess("http://127.0.0.1:8081", "wx00", "app secret", "signing secret")
PRODUCTION = {
    "profile": "production",
    "http": {"public_url": "https://city.example"},
    "keys": {"folder": "/nowhere"},
    "wechat": {"app_id": "wx00"},
    "authority": {"base_url": "https://authority.example"},
}


def settings(signing_keys: dict[str, object]) -> Settings:
    departments = {"addresses": {"WATER_BILL_URL": "http://127.0.0.1:9000"}, "signing_keys": signing_keys}
    return Settings.model_validate({"departments": departments})


def test_a_department_of_one_s_own_stands_beside_the_demo_s_with_its_own_key(tmp_path: Path) -> None:
    (tmp_path / "water").write_text("water's secret\n")
    own = settings({"city": {"env": "NOT_ASKED_FOR_IN_THE_DEMO"}, "water": {"file": tmp_path / "water"}})
    outside = demo_outside(own, SANDBOX)
    assert outside.signing_keys == {"city": b"signing secret", "water": b"water's secret"}
    assert outside.addresses["WATER_BILL_URL"] == "http://127.0.0.1:9000"
    assert outside.addresses["HOUSING_FUND_URL"] == "http://127.0.0.1:8081/departments/housing_fund"


def test_a_key_of_one_s_own_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"departments\.signing_keys\.water: "):
        demo_outside(settings({"water": {"file": tmp_path / "none"}}), SANDBOX)


def test_production_is_told_which_department_has_no_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "production.yaml"
    file.write_text(yaml.safe_dump(PRODUCTION))
    assert main(["check", "--config", str(file)]) == 1
    told = capsys.readouterr().err
    assert "`HOUSING_FUND_URL`" in told
    assert "`SOCIAL_SECURITY_URL`" in told
