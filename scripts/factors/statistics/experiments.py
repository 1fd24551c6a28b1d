"""Every experiment beside the matched background, and beside experiments with as many peaks. Arrays in, frames out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...common.statistics import benjamini_hochberg
from .weights import equal_votes, weighted_median

#: Strata of the number of peaks in which "typical" is told, at most.
PEAK_STRATA = 10
#: Of fewer antigens nothing is typical: then the background alone is what an experiment is held against. A stratum has
#: at least as many votes.
LEAST_ANTIGENS = 10
#: Tables as probable as the one seen, but for the last digits, count as such.
_SAME = 1e-7
#: Added to every cell for a log odds ratio that is finite (Haldane and Anscombe).
_HALF = 0.5


def measure_experiments(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers of every experiment, recomputed from its two overlaps.

    The service's own p-value asks whether the two shares differ at all. An experiment with very many peaks overlaps any
    region; where the given regions are in livelier places than the background, nearly all experiments overlap them
    more. So an experiment is also held against the typical one with about as many peaks.

    Parameters
    ----------
    table : DataFrame
        From `parse_enrichment`.

    Returns
    -------
    DataFrame
        The table and: ``log2_odds`` (log2 of the odds ratio of the two overlaps, 0.5 added to each cell),
        ``pvalue_two_sided`` (Fisher's exact test of the 2x2 table: what the service's P should be),
        ``typical_log2_odds`` (median of the experiments with about as many peaks, each antigen one vote),
        ``specific_log2_odds`` (the former without the latter), ``pvalue`` (Fisher's exact test, one-sided, of an odds
        ratio above that of the typical experiment, and above 1: the larger of the two p-values) and ``qvalue``
        (Benjamini-Hochberg over the experiments).
    """
    a, n_a, b, n_b = (table[name].to_numpy(np.int64) for name in ("overlap_a", "size_a", "overlap_b", "size_b"))
    log2_odds = np.log2((a + _HALF) * (n_b - b + _HALF) / ((n_a - a + _HALF) * (b + _HALF)))
    typical = typical_log2_odds(log2_odds, table["num_peaks"].to_numpy(), antigen_keys(table))
    two_sided, pvalue = table_pvalues(a, n_a, b, n_b, np.maximum(2.0**typical, 1.0))
    return table.assign(
        log2_odds=log2_odds,
        pvalue_two_sided=two_sided,
        typical_log2_odds=typical,
        specific_log2_odds=log2_odds - typical,
        pvalue=pvalue,
        qvalue=benjamini_hochberg(pvalue) if len(table) else pvalue,
    )


def antigen_keys(table: pd.DataFrame) -> np.ndarray:
    """A number for each antigen (of its class), in the order of the rows."""
    return table.groupby(["antigen_class", "antigen"], sort=False).ngroup().to_numpy()


def typical_log2_odds(log2_odds: np.ndarray, peaks: np.ndarray, antigen: np.ndarray) -> np.ndarray:
    """What an experiment with so many peaks has typically.

    Experiments are put into strata of like number of peaks, each of as many votes, where every antigen has one vote
    however many experiments it has; the medians of the strata are joined by straight lines over the logarithm of the
    number of peaks.
    """
    antigens = len(np.unique(antigen))
    if antigens < LEAST_ANTIGENS:
        return np.zeros(len(log2_odds))
    order = np.argsort(peaks, kind="stable")
    votes = equal_votes(antigen)[order]
    parts = int(np.clip(antigens // LEAST_ANTIGENS, 1, PEAK_STRATA))
    middle = (np.cumsum(votes) - votes / 2) / antigens
    stratum = np.minimum((middle * parts).astype(int), parts - 1)
    at, median = [], []
    for number in np.unique(stratum):
        part = order[stratum == number]
        at.append(float(np.median(np.log(peaks[part] + 1.0))))
        median.append(weighted_median(log2_odds[part], equal_votes(antigen[part])))
    where, first = np.unique(at, return_index=True)
    return np.interp(np.log(peaks + 1.0), where, np.array(median)[first])


def table_pvalues(
    a: np.ndarray, n_a: np.ndarray, b: np.ndarray, n_b: np.ndarray, odds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P-values of 2x2 tables, from the hypergeometric distribution and Fisher's noncentral one.

    Parameters
    ----------
    a, n_a, b, n_b : array (N,) of int
        `a` of `n_a` and `b` of `n_b`.
    odds : array (N,) of float
        Odds ratio that is tested against.

    Returns
    -------
    two_sided : array (N,) of float
        Fisher's exact test: of an odds ratio other than 1.
    above : array (N,) of float
        One-sided: of an odds ratio above `odds`.
    """
    from scipy.special import gammaln

    log_factorial = gammaln(np.arange(int(max(n_a.max(initial=0), n_b.max(initial=0))) + 2) + 1.0)
    two_sided, above = np.empty(len(a)), np.empty(len(a))
    rows = zip(a.tolist(), n_a.tolist(), b.tolist(), n_b.tolist(), np.log(odds).tolist(), strict=True)
    for i, (seen, size, other, others, log_odds) in enumerate(rows):
        total = seen + other
        k = np.arange(max(total - others, 0), min(total, size) + 1)
        at = seen - int(k[0])
        log_weight = -(log_factorial[k] + log_factorial[size - k])
        log_weight -= log_factorial[total - k] + log_factorial[others - total + k]
        central = np.exp(log_weight - log_weight.max())
        two_sided[i] = central[central <= central[at] * (1 + _SAME)].sum() / central.sum()
        log_weight += k * log_odds
        shifted = np.exp(log_weight - log_weight.max())
        above[i] = shifted[at:].sum() / shifted.sum()
    return np.minimum(two_sided, 1.0), np.minimum(above, 1.0)


def disagreements(table: pd.DataFrame) -> int:
    """Experiments whose P, recomputed from their overlaps, is not the service's (to 0.1 in log10, or 2 %)."""
    with np.errstate(divide="ignore"):
        ours = np.log10(table["pvalue_two_sided"].to_numpy())
    theirs = table["log10_p"].to_numpy()
    # Below what a double can hold either may say 0.
    gone = (ours < -300) & (theirs < -300)
    near = np.isclose(np.where(gone, 0, ours), np.where(gone, 0, theirs), atol=0.1, rtol=0.02)
    return int((~near).sum())
