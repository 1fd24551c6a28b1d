"""Medians in which not every value has the same weight. Arrays only."""

from __future__ import annotations

import numpy as np

#: Sums of thirds and sevenths: half is half, whatever the last digit.
_LAST_DIGITS = 1e-9


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The middle by weight; where half of it lies on either side, the mean of the two values there."""
    return float(np.mean(_around_half(values, weights)))


def majority_value(values: np.ndarray, weights: np.ndarray) -> float:
    """The smallest value up to which more than half of the weight lies."""
    return _around_half(values, weights)[1]


def _around_half(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """The smallest values up to which at least half, and more than half, of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    half = total[-1] / 2
    low, high = np.searchsorted(total, [half * (1 - _LAST_DIGITS), half * (1 + _LAST_DIGITS)])
    return float(values[order[low]]), float(values[order[high]])


def equal_votes(group: np.ndarray) -> np.ndarray:
    """Weights that give every group the same in sum, its members equal shares."""
    _, place, counts = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place.reshape(-1)])
