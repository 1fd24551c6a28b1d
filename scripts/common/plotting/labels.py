"""Names beside points of a plot, so that none hides another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

#: Where a label may stand relative to its point, best first: (horizontal anchor, vertical steps).
_CANDIDATES = [(side, step) for step in (0, 1, -1, 2, -2, 3, -3) for side in ("left", "right")]


def place_labels(
    x: np.ndarray,
    y: np.ndarray,
    labelled: np.ndarray,
    texts: Sequence[str],
    character_width: float,
    line_height: float,
    gap: float = 0.012,
) -> list[tuple[float, float, str] | None]:
    """Place the labels of some points, in the given order, each in the first free spot beside its point.

    A spot is free when it lies in the panel, covers neither a label placed before nor any point, and no other point is
    nearer to it.

    Parameters
    ----------
    x, y : array (N,) of float
        All points of the plot, 0..1 across and up the panel.
    labelled : array (L,) of int
        Positions of the points to name.
    texts : sequence of str, length L
    character_width, line_height : float
        Size of a character, in the same unit.
    gap : float
        Room between point and label.

    Returns
    -------
    list of (x, y, alignment) or None
        Anchor of the text, vertically centred; alignment ``left`` means that the text begins there.
        None where no spot is free: better no name than two on top of each other.
    """
    taken: list[tuple[float, float, float, float]] = []
    placed: list[tuple[float, float, str] | None] = []
    for i, text in zip(labelled.tolist(), texts, strict=True):
        width = len(text) * character_width
        spot = None
        for side, step in _CANDIDATES:
            start = float(x[i] + gap if side == "left" else x[i] - gap - width)
            middle = float(y[i] + step * line_height)
            box = (start, middle - line_height / 2, start + width, middle + line_height / 2)
            if min(box) < 0 or max(box) > 1 or any(_overlap(box, other) for other in taken):
                continue
            covered = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
            # Another point nearer to where the text begins would look as if it bore the name.
            anchor = start if side == "left" else start + width
            distance = np.hypot(x - anchor, y - middle)
            if not covered.any() and not (distance < distance[i]).any():
                taken.append(box)
                spot = (start if side == "left" else start + width, middle, side)
                break
        placed.append(spot)
    return placed


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@dataclass(frozen=True)
class Panel:
    """Where the axes of a plot begin and end, in their units, and how much of it a character takes.

    The sizes of `place_labels` fit 8-point text in a panel of about 6.5 x 4.4 inches.
    """

    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    character_width: float = 0.0125
    line_height: float = 0.032


def label_layers(
    panel: Panel, x: np.ndarray, y: np.ndarray, labelled: np.ndarray, texts: Sequence[str], *, fontstyle: str = "italic"
) -> list[Any]:
    """plotnine layers that name some points, a thin line to those whose name had to move.

    Parameters
    ----------
    x, y : array (N,) of float
        All points, in the units of the axes.
    labelled, texts
        As for `place_labels`.
    """
    import plotnine as p9

    (left, right), (low, high) = panel.x_limits, panel.y_limits
    across, up = (x - left) / (right - left), (y - low) / (high - low)
    spots = place_labels(across, up, labelled, texts, panel.character_width, panel.line_height)
    labels = pd.DataFrame(
        [
            (left + spot[0] * (right - left), low + spot[1] * (high - low), spot[2], text, x[i], y[i])
            for spot, text, i in zip(spots, texts, labelled, strict=True)
            if spot is not None
        ],
        columns=["x", "y", "side", "text", "px", "py"],
    )
    layers: list[Any] = []
    away = labels[(labels["y"] - labels["py"]).abs() > 1e-9]
    if len(away):
        line = p9.aes(x="px", y="py", xend="x", yend="y")
        layers.append(p9.geom_segment(line, data=away, color="#888888", size=0.3, alpha=0.7, inherit_aes=False))
    for side in ("left", "right"):
        part = labels[labels["side"] == side]
        if len(part):
            text = p9.aes("x", "y", label="text")
            layers.append(
                p9.geom_text(text, data=part, ha=side, va="center", size=8, fontstyle=fontstyle, inherit_aes=False)
            )
    return layers
