"""The files that the service puts into a result archive, written from a table of tested regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from ..chipatlas.endpoints import data_url
from ..common.files.writing import write_text
from ..common.reporting.markdown import cell
from ..common.text import clean_label, track_name

Analysis = Literal["diffbind", "dmr"]

#: Regions shown in the genome browser.
IGV_QVALUE = 0.1
#: Colours of the service's tracks.
COLOR_A, COLOR_B = "222,131,68", "106,153,208"
#: BED scores end at 1000.
_MAXIMUM_BED_SCORE = 1000


@dataclass(frozen=True)
class Description:
    """What the files say about a comparison, beside its numbers.

    Attributes
    ----------
    samples : sequence of (accession, group)
        In the order of the count table: by name.
    parameters : dict
        Written to the log as ``<parameter> NAME="value"``.
    warnings : sequence of str
        Whole log messages without their ``[WARNING]``.
    tracks : sequence of str
        Addresses of the coverage tracks, one per sample, in their order. When empty: ChIP-Atlas's files under the
        DATA address in use when the files are written (``CHIPATLAS_DATA_URL``, or else the public one).
    simulated : bool
        Put the word SIMULATED wherever a reader may look.
    """

    genome: str
    samples: Sequence[tuple[str, str]]
    title: str = "Diff Analysis"
    description_a: str = "group_A"
    description_b: str = "group_B"
    parameters: dict[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    tracks: Sequence[str] = ()
    simulated: bool = False


def write_result(
    folder: Path,
    table: pd.DataFrame,
    analysis: Analysis,
    about: Description,
    *,
    started: datetime | None = None,
    finished: datetime | None = None,
) -> list[Path]:
    """Write ``wabi_result.bed``, ``.igv.bed``, ``.xml``, ``.log`` and ``README.md`` into an existing folder.

    Parameters
    ----------
    table : DataFrame
        From `compare_peaks` (diffbind) or `find_dmrs` (dmr).
    started, finished : datetime, optional
        For the log; now, when not given.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    started = started or datetime.now(timezone.utc)
    finished = finished or datetime.now(timezone.utc)
    bed = _diffbind_lines(table, about) if analysis == "diffbind" else _dmr_lines(table)
    return [
        write_text(folder / "wabi_result.bed", _joined(bed)),
        write_text(folder / "wabi_result.igv.bed", _joined([_track_line(about), *_igv_lines(table, analysis)])),
        write_text(folder / "wabi_result.xml", igv_session(table, analysis, about)),
        write_text(folder / "wabi_result.log", _joined(log_lines(about, started, finished))),
        write_text(folder / "README.md", _readme(analysis, about)),
    ]


def r_number(value: float) -> str:
    """A number as R writes it into a table: up to 15 significant digits, fixed notation unless it is the longer one."""
    if np.isnan(value):
        return "NA"
    mantissa, _, power = f"{value:.14e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    exponent = int(power)
    digits = len(mantissa.lstrip("-").replace(".", ""))
    decimals = max(digits - 1 - exponent, 0)
    fixed_width = max(exponent, 0) + 1 + (decimals + 1 if decimals else 0)
    scientific_width = len(mantissa.lstrip("-")) + (5 if abs(exponent) >= 100 else 4)
    if fixed_width <= scientific_width:
        return f"{value:.{decimals}f}"
    return f"{mantissa}e{exponent:+03d}"


def coverage_file(accession: str, analysis: Analysis, genome: str) -> tuple[str, ...]:
    """Path, below the DATA address, of an experiment's bigWig: coverage, or methylation for dmr."""
    if analysis == "diffbind":
        return genome, "eachData", "bw", f"{accession}.bw"
    return genome, "eachData", "bs", "methyl", f"{accession}.methyl.bw"


def peak_file(accession: str, genome: str) -> tuple[str, ...]:
    """Path, below the DATA address, of an experiment's peaks (Q < 1e-5)."""
    return genome, "eachData", "bed05", f"{accession}.05.bed"


def log_lines(about: Description, started: datetime, finished: datetime | None = None) -> list[str]:
    """The log: start, parameters, samples, warnings and, once it has finished, the duration."""
    lines = [f"[INFO] {_clock(started)} Start: {'SIMULATED ' if about.simulated else ''}{clean_label(about.title)}"]
    lines += [f'[INFO] <parameter> {name}="{clean_label(value)}"' for name, value in about.parameters.items()]
    lines += [f"[WARNING] {clean_label(warning)}" for warning in about.warnings]
    lines += [f"[INFO] <samples> {name} {group}" for name, group in about.samples]
    if finished is not None:
        seconds = max(round((finished - started).total_seconds()), 1)
        lines.append(f"[INFO] {_clock(finished)} Duration: {seconds} seconds")
    return lines


