"""A layer of very many points. Imports matplotlib: import it where something is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import allow_rasterization
from matplotlib.axes import Axes
from matplotlib.lines import Line2D


class PixelPoints(Line2D):
    """Discs of one colour; those whose centres fall on the same pixel are drawn once.

    What is a pixel is decided when the layer is drawn, so a drawing of any resolution covers the same pixels as all
    points would. Rasterised: in an SVG, 300,000 points as paths would be hundreds of megabytes.

    Parameters
    ----------
    x, y : array (N,) of float
        In the units of the axes; a point with a missing coordinate is left out.
    color : str
    diameter : float
        In points, 1/72 inch.
    alpha : float
    zorder : float
    once : bool
        False draws every point.
    """

    def __init__(
        self, x: np.ndarray, y: np.ndarray, *, color: str, diameter: float, alpha: float, zorder: float, once: bool
    ) -> None:
        there = np.isfinite(x) & np.isfinite(y)
        super().__init__(
            x[there],
            y[there],
            linestyle="none",
            marker="o",
            markersize=diameter,
            markeredgewidth=0,
            color=color,
            alpha=alpha,
            zorder=zorder,
            rasterized=True,
        )
        self.once = once

    @allow_rasterization
    def draw(self, renderer: Any) -> None:
        """Draw the points that another one does not stand for."""
        if not self.once:
            super().draw(renderer)
            return
        everything = np.asarray(self.get_xydata())
        self.set_data(*everything[first_on_pixel(self.get_transform().transform(everything))].T)
        try:
            super().draw(renderer)
        finally:
            self.set_data(*everything.T)

    def add_to(self, axes: Axes) -> None:
        """Put the layer into axes whose limits stay as they are."""
        axes.add_artist(self)


def first_on_pixel(position: np.ndarray) -> np.ndarray:
    """Which points are the first on their pixel, in the order given.

    Parameters
    ----------
    position : array (N, 2) of float
        In pixels; a pixel's centre has whole numbers, as where Agg puts a marker.
    """
    pixel = np.floor(position + 0.5).astype(np.int64)
    number = pixel[:, 0] * (1 << 32) + pixel[:, 1]
    return np.sort(np.unique(number, return_index=True)[1])
