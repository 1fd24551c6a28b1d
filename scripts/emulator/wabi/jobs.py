"""Jobs of both analyses: states on a clock, work in the background, results kept in memory."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from .analysis import Request, analyse, read_form
from .enrichment import EnrichmentRequest
from .form import Outcome

#: The real service runs jobs on a cluster; here each takes a core.
JOBS_AT_ONCE = 2
#: Beyond so many jobs the oldest finished ones are forgotten, as the real service forgets after about a week.
KEPT_JOBS = 100
#: The clock of the real service's ids.
_JAPAN = timezone(timedelta(hours=9))


class Snapshot(NamedTuple):
    """A job at one moment.

    Attributes
    ----------
    state : str
        ``not-found``, ``waiting``, ``running`` or ``finished``; a failed job is finished, too.
    outcome : Outcome or None
        What came of it; None until it has finished.
    """

    state: str
    outcome: Outcome | None


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
    request: Request | EnrichmentRequest
    waiting_seconds: float
    running_seconds: float
    not_found_polls: int
    log: list[str] = field(default_factory=list)
    polls: int = 0
    _clock: float = field(default_factory=time.monotonic)
    _future: Future[Outcome] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> Snapshot:
        """State and outcome, of one and the same moment."""
        with self._lock:
            return self._look()

    def poll(self) -> Snapshot:
        """What a status call answers: also ``not-found``, for a while after the submission."""
        with self._lock:
            self.polls += 1
            return Snapshot("not-found", None) if self.polls <= self.not_found_polls else self._look()

    def archive(self) -> bytes | None:
        """The zip of a job that finished well."""
        outcome = self.look().outcome
        return outcome.archive if outcome else None

    def start(self, pool: ThreadPoolExecutor, data_url: str) -> None:
        """Hand the work to the pool."""
        with self._lock:
            self._future = pool.submit(analyse, self.request, self.id, self.log.append, data_url)

    def _look(self) -> Snapshot:
        age = time.monotonic() - self._clock
        future = self._future
        # Asked once: the work may end between two questions.
        done = future is not None and future.done()
        begun = done or (future is not None and future.running())
        if age < self.waiting_seconds or not begun:
            return Snapshot("waiting", None)
        if age < self.waiting_seconds + self.running_seconds or future is None or not done:
            return Snapshot("running", None)
        # A job that the end of the server kept from beginning has no result.
        return Snapshot("finished", Outcome() if future.cancelled() else future.result())


class JobStore:
    """The jobs of a server.

    Parameters
    ----------
    waiting_seconds, running_seconds, not_found_polls
        See `emulator.serve`.

    Attributes
    ----------
    jobs : list of Job
        Oldest first; of the finished ones, the latest `KEPT_JOBS`.
    data_url : str
        The server's own address of data files, which results refer to. Known once the server has its port.
    """

    def __init__(self, waiting_seconds: float, running_seconds: float, not_found_polls: int) -> None:
        self.jobs: list[Job] = []
        self.data_url = ""
        self.waiting_seconds = waiting_seconds
        self.running_seconds = running_seconds
        self.not_found_polls = not_found_polls
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="embedded-job")

    def submit(self, form: Mapping[str, str]) -> Job:
        """Start a job; `ValueError` when the form is not one."""
        request = read_form(form)
        moment = datetime.now(_JAPAN)
        with self._lock:
            stamp = moment.strftime("%Y-%m%d-%H%M-%S-") + f"{moment.microsecond // 1000:03d}"
            job = Job(
                f"wabi_chipatlas_{stamp}-{next(self._numbers):06d}",
                request,
                self.waiting_seconds,
                self.running_seconds,
                self.not_found_polls,
            )
            job.start(self._pool, self.data_url)
            self.jobs.append(job)
            self._forget()
        return job

    def find(self, job_id: str) -> Job | None:
        """The job of a request id."""
        with self._lock:
            return next((job for job in self.jobs if job.id == job_id), None)

    def close(self) -> None:
        """Take no more work, drop jobs that have not begun, and wait for those that have."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget(self) -> None:
        finished = [job for job in self.jobs if job.look().state == "finished"]
        for job in finished[: max(len(self.jobs) - KEPT_JOBS, 0)]:
            self.jobs.remove(job)
