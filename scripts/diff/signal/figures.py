"""Figures of the coverage around regions: the mean of each group, and every region."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...common.console import announce_simulation
from ...common.files.manifest import list_files
from ...common.files.writing import SIMULATED_MARKER, mark_simulated, prepare_folder
from ...common.plotting.drawing import COLOR_A, COLOR_B, caption, literal, save_plots
from ...common.results import refuse_shared_folder
from ...common.text import ellipsis, plural
from ..outputs import SIGNAL_FILES, SIGNAL_HEATMAP, SIGNAL_PROFILE
from .matrix import Signal

LABEL_WIDTH = 24
#: Of the groups: the house's two, then more of Okabe and Ito's set for the colour-blind.
COLORS = (COLOR_A, COLOR_B, "#009E73", "#CC79A7", "#000000")
#: One hue, darker for more: told apart by the colour-blind, too. Where nothing is known it is grey.
COLOR_MAP, COLOR_UNKNOWN = "Blues", "#D9D9D9"
#: Share of the values that the scale of the heatmap ends with: a few high ones would leave the rest without contrast.
TOP_PERCENTILE = 99.0
_TITLE: dict[str, Any] = {"fontsize": 12, "fontweight": "bold", "linespacing": 1.35}


def signal_profile(signal: Signal, output_dir: str | os.PathLike[str] = "diff_analysis_results") -> list[Path]:
    """Draw the mean coverage of each group around the regions, as ``signal_profile.png`` and ``.svg``.

    The line is the mean over experiments of each one's mean over the regions; the band one standard error of it,
    over experiments, which are what a group has several of (regions of one experiment are not replicates).
    A group of one experiment has no band. Where the table has a ``direction``, regions higher in A and in B are drawn
    apart: together their differences would cancel out.

    Parameters
    ----------
    signal : Signal
        From `signal_matrix`.
    output_dir : path
        Where the files go.
    """
    return saved(signal.simulated, output_dir, SIGNAL_PROFILE, partial(profile, signal))


def signal_heatmap(signal: Signal, output_dir: str | os.PathLike[str] = "diff_analysis_results") -> list[Path]:
    """Draw the coverage of every region, groups side by side on one scale, as ``signal_heatmap.png`` and ``.svg``.

    A row is a region, its values the mean over a group's experiments. Rows are those higher in A, then those higher in
    B where the table has a ``direction``, each by their coverage over all experiments, highest first.

    Parameters
    ----------
    signal : Signal
        From `signal_matrix`.
    output_dir : path
        Where the files go.
    """
    return saved(signal.simulated, output_dir, SIGNAL_HEATMAP, partial(heatmap, signal))


def profile_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Mean over experiments of their means over regions, and its standard error; None for one experiment.

    Parameters
    ----------
    values : ndarray of shape (n_experiments, n_regions, n_bins)
        NaN is left out.
    """
    with_any = ~np.isnan(values)
    known = with_any.sum(axis=1)
    each = np.where(with_any, values, 0).sum(axis=1, dtype=float) / np.maximum(known, 1)
    each[known == 0] = np.nan
    if len(each) == 1:
        return each[0], None
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))


def row_order(signal: Signal) -> np.ndarray:
    """Order of the regions in the heatmap."""
    height = np.nan_to_num(signal.values).mean(axis=(0, 2))
    ranks = {"A_enriched": 0, "B_enriched": 1}
    if "direction" not in signal.regions:
        return np.argsort(-height, kind="stable")
    block = signal.regions["direction"].map(ranks).fillna(2).to_numpy()
    return np.lexsort((-height, block))


def blocks_of(signal: Signal) -> dict[str, np.ndarray]:
    """Heading of a panel of the profile -> rows of its regions: by direction, where there is one."""
    if "direction" not in signal.regions:
        return {plural(len(signal.regions), "region"): np.arange(len(signal.regions))}
    words = {"A_enriched": "Higher in A", "B_enriched": "Higher in B", "unchanged": "No effect"}
    directions = signal.regions["direction"].to_numpy(dtype=object)
    rows = {word: np.flatnonzero(directions == name) for name, word in words.items()}
    return {f"{word} ({plural(len(found), 'region')})": found for word, found in rows.items() if len(found)}


def saved(simulated: bool, output_dir: str | os.PathLike[str], name: str, draw: Callable[[], Any]) -> list[Path]:
    """Draw a figure into a folder of results, which keeps its list of files and its mark; its two files."""
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, "differential regions")
    announce_simulation(simulated)
    if simulated:
        mark_simulated(folder, True)
    files = save_plots([(name, draw)], folder)[name]
    list_files(folder, (*SIGNAL_FILES, SIMULATED_MARKER))
    return files


