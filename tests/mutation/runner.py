"""Run the tests of a module's own folder against mutants of it, each in a fork of one warm process."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from .mutants import ROOT, Mutant

#: What the tests import and no mutant changes.
_WARM = (
    "pytest hypothesis pandas scipy.stats scipy.special requests edgepython pybigtools pysam joblib flask numba "
    "matplotlib"
)
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "demo_results", "build", "dist")
#: A mutant may take so many times as long as the module itself, and so many seconds more.
_TIMES, _SECONDS = 3, 20


def own_tests(module: str) -> tuple[str, ...]:
    """The test files of a module's folder, the one of its own name first."""
    folder = ROOT / "tests" / Path(module).parent.relative_to("scripts")
    own = f"test_{Path(module).name}"
    files = sorted(folder.glob("test_*.py"), key=lambda path: (path.name != own, path.name))
    return tuple(path.relative_to(ROOT).as_posix() for path in files)


class _Run(NamedTuple):
    mutant: Mutant
    copy: Path
    until: float


class Runner:
    """Copies of the repository, one a process, in each of which one module at a time is changed.

    The tests of the unchanged modules run first, which sets the time that a mutant gets; they have to pass.
    """

    def __init__(self, folder: Path, processes: int, modules: Iterable[str]) -> None:
        # Its threads would not live in a fork.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        for name in _WARM.split():
            importlib.import_module(name)
        first, *others = self._copies = [folder / str(number) for number in range(processes)]
        shutil.copytree(ROOT, first, symlinks=True, ignore=_NOT_COPIED)
        self._tests = {module: own_tests(module) for module in modules}
        folders = {Path(module).parent: tests for module, tests in self._tests.items()}
        self._limits = {folder: self._limit(first, tests) for folder, tests in folders.items()}
        for copy in others:  # with the compiled modules, which save time
            shutil.copytree(first, copy, symlinks=True)

    @staticmethod
    def _limit(copy: Path, tests: tuple[str, ...]) -> float:
        begin = time.monotonic()
        if os.waitpid(_start(copy, tests), 0)[1]:
            said = copy.with_suffix(".log").read_text()[-2000:]
            raise SystemExit(f"Without any change, these tests fail: {' '.join(tests)}\n{said}")
        return _TIMES * (time.monotonic() - begin) + _SECONDS

    def outcomes(self, mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant, str]]:
        """Each mutant with what became of it, killed, survived or timeout, as they end."""
        waiting, free, running = list(reversed(list(mutants))), list(self._copies), dict[int, _Run]()
        while waiting or running:
            while waiting and free:
                mutant, copy = waiting.pop(), free.pop()
                _write_module(copy / mutant.module, mutant.source)
                until = time.monotonic() + self._limits[Path(mutant.module).parent]
                running[_start(copy, self._tests[mutant.module])] = _Run(mutant, copy, until)
            for process, run in list(running.items()):
                outcome = _outcome(process, run.until)
                if outcome:
                    del running[process]
                    _write_module(run.copy / run.mutant.module, run.mutant.original)
                    free.append(run.copy)
                    yield run.mutant, outcome
            time.sleep(0.02)


def _outcome(process: int, until: float) -> str:
    """What became of the mutant whose tests run in a process; nothing while they run."""
    ended, status = os.waitpid(process, os.WNOHANG)
    if not ended and time.monotonic() < until:
        return ""
    # Also what the tests have started and left.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    if not ended:
        os.waitpid(process, 0)
        return "timeout"
    return "killed" if status else "survived"


def _write_module(path: Path, source: str) -> None:
    path.write_text(source)
    # Python compares times to the second and sizes; a mutant may have both of the module before it.
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()


def _start(copy: Path, tests: tuple[str, ...]) -> int:
    """Run tests in a copy of the repository, in a process of its own, to their first failure."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    with contextlib.suppress(BaseException):
        _run_tests(copy, tests)
    os._exit(70)


def _run_tests(copy: Path, tests: tuple[str, ...]) -> NoReturn:
    import pytest

    os.setsid()
    os.chdir(copy)
    os.environ.update(PYTHONPATH=str(copy), CI="true")
    sys.path[:] = [str(copy), *(path for path in sys.path if path not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("scripts", "tests")]:
        del sys.modules[name]
    log = os.open(copy.parent / f"{copy.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow and not live"]
    os._exit(pytest.main([*options, f"--rootdir={copy}", *tests]))
