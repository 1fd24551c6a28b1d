"""Scores of the top genes in single experiments."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from ...common.text import plural
from ..table.parse_target_genes import split_experiment
from .text import note, short, title, unique_short

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


def plot_heatmap(results: dict[str, Any], top_n: int) -> Any:
    """Heatmap of the first `top_n` genes x at most `MAX_EXPERIMENTS` experiments, with a strip of cell types."""
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    experiments: pd.DataFrame = results["experiment_data"].head(top_n)
    accessions, cell_types = zip(*map(split_experiment, experiments.columns[1:]), strict=True)
    matrix = experiments.iloc[:, 1:].to_numpy()
    columns = choose_experiments(matrix, list(cell_types))
    shown = pd.DataFrame(
        matrix[:, columns],
        index=unique_short(experiments["gene"].tolist()),
        columns=[short(accessions[i]) for i in columns],
    )
    strip = [cell_types[i] for i in columns]
    common = [name for name, _ in Counter(strip).most_common(MAX_CELL_TYPES)]
    colors = dict(zip(common, CELL_TYPE_COLORS, strict=False))

    n_genes, n_columns = shown.shape
    plot_width, plot_height = max(0.17 * n_columns, 2.0), max(0.2 * n_genes, 0.6)
    left, right, top, bottom = 2.3, 3.6, 1.0, 1.2
    width, height = left + plot_width + right, top + plot_height + bottom
    figure = Figure(figsize=(width, height))
    bounds = (left / width, bottom / height, plot_width / width, plot_height / height)
    axes = figure.add_axes(bounds)
    strip_axes = figure.add_axes((bounds[0], bounds[1] + bounds[3] + 0.05 / height, bounds[2], 0.16 / height))
    # Its title of two lines stands above the bar and below the top of the map.
    bar_height = 1.2
    bar_bottom = (bottom + plot_height - 0.35 - bar_height) / height
    bar_axes = figure.add_axes(((left + plot_width + 0.25) / width, bar_bottom, 0.16 / width, bar_height / height))

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
    axes.set_xlabel(_selection(len(cell_types), n_columns), fontsize=9)
    axes.set_ylabel("")
    bar_axes.set_yticklabels(["0", str(SCALE_MIDDLE), f"≥{SCALE_TOP}"], fontsize=8)
    bar_axes.set_title("MACS2 score\n(−10·log10 Q)", fontsize=8.5, loc="left", pad=6)

    rgb = [[tuple(int(colors.get(name, OTHER_COLOR)[i : i + 2], 16) / 255 for i in (1, 3, 5)) for name in strip]]
    strip_axes.imshow(rgb, aspect="auto", interpolation="nearest")
    strip_axes.set_axis_off()

    counts = Counter(strip)
    handles = [Patch(color=colors[name], label=f"{short(name)} ({counts[name]})") for name in common]
    others = len(counts) - len(common)
    if others:
        n_other = n_columns - sum(counts[name] for name in common)
        handles.append(Patch(color=OTHER_COLOR, label=f"{plural(others, 'other cell type')} ({n_other})"))
    figure.legend(
        handles=handles,
        title="Cell type (columns)",
        loc="upper left",
        bbox_to_anchor=((left + plot_width + 1.25) / width, (bottom + plot_height) / height),
        fontsize=7.5,
        title_fontsize=8.5,
        frameon=False,
        borderaxespad=0,
        alignment="left",
    )
    figure.text(
        left / width,
        (bottom + plot_height + 0.32) / height,
        title(results, f"binding of the top {plural(n_genes, 'gene') if n_genes > 1 else 'gene'} by experiment"),
        fontsize=12,
        fontweight="bold",
        va="bottom",
    )
    footer = note(results, "")
    if footer:
        figure.text((left + plot_width) / width, 0.12 / height, footer, fontsize=8, ha="right", va="bottom")
    return figure


def _selection(n_experiments: int, n_shown: int) -> str:
    if n_shown < n_experiments:
        return f"The {n_shown} of {n_experiments:,} experiments with the highest total over these genes, by cell type"
    return f"{'All ' if n_shown > 1 else ''}{plural(n_shown, 'experiment')}, by cell type"
