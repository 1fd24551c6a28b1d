"""How alike the experiments are: correlation and principal components of their normalised counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import COLOR_A, COLOR_B, caption, literal, prism_theme
from ...common.plotting.labels import Panel, label_layers
from ...common.text import ellipsis, plural
from ..diff_result import DiffResult
from ..qc.design import sample_correlation

#: Principal components are drawn from the regions that vary most.
PCA_REGIONS = 5000
NAME_WIDTH = 18
#: Of more experiments the correlations have no room in their cells.
MAX_WRITTEN = 16


def plot_sample_correlation(results: DiffResult, label_a: str, label_b: str) -> Any:
    """Heatmap of Pearson correlations of log2(1 + normalised count), experiments in order of group and name."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    counts: pd.DataFrame = results["counts"]
    colors = _group_colors(results)
    correlation = sample_correlation(counts)
    n = len(correlation)
    side, left, top, bottom, right = max(0.34 * n, 2.4), 1.9, 1.0, 1.7, 1.7
    width, height = left + side + right, top + side + bottom
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
    bar_bounds = (left + side + 0.25, bottom + 0.3 * side, 0.16, 0.55 * side)
    bar = figure.add_axes(
        (bar_bounds[0] / width, bar_bounds[1] / height, bar_bounds[2] / width, bar_bounds[3] / height)
    )
    _draw_matrix(axes, bar, correlation)
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        for tick, color in zip(ticks, colors, strict=True):
            tick.set_color(color)
            tick.set_fontweight("bold")
            tick.set_fontsize(8)
    axes.set_xticks(axes.get_xticks(), [tick.get_text() for tick in axes.get_xticklabels()], rotation=90)
    bar.set_title("Pearson r", fontsize=8.5, loc="left", pad=6)
    bar.tick_params(labelsize=8)
    figure.text(
        left / width,
        (bottom + side + 0.2) / height,
        f"Sample correlation\n{label_a} vs {label_b} ({results['parameters']['genome']}, "
        f"{plural(len(counts), 'region')}, log2 counts)",
        fontsize=12,
        fontweight="bold",
        linespacing=1.35,
    )
    figure.legend(
        handles=[Patch(color=COLOR_A, label=label_a), Patch(color=COLOR_B, label=label_b)],
        loc="lower left",
        bbox_to_anchor=(left / width, 0.02),
        ncols=2,
        frameon=False,
        fontsize=9,
    )
    footer = caption(results["provenance"]["simulated"])
    if footer:
        figure.text((left + side) / width, 0.06 / height, footer, fontsize=8, ha="right", va="bottom")
    return figure


def _draw_matrix(axes: Any, bar: Any, correlation: pd.DataFrame) -> None:
    """The cells with their values where there is room for them, the names beside, and the bar of colours.

    Drawn without seaborn, which would load some 65 MB for it.
    """
    values, n = correlation.to_numpy(), len(correlation)
    lowest = np.nanmin(values[~np.eye(n, dtype=bool)], initial=0.9)
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap="Blues",
        vmin=float(np.floor(10 * lowest) / 10),
        vmax=1.0,
        linewidths=0.5,
        edgecolor="white",
    )
    axes.set(xlim=(0, n), ylim=(n, 0), aspect="equal")
    axes.spines[:].set_visible(False)
    axes.figure.colorbar(mesh, cax=bar).outline.set_linewidth(0)
    middles, names = np.arange(n) + 0.5, [str(name) for name in correlation.columns]
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names, va="center")
    if n > MAX_WRITTEN:
        return
    mesh.update_scalarmappable()
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            color = ".15" if _is_light(mesh.get_facecolors()[row * n + column, :3]) else "w"
            place = column + 0.5, row + 0.5
            axes.text(*place, f"{value:.2f}", color=color, ha="center", va="center", size=6.5)


