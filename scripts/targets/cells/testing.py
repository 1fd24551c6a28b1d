"""Exact and rank tests of many genes between two sides of independent units. Arrays in, arrays out."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

#: A rank test enumerates all ways to put the units on two sides up to so many, 8 against 9 for instance; beyond, the
#: normal approximation is close.
MAX_ASSIGNMENTS = 25_000
#: Sums of ranks, and probabilities, that differ by less than this are ties: two ways of adding up the same.
_TIE = 1e-7
_ROWS = 512


def fisher_exact_two_sided(bound_a: np.ndarray, n_a: int, bound_b: np.ndarray, n_b: int) -> np.ndarray:
    """P-values of Fisher's exact test: as many or fewer ways to be as unlikely, given both margins.

    Parameters
    ----------
    bound_a, bound_b : array (G,) of int
        Units that bind, of `n_a` and of `n_b`.

    Returns
    -------
    array (G,) of float
        The sum over all tables that are no more probable than the one seen, as R's ``fisher.test`` and scipy do.
    """
    from scipy.stats import hypergeom

    pvalues = np.ones(len(bound_a))
    totals = bound_a + bound_b
    for total in np.unique(totals):
        seen = totals == total
        support = np.arange(max(0, total - n_b), min(n_a, total) + 1)
        probability = hypergeom.pmf(support, n_a + n_b, total, n_a)
        as_unlikely = probability[None, :] <= probability[:, None] * (1 + _TIE)
        of_support = (as_unlikely * probability).sum(axis=1)
        pvalues[seen] = of_support[bound_a[seen] - support[0]]
    return pvalues.clip(0, 1)


def rank_test_two_sided(scores_a: np.ndarray, scores_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mann-Whitney's test of each gene, and how often a unit of a is above one of b.

    Exact where there are at most `MAX_ASSIGNMENTS` ways to put the units on two sides: the distribution of the rank
    sum over all of them, ties as they are. Otherwise the normal approximation, corrected for ties and continuity.

    Parameters
    ----------
    scores_a : array (G, U) of float
    scores_b : array (G, V) of float

    Returns
    -------
    pvalues : array (G,) of float
        Twice the smaller tail, at most 1.
    above : array (G,) of float
        Share of the U x V pairs in which a is higher, ties counted half: 0.5 is no difference.
    """
    from scipy.stats import rankdata

    n_a, n_b = scores_a.shape[1], scores_b.shape[1]
    ranks = rankdata(np.hstack([scores_a, scores_b]), axis=1)
    total = ranks[:, :n_a].sum(axis=1)
    exact = math.comb(n_a + n_b, n_a) <= MAX_ASSIGNMENTS
    pvalues = _exact(ranks, total, n_a) if exact else _normal(ranks, total, n_a)
    return pvalues, (total - n_a * (n_a + 1) / 2) / (n_a * n_b)


def _exact(ranks: np.ndarray, total: np.ndarray, n_a: int) -> np.ndarray:
    n = ranks.shape[1]
    chosen = np.array(list(combinations(range(n), n_a)))
    sides = np.zeros((n, len(chosen)))
    sides[chosen, np.arange(len(chosen))[:, None]] = 1
    pvalues = np.ones(len(ranks))
    for start in range(0, len(ranks), _ROWS):
        part = slice(start, start + _ROWS)
        sums = ranks[part] @ sides
        lower = (sums <= total[part, None] + _TIE).mean(axis=1)
        upper = (sums >= total[part, None] - _TIE).mean(axis=1)
        pvalues[part] = 2 * np.minimum(lower, upper)
    return pvalues.clip(0, 1)


def _normal(ranks: np.ndarray, total: np.ndarray, n_a: int) -> np.ndarray:
    from scipy.special import ndtr

    n = ranks.shape[1]
    # The variance of midranks themselves: what the usual correction for ties comes to.
    variance = n_a * (n - n_a) / n * ranks.var(axis=1, ddof=1)
    distance = (np.abs(total - n_a * (n + 1) / 2) - 0.5).clip(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, distance / np.sqrt(variance), 0.0)
    return (2 * ndtr(-z)).clip(0, 1)


def smallest_pvalue(n_a: int, n_b: int, test: str) -> float:
    """The smallest p-value that so many units can give in an exact test: one side all above the other."""
    # Of Fisher's tables, the opposite one is as unlikely only where the sides are of one size.
    ends = 1 if test == "fisher" and n_a != n_b else 2
    return min(1.0, ends / math.comb(n_a + n_b, n_a))
