"""The table that Enrichment Analysis gives: 11 columns, no header, every row checked against what was sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..chipatlas.accessions import ACCESSION
from ..common.errors import BadResponseError
from ..common.files.writing import read_unpacked
from .sets import Sets

#: The service's columns, under our names.
RAW_COLUMNS = (
    "experiment",
    "antigen_class",
    "antigen",
    "cell_type_class",
    "cell_type",
    "num_peaks",
    "overlaps_a",
    "overlaps_b",
    "log10_p",
    "log10_q",
    "fold_enrichment",
)
#: Tens of thousands of experiments are some MB.
MAX_BYTES = 256 * 1024**2
_REMEDY = "Run the same call again; if it comes again, submit anew with resume=False."
_NONE = ("NA", "NaN", "nan", "-", "")


def parse_enrichment(path: Path, sets: Sets, name: str = "") -> pd.DataFrame:
    """Read ``wabi_result.tsv``.

    Parameters
    ----------
    path : Path
        The headerless, tab-separated file; empty when no experiment overlaps.
    sets : Sets
        What was sent: the overlaps are out of that many regions. Of genes the service may know fewer than were sent,
        in every row alike.
    name : str
        What messages call the file.

    Returns
    -------
    DataFrame
        One row an experiment, in the file's order: ``experiment``, ``antigen_class``, ``antigen``,
        ``cell_type_class``, ``cell_type``, ``num_peaks``; ``overlap_a`` of ``size_a`` given items and ``overlap_b``
        of ``size_b`` of the background (int); ``log10_p``, ``log10_q`` (0 and below, ``-inf`` where the service's p
        is 0) and ``fold_enrichment`` (0 and above, ``inf`` where nothing of the background overlaps, missing where
        nothing does at all), as the service computes them.

    Raises
    ------
    BadResponseError
        A row does not fit; its line number and the remedy are given.
    """
    shown = name or str(path)
    text = read_unpacked(path, MAX_BYTES).decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines.pop():
        raise _refused(shown, len(lines) + 1, "the table ends within a line", lines[-1] if lines else "")
    rows = [line.split("\t") for line in lines]
    for number, (row, line) in enumerate(zip(rows, lines, strict=True), start=1):
        if len(row) != len(RAW_COLUMNS):
            raise _refused(shown, number, f"{len(row)} columns, where a row has {len(RAW_COLUMNS)}", line)
    raw = pd.DataFrame(rows, columns=list(RAW_COLUMNS), dtype=object)
    reader = _Reader(shown, lines)
    table = raw[list(RAW_COLUMNS[:5])].copy()
    reader.check(table["experiment"].map(ACCESSION.fullmatch).isna(), "the first column is no accession")
    reader.check(table["antigen"].eq(""), "antigen is empty")
    reader.check(table["experiment"].duplicated(), "the experiment stands in the table before")
    table["num_peaks"] = reader.whole(raw["num_peaks"], "peaks")
    for side, sent in (("a", len(sets.given)), ("b", len(sets.background))):
        parts = raw[f"overlaps_{side}"].str.extract(r"^\s*(\d{1,9})\s*/\s*(\d{1,9})\s*$")
        reader.check(parts[0].isna(), f'overlaps {side.upper()} are not of the form "6/8"')
        table[f"overlap_{side}"], table[f"size_{side}"] = parts[0].astype(np.int64), parts[1].astype(np.int64)
        reader.check(
            table[f"overlap_{side}"] > table[f"size_{side}"], f"overlaps {side.upper()} are more than there are"
        )
        reader.check(
            ~_as_sent(table[f"size_{side}"], sent, sets.kind), f"overlaps {side.upper()} are not of {sent}, as sent"
        )
    for name, most in (("log10_p", 0.0), ("log10_q", 0.0), ("fold_enrichment", np.inf)):
        table[name] = reader.number(raw[name], name)
        wrong = table[name] > most if most == 0 else table[name] < 0
        reader.check(wrong, f"{name} is {'above' if most == 0 else 'below'} 0")
    reader.check(table[["log10_p", "log10_q"]].isna().any(axis=1), "log10 P or Q is no number")
    return table


def _as_sent(sizes: pd.Series, sent: int, kind: str) -> pd.Series:
    """Regions all count; of genes, those whose symbol the service knows, the same ones in each row."""
    return sizes == sent if kind == "bed" else (sizes <= sent) & (sizes == sizes.iloc[0] if len(sizes) else True)


class _Reader:
    """Columns as numbers; the first cell that is none is refused with its line."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self._name, self._lines = name, lines

    def check(self, wrong: pd.Series, what: str) -> None:
        where = np.flatnonzero(wrong.to_numpy(bool))
        if where.size:
            raise _refused(self._name, int(where[0]) + 1, what, self._lines[where[0]])

    def whole(self, column: pd.Series, name: str) -> pd.Series:
        self.check(~column.str.fullmatch(r"\d{1,12}"), f"{name} is no whole number from 0 up")
        return column.astype(np.int64)

    def number(self, column: pd.Series, name: str) -> pd.Series:
        missing = column.isin(_NONE)
        numbers = pd.to_numeric(column.mask(missing), errors="coerce").astype(float)
        self.check(numbers.isna() & ~missing, f"{name} is no number")
        return numbers


def _refused(name: str, line: int, what: str, text: str) -> BadResponseError:
    return BadResponseError(f"{name}, line {line}: {what}.\n{_REMEDY}", text)
