"""Diff Analysis jobs: states on a clock, work in the background, results kept in memory."""

from __future__ import annotations

import io
import itertools
import threading
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone

from scripts.emulator.analysis import Outcome, Request, analyse

#: The real service runs jobs on a cluster; here each takes a core.
JOBS_AT_ONCE = 2
#: A member's date: archives of equal content are equal bytes.
_ZIP_DATE = (2024, 7, 7, 0, 0, 0)


@dataclass
class Job:
    """One submission.

    Attributes
    ----------
    id : str
        Request id, such as ``wabi_chipatlas_2024-0707-1200-00-123-000001``.
    log : list of str
        Grows while the job runs.
    polls : int
        Status calls so far.
    """

    id: str
    request: Request
    waiting_seconds: float
    running_seconds: float
    not_found_polls: int
    submitted: datetime
    log: list[str] = field(default_factory=list)
    polls: int = 0
    _clock: float = field(default_factory=time.monotonic)
    _future: Future[Outcome] | None = None

    @property
    def state(self) -> str:
        """``waiting``, ``running`` or ``finished``; a failed job is finished, too."""
        age = time.monotonic() - self._clock
        future = self._future
        if age < self.waiting_seconds or future is None or not (future.running() or future.done()):
            return "waiting"
        if age < self.waiting_seconds + self.running_seconds or not future.done():
            return "running"
        return "finished"

    def poll(self) -> str:
        """What a status call answers: also ``not-found``, for a while after the submission."""
        self.polls += 1
        return "not-found" if self.polls <= self.not_found_polls else self.state

    def outcome(self) -> Outcome | None:
        """What came of a finished job."""
        return self._future.result() if self._future is not None and self.state == "finished" else None

    def archive(self) -> bytes | None:
        """The zip of a job that finished well."""
        outcome = self.outcome()
        if outcome is None or outcome.failed:
            return None
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in outcome.files.items():
                opened.writestr(zipfile.ZipInfo(f"wabi_result/{name}", _ZIP_DATE), content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Hand the work to the pool."""
        self._future = pool.submit(analyse, self.request, self.id, self.log.append)


class JobStore:
    """All jobs of a server.

    Parameters
    ----------
    waiting_seconds, running_seconds, not_found_polls
        See `scripts.emulator.serve`.
    """

    def __init__(self, waiting_seconds: float, running_seconds: float, not_found_polls: int) -> None:
        self.jobs: list[Job] = []
        self.waiting_seconds = waiting_seconds
        self.running_seconds = running_seconds
        self.not_found_polls = not_found_polls
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="embedded-job")

    def submit(self, form: Mapping[str, str]) -> Job:
        """Start a job; `ValueError` when the form is not one."""
        request = Request.from_form(form)
        moment = datetime.now(timezone.utc)
        with self._lock:
            stamp = moment.strftime("%Y-%m%d-%H%M-%S-") + f"{moment.microsecond // 1000:03d}"
            job = Job(
                f"wabi_chipatlas_{stamp}-{next(self._numbers):06d}",
                request,
                self.waiting_seconds,
                self.running_seconds,
                self.not_found_polls,
                moment,
            )
            self.jobs.append(job)
        job.start(self._pool)
        return job

    def find(self, job_id: str) -> Job | None:
        """The job of a request id."""
        return next((job for job in self.jobs if job.id == job_id), None)

    def close(self) -> None:
        """Take no more work; jobs that have not begun are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
