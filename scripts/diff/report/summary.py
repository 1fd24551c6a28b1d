"""The summary report: what must be known first, then the numbers, then how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ...chipatlas.site.metadata import BISULFITE
from ...chipatlas.wabi.replies import job_time
from ...common.findings import Finding
from ...common.reporting.markdown import bullets, cell, code, document, file_list, table
from ...common.reporting.parts import Parts, with_further
from ...common.text import ellipsis
from ..analysis import Analysis
from ..diff_result import DiffResult
from ..inputs.balance import balance_of
from ..inputs.preflight import shown
from ..outputs import FEATURE_ENRICHMENT, MERGED_REGIONS, RAW_FOLDER, TOP_REGIONS
from ..results.loci import called_counts
from .features import features_section
from .methods import citation_section, method_section, methods_paragraph, origin_of, without_replicates
from .regions import effect_sizes, loci_table, top_table
from .robustness import cut_lines, design_section, normalisation_section, stability_section

#: Headings of sections that the HTML report shows in another way or at another place.
FIRST_THINGS, RESULT, FINDINGS = "Read this first", "Result", "Quality findings"
TOP_LOCI, EFFECTS, FEATURES_HEADING = "Top loci", "Effect sizes", "Genomic features"
READING = "How to read these numbers"
REPORTED_REGIONS = 20
REPORTED_LOCI = 10
#: Of an experiment's title; some authors write a paragraph.
TITLE_CHARACTERS = 200
#: Without replicates, or with groups of other things than replicates, this holds.
GENERIC_DESIGN_CAVEAT = (
    "The test treats all experiments of a group as biological replicates. Where they differ in genotype, tissue, "
    "treatment or study, the result is the average difference, and the differences within a group count as noise."
)

NO_REPLICATE_CAVEAT = (
    "Each group is one experiment: nothing says how much experiments of one condition differ. Read the order of the "
    "regions, not their p- and q-values."
)


def summary_report(
    results: DiffResult,
    analysis: Analysis,
    tables: Mapping[str, pd.DataFrame],
    files: Sequence[str],
    parts: Parts,
) -> str:
    """Write the report as Markdown; parameters as for `report_sections`; further analyses stand after its numbers."""
    sections = with_further(report_sections(results, analysis, tables, files), parts.sections, READING)
    return document(report_title(results, analysis), sections, simulated=results["provenance"]["simulated"])


def report_title(results: DiffResult, analysis: Analysis) -> str:
    """What the report is of, as Markdown."""
    label_a, label_b = _labels(results)
    return f"Differential {'methylation' if analysis.is_dmr else 'peaks'}: {label_a} vs {label_b}"


def report_sections(
    results: DiffResult,
    analysis: Analysis,
    tables: Mapping[str, pd.DataFrame],
    files: Sequence[str],
) -> dict[str, str]:
    """Write the sections, which the Markdown and the HTML report share.

    Parameters
    ----------
    results : DiffResult
        From `run_diff_workflow`.
    tables : mapping
        Name of a CSV file -> table, as the export writes them.
    files : sequence of str
        Names of the other files in the folder.

    Returns
    -------
    dict
        Heading -> Markdown, in the order of the report; empty where there is nothing to say.
    """
    regions = results["diff_regions"]
    significant = regions["significant"]
    top, merged, enrichment = tables[TOP_REGIONS], tables[MERGED_REGIONS], tables.get(FEATURE_ENRICHMENT)
    features = None if enrichment is None else enrichment.attrs.get("source", "gene models")
    return {
        FIRST_THINGS: _first_things(results),
        "Comparison": _comparison(results, analysis),
        "Experiments": _experiments(results),
        "Balance": _balance(results),
        RESULT: _result(results, significant, analysis),
        "Normalisation": normalisation_section(results),
        "Design": design_section(results),
        "Stability": stability_section(results),
        FINDINGS: _findings(results["qc_warnings"]),
        top_heading(top): top_table(top.head(REPORTED_REGIONS), analysis, results),
        TOP_LOCI: loci_table(merged[merged["n_significant"] > 0].head(REPORTED_LOCI), analysis, results),
        FEATURES_HEADING: features_section(enrichment, analysis, results),
        EFFECTS: effect_sizes(regions[significant], analysis, results),
        READING: _reading(results, analysis),
        "How it was computed": method_section(results, analysis),
        "Methods, for a paper": methods_paragraph(results, analysis, features),
        "Files": file_list(files),
        "Suggested next steps": _next_steps(results, files),
        "How to cite": citation_section(results, analysis, features),
        "Provenance": _provenance(results["provenance"]),
    }


def top_heading(top: pd.DataFrame) -> str:
    """Heading of the table of the first regions."""
    return f"Top {min(REPORTED_REGIONS, len(top))} regions"


def _labels(results: DiffResult) -> tuple[str, str]:
    parameters = results["parameters"]
    return cell(parameters["description_a"]), cell(parameters["description_b"])


def _first_things(results: DiffResult) -> str:
    major = [
        f"**{cell(item['issue'])}.** {cell(item['details'])} {cell(item['recommendation'])}"
        for item in results["qc_warnings"]
        if item["severity"] == "major"
    ]
    design = design_lines(results)
    known = results["design_caveats"] or without_replicates(results)
    first = cut_lines(results)
    return bullets([*first, *design, *major] if known else [*first, *major, *design])


def design_lines(results: DiffResult) -> list[str]:
    """What the design of the comparison keeps the numbers from saying, as Markdown; one or more lines."""
    lines = [f"**Design.** {caveat}" for caveat in results["design_caveats"]]
    if without_replicates(results):
        lines.insert(0, f"**No replicates.** {NO_REPLICATE_CAVEAT}")
    elif not lines and not results.get("design"):
        lines.append(f"**Replicates.** {GENERIC_DESIGN_CAVEAT}")
    return lines


def _comparison(results: DiffResult, analysis: Analysis) -> str:
    parameters, samples = results["parameters"], results["samples"]
    rows: list[tuple[str, str]] = []
    for group, label in (("A", parameters["description_a"]), ("B", parameters["description_b"])):
        members = samples.loc[samples["group"] == group, "accession"]
        rows.append((f"Group {group}: {label} (n={len(members)})", ", ".join(members)))
    rows += [
        ("Assembly", parameters["genome"]),
        ("Analysis", f"{analysis.name}: differential {'methylation' if analysis.is_dmr else 'peaks'}"),
        ("GEO series", parameters["series"]),
    ]
    return table(["", "value"], [row for row in rows if row[1]])


def _experiments(results: DiffResult) -> str:
    experiments, parameters = results["experiments"], results["parameters"]
    inputs = _inputs(results["provenance"].get("inputs", []))
    if experiments.empty and inputs:
        return inputs
    if experiments.empty:
        return f"Their metadata could not be looked up: {cell(results['provenance'].get('metadata_unavailable', ''))}"
    header = ["accession", "antigen", "cell type", "title", "reads", "mapped %"]
    has_peaks = (experiments["antigen_class"] != BISULFITE).any()
    if has_peaks:
        header.append("peaks (Q < 1e-5)")
    parts = []
    for group, label in (("A", parameters["description_a"]), ("B", parameters["description_b"])):
        rows = [
            (
                row["accession"]
                if row["accession"] == row["requested"]
                else f"{row['accession']} ({row['requested']})",
                row["antigen"],
                row["cell_type"],
                ellipsis(str(row["title"]), TITLE_CHARACTERS),
                shown(row["reads"], ","),
                shown(row["mapped_percent"], ".1f"),
                *([shown(row["peaks"], ",")] if has_peaks else []),
            )
            for row in experiments[experiments["group"] == group].to_dict("records")
        ]
        parts.append(f"**Group {group}: {cell(label)}**\n\n{table(header, rows, numeric=header[4:])}")
    note = "As ChIP-Atlas's metadata gives them"
    note += "; mapped % above 100 occurs there." if (experiments["mapped_percent"] > 100).any() else "."
    return "\n\n".join([*parts, note, *([inputs] if inputs else [])])


def _balance(results: DiffResult) -> str:
    """The groups beside each other, factor by factor; nothing where there is no metadata."""
    labels = results["parameters"]["description_a"], results["parameters"]["description_b"]
    if results["experiments"].empty or "attributes" not in results["experiments"]:
        return ""
    rows = [tuple(row) for row in balance_of(results["experiments"], *labels).table.itertuples(index=False)]
    return table(["", *labels], rows) if rows else ""


def _inputs(inputs: list[dict[str, Any]]) -> str:
    """What was read on this machine, and in which units."""
    if not inputs:
        return ""
    header = ["experiment", "group", "coverage", "peaks", "one read adds", "read length", "notes"]
    keys = ("name", "group", "bigwig", "peaks", "scale", "read_length")
    rows = [
        (
            *(f"{row[key]:.6g}" if isinstance(row.get(key), float) else row.get(key, "") for key in keys),
            "; ".join(row["notes"]),
        )
        for row in inputs
    ]
    return f"**Computed on this machine from**\n\n{table(header, rows, numeric=header[4:6])}"


def _result(results: DiffResult, significant: pd.Series, analysis: Analysis) -> str:
    parameters, regions = results["parameters"], results["diff_regions"]
    counts = parameters["filter_counts"]
    called = called_counts(regions, significant)
    rows = [
        *_tested(results, counts["before"], analysis),
        ("On non-standard contigs", f"{counts['nonstandard_contig']:,}"),
        (f"Under {parameters['min_region_size']} bp", f"{counts['below_min_size']:,}"),
        *([("of these both", f"{counts['both']:,}")] if counts["both"] else []),
        ("Regions after filtering", f"{len(regions):,}"),
        (f"Significant ({results.cut.rule})", f"{called['significant']:,}"),
        (f"of these higher in {parameters['description_a']}", f"{called['higher_a']:,}"),
        (f"of these higher in {parameters['description_b']}", f"{called['higher_b']:,}"),
        ("Independent loci among the significant", f"{called['loci']:,}"),
    ]
    text = table(["", "regions"], rows, numeric=["regions"])
    if not called["significant"]:
        text += (
            "\n\n**No region is significant.** This is a result: the groups may be too alike, or too few and too "
            "variable to tell apart. Compare more distinct conditions or add replicates before you loosen the "
            "threshold."
        )
    elif not analysis.is_dmr:
        text += "\n\nThe method cuts overlapping peaks at every edge, so one peak can be several regions: count loci."
    return text


def _tested(results: DiffResult, n_regions: int, analysis: Analysis) -> list[tuple[str, str]]:
    """How many tests there were: of methylation more than there are regions, since those of no effect are left out."""
    if not analysis.is_dmr:
        return [("Regions tested", f"{n_regions:,}")]
    tests = number_of_tests(results["diff_regions_unfiltered"])
    tested = [("Segments tested (q-value / p-value)", f"{tests:,}")] if tests else []
    return [*tested, ("Regions reported (≥ 10 CpGs, difference ≥ 0.1)", f"{n_regions:,}")]


def number_of_tests(regions: pd.DataFrame) -> int:
    """What metilene multiplied its p-values by, read off the regions with a q-value below 1; 0 when none tells."""
    telling = regions[(regions["qvalue"] < 1) & (regions["pvalue"] > 0)]
    return 0 if telling.empty else round(float((telling["qvalue"] / telling["pvalue"]).median()))


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "None of the automated checks found anything."
    return table(
        ["severity", "finding", "details", "recommendation"],
        [(item["severity"], item["issue"], item["details"], item["recommendation"]) for item in findings],
    )


def _reading(results: DiffResult, analysis: Analysis) -> str:
    label_a, label_b = _labels(results)
    if analysis.is_dmr:
        effect = (
            f"`methylation_difference` is mean methylation of {label_a} minus that of {label_b}, in 0..1: positive is "
            f"higher methylation in {label_a}."
        )
        q = "`qvalue` is the 2D-KS p-value times the number of segments tested (Bonferroni), no false discovery rate."
    else:
        effect = f"`logFC` is log2({label_a} / {label_b}): positive is more signal in {label_a}."
        q = "`qvalue` is the Benjamini-Hochberg false discovery rate over all tested regions."
    return bullets(
        [
            effect,
            q,
            "`direction` is the sign of the effect, significant or not; `significant` is q < "
            f"{results.cut.qvalue:g}, and is worth what the findings leave of it.",
            "A gene near a region is a neighbour, not a proven target; it does not validate the analysis either.",
            *([] if analysis.is_dmr else ["Claim an asymmetry of the MA plot only if the findings list it."]),
        ]
    )


def _next_steps(results: DiffResult, files: Sequence[str]) -> str:
    raw = {kind: path.replace("\\", "/").rsplit("/", 1)[-1] for kind, path in results["raw_files"].items()}
    session = raw.get("igv_session") or raw.get("igv_bed") or ""
    # Exported into another folder than that of step 2, the report has no raw results beside it.
    elsewhere = "" if f"{RAW_FOLDER}/" in files else " in the folder of step 2"
    return bullets(
        [
            f"Look at the top regions in IGV: {code(f'{RAW_FOLDER}/{session}')}{elsewhere}.",
            "Relate regions to genes with GREAT or bedtools, then test pathways or GO terms.",
            "Search the significant regions for motifs (HOMER, MEME-ChIP).",
            "Compare with expression data before speaking of regulation.",
            "Confirm key regions with an independent method.",
        ]
    )


def _provenance(provenance: dict[str, Any]) -> str:
    rows = [
        (
            "Computed by",
            "this machine (engine='local'), from the files listed under Experiments"
            if provenance.get("engine") == "local"
            else provenance["endpoint"],
        ),
        *([("Request id", provenance["request_id"])] if provenance["request_id"] else []),
        *([("Submitted", job_time(provenance["request_id"]))] if job_time(provenance["request_id"]) else []),
        ("Started, finished", f"{provenance['started_at']}, {provenance['finished_at']}"),
        ("Data", "SIMULATED" if provenance["simulated"] else origin_of(provenance)),
        *((f"SHA-256 of {name}", digest) for name, digest in provenance["sha256"].items()),
        *((one["url"], _version(one)) for one in provenance.get("files", [])),
        ("Versions", ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())),
    ]
    return table(["", "value"], rows)


def _version(file: dict[str, Any]) -> str:
    """Which version of a file was used, as far as its server tells."""
    size = "size not told" if file["bytes"] is None else f"{file['bytes']:,} bytes"
    modified = f"last modified {file['last_modified']}" if file["last_modified"] else ""
    return ", ".join(filter(None, [size, modified, f"ETag {file['etag']}" if file["etag"] else ""]))
