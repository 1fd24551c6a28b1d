"""Files of several experiments read at a time, each in a process of its own.

Compiled code that reads a damaged file, htslib's for BAM, and lack of memory can end a whole process: here that costs
a worker, and becomes an error that names the file. joblib's processes do not run the caller's script again, as those of
the standard library would, so that scripts need no ``__main__`` guard.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ..common.console import progress
from ..common.errors import InputError


class Task(Protocol):
    """Anything with the name of an experiment and the place of its file."""

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> str: ...


T = TypeVar("T", bound=Task)
R = TypeVar("R")


def default_workers() -> int:
    """As many processes as there are cores for this one."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(function: Callable[[T], R], tasks: Sequence[T], workers: int | None, what: str) -> list[R]:
    """What a function gives for each task, in their order; the result does not depend on the number of workers.

    Parameters
    ----------
    function : callable
        Of a module, not a lambda.
    workers : int, optional
        Processes at a time; `default_workers` when not given.
    what : str
        For the progress bar.

    Raises
    ------
    InputError
        Fewer than 1 worker, a name twice, or a file on which the process that read it died.
    ChipAtlasError
        What the function raises.
    """
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        raise InputError(f"An experiment is given twice: {', '.join(sorted(names))}.")
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; give 1 or more.")
    try:
        return _run(function, tasks, workers or default_workers(), what)
    except TerminatedWorkerError:
        # joblib does not say whose process it was: each file once more, alone.
        for task in tasks:
            try:
                _run(function, [task], 1, what)
            except TerminatedWorkerError as error:
                raise InputError(
                    f"{task.name}: the process that read {task.source} died, as one does when memory ends, and as "
                    "a reader of BAM may on a damaged file.\nFetch or make the file again, and look at free memory."
                ) from error
        raise InputError(
            f"A process died that read {' or '.join(names)}, and none did alone: memory may be short. Pass workers=1."
        ) from None


def _run(function: Callable[[T], R], tasks: Sequence[T], workers: int, what: str) -> list[R]:
    from joblib import Parallel, delayed

    # With one job joblib would call the function in this process; two of which one is fed keep the reader outside.
    pool = Parallel(n_jobs=max(2, min(workers, len(tasks))), pre_dispatch=workers, batch_size=1, return_as="generator")
    return list(progress(pool(delayed(function)(task) for task in tasks), total=len(tasks), desc=what, unit="file"))