def profile(signal: Signal) -> Any:
    """The figure of `signal_profile`."""
    from matplotlib.figure import Figure

    blocks = blocks_of(signal)
    figure = Figure(figsize=(2.6 + 4.0 * len(blocks), 4.6))
    panels = figure.subplots(1, len(blocks), sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=0.09, right=0.97, top=0.76, bottom=0.24, wspace=0.08)
    for axes, (heading, rows) in zip(panels, blocks.items(), strict=True):
        for at, label in enumerate(signal.labels):
            values = signal.of_group(label)
            mean, error = profile_of(values[:, rows])
            color = COLORS[at % len(COLORS)]
            axes.plot(signal.positions, mean, color=color, linewidth=2, label=f"{short(label)} (n={len(values)})")
            if error is not None:
                axes.fill_between(signal.positions, mean - error, mean + error, color=color, alpha=0.25, linewidth=0)
        axes.set_xlim(signal.positions[0], signal.positions[-1])
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(heading, fontsize=10, fontweight="bold")
        axes.set_xlabel("Distance from the region's middle (bp)", fontsize=9, fontweight="bold")
    panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel("Coverage (reads per million)", fontweight="bold")
    panels[-1].legend(frameon=False, fontsize=9)
    figure.text(0.09, 0.87, _title("Mean signal", signal), **_TITLE)
    note = "Band: one standard error over the experiments of a group; none for a single one."
    figure.text(0.97, 0.02, caption(signal.simulated, note), fontsize=8, ha="right", va="bottom")
    return figure


def heatmap(signal: Signal) -> Any:
    """The figure of `signal_heatmap`."""
    from matplotlib.figure import Figure

    order = row_order(signal)
    means = [mean_over_experiments(signal.of_group(label))[order] for label in signal.labels]
    top = float(np.nanpercentile(np.stack(means), TOP_PERCENTILE)) or float(np.nanmax(np.stack(means))) or 1.0
    count = len(means)
    figure = Figure(figsize=(1.6 + 2.3 * count, 6.4))
    panels = figure.subplots(1, count, sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=0.12, right=0.84, top=0.84, bottom=0.16, wspace=0.12)
    edge = abs(float(signal.positions[0])) + signal.bin / 2
    for axes, label, mean in zip(panels, signal.labels, means, strict=True):
        drawn = axes.imshow(
            mean, aspect="auto", interpolation="nearest", cmap=COLOR_MAP, vmin=0, vmax=top,
            extent=(-edge, edge, len(mean), 0),
        )  # fmt: skip
        axes.set_facecolor(COLOR_UNKNOWN)
        axes.set_title(short(label), fontsize=10, fontweight="bold")
        axes.set_xticks([-edge, 0, edge], [f"{-edge / 1000:g}", "0", f"{edge / 1000:g} kb"], fontsize=8)
        for line in _borders(signal, order):
            axes.axhline(line, color="black", linewidth=0.8)
    panels[0].set_ylabel("Regions", fontweight="bold")
    bar = figure.colorbar(drawn, cax=figure.add_axes((0.87, 0.3, 0.03, 0.4)), extend="max")
    bar.set_label("Coverage (reads per million)", fontsize=8)
    figure.text(0.12, 0.9, _title("Signal in every region", signal), **_TITLE)
    note = f"Mean over experiments; one scale, which ends with the {TOP_PERCENTILE:g}th percentile."
    figure.text(0.96, 0.02, caption(signal.simulated, note), fontsize=8, ha="right", va="bottom")
    return figure


def mean_over_experiments(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis, NaN left out; NaN where all are."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0).sum(axis=0, dtype=float)
    return np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan)


def _borders(signal: Signal, order: np.ndarray) -> list[int]:
    """Rows before which another direction begins."""
    if "direction" not in signal.regions:
        return []
    directions = signal.regions["direction"].to_numpy(dtype=object)[order]
    return [row for row in range(1, len(directions)) if directions[row] != directions[row - 1]]


def _title(what: str, signal: Signal) -> str:
    return f"{what}\n{plural(len(signal.regions), 'region')}, {signal.genome}"


def short(label: str) -> str:
    """A label as a legend holds it."""
    return ellipsis(literal(label), LABEL_WIDTH)
