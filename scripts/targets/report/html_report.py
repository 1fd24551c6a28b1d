"""The report as one HTML file: the text of the Markdown report, plots to hover over, a table to sort and search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ...chipatlas.assemblies import get_assembly
from ...chipatlas.browser_links import GENES_NOTE, link_targets
from ...common.reporting.html.escape import escape
from ...common.reporting.html.page import Section, Tile, page, without_scripts
from ...common.reporting.html.part_sections import part_sections
from ...common.reporting.html.pictures import gallery
from ...common.reporting.html.scatter import MAX_POINTS, Cloud, legend, scatter, thinned
from ...common.reporting.html.sections import to_html
from ...common.reporting.html.tables import MAX_ROWS, Column, browsable, digits, rows_statement
from ...common.reporting.parts import Parts
from ...common.text import plural
from .. import outputs
from ..plots.in_words import plots_in_words
from ..plots.string_plot import STRING_LEVELS
from ..plots.text import AVERAGE_SCORE, RATE_COLORS, rate_classes
from ..targets_result import TargetsResult
from .html_heatmap import heatmap
from .summary import CAVEATS, EXPRESSION, HOT_LOCI, next_heading, report_sections, report_title, top_heading

#: What the plots of step 3 show, for those who cannot see them.
PICTURES = {
    outputs.TOP_TARGETS_PLOT: "Average score of the top genes, coloured by the share of experiments that bind them.",
    outputs.DISTRIBUTION_PLOT: "How the average scores of all bound genes are distributed, by band.",
    outputs.HEATMAP_PLOT: "Scores of the top genes in single experiments, grouped by cell type.",
    outputs.STRING_PLOT: "Binding against an independent line of evidence.",
    outputs.SPECIFICITY_PLOT: "Binding against how far a gene's rank is this factor's own; hot loci stand out.",
    outputs.EXPRESSION_PLOT: "Binding against change of expression.",
}
_ORDERS = {"average": "average score", "specificity": "specificity"}
#: Around the points: the palest colour would be lost on a light page.
_OUTLINE = "#7f8ea3"


def html_report(results: TargetsResult, files: Sequence[str], exported_at: str, folder: Path, parts: Parts) -> str:
    """Write the report as a page that needs no network and no other file.

    Parameters
    ----------
    results : TargetsResult
        What `run_target_genes_workflow` returned.
    files : sequence of str
        Names of the files beside the report.
    exported_at : str
        Time of the export, ISO 8601.
    folder : Path
        Where the plots of step 3 are, if they were made.
    parts : Parts
        Further analyses, a tab each.

    Returns
    -------
    str
        HTML.
    """
    parameters, targets = results["parameters"], results["target_genes"]
    written = report_sections(results, files, exported_at)
    rendered = {heading: to_html(body, heading) for heading, body in written.items()}
    static = "".join(rendered.pop(heading) for heading in (top_heading(targets), next_heading(targets)))
    sections = [
        Section(CAVEATS, rendered.pop(CAVEATS)),
        Section(HOT_LOCI, rendered.pop(HOT_LOCI)),
        Section(
            "Target genes",
            _genes(targets, parameters.get("rank_by", "average"))
            + without_scripts(static)
            + f'<p class="quiet">{GENES_NOTE}</p>',
        ),
        Section("Explore the genes", _plots(targets)),
        Section("Scores by experiment", heatmap(results["experiment_data"], hot_genes(targets))),
        Section(EXPRESSION, rendered.pop(EXPRESSION)),
        Section("Pictures", gallery(folder, files, PICTURES, plots_in_words(results))),
        *part_sections(parts, folder, escape, of_regions=False),
        *(Section(heading, html) for heading, html in rendered.items()),
    ]
    return page(
        report_title(results),
        f"{get_assembly(parameters['genome']).organism}. Table retrieved {results['provenance']['retrieved_at'][:10]}, "
        f"exported {exported_at[:10]}.",
        _tiles(results),
        sections,
        link_targets(parameters["genome"], "gene"),
        simulated=bool(results["provenance"].get("simulated")),
    )


def _tiles(results: TargetsResult) -> list[Tile]:
    with_string = int((results.target_genes["string_score"] > 0).sum())
    return [
        *(Tile(*number) for number in results.headline()),
        Tile(f"{with_string:,}", "reported genes with a STRING score"),
    ]


def _genes(targets: pd.DataFrame, rank_by: str) -> str:
    shown = targets.head(MAX_ROWS)
    bound = zip(shown["num_bound"], shown["num_experiments"], strict=True)
    columns = [
        Column("rank", [str(number) for number in range(1, len(shown) + 1)], "number"),
        Column("gene", shown["gene"].astype(str).tolist(), "locus"),
        Column("avg score", digits(shown["avg_score"], ".1f"), "number"),
        Column("binding rate (%)", digits(100 * shown["binding_rate"], ".1f"), "number"),
        Column("bound / used", [f"{n}/{total}" for n, total in bound]),
        Column("max score", shown["max_score"].astype(str).tolist(), "number"),
        Column("STRING", shown["string_score"].astype(str).tolist(), "number"),
        Column("avg where bound", digits(shown["avg_score_bound"], ".1f"), "number"),
        Column("cell-balanced", digits(shown["cell_balanced_score"], ".1f"), "number"),
        Column("co-located group", shown["colocated_group"].tolist()),
        *_hot_columns(shown),
    ]
    order = _ORDERS[rank_by]
    if "unit_avg_score" in shown:
        order = order if rank_by == "specificity" else "average over studies"
        votes = zip(shown["num_bound_units"], shown["num_units"], strict=True)
        columns += [
            Column("unit avg", digits(shown["unit_avg_score"], ".1f"), "number"),
            Column("units bound / used", [f"{n}/{total}" for n, total in votes]),
        ]
    statement = rows_statement(len(shown), len(targets), "genes", outputs.ALL_CSV)
    return f"<p>{statement}</p>" + browsable("genes-table", f"Genes in order of {order}", columns)


def _hot_columns(shown: pd.DataFrame) -> list[Column]:
    if "is_hot" not in shown:
        return []
    control = shown["control_share"]
    return [
        Column("hot", ["hot" if hot else "" for hot in shown["is_hot"]]),
        Column("hot share", digits(shown["hot_share"], ".2f"), "number"),
        *([] if control.isna().all() else [Column("control share", digits(control, ".2f"), "number")]),
        Column("specificity", digits(shown["specificity"], ".1f"), "number"),
        Column("specific rank", shown["specific_rank"].astype(str).tolist(), "number"),
    ]


def hot_genes(targets: pd.DataFrame) -> set[str]:
    """Genes to mark; none without a background."""
    return set(targets.loc[targets["is_hot"], "gene"]) if "is_hot" in targets else set()


def _plots(targets: pd.DataFrame) -> str:
    drawn = thinned(np.ones(len(targets), dtype=bool))
    shown = targets.iloc[drawn]
    keys = {name: str(number) for number, name in enumerate(RATE_COLORS)}
    with_string = bool((targets["string_score"] > 0).any())
    points = {
        "place": shown["gene"].astype(str).tolist(),
        "status": [keys[name] for name in rate_classes(shown["binding_rate"])],
        "score": shown["avg_score"].to_numpy(np.float32),
        "rate": (100 * shown["binding_rate"]).to_numpy(np.float32),
        "best": shown["max_score"].to_numpy(np.float32),
        **({"string": shown["string_score"].to_numpy(np.float32)} if with_string else {}),
    }
    hover = [("gene", "place"), ("average score", "score{%.1f}"), ("binding rate %", "rate{%.1f}")]
    hover += [("max score", "best{%.0f}"), *([("STRING", "string{%.0f}")] if with_string else [])]
    if "is_hot" in shown:
        points |= {name: shown[name].to_numpy(np.float32) for name in ("specificity", "hot_share")}
        hover += [("specificity", "specificity{%.1f}"), ("hot share", "hot_share{%.2f}")]
    clouds = [Cloud("rate", "score", "Binding rate (% of experiments with a peak)", AVERAGE_SCORE)]
    if with_string:
        clouds.append(Cloud("string", "score", "STRING score (0 = none known)", AVERAGE_SCORE, STRING_LEVELS))
    if "is_hot" in shown:
        clouds.append(Cloud("specificity", "score", "Specificity (robust z against other factors)", AVERAGE_SCORE))
    legends = {f"Bound in {name}": color for name, color in RATE_COLORS.items()}
    statement = (
        f"{plural(len(targets), 'gene')} drawn: all of the table."
        if len(drawn) == len(targets)
        else f"Drawn: {len(drawn):,} of {len(targets):,} genes (the first {MAX_POINTS // 2:,}, the rest at even "
        f"distances). All are in <code>{outputs.ALL_CSV}</code>."
    )
    dashed = " Dashed: STRING 400 (medium) and 700 (high confidence)." if with_string else ""
    return (
        "<p>Drag to zoom, hover for numbers, click for links.</p>"
        + legend(legends, _OUTLINE)
        + scatter("clouds", clouds, points, {key: RATE_COLORS[name] for name, key in keys.items()}, hover, _OUTLINE)
        + f'<p class="quiet">{statement}{dashed}</p>'
    )
