"""The summary report: what was asked, what was found, and what keeps it from being more than that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ...chipatlas.antigens import no_factor
from ...common.reporting import citations
from ...common.reporting.markdown import bullets, cell, code, document, file_list, table
from ...common.reporting.parts import Parts, with_further
from ...common.text import plural
from ..background.report import background_section, in_ranking
from ..expression.report import expression_section
from ..table.colocation import MIN_BOUND
from ..table.scores import SCORE_BANDS, band_label
from ..targets_result import TargetsResult

#: Headings of sections that the HTML report shows at another place.
CAVEATS, EXPRESSION, HOT_LOCI = "Caveats", "Expression evidence", "Hot loci and specificity"
TOP = 10
SHOWN_CELL_TYPES = 15
SHOWN_GROUPS = 20
#: Over fewer experiments than this a binding rate moves by more than a tenth with each of them.
FEW_EXPERIMENTS = 10
#: From this share of all experiments on, one cell type is said to dominate the averages.
DOMINANT_SHARE = 0.2
_RANKING_HEADER = (
    "Rank",
    "Gene",
    "Avg score",
    "Binding rate",
    "Max score",
    "STRING",
    "Avg where bound",
    "Cell-balanced",
    "Co-located group",
)
#: Behind it where experiments of one study and cell type are one vote; the ranking is by the first.
_UNIT_HEADER = ("Unit avg", "Units bound")
_RANKING_NUMBERS = _RANKING_HEADER[:1] + _RANKING_HEADER[2:8]


def summary_report(results: TargetsResult, files: Sequence[str], exported_at: str, parts: Parts) -> str:
    """Write the report of one run as Markdown; every number is that of the tables.

    Parameters as for `report_sections`; further analyses stand after the results of their own.
    """
    sections = with_further(report_sections(results, files, exported_at), parts.sections, CAVEATS)
    return document(report_title(results), sections, simulated=bool(results["provenance"].get("simulated")))


def report_title(results: TargetsResult) -> str:
    """What the report is of, as Markdown."""
    parameters = results["parameters"]
    return f"{results['protein']} target genes ({parameters['genome']}, ±{parameters['distance']} kb of the TSS)"


def report_sections(results: TargetsResult, files: Sequence[str], exported_at: str) -> dict[str, str]:
    """Write the sections, which the Markdown and the HTML report share.

    Parameters
    ----------
    results : TargetsResult
        What `run_target_genes_workflow` returned.
    files : sequence of str
        Names of the files beside the report.
    exported_at : str
        Time of the export, ISO 8601.

    Returns
    -------
    dict
        Heading -> Markdown, in the order of the report; empty where there is nothing to say.
    """
    targets: pd.DataFrame = results["target_genes"]
    parameters, metadata = results["parameters"], results["metadata"]
    return {
        "Parameters": _parameters(parameters),
        "Statistics": _statistics(targets, metadata),
        "Score bands": _bands(metadata),
        top_heading(targets): _ranking(targets.iloc[:TOP], 1),
        next_heading(targets): _ranking(targets.iloc[TOP : 2 * TOP], TOP + 1),
        "Experiment composition": _composition(metadata),
        "Co-located genes": _colocated(targets, metadata),
        HOT_LOCI: background_section(results["background"], targets) if "background" in results else "",
        EXPRESSION: _expression(results),
        CAVEATS: _caveats(results["protein"], metadata, background="background" in results),
        "Next steps": _next_steps(results["protein"], parameters),
        "How to cite": _cite(metadata),
        "Provenance": _provenance(results["provenance"], exported_at),
        "Files": file_list(files),
    }


def top_heading(targets: pd.DataFrame) -> str:
    """Heading of the table of the first genes."""
    return f"Top {min(TOP, len(targets))} target genes"


def next_heading(targets: pd.DataFrame) -> str:
    """Heading of the table of the genes after them, which may hold none."""
    return f"Ranks {TOP + 1} to {min(2 * TOP, len(targets))}"


def binding_rate_text(bound: int, experiments: int) -> str:
    """``66.3% (260/392)``."""
    return f"{100 * bound / max(experiments, 1):.1f}% ({bound}/{experiments})"


def _parameters(parameters: dict[str, Any]) -> str:
    shown = {
        "Protein": parameters["protein"],
        "Genome": parameters["genome"],
        "Window": f"±{parameters['distance']} kb of the TSS",
        "Cell types": ", ".join(parameters["cell_types"]) if parameters["cell_types"] else "all",
        **({"Class of cell types": parameters["cell_type_class"]} if parameters.get("cell_type_class") else {}),
        "Least average score (min_score)": f"{parameters['min_score']:g}",
        "Least binding rate (min_binding_rate)": f"{parameters['min_binding_rate']:g}",
        "Least STRING score (min_string_score)": f"{parameters['min_string_score']:g}",
        "Genes kept at most (top_n)": parameters["top_n"] or "all",
        **({"Ranked by (rank_by)": parameters["rank_by"]} if parameters.get("rank_by", "average") != "average" else {}),
        **({"One vote (unit)": "a study and cell type"} if parameters.get("unit") == "study" else {}),
        "Genes without a peak (include_string_only)": "kept" if parameters["include_string_only"] else "left out",
    }
    return table(("Parameter", "Value"), shown.items())


def _statistics(targets: pd.DataFrame, metadata: dict[str, Any]) -> str:
    consistent = int((targets["binding_rate"] > 0.5).sum())
    rare = int((targets["binding_rate"] < 0.1).sum())
    with_string = targets["string_score"]
    rows = [
        ("Genes in the downloaded table", f"{metadata['n_genes_total']:,}"),
        ("… with a peak in any of its experiments", f"{metadata['n_genes_bound']:,}"),
        ("… with a STRING score and no peak", f"{metadata['n_string_only']:,}"),
        ("Experiments in the downloaded table", f"{metadata['n_experiments_total']:,}"),
        ("Experiments used", f"{metadata['n_experiments']:,}"),
        ("Genes with a peak in an experiment used", f"{metadata['n_genes_bound_used']:,}"),
        ("Cell types used", f"{metadata['unique_cell_types']:,}"),
        ("Genes reported", f"{len(targets):,}"),
        ("Average score, highest", f"{targets['avg_score'].max():.1f}"),
        ("Average score, median", f"{targets['avg_score'].median():.1f}"),
        ("Average score, lowest", f"{targets['avg_score'].min():.1f}"),
        ("Bound in more than 50% of experiments", f"{consistent:,}"),
        ("Bound in fewer than 10% of experiments", f"{rare:,}"),
        ("With a STRING score", f"{int((with_string > 0).sum()):,}"),
        ("With STRING above 400 (medium confidence)", f"{int((with_string > 400).sum()):,}"),
        ("With STRING above 700 (high confidence)", f"{int((with_string > 700).sum()):,}"),
    ]
    if "units" in metadata:
        rows.insert(5, ("Units used (one a study and cell type)", f"{metadata['units']['n_units']:,}"))
    steps = metadata["filters"]
    parts = [table(("Quantity", "Value"), rows, ("Value",))]
    if steps:
        rows_of_steps = [(step["filter"], f"{step['before']:,}", f"{step['after']:,}") for step in steps]
        parts.append(
            "Filters in the order they were applied:\n\n"
            + table(("Filter", "Genes before", "Genes after"), rows_of_steps, ("Genes before", "Genes after"))
        )
    if "units" in metadata:
        parts.append(cell(metadata["units"]["statement"]))
    if metadata["notes"]:
        parts.append("Notes on the downloaded table:\n\n" + bullets(cell(note) for note in metadata["notes"]))
    return "\n\n".join(parts)


def _bands(metadata: dict[str, Any]) -> str:
    reported, everything = metadata["score_bands"], metadata["score_bands_all"]
    rows = [(band_label(name), f"{reported[name]:,}", f"{everything[name]:,}") for _, name in SCORE_BANDS]
    header = ("Average score", "Genes reported", "All bound genes")
    return (
        table(header, rows, header[1:])
        + "\n\nThe score is −10·log10(Q) of MACS2. The limits are those of a single experiment (50 is Q = 1e-5, 500 is "
        "Q = 1e-50); the average also counts experiments without a peak, as 0, so it measures consensus and not the "
        "Q-value of any one experiment."
    )


def _ranking(rows: pd.DataFrame, first_rank: int) -> str:
    if not len(rows):
        return ""
    rates = [binding_rate_text(*pair) for pair in zip(rows["num_bound"], rows["num_experiments"], strict=True)]
    cells = zip(
        range(first_rank, first_rank + len(rows)),
        rows["gene"],
        rows["avg_score"].map("{:.1f}".format),
        rates,
        rows["max_score"],
        rows["string_score"],
        rows["avg_score_bound"].map("{:.1f}".format),
        rows["cell_balanced_score"].map("{:.1f}".format),
        rows["colocated_group"],
        strict=True,
    )
    more = in_ranking(rows)
    if "unit_avg_score" in rows:
        votes = zip(rows["num_bound_units"], rows["num_units"], strict=True)
        units = (rows["unit_avg_score"].map("{:.1f}".format).tolist(), [binding_rate_text(*pair) for pair in votes])
        more = dict(zip(_UNIT_HEADER, units, strict=True)) | more
    shown = (
        [(*row, *added) for row, added in zip(cells, zip(*more.values(), strict=True), strict=True)] if more else cells
    )
    return table((*_RANKING_HEADER, *more), shown, (*_RANKING_NUMBERS, *more))


def _composition(metadata: dict[str, Any]) -> str:
    counts, total = metadata["experiments_per_cell_type"], metadata["n_experiments"]
    shown = list(counts.items())[:SHOWN_CELL_TYPES]
    rows: list[tuple[str, int, str]] = [(name, n, f"{100 * n / total:.1f}%") for name, n in shown]
    rest = total - sum(n for _, n in shown)
    if rest:
        rows.append((f"{plural(len(counts) - len(shown), 'other cell type')}", rest, f"{100 * rest / total:.1f}%"))
    first, most = next(iter(counts.items()))
    bias = (
        f"{cell(first)} alone gives {100 * most / total:.1f}% of the experiments: its targets weigh most."
        if most / total >= DOMINANT_SHARE and len(counts) > 1
        else "No cell type gives a fifth of the experiments, yet their numbers are uneven."
        if len(counts) > 1
        else "All experiments are in one cell type: the ranking says nothing about others."
    )
    heading = f"{plural(total, 'experiment')} in {plural(len(counts), 'cell type')}."
    return f"{heading}\n\n{table(('Cell type', 'Experiments', 'Share'), rows, ('Experiments', 'Share'))}\n\n{bias}"


def _colocated(targets: pd.DataFrame, metadata: dict[str, Any]) -> str:
    info = metadata["colocated_info"]
    judged = (
        f"{plural(info['not_judgeable'], 'reported gene')} bound in fewer than {MIN_BOUND} experiments: not judged."
        if info["not_judgeable"]
        else ""
    )
    if not info["groups"]:
        return f"No two of the reported genes share their scores in {MIN_BOUND} or more experiments. {judged}"
    members = targets[targets["colocated_group"] != ""].groupby("colocated_group", sort=False)["gene"]
    rows = [(name, len(genes), ", ".join(genes)) for name, genes in list(members)[:SHOWN_GROUPS]]
    text = (
        f"{plural(info['genes_affected'], 'gene')} in {plural(info['groups'], 'group')} have the same score in every "
        f"experiment, as genes at one locus do: the {plural(len(targets), 'reported gene')} stand for "
        f"{plural(info['independent_loci'], 'independent locus', 'independent loci')}. {judged}\n\n"
        + table(("Group", "Genes", "Members"), rows, ("Genes",))
    )
    if info["groups"] > SHOWN_GROUPS:
        text += f"\n\n{plural(info['groups'] - SHOWN_GROUPS, 'more group')}: see column `colocated_group` of the CSV."
    return text


def _expression(results: TargetsResult) -> str:
    if "expression" not in results:
        return ""
    return expression_section(results["expression"]["evidence"], results["protein"], results["parameters"]["distance"])


def _caveats(protein: str, metadata: dict[str, Any], *, background: bool) -> str:
    kind = no_factor(protein)
    items = [
        *(
            [
                f"**{cell(protein)} is {kind}.** A score says that its signal is found near the TSS of a gene, as it "
                "is at most active genes; it names no regulator, and *bound* reads *marked* or *accessible* here."
            ]
            if kind
            else []
        ),
        "**Averages include zeros.** A gene without a peak in an experiment counts 0 there; the average is over "
        f"{plural(metadata['n_experiments'], 'experiment')}. Read `max_score` and `binding_rate` beside `avg_score`.",
        *(
            ["**Cell types are unevenly studied.** See *Experiment composition*; `cell_types` narrows to your system."]
            if metadata["unique_cell_types"] > 1
            else []
        ),
        *_shared_loci(metadata["colocated_info"]),
        *(
            [f"**Few experiments.** Binding rates over {plural(metadata['n_experiments'], 'experiment')} are coarse."]
            if metadata["n_experiments"] < FEW_EXPERIMENTS
            else []
        ),
        *(
            [
                "**Hot loci are no targets.** See *Hot loci and specificity* before a gene is called a target of this "
                "factor."
            ]
            if background
            else [
                "**Hot loci were not told apart.** Some genes head the list of almost any antibody. Without a "
                "background (`chip-atlas background build`) nothing here says which of these are this factor's own."
            ]
        ),
        f"**Binding is not regulation.** A peak of {cell(protein)} near a TSS does not show that the gene responds; "
        "that takes expression data after perturbing the factor.",
        "**A STRING score of 0 is no evidence against a target.** STRING's coverage has gaps, also for "
        "well-characterised targets.",
        "**Annotations are external.** Nothing here says what a gene does. Statements about function or pathway come "
        "from elsewhere and should say so; ranks and scores are to be quoted from these tables.",
    ]
    if not metadata["has_string"]:
        items.append("**No STRING data for this factor.** Every STRING score is 0; the binding scores are unaffected.")
    return bullets(items)


def _shared_loci(info: dict[str, int]) -> list[str]:
    """The caveat on co-located genes, or nothing where there is nothing to beware of."""
    parts = []
    if info["groups"]:
        parts.append(
            f"{plural(info['genes_affected'], 'gene')} in {plural(info['groups'], 'group')} share a locus with another "
            "gene; collapse each group before an enrichment test, or one peak counts several times."
        )
    if info["not_judgeable"]:
        few = plural(info["not_judgeable"], "gene")
        parts.append(f"{few} bound in fewer than {MIN_BOUND} experiments could not be judged.")
    return [f"**Co-located genes.** {' '.join(parts)}"] if parts else []


def _next_steps(protein: str, parameters: dict[str, Any]) -> str:
    join = "Join with expression after perturbing the factor (`expression=`): bound and changed is a stronger claim."
    narrowed = bool(parameters["cell_types"] or parameters.get("cell_type_class"))
    rerun = (
        "Rerun with `cell_types=[...]` matching your system, for example "
        + code(f"run_target_genes_workflow({protein!r}, genome={parameters['genome']!r}, cell_types=[...])")
        + "."
    )
    own = no_factor(protein) == ""
    network = (
        "Use the top genes as candidate edges of a network, weighted by `binding_rate`: bound is not yet regulated."
    )
    return bullets(
        [
            "Run peak enrichment on the top genes to find factors that bind with it.",
            *([] if narrowed else [rerun]),
            *([join] if own and not parameters.get("expression") else []),
            "Test the genes for pathway enrichment, one gene per co-located group.",
            *([network] if own else []),
        ]
    )


def _cite(metadata: dict[str, Any]) -> str:
    works = [citations.CHIP_ATLAS_2024, citations.CHIP_ATLAS_2022, citations.CHIP_ATLAS_2018, citations.MACS]
    return bullets(works + ([citations.STRING] if metadata["has_string"] else []))


def _provenance(provenance: dict[str, Any], exported_at: str) -> str:
    rows = [
        ("Table", provenance["url"]),
        ("Size", f"{provenance['bytes']:,} bytes"),
        ("SHA-256", provenance["sha256"]),
        ("Last modified on the server", provenance["last_modified"] or "not told"),
        ("ETag", provenance["etag"] or "not told"),
        ("Retrieved (UTC)", provenance["retrieved_at"]),
        ("Exported (UTC)", exported_at),
        ("Simulated", "yes" if provenance["simulated"] else "no"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())),
    ]
    return table(("Item", "Value"), rows)
