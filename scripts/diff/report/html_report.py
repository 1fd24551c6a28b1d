"""The report as one HTML file: the text of the Markdown report, plots to hover over, tables to sort and search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.assemblies import assembly_of, get_assembly
from ...chipatlas.browser_links import COORDINATES_NOTE, link_regions, link_targets
from ...common.findings import Finding
from ...common.plotting.drawing import COLOR_A, COLOR_B, as_given
from ...common.plotting.letters import isolated
from ...common.reporting.html.escape import escape
from ...common.reporting.html.page import Section, Tile, finding_cards, page, without_scripts
from ...common.reporting.html.part_sections import part_sections
from ...common.reporting.html.pictures import gallery
from ...common.reporting.html.scatter import Cloud, drawn_statement, legend, scatter, thinned
from ...common.reporting.html.sections import to_html
from ...common.reporting.html.tables import MAX_ROWS, Column, browsable, digits, rows_statement
from ...common.reporting.markdown import bullets
from ...common.reporting.parts import Parts
from ...common.text import plural
from .. import outputs
from ..analysis import Analysis, region_names
from ..diff_result import CAUTION, DiffResult
from ..plots.in_words import plots_in_words
from ..plots.region_plots import ma_levels, volcano_heights
from ..plots.view import PlotView
from .regions import remarks, suspects
from .robustness import cut_lines
from .summary import (
    EFFECTS,
    FEATURES_HEADING,
    FINDINGS,
    FIRST_THINGS,
    RESULT,
    TOP_LOCI,
    design_lines,
    report_sections,
    top_heading,
)

#: What the plots of step 3 show, for those who cannot see them.
PICTURES = {
    outputs.VOLCANO: "Volcano plot: effect of every region against its q-value, the best named by their genes.",
    outputs.MA: "MA plot: level of every region against its effect.",
    outputs.CHROMOSOMES: "Significant regions on each chromosome, by direction.",
    outputs.SIZES: "Sizes of the regions after filtering, significant ones coloured.",
    outputs.GENOME: "Effect of every region along the genome, with the median of each stretch; shifted ones in red.",
    outputs.CORRELATION: "Correlation of the experiments' counts with each other.",
    outputs.PCA: "Principal components of the experiments' counts.",
}

#: Drawn by the export where regions get features; shown in their tab.
FEATURE_PICTURES = {
    outputs.FEATURES: "Shares of genomic features among the significant loci of either direction and all tested ones.",
    outputs.CCRES: "Shares of ENCODE's cCREs among the significant loci of either direction and all tested ones.",
}


def html_report(
    results: DiffResult,
    analysis: Analysis,
    tables: dict[str, pd.DataFrame],
    files: Sequence[str],
    folder: Path,
    parts: Parts,
) -> str:
    """Write the report as a page that needs no network and no other file.

    Parameters
    ----------
    results : DiffResult
        From `run_diff_workflow`.
    tables : dict
        File name -> table of regions, as the export writes them.
    files : sequence of str
        Names of the other files in the folder.
    folder : Path
        Where the plots of step 3 are, if they were made.
    parts : Parts
        Further analyses, a tab each.

    Returns
    -------
    str
        HTML.
    """
    parameters = results["parameters"]
    regions, top = tables[outputs.ALL_REGIONS], tables[outputs.TOP_REGIONS]
    assembly = assembly_of(parameters["genome"], regions["chrom"].unique())
    text = link_regions(assembly.name, {*regions["chrom"].unique(), *assembly.chromosomes})
    written = report_sections(results, analysis, tables, files)
    rendered = {heading: to_html(body, heading, text) for heading, body in written.items()}
    major = [item for item in results["qc_warnings"] if item["severity"] == "major"]
    others = [item for item in results["qc_warnings"] if item["severity"] != "major"]
    design = to_html(bullets([*cut_lines(results), *design_lines(results)]), FIRST_THINGS, text)
    heading = top_heading(top)
    sections = [
        # The Markdown report tells major findings twice, here and in a table; the page once, as cards.
        Section(FIRST_THINGS, design + finding_cards(major, text)),
        Section("Further findings" if major else FINDINGS, finding_cards(others, text) or _no_further(major, rendered)),
        Section("Explore the regions", _plots(PlotView.of(results), top)),
        Section("Regions", _regions(regions, top, analysis, results, written[heading], text)),
        *(Section(name, rendered.pop(name)) for name in (TOP_LOCI, RESULT, EFFECTS)),
        Section("Pictures", gallery(folder, files, PICTURES, plots_in_words(results))),
        Section(FEATURES_HEADING, _features(rendered.pop(FEATURES_HEADING), folder, files), FEATURES_HEADING),
        *part_sections(parts, folder, text, of_regions=True),
        *(Section(name, html) for name, html in rendered.items() if name not in (FIRST_THINGS, FINDINGS, heading)),
    ]
    return page(
        f"Differential {'methylation' if analysis.is_dmr else 'peaks'}: "
        f"{isolated(parameters['description_a'])} vs {isolated(parameters['description_b'])}",
        _subtitle(results, analysis),
        _tiles(results),
        sections,
        link_targets(assembly.name, "region"),
        simulated=results["provenance"]["simulated"],
    )


def _no_further(major: Sequence[Finding], rendered: dict[str, str]) -> str:
    """Without any finding, the sentence that says so; nothing below major ones."""
    return "" if major else rendered[FINDINGS]


def _features(written: str, folder: Path, files: Sequence[str]) -> str:
    return written and written + gallery(folder, files, FEATURE_PICTURES)


def _subtitle(results: DiffResult, analysis: Analysis) -> str:
    sizes = results["samples"]["group"].value_counts()
    return (
        f"{get_assembly(results['parameters']['genome']).organism}, {results['parameters']['genome']}. "
        f"{plural(int(sizes.get('A', 0)), 'experiment')} vs {int(sizes.get('B', 0))}, {analysis.name}, computed "
        f"{results['provenance']['finished_at'][:10]}."
    )


def _tiles(results: DiffResult) -> list[Tile]:
    major = sum(item.severity == "major" for item in results.findings())
    colors = ("", COLOR_A, COLOR_B, "", "")
    return [
        *(Tile(*number, color) for number, color in zip(results.headline(), colors, strict=True)),
        Tile(f"{major:,}", "major finding" if major == 1 else "major findings", "var(--major)" if major else ""),
    ]


def _plots(view: PlotView, top: pd.DataFrame) -> str:
    if view.regions.empty:
        return "<p>There is no region to draw.</p>"
    height, ceiling, beyond = volcano_heights(view)
    level, level_name, level_axis = ma_levels(view)
    # The view draws significant regions last; thinning goes by rank, which is the order of the index.
    rank = np.argsort(view.regions.index.to_numpy(), kind="stable")
    drawn = rank[thinned(view.regions["drawn"].to_numpy()[rank])]
    drawn = drawn[np.argsort(view.regions["drawn"].to_numpy()[drawn], kind="stable")]
    shown = view.regions.iloc[drawn]
    genes = top["nearest_gene"].reindex(shown.index).fillna("")
    analysis = view.analysis
    names = dict(zip(view.regions["status"].cat.categories, ("n", "b", "a"), strict=True))
    points = {
        "place": region_names(shown),
        "status": shown["status"].astype(str).map(names).tolist(),
        "effect": shown[analysis.effect].to_numpy(np.float32),
        "height": height[drawn].astype(np.float32),
        "level": level[drawn].astype(np.float32),
        "q": shown["qvalue"].to_numpy(float),
        "level_a": shown[analysis.level_a].to_numpy(np.float32),
        "level_b": shown[analysis.level_b].to_numpy(np.float32),
        **({"gene": genes.tolist()} if genes.ne("").any() else {}),
    }
    kind = "methylation" if analysis.is_dmr else "count"
    hover = [
        ("region", "place"),
        (analysis.effect, "effect{%.4g}"),
        ("q", "q{%.4g}"),
        (f"mean {kind} A", "level_a{%.4g}"),
        (f"mean {kind} B", "level_b{%.4g}"),
        *([("gene", "gene")] if "gene" in points else []),
    ]
    effect_axis = as_given(view.effect_axis()).replace("\n", " ")
    reach = 1.08 * (float(np.nanmax(np.abs(view.regions[analysis.effect].to_numpy(float)), initial=0)) or 1.0)
    line = float(-np.log10(view.cut.qvalue))
    clouds = [
        Cloud("effect", "height", effect_axis, "−log10 q-value", (0.0,), (line,), (-reach, reach)),
        Cloud("level", "effect", level_axis, effect_axis, (), (0.0,)),
    ]
    significant = view.regions["drawn"].to_numpy()
    notes = [drawn_statement(significant, drawn, "regions", outputs.ALL_REGIONS)]
    if beyond.any():
        notes.append(f"{plural(int(beyond.sum()), 'region')} with q &lt; 1e-{ceiling:.0f} drawn at the top edge.")
    undrawable = int((~np.isfinite(height[drawn]) | ~np.isfinite(points["effect"])).sum())
    if undrawable:
        notes.append(f"{plural(undrawable, 'region')} without a q-value or an effect cannot be placed.")
    if "gene" in points:
        notes.append("Genes: those within 5 kb of the first 50 regions.")
    colors = {as_given(name): color for name, color in view.colors.items()}
    return (
        f"<p>Volcano plot and {escape(level_name if level_name.startswith('MA') else level_name.lower())}. "
        "Drag to zoom, hover for numbers, click for links; a region chosen in one plot is marked in both.</p>"
        f"{legend({as_given(name): colors[as_given(name)] for name in view.legend_order})}"
        + scatter(
            "clouds",
            clouds,
            points,
            {key: view.colors[name] for name, key in names.items()},
            hover,
        )
        + f'<p class="quiet">{" ".join(notes)}</p>'
    )


def _regions(
    regions: pd.DataFrame,
    top: pd.DataFrame,
    analysis: Analysis,
    results: DiffResult,
    top_section: str,
    text: Any,
) -> str:
    if regions.empty:
        return "<p>No region is left after filtering.</p>"
    parameters = results["parameters"]
    static_table = top_section.partition("\n\n")[0]
    shown = regions.head(MAX_ROWS)
    suspect = suspects(shown, results)
    higher = {"A_enriched": parameters["description_a"], "B_enriched": parameters["description_b"], "unchanged": ""}
    columns = [
        Column("rank", [str(number) for number in range(1, len(shown) + 1)], "number"),
        Column("region", region_names(shown), "locus"),
        # Beside the place, where it is seen without scrolling.
        *([Column("caution", np.where(suspect, CAUTION, "").tolist())] if suspect.any() else []),
        *(_genes(shown, top)),
        *(Column(name, digits(shown[name]), "number") for name in (analysis.effect, "qvalue", "pvalue")),
        Column("higher in", shown["direction"].map(higher).tolist()),
        Column("significant", np.where(shown["significant"], "yes", "no").tolist()),
        *(Column(name, digits(shown[name]), "number") for name in (analysis.level_a, analysis.level_b)),
        Column("size (bp)", shown["region_size"].astype(str).tolist(), "number"),
    ]
    annotated = bool(top["nearest_gene"].ne("").any())
    statement = rows_statement(len(shown), len(regions), "regions", outputs.ALL_REGIONS)
    return (
        f"<p>{statement} Search for a chromosome, a gene, a group.</p>"
        + browsable("regions-table", "Regions in order of q-value", columns)
        + without_scripts(to_html(static_table, top_heading(top), text))
        + f'<div class="quiet">{to_html(remarks(results, annotated, bool(suspect.any())), "Regions", text)}'
        f"<p>{COORDINATES_NOTE}</p></div>"
    )


def _genes(shown: pd.DataFrame, top: pd.DataFrame) -> list[Column]:
    columns = []
    if top["nearest_gene"].ne("").any():
        columns.append(Column("gene within 5 kb", top["nearest_gene"].reindex(shown.index).fillna("").tolist()))
    if "tss_gene" in shown:
        distance = shown["tss_distance"].to_numpy(float, na_value=np.nan)
        columns.append(Column("nearest TSS", shown["tss_gene"].fillna("").tolist()))
        columns.append(Column("to TSS (bp)", digits(distance, ".0f"), "number"))
    if "feature" in shown:
        distance = shown["distance_to_tss"].to_numpy(float, na_value=np.nan)
        columns.append(Column("feature", shown["feature"].tolist()))
        columns.append(Column("gene of the feature", shown["feature_gene"].fillna("").tolist()))
        columns.append(Column("to TSS (bp)", digits(distance, ".0f"), "number"))
    if "ccre" in shown:
        columns.append(Column("cCRE", shown["ccre"].fillna("").tolist()))
    return columns
