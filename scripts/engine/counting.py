"""Reads of all experiments of a comparison in its regions, several experiments at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.engine.bigwig import BigWig
from scripts.engine.coverage import count_bigwig, missing_contigs
from scripts.engine.extra import local_extra
from scripts.shared import console
from scripts.shared.errors import ChipAtlasError, InputError
from scripts.shared.http import Client


@dataclass(frozen=True)
class Coverage:
    """Where the coverage of an experiment is, and its units.

    Attributes
    ----------
    name : str
        Accession, or a name of the user's.
    source : path or str
        bigWig, local or http(s).
    scale, read_length : float
        See `count_bigwig`.
    """

    name: str
    source: str | Path
    scale: float
    read_length: float


@dataclass(frozen=True)
class Counts:
    """Reads in regions.

    Attributes
    ----------
    table : DataFrame of int64, shape (n_regions, n_experiments)
        Rows as the regions, columns in the given order of the experiments.
    missing : dict of str to list of str
        Contigs of the regions that an experiment's bigWig lacks; their counts are 0. Experiments without any are left
        out.
    simulated : bool
        Whether any coverage came from the embedded service.
    """

    table: pd.DataFrame
    missing: dict[str, list[str]]
    simulated: bool


def default_workers() -> int:
    """As many processes as there are cores for this one."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_all(
    regions: pd.DataFrame,
    experiments: Sequence[Coverage],
    workers: int | None = None,
    progress: Callable[..., Any] = console.progress,
) -> Counts:
    """Count the reads of each experiment in each region, each experiment in a process of its own.

    Parameters
    ----------
    regions : DataFrame of shape (n_regions, 3 or more)
        ``chrom start end``, 0-based half-open.
    experiments : sequence of Coverage
        Each name once.
    workers : int, optional
        Processes; `default_workers` when not given, 1 counts in this one. The result does not depend on it.
    progress : callable
        Makes a bar, as `scripts.shared.console.progress`.

    Raises
    ------
    InputError
        A name twice, fewer than 1 worker, or what `count_bigwig` raises, the experiment named.
    BadResponseError, NotFoundError, ServiceUnavailableError
        What `count_bigwig` raises, the experiment named.
    MissingExtraError
        The `local` extra is not installed.
    """
    with local_extra():
        from joblib import Parallel, delayed

    names = [experiment.name for experiment in experiments]
    if len(set(names)) < len(names):
        raise InputError(f"An experiment is given twice: {', '.join(sorted(names))}.")
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; give 1 or more.")
    # joblib's own processes do not run the caller's script again, as those of the standard library would.
    pool = Parallel(n_jobs=max(min(workers or default_workers(), len(names)), 1), return_as="generator")
    tasks = pool(delayed(_count)(regions[["chrom", "start", "end"]], experiment) for experiment in experiments)
    counted = list(progress(tasks, total=len(names), desc="Counting reads", unit="experiment"))
    table = {name: counts for name, (counts, _, _) in zip(names, counted, strict=True)}
    return Counts(
        table=pd.DataFrame(table, index=regions.index, columns=names, dtype=np.int64),
        missing={name: absent for name, (_, absent, _) in zip(names, counted, strict=True) if absent},
        simulated=any(simulated for _, _, simulated in counted),
    )


def _count(regions: pd.DataFrame, experiment: Coverage) -> tuple[np.ndarray, list[str], bool]:
    with naming(experiment.name), Client() as client, BigWig(experiment.source, client) as opened:
        counts = count_bigwig(regions, opened, experiment.scale, experiment.read_length)
        return counts, missing_contigs(regions["chrom"].unique(), opened), client.simulated


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put an experiment's name before the message of what goes wrong with its file."""
    try:
        yield
    except ChipAtlasError as error:
        raise type(error)(f"{name}: {error}") from error
