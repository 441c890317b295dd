"""The files to deploy with: their settings are ones that production starts with, and what they name is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.config import EMBEDDED, ROOT, Settings, SettingsSource

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
KUBERNETES: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "city.yaml").read_text()))


def of_kind(kind: str) -> dict[str, Any]:
    return next(one for one in KUBERNETES if one["kind"] == kind)


def settings_of_cluster(folder: Path) -> Settings:
    file = folder / "city.yaml"
    file.write_text(of_kind("ConfigMap")["data"]["city.yaml"])
    return SettingsSource(file).settings()


def settings_of_compose(_folder: Path) -> Settings:
    return SettingsSource(DEPLOY / "compose" / "city.yaml").settings()


@pytest.mark.parametrize("read", [settings_of_cluster, settings_of_compose])
def test_settings_are_fit_for_production_on_shared_stores(read: Any, tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.profile == "production"
    assert settings.storage.documents != EMBEDDED
    assert settings.storage.ephemeral != EMBEDDED
    assert settings.http.host == "0.0.0.0"  # noqa: S104  # inside its container


def test_every_secret_that_compose_settings_read_is_handed_to_the_city() -> None:
    wanted = set(re.findall(r"/run/secrets/(\w+)", (DEPLOY / "compose" / "city.yaml").read_text()))
    assert wanted == set(COMPOSE["services"]["city"]["secrets"])
    handed = {name for service in COMPOSE["services"].values() for name in service.get("secrets", ())}
    assert handed == set(COMPOSE["secrets"])


def test_no_container_runs_as_root_or_writes_beside_its_volumes() -> None:
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    image = (DEPLOY / "Dockerfile").read_text()
    user = re.findall(r"^USER (\d+):", image, re.MULTILINE)[-1]
    assert int(user) == pod["securityContext"]["runAsUser"] != 0
    assert COMPOSE["services"]["city"]["read_only"]


def test_a_pod_has_time_to_leave_before_it_is_killed() -> None:
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    asleep = re.search(r"sleep\((\d+)\)", pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert asleep
    stop_seconds = yaml.safe_load(of_kind("ConfigMap")["data"]["city.yaml"])["http"]["stop_seconds"]
    assert int(asleep[1]) + stop_seconds < pod["terminationGracePeriodSeconds"]


def test_probes_and_paths_are_the_citys_own() -> None:
    container = of_kind("Deployment")["spec"]["template"]["spec"]["containers"][0]
    asked = {container[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert asked == {"/readyz", "/healthz"}
    routes = "".join(path.read_text() for path in (ROOT / "handlers").glob("*routes.py"))
    passed = [path["path"] for path in of_kind("Ingress")["spec"]["rules"][0]["http"]["paths"]]
    for path in (*asked, *passed):
        assert f'"{path}' in routes


def test_an_image_has_all_that_the_city_is_made_of() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in names)
    kept = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == names
    assert {"core", "identity_center", "service_registry", "insight", "handlers", "server"} <= names


def test_the_unit_starts_what_there_is() -> None:
    unit = (DEPLOY / "systemd" / "chengshitong.service").read_text()
    assert "-m server serve --config" in unit
    assert "ExecReload=/bin/kill -HUP $MAINPID" in unit
