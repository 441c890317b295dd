"""Settings: complete in config.yaml, refused by their path, and never a demo that calls itself production."""

from pathlib import Path

import pytest
import yaml

from server.config import DEFAULT_FILE, ConfigError, SecretSource, Settings, load


def over(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "city.yaml"
    file.write_text(text)
    return file


def leaves(value: object, path: str = "") -> set[str]:
    if isinstance(value, dict) and value:
        return {leaf for name, part in value.items() for leaf in leaves(part, f"{path}.{name}" if path else str(name))}
    return {path}


def test_config_yaml_holds_every_setting_with_its_default() -> None:
    written = yaml.safe_load(DEFAULT_FILE.read_text())
    assert Settings.model_validate(written) == Settings()
    known = leaves(Settings().model_dump(mode="json", by_alias=True))
    optional_sources = {path for path in known if path.endswith((".env", ".file"))}
    assert known - optional_sources <= leaves(written)


def test_every_setting_in_config_yaml_says_what_it_is() -> None:
    silent = [
        line
        for line in DEFAULT_FILE.read_text().splitlines()
        if line.strip() and not line.startswith("#") and ":" in line and "#" not in line
    ]
    sections = [line for line in silent if line.rstrip().endswith(":")]
    assert set(silent) - set(sections) == set()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("htp: {}", "htp: there is no such setting"),
        ("http: {prot: 80}", "http.prot: there is no such setting"),
        ("http: {port: eighty}", "http.port: Input should be a valid integer"),
        ("http: {port: 70000}", "http.port: Input should be less than or equal to 65535"),
        ("city: {zone: Mars/Olympus}", "city.zone: Value error, no such time zone"),
        (
            (
                "city: {notices: [{id: n, title: {zh: 甲, en: A}, text: {zh: 乙, en: B}, "
                "from: 2026-12-02T00:00:00Z, until: 2026-12-01T00:00:00Z}]}"
            ),
            "city.notices.0: Value error, `until` must be later than `from`",
        ),
        ("limits: {read: {limit: 0, seconds: 60}}", "limits.read.limit: Input should be greater than or equal to 1"),
        ("identity: {tokens: {access_minutes: 60}}", "identity.tokens.access_minutes: Input should be less than"),
        ("identity: {acting: {recheck_hours: 96}}", "identity.acting: Value error, stale_hours is at least"),
        ("face: {actions: [wink]}", "face.actions.0: Input should be"),
        ("storage: {documents: sqlite}", "storage.documents: Value error, write embedded, a mongodb://"),
        ("storage: mongodb", "storage: Input should be a valid dictionary"),
        ("profile: staging", "profile: Input should be 'demo' or 'production'"),
        ("- just\n- a list", "must be a mapping of settings"),
        ("a: [", "not YAML"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_path(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(over(tmp_path, text))
    assert complaint in str(refused.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(over(tmp_path, "http: {port: x, host: 5}\nnothing: 1"))
    assert len(str(refused.value).splitlines()) == 3


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    settings = load(over(tmp_path, "http: {port: 9000}\nlimits: {read: {limit: 5}}"), {"data": "elsewhere"})
    assert settings.http.port == 9000
    assert settings.http.host == Settings().http.host
    assert (settings.limits.read.limit, settings.limits.read.seconds) == (5, 60)
    assert settings.data == Path("elsewhere")


PRODUCTION = """
profile: production
http: {public_url: "https://city.example"}
keys: {folder: /etc/cst/keys}
wechat: {app_id: wx0123456789abcdef}
authority: {base_url: "https://authority.example"}
departments: {addresses: {HOUSING_FUND_URL: "https://fund.example"}}
"""


def test_production_takes_settings_that_are_whole(tmp_path: Path) -> None:
    assert load(over(tmp_path, PRODUCTION)).profile == "production"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ('http: {public_url: "http://city.example"}', "http.public_url"),
        ("http: {public_url: null}", "http.public_url"),
        ("keys: {folder: null}", "keys.folder"),
        ('wechat: {app_id: ""}', "wechat.app_id"),
        ('wechat: {base_url: "http://127.0.0.1:8081"}', "wechat.base_url"),
        ('wechat: {base_url: "https://127.0.0.1"}', "wechat.base_url"),
        ('authority: {base_url: "https://localhost:8081"}', "authority.base_url"),
        ('enterprise_registry: {base_url: "http://enterprises.example"}', "enterprise_registry.base_url"),
        ('departments: {addresses: {X_URL: "http://fund.example"}}', "departments.addresses.X_URL"),
        ("demo: {staff_password: another-password}", "demo"),
    ],
)
def test_production_refuses_anything_of_the_demo(tmp_path: Path, wrong: str, path: str) -> None:
    merged = yaml.safe_load(PRODUCTION)
    for name, value in yaml.safe_load(wrong).items():
        merged[name] = {**merged.get(name, {}), **value}
    with pytest.raises(ConfigError) as refused:
        load(over(tmp_path, yaml.safe_dump(merged)))
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [path]


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    source = SecretSource(env="CST_TEST_SECRET", file=file)
    assert source.read("x.y") == "from the file"
    monkeypatch.setenv("CST_TEST_SECRET", "from the environment")
    assert source.read("x.y") == "from the environment"
    with pytest.raises(ConfigError, match=r"^x\.y: "):
        SecretSource(env="CST_TEST_NOWHERE").read("x.y")
