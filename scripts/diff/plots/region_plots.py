"""The plots of the regions: volcano, chromosomes, sizes and MA, for peaks and for methylation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import caption, integer_breaks, literal, prism_theme, thousands
from ...common.plotting.labels import Panel, label_layers
from ...common.text import ellipsis, plural
from ..outputs import CHROMOSOMES, MA, SIZES, VOLCANO
from ..qc.regions import mean_log2_count
from .view import LABEL_WIDTH, PlotView

#: A q-value of 0 (below what a float can hold) is drawn here.
MAX_MINUS_LOG10_Q = 300.0
#: The volcano's axis ends at twice this quantile of the significant regions, if some lie twice as high again.
VOLCANO_QUANTILE = 0.9
VOLCANO_HEADROOM = 2.0
SIZE_BINS = 40
WIDTH, HEIGHT = 7.5, 5.5  # inches
#: Up to here points are drawn larger; diameters in points, 1/72 inch.
FEW_REGIONS = 2000
POINT_DIAMETER, SMALL_POINT_DIAMETER = 4.25, 2.3
LABELLED_GENES = 10


def volcano_plot(view: PlotView) -> Any:
    """Effect against significance."""
    import plotnine as p9

    if view.regions.empty:
        return nothing_to_draw(view, "Volcano plot", "No regions")
    height, top, beyond = volcano_heights(view)
    points = view.regions[[view.analysis.effect, "drawn"]].assign(height=height)
    limits = _axis_limits(points, view)
    notes = ["Named, room permitting: genes within 5 kb of the top regions"] if (view.genes != "").any() else []
    if view.unnamed:
        notes.append(f"Not named: {plural(view.unnamed, 'region')} that a major finding advises not to interpret")
    if beyond.any():
        notes.append(f"{plural(int(beyond.sum()), 'region')} with q < 1e-{top:.0f} drawn at the top edge")
    note = "\n".join(notes)
    plot = (
        p9.ggplot(legend_keys(view, "effect", "height"), p9.aes("effect", "height", color="status"))
        + p9.geom_hline(yintercept=-np.log10(view.cut.qvalue), linetype="dashed", color="#555555", size=0.5)
        + p9.geom_vline(xintercept=0, color="#999999", size=0.4)
        + (_least_effect_lines(view) if view.cut.least_effect else [])
        + p9.geom_point(alpha=0, stroke=0)
        + view.color_scale()
        + p9.scale_x_continuous(limits=limits[0], expand=(0, 0))
        + p9.scale_y_continuous(limits=limits[1], expand=(0, 0))
        + p9.labs(title=view.title("Volcano plot"), x=view.effect_axis(), y="−log10 q-value", caption=note)
    )
    for layer in _gene_labels(points, view, limits):
        plot += layer
    return with_points(_finish(plot, view, note), view, points[view.analysis.effect], points["height"], zorder=3)


def _least_effect_lines(view: PlotView) -> Any:
    import plotnine as p9

    places = [-view.cut.least_effect, view.cut.least_effect]
    return [p9.geom_vline(xintercept=places, linetype="dashed", color="#555555", size=0.5)]


Limits = tuple[tuple[float, float], tuple[float, float]]


def _axis_limits(points: pd.DataFrame, view: PlotView) -> Limits:
    """Symmetric around no effect, with room for names."""
    effect = points[view.analysis.effect].to_numpy(float)
    reach = 1.12 * float(np.nanmax(np.abs(effect), initial=0)) or 1.0
    top = max(float(np.nanmax(points["height"].to_numpy(float), initial=0)), -np.log10(view.cut.qvalue))
    return (-reach, reach), (-0.03 * top, 1.06 * top)


def _gene_labels(points: pd.DataFrame, view: PlotView, limits: Limits) -> list[Any]:
    """Names of the top genes; each gene once, at its best region."""
    found = view.genes[view.genes.index.isin(points.index[points["drawn"]])]
    names = found[found != ""].map(lambda text: text.split(" (")[0])
    names = names[~names.duplicated()].head(LABELLED_GENES)
    position = pd.Series(np.arange(len(points)), index=points.index)
    return label_layers(
        Panel(*limits),
        points[view.analysis.effect].fillna(0).to_numpy(float),
        points["height"].fillna(0).to_numpy(float),
        position[names.index].to_numpy(),
        [ellipsis(literal(name), LABEL_WIDTH) for name in names],
    )


def volcano_heights(view: PlotView) -> tuple[np.ndarray, float, np.ndarray]:
    """-log10 q of the view's regions cut at the top of the axis, that top, and which of them lie beyond it."""
    with np.errstate(divide="ignore"):
        height = -np.log10(view.regions["qvalue"].to_numpy(float))
    top = volcano_top(height[view.regions["drawn"].to_numpy()])
    return np.minimum(height, top), top, height > top


