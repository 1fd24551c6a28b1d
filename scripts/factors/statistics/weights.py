"""Medians in which not every value has the same weight. Arrays only."""

from __future__ import annotations

import numpy as np


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The smallest value up to which at least half of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    # Sums of thirds and sevenths: half is half, whatever the last digit.
    at = int(np.searchsorted(total, total[-1] / 2 * (1 - 1e-9)))
    return float(values[order][at])


def equal_votes(group: np.ndarray) -> np.ndarray:
    """Weights that give every group the same in sum, its members equal shares."""
    _, place, counts = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place.reshape(-1)])
