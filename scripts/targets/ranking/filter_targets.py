"""Narrow a ranking: cell types first (everything is recomputed over them), then thresholds, then the top N."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import InputError, NotFoundError
from ...common.text import fold, near_matches
from ..table.colocation import relabel
from ..table.parse_target_genes import cell_types_of
from ..table.score_matrix import ScoreMatrix, Selection
from ..table.scores import rank_order, summarise

_NEEDED = ("gene", "avg_score", "string_score", "num_bound", "binding_rate", "max_score")


@dataclass(frozen=True)
class Criteria:
    """Checked filter settings; see `filter_targets` for their meaning."""

    min_avg_score: float = 0
    cell_types: tuple[str, ...] | None = None
    min_string_score: float = 0
    top_n: int | None = None
    min_binding_rate: float = 0


@dataclass
class Filtered:
    """What is left, and how it came to that.

    Attributes
    ----------
    summary : DataFrame
        Genes in rank order.
    columns : array of int, or None
        Positions of the experiments that were kept, counted without ``gene``; None when all were.
    steps : list of dict
        ``filter``, ``before``, ``after`` (numbers of genes), in the order they were applied.
    considered : DataFrame
        The ranking after the cell-type filter and before any other.
    """

    summary: pd.DataFrame
    columns: np.ndarray | None
    considered: pd.DataFrame
    steps: list[dict[str, Any]] = field(default_factory=list)


def filter_targets(
    target_genes_df: pd.DataFrame,
    experiment_df: pd.DataFrame | None = None,
    min_avg_score: float = 0,
    cell_types: Iterable[str] | str | None = None,
    min_string_score: float = 0,
    top_n: int | None = None,
    min_binding_rate: float = 0,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Filter a ranking of target genes.

    Parameters
    ----------
    target_genes_df : DataFrame
        One row per gene, as `download_target_genes` gives it.
    experiment_df : DataFrame, optional
        ``gene``, then one column of MACS2 scores per experiment, ``{accession}|{cell type}``; needed for `cell_types`.
    min_avg_score : float
        Least average MACS2 score (-10 log10 Q).
    cell_types : list of str, or str
        Keep the experiments in these cell types and recompute every column, co-location included, over them.
        Case, spaces, underscores and hyphens do not matter.
    min_string_score : float
        Least STRING score, 0..1000.
    top_n : int, optional
        Keep the first so many genes, after all other filters.
    min_binding_rate : float
        Least share of experiments with a peak, 0..1.

    Returns
    -------
    filtered_df : DataFrame
        Ranked by average, highest score, gene.
    filtered_experiment_df : DataFrame or None
        The same genes in the same order; None when no experiment table was given.

    Raises
    ------
    InputError
        A setting out of its range, or a table without what a filter needs.
    NotFoundError
        A cell type that no experiment has, with near matches.
    """
    criteria = check_criteria(min_avg_score, cell_types, min_string_score, top_n, min_binding_rate)
    matrix = None if experiment_df is None else ScoreMatrix.from_frame(experiment_df)
    result = apply_filters(target_genes_df, matrix, criteria)
    say(f"  ✓ Filtered: {len(target_genes_df)} → {len(result.summary)} target genes")
    return result.summary, None if matrix is None else matrix.take(result.summary["gene"], result.columns)


def check_criteria(
    min_avg_score: float = 0,
    cell_types: Iterable[str] | str | None = None,
    min_string_score: float = 0,
    top_n: int | None = None,
    min_binding_rate: float = 0,
    *,
    score_name: str = "min_avg_score",
) -> Criteria:
    """Check filter settings without looking at any table; `InputError` names the first bad one."""
    return Criteria(
        _number(score_name, min_avg_score, "a MACS2 score such as 50"),
        _names(cell_types),
        _number("min_string_score", min_string_score, "a STRING score from 0 to 1000", highest=1000),
        check_top_n(top_n),
        _number("min_binding_rate", min_binding_rate, "a share from 0 to 1 (0.5 = half of the experiments)", highest=1),
    )


def check_top_n(top_n: object) -> int | None:
    """A number of genes, 1 or more; None for all."""
    if top_n is None:
        return None
    good = isinstance(top_n, numbers.Real) and not isinstance(top_n, bool) and math.isfinite(top_n)
    if not good or top_n < 1 or top_n != int(top_n):  # type: ignore[operator, call-overload]
        raise InputError(f"top_n is {top_n!r}; give a whole number of genes, 1 or more, or None for all of them.")
    return int(top_n)  # type: ignore[call-overload]


