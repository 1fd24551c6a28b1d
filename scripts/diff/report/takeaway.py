"""Files to take away: tracks for genome browsers and a workbook."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from ...common.console import announce_simulation, headline, say, verify
from ...common.errors import InputError
from ...common.files.json_text import plain
from ...common.files.manifest import MANIFEST, list_files, read_manifest
from ...common.files.workbook import require_xlsxwriter, write_workbook
from ...common.files.writing import SIMULATED_MARKER, mark_simulated, prepare_folder, remove_outputs, write_text
from ...common.results import refuse_shared_folder, require_flag
from ...common.text import plural
from ..diff_result import DiffResult
from ..outputs import EFFECT_TRACKS, HIGHER_A, HIGHER_B, HUB_FOLDER, IGV_SESSION, TAKEAWAY_FILES, WORKBOOK
from .browser.coverage import CoverageFile, coverage_files
from .browser.hub import hub_files, in_ucsc
from .browser.session import igv_session
from .browser.tracks import effect_bedgraph, higher_bed, usable
from .workbook import sheets


def export_tracks(
    results: MutableMapping[str, Any],
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    workbook: bool = True,
) -> dict[str, Path]:
    """Write the significant regions as BED, the effects as bedGraph, a UCSC track hub, an IGV session and a workbook.

    No network is used. Where `export_all` wrote to the folder before, its ``analysis_object.json`` lists these files,
    too, afterwards.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow` or `recut`, or its pickle.
    output_dir : path
        Where the files go; files of these names are replaced.
    workbook : bool
        Whether ``results.xlsx`` is written, which needs the ``excel`` extra.

    Returns
    -------
    dict
        File name -> its path.

    Raises
    ------
    InputError
        No results, or a folder with an export of other ones.
    MissingExtraError
        `workbook`, and XlsxWriter is not installed; nothing was written.
    OutputError
        The folder cannot be written to.
    """
    results = DiffResult.of(results)
    if require_flag("workbook", workbook):
        require_xlsxwriter(f"Writing {WORKBOOK} (workbook=False leaves it out)")
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, "differential regions")
    refuse_other_export(folder, results)
    headline("Tracks")
    announce_simulation(results.simulated)
    texts, told = _made(results)
    tables = sheets(results) if workbook else {}

    remove_outputs(folder, TAKEAWAY_FILES)
    mark_simulated(folder, results.simulated)
    written = {}
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        written[name] = write_text(folder / name, text)
        say(f"  Saved: {name}{told.get(name, '')}")
    if tables:
        written[WORKBOOK] = write_workbook(folder / WORKBOOK, tables)
        say(f"  Saved: {WORKBOOK} ({', '.join(f'{name}: {len(table):,}' for name, table in tables.items())})")
    if list_files(folder, (*TAKEAWAY_FILES, SIMULATED_MARKER)):
        say(f"  {MANIFEST} lists them now.")
    verify("✓ Tracks exported")
    return written


def _made(results: DiffResult) -> tuple[dict[str, str], dict[str, str]]:
    """Text of each file, and what is said of some; what could not be made is said at once."""
    regions = results["diff_regions"]
    left_out = int((~usable(regions)).sum())
    if left_out:
        say(f"  {plural(left_out, 'region')} on contigs whose names no track can hold: left out of the tracks")
    bed_a, number_a = higher_bed(results, "A")
    bed_b, number_b = higher_bed(results, "B")
    effects, overlapped = effect_bedgraph(results)
    if overlapped:
        say(f"  {plural(overlapped, 'region')} overlap a better one, which keeps the shared bases in the bedGraph")
    coverage, without = coverage_files(results)
    if without:
        say(f"  No coverage that a genome browser reads of {', '.join(without)}: not in the session")
    effect_file = EFFECT_TRACKS[results.analysis.name]
    hub = {f"{HUB_FOLDER}/{name}": text for name, text in hub_files(results, coverage).items()}
    if not hub:
        say(f"  No track hub: {_why_no_hub(results, coverage)}")
    session = igv_session(results, (HIGHER_A, HIGHER_B), effect_file, coverage)
    texts = {HIGHER_A: bed_a, HIGHER_B: bed_b, effect_file: effects, **hub, IGV_SESSION: session}
    told = {HIGHER_A: f" ({plural(number_a, 'region')})", HIGHER_B: f" ({plural(number_b, 'region')})"}
    return texts, told


def _why_no_hub(results: DiffResult, coverage: list[CoverageFile]) -> str:
    genome = results["parameters"]["genome"]
    if not in_ucsc(genome):
        return f"UCSC's browser has no {genome}."
    return "no experiment's coverage is public." if coverage else "no experiment's coverage is known."


def refuse_other_export(output_dir: str | os.PathLike[str], results: DiffResult) -> None:
    """One folder holds one result, and one cut of it; `InputError` where it holds an export of another."""
    folder = Path(output_dir)
    if not (folder / MANIFEST).is_file():
        return
    listed = read_manifest(folder)
    mine = plain({"parameters": results["parameters"], "provenance": results["provenance"]})
    if any(
        listed.get(part, {}).get(key) != mine[part].get(key)
        for part, key in (("provenance", "sha256"), ("parameters", "qvalue_threshold"), ("parameters", "recut"))
    ):
        raise InputError(
            f"output_dir {str(folder)!r} holds an export of other results: another run, or another cut.\n"
            "Give the results that were exported there (its analysis_object.pkl), or a folder of their own."
        )
