"""How much replicates differ: a dispersion common to all regions, and one of each region drawn towards its neighbours'.

Quantile-adjusted conditional maximum likelihood (Robinson and Smyth 2008); of each region by weighted likelihood, the
weight that of regions of like abundance (Robinson and Smyth 2007). With the defaults of edgeR's estimateCommonDisp and
estimateTagwiseDisp.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .abundance import abundances, with_prior
from .likelihood import log_likelihood
from .quantiles import equalised

#: Where the search for the common dispersion begins, how often it is repeated, where dispersion / (1 + dispersion) is
#: looked for, and how near.
_FIRST, _ROUNDS, _RANGE, _NEAR = 0.01, 2, (1e-4, 100 / 101), 1e-6
#: Reads added to a region where its abundance only orders regions.
PRIOR_READS = 2.0
#: Dispersions tried for each region: the common one times 2 to the power of these.
_POWERS = np.linspace(-6, 6, 11)
#: The neighbours' weight in degrees of freedom, and which share of all regions they are.
_PRIOR_FREEDOM, _SPAN = 10, 0.3


class Samples(NamedTuple):
    """Counts and what they are compared by.

    Attributes
    ----------
    counts : ndarray of shape (n_experiments, n_filled)
        See `blocks.by_experiment`.
    sizes : ndarray of shape (n_experiments,)
        Effective library sizes.
    group : ndarray of int, shape (n_experiments,)
        0 or 1.
    n_regions : int
        How many of the regions are no filling.
    """

    counts: np.ndarray
    sizes: np.ndarray
    group: np.ndarray
    n_regions: int

    def members(self) -> list[np.ndarray]:
        """The experiments of each group."""
        return [np.flatnonzero(self.group == number) for number in (0, 1)]


def pseudo_counts(samples: Samples, dispersion: float) -> np.ndarray:
    """Counts at the common library size, by the means of each group.

    Returns
    -------
    ndarray of shape (n_experiments, n_filled)
        Of 0 or more.
    """
    everywhere = np.full(samples.counts.shape[1], dispersion)
    means = np.array(
        [abundances(samples.counts[members], everywhere, samples.sizes[members]) for members in samples.members()]
    )
    pseudo = equalised(samples.counts, means, everywhere, samples.sizes, samples.group)
    return np.maximum(pseudo, 0, out=pseudo)


def common_dispersion(samples: Samples) -> float:
    """The dispersion under which all regions together are likeliest."""
    from scipy.optimize import minimize_scalar

    dispersion = _FIRST
    for _ in range(_ROUNDS):
        pseudo = pseudo_counts(samples, dispersion)

        def unlikely(delta: float, pseudo: np.ndarray = pseudo) -> float:
            told = log_likelihood(pseudo, samples.members(), 1 / delta - 1)
            return -float(told[: samples.n_regions].sum())

        delta = minimize_scalar(unlikely, bounds=_RANGE, method="bounded", options={"xatol": _NEAR, "maxiter": 1000}).x
        dispersion = float(delta / (1 - delta))
    return dispersion


def region_dispersions(samples: Samples, pseudo: np.ndarray, common: float) -> np.ndarray:
    """The dispersion of each region.

    Parameters
    ----------
    pseudo : ndarray of shape (n_experiments, n_filled)
        See `pseudo_counts`.
    common : float
        See `common_dispersion`.

    Returns
    -------
    ndarray of shape (n_regions,)
    """
    n = samples.n_regions
    likely = np.array([log_likelihood(pseudo, samples.members(), 1 / (common * 2.0**power))[:n] for power in _POWERS])
    prior, sizes = with_prior(samples.sizes, PRIOR_READS)
    order = np.argsort(
        abundances(samples.counts, np.full(samples.counts.shape[1], common), sizes, prior)[:n], kind="stable"
    )
    weight = _PRIOR_FREEDOM / (len(samples.sizes) - 2)
    width = int(_SPAN * n)
    for row in likely:
        row[order] += weight * _moving_average(row[order], width)
    return np.asarray(common * 2.0 ** _highest(likely))


def _moving_average(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of so many values around each; of those that there are, towards the ends."""
    if width <= 1:
        return values
    at, sums = np.arange(len(values)), np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(at + 1 - (width + 1) // 2, 0)
    last = np.minimum(at + 1 + width // 2, len(values))
    return np.asarray((sums[last] - sums[first]) / (last - first))


def _highest(likely: np.ndarray) -> np.ndarray:
    """Where on the axis of `_POWERS` a cubic spline through each column is highest, beside its highest point.

    At both ends the spline's third derivative is that of the cubic through the last four points (Forsythe, Malcolm and
    Moler 1977).
    """
    h = _POWERS[1] - _POWERS[0]
    bend = _second_derivatives(likely) / h**2
    column = np.arange(likely.shape[1])
    peak = likely.argmax(axis=0)
    best, where = likely[peak, column], _POWERS[peak]
    for begin in (peak - 1, peak):
        inside = (begin >= 0) & (begin < len(_POWERS) - 1)
        left = np.clip(begin, 0, len(_POWERS) - 2)
        y, m, m_next = likely[left, column], bend[left, column], bend[left + 1, column]
        b = (likely[left + 1, column] - y) / h - h * (2 * m + m_next) / 6
        c, d = m / 2, (m_next - m) / (6 * h)
        with np.errstate(invalid="ignore", divide="ignore"):
            t = b / (np.sqrt(c**2 - 3 * d * b) - c)
            height = y + t * (b + t * (c + t * d))
            better = inside & (t > 0) & (t < h) & (height > best)
        best, where = np.where(better, height, best), np.where(better, _POWERS[left] + t, where)
    return where


def _second_derivatives(y: np.ndarray) -> np.ndarray:
    """Of the spline through the rows of `y`, one step apart."""
    n = len(y)
    bend, right = np.empty_like(y), 6 * (y[:-2] - 2 * y[1:-1] + y[2:])
    ends = y[3] - 3 * y[2] + 3 * y[1] - y[0], y[-1] - 3 * y[-2] + 3 * y[-3] - y[-4]
    right[0] += ends[0]
    right[-1] -= ends[1]
    # A system of three diagonals: 1, 4, 1, and 5 in both corners.
    pivots = [5.0]
    for row in range(1, n - 2):
        pivots.append((5.0 if row == n - 3 else 4.0) - 1 / pivots[-1])
        right[row] -= right[row - 1] / pivots[-2]
    bend[n - 2] = right[-1] / pivots[-1]
    for row in range(n - 4, -1, -1):
        bend[row + 1] = (right[row] - bend[row + 2]) / pivots[row]
    bend[0], bend[-1] = bend[1] - ends[0], bend[-2] + ends[1]
    return bend
