"""edgeR's exact test, with edgepython's result mended where it departs from edgeR's.

edgepython 0.5 gives p = 0 to a region whose pseudo-counts of one group sum to less than zero, which happens where a
group has next to no reads (chrY in female cells, say) and is then far too significant. edgeR sums the one term of the
tail that is left. Regions with p = 0 are therefore tested again here, in log space.
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: Where both groups have more reads than this, edgeR approximates by a beta distribution; p = 0 is then underflow.
BIG_COUNT = 900


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
    """
    import edgepython

    table = edgepython.exact_test(data, pair=["B", "A"])["table"]
    pvalues = table["PValue"].to_numpy(float).copy()
    for row in np.flatnonzero(pvalues == 0):
        pvalues[row] = _exact_pvalue(*_pseudo_sums(data, row))
    return table["logFC"].to_numpy(float), pvalues


def _pseudo_sums(data: dict[str, Any], row: Any) -> tuple[int, int, int, int, float]:
    """Rounded sums of pseudo-counts of B and A, their numbers of experiments, and the dispersion of one region."""
    from edgepython import get_dispersion, mglm_one_group
    from edgepython.exact_test import q2q_nbinom

    group = np.asarray(data["samples"]["group"]).astype(str)
    dispersion = np.broadcast_to(np.asarray(get_dispersion(data), dtype=float), len(data["counts"]))[[row]]
    counts = np.asarray(data["counts"], dtype=float)[[row]]
    library = data["samples"]["lib.size"].to_numpy(float) * data["samples"]["norm.factors"].to_numpy(float)
    average = np.exp(np.log(library).mean())
    abundance = np.exp(mglm_one_group(counts, dispersion=dispersion, offset=np.log(library)))
    expected = np.outer(abundance, library)
    equalised = np.outer(abundance, np.full(len(library), average))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        pseudo = q2q_nbinom(counts, expected, equalised, dispersion)[0]
    # A count so far out that its tail probability underflows has no quantile; it is scaled instead.
    pseudo = np.where(np.isfinite(pseudo), pseudo, counts[0] * average / library)
    in_b = group == "B"
    sums = [round(float(pseudo[members].sum())) for members in (in_b, ~in_b)]
    return sums[0], sums[1], int(in_b.sum()), int((~in_b).sum()), float(dispersion[0])


def _exact_pvalue(sum_1: int, sum_2: int, n_1: int, n_2: int, dispersion: float) -> float:
    """Double-tail p-value given the total; a tail that would begin below zero has its one possible term."""
    from scipy.special import logsumexp
    from scipy.stats import nbinom

    total = sum_1 + sum_2
    if total <= 0:
        return 1.0
    if dispersion <= 0 or min(sum_1, sum_2) > BIG_COUNT:
        return 0.0
    mean_1, mean_2 = total * n_1 / (n_1 + n_2), total * n_2 / (n_1 + n_2)
    if sum_1 < mean_1:
        tail = np.arange(0, max(sum_1, 0) + 1)
    elif sum_1 > mean_1:
        tail = np.arange(min(sum_1, total), total + 1)
    else:
        return 1.0

    def log_pmf(count: np.ndarray, n: float, mean: float) -> np.ndarray:
        size = n / dispersion
        return np.asarray(nbinom.logpmf(count, size, size / (size + mean)))

    log_tail = logsumexp(log_pmf(tail, n_1, mean_1) + log_pmf(total - tail, n_2, mean_2))
    log_total = log_pmf(np.array([total]), n_1 + n_2, total)[0]
    return float(np.exp(min(np.log(2.0) + log_tail - log_total, 0.0)))
