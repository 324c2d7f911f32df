"""A machine without a browser gets one where root asks, else the commands say so."""

import shutil
import subprocess
from typing import Any

import pytest

from siop.embedded import chromium


@pytest.fixture
def machine(monkeypatch: Any) -> Any:
    """Programs of a machine by name, and what was called; `apt-get install` brings chromium."""
    programs, called = {"apt-get": "/usr/bin/apt-get"}, []

    def run(words: list[str], **_: Any) -> None:
        called.append(words[1])
        if words[1] == "install":
            programs["chromium"] = "/usr/bin/chromium"

    monkeypatch.setattr(shutil, "which", programs.get)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    return programs, called


def test_a_missing_browser_is_installed_once(machine: Any) -> None:
    _, called = machine
    assert chromium.installed() == "/usr/bin/chromium"
    assert chromium.installed() == "/usr/bin/chromium"
    assert called == ["update", "install"]


def test_any_chromium_of_the_machine_will_do(machine: Any) -> None:
    programs, called = machine
    programs["google-chrome"] = "/opt/google-chrome"
    assert chromium.installed() == "/opt/google-chrome"
    assert called == []


def test_who_is_not_root_installs_nothing(machine: Any, monkeypatch: Any) -> None:
    _, called = machine
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    assert chromium.installed() is None
    assert called == []
