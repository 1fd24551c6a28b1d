"""Numbers of each gene over independent units instead of experiments: one vote a unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..table.score_matrix import ScoreMatrix, Scores, Selection
from .studies import Studies

#: A unit binds a gene when at least this share of its experiments has a peak: one of two is enough, one of three not.
BOUND_SHARE = 0.5
#: Columns that stand behind those of `targets.table.scores.COLUMNS`.
UNIT_COLUMNS = ("num_units", "num_bound_units", "unit_binding_rate", "unit_avg_score")
_ROWS = 128


def unit_scores(scores: Scores, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean score and share of experiments with a peak, by unit.

    Parameters
    ----------
    scores : array (G, E) of int, or a Selection of one
        MACS2 scores (-10 log10 Q), 0 = no peak in the window.
    units : array (E,) of int
        Number of each experiment's unit, 0 to U - 1, each used.

    Returns
    -------
    mean : array (G, U) of float
        Zeros included.
    share : array (G, U) of float
        0..1.
    """
    n_units = int(units.max(initial=-1)) + 1
    weights = np.zeros((len(units), n_units))
    weights[np.arange(len(units)), units] = 1 / np.bincount(units, minlength=n_units)[units]
    mean, share = np.zeros((len(scores), n_units)), np.zeros((len(scores), n_units))
    for start in range(0, len(scores), _ROWS):
        part = scores[start : start + _ROWS]
        mean[start : start + _ROWS] = part @ weights
        share[start : start + _ROWS] = (part > 0) @ weights
    return mean, share


def is_bound(share: np.ndarray) -> np.ndarray:
    """Whether a unit binds, from the share of its experiments with a peak (`BOUND_SHARE`)."""
    # A share is a sum of equal parts: 2 of 4 may come out a hair below one half.
    return np.asarray(share >= BOUND_SHARE - 1e-9)


def rank_by_units(
    matrix: ScoreMatrix, studies: Studies, summary: pd.DataFrame, columns: np.ndarray | None
) -> pd.DataFrame:
    """Add `UNIT_COLUMNS` to a summary over some columns, and rank it by unit average, highest score, gene."""
    rows = matrix.rows_of(summary["gene"])
    # In the matrix's order: neighbours in memory are read together.
    order = np.argsort(rows, kind="stable")
    chosen = np.arange(len(matrix.columns)) if columns is None else columns
    units = studies.units(chosen)
    n_units = int(units.max(initial=-1)) + 1
    bound = np.zeros(len(rows), dtype=np.int64)
    average = np.zeros(len(rows))
    for start in range(0, len(rows), _ROWS):
        part = order[start : start + _ROWS]
        mean, share = unit_scores(Selection(matrix.scores, rows[part], chosen), units)
        bound[part] = is_bound(share).sum(axis=1)
        average[part] = mean.mean(axis=1) if n_units else 0.0
    added = summary.assign(
        num_units=n_units,
        num_bound_units=bound,
        unit_binding_rate=bound / max(n_units, 1),
        unit_avg_score=average,
    )
    ranked = np.lexsort(
        (pd.factorize(added["gene"], sort=True)[0], -added["max_score"].to_numpy(), -added["unit_avg_score"].to_numpy())
    )
    return added.iloc[ranked].reset_index(drop=True)
