"""Enriched antigens of each set, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..common.plotting.drawing import COLOR_A, COLOR_ACCENT, COLOR_B, COLOR_UNCHANGED, caption, literal
from ..common.text import ellipsis
from .sets import Sets
from .statistics.antigens import QVALUE

#: Antigens a panel.
SHOWN = 15
_NAME, _LABEL = 22, 34
_COLORS = {"gained": COLOR_A, "lost": COLOR_B}
_AREA = (24.0, 150.0)


def plot_factors(table: pd.DataFrame, sets: Sequence[Sets], title: str, *, simulated: bool) -> Any:
    """Draw the first antigens of each set as a matplotlib figure.

    A circle is an antigen: across its log2 odds ratio above the typical experiment's (median over studies), its size by
    the number of studies, filled where q < 0.05. Beside it how many of its experiments are enriched.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6 * len(sets) + 0.4, 6.4))
    panels = figure.subplots(1, len(sets), squeeze=False)[0]
    for axes, one in zip(panels, sets, strict=True):
        _draw(axes, one, table[table["direction"] == one.name].head(SHOWN))
    figure.suptitle(
        f"Factors at the regions: {literal(ellipsis(title, 90))}" if sets[0].kind == "bed"
        else f"Factors near the genes: {literal(ellipsis(title, 90))}",
        fontsize=12, fontweight="bold", x=0.02, ha="left",
    )  # fmt: skip
    note = (
        f"Filled: q < {QVALUE:g} (BH over antigens). Size of a circle: studies. † no particular factor (tag, control, "
        "assay).\nAt the right: experiments enriched of all. Background: matched "
        + ("regions that did not change" if sets[0].kind == "bed" else "genes of the same table")
    )
    figure.text(0.02, 0.01, caption(simulated, note), fontsize=8, va="bottom")
    figure.subplots_adjust(left=0.30 / len(sets), right=0.95, top=0.885, bottom=0.17, wspace=0.62)
    return figure


def _draw(axes: Any, one: Sets, rows: pd.DataFrame) -> None:
    axes.set_title(f"{ellipsis(literal(one.label), _LABEL)} (n={len(one.given):,})", fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if rows.empty:
        axes.set_axis_off()
        axes.text(0.02, 0.95, _wrapped(one.obstacle or "No experiment overlaps"), va="top", fontsize=9)
        return
    color = _COLORS.get(one.name, COLOR_ACCENT)
    y = np.arange(len(rows))[::-1]
    odds = rows["specific_log2_odds"].to_numpy(float)
    enriched = rows["enriched"].to_numpy(bool)
    size = _AREA[0] + 12 * np.sqrt(rows["num_studies"].to_numpy(float))
    axes.hlines(y, 0, odds, color=COLOR_UNCHANGED, linewidth=1.2, zorder=1)
    axes.scatter(
        odds, y, s=size.clip(*_AREA), zorder=2, linewidths=1.2, edgecolors=np.where(enriched, color, "#7F7F7F"),
        facecolors=np.where(enriched, color, "white"),
    )  # fmt: skip
    axes.axvline(0, color="#888888", linewidth=0.8, zorder=0)
    names = [ellipsis(literal(str(row.antigen)), _NAME) + (" †" if row.remark else "") for row in rows.itertuples()]
    axes.set_yticks(y, names, fontsize=8)
    low, high = min(odds.min(), 0.0), max(odds.max(), 0.0)
    room = max(high - low, 0.5)
    axes.set(xlim=(low - 0.08 * room, high + 0.12 * room), ylim=(-0.8, len(rows) - 0.2))
    axes.set_xlabel("log2 odds ratio above the typical experiment", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    for at, row in zip(y, rows.itertuples(), strict=True):
        axes.annotate(
            f"{row.num_enriched}/{row.num_experiments}", (1.01, at), xycoords=("axes fraction", "data"), fontsize=7.5,
            va="center", color="#444444",
        )  # fmt: skip


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 44))
