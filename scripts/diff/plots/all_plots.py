"""Step 3: every plot of a comparison, as PNG and SVG."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

from ...common.console import announce_simulation, headline, say, verify
from ...common.files.writing import mark_simulated, prepare_folder
from ...common.plotting.drawing import Plot, save_plots
from ...common.results import refuse_shared_folder, require_flag, require_number
from ..annotate.top_genes import top_genes
from ..another_cut import recut
from ..diff_result import DiffResult
from ..outputs import CORRELATION, GENOME, PCA
from .genome_plot import genome_profile
from .region_plots import REGION_PLOTS
from .sample_plots import plot_sample_correlation, plot_sample_pca
from .view import PlotView


def generate_all_plots(
    results: MutableMapping[str, Any],
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    qvalue_threshold: float | None = None,
    annotate: bool = True,
) -> dict[str, list[Path]]:
    """Draw every plot as PNG (300 dpi) and SVG.

    Volcano, chromosomes, region sizes, MA and the effect along the genome for every analysis; sample correlation and
    principal components where the result holds counts, which a methylation result does not.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow`, or its pickle.
    output_dir : path
        Where the files go.
    qvalue_threshold : float, optional
        Below which a region is drawn as significant; 0.05, or that of `recut`, when not given. Another one is another
        cut, as in `export_all`.
    annotate : bool
        Whether to ask UCSC for the genes that the volcano names; about a minute on the public service, kept in
        `results` for the export.

    Returns
    -------
    dict
        Plot name -> the files written.
    """
    given, results = results, DiffResult.of(results)
    if qvalue_threshold is not None:
        wanted = "a number above 0 and up to 1, such as 0.05"
        threshold = require_number("qvalue_threshold", qvalue_threshold, wanted, above=0, most=1)
        results = results if threshold == results.cut.qvalue else recut(results, threshold)
    require_flag("annotate", annotate)
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, "differential regions")
    headline("Plots")
    # Kept with what the caller holds, for the export.
    genes = top_genes(given, annotate=annotate)
    view = PlotView.of(results, genes)
    announce_simulation(view.simulated)
    mark_simulated(folder, view.simulated)
    drawings = {**REGION_PLOTS, GENOME: genome_profile}
    plots: list[Plot] = [(name, partial(draw, view)) for name, draw in drawings.items()]
    counts = results.get("counts")
    if counts is not None and len(counts) > 1 and counts.shape[1] > 1:
        plots.append((CORRELATION, partial(plot_sample_correlation, results, view.label_a, view.label_b)))
        plots.append((PCA, partial(plot_sample_pca, results, view.label_a, view.label_b)))
    else:
        say("  No sample_correlation and sample_pca: this result holds no counts per experiment to compare.")
    saved = save_plots(plots, folder)
    verify("✓ All visualizations generated successfully!")
    return saved
