"""Overlaps of several factors' target genes as bars above a matrix of dots (an UpSet plot)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import COLOR_ACCENT, caption
from ...common.plotting.upset import MAX_COMBINATIONS, Upset, upset_figure
from ...common.text import plural
from ..plots.text import unique_short

_SHARED_COLOR = "#C2452D"


def plot_overlaps(comparison: dict[str, Any]) -> Any:
    """Draw the exclusive combinations of factors, largest first, as a matplotlib figure.

    Parameters
    ----------
    comparison : dict
        What `targets.compare.comparison.compare_targets` returned.
    """
    membership: pd.DataFrame = comparison["membership"]
    factors, parameters = comparison["factors"], comparison["parameters"]
    shown = choose_combinations(comparison["overlaps"], len(factors))
    # A gene of each combination tells its factors: no need to take names apart.
    dots = membership.loc[[genes[0] for genes in shown["genes"]]].to_numpy(dtype=bool)
    sizes = membership.sum().to_numpy()
    names = [f"{name} ({size:,})" for name, size in zip(unique_short(factors), sizes, strict=True)]
    colors = np.where(dots.all(axis=1), _SHARED_COLOR, COLOR_ACCENT)
    title = (
        f"Shared target genes of {plural(len(factors), 'factor')}\n{parameters['genome']}, "
        f"±{parameters['distance']} kb of the TSS, {_cut(parameters['top_n'])}"
    )
    note = caption(comparison["provenance"]["simulated"], _remark(comparison, shown))
    bars = {"genes": (shown["n"].to_numpy(), colors)}
    return upset_figure(Upset(dots, names, bars, colors, "Genes reported for\nexactly these factors", title, note))


def choose_combinations(overlaps: pd.DataFrame, n_factors: int, limit: int = MAX_COMBINATIONS) -> pd.DataFrame:
    """The `limit` largest combinations; that of all factors takes the last place where it is smaller than those."""
    kept = overlaps.head(limit)
    complete = overlaps.iloc[limit:].query("n_factors == @n_factors")
    return pd.concat([kept.head(limit - 1), complete]) if len(complete) else kept


def _cut(top_n: int | None) -> str:
    return f"at most {plural(top_n, 'gene')} each" if top_n else "all genes after filters"


def _remark(comparison: dict[str, Any], shown: pd.DataFrame) -> str:
    shared, overlaps = comparison["intersection"], comparison["overlaps"]
    loci = plural(comparison["independent_loci"], "independent locus", "independent loci")
    text = f"For all factors (red): {plural(len(shared), 'gene')} at {loci}" if shared else "No gene for all factors"
    text += ". In brackets: genes reported"
    rest = len(overlaps) - len(shown)
    if rest:
        left_out = plural(int(overlaps["n"].sum() - shown["n"].sum()), "gene")
        text += f"\nDrawn: the largest of {len(overlaps):,} combinations; {left_out} in the other {rest:,}"
    return text
