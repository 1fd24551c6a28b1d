"""The dispersion of experiments without replicates: by their deviance from one mean, as if they were one group.

With the defaults of edgeR's estimateGLMCommonDisp(method="deviance") (McCarthy, Chen and Smyth 2012): a region that
differs between the groups adds to the dispersion, which is why such p-values are large.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .abundance import abundances, with_prior
from .blocks import by_experiment
from .dispersions import PRIOR_READS, Samples

#: The fourth root of the dispersion is looked for from 0 to this, so near; a larger dispersion becomes `_MOST`.
_MOST_ROOT, _NEAR, _MOST = 4**0.25, 1e-5, 4.0
#: What edgeR adds to counts and means for their logarithms' sake.
_A_LITTLE = 1e-8
#: Of twice as many regions or more about this many are taken, at even steps of abundance, which is that at a dispersion
#: of its own.
_SUBSET, _ORDERING = 10_000, 0.05


def dispersion_without_replicates(samples: Samples) -> float:
    """The dispersion under which the mean deviance of a region is the degrees of freedom; 0 where it is less anyway."""
    counts = samples.counts[:, : samples.n_regions]
    if samples.n_regions >= 2 * _SUBSET:
        prior, sizes = with_prior(samples.sizes, PRIOR_READS)
        abundance = abundances(samples.counts, np.full(samples.counts.shape[1], _ORDERING), sizes, prior)
        step = samples.n_regions // _SUBSET
        counts = counts[:, np.argsort(abundance[: samples.n_regions], kind="stable")[step // 2 :: step]]
    laid, freedom = by_experiment(counts.T), len(samples.sizes) - 1

    def excess(root: float) -> float:
        fitted = abundances(laid, np.full(laid.shape[1], root**4), samples.sizes)
        means = np.outer(samples.sizes, fitted[: counts.shape[1]])
        return float(_deviance(counts, means, root**4).sum(axis=0).mean()) - freedom

    if excess(0.0) <= 0:
        return 0.0
    if excess(_MOST_ROOT) > 0:
        return _MOST
    return _zero(excess, 0.0, _MOST_ROOT, _NEAR) ** 4


def _deviance(counts: np.ndarray, means: np.ndarray, dispersion: float) -> np.ndarray:
    """Of each count from its mean, under a negative binomial distribution or, without dispersion, Poisson's."""
    counts, means = counts + _A_LITTLE, means + _A_LITTLE
    own = counts * np.log(counts / means)
    if dispersion == 0:
        return np.asarray(2 * (own - (counts - means)))
    # log((1 + dispersion count) / (1 + dispersion mean)), to all digits where they are alike.
    more = np.log1p(dispersion * (counts - means) / (1 + dispersion * means))
    return np.asarray(2 * (own - (counts + 1 / dispersion) * more))


def _zero(function: Callable[[float], float], low: float, high: float, near: float) -> float:
    """Where a function changes its sign: Brent's method (1973), as R's uniroot does it.

    Its answer is as near as asked for and no nearer, so that another method, as exact, would give other digits.
    """
    past, best = (low, function(low)), (high, function(high))
    beyond = past
    while True:
        last_step = best[0] - past[0]
        if abs(beyond[1]) < abs(best[1]):
            past, best, beyond = best, beyond, best
        enough = 2 * np.finfo(float).eps * abs(best[0]) + near / 2
        step = (beyond[0] - best[0]) / 2
        if abs(step) <= enough or best[1] == 0:
            return best[0]
        if abs(last_step) >= enough and abs(past[1]) > abs(best[1]):
            p, q = _interpolated(past, best, beyond)
            width = 2 * step
            if p < 0.75 * width * q - abs(enough * q) / 2 and p < abs(last_step * q / 2):
                step = p / q
        if abs(step) < enough:
            step = float(np.copysign(enough, step))
        past, best = best, (best[0] + step, function(best[0] + step))
        if (best[1] > 0) == (beyond[1] > 0):
            beyond = past


def _interpolated(
    past: tuple[float, float], best: tuple[float, float], beyond: tuple[float, float]
) -> tuple[float, float]:
    """A step from the best point as a quotient, its numerator not below 0: along a line, or a parabola on its side."""
    width, of_past = beyond[0] - best[0], best[1] / past[1]
    if past[0] == beyond[0]:
        p, q = width * of_past, 1 - of_past
    else:
        ratio, of_beyond = past[1] / beyond[1], best[1] / beyond[1]
        p = of_past * (width * ratio * (ratio - of_beyond) - (best[0] - past[0]) * (of_beyond - 1))
        q = (ratio - 1) * (of_beyond - 1) * (of_past - 1)
    return (p, -q) if p > 0 else (-p, q)
