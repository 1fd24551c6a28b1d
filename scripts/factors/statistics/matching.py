"""A background like the given set, chosen from what was tested and did not change. Arrays only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Strata a covariate is cut into: with one covariate, and with two.
STRATA = {1: 10, 2: 5}


def matched(given: np.ndarray, pool: np.ndarray, seed: int) -> np.ndarray:
    """Choose from a pool as many items as are given, alike in their covariates.

    Each covariate is cut at quantiles of the given; from each combination (stratum) as many are drawn from the pool,
    without repetition, as the given have there, or all there are: nothing unlike is taken to make up the number.

    Parameters
    ----------
    given : array (N, K) of float
        One row an item, one column a covariate (1 or 2), such as the width.
    pool : array (M, K) of float
    seed : int
        The same sets and seed give the same choice.

    Returns
    -------
    array of int
        Positions in the pool, ascending; at most N.
    """
    rng = np.random.default_rng(seed)
    columns = range(given.shape[1])
    edges = [_edges(given[:, column], STRATA[given.shape[1]]) for column in columns]
    wanted, offered = (_strata(table, edges) for table in (given, pool))
    chosen = []
    for stratum in np.unique(wanted):
        candidates = np.flatnonzero(offered == stratum)
        count = min(int((wanted == stratum).sum()), len(candidates))
        chosen.append(rng.choice(candidates, count, replace=False))
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.int64)


def _edges(values: np.ndarray, parts: int) -> np.ndarray:
    """Inner borders; fewer strata where a stratum would hold fewer than four of the given."""
    parts = max(min(parts, len(values) // 4), 1)
    return np.unique(np.quantile(values, np.arange(1, parts) / parts)) if len(values) else np.empty(0)


def _strata(table: np.ndarray, edges: Sequence[np.ndarray]) -> np.ndarray:
    label: np.ndarray = np.zeros(len(table), dtype=np.int64)
    for column, borders in enumerate(edges):
        label = label * (len(borders) + 1) + np.searchsorted(borders, table[:, column], side="right")
    return label
