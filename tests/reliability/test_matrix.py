"""Every fault at every stage of both workflows: the outcome that `expected.csv` declares, and nothing left behind."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.common.errors import ChipAtlasError
from scripts.emulator import Atlas
from scripts.emulator.faults.switch import FAULTS
from tests.reliability import stages
from tests.reliability.cases import (
    LESS,
    SAME,
    Ended,
    attempt,
    expected,
    faults,
    jobs_started,
    leftovers,
    possible,
)
from tests.reliability.figures import ERROR, figure
from tests.reliability.stages import Digest, Stage

#: No outcome may take longer, even on a busy machine: on the short scale of these tests most take a second.
LONGEST_SECONDS = 60.0
#: Struck once, one of each kind; the rest is for the slow run.
QUICK = ("dropped", "maintenance-page", "other-json", "zip-truncated", "zip-dot-dot", "no-request-id")
#: Outcomes that end a job for good: the next run submits another.
JOB_IS_OVER = ("JobFailed", "JobLost")

CASES = [
    pytest.param(name, stage, times, marks=() if name in QUICK and times == 1 else pytest.mark.slow)
    for name, stage in possible()
    for times in (1, None)
]


def case_name(value: object) -> str:
    if isinstance(value, Stage):
        return value.name
    return {1: "once", None: "always"}.get(value, str(value))  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def undisturbed(fast_server: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Stage], Digest]:
    """The results of a stage without any fault but those beside it; empty where it ends in an error by itself."""
    kept: dict[str, Digest] = {}

    def run(stage: Stage) -> Digest:
        if stage.name not in kept:
            before = list(fast_server.faults)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(stages, "JOB_SECONDS", 60.0)
                patch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
                stages.keep_comparison(tmp_path_factory.mktemp("kept"))
                fast_server.faults[:] = []
                for route, name in stage.beside:
                    fast_server.fault(route, name)
                try:
                    kept[stage.name] = stage.run(tmp_path_factory.mktemp("undisturbed"))
                except ChipAtlasError:
                    kept[stage.name] = {}
            fast_server.faults[:] = before
        return kept[stage.name]

    return run


def test_the_table_declares_every_case() -> None:
    assert set(expected()) == {(name, stage.name) for name, stage in possible()}


@pytest.mark.parametrize(("name", "stage", "times"), CASES, ids=case_name)
def test_outcome(
    name: str,
    stage: Stage,
    times: int | None,
    fast_atlas: Atlas,
    undisturbed: Callable[[Stage], Digest],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    folder = tmp_path / "results"
    right = undisturbed(stage)
    jobs = jobs_started(fast_atlas)
    with faults(fast_atlas, stage, name, times):
        ended = attempt(stage, folder, right)
    assert ended.outcome == expected()[name, stage.name][0 if times else 1], ended.text
    assert ended.seconds < LONGEST_SECONDS
    check_what_is_left(ended, stage, folder, right)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["results"])
    assert not Path("/outside.txt").exists()

    again = attempt(stage, folder, right)
    if ended.outcome == "Submission":
        # A job may run: nothing is sent again until somebody agrees to that, which resume=False is, or this.
        assert (again.outcome, jobs_started(fast_atlas) - jobs <= 1) == ("Submission", True)
        (folder / "job.json").unlink()
        again = attempt(stage, folder, right)
    if stage.name == "index":
        assert (again.outcome, "Did you mean: RAP1?" in again.text) == ("NotFound", True)
    else:
        assert again.outcome == (LESS if name == "shortened-ids" else SAME), again.text
    assert jobs_started(fast_atlas) - jobs == jobs_of(ended, stage, name)
    kind = ended.outcome if ended.outcome in (SAME, LESS) else ERROR
    record_property("reliability", figure(f"faults, {stage.workflow}", kind, ended.seconds))


def check_what_is_left(ended: Ended, stage: Stage, folder: Path, right: Digest) -> None:
    """A run that goes on with less says so and has everything else; one that fails leaves no result, whole or part."""
    if ended.outcome == LESS:
        assert re.search(stage.says, ended.text)
        assert without(ended, stage) == stages.without(right, stage.may_lack)
    elif ended.outcome != SAME:
        assert leftovers(folder) == []
        assert 1 <= len(ended.text.splitlines()) <= 6


def without(ended: Ended, stage: Stage) -> Digest:
    return stages.without(ended.digest, stage.may_lack)


def jobs_of(ended: Ended, stage: Stage, name: str) -> int:
    """Jobs on the server after both runs. One, of factors one a set; but nobody can know of a job whose reply to the
    submission was lost, and one that the server itself has ended is replaced."""
    if stage.workflow == "factors":
        return 2
    if stage.workflow != "diff" or stage.name in ("annotate", "export"):
        return 0
    survived = ended.outcome in (SAME, LESS)
    reply_lost = stage.name == "submit" and FAULTS[name].after and not survived
    return 2 if reply_lost or ended.outcome in JOB_IS_OVER else 1


@pytest.mark.parametrize("name", ["dropped", "zip-without-bed", "zip-bomb", "redirect-away"])
def test_a_failure_leaves_an_earlier_result_as_it_was(
    name: str, fast_atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "JOB_SECONDS", 60.0)
    stage = next(stage for stage in stages.STAGES if stage.name == "mirror")
    stages.compare_and_export(tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "job.json"}
    with faults(fast_atlas, stage, name, None), pytest.raises(ChipAtlasError):
        stages.compare(tmp_path, resume=False)
    left = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "job.json"}
    assert left == files


@pytest.mark.parametrize(
    ("variable", "stage", "outcome"),
    [
        ("CHIPATLAS_WABI_URL", "health", "ServiceUnavailable"),
        ("CHIPATLAS_SITE_URL", "preflight", LESS),
        ("UCSC_API_URL", "annotate", LESS),
        ("CHIPATLAS_DATA_URL", "export", LESS),
        ("CHIPATLAS_DATA_URL", "availability", LESS),
        ("CHIPATLAS_DATA_URL", "download", "ServiceUnavailable"),
        ("CHIPATLAS_SITE_URL", "metadata", "ServiceUnavailable"),
    ],
)
def test_nobody_listens(
    variable: str,
    stage: str,
    outcome: str,
    fast_atlas: Atlas,
    undisturbed: Callable[[Stage], Digest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A whole service is gone: its port refuses connections."""
    asked = next(one for one in stages.STAGES if one.name == stage)
    right = undisturbed(asked)
    with socket.socket() as reserved, monkeypatch.context() as patch:
        reserved.bind(("127.0.0.1", 0))  # and does not listen
        patch.setenv(variable, f"http://127.0.0.1:{reserved.getsockname()[1]}/")
        ended = attempt(asked, tmp_path / "results", right)
    assert ended.outcome == outcome, ended.text
    assert "refused" in ended.text
    check_what_is_left(ended, asked, tmp_path / "results", right)
    assert attempt(asked, tmp_path / "results", right).outcome == SAME
