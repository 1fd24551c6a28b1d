"""Thinned points cover the pixels that all points cover, at any resolution."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scripts.common.plotting.points import PixelPoints, first_on_pixel


def drawn(x: np.ndarray, y: np.ndarray, dpi: int, *, once: bool) -> np.ndarray:
    figure = Figure(figsize=(4, 3), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set(xlim=(-4, 4), ylim=(-4, 4))
    PixelPoints(x, y, color="#3366cc", diameter=2.3, alpha=0.65, zorder=2, once=once).add_to(axes)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


@pytest.mark.parametrize("dpi", [50, 97, 200])
def test_same_pixels_as_all_points(dpi: int) -> None:
    x, y = np.random.default_rng(dpi).normal(size=(2, 60_000))
    x[:3] = np.nan, np.inf, 0.0
    every, thinned = (drawn(x, y, dpi, once=once) for once in (False, True))
    painted = [(image != 255).any(axis=2) for image in (every, thinned)]
    assert np.array_equal(*painted)
    # Where one point lies on another, the colour of all of them is a little deeper.
    assert np.abs(every - thinned).mean() < 8


def test_nothing_changes_where_no_two_points_share_a_pixel() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(-3, 3, 20), np.linspace(-3, 3, 20)))
    assert np.array_equal(*(drawn(x, y, 100, once=once) for once in (False, True)))


def test_the_first_on_each_pixel() -> None:
    position = np.array([[5.1, 7.0], [4.9, 7.2], [5.6, 7.0], [5.0, 6.6], [-0.6, 0.0], [-1.2, 0.1]])
    assert first_on_pixel(position).tolist() == [0, 2, 4]
    assert first_on_pixel(np.empty((0, 2))).tolist() == []


def test_a_layer_of_an_svg_is_a_picture_and_can_be_drawn_again() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 5000))
    figure = Figure(figsize=(2, 2))
    axes = figure.add_subplot()
    points = PixelPoints(x, y, color="#000000", diameter=2, alpha=1, zorder=2, once=True)
    points.add_to(axes)
    for _ in range(2):
        stream = io.StringIO()
        figure.savefig(stream, format="svg")
        assert "<image" in stream.getvalue()
        assert len(stream.getvalue()) < 200_000
    assert len(points.get_xydata()) == 5000