def _is_light(color: np.ndarray) -> bool:
    """Whether dark text is better read on a colour than white: its luminance, as the WCAG define it."""
    linear = np.where(color <= 0.03928, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return bool(linear @ (0.2126, 0.7152, 0.0722) > 0.408)


def plot_sample_pca(results: DiffResult, label_a: str, label_b: str) -> Any:
    """First two principal components of log2(1 + normalised count)."""
    import plotnine as p9

    counts: pd.DataFrame = results["counts"]
    coordinates, explained, n_regions = principal_components(counts)
    groups = np.where(np.array(_groups(results)) == "A", label_a, label_b)
    names = [ellipsis(literal(str(name)), NAME_WIDTH) for name in counts.columns]
    points = pd.DataFrame(
        {"x": coordinates[:, 0], "y": coordinates[:, 1], "group": pd.Categorical(groups, categories=[label_a, label_b])}
    )
    limits = [_padded(coordinates[:, axis]) for axis in (0, 1)]
    plot = (
        p9.ggplot(points, p9.aes("x", "y", color="group"))
        + p9.geom_point(size=4, alpha=0.9, stroke=0)
        + p9.scale_color_manual(values={label_a: COLOR_A, label_b: COLOR_B}, limits=[label_a, label_b])
        + p9.scale_x_continuous(limits=limits[0], expand=(0, 0))
        + p9.scale_y_continuous(limits=limits[1], expand=(0, 0))
        + p9.labs(
            title=f"Principal components of the samples\n{label_a} vs {label_b} ({results['parameters']['genome']})",
            x=f"PC1 ({explained[0]:.0%} of variance)",
            y=f"PC2 ({explained[1]:.0%} of variance)",
            color="",
            caption=caption(
                results["provenance"]["simulated"],
                f"log2 normalised counts of {plural(n_regions, 'region')}"
                + (" that vary most" if n_regions < len(counts) else "")
                + "; named, room permitting",
            ),
        )
        + prism_theme(width=7.5, height=6)
    )
    everyone = np.arange(len(names))
    across, up = coordinates[:, 0], coordinates[:, 1]
    for layer in label_layers(Panel(limits[0], limits[1]), across, up, everyone, names, fontstyle="normal"):
        plot += layer
    return plot


def principal_components(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, int]:
    """First two principal components.

    Parameters
    ----------
    counts : DataFrame of shape (regions, experiments)
        Normalised counts.

    Returns
    -------
    coordinates : ndarray of shape (experiments, 2)
        The sign of each axis is fixed: the experiment farthest out on it lies on the positive side.
    explained : ndarray of shape (2,)
        Share of the variance.
    n_regions : int
        Regions used.
    """
    values: np.ndarray = counts.to_numpy(float)
    if len(values) > PCA_REGIONS:
        # Some rows at a time: the logarithms of all of them would be twice the counts' size.
        parts = (values[begin : begin + PCA_REGIONS] for begin in range(0, len(values), PCA_REGIONS))
        variance = np.concatenate([np.log2(part + 1).var(axis=1) for part in parts])
        values = values[np.sort(np.argsort(-variance, kind="stable")[:PCA_REGIONS])]
    logs = np.log2(values + 1)
    centred = (logs - logs.mean(axis=1, keepdims=True)).T
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    coordinates = np.zeros((len(centred), 2))
    explained = np.zeros(2)
    shown = min(2, len(singular))
    coordinates[:, :shown] = left[:, :shown] * singular[:shown]
    farthest = coordinates[np.abs(coordinates).argmax(axis=0), [0, 1]]
    coordinates *= np.where(farthest < 0, -1, 1)
    total = float((singular**2).sum())
    if total > 0:
        explained[:shown] = singular[:shown] ** 2 / total
    return coordinates, explained, len(logs)


def _groups(results: DiffResult) -> list[str]:
    """Group of each column of the counts."""
    samples = results["samples"]
    known = dict(zip(samples["accession"], samples["group"], strict=True))
    return [known.get(name, str(name)[0]) for name in results["counts"].columns]


def _group_colors(results: DiffResult) -> list[str]:
    return [COLOR_A if group == "A" else COLOR_B for group in _groups(results)]


def _padded(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.15 * (high - low) or 1.0
    return low - room, high + room
