"""Scores of the top genes in single experiments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...common.text import plural
from ..table.parse_target_genes import split_experiment
from ..targets_result import TargetsResult
from .text import hot_note, note, short, starred, title, unique_short

#: More columns than this cannot be told apart on a page.
MAX_EXPERIMENTS = 60
#: Cell types with a colour of their own; the rest share grey.
MAX_CELL_TYPES = 9
#: ChIP-Atlas's own colour scale for target genes: 0, 500, 1000.
SCALE_MIDDLE, SCALE_TOP = 500, 1000
SCALE_COLORS = ["#FFFFFF", "#3B6EA5", "#A50F15"]
CELL_TYPE_COLORS = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#CC79A7",
    "#D55E00",
    "#0072B2",
    "#B8A91C",
    "#7B5EA7",
    "#8C564B",
)
OTHER_COLOR = "#BDBDBD"
#: Height of a further line below the map, in inches.
_LINE = 0.15


def choose_experiments(scores: np.ndarray, cell_types: list[str], limit: int = MAX_EXPERIMENTS) -> np.ndarray:
    """Positions of the columns to draw.

    The `limit` columns with the highest total score over the shown genes, grouped by cell type: cell types by number
    of columns, columns by total, both descending.
    """
    totals = scores.sum(axis=0, dtype=np.int64)
    chosen = np.argsort(-totals, kind="stable")[:limit]
    sizes = Counter(cell_types[i] for i in chosen)
    types = [cell_types[i] for i in chosen]
    order = np.lexsort((-totals[chosen], types, [-sizes[name] for name in types]))
    return chosen[order]


@dataclass(frozen=True)
class _Layout:
    """Where things stand on the figure, in inches; a cell of the map has the same size in every one."""

    n_genes: int
    n_columns: int
    left: float = 2.3
    right: float = 3.6
    top: float = 1.0
    bottom: float = 1.2
    bar_height: float = 1.2

    @property
    def plot_width(self) -> float:
        return max(0.17 * self.n_columns, 2.0)

    @property
    def plot_height(self) -> float:
        return max(0.2 * self.n_genes, 0.6)

    @property
    def size(self) -> tuple[float, float]:
        return self.left + self.plot_width + self.right, self.top + self.plot_height + self.bottom

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A place as matplotlib counts it: shares of the figure."""
        return x / self.size[0], y / self.size[1]

    def box(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        """A rectangle in shares of the figure."""
        return (*self.at(x, y), *self.at(width, height))


def plot_heatmap(results: TargetsResult, top_n: int) -> Any:
    """Heatmap of the first `top_n` genes x at most `MAX_EXPERIMENTS` experiments, with a strip of cell types."""
    from matplotlib.figure import Figure

    experiments: pd.DataFrame = results["experiment_data"].head(top_n)
    accessions, cell_types = zip(*map(split_experiment, experiments.columns[1:]), strict=True)
    matrix = experiments.iloc[:, 1:].to_numpy()
    columns = choose_experiments(matrix, list(cell_types))
    shown = pd.DataFrame(
        matrix[:, columns],
        index=starred(unique_short(experiments["gene"].tolist()), results),
        columns=[short(accessions[i]) for i in columns],
    )
    strip = [cell_types[i] for i in columns]
    common = [name for name, _ in Counter(strip).most_common(MAX_CELL_TYPES)]
    colors = dict(zip(common, CELL_TYPE_COLORS, strict=False))

    footer = note(results, hot_note(results))
    layout = _Layout(*shown.shape, bottom=_Layout.bottom + _LINE * footer.count("\n"))
    figure = Figure(figsize=layout.size)
    _draw_scores(figure, layout, shown, _selection(len(cell_types), layout.n_columns))
    _draw_strip(figure, layout, strip, colors)
    _draw_legend(figure, layout, Counter(strip), colors)
    what = plural(layout.n_genes, "gene") if layout.n_genes > 1 else "gene"
    figure.text(
        *layout.at(layout.left, layout.bottom + layout.plot_height + 0.32),
        title(results, f"binding of the top {what} by experiment"),
        fontsize=12,
        fontweight="bold",
        va="bottom",
    )
    if footer:
        figure.text(*layout.at(layout.left + layout.plot_width, 0.12), footer, fontsize=8, ha="right", va="bottom")
    return figure


def _draw_scores(figure: Any, layout: _Layout, shown: pd.DataFrame, x_name: str) -> None:
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap

    axes = figure.add_axes(layout.box(layout.left, layout.bottom, layout.plot_width, layout.plot_height))
    # Its title of two lines stands above the bar and below the top of the map.
    bar_bottom = layout.bottom + layout.plot_height - 0.35 - layout.bar_height
    bar_axes = figure.add_axes(layout.box(layout.left + layout.plot_width + 0.25, bar_bottom, 0.16, layout.bar_height))
    sns.heatmap(
        shown,
        ax=axes,
        cbar_ax=bar_axes,
        cmap=LinearSegmentedColormap.from_list("binding", SCALE_COLORS),
        vmin=0,
        vmax=SCALE_TOP,
        xticklabels=True,
        yticklabels=True,
        linewidths=0.3,
        linecolor="#EEEEEE",
        cbar_kws={"ticks": [0, SCALE_MIDDLE, SCALE_TOP]},
    )
    axes.set_xticklabels(axes.get_xticklabels(), fontsize=6.5, rotation=90)
    axes.set_yticklabels(axes.get_yticklabels(), fontsize=8, rotation=0, style="italic")
    axes.set_xlabel(x_name, fontsize=9)
    axes.set_ylabel("")
    bar_axes.set_yticklabels(["0", str(SCALE_MIDDLE), f"≥{SCALE_TOP}"], fontsize=8)
    bar_axes.set_title("MACS2 score\n(−10·log10 Q)", fontsize=8.5, loc="left", pad=6)


def _draw_strip(figure: Any, layout: _Layout, strip: list[str], colors: dict[str, str]) -> None:
    axes = figure.add_axes(layout.box(layout.left, layout.bottom + layout.plot_height + 0.05, layout.plot_width, 0.16))
    rgb = [[tuple(int(colors.get(name, OTHER_COLOR)[i : i + 2], 16) / 255 for i in (1, 3, 5)) for name in strip]]
    axes.imshow(rgb, aspect="auto", interpolation="nearest")
    axes.set_axis_off()


def _draw_legend(figure: Any, layout: _Layout, counts: Counter[str], colors: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=color, label=f"{short(name)} ({counts[name]})") for name, color in colors.items()]
    others = len(counts) - len(colors)
    if others:
        n_other = layout.n_columns - sum(counts[name] for name in colors)
        handles.append(Patch(color=OTHER_COLOR, label=f"{plural(others, 'other cell type')} ({n_other})"))
    figure.legend(
        handles=handles,
        title="Cell type (columns)",
        loc="upper left",
        bbox_to_anchor=layout.at(layout.left + layout.plot_width + 1.25, layout.bottom + layout.plot_height),
        fontsize=7.5,
        title_fontsize=8.5,
        frameon=False,
        borderaxespad=0,
        alignment="left",
    )


def _selection(n_experiments: int, n_shown: int) -> str:
    if n_shown < n_experiments:
        return f"The {n_shown} of {n_experiments:,} experiments with the highest total over these genes, by cell type"
    return f"{'All ' if n_shown > 1 else ''}{plural(n_shown, 'experiment')}, by cell type"
