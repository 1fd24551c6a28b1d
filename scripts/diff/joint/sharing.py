"""What experiments that two comparisons share do to the correlation of their effects."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from .compared import Compared
from .matching import Match

#: Added to mean counts before their logarithm, so that none is of zero.
PRIOR_COUNT = 1.0


def shared_experiments(first: Compared, second: Compared) -> list[str]:
    """Experiments that take part in both comparisons, on whichever side."""
    return sorted(first.experiments & second.experiments)


def correlation_by_construction(first: Compared, second: Compared) -> float:
    """Correlation of two comparisons' effects where no effect is real, by the experiments they share alone.

    Each effect is a difference of group means. With independent experiments of equal variance, and weights ``1 / n`` of
    an experiment in group A and ``-1 / n`` in B, it is the cosine of the two comparisons' weights: 0.5 for two
    treatments of as many experiments as their common control has, -0.5 for neighbouring steps of a time course.
    Missing where a side is not known by its experiments.
    """
    if not (first.group_a and first.group_b and second.group_a and second.group_b):
        return float("nan")
    one, other = _weights(first), _weights(second)
    both = sum(weight * other[name] for name, weight in one.items())
    size = float(np.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values())))
    # Not even a sum of squares is exact: equal comparisons are to give 1.
    return float(np.clip(round(both / size, 12), -1, 1)) if size else float("nan")


def correlation_without(first: Compared, second: Compared, match: Match) -> float:
    """Correlation of the effects when no experiment is used twice; missing where that leaves a group empty.

    The shared experiments are dealt out in two halves: one comparison keeps the one, the other the other, and the other
    way round; the mean of both correlations. Effects are log2 ratios of mean normalised counts. With fewer experiments
    they are noisier, which draws the correlation towards 0. It holds for replicates: halves that differ in a batch
    bring that in with opposite signs. Under a design, whose other variables would do the same, it is not told.
    """
    shared = shared_experiments(first, second)
    if first.counts is None or second.counts is None or len(match.first) < 2:
        return float("nan")
    halves = shared[0::2], shared[1::2]
    found = []
    for mine, others in (halves, halves[::-1]):
        one = _effects(first, match.first, without=set(others))
        other = _effects(second, match.second, without=set(mine))
        if one is None or other is None:
            return float("nan")
        found.append(correlation(one, other))
    return float(np.mean(found))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's r over the places where both are known; missing below three places, or where one never varies."""
    known = np.isfinite(one) & np.isfinite(other)
    x, y = one[known] - one[known].mean() if known.any() else one[known], other[known]
    y = y - y.mean() if len(y) else y
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(np.clip(x @ y / size, -1, 1)) if len(x) > 2 and size > 0 else float("nan")


def _weights(comparison: Compared) -> Counter[str]:
    weights: Counter[str] = Counter()
    for group, sign in ((comparison.group_a, 1), (comparison.group_b, -1)):
        for name in group:
            weights[name] += sign / len(group)  # type: ignore[assignment]
    return weights


def _effects(comparison: Compared, rows: np.ndarray, without: set[str]) -> np.ndarray | None:
    means = []
    for group in (comparison.group_a, comparison.group_b):
        kept = [name for name in group if name not in without]
        counts: pd.DataFrame = comparison.counts  # type: ignore[assignment]
        if not kept or any(name not in counts for name in kept):
            return None
        means.append(counts[kept].to_numpy()[rows].mean(axis=1))
    return np.asarray(np.log2(means[0] + PRIOR_COUNT) - np.log2(means[1] + PRIOR_COUNT))
