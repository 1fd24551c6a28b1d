"""Ranks of genes within factors, and what a gene's ranks over factors say. Arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Steps of a rank percentile as it is kept: 0.005 each. The limit of the top 5 % lies between two of them, so that
#: whether a gene is in the top is kept exactly.
STEPS = 200
#: A gene is in the top of a factor above this percentile of its bound genes.
TOP_ABOVE = 0.95
_TOP_CODE = round(STEPS * TOP_ABOVE)
#: Makes the median absolute deviation of normal numbers their standard deviation.
MAD_SCALE = 1.4826
#: Least scale of the robust z. Between two experiments of one factor the percentile of a gene that both bind differs,
#: as a robust standard deviation, by 0.05 (grh-1) to 0.2 (sma-4, H3K27ac) in ChIP-Atlas's tables of ce11: what is
#: nearer than about 0.1 is the same rank. Without it every gene that half of the factors do not bind has a scale of 0.
LEAST_SCALE = 0.1
#: Genes looked at together: temporaries of some tens of megabytes for a thousand factors.
_GENES = 4096


def rank_percentiles(average: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Rank of each gene among the bound ones by average, as a share.

    Parameters
    ----------
    average : array (G,) of float
        Mean MACS2 score (-10 log10 Q) over the experiments, zeros included.
    bound : array (G,) of bool
        Whether any experiment has a peak.

    Returns
    -------
    array (G,) of float
        Above 0 to 1 (highest), ties at their mean rank; 0 for genes that are not bound.
    """
    twice, count = _twice_the_rank(average, bound)
    return np.asarray(twice / (2.0 * max(count, 1)))


def percentile_codes(average: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """`rank_percentiles` in steps of 1/`STEPS`, rounded up (array (G,) of uint8); 0 is not bound.

    Whole numbers all the way: a percentile of just 0.95 is not above it on any machine.
    """
    twice, count = _twice_the_rank(average, bound)
    return (-(-twice * STEPS // (2 * max(count, 1)))).astype(np.uint8)


def _twice_the_rank(average: np.ndarray, bound: np.ndarray) -> tuple[np.ndarray, int]:
    """Twice the mean rank from the lowest up, which is whole; 0 where not bound. And the number of bound genes."""
    twice = np.zeros(len(average), dtype=np.int64)
    twice[bound] = (2 * pd.Series(average[bound]).rank(method="average")).round().astype(np.int64)
    return twice, int(np.count_nonzero(bound))


def share_in_top(codes: np.ndarray) -> np.ndarray:
    """Share of factors that have each gene in the top 5 % of their bound genes.

    Parameters
    ----------
    codes : array (F, G) of uint8
        `percentile_codes` of each factor.

    Returns
    -------
    array (G,) of float
        0..1; NaN for no factor at all.
    """
    if not len(codes):
        return np.full(codes.shape[1], np.nan)
    return np.asarray(np.count_nonzero(codes > _TOP_CODE, axis=0) / len(codes))


def centre_and_scale(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median of each gene's percentiles over factors, and 1.4826 times their median absolute deviation, floored.

    Parameters
    ----------
    codes : array (F, G) of uint8
        F of 1 or more. A step stands for its middle; a factor that does not bind the gene counts with 0.

    Returns
    -------
    median, scale : array (G,) of float
        In percentiles (0..1); `scale` at least `LEAST_SCALE`.
    """
    n_genes = codes.shape[1]
    median, scale = np.empty(n_genes), np.empty(n_genes)
    for start in range(0, n_genes, _GENES):
        part = code_percentiles(codes[:, start : start + _GENES])
        middle = np.median(part, axis=0)
        median[start : start + _GENES] = middle
        scale[start : start + _GENES] = MAD_SCALE * np.median(np.abs(part - middle), axis=0)
    return median, np.maximum(scale, LEAST_SCALE)


def code_percentiles(codes: np.ndarray) -> np.ndarray:
    """The percentile that a step stands for: its middle, at most 0.0025 off; 0 for not bound."""
    return np.where(codes > 0, (codes - np.float32(0.5)) / np.float32(STEPS), np.float32(0))


def ranks_of(values: np.ndarray) -> np.ndarray:
    """Rank of each value, 1 for the highest; equal ones in the order given. NaN comes last."""
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")] = np.arange(1, len(values) + 1)
    return ranks