def volcano_top(height: np.ndarray) -> float:
    """Where the volcano's axis ends: a few regions of extreme q-value must not flatten all the others.

    Parameters
    ----------
    height : ndarray
        -log10 q of the significant regions; infinite where q is 0.
    """
    height = np.minimum(height[~np.isnan(height)], MAX_MINUS_LOG10_Q)
    if height.size == 0:
        return MAX_MINUS_LOG10_Q
    usual = float(np.quantile(height, VOLCANO_QUANTILE))
    ceiling = float(np.ceil(VOLCANO_HEADROOM * usual))
    return ceiling if height.max() > VOLCANO_HEADROOM * ceiling and ceiling > 10 else MAX_MINUS_LOG10_Q


def chromosome_distribution(view: PlotView) -> Any:
    """Significant regions per chromosome, in karyotype order."""
    import plotnine as p9

    if view.significant.empty:
        message = f"No region with {view.cut.rule}"
        return nothing_to_draw(view, "Significant regions by chromosome", message)
    bars = chromosome_counts(view)
    shown = list(bars["chrom"].cat.categories)
    plot = (
        p9.ggplot(bars, p9.aes("chrom", "regions", fill="status"))
        + p9.geom_col(width=0.8)
        + view.fill_scale(only_significant=True)
        + p9.scale_x_discrete(limits=shown, drop=False, labels=[name.removeprefix("chr") for name in shown])
        + p9.scale_y_continuous(expand=(0, 0, 0.05, 0), breaks=integer_breaks, labels=thousands)
        + p9.labs(
            title=view.title("Significant regions by chromosome"),
            x="Chromosome",
            y=f"Regions with {view.cut.rule}",
        )
    )
    return _finish(plot, view, width=9.5)


def chromosome_counts(view: PlotView) -> pd.DataFrame:
    """Significant regions per chromosome and status.

    Counted here and not by the plotting library: plotnine 0.12 draws bars in the colour of missing values when a
    chromosome on the axis has no region.

    Returns
    -------
    DataFrame
        ``chrom`` (categorical, in karyotype order: every autosome, others where a region was tested), ``status``,
        ``regions``; only combinations that occur.
    """
    tested = set(view.regions["chrom"])
    shown = [name for name in view.assembly.display_order if name in view.assembly.autosomes or name in tested]
    significant = view.significant
    pairs = pd.DataFrame({"chrom": significant["chrom"].astype(str), "status": significant["status"].astype(str)})
    counts = pairs.value_counts(sort=False).rename("regions").reset_index()
    statuses = [name for name in view.regions["status"].cat.categories if name in set(counts["status"])]
    counts = counts[counts["chrom"].isin(shown)]
    return counts.assign(
        chrom=pd.Categorical(counts["chrom"], categories=shown),
        status=pd.Categorical(counts["status"], categories=statuses),
    )


def region_size_distribution(view: PlotView) -> Any:
    """Sizes of all tested regions, significant ones coloured."""
    import plotnine as p9

    if view.regions.empty:
        return nothing_to_draw(view, "Region sizes", "No regions")
    bars, width = size_counts(view)
    plot = (
        p9.ggplot(bars, p9.aes("size", "regions", fill="status"))
        + p9.geom_col(width=width)
        + view.fill_scale()
        + p9.scale_x_log10(labels=thousands)
        + p9.scale_y_continuous(expand=(0, 0, 0.05, 0), breaks=integer_breaks, labels=thousands)
        + p9.labs(title=view.title("Region sizes"), x="Region size (bp, log scale)", y="Regions")
    )
    return _finish(plot, view)


def size_counts(view: PlotView) -> tuple[pd.DataFrame, float]:
    """Regions per size and status, counted here: plotnine takes half a second to count 300,000.

    Returns
    -------
    bars : DataFrame
        ``size`` (middle of the bar, bp), ``status``, ``regions`` (0 where there are none); `SIZE_BINS` bars of equal
        width from the smallest region to the largest.
    width : float
        Of a bar, in log10(bp).
    """
    # A region of no length, which only min_region_size=0 leaves, has no logarithm: it stands at the left end.
    size = np.log10(np.maximum(view.regions["region_size"].to_numpy(float), 1.0))
    low, high = _range(size)
    edges = np.linspace(low, high, SIZE_BINS + 1)
    statuses = view.regions["status"]
    counts = {name: np.histogram(size[(statuses == name).to_numpy()], edges)[0] for name in statuses.cat.categories}
    middle = 10 ** ((edges[:-1] + edges[1:]) / 2)
    bars = pd.concat([pd.DataFrame({"size": middle, "status": name, "regions": counts[name]}) for name in counts])
    bars["status"] = pd.Categorical(bars["status"], categories=statuses.cat.categories)
    return bars, float(edges[1] - edges[0])


