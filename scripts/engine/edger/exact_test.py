"""edgeR's exact test, with edgepython's result mended where it departs from edgeR's.

edgepython 0.5 gives p = 0 to a region whose pseudo-counts of one group sum to less than zero, which happens where a
group has next to no reads (chrY in female cells, say) and is then far too significant. edgeR sums the one term of the
tail that is left. Regions with p = 0 are therefore tested again here, in log space.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..extra import local_extra

#: Where both groups have more reads than this, edgeR approximates by a beta distribution; p = 0 is then underflow.
BIG_COUNT = 900
#: Terms of tails summed at a time: some tens of megabytes.
_TERMS_AT_ONCE = 1 << 20


class _Sums(NamedTuple):
    """Pseudo-counts of some regions, summed over each group and rounded, and what their test needs beside.

    Attributes
    ----------
    b, a : ndarray of int, shape (n_regions,)
    n_b, n_a : int
        Experiments of each group.
    dispersion : ndarray of float, shape (n_regions,)
    scaled : ndarray of bool, shape (n_regions,)
        Whether a count has no quantile and was scaled instead.
    """

    b: np.ndarray
    a: np.ndarray
    n_b: int
    n_a: int
    dispersion: np.ndarray
    scaled: np.ndarray


def exact_test(data: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Test A against B.

    Parameters
    ----------
    data : dict
        edgepython's DGEList with groups "A" and "B", normalisation factors and dispersions.

    Returns
    -------
    logFC : ndarray
        log2(A / B), one per region.
    pvalue : ndarray
        Two-sided, twice the smaller tail (Robinson and Smyth 2008).

    Raises
    ------
    MissingExtraError
        edgepython is not installed.
    """
    with local_extra():
        import edgepython

    table = edgepython.exact_test(data, pair=["B", "A"])["table"]
    pvalues = table["PValue"].to_numpy(float).copy()
    again = np.flatnonzero(pvalues == 0)
    if len(again):
        pvalues[again] = _exact_pvalues(_pseudo_sums(data, again))
    return table["logFC"].to_numpy(float), pvalues


def _pseudo_sums(data: dict[str, Any], rows: np.ndarray) -> _Sums:
    """Sums of the pseudo-counts of these regions, as edgeR's test makes them."""
    with local_extra():
        from edgepython import get_dispersion, mglm_one_group
        from edgepython.exact_test import q2q_nbinom

    group = np.asarray(data["samples"]["group"]).astype(str)
    dispersion = np.broadcast_to(np.asarray(get_dispersion(data), dtype=float), len(data["counts"]))[rows]
    counts = np.asarray(data["counts"], dtype=float)[rows]
    library = data["samples"]["lib.size"].to_numpy(float) * data["samples"]["norm.factors"].to_numpy(float)
    average = np.exp(np.log(library).mean())
    abundance = np.exp(mglm_one_group(counts, dispersion=dispersion, offset=np.log(library)))
    expected = np.outer(abundance, library)
    equalised = np.outer(abundance, np.full(len(library), average))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        pseudo = q2q_nbinom(counts, expected, equalised, dispersion)
    # A count so far out that its tail probability underflows has no quantile; it is scaled instead.
    missing = ~np.isfinite(pseudo)
    pseudo = np.where(missing, counts * average / library, pseudo)
    in_b = group == "B"
    sums = [np.rint(pseudo[:, members].sum(axis=1)).astype(np.int64) for members in (in_b, ~in_b)]
    return _Sums(sums[0], sums[1], int(in_b.sum()), int((~in_b).sum()), dispersion, missing.any(axis=1))


def _exact_pvalues(sums: _Sums) -> np.ndarray:
    """Double-tail p-values of regions for which edgepython gave 0.

    Its 0 is right, an underflow, unless a sum is below zero or could not be made: those regions alone are tested.
    """
    total = sums.b + sums.a
    expected = total * (sums.n_b / (sums.n_b + sums.n_a))
    smaller = np.minimum(sums.b, sums.a)
    pvalues = np.where((total <= 0) | (sums.b == expected), 1.0, 0.0)
    testable = (sums.dispersion > 0) & (smaller <= BIG_COUNT) & (sums.scaled | (smaller < 0))
    rows = np.flatnonzero((pvalues == 0) & testable)
    if len(rows):
        left = sums.b[rows] < expected[rows]
        # A tail that would begin below zero has its one possible term.
        first = np.where(left, 0, np.minimum(sums.b[rows], total[rows]))
        last = np.where(left, np.maximum(sums.b[rows], 0), total[rows])
        block = np.cumsum(last - first + 1) // _TERMS_AT_ONCE
        parts = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(block)) + 1)
        tested = [_tail_pvalues(sums, rows[part], first[part], last[part]) for part in parts]
        pvalues[rows] = np.concatenate(tested)
    return pvalues


def _tail_pvalues(sums: _Sums, rows: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Twice the probability, given the total, that group B has from `first` to `last` reads; at most 1."""
    with local_extra():
        from scipy.stats import nbinom

    total, dispersion = (sums.b + sums.a)[rows], sums.dispersion[rows]
    both = sums.n_b + sums.n_a

    def log_probability(count: np.ndarray, experiments: int, where: np.ndarray) -> np.ndarray:
        size = experiments / dispersion[where]
        mean = total[where] * (experiments / both)
        return np.asarray(nbinom.logpmf(count, size, size / (size + mean)))

    # All tails one behind the other: `region` is the region that each term belongs to.
    length = last - first + 1
    begin = np.cumsum(length) - length
    region = np.repeat(np.arange(len(rows)), length)
    in_b = np.arange(length.sum()) - begin[region] + first[region]
    terms = log_probability(in_b, sums.n_b, region) + log_probability(total[region] - in_b, sums.n_a, region)
    largest = np.maximum.reduceat(terms, begin)
    log_tail = largest + np.log(np.add.reduceat(np.exp(terms - largest[region]), begin))
    log_total = log_probability(total, both, np.arange(len(rows)))
    return np.exp(np.minimum(np.log(2.0) + log_tail - log_total, 0.0))
