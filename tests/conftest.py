"""What every test gets: a home and a working folder of its own, no screen, and an embedded ChIP-Atlas on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from scripts.emulator import Atlas

ENDPOINT_VARIABLES = ("CHIPATLAS_WABI_URL", "CHIPATLAS_DATA_URL", "CHIPATLAS_SITE_URL", "UCSC_API_URL")


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep a test away from the user's home, working folder, settings and services."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", "0.05")
    monkeypatch.delenv("CHIPATLAS_QUIET", raising=False)
    for name in ENDPOINT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(scope="session")
def atlas_server() -> Iterator[Atlas]:
    """One embedded ChIP-Atlas a worker, on a fast clock. No variable points at it."""
    pytest.importorskip("flask")
    from scripts.emulator import serve

    with serve(waiting_seconds=0.02, running_seconds=0.02, set_environment=False) as running:
        yield running


@pytest.fixture
def atlas(atlas_server: Atlas, monkeypatch: pytest.MonkeyPatch, isolated: Path) -> Atlas:
    """The embedded ChIP-Atlas, with the endpoint variables pointing at it for this test."""
    for name, value in atlas_server.environment.items():
        monkeypatch.setenv(name, value)
    atlas_server.requests.clear()
    atlas_server.faults.clear()
    return atlas_server
