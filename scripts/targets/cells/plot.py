"""A comparison of cell types drawn: shares of units on both sides, all genes and the first ones by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import COLOR_A, COLOR_B, COLOR_UNCHANGED, caption
from ...common.text import ellipsis, plural

#: Genes by name.
SHOWN = 20
QVALUE = 0.05
_NAME = 16
_SIDE = 30


def plot_cells(result: dict[str, Any]) -> Any:
    """Draw what `targets.cells.comparison.compare_cell_types` returned as a matplotlib figure."""
    from matplotlib.figure import Figure

    genes = result["genes"][result["genes"]["status"] == "tested"]
    figure = Figure(figsize=(11, 6.2))
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_all(left, genes)
    _draw_first(right, genes.head(SHOWN))
    parameters = result["parameters"]
    a, b = _side(result, "a"), _side(result, "b")
    figure.suptitle(
        f"{result['protein']}: {a} (a) against {b} (b)\n{parameters['genome']}, ±{parameters['distance']} kb of the "
        f"TSS, one vote a {parameters['unit']}, {parameters['test']} test",
        fontsize=12, fontweight="bold", x=0.02, ha="left",
    )  # fmt: skip
    note = f"{len(genes):,} genes tested; coloured: q < {QVALUE:g}. Size of a circle: number of genes at that place"
    if not len(genes):
        note = f"Nothing could be tested: {result['genes']['reason'].iloc[0] if len(result['genes']) else 'no gene'}"
    figure.text(0.02, 0.01, caption(result["provenance"]["simulated"], note), fontsize=8, va="bottom")
    figure.subplots_adjust(left=0.08, right=0.98, top=0.83, bottom=0.16, wspace=0.35)
    return figure


def _side(result: dict[str, Any], side: str) -> str:
    """One side's names, cut, with its number of units: ``K-562 [5 units]``."""
    names = result["parameters"][side]
    text = "all others" if names is None else ", ".join(names)
    return f"{ellipsis(text, _SIDE)} [{plural(result['metadata']['num_units'][side], 'unit')}]"


def _draw_all(axes: Any, genes: pd.DataFrame) -> None:
    """Each pair of shares as a circle: with few units thousands of genes stand at one place."""
    kind = np.where(genes["qvalue"] < QVALUE, genes["direction"], "")
    at = genes.assign(kind=kind).groupby(["binding_rate_b", "binding_rate_a", "kind"]).size().reset_index(name="n")
    for name, color in (("", COLOR_UNCHANGED), ("less in a", COLOR_B), ("more in a", COLOR_A)):
        part = at[at["kind"] == name]
        axes.scatter(
            part["binding_rate_b"], part["binding_rate_a"], s=8 + 14 * np.sqrt(part["n"]), c=color, alpha=0.8,
            linewidths=0.3, edgecolors="white",
        )  # fmt: skip
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=0.8, linestyle="--", zorder=0)
    axes.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), xlabel="Share of units of b that bind")
    axes.set_ylabel("Share of units of a that bind")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_first(axes: Any, genes: pd.DataFrame) -> None:
    """The first genes, each a line from its share in b to its share in a."""
    y = np.arange(len(genes))[::-1]
    axes.hlines(y, genes["binding_rate_b"], genes["binding_rate_a"], color="#999999", linewidth=1.2, zorder=1)
    axes.scatter(genes["binding_rate_b"], y, color=COLOR_B, s=26, zorder=2, label="b")
    axes.scatter(genes["binding_rate_a"], y, color=COLOR_A, s=26, zorder=3, label="a")
    axes.set_yticks(y, [ellipsis(str(name), _NAME) for name in genes["gene"]], fontsize=8)
    axes.set(xlim=(-0.05, 1.05), xlabel="Share of units that bind")
    axes.set_title(f"First {len(genes)} by p-value", fontsize=10)
    if len(genes):
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
