"""Where to put the names of points so that none hides another. Pure arithmetic in panel coordinates, 0..1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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

    A spot is free when it lies in the panel and covers neither a label placed before nor any point.

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
            if not covered.any():
                taken.append(box)
                spot = (start if side == "left" else start + width, middle, side)
                break
        placed.append(spot)
    return placed


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
