"""Step 4: tables, pickle and report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...common.console import announce_simulation, headline, say, verify
from ...common.files.crate import CRATE
from ...common.files.csv_files import write_csv
from ...common.files.manifest import MANIFEST, table_in, write_manifest
from ...common.files.writing import (
    SIMULATED_MARKER,
    mark_simulated,
    prepare_folder,
    remove_outputs,
    undone_when_interrupted,
    write_pickle,
    write_text,
)
from ...common.provenance import now_utc
from ...common.reporting.parts import Part, check_parts, replace_parts
from ...common.results import refuse_shared_folder
from ...common.text import plural
from ...factors.outputs import JOBS_FOLDER
from .. import outputs
from ..table.score_matrix import ScoreMatrix
from ..targets_result import TargetsResult
from .html_report import html_report
from .summary import summary_report

#: Genes in the short tables.
TOP_GENES = 50


@undone_when_interrupted((*outputs.EXPORT_FILES, outputs.EXPRESSION_CSV, *outputs.PART_FILES))
def export_all(
    results: Mapping[str, Any],
    output_dir: str | os.PathLike[str] = "target_genes_results",
    parts: Iterable[Part] = (),
) -> dict[str, Path]:
    """Write everything a reader or a later analysis needs.

    ``analysis_object.pkl``, ``target_genes_all.csv``, ``target_genes_top50.csv``, ``target_genes_with_string.csv``
    (only when a gene has a STRING score), ``experiment_scores_top50.csv``, ``summary_report.md``, ``report.html`` and,
    last, ``analysis_object.json``, which lists all files (see `common.files.manifest`).

    Parameters
    ----------
    results : TargetsResult, or dict
        What `run_target_genes_workflow` returned, or its pickle.
    output_dir : path
        Folder to write to; files of these names are replaced.
    parts : iterable of Part
        Further analyses of just these results; each becomes a tab of the report, with its tables and pictures beside.

    Returns
    -------
    dict
        File name -> its path.

    Raises
    ------
    InputError
        `results` is something else.
    OutputError
        The folder cannot be written.
    """
    results = TargetsResult.of(results)
    further = check_parts(parts, results.fingerprint())
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, "target genes")
    simulated = bool(results["provenance"].get("simulated"))
    targets = results["target_genes"]
    top = targets.head(TOP_GENES)
    with_string = targets[targets["string_score"] > 0]
    exported_at = now_utc()
    headline(f"Exporting to {folder}")

    remove_outputs(folder, (*outputs.EXPORT_FILES, outputs.EXPRESSION_CSV))
    mark_simulated(folder, simulated)
    drawn = replace_parts(further, folder, outputs.PART_FILES)
    exported = {**results.plain(), "exported_at": exported_at}
    pickle_path = write_pickle(folder / outputs.ANALYSIS_OBJECT, exported)
    written = {outputs.ANALYSIS_OBJECT: pickle_path}
    say(f"  Saved: {outputs.ANALYSIS_OBJECT}")
    say(f"    (Load with: import pickle; obj = pickle.load(open({str(pickle_path)!r}, 'rb')))")
    tables = [(outputs.ALL_CSV, targets), (outputs.TOP_CSV, top)]
    if len(with_string):
        tables.append((outputs.STRING_CSV, with_string))
    tables.append((outputs.EXPERIMENTS_CSV, ScoreMatrix.from_frame(results["experiment_data"]).take(top["gene"])))
    if "expression" in results:
        tables.append((outputs.EXPRESSION_CSV, results["expression"]["genes"]))
    for name, frame in tables:
        written[name] = write_csv(folder / name, frame)
        say(f"  Saved: {name} ({plural(len(frame), 'gene')})")
    for name, frame in drawn.tables.items():
        written[name] = write_csv(folder / name, frame)
        say(f"  Saved: {name} ({plural(len(frame), 'row')})")
    if not len(with_string):
        say(f"  None of the reported genes has a STRING score: {outputs.STRING_CSV} is not written")
    beside = [*written, MANIFEST, CRATE, *outputs.existing_plots(folder), *drawn.pictures_drawn]
    report = summary_report(results, [outputs.HTML_REPORT, *beside], exported_at, drawn)
    written[outputs.REPORT] = write_text(folder / outputs.REPORT, report)
    say(f"  Saved: {outputs.REPORT}")
    report_page = html_report(results, [outputs.REPORT, *beside], exported_at, folder, drawn)
    written[outputs.HTML_REPORT] = write_text(folder / outputs.HTML_REPORT, report_page)
    say(f"  Saved: {outputs.HTML_REPORT} (open it in a browser)")
    own = [*outputs.OUTPUT_FILES, *drawn.files, SIMULATED_MARKER, JOBS_FOLDER]
    told = without_tables(exported)
    written |= write_manifest(folder, "target genes", results.title(), told, findings_of(results), own)
    say(f"  Saved: {MANIFEST}")
    say(f"  Saved: {CRATE}")
    announce_simulation(simulated)
    verify("=== Export Complete ===")
    return written


def without_tables(exported: dict[str, Any]) -> dict[str, Any]:
    """The analysis object for the manifest: large tables by the file that holds them."""
    short = {
        "target_genes": table_in(outputs.ALL_CSV, exported["target_genes"]),
        "experiment_data": table_in(outputs.ANALYSIS_OBJECT, exported["experiment_data"]),
    }
    if "expression" in exported:
        genes = table_in(outputs.EXPRESSION_CSV, exported["expression"]["genes"])
        short["expression"] = {**exported["expression"], "genes": genes}
    return exported | short


def findings_of(results: TargetsResult) -> list[Any]:
    """What was odd about the tables behind a result, in words; with a background also its findings, which are dicts."""
    expression = results["expression"]["evidence"]["notes"] if "expression" in results else []
    beside = results.get("background", {}).get("findings", [])
    return [*results["metadata"]["notes"], *expression, *beside]
