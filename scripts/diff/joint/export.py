"""The files of a joint answer."""

from __future__ import annotations

import os
from pathlib import Path

from ...common.console import announce_simulation, headline, say, verify
from ...common.files.crate import CRATE
from ...common.files.csv_files import write_csv
from ...common.files.manifest import MANIFEST, table_in, write_manifest
from ...common.files.names import existing_files, picture_files
from ...common.files.writing import SIMULATED_MARKER, mark_simulated, prepare_folder, remove_outputs, write_text
from ...common.reporting.markdown import cell, document, file_list, table
from ...common.results import refuse_shared_folder
from ...common.text import plural
from ..outputs import HTML_REPORT, JOINT_COMPARISONS, JOINT_FILES, REPORT
from .join import Joint
from .page import joint_page
from .report import comparisons_table

SKILL = "joint comparisons"


def export_joint(joint: Joint, output_dir: str | os.PathLike[str] = "joint_results") -> dict[str, Path]:
    """Write the tables, the pictures, the reports and, last, ``analysis_object.json``, which lists them.

    Parameters
    ----------
    joint : Joint
        From `join_comparisons`.
    output_dir : path
        A folder of its own; files of an earlier export there are replaced.

    Returns
    -------
    dict
        File name -> its path.

    Raises
    ------
    InputError
        The folder holds results of a single comparison, or of a factor.
    OutputError
        The folder cannot be written to.
    """
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, SKILL)
    headline("Export")
    announce_simulation(joint.simulated)
    remove_outputs(folder, JOINT_FILES)
    mark_simulated(folder, joint.simulated)
    pictures = joint.draw(folder)
    tables = {JOINT_COMPARISONS: comparisons_table(joint), **joint.tables()}
    drawn = existing_files(folder, picture_files(*pictures))
    beside = [*tables, *drawn, MANIFEST, CRATE]
    # Made before any is written: a report that cannot be made leaves no half of an export behind.
    text = _report(joint, [HTML_REPORT, *beside])
    html = joint_page(joint, joint.sections(), pictures, [REPORT, *beside], folder)
    written = {name: folder / name for name in drawn}
    for name, frame in tables.items():
        written[name] = write_csv(folder / name, frame)
        say(f"  Saved: {name} ({plural(len(frame), 'row')})")
    written[REPORT] = write_text(folder / REPORT, text)
    written[HTML_REPORT] = write_text(folder / HTML_REPORT, html)
    say(f"  Saved: {REPORT}, {HTML_REPORT} (open it in a browser)")
    told = {
        "parameters": {"genome": joint.genome, "comparisons": joint.names, "effect": joint.effect},
        "provenance": joint.provenance,
        **{name.removesuffix(".csv"): table_in(name, frame) for name, frame in tables.items()},
    }
    own = [*written, SIMULATED_MARKER]
    written |= write_manifest(folder, SKILL, " beside ".join(joint.names), told, joint.findings, own)
    say(f"  Saved: {MANIFEST}, {CRATE}")
    verify("=== Export Complete ===")
    return written


def _report(joint: Joint, files: list[str]) -> str:
    about = joint.provenance["comparisons"]
    rows = [
        (name, about[name].get("endpoint") or about[name].get("engine", ""), about[name].get("request_id", ""),
         about[name].get("finished_at", ""), "SIMULATED" if one.simulated else "")
        for name, one in joint.comparisons.items()
    ]  # fmt: skip
    made = ", ".join(f"{name} {version}" for name, version in joint.provenance["versions"].items())
    sections = {
        **joint.sections(),
        "Files": file_list(files),
        "Provenance": f"{table(['comparison', 'computed by', 'request id', 'finished', 'data'], rows)}\n\n"
        f"Joined {joint.provenance['finished_at']} with {cell(made)}.",
    }
    title = f"{len(joint.names)} comparisons side by side: {', '.join(map(cell, joint.names))}"
    return document(title, sections.items(), simulated=joint.simulated)
