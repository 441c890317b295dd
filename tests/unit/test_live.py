"""What takes effect while the city runs, and what has to wait: as config.yaml says it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from server.config import DEFAULT_FILE, Settings, SettingsSource
from server.live import LIVE, Live, waiting_settings


def test_config_yaml_marks_what_is_live() -> None:
    marked, section = set(), ""
    for line in DEFAULT_FILE.read_text().splitlines():
        name = line.split(":")[0]
        if line and line[0].isalpha():
            section = name
        if "# (live)" in line:
            marked.add(section if name == section else f"{section}.{name.strip()}")
    assert marked == {"log.level" if path == "log" else path for path in LIVE}


@pytest.mark.parametrize(
    ("changed", "waiting"),
    [
        ("limits: {read: {limit: 5}}", []),
        ("log: {level: debug}", []),
        ("departments: {addresses: {WATER_URL: 'https://water.example'}}", []),
        ("departments: {signing_keys: {water: {env: WATER_KEY}}}", ["departments.signing_keys.water.env"]),
        ("http: {stop_seconds: 3}\nidentity: {consent_days: 3}", ["http.stop_seconds", "identity.consent_days"]),
        ("storage: {ephemeral: 'redis://127.0.0.1'}", ["storage.ephemeral"]),
    ],
)
def test_settings_that_wait_for_a_restart_are_told_by_their_path(
    tmp_path: Path, changed: str, waiting: list[str]
) -> None:
    file = tmp_path / "city.yaml"
    file.write_text(changed)
    found = waiting_settings(Settings(), SettingsSource(file).settings())
    assert all(any(path == one or path.startswith(f"{one}.") for one in waiting) for path in found)
    assert bool(found) == bool(waiting)


class City:
    """Remembers what was put in force."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "city.yaml"
        self.cards = folder / "cards"
        self.cards.mkdir()
        self.limits: list[int] = []
        self.readings: list[dict[str, str]] = []
        self.write(limit=600)
        source = SettingsSource(self.file)
        self.live = Live(source, source.settings(), apply=self._apply, read_cards=self._read_cards)

    def write(self, *, limit: int, **addresses: str) -> None:
        settings = {
            "cards": {"folder": str(self.cards)},
            "limits": {"read": {"limit": limit}},
            "departments": {"addresses": addresses},
        }
        self.file.write_text(yaml.safe_dump(settings))

    def _apply(self, settings: Settings) -> None:
        self.limits.append(settings.limits.read.limit)

    def _read_cards(self, settings: Settings) -> Callable[[], None]:
        return lambda: self.readings.append(settings.departments.addresses)


async def test_only_what_has_changed_is_taken_over(tmp_path: Path) -> None:
    city = City(tmp_path)
    await city.live.look()
    await city.live.look()
    assert (city.limits, city.readings) == ([600], [])
    city.write(limit=7)
    await city.live.look()
    await city.live.look()
    assert (city.limits, city.readings) == ([600, 7], [])
    (city.cards / "card.yaml").write_text("changed")
    await city.live.look()
    await city.live.look()
    assert (city.limits, city.readings) == ([600, 7], [{}])
    city.write(limit=7, WATER_URL="https://water.example")
    await city.live.look()
    assert city.readings == [{}, {"WATER_URL": "https://water.example"}]


async def test_settings_that_cannot_be_read_change_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    city = City(tmp_path)
    await city.live.look()
    for broken in ("limits: {read: {limit: none}}", "limits: [", "no_such: 1"):
        city.file.write_text(broken)
        await city.live.look()
        assert [record.message for record in caplog.records] == ["settings not taken over"]
        caplog.clear()
    assert city.limits == [600]
    city.file.unlink()
    await city.live.look()
    assert city.limits == [600]
