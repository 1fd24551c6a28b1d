"""Overlaps of several sets as bars above a matrix of dots (an UpSet plot; Lex et al. 2014).

Drawn here: upsetplot 0.9, the last, fills missing styles in place, which pandas 3 leaves undone, and marsilea needs
Python 3.11. Imports matplotlib only when it draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: More bars than this cannot be told apart.
MAX_COMBINATIONS = 20
_EMPTY_COLOR = "#D9D9D9"
_BAND_COLOR = "#F4F4F4"
#: Inches: of a bar with its gap, of a set's row, of all bars.
_BAR, _ROW, _BARS = 0.42, 0.3, 2.6


@dataclass(frozen=True)
class Upset:
    """What an UpSet plot shows.

    Attributes
    ----------
    dots : ndarray of bool, shape (n_combinations, n_sets)
        Which sets each combination is of.
    names : sequence of str
        Of the sets, fit to be drawn.
    layers : mapping of str to (ndarray of shape (n_combinations,), colours)
        What the bars are stacked of, from below: name in the legend -> sizes, and one colour or one a bar. A single
        layer has no legend.
    dot_colors : ndarray of str, shape (n_combinations,)
    axis, title, note : str
    """

    dots: np.ndarray
    names: Sequence[str]
    layers: Mapping[str, tuple[np.ndarray, Any]]
    dot_colors: np.ndarray
    axis: str
    title: str
    note: str


def upset_figure(upset: Upset) -> Any:
    """Draw it as a matplotlib figure."""
    from matplotlib.figure import Figure

    count, sets = upset.dots.shape
    panel = max(_BAR * count, 3.6)
    left, right, top, bottom = 0.9 + 0.085 * max(map(len, upset.names)), 0.3, 0.8, 0.85
    top += 0.3 * (len(upset.layers) > 1)
    width, height = left + panel + right, top + _BARS + _ROW * sets + 0.1 + bottom
    figure = Figure(figsize=(width, height))
    bar_axes = figure.add_axes((left / width, 1 - (top + _BARS) / height, panel / width, _BARS / height))
    dot_axes = figure.add_axes((left / width, bottom / height, panel / width, _ROW * sets / height))
    _draw_bars(bar_axes, upset)
    _draw_dots(dot_axes, upset)
    for axes in (bar_axes, dot_axes):
        axes.set_xlim(-0.6, max(count, panel / _BAR) - 0.4)
    figure.text(
        0.12 / width,
        1 - 0.12 / height,
        upset.title,
        fontsize=12,
        fontweight="bold",
        va="top",
        linespacing=1.35,
    )
    figure.text(0.12 / width, 0.1 / height, upset.note, fontsize=8, va="bottom", linespacing=1.3)
    return figure


def _draw_bars(axes: Any, upset: Upset) -> None:
    """How large each combination is."""
    from matplotlib.ticker import MaxNLocator

    total = np.zeros(len(upset.dots))
    for name, (sizes, color) in upset.layers.items():
        axes.bar(np.arange(len(sizes)), sizes, bottom=total, width=0.62, color=color, label=name)
        total = total + np.asarray(sizes)
    for at, n in enumerate(total.tolist()):
        axes.annotate(f"{n:,.0f}", (at, n), (0, 2), textcoords="offset points", ha="center", va="bottom", fontsize=8)
    axes.set_xticks([])
    axes.set_ylim(0, 1.12 * total.max())
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.set_ylabel(upset.axis, fontsize=9.5, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    if len(upset.layers) > 1:
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=len(upset.layers), frameon=False, fontsize=8.5,
            handlelength=1.0, columnspacing=1.2, borderaxespad=0.2,
        )  # fmt: skip


def _draw_dots(axes: Any, upset: Upset) -> None:
    """Which sets (rows) each combination (column) is of."""
    dots, colors = upset.dots, upset.dot_colors
    y = np.arange(len(upset.names))[::-1]
    for at in y[::2]:
        axes.axhspan(at - 0.5, at + 0.5, color=_BAND_COLOR, zorder=0)
    column, member = np.indices(dots.shape)
    axes.scatter(
        column.ravel(),
        y[member.ravel()],
        s=52,
        c=np.where(dots, colors[:, None], _EMPTY_COLOR).ravel(),
        linewidths=0,
        zorder=2,
    )
    first, last = y[dots.argmax(axis=1)], y[dots.shape[1] - 1 - dots[:, ::-1].argmax(axis=1)]
    axes.vlines(np.arange(len(dots)), last, first, colors=colors.tolist(), linewidth=1.8, zorder=1)
    axes.set_yticks(y, upset.names, fontsize=9)
    axes.set_xticks([])
    axes.set_ylim(-0.5, len(upset.names) - 0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
