"""What is asked of one factor: its table, the filters, and the expression to set beside binding."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..common.errors import InputError
from ..common.results import require_flag
from .background.beside import BackgroundQuery
from .expression.table import read_expression
from .query.question import Query
from .ranking.filter_targets import Criteria
from .units.studies import check_unit


@dataclass(frozen=True)
class TargetQuery:
    """One checked question to the end: what to fetch, how to filter it, what to join.

    Attributes
    ----------
    table : Query
        Factor, assembly and window: which table.
    criteria : Criteria
        The thresholds, the cell types and the number of genes.
    expression : DataFrame, optional
        As `targets.expression.table.read_expression` gives it.
    background : BackgroundQuery
        Which background to set beside the ranking, and what for.

    The others are the parameters of `run_target_genes_workflow`.
    """

    table: Query
    criteria: Criteria
    include_string_only: bool = False
    cell_type_class: str | None = None
    expression: pd.DataFrame | None = None
    padj_threshold: float = 0.05
    min_abs_log2fc: float = 0.0
    background: BackgroundQuery = field(default_factory=BackgroundQuery)
    output_dir: str | os.PathLike[str] = "target_genes_results"
    unit: str = "experiment"

    @classmethod
    def checked(
        cls,
        table: Query,
        criteria: Criteria,
        *,
        include_string_only: bool,
        cell_type_class: str | None,
        expression: str | os.PathLike[str] | pd.DataFrame | None,
        **options: Any,
    ) -> TargetQuery:
        """The question, everything in it checked before anything is fetched or written; expression is read."""
        keep_unbound = require_flag("include_string_only", include_string_only)
        if cell_type_class is not None and (not isinstance(cell_type_class, str) or not cell_type_class.strip()):
            raise InputError(f"cell_type_class is {cell_type_class!r}; give the name of one class, such as 'Blood'.")
        check_unit(options.get("unit", "experiment"))
        expressed = None if expression is None else read_expression(expression)
        return cls(table, criteria, keep_unbound, cell_type_class, expressed, **options)

    def parameters(self) -> dict[str, Any]:
        """What was asked, for the results."""
        names = self.criteria.cell_types
        return {
            "protein": self.table.protein,
            "genome": self.table.genome,
            "distance": self.table.distance,
            "min_score": self.criteria.min_avg_score,
            "top_n": self.criteria.top_n,
            "cell_types": None if names is None else [str(name) for name in names],
            "min_string_score": self.criteria.min_string_score,
            "min_binding_rate": self.criteria.min_binding_rate,
            "output_dir": str(self.output_dir),
            "include_string_only": self.include_string_only,
            "cell_type_class": self.cell_type_class,
            "expression": None if self.expression is None else self.expression.attrs["source"],
            "padj_threshold": self.padj_threshold,
            "min_abs_log2fc": self.min_abs_log2fc,
            "background": self.background.given,
            "hot_threshold": self.background.hot_threshold,
            "rank_by": self.background.rank_by,
            "unit": self.unit,
        }
