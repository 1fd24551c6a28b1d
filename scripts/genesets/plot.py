"""The first gene sets as dots: fold enrichment, genes hit and q-value, both directions side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..common.plotting.drawing import caption, literal
from ..common.text import ellipsis
from .enriched import ENRICHED_QVALUE, Enrichment

#: Sets that are drawn, and characters of a name and of a direction's label.
SHOWN, _NAME, _LABEL = 15, 46, 34
#: Beyond, q-values are one colour: a set of q = 1e-80 would leave all others alike.
MOST_LOG_Q = 10.0
#: Points² of the largest dot.
_LARGEST = 180.0
_OUTLINE = "#D55E00"
#: In inches: a row, a panel, what stands left and right of the panels, above and below them, and between two.
_ROW, _PANEL, _LEFT, _RIGHT, _ABOVE, _BELOW, _BETWEEN = 0.3, 2.9, 3.6, 1.7, 1.15, 1.2, 0.35
#: Fewer rows get the room of so many, for the legends beside them.
_LEAST_ROWS = 8


def dot_plot(result: Enrichment) -> Any:
    """Dots of the sets that come first in either direction; an outline marks those that are called enriched."""
    from matplotlib.figure import Figure

    dots, names = drawn_sets(result)
    sides = [side for side in result.labels if (dots["direction"] == side).any()]
    width = _LEFT + _RIGHT + _PANEL * max(len(sides), 1) + _BETWEEN * max(len(sides) - 1, 0)
    inner = _ROW * max(len(names), _LEAST_ROWS)
    height = inner + _ABOVE + _BELOW
    figure = Figure(figsize=(width, height))
    title = f"Gene sets\n{literal(ellipsis(result.title, 90))}"
    figure.text(0.02, 1 - 0.1 / height, title, fontsize=12, fontweight="bold", va="top", linespacing=1.35)
    tests = "genes and by regions" if result.by_region else "genes"
    note = f"Outlined: q < {ENRICHED_QVALUE:g} by {tests}. Dashed: as frequent as in the background"
    figure.text(0.02, 0.1 / height, caption(result.simulated, note), fontsize=9, va="bottom", linespacing=1.3)
    if not sides:
        figure.text(0.5, 0.5, "No gene set has a gene that was chosen", fontsize=14, ha="center")
        return figure
    most = int(dots["genes_hit"].max())
    top = max(float(dots["log_q"].max()), -float(np.log10(ENRICHED_QVALUE)))
    # One scale for both directions, so that dots compare across; none on its edge.
    furthest = 1.12 * max(1.0, float(dots["fold_enrichment"].max()))
    for number, side in enumerate(sides):
        left = (_LEFT + number * (_PANEL + _BETWEEN)) / width
        axes = figure.add_axes((left, _BELOW / height, _PANEL / width, inner / height))
        _draw_side(
            axes, dots[dots["direction"] == side], names if number == 0 else [""] * len(names), most, top, furthest
        )
        axes.set_title(_heading(result.labels[side], dots[dots["direction"] == side]), fontsize=10, linespacing=1.3)
    _draw_legends(figure, 1 - (_RIGHT - 0.25) / width, most, top)
    return figure


def _heading(label: str, dots: pd.DataFrame) -> str:
    return f"{literal(ellipsis(label, _LABEL))}\n{int(dots['genes_selected'].iloc[0]):,} genes"


def _draw_side(axes: Any, dots: pd.DataFrame, names: list[str], most: int, top: float, furthest: float) -> None:
    """One direction; rows without a name are those of the panel beside it."""
    axes.axvline(1, linestyle="--", color="#888888", linewidth=0.9, zorder=1)
    axes.scatter(
        dots["fold_enrichment"], dots["row"], s=_area(dots["genes_hit"], most), c=dots["log_q"], vmin=0, vmax=top,
        cmap="viridis_r", linewidths=np.where(dots["enriched"], 1.6, 0.4),
        edgecolors=np.where(dots["enriched"], _OUTLINE, "#888888"), zorder=3,
    )  # fmt: skip
    axes.set_yticks(np.arange(len(names)), names, fontsize=9)
    # From the top; dots at the edges are whole.
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, furthest)
    axes.set_xlabel("Fold enrichment")
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _area(counts: Any, most: int) -> Any:
    return 12 + (_LARGEST - 12) * np.asarray(counts, dtype=float) / most


def _draw_legends(figure: Any, left: float, most: int, top: float) -> None:
    """Sizes above, colours below, right of the panels."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.lines import Line2D

    height, width = figure.get_figheight(), figure.get_figwidth()
    sizes = sorted({max(1, round(most / 4)), max(1, round(most / 2)), most})
    handles = [
        Line2D([], [], linestyle="", marker="o", color="#999999", markersize=float(np.sqrt(_area(size, most))))
        for size in sizes
    ]
    figure.legend(
        handles, [f"{size:,}" for size in sizes], title="Genes hit", fontsize=9, title_fontsize=9, frameon=False,
        loc="upper left", bbox_to_anchor=(left - 0.15 / width, 1 - _ABOVE / height), labelspacing=0.9,
    )  # fmt: skip
    axes = figure.add_axes((left, _BELOW / height, 0.16 / width, 0.85 / height))
    bar = figure.colorbar(ScalarMappable(Normalize(0, top), "viridis_r"), cax=axes)
    more = top >= MOST_LOG_Q
    bar.set_ticks(
        [0, top / 2, top], labels=["0", f"{top / 2:.2g}", f"{top:.2g}{' or more' if more else ''}"], fontsize=9
    )
    axes.set_title("−log10 q\n(genes)", fontsize=9, loc="left")


def drawn_sets(result: Enrichment) -> tuple[pd.DataFrame, list[str]]:
    """What is drawn, one row a dot, and the sets' names from top to bottom."""
    table = result.table
    tested = table[table["pvalue"].notna()]
    keyed = pd.Series(list(zip(tested["library"], tested["gene_set"], strict=True)), tested.index, dtype=object)
    worse = tested["pvalue"].combine(tested["region_pvalue"], max) if result.by_region else tested["pvalue"]
    first = tested.assign(key=keyed, worse=worse).sort_values("worse", kind="stable")
    keys = first["key"].drop_duplicates().head(SHOWN).tolist()
    names = dict(zip(keys, _names([name for _, name in keys]), strict=True))
    dots = first[first["key"].isin(names) & (first["genes_hit"] > 0)].copy()
    dots["row"] = dots["key"].map({key: row for row, key in enumerate(names)})
    # A q-value too small for a number is 0.
    dots["log_q"] = -np.log10(dots["qvalue"].clip(lower=10**-MOST_LOG_Q))
    dots["enriched"] = dots.index.isin(result.enriched().index)
    return dots, list(names.values())


def _names(names: list[str]) -> list[str]:
    """Names as they are drawn, each another one."""
    short: list[str] = []
    for name in names:
        text = literal(ellipsis(name, _NAME))
        short.append(text if text not in short else f"{ellipsis(text, _NAME - 5)} ({len(short) + 1})")
    return short
