"""What every test gets: a home and a working folder of its own, no screen, and an embedded ChIP-Atlas on request."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from scripts.common.compiled.loops import PLACE as COMPILED_PLACE
from tests.browser import Page, chromium
from tests.reliability.figures import (  # noqa: F401 - hooks of this run
    pytest_addoption,
    pytest_runtest_logreport,
    pytest_sessionfinish,
)

if TYPE_CHECKING:
    from scripts.emulator import Atlas

ENDPOINT_VARIABLES = (
    "CHIPATLAS_WABI_URL",
    "CHIPATLAS_DATA_URL",
    "CHIPATLAS_SITE_URL",
    "UCSC_API_URL",
    "UCSC_DOWNLOADS_URL",
    "ENA_API_URL",
    "NCBI_EUTILS_URL",
    "BLACKLIST_URL",
    "ENRICHR_URL",
)


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep a test away from the user's home, working folder, settings and services."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    # One for the whole run: what is compiled depends on nothing that a test changes, and takes seconds.
    monkeypatch.setenv(COMPILED_PLACE, str(tmp_path_factory.getbasetemp().parent / "compiled"))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", "0.05")
    monkeypatch.delenv("CHIPATLAS_QUIET", raising=False)
    for name in ENDPOINT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse any name but this machine's own, at once, in every test that is not marked live."""
    if request.node.get_closest_marker("live"):
        return
    resolve = socket.getaddrinfo

    def refuse(host: str | bytes | None, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost", "::1") and not str(name).startswith("127."):
            raise socket.gaierror(socket.EAI_NONAME, f"tests do not talk to the network ({name})")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def atlas_server() -> Iterator[Atlas]:
    """One embedded ChIP-Atlas a worker, on a fast clock. No variable points at it."""
    yield from _server("old")


@pytest.fixture(scope="session")
def new_atlas_server() -> Iterator[Atlas]:
    """Another, whose site speaks the new dialect."""
    yield from _server("new")


@pytest.fixture
def atlas(atlas_server: Atlas, monkeypatch: pytest.MonkeyPatch, isolated: Path) -> Iterator[Atlas]:
    """The embedded ChIP-Atlas, with the endpoint variables pointing at it for this test."""
    yield from _pointed_at(atlas_server, monkeypatch)


@pytest.fixture(params=["old", "new"])
def either_atlas(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, isolated: Path) -> Iterator[Atlas]:
    """The same under each dialect of the site: the test runs twice."""
    server = request.getfixturevalue({"old": "atlas_server", "new": "new_atlas_server"}[request.param])
    yield from _pointed_at(server, monkeypatch)


def _server(site: Literal["old", "new"]) -> Iterator[Atlas]:
    pytest.importorskip("flask")
    from scripts.emulator import serve

    with serve(waiting_seconds=0.02, running_seconds=0.02, set_environment=False, site=site) as running:
        yield running


def _pointed_at(server: Atlas, monkeypatch: pytest.MonkeyPatch) -> Iterator[Atlas]:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.requests.clear()
    yield server
    # Here: other fixtures use the same service without asking for this one.
    server.faults.clear()


@pytest.fixture(scope="session")
def chromium_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of one headless Chromium a worker; tests that need it are skipped where there is none."""
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture
def browser(chromium_page: Page) -> Page:
    """That page, with nothing in its console yet, on an ordinary light screen."""
    chromium_page.forget()
    chromium_page.look()
    return chromium_page


@pytest.fixture
def listing() -> Callable[[object], list[str]]:
    """Names in a folder, hidden ones too, so that no leftover escapes."""

    def names(folder: object) -> list[str]:
        return sorted(path.name for path in folder.iterdir())

    return names
