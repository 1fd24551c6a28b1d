"""Which regions have reads enough to be tested, and what makes libraries comparable: trimmed means of M-values.

filterByExpr (Chen, Lun and Smyth 2016) and TMM (Robinson and Oshlack 2010), with edgeR's defaults.
"""

from __future__ import annotations

import numpy as np

#: Reads of a region in a library of median size; in all libraries; from how many libraries on fewer than all must have
#: them, and which share of the rest.
_LEAST_READS, _LEAST_TOTAL, _MANY, _SHARE = 10, 15, 10, 0.7
#: Shares of regions that are trimmed from each end of the log ratios and of the abundances.
_TRIM_RATIO, _TRIM_ABUNDANCE = 0.3, 0.05
#: Quantile of a library's counts by which the reference library is chosen.
_UPPER = 0.75
_ALIKE, _NOTHING = 1e-6, 1e-20


def expressed(counts: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Whether a region has reads enough in as many experiments as the smaller group has.

    Parameters
    ----------
    counts : ndarray of shape (n_regions, n_experiments)
    group : ndarray of int, shape (n_experiments,)

    Returns
    -------
    ndarray of bool, shape (n_regions,)
    """
    sizes = counts.sum(axis=0)
    least = float(np.unique(group, return_counts=True)[1].min())
    if least > _MANY:
        least = _MANY + (least - _MANY) * _SHARE
    # Rounded as edgeR rounds: a count just at the limit is kept or not by it.
    enough = np.zeros(len(counts), dtype=np.int64)
    limit = _LEAST_READS / np.median(sizes) * 1e6
    for column, size in zip(counts.T, sizes, strict=True):
        enough += column * 1e6 / size >= limit
    return np.asarray((enough >= least - 1e-14) & (counts.sum(axis=1) >= _LEAST_TOTAL))


def tmm_sizes(counts: np.ndarray) -> np.ndarray:
    """Effective library sizes.

    Parameters
    ----------
    counts : ndarray of shape (n_regions, n_experiments)

    Returns
    -------
    ndarray of shape (n_experiments,)
        Reads in these regions x a factor; the factors' product is 1.
    """
    sizes = counts.sum(axis=0)
    columns = np.ascontiguousarray(counts[counts.any(axis=1)].T)
    if not columns.size or len(columns) == 1:
        return np.asarray(sizes, dtype=float)
    reference = _reference(columns, sizes)
    factors = np.array(
        [
            1.0 if j == reference else _factor(columns[j], sizes[j], columns[reference], sizes[reference])
            for j in range(len(columns))
        ]
    )
    return np.asarray(sizes * (factors / np.exp(np.log(factors).mean())))


def _reference(columns: np.ndarray, sizes: np.ndarray) -> int:
    """The library whose upper quartile is nearest to their mean."""
    upper = np.quantile(columns, _UPPER, axis=1) / sizes
    if np.median(upper) < _NOTHING:
        return int(np.argmax(np.sqrt(columns).sum(axis=1)))
    return int(np.argmin(np.abs(upper - upper.mean())))


def _factor(counts: np.ndarray, size: float, reference: np.ndarray, reference_size: float) -> float:
    """What a library's shares exceed the reference's by, of most regions."""
    both = (counts > 0) & (reference > 0)
    counts, reference = counts[both], reference[both]
    share, reference_share = counts / size, reference / reference_size
    # One quotient: regions of the same counts tie, whose ranks decide what is trimmed.
    ratio = np.log2(share / reference_share)
    if not len(ratio) or np.abs(ratio).max() < _ALIKE:
        return 1.0
    abundance = (np.log2(share) + np.log2(reference_share)) / 2
    kept = _between(ratio, _TRIM_RATIO) & _between(abundance, _TRIM_ABUNDANCE)
    variance = (size - counts) / size / counts + (reference_size - reference) / reference_size / reference
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = 1 / variance[kept]
        mean = (ratio[kept] * weight).sum() / weight.sum()
    return float(2.0**mean) if np.isfinite(mean) else 1.0


def _between(values: np.ndarray, trimmed: float) -> np.ndarray:
    """Whether the rank of a value, of ties the middle one, is in what is left when both ends are trimmed."""
    n = len(values)
    low = int(n * trimmed) + 1
    high = n + 1 - low
    least, most = np.partition(values, (low - 1, high - 1))[[low - 1, high - 1]]
    kept = (values > least) & (values < most)
    for limit in {least, most}:
        ties = values == limit
        rank = (values < limit).sum() + (ties.sum() + 1) / 2
        kept |= ties & (low <= rank <= high)
    return np.asarray(kept)
