"""Point clouds to hover over, drawn by Bokeh; which points are drawn when there are too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .escape import escape, script_json

#: Points in the page. Each costs about 80 bytes, and more than this take long to draw on a telephone.
MAX_POINTS = 15_000
#: Of these, so many are kept for points that are not significant, however many are: the cloud they stand out from.
BACKGROUND_POINTS = 3000
HEIGHT = 430  # pixels


def thinned(significant: np.ndarray, limit: int = MAX_POINTS, background: int = BACKGROUND_POINTS) -> np.ndarray:
    """Positions of the points to draw, in ascending order.

    All significant ones where they fit; where not, the first half of the room goes to the first of them and the rest
    is spread evenly over the others. Points that are not significant are spread evenly over their order.

    Parameters
    ----------
    significant : array (N,) of bool
        In order of rank, best first.
    """
    if len(significant) <= limit:
        return np.arange(len(significant))
    called, others = np.flatnonzero(significant), np.flatnonzero(~significant)
    room = max(limit - len(others), limit - background) if len(called) else 0
    if len(called) > room:
        best = room // 2
        called = np.concatenate([called[:best], _spread(called[best:], room - best)])
    return np.sort(np.concatenate([called, _spread(others, limit - len(called))]))


def _spread(positions: np.ndarray, count: int) -> np.ndarray:
    """`count` of the positions at even distances; all of them when there are no more."""
    if len(positions) <= count:
        return positions
    return np.asarray(positions[np.linspace(0, len(positions) - 1, count).round().astype(int)])


def drawn_statement(significant: np.ndarray, drawn: np.ndarray, noun: str, file: str) -> str:
    """How much of the cloud is drawn, in a sentence of HTML."""
    total, called = len(significant), int(significant.sum())
    if len(drawn) == total:
        return f"Every one of the {total:,} {noun} is drawn."
    shown = int(significant[drawn].sum())
    first = (
        f"all {called:,} significant {noun}"
        if shown == called
        else f"{shown:,} of {called:,} significant {noun} (the best {shown // 2:,}, the rest at even distances)"
    )
    rest = f"{len(drawn) - shown:,} of the {total - called:,} others, at even distances in their order"
    return f"Drawn: {first}, and {rest}. All are in <code>{file}</code>."


@dataclass(frozen=True)
class Cloud:
    """One plot over the shared points: columns for x and y, axis titles, and lines that guide the eye."""

    x: str
    y: str
    x_title: str
    y_title: str
    x_lines: Sequence[float] = ()
    y_lines: Sequence[float] = ()
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None


def scatter(
    name: str,
    clouds: Sequence[Cloud],
    points: Mapping[str, Any],
    colors: Mapping[str, str],
    hover: Sequence[tuple[str, str]],
    outline: str | None = None,
) -> str:
    """HTML of plots over the same points, side by side where there is room; a point chosen in one shows in all.

    Parameters
    ----------
    name : str
        Identifier of the element.
    points : mapping
        Columns; ``place`` (str) names the point, ``status`` (str) is its key in `colors`.
    colors : mapping
        Status -> colour.
    hover : sequence of (str, str)
        Words of ours, never data, and the column with its format in Bokeh's notation.
    outline : str, optional
        Colour around the points, for colours too pale for a light page; they keep a light ground on a dark one, too.
    """
    from bokeh.embed import json_item
    from bokeh.layouts import row
    from bokeh.models import ColumnDataSource

    source = ColumnDataSource(dict(points), name="points")
    figures = [_figure(cloud, source, colors, hover, outline) for cloud in clouds]
    item = json_item(row(figures, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"}), name)
    words = escape(script_json([[text, column.split("{")[0]] for text, column in hover]))
    return (
        f'<div class="plots scripted" id="{name}"></div>'
        f'<div class="chosen scripted" id="{name}-chosen" role="status" aria-live="polite" data-words="{words}">'
        "Point at a dot for its numbers; click it for links.</div>"
        f'<script type="application/json" data-plots="{name}">{script_json(item)}</script>'
    )


def _figure(
    cloud: Cloud, source: Any, colors: Mapping[str, str], hover: Sequence[tuple[str, str]], outline: str | None
) -> Any:
    from bokeh import models
    from bokeh.plotting import figure
    from bokeh.transform import factor_cmap

    zoom = models.BoxZoomTool()
    # Axis titles hold the groups' names; as plain text, or two dollar signs in one would be read as a formula.
    plot = figure(
        height=HEIGHT,
        min_width=300,
        sizing_mode="stretch_width",
        tools=[models.PanTool(), zoom, models.WheelZoomTool(), models.ResetTool(), models.SaveTool()],
        active_drag=zoom,
        active_scroll=None,
        toolbar_location="above",
        x_axis_label=models.PlainText(text=cloud.x_title),
        y_axis_label=models.PlainText(text=cloud.y_title),
        **{key: limits for key, limits in (("x_range", cloud.x_range), ("y_range", cloud.y_range)) if limits},
    )
    plot.toolbar.logo = None
    plot.name = "paper" if outline else None
    for dimension, lines in (("height", cloud.x_lines), ("width", cloud.y_lines)):
        for at in lines:
            plot.add_layout(models.Span(location=at, dimension=dimension, line_dash="dashed", name="guide"))
    dots = plot.scatter(
        cloud.x,
        cloud.y,
        source=source,
        size=6 if len(source.data["place"]) < 3000 else 4.5,
        color=factor_cmap("status", list(colors.values()), list(colors)),
        fill_alpha=0.7,
        line_color=outline,
        line_width=0.7,
        nonselection_fill_alpha=0.7,
        selection_line_color="#D0021B",
        selection_line_width=2.5,
        selection_fill_alpha=1.0,
    )
    tips = [(words, f"@{column}") for words, column in hover]
    numeric = {f"@{column.split('{')[0]}": "printf" for _, column in hover if "{" in column}
    hovering = models.HoverTool(tooltips=tips, formatters=numeric, renderers=[dots], limit=2)
    plot.add_tools(hovering, models.TapTool(renderers=[dots]))
    return plot


def legend(entries: Mapping[str, str], outline: str | None = None) -> str:
    """A legend in HTML: label -> colour."""
    stroke = f' stroke="{escape(outline)}"' if outline else ""
    items = "".join(
        '<li><svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="5.5" '
        f'fill="{escape(color)}"{stroke}/></svg>{escape(label)}</li>'
        for label, color in entries.items()
    )
    return f'<ul class="legend" aria-label="Colours">{items}</ul>'
