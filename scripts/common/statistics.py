"""Statistics that several parts need."""

from __future__ import annotations

import numpy as np


def benjamini_hochberg(pvalues: np.ndarray) -> np.ndarray:
    """False discovery rates of p-values (Benjamini and Hochberg 1995), in their order."""
    order = np.argsort(-pvalues, kind="stable")
    count = len(pvalues)
    scaled = pvalues[order] * (count / np.arange(count, 0, -1))
    rates = np.empty(count)
    rates[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return rates
