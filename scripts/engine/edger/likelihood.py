"""How likely pseudo-counts are at a dispersion, given their sums: conditional likelihood (Robinson and Smyth 2008).

Sums of negative binomial counts of one library size do not depend on the mean once their total is given. What is left
depends on the dispersion alone.

With r = 1 / dispersion, x = count + r of each of n counts and q their mean, it is log gamma(x) summed over the counts,
less log gamma(n q), plus log gamma(n r) - n log gamma(r). These are large and nearly cancel. By Stirling's formula,
log gamma(x) = (x - 1/2) log x - x + s(x), what does not cancel is

    sum [(x - 1/2) log(x / q) + s(x) - s(r)] - s(n q) + s(n r) - (n - 1) / 2 log(q / r),

less a number that does not depend on r and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...common.compiled.arithmetic import (
    HALF_LOG_2_PI,
    SHIFT,
    STIRLING_FROM,
    log_factorial_rest,
    log_of,
    rising,
    stirling_rest,
)
from .blocks import LANES, OWN, REGIONS, run, stop_of

#: Experiments whose rising factorials are multiplied before a logarithm is taken: their product stays a float.
_TOGETHER = 16


def log_likelihood(pseudo: np.ndarray, groups: Sequence[np.ndarray], size: float) -> np.ndarray:
    """Conditional log-likelihood of each region, less what depends on its counts alone.

    Parameters
    ----------
    pseudo : ndarray of shape (n_experiments, n_filled)
        Counts at a common library size.
    groups : sequence of ndarray of int
        The experiments of each group. A group of one tells nothing.
    size : float
        1 / dispersion; above 0.

    Returns
    -------
    ndarray of shape (n_filled,)
        Natural logarithm.
    """
    told = np.zeros(pseudo.shape[-1])
    for members in groups:
        if len(members) > 1:
            about = [len(members), *members.tolist()]
            found = run(_loop, pseudo, np.empty(0), np.array([size]), about, _SCRATCH)
            told += found + (_rest(len(members) * size) - len(members) * _rest(size))
    return told


#: Parts of the scratch: the sum, the counts' mean and its logarithm, a product.
_SCRATCH = 4


def _loop(found: Any, pseudo: Any, _: Any, size: Any, about: Any, scratch: Any, first: int) -> int:
    """`about` has the number of experiments in the group, and which."""
    regions, members = about[REGIONS], about[OWN]
    last = stop_of(about, first)
    for block in range(first, last, LANES):
        for i in range(LANES):
            scratch[LANES + i] = 0.0
        for k in range(members):
            at = about[OWN + 1 + k] * regions + block
            for i in range(LANES):
                scratch[LANES + i] += pseudo[at + i]
        for i in range(LANES):
            mean = scratch[LANES + i] / members + size[0]
            log_share = log_of(mean / size[0])
            scratch[i] = -_rest(members * mean) - (members - 1) * 0.5 * log_share
            # Of a count that is shifted up for Stirling's formula.
            scratch[LANES + i], scratch[2 * LANES + i] = 1.0 / mean, SHIFT * (log_of(mean) - 1.0)
            scratch[3 * LANES + i] = 1.0
        for k in range(members):
            at = about[OWN + 1 + k] * regions + block
            for i in range(LANES):
                x = pseudo[at + i] + size[0]
                below = x < STIRLING_FROM
                up = x + SHIFT if below else x
                more = (up - 0.5) * log_of(up * scratch[LANES + i]) + (HALF_LOG_2_PI + stirling_rest(up))
                scratch[i] += more + (scratch[2 * LANES + i] if below else 0.0)
                scratch[3 * LANES + i] *= rising(x) if below else 1.0
            if k % _TOGETHER == _TOGETHER - 1 or k == members - 1:
                for i in range(LANES):
                    scratch[i] -= log_of(scratch[3 * LANES + i])
                    scratch[3 * LANES + i] = 1.0
        for i in range(LANES):
            found[block + i] = scratch[i]
    return 0


def _rest(x: Any) -> Any:
    """What Stirling's formula leaves of log gamma(x)."""
    return log_factorial_rest(x) - 0.5 * log_of(x)
