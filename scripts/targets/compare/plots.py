"""Overlaps of several factors' target genes as bars above a matrix of dots (an UpSet plot)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import COLOR_ACCENT, caption
from ...common.text import plural
from ..plots.text import unique_short

#: More bars than this cannot be told apart; the report and the CSV have them all.
MAX_COMBINATIONS = 20
_EMPTY_COLOR = "#D9D9D9"
_SHARED_COLOR = "#C2452D"
_BAND_COLOR = "#F4F4F4"


def plot_overlaps(comparison: dict[str, Any]) -> Any:
    """Draw the exclusive combinations of factors, largest first, as a matplotlib figure.

    Parameters
    ----------
    comparison : dict
        What `targets.compare.comparison.compare_targets` returned.
    """
    from matplotlib.figure import Figure

    membership: pd.DataFrame = comparison["membership"]
    factors = comparison["factors"]
    shown = choose_combinations(comparison["overlaps"], len(factors))
    # A gene of each combination tells its factors: no need to take names apart.
    dots = membership.loc[[genes[0] for genes in shown["genes"]]].to_numpy(dtype=bool)
    sizes = membership.sum().to_numpy()
    names = [f"{name} ({size:,})" for name, size in zip(unique_short(factors), sizes, strict=True)]
    colors = np.where(dots.all(axis=1), _SHARED_COLOR, COLOR_ACCENT)

    panel, bars, row = max(0.42 * len(shown), 3.6), 2.6, 0.3
    left, right, top, bottom = 0.9 + 0.085 * max(map(len, names)), 0.3, 0.8, 0.85
    width, height = left + panel + right, top + bars + row * len(factors) + 0.1 + bottom
    figure = Figure(figsize=(width, height))
    bar_axes = figure.add_axes((left / width, 1 - (top + bars) / height, panel / width, bars / height))
    dot_axes = figure.add_axes((left / width, bottom / height, panel / width, row * len(factors) / height))
    _draw_bars(bar_axes, shown["n"], colors)
    _draw_dots(dot_axes, dots, names, colors)
    for axes in (bar_axes, dot_axes):
        axes.set_xlim(-0.6, max(len(shown), panel / 0.42) - 0.4)

    parameters = comparison["parameters"]
    figure.text(
        0.12 / width,
        1 - 0.12 / height,
        f"Shared target genes of {plural(len(factors), 'factor')}\n{parameters['genome']}, "
        f"±{parameters['distance']} kb of the TSS, {_cut(parameters['top_n'])}",
        fontsize=12,
        fontweight="bold",
        va="top",
        linespacing=1.35,
    )
    figure.text(
        0.12 / width,
        0.1 / height,
        caption(comparison["provenance"]["simulated"], _remark(comparison, shown)),
        fontsize=8,
        va="bottom",
        linespacing=1.3,
    )
    return figure


def _draw_bars(axes: Any, sizes: pd.Series, colors: np.ndarray) -> None:
    """How many genes each combination has."""
    from matplotlib.ticker import MaxNLocator

    axes.bar(np.arange(len(sizes)), sizes, width=0.62, color=colors)
    for at, n in enumerate(sizes.tolist()):
        axes.annotate(f"{n:,}", (at, n), (0, 2), textcoords="offset points", ha="center", va="bottom", fontsize=8)
    axes.set_xticks([])
    axes.set_ylim(0, 1.12 * sizes.max())
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.set_ylabel("Genes reported for\nexactly these factors", fontsize=9.5, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_dots(axes: Any, dots: np.ndarray, names: list[str], colors: np.ndarray) -> None:
    """Which factors (rows) each combination (column) is of."""
    y = np.arange(len(names))[::-1]
    for at in y[::2]:
        axes.axhspan(at - 0.5, at + 0.5, color=_BAND_COLOR, zorder=0)
    column, factor = np.indices(dots.shape)
    axes.scatter(
        column.ravel(),
        y[factor.ravel()],
        s=52,
        c=np.where(dots, colors[:, None], _EMPTY_COLOR).ravel(),
        linewidths=0,
        zorder=2,
    )
    first, last = y[dots.argmax(axis=1)], y[dots.shape[1] - 1 - dots[:, ::-1].argmax(axis=1)]
    axes.vlines(np.arange(len(dots)), last, first, colors=colors.tolist(), linewidth=1.8, zorder=1)
    axes.set_yticks(y, names, fontsize=9)
    axes.set_xticks([])
    axes.set_ylim(-0.5, len(names) - 0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


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
