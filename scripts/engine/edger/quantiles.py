"""Counts at another library size: the same quantile of a negative binomial with another mean.

Robinson and Smyth (2008) map a count of one mean to the quantile of another by the average of two approximations, a
normal and a gamma distribution with the negative binomial's mean and variance. The normal one is a straight line. The
gamma one starts from Wilson and Hilferty's (1931): the cube root of a gamma variable is nearly normal. What the two
distributions' probabilities then differ by is undone by the series of the inverse function. Where the start is too far
off, in far tails mostly, the logarithm of the tail is followed by Newton's method.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...common.compiled.arithmetic import exp_of, log_factorial_rest, log_of, root_of
from .blocks import LANES, OWN, REGIONS, run, stop_of

#: A mean below this is none; edgeR then adds a quarter of a count to both means.
_NO_MEAN, _QUARTER = 1e-14, 0.25


def equalised(
    counts: np.ndarray, means: np.ndarray, dispersion: np.ndarray, sizes: np.ndarray, group: np.ndarray
) -> np.ndarray:
    """Counts as they would be if all libraries had one size: the geometric mean of theirs.

    Parameters
    ----------
    counts : ndarray of shape (n_experiments, n_filled)
        See `blocks.by_experiment`.
    means : ndarray of shape (n_groups, n_filled)
        Abundance of each region in each group, see `abundance.abundances`.
    dispersion : ndarray of shape (n_filled,)
    sizes : ndarray of shape (n_experiments,)
        Effective library sizes.
    group : ndarray of int, shape (n_experiments,)
        The row of `means` that is each experiment's.

    Returns
    -------
    ndarray of shape (n_experiments, n_filled)
        Not whole; below 0 where a count is far below its mean.
    """
    constant = np.append(sizes, np.exp(np.log(sizes).mean()))
    about = [len(sizes), *group.tolist()]
    return run(_loop, counts, np.vstack([dispersion, means]), constant, about, _SCRATCH, len(sizes))


#: Parts of the scratch, a number for each lane: counts, means and their distributions; sums of two series; the result.
(
    _COUNT, _MEAN, _OTHER, _DISPERSION, _SHAPE, _OTHER_SHAPE, _SHARE, _GUESS, _APART,
    _SUM, _PRODUCT, _POWER, _SUM_2, _PRODUCT_2, _POWER_2, _BASE, _BASE_2, _FOUND,
) = range(0, 18 * LANES, LANES)  # fmt: skip
_SCRATCH = 18
#: Terms of a series between looks at whether they still matter, and most of them.
_TERMS, _MOST_TERMS, _NEGLIGIBLE = 8, 1024, 1e-15
#: The start is near enough at this distance in units of the density's scale: what is left is of its fifth power.
_NEAR = 5e-3
#: An upper tail is too thin for 1 less the lower one where the density times the value has this logarithm.
_THIN = -7.0
#: What stands for 0 in a logarithm; the least cube root of a guess over its mean.
_TINY, _LEAST_ROOT = 1e-300, 1e-3
#: Newton's method ends at a step of this size (of a logarithm), or after so many; terms of its series and fractions.
_LAST_STEP, _MOST_STEPS, _MOST_FAR_TERMS = 1e-10, 100, 10_000_000


def _loop(found: Any, counts: Any, regional: Any, sizes: Any, about: Any, scratch: Any, first: int) -> int:
    """`regional` has dispersions and each group's means; `sizes` the common one last; `about` each library's group."""
    regions, experiments = about[REGIONS], about[OWN]
    last = stop_of(about, first)
    for block in range(first, last, LANES):
        for j in range(experiments):
            at, mean_at = j * regions + block, (1 + about[OWN + 1 + j]) * regions + block
            for i in range(LANES):
                mean, other = regional[mean_at + i] * sizes[j], regional[mean_at + i] * sizes[experiments]
                added = _QUARTER if mean < _NO_MEAN or other < _NO_MEAN else 0.0
                scratch[_COUNT + i], scratch[_DISPERSION + i] = counts[at + i], regional[block + i]
                scratch[_MEAN + i], scratch[_OTHER + i] = mean + added, other + added
            _start(scratch)
            _sum_series(scratch)
            _step(scratch)
            for i in range(LANES):
                if not scratch[_FOUND + i] >= 0.0:
                    scratch[_FOUND + i] = _far(scratch[_SHAPE + i], scratch[_SHARE + i], scratch[_OTHER_SHAPE + i])
            for i in range(LANES):
                mean, other, dispersion = scratch[_MEAN + i], scratch[_OTHER + i], scratch[_DISPERSION + i]
                scale, other_scale = 1.0 + dispersion * mean, 1.0 + dispersion * other
                line = other + (scratch[_COUNT + i] - mean) * root_of(other * other_scale / (mean * scale))
                found[at + i] = (line + scratch[_FOUND + i] * other) / 2.0
    return 0


def _start(scratch: Any) -> None:
    """Both gamma distributions of each count, a guess, and how much denser the first is at the count than the second.

    A gamma distribution of scale 1 + dispersion x mean and of shape mean / scale has the negative binomial's mean and
    variance. Counts and guesses are held as shares of the means.
    """
    for i in range(LANES):
        mean, other, dispersion = scratch[_MEAN + i], scratch[_OTHER + i], scratch[_DISPERSION + i]
        shape, other_shape = mean / (1.0 + dispersion * mean), other / (1.0 + dispersion * other)
        share = scratch[_COUNT + i] / mean
        log_share = log_of(share if share > _TINY else _TINY)
        z = (exp_of(log_share / 3.0) - 1.0 + 1.0 / (9.0 * shape)) * root_of(shape / other_shape)
        root = 1.0 - 1.0 / (9.0 * other_shape) + z
        usable = root > _LEAST_ROOT and share > _TINY
        root = root if usable else 1.0
        guess, log_guess = root * root * root, 3.0 * log_of(root)
        # Logarithms of x ** shape exp(-x) / gamma(shape + 1).
        power = _log_power(shape, share, log_share)
        other_power = _log_power(other_shape, guess, log_guess)
        usable = usable and (share < 1.0 or other_power + log_of(other_shape) > _THIN)
        scratch[_SHAPE + i], scratch[_OTHER_SHAPE + i] = shape, other_shape
        scratch[_SHARE + i], scratch[_GUESS + i] = share, guess
        scratch[_APART + i] = exp_of(power - other_power)
        scratch[_BASE + i], scratch[_BASE_2 + i] = share if usable else 0.0, guess if usable else 0.0


def _log_power(shape: Any, share: Any, log_share: Any) -> Any:
    """Logarithm of x ** shape exp(-x) / gamma(shape + 1), of x = shape x share."""
    return shape * (log_share + 1.0 - share) - log_factorial_rest(shape)


def _sum_series(scratch: Any) -> None:
    """1 + x / (a + 1) + x**2 / ((a + 1) (a + 2)) + ..., of the counts and of the guesses, over a common denominator."""
    for i in range(LANES):
        scratch[_SUM + i] = scratch[_PRODUCT + i] = scratch[_POWER + i] = 1.0
        scratch[_SUM_2 + i] = scratch[_PRODUCT_2 + i] = scratch[_POWER_2 + i] = 1.0
    for n in range(0, _MOST_TERMS, _TERMS):
        for i in range(LANES):
            part, other_part = 1.0 / scratch[_SHAPE + i], 1.0 / scratch[_OTHER_SHAPE + i]
            for k in range(1, _TERMS + 1):
                up, other_up = 1.0 + (n + k) * part, 1.0 + (n + k) * other_part
                scratch[_POWER + i] *= scratch[_BASE + i]
                scratch[_POWER_2 + i] *= scratch[_BASE_2 + i]
                scratch[_SUM + i] = scratch[_SUM + i] * up + scratch[_POWER + i]
                scratch[_SUM_2 + i] = scratch[_SUM_2 + i] * other_up + scratch[_POWER_2 + i]
                scratch[_PRODUCT + i] *= up
                scratch[_PRODUCT_2 + i] *= other_up
        open_sums = 0
        for i in range(LANES):
            matters = scratch[_POWER + i] > _NEGLIGIBLE * scratch[_SUM + i]
            matters = matters or scratch[_POWER_2 + i] > _NEGLIGIBLE * scratch[_SUM_2 + i]
            open_sums += 1 if matters else 0
        if open_sums == 0:
            break


def _step(scratch: Any) -> None:
    """From the guesses to where the probabilities agree, as shares of the means; -1 where that is too far."""
    for i in range(LANES):
        shape = scratch[_OTHER_SHAPE + i]
        total, other_total = scratch[_SUM + i] / scratch[_PRODUCT + i], scratch[_SUM_2 + i] / scratch[_PRODUCT_2 + i]
        # Of the inverse function's series in the difference of probabilities over the density, all times the guess.
        w = (scratch[_APART + i] * total - other_total) / shape
        slope, bend = shape - 1.0 - shape * scratch[_GUESS + i], 1.0 - shape
        second, third = -slope, 2.0 * slope * slope - bend
        fourth = (7.0 * bend - 6.0 * slope * slope) * slope + 2.0 * bend
        near = abs(w) * (1.0 + abs(slope) + root_of(abs(bend))) < _NEAR and scratch[_BASE + i] > 0.0
        near = near and scratch[_POWER + i] <= _NEGLIGIBLE * scratch[_SUM + i]
        near = near and scratch[_POWER_2 + i] <= _NEGLIGIBLE * scratch[_SUM_2 + i]
        step = w * (1.0 + w / 2.0 * (second + w / 3.0 * (third + w / 4.0 * fourth)))
        scratch[_FOUND + i] = scratch[_GUESS + i] * (1.0 + step) if near else -1.0


def _far(shape: Any, share: Any, other_shape: Any) -> Any:
    """The same, followed along the logarithm of the tail, which is concave in that of the value: it cannot miss."""
    if share <= _TINY:
        return 0.0
    if share < 1.0:
        wanted, _ = _log_lower(shape, share)
        # Where the whole tail would be the first term of its series: below the solution.
        log_power = log_factorial_rest(other_shape)
        log_share = (wanted + log_power) / other_shape - 1.0
    else:
        wanted, _ = _log_upper(shape, share)
        log_share = log_of(share)
    for _ in range(_MOST_STEPS):
        tail, slope = (
            _log_lower(other_shape, exp_of(log_share)) if share < 1.0 else _log_upper(other_shape, exp_of(log_share))
        )
        moved = (wanted - tail) / slope
        log_share += moved
        if abs(moved) < _LAST_STEP:
            break
    return exp_of(log_share)


def _log_lower(shape: Any, share: Any) -> Any:
    """Logarithm of the lower tail of a gamma distribution, and its slope over the logarithm of the value."""
    total, term = 1.0, 1.0
    for n in range(1, _MOST_FAR_TERMS):
        term *= share / (1.0 + n / shape)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return _log_power(shape, share, log_of(share)) + log_of(total), shape / total


def _log_upper(shape: Any, share: Any) -> Any:
    """The same of the upper tail, by the continued fraction (DLMF 8.9.2) where that is quick."""
    x = shape * share
    if x < shape + 1.0:
        log_tail, slope = _log_lower(shape, share)
        lower = exp_of(log_tail)
        upper = 1.0 - lower if 1.0 - lower > _TINY else _TINY
        return log_of(upper), -slope * lower / upper
    # Lentz's method.
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    fraction = d
    for n in range(1, _MOST_FAR_TERMS):
        a = n * (shape - n)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1.0) < _NEGLIGIBLE:
            break
    return _log_power(shape, share, log_of(share)) + log_of(shape * fraction), -1.0 / fraction
