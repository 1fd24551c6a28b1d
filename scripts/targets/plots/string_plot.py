"""Binding against an independent line of evidence."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...common.plotting.drawing import prism_theme
from ...common.plotting.labels import Panel, label_layers
from ...common.text import plural
from ..targets_result import TargetsResult
from .text import AVERAGE_SCORE, note, rate_classes, rate_scale, short, title

#: STRING's own limits for medium and high confidence.
STRING_LEVELS = (400, 700)
MAX_LABELS = 15
#: Room left of, right of, below and above the points, as a share of their span.
_MARGIN = 0.06
#: With more genes the points of the SVG are a picture: 20,000 of them as paths are 14 MB.
MOST_PATHS = 2000


def plot_string_vs_binding(results: TargetsResult) -> Any:
    """STRING score against average binding score; binding rate instead where STRING has nothing for the genes."""
    targets: pd.DataFrame = results["target_genes"]
    if (targets["string_score"] > 0).any():
        return _plot_string(results, targets)
    return _plot_rate(results, targets)


def _plot_string(results: TargetsResult, targets: pd.DataFrame) -> Any:
    import plotnine as p9

    both = targets["string_score"] > 0
    strength = np.where(both, targets["avg_score"] * targets["string_score"], 0.0)
    ranked = np.argsort(-strength, kind="stable")[: min(MAX_LABELS, int(both.sum()))]
    plot = _scatter(
        results,
        _Axis(targets["string_score"].to_numpy(dtype=float), (0.0, 1000.0), "STRING score (0 = none known)"),
        ranked,
        "STRING evidence and binding",
        f"{plural(int(both.sum()), 'gene')} with a STRING score, {plural(int((~both).sum()), 'gene')} without (no "
        "evidence against them).\nDotted: STRING 400 (medium) and 700 (high confidence). Named, room"
        " permitting: highest products",
    )
    levels = pd.DataFrame({"at": STRING_LEVELS})
    return plot + p9.geom_vline(p9.aes(xintercept="at"), data=levels, linetype="dotted", color="#555555")


def _plot_rate(results: TargetsResult, targets: pd.DataFrame) -> Any:
    rate = 100 * targets["binding_rate"].to_numpy()
    return _scatter(
        results,
        _Axis(rate, (0.0, 100.0), "Binding rate (% of experiments with a peak)"),
        np.arange(min(MAX_LABELS, len(targets))),
        "binding rate and score (no STRING data)",
        "STRING has no score for any of these genes, so the binding rate takes its place.\n"
        "Named, room permitting: highest averages",
    )


class _Axis(NamedTuple):
    """What stands on the horizontal axis: a value per gene, the range it can have, its name."""

    values: np.ndarray
    range: tuple[float, float]
    name: str


def _scatter(results: TargetsResult, axis: _Axis, labelled: np.ndarray, what: str, remark: str) -> Any:
    import plotnine as p9

    targets: pd.DataFrame = results["target_genes"]
    # Genes without a peak (average 0, kept on request) have no place on a log axis: they stand at the lowest score.
    positive = targets["avg_score"][targets["avg_score"] > 0]
    lowest = float(positive.min()) if len(positive) else 1.0
    y = np.log10(np.maximum(targets["avg_score"].to_numpy(), lowest))
    low, high = padded_span(y)
    left, right = axis.range[0] - 0.03 * axis.range[1], axis.range[1] * 1.12
    frame = pd.DataFrame({"x": axis.values, "y": y, "rate": rate_classes(targets["binding_rate"])})
    plot = (
        p9.ggplot(frame, p9.aes("x", "y"))
        + p9.geom_point(
            p9.aes(fill="rate"), size=2.4, color="#666666", stroke=0.25, alpha=0.85, raster=len(frame) > MOST_PATHS
        )
        + rate_scale()
        + p9.scale_x_continuous(limits=(left, right), expand=(0, 0), breaks=np.linspace(*axis.range, 6).tolist())
        + log_score_scale(low, high)
        + p9.labs(
            title=title(results, what), x=axis.name, y=f"{AVERAGE_SCORE}, log scale", caption=note(results, remark)
        )
        + prism_theme(width=8.5, height=6.5)
        + p9.theme(axis_title_y=p9.element_text(size=10))
    )
    names = [short(gene) for gene in targets["gene"].iloc[labelled]]
    for layer in label_layers(Panel((left, right), (low, high)), axis.values, y, labelled, names):
        plot += layer
    return plot


def padded_span(y: np.ndarray) -> tuple[float, float]:
    low, high = float(y.min()), float(y.max())
    room = max(_MARGIN * (high - low), 0.25)
    return low - room, high + room


def log_score_scale(low: float, high: float) -> Any:
    """The axis of scores whose log10 is drawn, from `low` to `high` (log10), labelled with the scores themselves."""
    import plotnine as p9

    ticks = log_ticks(low, high)
    return p9.scale_y_continuous(
        limits=(low, high),
        expand=(0, 0),
        breaks=[float(np.log10(tick)) for tick in ticks],
        labels=[f"{tick:g}" for tick in ticks],
    )


def log_ticks(low: float, high: float) -> list[float]:
    """Round scores on a log axis: 1-2-5 steps, or decades when there are many."""
    decades = np.arange(np.floor(low), np.ceil(high) + 1)
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    ticks = [float(step * 10.0**decade) for decade in decades for step in steps]
    return [tick for tick in ticks if low <= np.log10(tick) <= high]
