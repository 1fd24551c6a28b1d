"""Jobs as objects: one moment at a time, a bounded number of them, and none left behind."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

pytest.importorskip("flask")

from scripts.emulator import serve
from scripts.emulator.wabi import analysis, jobs
from scripts.emulator.wabi import api as wabi
from scripts.emulator.wabi.analysis import Request
from scripts.emulator.wabi.form import Outcome
from scripts.emulator.wabi.jobs import Job
from tests.emulator.jobs import HG38_DMR_A, HG38_DMR_B, K562, MOLM13, form, get, submit, wait

PATIENCE_SECONDS = 30


def test_status_tells_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(0.0, 0.7)
    monkeypatch.setattr(jobs, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    done: Future[Outcome] = Future()
    done.set_result(Outcome(b"zip", b"table"))
    job = Job("wabi_1", Request.from_form(form(MOLM13, K562)), 0.0, 1.0, 0, _clock=0.0, _future=done)
    # The clock goes on between any two looks: 0.0, 0.7 (still running), 1.4 (finished).
    for _ in range(2):
        text = wabi._status(job).get_data(as_text=True)
        assert "status: running" in text and "COMPLETED" not in text
    text = wabi._status(job).get_data(as_text=True)
    assert "status: finished" in text and "COMPLETED" in text
    assert job.polls == 3


def test_finished_jobs_are_forgotten_beyond_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT_JOBS", 3)
    with serve(waiting_seconds=0, running_seconds=0, not_found_polls=0, set_environment=False) as atlas:
        submitted = []
        for _ in range(5):
            submitted.append(submit(atlas, ["SRX1"], K562))
            wait(atlas, submitted[-1])
        assert [job.id for job in atlas.jobs] == submitted[-3:]
        assert get(atlas, submitted[0], info="status").status_code == 400


def test_the_archive_is_made_once() -> None:
    with serve(waiting_seconds=0, running_seconds=0, not_found_polls=0, set_environment=False) as atlas:
        job_id = submit(atlas, HG38_DMR_A[:1], HG38_DMR_B[:1], antigenClass="dmr")
        wait(atlas, job_id)
        archive = atlas.jobs[0].archive()
        assert archive
        assert atlas.jobs[0].archive() is archive
        assert get(atlas, job_id, info="result", format="zip").content == archive


def test_no_job_outlives_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)
        ended.set()
        raise ValueError("no result")

    monkeypatch.setattr(analysis, "_compare", slow)
    with serve(waiting_seconds=0, running_seconds=0, set_environment=False) as atlas:
        for _ in range(jobs.JOBS_AT_ONCE + 1):
            submit(atlas, MOLM13, K562)
        assert begun.wait(PATIENCE_SECONDS)
        threading.Timer(0.2, go_on.set).start()
    assert ended.is_set()
    after = [job.look() for job in atlas.jobs]
    assert [snapshot.state for snapshot in after] == ["finished"] * (jobs.JOBS_AT_ONCE + 1)
    assert all(snapshot.outcome is not None and snapshot.outcome.failed for snapshot in after)
