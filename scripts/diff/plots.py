"""Step 3: every plot of a comparison, saved; and the plots of its regions, for peaks and for methylation."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.diff.analysis import QVALUE_THRESHOLD, Analysis, analysis_of
from scripts.diff.outputs import CHROMOSOMES, CORRELATION, MA, PCA, SIZES, VOLCANO, check_results
from scripts.diff.qc_checks import mean_log2_count
from scripts.diff.sample_plots import plot_sample_correlation, plot_sample_pca
from scripts.diff.top_genes import top_genes
from scripts.shared.console import announce_simulation, headline, say, verify
from scripts.shared.files import mark_simulated, prepare_folder
from scripts.shared.genomes import get_assembly
from scripts.shared.labels import label_layers
from scripts.shared.plotting import DIRECTION_COLORS, Plot, caption, integer_breaks, prism_theme, save_plots, thousands
from scripts.shared.results import require_flag, require_number
from scripts.shared.text import ellipsis, plural

#: A q-value of 0 (below what a float can hold) is drawn here.
MAX_MINUS_LOG10_Q = 300.0
#: The volcano's axis ends at twice this quantile of the significant regions, if some lie twice as high again.
VOLCANO_QUANTILE = 0.9
VOLCANO_HEADROOM = 2.0
SIZE_BINS = 40
WIDTH, HEIGHT = 7.5, 5.5  # inches
#: Up to here points are drawn larger.
FEW_REGIONS = 2000
#: Characters of a group's label that a plot shows, and that fit into one line of an axis title and of the legend.
LABEL_WIDTH = 24
LABELLED_GENES = 10
ONE_LINE_AXIS = 44
ONE_LINE_LEGEND = 85


def generate_all_plots(
    results: dict[str, Any],
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    qvalue_threshold: float = QVALUE_THRESHOLD,
    annotate: bool = True,
) -> dict[str, list[Path]]:
    """Draw every plot as PNG (300 dpi) and SVG.

    Volcano, chromosomes, region sizes and MA for every analysis; sample correlation and principal components where the
    result holds counts, which a methylation result does not.

    Parameters
    ----------
    results : dict
        From `run_diff_workflow`.
    output_dir : path
        Where the files go.
    qvalue_threshold : float
        Below which a region is drawn as significant.
    annotate : bool
        Whether to ask UCSC for the genes that the volcano names; about a minute on the public service, kept in
        `results` for the export.

    Returns
    -------
    dict
        Plot name -> the files written.
    """
    check_results(results)
    threshold = require_number("qvalue_threshold", qvalue_threshold, "a number above 0, such as 0.05", above=0)
    require_flag("annotate", annotate)
    folder = prepare_folder(output_dir)
    headline("Plots")
    genes = top_genes(results, annotate=annotate)
    view = PlotView.of(results, threshold, genes)
    announce_simulation(view.simulated)
    mark_simulated(folder, view.simulated)
    plots: list[Plot] = [(name, partial(draw, view)) for name, draw in REGION_PLOTS.items()]
    counts = results.get("counts")
    if counts is not None and len(counts) > 1 and counts.shape[1] > 1:
        plots.append((CORRELATION, partial(plot_sample_correlation, results, view.label_a, view.label_b)))
        plots.append((PCA, partial(plot_sample_pca, results, view.label_a, view.label_b)))
    else:
        say("  No sample_correlation and sample_pca: this result holds no counts per experiment to compare.")
    saved = save_plots(plots, folder)
    verify("✓ All visualizations generated successfully!")
    return saved


class PlotView:
    """What the plots show: the regions with the status they are coloured by, and the words around them."""

    def __init__(
        self,
        regions: pd.DataFrame,
        *,
        label_a: str,
        label_b: str,
        genome: str,
        threshold: float,
        simulated: bool,
        genes: pd.Series | None = None,
    ) -> None:
        self.analysis: Analysis = analysis_of(regions)
        self.label_a, self.label_b = ellipsis(label_a, LABEL_WIDTH), ellipsis(label_b, LABEL_WIDTH)
        self.assembly = get_assembly(genome)
        self.threshold = threshold
        self.simulated = simulated
        #: Indexed as the first of the regions.
        self.genes = pd.Series(dtype=object) if genes is None else genes
        significant = regions["qvalue"].to_numpy(float) < threshold
        status = np.where(significant, regions["direction"], "unchanged")
        names = self._status_names(status)
        categories = [names[direction] for direction in ("unchanged", "B_enriched", "A_enriched")]
        #: Not-significant regions first, so that the others are drawn over them.
        self.regions = regions.assign(
            status=pd.Categorical([names[direction] for direction in status], categories=categories), drawn=significant
        ).sort_values("drawn", kind="stable")
        self.colors = {names[direction]: color for direction, color in DIRECTION_COLORS.items()}
        self.legend_order = [names[direction] for direction in ("A_enriched", "B_enriched", "unchanged")]

    @classmethod
    def of(cls, results: dict[str, Any], threshold: float, genes: pd.Series | None = None) -> PlotView:
        """From the results of the workflow."""
        parameters = results["parameters"]
        return cls(
            results["diff_regions"],
            label_a=parameters["description_a"],
            label_b=parameters["description_b"],
            genome=parameters["genome"],
            threshold=threshold,
            simulated=results["provenance"]["simulated"],
            genes=genes,
        )

    @property
    def significant(self) -> pd.DataFrame:
        """The regions drawn as significant."""
        return self.regions[self.regions["drawn"]]

    def title(self, what: str) -> str:
        """Two lines: what the plot is, and of what."""
        return f"{what}\n{self.label_a} vs {self.label_b} ({self.assembly.name}, {plural(len(self.regions), 'region')})"

    def effect_axis(self) -> str:
        """The effect with the groups' names in it."""
        name, sign = ("Methylation difference", "−") if self.analysis.is_dmr else ("log2 fold change", "/")
        groups = f"({self.label_a} {sign} {self.label_b})"
        return f"{name}{' ' if len(groups) <= ONE_LINE_AXIS - len(name) else chr(10)}{groups}"

    def color_scale(self) -> Any:
        """The colours of the three statuses, for points."""
        import plotnine as p9

        return p9.scale_color_manual(values=self.colors, limits=self.legend_order, guide=self._legend(size=4, alpha=1))

    def fill_scale(self, *, only_significant: bool = False) -> Any:
        """The same for bars; without the third status where it is not drawn."""
        import plotnine as p9

        limits = self.legend_order[:2] if only_significant else self.legend_order
        return p9.scale_fill_manual(values=self.colors, limits=limits, guide=self._legend())

    def _legend(self, **look: float) -> Any:
        import plotnine as p9

        rows = 1 if sum(map(len, self.legend_order)) <= ONE_LINE_LEGEND else len(self.legend_order)
        return p9.guide_legend(nrow=rows, override_aes=look)

    def _status_names(self, status: np.ndarray) -> dict[str, str]:
        above = "Higher" if not self.analysis.is_dmr else "Methylation higher"
        return {
            "A_enriched": f"{above} in {self.label_a} (n={int((status == 'A_enriched').sum()):,})",
            "B_enriched": f"{above} in {self.label_b} (n={int((status == 'B_enriched').sum()):,})",
            "unchanged": f"q ≥ {self.threshold:g} (n={int((status == 'unchanged').sum()):,})",
        }