def igv_session(table: pd.DataFrame, analysis: Analysis, about: Description) -> str:
    """An IGV session with the regions (the file beside it) and every experiment's coverage."""
    bigwigs = list(about.tracks) or [
        data_url(*coverage_file(name, analysis, about.genome)) for name, _ in about.samples
    ]
    session = ElementTree.Element("Session", genome=about.genome, locus=_best_locus(table), version="8")
    resources = ElementTree.SubElement(session, "Resources")
    paths = ["wabi_result.igv.bed", *bigwigs]
    for path in paths:
        ElementTree.SubElement(resources, "Resource", path=path)
    panel = ElementTree.SubElement(session, "Panel", name="DataPanel", height="600", width="1200")
    ElementTree.SubElement(panel, "Track", id=paths[0], name=_track_name(about), visible="true")
    for path, (name, group) in zip(bigwigs, about.samples, strict=True):
        color = COLOR_A if group == "A" else COLOR_B
        label = track_name(f"{name} ({about.description_a if group == 'A' else about.description_b})")
        ElementTree.SubElement(panel, "Track", id=path, name=label, color=color, visible="true")
    ElementTree.indent(session)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(session, encoding="unicode") + "\n"


def _diffbind_lines(table: pd.DataFrame, about: Description) -> list[str]:
    counts = [
        [",".join(row) for row in np.char.mod("%.2f", table[names].to_numpy())] if len(table) else []
        for names in ([name for name, member in about.samples if member == group] for group in ("A", "B"))
    ]
    statistics = [list(map(r_number, table[column])) for column in ("logFC", "pvalue", "qvalue")]
    return _lines(table["chrom"], table["start"], table["end"], *counts, *statistics)


def _dmr_lines(table: pd.DataFrame) -> list[str]:
    formats = {
        "qvalue": "%.5g",
        "mean_difference": "%f",
        "n_cpgs": "%d",
        "p_mwu": "%.5g",
        "p_2dks": "%.5g",
        "mean_a": "%.5g",
        "mean_b": "%.5g",
    }
    printed = [[form % value for value in table[column]] for column, form in formats.items()]
    return _lines(table["chrom"], table["start"], table["end"], *printed)


def _igv_lines(table: pd.DataFrame, analysis: Analysis) -> list[str]:
    shown = table[table["qvalue"] < IGV_QVALUE]
    effect, pvalue = ("logFC", "pvalue") if analysis == "diffbind" else ("mean_difference", "p_2dks")
    tags = [
        f"Name={quote(f'{effect} {size:.3f}')};{effect}={size:.6g};PValue={p:.3g};QValue={q:.3g};"
        for size, p, q in zip(shown[effect], shown[pvalue], shown["qvalue"], strict=True)
    ]
    positive = np.finfo(np.float64).tiny
    scores = np.minimum(-10 * np.log10(np.maximum(shown["qvalue"].to_numpy(), positive)), _MAXIMUM_BED_SCORE)
    colors = np.where(shown[effect] > 0, COLOR_A, COLOR_B)
    dots = ["."] * len(shown)
    return _lines(
        shown["chrom"],
        shown["start"],
        shown["end"],
        tags,
        scores.astype(int),
        dots,
        shown["start"],
        shown["end"],
        colors,
    )


def _lines(*columns: Sequence[object] | pd.Series | np.ndarray) -> list[str]:
    return ["\t".join(map(str, row)) for row in zip(*columns, strict=True)]


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _track_name(about: Description) -> str:
    name = track_name(f"{about.description_a} vs {about.description_b}")
    return f"SIMULATED {name}" if about.simulated else name


def _track_line(about: Description) -> str:
    return f'track name="{_track_name(about)}" gffTags="on"'


def _best_locus(table: pd.DataFrame) -> str:
    if table.empty:
        return "All"
    best = table.iloc[int(np.argmin(table["qvalue"].to_numpy()))]
    return f"{best['chrom']}:{max(int(best['start']) - 1000, 1)}-{int(best['end']) + 1000}"


def _clock(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _readme(analysis: Analysis, about: Description) -> str:
    columns = {
        "diffbind": "chrom, start, end, counts A, counts B, log2 fold change (A / B), p-value, FDR",
        "dmr": "chrom, start, end, q-value, mean difference (A - B), CpGs, Mann-Whitney p, 2D-KS p, mean A, mean B",
    }[analysis]
    lines = [
        f"# {'SIMULATED ' if about.simulated else ''}Result of a Diff Analysis ({analysis}, {about.genome})",
        "",
        *(["Computed from simulated experiments: not biology, not for publication.", ""] if about.simulated else []),
        f"- `wabi_result.bed`: every {'tested' if analysis == 'diffbind' else 'reported'} region. Columns: {columns}.",
        f"- `wabi_result.igv.bed`: regions with q < {IGV_QVALUE} as a track; orange = higher in A, blue = higher in B.",
        "- `wabi_result.xml`: an IGV session; it expects the track beside it.",
        "- `wabi_result.log`: parameters, samples and warnings.",
        "",
        f"A = {cell(about.description_a)}, B = {cell(about.description_b)}.",
    ]
    return _joined(lines)
