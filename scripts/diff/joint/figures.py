"""Figures of several comparisons: shared loci, and effects against effects."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import COLOR_A, COLOR_B, COLOR_UNCHANGED, caption, save_plots
from ...common.plotting.upset import MAX_COMBINATIONS, Upset, upset_figure
from ...common.text import plural, short_names
from ..outputs import JOINT_EFFECTS, JOINT_UPSET
from .joined import Joined
from .table import DIRECTIONS

#: Told apart by the colour-blind, and in grey.
COLOR_OPPOSITE = "#3A3A3A"
DIRECTION_COLORS = dict(zip(DIRECTIONS, (COLOR_A, COLOR_B, COLOR_OPPOSITE), strict=True))
#: Of regions in a panel, drawn in this order: Okabe and Ito's.
REGION_COLORS = {"neither": COLOR_UNCHANGED, "first": "#56B4E9", "second": "#E69F00", "both": "#9B1B5A"}
NAME_CHARACTERS = 26
#: Panels that can be read on a page.
MOST_PANELS = 12
PANEL = 3.1  # inches
_TITLE: dict[str, Any] = {"fontsize": 12, "fontweight": "bold", "linespacing": 1.35, "va": "top"}


def draw_joint(joint: Joined, folder: Path) -> dict[str, str]:
    """Draw both figures as PNG and SVG; name -> what it shows, in words."""
    drawn = [(JOINT_UPSET, partial(upset, joint)), (JOINT_EFFECTS, partial(effects_against_effects, joint))]
    save_plots(drawn, folder)
    return {
        JOINT_UPSET: "How many loci are significant in exactly each combination of comparisons, by direction.",
        JOINT_EFFECTS: "Effects of the matched regions of every two comparisons against each other, and their r.",
    }


def direction_words(joint: Joined) -> dict[str, str]:
    """`DIRECTIONS` in words."""
    above = "methylation higher" if joint.is_dmr else "higher"
    return dict(zip(DIRECTIONS, (f"{above} in A", f"{above} in B", "not all one way"), strict=True))


def upset(joint: Joined) -> Any:
    """The combinations of comparisons, largest first, each bar parted by direction."""
    if joint.overlaps.empty:
        return _nothing(joint, "Loci significant in several comparisons", "No locus is significant in any comparison")
    marks = [f"significant|{name}" for name in joint.names]
    sizes = joint.overlaps.pivot_table(index=marks, columns="direction", values="loci", aggfunc="sum", fill_value=0)
    sizes = sizes.reindex(columns=list(DIRECTIONS), fill_value=0)
    sizes = sizes.iloc[np.argsort(-sizes.sum(axis=1).to_numpy(), kind="stable")]
    shown = sizes.iloc[:MAX_COMBINATIONS]
    dots = shown.index.to_frame().to_numpy(bool)
    totals = [int(joint.overlaps.loc[joint.overlaps[mark], "loci"].sum()) for mark in marks]
    names = [f"{name} ({n:,})" for name, n in zip(short_names(joint.names, NAME_CHARACTERS), totals, strict=True)]
    words = direction_words(joint)
    layers = {
        words[way]: (shown[way].to_numpy(), DIRECTION_COLORS[way]) for way in DIRECTIONS if sizes[way].to_numpy().any()
    }
    note = "In brackets: significant loci. Below a threshold is not unchanged:\na bar is no difference of comparisons."
    if len(sizes) > len(shown):
        rest = plural(int(sizes.iloc[len(shown) :].to_numpy().sum()), "locus", "loci")
        note += f"\nDrawn: the largest of {len(sizes):,} combinations; {rest} in the others."
    title = f"Loci significant in several comparisons\n{plural(sum(sizes.sum()), 'locus', 'loci')}, {joint.genome}"
    colors = np.full(len(shown), COLOR_OPPOSITE)
    axis = "Loci significant in\nexactly these"
    return upset_figure(Upset(dots, names, layers, colors, axis, title, caption(joint.simulated, note)))


def effects_against_effects(joint: Joined) -> Any:
    """A panel for every two comparisons, on equal axes."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    rows: list[Any] = joint.pairs.head(MOST_PANELS).to_dict("records")
    across = min(len(rows), 3 if len(rows) != 4 else 2)
    down = math.ceil(len(rows) / across)
    width, height = max(across * (PANEL + 0.9) + 0.3, 4.9), down * (PANEL + 0.95) + 1.75
    figure = Figure(figsize=(width, height))
    panels = figure.subplots(down, across, squeeze=False)
    figure.subplots_adjust(
        left=0.8 / width, right=1 - 0.3 / width, top=1 - 1.05 / height, bottom=1.65 / height,
        wspace=0.9 / PANEL, hspace=0.95 / PANEL,
    )  # fmt: skip
    short = dict(zip(joint.names, short_names(joint.names, NAME_CHARACTERS), strict=True))
    for axes, row in zip(panels.flat, rows, strict=False):
        _panel(axes, joint, row, short)
    for axes in panels.flat[len(rows) :]:
        axes.set_visible(False)
    words = ("in neither", "only in the one across", "only in the one upward", "in both")
    marks = [
        Line2D([], [], linestyle="none", marker="o", markersize=5, color=color, label=word)
        for color, word in zip(REGION_COLORS.values(), words, strict=True)
    ]
    figure.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0.1 / width, 0.42 / height), ncols=4 if width > 7 else 2,
        frameon=False, fontsize=8.5, title="Significant", title_fontsize=8.5, alignment="left", handletextpad=0.2,
    )  # fmt: skip
    drawn = "" if len(rows) == len(joint.pairs) else f", the first {len(rows)} of {len(joint.pairs)} pairs"
    figure.text(0.2 / width, 1 - 0.12 / height, f"Effects against effects\n{joint.genome}{drawn}", **_TITLE)
    note = "Regions that are each other's best by shared bases"
    figure.text(0.2 / width, 0.08 / height, caption(joint.simulated, note), fontsize=8, va="bottom")
    return figure