def volcano_plot(view: PlotView) -> Any:
    """Effect against significance."""
    import plotnine as p9

    if view.regions.empty:
        return _nothing_to_draw(view, "Volcano plot", "No regions")
    with np.errstate(divide="ignore"):
        height = -np.log10(view.regions["qvalue"].to_numpy(float))
    top = volcano_top(height[view.regions["drawn"].to_numpy()])
    beyond = height > top
    points = view.regions.assign(height=np.minimum(height, top))
    limits = _axis_limits(points, view)
    note = f"{plural(int(beyond.sum()), 'region')} with q < 1e-{top:.0f} drawn at the top edge" if beyond.any() else ""
    plot = (
        p9.ggplot(points, p9.aes(view.analysis.effect, "height", color="status"))
        + p9.geom_hline(yintercept=-np.log10(view.threshold), linetype="dashed", color="#555555", size=0.5)
        + p9.geom_vline(xintercept=0, color="#999999", size=0.4)
        + _points(view)
        + view.color_scale()
        + p9.scale_x_continuous(limits=limits[0], expand=(0, 0))
        + p9.scale_y_continuous(limits=limits[1], expand=(0, 0))
        + p9.labs(title=view.title("Volcano plot"), x=view.effect_axis(), y="−log10 q-value", caption=note)
    )
    for layer in _gene_labels(points, view, limits):
        plot += layer
    return _finish(plot, view, note)


Limits = tuple[tuple[float, float], tuple[float, float]]


def _axis_limits(points: pd.DataFrame, view: PlotView) -> Limits:
    """Symmetric around no effect, with room for names."""
    effect = points[view.analysis.effect].to_numpy(float)
    reach = 1.12 * float(np.nanmax(np.abs(effect), initial=0)) or 1.0
    top = max(float(np.nanmax(points["height"].to_numpy(float), initial=0)), -np.log10(view.threshold))
    return (-reach, reach), (-0.03 * top, 1.06 * top)


