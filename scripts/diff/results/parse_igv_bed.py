"""The service's IGV track, read as a result when the result itself is missing. It holds regions with q < 0.1 alone."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd

from ...common.errors import BadResponseError, quoted
from ...common.files.writing import read_unpacked
from ..analysis import Analysis
from .parse_bed_results import MAX_BYTES, MAX_POSITION, check_places, empty_regions, finish_regions

#: Keys (folded to letters and digits) that name a value in the track's metadata column.
_KEYS = {
    "logfc": ("logfc", "log2fc", "log2foldchange"),
    "methylation_difference": ("meandifference", "methylationdifference", "difference", "diff", "meanmethylation"),
    "pvalue": ("pvalue", "p", "p2dks", "pval"),
    "qvalue": ("qvalue", "q", "fdr", "adjustedpvalue", "qval"),
}


def parse_igv_bed(path: Path, analysis: Analysis) -> pd.DataFrame:
    """Read ``wabi_result.igv.bed`` into the columns of a result.

    Parameters
    ----------
    path : Path
        A ``track`` line, then BED9 whose fourth column is URL-encoded ``key=value;`` text.
    analysis : Analysis
        Which columns to make.

    Returns
    -------
    DataFrame
        As `parse_bed_results` gives it; values the track does not carry (counts, methylation levels) are missing.

    Raises
    ------
    BadResponseError
        A row does not fit; its line number is given.
    """
    lines = read_unpacked(path, MAX_BYTES).decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    rows = [
        _row(line.split("\t"), number, path, analysis)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith(("track", "browser", "#"))
    ]
    if not rows:
        return empty_regions(analysis)
    table = pd.DataFrame(rows)
    for name in analysis.raw_columns:
        if name not in table:
            table[name] = "" if name.startswith("counts") else np.nan
    for name in (analysis.level_a, analysis.level_b):
        if name not in table:
            table[name] = np.nan
    check_places(table, path)
    return finish_regions(table, analysis)


def _row(cells: list[str], number: int, path: Path, analysis: Analysis) -> dict[str, object]:
    try:
        row: dict[str, object] = {"chrom": cells[0], "chromStart": _position(cells[1]), "chromEnd": _position(cells[2])}
        pairs = (pair.partition("=") for pair in unquote(cells[3]).split(";"))
        values = {re.sub(r"\W|_", "", key).lower(): value for key, _, value in pairs}
        row |= {name: _value(values, name) for name in (analysis.effect, "pvalue", "qvalue")}
    except (IndexError, ValueError) as error:
        problem = quoted(str(error))
        raise BadResponseError(
            f"{path}, line {number}: no row of an IGV track ({problem})", "\t".join(cells)
        ) from error
    return row


def _value(values: dict[str, str], name: str) -> float:
    """A number the track carries under one of its names; NaN where it does not."""
    number = next((float(values[key]) for key in _KEYS[name.lower()] if key in values), np.nan)
    if np.isinf(number):
        raise ValueError(f"{name} is infinite")
    return number


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < len(str(MAX_POSITION))):
        raise ValueError(f"{text[:40]!r} is no position")
    return int(text)
