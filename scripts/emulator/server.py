"""Starting and stopping the embedded ChIP-Atlas on a loopback port."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from ..common.errors import InputError
from ..common.requirements import OFFLINE, not_installed
from .pace import Pace

if TYPE_CHECKING:
    from collections import deque

    from .app import Fault
    from .faults.switch import Switch
    from .wabi.jobs import Job

HOST = "127.0.0.1"
SITES = ("old", "new")
_LAST_PORT = 65_535
#: How often the server looks whether it is to stop.
_STOP_POLL_SECONDS = 0.05
#: Both spellings that HTTP libraries read.
_PROXY_EXCEPTIONS = ("NO_PROXY", "no_proxy")


class Atlas:
    """A running embedded ChIP-Atlas.

    Attributes
    ----------
    url : str
        Root of the server, such as ``http://127.0.0.1:40123``.
    environment : dict of str to str
        The endpoint variables and their values.
    requests : deque of (method, path with query)
        The latest requests, oldest first.
    jobs : list of Job
        The jobs, oldest first; the oldest finished ones are dropped beyond a hundred.
    faults : list of callables
        Each is asked before every request; a response that it returns is sent instead of the real one.
    pace : Pace
        How long the slow faults take.
    """

    def __init__(self, url: str, requests: deque[tuple[str, str]], jobs: list[Job], faults: list[Fault]) -> None:
        self.url = url
        self.requests = requests
        self.jobs = jobs
        self.faults = faults
        self.pace = Pace()
        self.environment = {
            "CHIPATLAS_WABI_URL": f"{url}/wabi/chipatlas/",
            "CHIPATLAS_DATA_URL": f"{url}/data",
            "CHIPATLAS_SITE_URL": f"{url}/site",
            "UCSC_API_URL": f"{url}/ucsc",
            "UCSC_DOWNLOADS_URL": f"{url}/goldenPath",
            "ENA_API_URL": f"{url}/ena",
            "NCBI_EUTILS_URL": f"{url}/eutils",
            "BLACKLIST_URL": f"{url}/blacklists",
            "ENRICHR_URL": f"{url}/enrichr",
        }

    def fault(self, route: str, name: str, times: int | None = None, *, first: int = 0) -> Switch:
        """Switch a fault on.

        Parameters
        ----------
        route : str
            One of `emulator.routes.ROUTES`, such as ``data-target``.
        name : str
            One of `emulator.faults.switch.FAULTS`, such as ``reset``.
        times : int, optional
            How often it strikes; left out, for good.
        first : int
            Requests that pass before it does.

        Returns
        -------
        Switch
            Counts its `hits`; it is off once it is taken out of `faults`.

        Raises
        ------
        NotFoundError
            No such route or fault, or not this fault on this route.
        """
        from .faults.switch import Switch, find_fault

        switch = Switch(route, find_fault(route, name), times, first, self.pace)
        self.faults.append(switch)
        return switch

    def truth(self, experiments_a: Sequence[str], experiments_b: Sequence[str], genome: str = "hg38") -> pd.DataFrame:
        """What was planted between two groups: see `emulator.simulation.truth.truth`."""
        from .simulation.truth import truth

        return truth(experiments_a, experiments_b, genome)


@contextmanager
def serve(
    port: int = 0,
    *,
    waiting_seconds: float = 0.2,
    running_seconds: float = 0.3,
    not_found_polls: int = 1,
    set_environment: bool = True,
    site: Literal["old", "new"] = "old",
    listed: int = 0,
) -> Iterator[Atlas]:
    """Serve the embedded ChIP-Atlas on 127.0.0.1 until the block ends, the endpoint variables pointing at it.

    Parameters
    ----------
    port : int
        0 takes a free one.
    waiting_seconds, running_seconds : float
        How long a job waits, and how long it runs at least; a job never finishes before it has been computed.
    not_found_polls : int
        How many status calls answer ``not-found`` after a submission, as the real service does for a while.
    set_environment : bool
        Whether to set the endpoint variables, and let proxies alone, until the block ends.
    site : {"old", "new"}
        The dialect of the site: production's, with its quirks, or its successor's.
    listed : int
        Experiments in the list of all of them, simulated for that purpose alone, as many as the real one has (about
        950,000); 0 for the experiments that the other services know. A file of some 350 MB is written for it.

    Raises
    ------
    MissingExtraError
        The `emulator` extra is not installed.
    InputError
        The port is taken, or no port.
    """
    if not 0 <= port <= _LAST_PORT:
        raise InputError(f"Port {port} does not exist. Give one from 1 to {_LAST_PORT}, or 0 for a free one.")
    if site not in SITES:
        raise InputError(f"site is {site!r}; use one of: {', '.join(SITES)}.")
    try:
        from werkzeug.serving import WSGIRequestHandler, make_server

        from .app import create_app
    except ModuleNotFoundError as error:
        raise not_installed("The embedded ChIP-Atlas", error.name, OFFLINE) from error
    from .simulation.samples.listing import write_list
    from .wabi.jobs import JobStore

    class QuietHandler(WSGIRequestHandler):
        """Requests are kept for inspection, not printed."""

        def log(self, type: str, message: str, *args: object) -> None:
            return

        def connection_dropped(self, error: BaseException, environ: object = None) -> None:
            # Nothing more can come on it: reading on would only fail, and loudly.
            self.close_connection = True

    store = JobStore(waiting_seconds, running_seconds, not_found_polls)
    scratch = tempfile.TemporaryDirectory(prefix="embedded-chip-atlas-") if listed else None
    app = create_app(store, site, write_list(Path(scratch.name), listed) if scratch else None)
    # werkzeug ends the process when a port is taken; a library must not. It gets a socket that listens already.
    with _listen(port) as listening:
        number = listening.getsockname()[1]
        server = make_server(HOST, number, app, threaded=True, request_handler=QuietHandler, fd=listening.fileno())
    state = app.extensions["chipatlas"]
    atlas = Atlas(f"http://{HOST}:{number}", state.requests, store.jobs, state.faults)
    store.data_url = atlas.environment["CHIPATLAS_DATA_URL"]
    thread = threading.Thread(
        target=server.serve_forever, args=(_STOP_POLL_SECONDS,), name="embedded-chip-atlas", daemon=True
    )
    # The socket listens already: a request made from here on is answered.
    thread.start()
    try:
        with _environment(atlas.environment) if set_environment else nullcontext():
            yield atlas
    finally:
        if scratch:
            scratch.cleanup()
        server.shutdown()
        server.server_close()
        thread.join()
        store.close()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise InputError(
            f"Port {port} of {HOST} cannot be used ({error.strerror}). Give another, or 0 for a free one."
        ) from error


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    exceptions = {
        name: ",".join(filter(None, [os.environ.get(name, ""), HOST, "localhost"])) for name in _PROXY_EXCEPTIONS
    }
    before = {name: os.environ.get(name) for name in (*values, *exceptions)}
    os.environ.update(values, **exceptions)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