def _gene_labels(points: pd.DataFrame, view: PlotView, limits: Limits) -> list[Any]:
    """Names of the top genes; each gene once, at its best region."""
    found = view.genes[view.genes.index.isin(points.index[points["drawn"]])]
    names = found[found != ""].map(lambda text: text.split(" (")[0])
    names = names[~names.duplicated()].head(LABELLED_GENES)
    position = pd.Series(np.arange(len(points)), index=points.index)
    return label_layers(
        points[view.analysis.effect].fillna(0).to_numpy(float),
        points["height"].fillna(0).to_numpy(float),
        *limits,
        position[names.index].to_numpy(),
        [ellipsis(name, LABEL_WIDTH) for name in names],
    )


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
        message = f"No region with q < {view.threshold:g}"
        return _nothing_to_draw(view, "Significant regions by chromosome", message)
    tested = set(view.regions["chrom"])
    shown = [name for name in view.assembly.display_order if name in view.assembly.autosomes or name in tested]
    significant = view.significant
    bars = significant.assign(chrom=pd.Categorical(significant["chrom"], categories=shown))
    plot = (
        p9.ggplot(bars, p9.aes("chrom", fill="status"))
        + p9.geom_bar(width=0.8)
        + view.fill_scale(only_significant=True)
        + p9.scale_x_discrete(limits=shown, drop=False, labels=[name.removeprefix("chr") for name in shown])
        + p9.scale_y_continuous(expand=(0, 0, 0.05, 0), breaks=integer_breaks, labels=thousands)
        + p9.labs(
            title=view.title("Significant regions by chromosome"),
            x="Chromosome",
            y=f"Regions with q < {view.threshold:g}",
        )
    )
    return _finish(plot, view, width=9.5)


def region_size_distribution(view: PlotView) -> Any:
    """Sizes of all tested regions, significant ones coloured."""
    import plotnine as p9

    if view.regions.empty:
        return _nothing_to_draw(view, "Region sizes", "No regions")
    plot = (
        p9.ggplot(view.regions, p9.aes("region_size", fill="status"))
        + p9.geom_histogram(bins=SIZE_BINS)
        + view.fill_scale()
        + p9.scale_x_log10(labels=thousands)
        + p9.scale_y_continuous(expand=(0, 0, 0.05, 0), breaks=integer_breaks, labels=thousands)
        + p9.labs(title=view.title("Region sizes"), x="Region size (bp, log scale)", y="Regions")
    )
    return _finish(plot, view)


def ma_plot(view: PlotView) -> Any:
    """Level against effect: mean counts for peaks, mean methylation for DMRs."""
    import plotnine as p9

    if view.analysis.is_dmr:
        level = (view.regions["mean_methylation_a"].to_numpy() + view.regions["mean_methylation_b"].to_numpy()) / 2
        what, axis = "Methylation level and difference", "Mean methylation of the two groups (0 to 1)"
    else:
        level = mean_log2_count(view.regions)
        what, axis = "MA plot", "Mean normalised count (log2, both groups)"
    if view.regions.empty:
        return _nothing_to_draw(view, what, "No regions")
    plot = (
        p9.ggplot(view.regions.assign(level=level), p9.aes("level", view.analysis.effect, color="status"))
        + p9.geom_hline(yintercept=0, color="#999999", size=0.4)
        + _points(view)
        + view.color_scale()
        + p9.labs(title=view.title(what), x=axis, y=view.effect_axis())
    )
    return _finish(plot, view)


REGION_PLOTS = {
    VOLCANO: volcano_plot,
    CHROMOSOMES: chromosome_distribution,
    SIZES: region_size_distribution,
    MA: ma_plot,
}


def _points(view: PlotView) -> Any:
    import plotnine as p9

    # Rasterised: in the SVG, 300,000 points as paths would be hundreds of megabytes.
    size = 2.4 if len(view.regions) < FEW_REGIONS else 1.3
    return p9.geom_point(size=size, alpha=0.65, stroke=0, raster=True)


def _finish(plot: Any, view: PlotView, note: str = "", *, width: float = WIDTH) -> Any:
    import plotnine as p9

    return (
        plot
        + p9.labs(caption=caption(view.simulated, note), color="", fill="")
        + prism_theme(width=width, height=HEIGHT)
    )


def _nothing_to_draw(view: PlotView, what: str, message: str) -> Any:
    """A plot that says that there is nothing to draw: an empty result is a result."""
    import plotnine as p9

    return (
        p9.ggplot(pd.DataFrame({"x": [0.0], "y": [0.0]}), p9.aes("x", "y"))
        + p9.annotate("text", x=0, y=0, label=message, size=14)
        + p9.labs(title=view.title(what), caption=caption(view.simulated))
        + p9.theme_void()
        + p9.theme(figure_size=(WIDTH, HEIGHT), plot_title=p9.element_text(size=12, lineheight=1.35))
    )
