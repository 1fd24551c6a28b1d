"""Counts laid out for compiled loops, and those run over blocks of regions on every core.

A loop takes `LANES` regions at a time through the same arithmetic, which a processor does for several at once. Regions
are filled up to whole blocks, and a block is the same whoever computes it: no result depends on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...common.compiled.loops import compiled
from ..workers import default_workers

#: Regions that a loop computes side by side; the loops hold the number as a constant.
LANES = 64
#: Blocks that a thread takes at a time: some milliseconds.
_BLOCKS = 16


def by_experiment(counts: np.ndarray) -> np.ndarray:
    """Counts (n_regions, n_experiments) as an array (n_experiments, n_filled); regions that fill up hold 1."""
    n_regions, n_experiments = counts.shape
    laid = np.ones((n_experiments, filled(n_regions)))
    laid[:, :n_regions] = counts.T
    return laid


def filled(n_regions: int) -> int:
    """The number of regions in whole blocks."""
    return -(-n_regions // LANES) * LANES


def filled_up(values: np.ndarray) -> np.ndarray:
    """One number a region, filled up to whole blocks with 1."""
    laid = np.ones(filled(len(values)))
    laid[: len(values)] = values
    return laid


#: What a loop finds in the array `about`, before what is its own: filled-up regions; regions that it is to compute.
REGIONS, STEP, OWN = 0, 1, 2


def stop_of(about: Any, first: int) -> Any:
    """Where the regions of a loop end that begins at `first`; it becomes part of the loop."""
    stop = first + about[STEP]
    return stop if stop < about[REGIONS] else about[REGIONS]


_TYPES = ("float64*", "float64*", "float64*", "float64*", "int64*", "float64*", "int64")


def run(
    loop: Callable[..., int],
    counts: np.ndarray,
    regional: np.ndarray,
    constant: np.ndarray,
    about: Sequence[int],
    scratch: int,
    results: int = 1,
) -> np.ndarray:
    """Run a loop over all blocks of regions.

    Parameters
    ----------
    loop : function
        Takes the array of its results; `counts`, `regional` and `constant`; `about`, see `REGIONS`; room for numbers;
        and the first region.
    counts, regional : ndarray of shape (..., n_filled)
    constant : ndarray
    about : sequence of int
        The loop's own whole numbers.
    scratch : int
        Numbers for each lane that the loop needs room for.
    results : int
        How many results a region has.

    Returns
    -------
    ndarray of shape (results, n_filled), or (n_filled,) of one result
    """
    code, regions, step = compiled(loop, _TYPES), counts.shape[-1], _BLOCKS * LANES
    found = np.empty((results, regions) if results > 1 else regions)
    flat = [np.ascontiguousarray(array, dtype=float).reshape(-1) for array in (found, counts, regional, constant)]
    told = np.array([regions, step, *about], dtype=np.int64)

    def part(first: int) -> None:
        code(*flat, told, np.empty(scratch * LANES), first)

    if regions <= step:
        part(0)
        return found
    with ThreadPoolExecutor(default_workers()) as threads:
        for _ in threads.map(part, range(0, regions, step)):
            pass
    return found
