"""Ctrl-C at random moments of whole commands: status 130, the command that goes on is told, and it ends the same."""

from __future__ import annotations

import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.emulator import Atlas
from tests.reliability.cases import jobs_started
from tests.reliability.processes import PATIENCE_SECONDS, ROOT
from tests.reliability.stages import FACTOR, GENOME

#: Command -> its arguments before the folder that it writes into, and the packages that it needs.
COMMANDS = {
    "diff": (["diff", "official_sacCer3_diffbind", "--annotation", "none", "--no-resume", "--out"], ()),
    "targets": (["targets", FACTOR, "--genome", GENOME, "--out"], ()),
    "local": (["diff", "official_sacCer3_diffbind", "--annotation", "none", "--engine", "local", "--out"], ("joblib",)),
    "atlas": (["atlas", "build", "--genome", GENOME, "--out"], ("pyarrow", "duckdb", "distributed")),
    "catalogue": (["catalogue", "build"], ("pyarrow",)),
}
QUICK = {"diff": 1}
TIMES = 4
SEED = 20261128
#: Of starting Python, at least.
STARTED_SECONDS = 0.2
STRETCHED = ("wabi-result-zip", "data-target", "wabi-log")


def start(arguments: list[str], atlas: Atlas, cache: Path) -> subprocess.Popen[str]:
    """A command in a group of processes of its own, as a terminal starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=ROOT,
        env=os.environ | atlas.environment | {"CHIPATLAS_CACHE_DIR": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def made(out: Path, cache: Path) -> dict[str, bytes]:
    """What a command leaves: tables and Parquet files, the catalogue's in the cache."""
    files = [*out.rglob("[!.]*.csv"), *out.rglob("[!.]*.parquet"), *cache.rglob("catalogue/**/*.parquet")]
    return {
        path.name if path.is_relative_to(cache) else str(path.relative_to(out)): path.read_bytes() for path in files
    }


@pytest.fixture(scope="module")
def undisturbed(
    fast_server: Atlas, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[dict[str, bytes], float]]:
    """What a command that nobody interrupts makes, and how long it takes."""
    kept: dict[str, tuple[dict[str, bytes], float]] = {}

    def run(name: str) -> tuple[dict[str, bytes], float]:
        if name not in kept:
            out, cache = tmp_path_factory.mktemp(name) / "out", tmp_path_factory.mktemp("cache")
            begun = time.monotonic()
            process = start(arguments_of(name, out), fast_server, cache)
            assert process.communicate(timeout=PATIENCE_SECONDS) and process.returncode == 0
            kept[name] = made(out, cache), time.monotonic() - begun
            assert kept[name][0]
        return kept[name]

    return run


def arguments_of(name: str, out: Path) -> list[str]:
    given, _ = COMMANDS[name]
    return [*given, str(out)] if given[-1] == "--out" else given


CASES = [
    pytest.param(name, number, marks=() if number < QUICK.get(name, 0) else pytest.mark.slow)
    for name in COMMANDS
    for number in range(TIMES)
]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_interrupted_and_gone_on_with(
    name: str,
    number: int,
    fast_atlas: Atlas,
    undisturbed: Callable[[str], tuple[dict[str, bytes], float]],
    tmp_path: Path,
) -> None:
    for package in COMMANDS[name][1]:
        pytest.importorskip(package)
    right, duration = undisturbed(name)
    for route in STRETCHED:
        fast_atlas.fault(route, "slow")
    out, cache = tmp_path / "out", tmp_path / "cache"
    jobs = jobs_started(fast_atlas)
    process = start(arguments_of(name, out), fast_atlas, cache)
    time.sleep(random.Random(f"{SEED} {name} {number}").uniform(STARTED_SECONDS, duration))
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    again = arguments_of(name, out)
    if process.returncode == -signal.SIGINT:
        # Python was still loading the package: nothing of it ran, and nothing was told.
        assert not out.exists() and "To go on" not in told
        again = [part for part in again if part != "--no-resume"]
    elif process.returncode:
        assert process.returncode == 130 and "Traceback" not in told, told
        line = re.search(r"To go on, run:\n  python -m scripts (.+)$", told)
        assert line is not None, told
        again = shlex.split(line[1])
        assert "--no-resume" not in again
        assert all(right[path] == content for path, content in made(out, cache).items() if path in right)
    elif name == "diff":
        again.remove("--no-resume")
    if process.returncode or name != "catalogue":
        process = start(again, fast_atlas, cache)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, told
    assert made(out, cache) == right
    assert jobs_started(fast_atlas) - jobs == (name == "diff")
