"""Runs one step in a process of its own: seconds on the wall, seconds of processor, peak memory."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_MEGABYTE = 1024**2


@dataclass(frozen=True)
class Measured:
    """What one run of a step took. ``peak`` in bytes; ``told`` is what the step said of its own parts."""

    wall: float
    cpu: float
    peak: int
    told: dict[str, Any]


def measured(
    step: str, folder: Path, environment: dict[str, str], *arguments: str, python: str = sys.executable
) -> Measured:
    """Run ``module:function`` of this folder in a fresh interpreter, with `folder` and the arguments."""
    command = [python, "-m", "benchmarks.measure", step, str(folder), *arguments]
    quiet = {**os.environ, "CHIPATLAS_QUIET": "1", "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{step} failed:\n{done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def clocks() -> tuple[float, float]:
    """Seconds of the wall and of this process."""
    return time.perf_counter(), time.process_time()


def since(begin: tuple[float, float]) -> dict[str, Any]:
    """What a step tells of the time since `clocks`."""
    wall, processor = clocks()
    return {"seconds": wall - begin[0], "processor": processor - begin[1]}


def peak_memory() -> int:
    """Most memory this process ever held, in bytes. Not ``ru_maxrss``, which a child inherits from its parent."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _run(step: str, folder: str, *arguments: str) -> dict[str, Any]:
    module, _, function = step.partition(":")
    call = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    wall, cpu = time.perf_counter(), _processor()
    told = call(Path(folder), *arguments) or {}
    wall, cpu = time.perf_counter() - wall, _processor() - cpu
    return {"wall": wall, "cpu": cpu, "peak": told.pop("peak", None) or peak_memory(), "told": told}


if __name__ == "__main__":
    result = _run(*sys.argv[1:])
    sys.stdout.write(f"\n{json.dumps(result)}\n")
