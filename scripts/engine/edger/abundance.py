"""How abundant regions are: negative binomial regression on nothing but library sizes, by Fisher's scoring.

McCarthy, Chen and Smyth (2012), with one coefficient: the mean of a count is abundance x library size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...common.compiled.arithmetic import exp_of
from .blocks import LANES, OWN, REGIONS, run, stop_of

#: Steps of the logarithm end below this size, or after so many.
_SMALL_STEP, _MOST_STEPS = 1e-10, 50


def abundances(
    counts: np.ndarray, dispersion: np.ndarray, sizes: np.ndarray, prior: np.ndarray | None = None
) -> np.ndarray:
    """Reads of each region per read of the library.

    Parameters
    ----------
    counts : ndarray of shape (n_experiments, n_filled)
        See `blocks.by_experiment`.
    dispersion : ndarray of shape (n_filled,)
    sizes : ndarray of shape (n_experiments,)
        Effective library sizes; counts with a prior have others, see `with_prior`.
    prior : ndarray of shape (n_experiments,), optional
        Reads added to each count.

    Returns
    -------
    ndarray of shape (n_filled,)
        0 where no experiment has a read.
    """
    added = np.zeros(len(sizes)) if prior is None else prior
    return run(_loop, counts, dispersion, np.concatenate([sizes, added]), [len(sizes)], _SCRATCH)


def with_prior(sizes: np.ndarray, prior: float) -> tuple[np.ndarray, np.ndarray]:
    """Reads to add to the counts of each experiment, in proportion to its library, and the libraries with them."""
    added = prior * sizes / sizes.mean()
    return added, sizes + 2 * added


#: Parts of the scratch: step, numerator and denominator of the next.
_SCRATCH = 3


def _loop(found: Any, counts: Any, dispersion: Any, sizes: Any, about: Any, scratch: Any, first: int) -> int:
    """`sizes` has the library sizes and then the reads that are added; `about` the number of experiments."""
    regions, experiments = about[REGIONS], about[OWN]
    last = stop_of(about, first)
    for block in range(first, last, LANES):
        for i in range(LANES):
            scratch[LANES + i] = 0.0
            scratch[i] = 1.0
        for j in range(experiments):
            for i in range(LANES):
                scratch[LANES + i] += (counts[j * regions + block + i] + sizes[experiments + j]) / sizes[j]
        for i in range(LANES):
            found[block + i] = scratch[LANES + i] / experiments
        for _ in range(_MOST_STEPS):
            for i in range(LANES):
                scratch[LANES + i] = 0.0
                scratch[2 * LANES + i] = 0.0
            for j in range(experiments):
                for i in range(LANES):
                    mean = found[block + i] * sizes[j]
                    weight = 1.0 / (1.0 + mean * dispersion[block + i])
                    scratch[LANES + i] += (counts[j * regions + block + i] + sizes[experiments + j] - mean) * weight
                    scratch[2 * LANES + i] += mean * weight
            moving = 0
            for i in range(LANES):
                moves = abs(scratch[i]) >= _SMALL_STEP and scratch[2 * LANES + i] > 0.0
                scratch[i] = scratch[LANES + i] / scratch[2 * LANES + i] if moves else 0.0
                found[block + i] *= exp_of(scratch[i])
                moving += 1 if moves else 0
            if moving == 0:
                break
    return 0
