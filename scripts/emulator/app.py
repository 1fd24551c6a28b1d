"""The Flask application: each service under a prefix of one port."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Request, Response, current_app, request

from ..chipatlas.transport.client import SIMULATED_HEADER
from . import archives, blacklists, data_files, enrichr, site, ucsc
from .wabi import api as wabi
from .wabi.jobs import JobStore

#: Sees a request before its route does; what it returns, if anything, is the reply.
Fault = Callable[[Request], Response | None]
REMEMBERED_REQUESTS = 10_000


@dataclass
class State:
    """What one server keeps between requests."""

    jobs: JobStore
    site: str
    listed: Path | None = None
    requests: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_REQUESTS))
    faults: list[Fault] = field(default_factory=list)


def create_app(jobs: JobStore, dialect: str, listed: Path | None = None) -> Flask:
    """Make the application around a store of jobs, its site in one of `emulator.site.BLUEPRINTS`.

    `listed` is the list of all experiments, where it is another than that of the simulated ones.
    """
    app = Flask("embedded-chip-atlas", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["chipatlas"] = State(jobs, dialect, listed)
    app.before_request(_remember)
    app.before_request(_inject_faults)
    app.after_request(_say_simulated)
    app.register_blueprint(wabi.blueprint, url_prefix="/wabi/chipatlas")
    app.register_blueprint(data_files.blueprint, url_prefix="/data")
    app.register_blueprint(site.BLUEPRINTS[dialect], url_prefix="/site")
    app.register_blueprint(ucsc.blueprint, url_prefix="/ucsc")
    app.register_blueprint(ucsc.downloads, url_prefix="/goldenPath")
    app.register_blueprint(ucsc.gbdb, url_prefix="/gbdb")
    app.register_blueprint(archives.ena, url_prefix="/ena")
    app.register_blueprint(archives.ncbi, url_prefix="/eutils")
    app.register_blueprint(blacklists.blueprint, url_prefix="/blacklists")
    app.register_blueprint(enrichr.blueprint, url_prefix="/enrichr")
    return app


def _state() -> State:
    state: State = current_app.extensions["chipatlas"]
    return state


def _remember() -> None:
    _state().requests.append((request.method, request.full_path.rstrip("?")))


def _inject_faults() -> Response | None:
    return next((reply for fault in _state().faults if (reply := fault(request)) is not None), None)


def _say_simulated(response: Response) -> Response:
    response.headers[SIMULATED_HEADER] = "1"
    return response
