"""A fast embedded service, short waits, and a computation that is done once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("flask")

from scripts.chipatlas import endpoints
from scripts.chipatlas.transport import client as http
from scripts.emulator import Atlas, serve
from scripts.emulator.wabi import analysis, enrichment

#: Read time-out and longest pace of the matrix, in seconds; the faults that stall take longer.
READ_SECONDS = 1.0
STALL_SECONDS = 2.0
PAUSE_SECONDS = 0.02


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy as it is, on a shorter scale."""
    monkeypatch.setattr(http, "TIMEOUT", (1.0, READ_SECONDS))
    monkeypatch.setattr(http, "TRYING_SECONDS", 2.0)
    monkeypatch.setattr(http, "LOOPBACK_BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(http, "SLOW_SECONDS", 0.6)
    monkeypatch.setattr(endpoints, "LOOPBACK_SECONDS", 0.01)
    monkeypatch.setattr("scripts.chipatlas.wabi.job_result.RESULT_ATTEMPTS", 3)
    monkeypatch.setattr("scripts.chipatlas.wabi.query_chipatlas_api.NOT_FOUND_SECONDS", 0.2)
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", "0.005")


@pytest.fixture(scope="session")
def fast_server() -> Iterator[Atlas]:
    """An embedded service whose jobs are computed once for each request: what the engine does is not tested here."""
    computed: dict[object, object] = {}
    compare = analysis._compare

    def remembered(experiments, group_of):  # type: ignore[no-untyped-def]
        key = tuple(sorted(group_of.items()))
        if key not in computed:
            computed[key] = compare(experiments, group_of)
        return computed[key]

    def counted(request, job_id, log):  # type: ignore[no-untyped-def]
        if request not in computed:
            computed[request] = enrichment.count_overlaps(request, job_id, log)
        return computed[request]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "_compare", remembered)
        patch.setattr(analysis, "count_overlaps", counted)
        with serve(waiting_seconds=0, running_seconds=0, not_found_polls=0, set_environment=False) as running:
            running.pace.stall, running.pace.pause = STALL_SECONDS, PAUSE_SECONDS
            yield running


@pytest.fixture
def fast_atlas(fast_server: Atlas, short_waits: None, isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Atlas:
    """That service, without faults, with the endpoint variables pointing at it."""
    for name, value in fast_server.environment.items():
        monkeypatch.setenv(name, value)
    fast_server.faults.clear()
    fast_server.requests.clear()
    return fast_server