def ma_plot(view: PlotView) -> Any:
    """Level against effect: mean counts for peaks, mean methylation for DMRs."""
    import plotnine as p9

    level, what, axis = ma_levels(view)
    if view.regions.empty:
        return nothing_to_draw(view, what, "No regions")
    effect = view.regions[view.analysis.effect]
    plot = (
        p9.ggplot(legend_keys(view, "level", "effect"), p9.aes("level", "effect", color="status"))
        + p9.geom_hline(yintercept=0, color="#999999", size=0.4)
        + p9.geom_point(alpha=0, stroke=0)
        + view.color_scale()
        + p9.scale_x_continuous(limits=_range(level))
        + p9.scale_y_continuous(limits=_range(effect.to_numpy(float)))
        + p9.labs(title=view.title(what), x=axis, y=view.effect_axis())
    )
    return with_points(_finish(plot, view), view, pd.Series(level, index=view.regions.index), effect, zorder=2)


def ma_levels(view: PlotView) -> tuple[np.ndarray, str, str]:
    """Level of each of the view's regions, what the plot is called, and the title of its axis."""
    if view.analysis.is_dmr:
        level = (view.regions["mean_methylation_a"].to_numpy() + view.regions["mean_methylation_b"].to_numpy()) / 2
        return level, "Methylation level and difference", "Mean methylation of the two groups (0 to 1)"
    return mean_log2_count(view.regions), "MA plot", "Mean normalised count (log2, both groups)"


REGION_PLOTS = {
    VOLCANO: volcano_plot,
    CHROMOSOMES: chromosome_distribution,
    SIZES: region_size_distribution,
    MA: ma_plot,
}


def _range(values: np.ndarray) -> tuple[float, float]:
    """From the least to the greatest; a range of some width where that has none."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def legend_keys(view: PlotView, x: str, y: str) -> pd.DataFrame:
    """One row for each status: plotnine makes the legend from them, the points are drawn by `with_points`."""
    status = pd.Categorical(view.legend_order, categories=view.regions["status"].cat.categories)
    return pd.DataFrame({x: 0.0, y: 0.0, "status": status})


def with_points(plot: Any, view: PlotView, x: pd.Series, y: pd.Series, zorder: float) -> Any:
    """The figure of a plot with the regions on it: the significant ones last, every one of them.

    Drawn past plotnine, which makes several objects of every point: half a minute for 300,000 of them.
    """
    from ...common.plotting.points import PixelPoints

    figure = plot.draw()
    status = view.regions["status"].to_numpy()
    drawn = view.regions["drawn"].to_numpy()
    for significant in (False, True):
        for name in view.regions["status"].cat.categories:
            chosen = (status == name) & (drawn == significant)
            if chosen.any():
                PixelPoints(
                    x.to_numpy(float)[chosen],
                    y.to_numpy(float)[chosen],
                    color=view.colors[name],
                    diameter=POINT_DIAMETER if len(view.regions) < FEW_REGIONS else SMALL_POINT_DIAMETER,
                    alpha=0.65,
                    zorder=zorder,
                    once=not significant,
                ).add_to(figure.axes[0])
    return figure


def _finish(plot: Any, view: PlotView, note: str = "", *, width: float = WIDTH) -> Any:
    import plotnine as p9

    return (
        plot
        + p9.labs(caption=caption(view.simulated, note), color="", fill="")
        + prism_theme(width=width, height=HEIGHT)
    )


def nothing_to_draw(view: PlotView, what: str, message: str) -> Any:
    """A plot that says that there is nothing to draw: an empty result is a result."""
    import plotnine as p9

    return (
        p9.ggplot(pd.DataFrame({"x": [0.0], "y": [0.0]}), p9.aes("x", "y"))
        + p9.annotate("text", x=0, y=0, label=message, size=14)
        + p9.labs(title=view.title(what), caption=caption(view.simulated))
        + p9.theme_void()
        + p9.theme(figure_size=(WIDTH, HEIGHT), plot_title=p9.element_text(size=12, lineheight=1.35))
    )