def _panel(axes: Any, joint: Joined, row: dict[str, Any], short: dict[str, str]) -> None:
    from matplotlib.ticker import MaxNLocator

    from ...common.plotting.points import PixelPoints

    names = row["comparison_1"], row["comparison_2"]
    matched = joint.matched[names]
    one, other = matched["effect_1"].to_numpy(float), matched["effect_2"].to_numpy(float)
    reach = 1.06 * max(float(np.nanmax(np.abs([one, other]), initial=0)), 0.1)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.axhline(0, color="#888888", linewidth=0.6, zorder=1)
    axes.axvline(0, color="#888888", linewidth=0.6, zorder=1)
    axes.axline((0, 0), slope=1, color="#888888", linewidth=0.8, linestyle="dashed", zorder=1)
    kind = region_kinds(matched)
    for at, (name, color) in enumerate(REGION_COLORS.items()):
        chosen = kind == name
        PixelPoints(
            one[chosen], other[chosen], color=color, diameter=2.4 if name == "neither" else 3.2, alpha=0.8,
            zorder=2 + at, once=True,
        ).add_to(axes)  # fmt: skip
    effect = "difference" if joint.is_dmr else "log2 fold change"
    axes.set_xlabel(f"{short[names[0]]}\n{effect}", fontsize=8.5, fontweight="bold")
    axes.set_ylabel(f"{short[names[1]]}\n{effect}", fontsize=8.5, fontweight="bold")
    axes.tick_params(labelsize=8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    axes.spines[["top", "right"]].set_visible(False)
    told = "r unknown" if pd.isna(row["pearson_r"]) else f"r = {row['pearson_r']:.2f}"
    text = f"{told}, {plural(row['matched'], 'pair')}"
    if row["shared_experiments"]:
        by = row["r_by_construction"]
        text += f"\nshared experiments alone: r ≈ {by:.2f}" if not pd.isna(by) else "\nshared experiments"
    axes.set_title(text, fontsize=8.5, loc="left", linespacing=1.3)


def region_kinds(matched: pd.DataFrame) -> np.ndarray:
    """Which of `REGION_COLORS` each matched pair of regions is."""
    first, second = matched["significant_1"].to_numpy(bool), matched["significant_2"].to_numpy(bool)
    return np.select([first & second, first, second], ["both", "first", "second"], default="neither")


def _nothing(joint: Joined, title: str, text: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.2))
    figure.text(0.03, 0.95, f"{title}\n{joint.genome}", **_TITLE)
    figure.text(0.5, 0.45, text, ha="center", fontsize=11)
    figure.text(0.03, 0.04, caption(joint.simulated), fontsize=8)
    return figure
