"""Step 3: the four plots, and those of further evidence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...common.console import announce_simulation, headline, verify
from ...common.errors import InputError
from ...common.files.writing import mark_simulated, prepare_folder, remove_outputs
from ...common.plotting.drawing import Plot, save_plots
from ...common.results import refuse_shared_folder
from .. import outputs
from ..ranking.filter_targets import check_top_n
from ..targets_result import TargetsResult


def generate_all_plots(
    results: Mapping[str, Any], output_dir: str | os.PathLike[str] = "target_genes_results", top_n: int = 25
) -> dict[str, list[Path]]:
    """Draw the four plots as PNG (300 dpi) and SVG; one more with expression data, and one with a background.

    Parameters
    ----------
    results : TargetsResult, or dict
        What `run_target_genes_workflow` returned, or its pickle.
    output_dir : path
        Folder to write to; files of the same names are replaced.
    top_n : int
        Genes in the bar plot and the heatmap.

    Returns
    -------
    dict
        Plot name -> files written.

    Raises
    ------
    InputError
        `results` is something else, or `top_n` is below 1.
    OutputError
        The folder cannot be written.
    """
    results = TargetsResult.of(results)
    shown = check_plotted_genes(top_n)
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, "target genes")
    from .bar_plots import plot_score_distribution, plot_top_targets
    from .expression_plot import plot_binding_vs_expression
    from .heatmap import plot_heatmap
    from .specificity_plot import plot_specificity
    from .string_plot import plot_string_vs_binding

    headline(f"Plotting into {folder}")
    simulated = bool(results["provenance"].get("simulated"))
    mark_simulated(folder, simulated)
    plots: list[Plot] = [
        (outputs.TOP_TARGETS_PLOT, lambda: plot_top_targets(results, shown)),
        (outputs.DISTRIBUTION_PLOT, lambda: plot_score_distribution(results)),
        (outputs.HEATMAP_PLOT, lambda: plot_heatmap(results, shown)),
        (outputs.STRING_PLOT, lambda: plot_string_vs_binding(results)),
    ]
    remove_outputs(folder, outputs.EXPRESSION_PLOT_FILES + outputs.SPECIFICITY_PLOT_FILES)
    if "expression" in results:
        evidence = results["expression"]
        plots.append((outputs.EXPRESSION_PLOT, lambda: plot_binding_vs_expression(results, **evidence)))
    if "background" in results:
        plots.append((outputs.SPECIFICITY_PLOT, lambda: plot_specificity(results)))
    saved = save_plots(plots, folder)
    announce_simulation(simulated)
    verify("✓ All visualizations generated successfully!")
    return saved


def check_plotted_genes(top_n: object) -> int:
    """A number of genes to draw, 1 or more."""
    shown = check_top_n(top_n)
    if shown is None:
        raise InputError("top_n is None; give the number of genes to draw, such as 25.")
    return shown