def apply_filters(
    summary: pd.DataFrame,
    matrix: ScoreMatrix | None,
    criteria: Criteria,
    *,
    unbound: bool = True,
    in_class: np.ndarray | None = None,
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    by_unit: Callable[[pd.DataFrame, np.ndarray | None], pd.DataFrame] | None = None,
) -> Filtered:
    """Apply checked settings; with `unbound` false, genes without a peak in any kept experiment are left out first.

    `in_class` holds the positions of the experiment columns that a class of cell types leaves. `by_unit` adds numbers
    over independent units to the summary of some columns and ranks it by them; thresholds are of these numbers then.
    `prepare` gets the whole ranking over the kept experiments, and gives it back with more columns or in another order.
    """
    missing = [name for name in _NEEDED if name not in summary]
    if missing:
        raise InputError(
            f"target_genes_df has no column {', '.join(missing)}; give the table of download_target_genes()."
        )
    summary = summary.iloc[rank_order(summary)]
    steps: list[dict[str, Any]] = []
    columns = _chosen_columns(matrix, criteria, in_class)
    if columns is not None and matrix is not None:
        summary = resummarise(summary, matrix, columns)
        types = list(dict.fromkeys(cell_types_of(matrix.names(columns))))
        steps.append(_step(f"cell_types = {', '.join(types)}", len(summary), len(summary)))
    if by_unit is not None:
        summary = by_unit(summary, columns)
    if prepare is not None:
        summary = prepare(summary)
    of_unit = "" if by_unit is None else "unit_"
    considered = summary
    thresholds = [
        ("min_score", f"{of_unit}avg_score", criteria.min_avg_score),
        ("min_string_score", "string_score", criteria.min_string_score),
        ("min_binding_rate", f"{of_unit}binding_rate", criteria.min_binding_rate),
    ]
    if not unbound:
        bound = summary[summary["num_bound"] > 0]
        steps.append(_step("bound in at least one experiment", len(summary), len(bound)))
        summary = bound
    for name, column, least in thresholds:
        if least > 0:
            kept = summary[summary[column] >= least]
            steps.append(_step(f"{name} = {least:g}", len(summary), len(kept)))
            summary = kept
    if criteria.top_n is not None:
        kept = summary.head(criteria.top_n)
        steps.append(_step(f"top_n = {criteria.top_n}", len(summary), len(kept)))
        summary = kept
    summary = summary.reset_index(drop=True)
    if "colocated_group" in summary:
        summary["colocated_group"] = relabel(summary["colocated_group"].to_numpy(dtype=object))
    return Filtered(summary, columns, considered, steps)


def _chosen_columns(matrix: ScoreMatrix | None, criteria: Criteria, in_class: np.ndarray | None) -> np.ndarray | None:
    """Positions of the experiment columns to use; None for all."""
    if criteria.cell_types is None:
        return in_class
    if matrix is None:
        raise InputError("cell_types needs experiment_df: averages are recomputed over those experiments.")
    columns = match_cell_types(criteria.cell_types, matrix.names())
    if in_class is None:
        return columns
    both = np.intersect1d(columns, in_class)
    if not len(both):
        raise InputError(
            f"No experiment is in cell types {', '.join(criteria.cell_types)} and in the class asked for as well. "
            "Give one of the two."
        )
    return both


def match_cell_types(wanted: Iterable[str], columns: list[str]) -> np.ndarray:
    """Positions of the experiment columns in the wanted cell types.

    Raises
    ------
    NotFoundError
        For the first name that no experiment has; never falls back to all experiments.
    """
    present = cell_types_of(columns)
    folded = [fold(name) for name in present]
    for name in wanted:
        if fold(name) not in folded:
            choices = list(dict.fromkeys(present))
            matches = near_matches(name, choices)
            listed = "" if matches else f" There are: {', '.join(choices[:10])}{', ...' if len(choices) > 10 else ''}."
            raise NotFoundError(
                f"No experiment of this table is in cell type {name!r} ({len(choices):,} cell types).{listed}", matches
            )
    keys = {fold(name) for name in wanted}
    return np.flatnonzero([name in keys for name in folded])


def resummarise(summary: pd.DataFrame, matrix: ScoreMatrix, columns: np.ndarray) -> pd.DataFrame:
    """Recompute the summary of its genes over some experiments."""
    # In the matrix's order, which is the file's: neighbours in memory are read together.
    rows = matrix.rows_of(summary["gene"])
    by_row = np.argsort(rows, kind="stable")
    return summarise(
        matrix.genes[rows[by_row]],
        Selection(matrix.scores, rows[by_row], columns),
        summary["string_score"].to_numpy()[by_row],
        cell_types=cell_types_of(matrix.names(columns)),
    )


def _names(cell_types: Iterable[str] | str | None) -> tuple[str, ...] | None:
    if cell_types is None:
        return None
    if not isinstance(cell_types, Iterable):
        raise InputError(f"cell_types is {cell_types!r}; give a list of names, such as ['K-562'], or None for all.")
    names = (cell_types,) if isinstance(cell_types, str) else tuple(cell_types)
    bad = [name for name in names if not isinstance(name, str) or not fold(name)]
    if bad or not names:
        raise InputError(
            f"cell_types is {cell_types!r}; give names of cell types, such as ['K-562'], or None for all of them."
        )
    return names


def _number(name: str, value: object, what: str, highest: float = math.inf) -> float:
    good = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not 0 <= value <= highest:  # type: ignore[operator]
        raise InputError(f"{name} is {value!r}; give {what}, or 0 for no limit.")
    return float(value)  # type: ignore[arg-type]


def _step(name: str, before: int, after: int) -> dict[str, Any]:
    return {"filter": name, "before": before, "after": after}
