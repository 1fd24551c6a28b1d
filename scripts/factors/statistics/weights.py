"""Medians in which not every value has the same weight. Arrays only."""

from __future__ import annotations

import numpy as np

#: Sums of thirds and sevenths: half is half, whatever the last digit.
_LAST_DIGITS = 1e-9


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The middle by weight; where half of it lies on either side, the mean of the two values there."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    half = total[-1] / 2
    low, high = (int(np.searchsorted(total, half * (1 + sign * _LAST_DIGITS))) for sign in (-1, 1))
    return float(values[order][[low, high]].mean())


def majority_value(values: np.ndarray, weights: np.ndarray) -> float:
    """The smallest value up to which more than half of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2 * (1 + _LAST_DIGITS)))])


def equal_votes(group: np.ndarray) -> np.ndarray:
    """Weights that give every group the same in sum, its members equal shares."""
    _, place, counts = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place.reshape(-1)])
