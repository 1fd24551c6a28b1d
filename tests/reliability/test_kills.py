"""SIGKILL at random moments: the same call again gives the same files, and the server has one job a folder."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.common.errors import SubmissionError
from scripts.emulator import Atlas
from tests.reliability import stages
from tests.reliability.cases import jobs_started
from tests.reliability.figures import SAME, figure
from tests.reliability.processes import PATIENCE_SECONDS, READY, compare_code, rank_code, start
from tests.reliability.stages import FACTOR, GENOME, Digest

KILLS, QUICK_KILLS = 25, 3
SEED = 20240707
#: Slow bodies stretch the moments in which files arrive.
STRETCHED = ("wabi-result-zip", "data-target", "wabi-log")
CODE = {"diff": compare_code, "targets": lambda folder: rank_code(folder, FACTOR, GENOME)}
RUN: dict[str, Callable[[Path], Digest]] = {"diff": stages.compare_and_export, "targets": stages.rank}


@pytest.fixture(scope="module")
def whole_run(fast_server: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Digest, float]]:
    """Tables of a run that nobody kills, and how long it takes once everything is loaded."""
    kept: dict[str, tuple[Digest, float]] = {}

    def run(workflow: str) -> tuple[Digest, float]:
        if workflow not in kept:
            for _ in range(2):  # the first warms up the service
                folder = tmp_path_factory.mktemp(workflow)
                variables = {"CHIPATLAS_CACHE_DIR": str(tmp_path_factory.mktemp("cache"))}
                process = start(CODE[workflow](folder), fast_server, **variables)
                assert process.stdout is not None
                assert READY in process.stdout.readline()
                begun = time.monotonic()
                process.communicate(timeout=PATIENCE_SECONDS)
                assert process.returncode == 0
                kept[workflow] = stages.tables(folder), time.monotonic() - begun
        return kept[workflow]

    return run


@pytest.mark.parametrize("workflow", list(CODE))
@pytest.mark.parametrize(
    "number", [*range(QUICK_KILLS), *(pytest.param(n, marks=pytest.mark.slow) for n in range(QUICK_KILLS, KILLS))]
)
def test_killed_and_run_again(
    workflow: str,
    number: int,
    fast_atlas: Atlas,
    whole_run: Callable[[str], tuple[Digest, float]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr(stages, "JOB_SECONDS", 60.0)
    for route in STRETCHED:
        fast_atlas.fault(route, "slow")
    right, duration = whole_run(workflow)
    folder = tmp_path / "results"
    jobs = jobs_started(fast_atlas)
    with start(CODE[workflow](folder), fast_atlas) as process:
        assert process.stdout is not None
        assert READY in process.stdout.readline()
        time.sleep(random.Random(f"{SEED} {workflow} {number}").uniform(0, duration))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE_SECONDS)
    submitted = jobs_started(fast_atlas) - jobs
    for name, content in stages.tables(folder).items():
        assert content == right[name], f"{name} was half written when the run was killed"

    begun = time.monotonic()
    try:
        digest = RUN[workflow](folder)
        lost = 0
    except SubmissionError:
        # Killed between sending the form and noting the answer: nobody knows of the job, if there is one.
        assert jobs_started(fast_atlas) - jobs == submitted
        (folder / "job.json").unlink()
        digest = RUN[workflow](folder)
        lost = submitted
    assert {name: content for name, content in digest.items() if name.endswith(".csv")} == right
    expected = {"diff": 1, "targets": 0}[workflow]
    assert jobs_started(fast_atlas) - jobs == expected + lost
    record_property("reliability", figure(f"kills, {workflow}", SAME, time.monotonic() - begun))
