"""Reading a differential-expression table, whichever program wrote it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import InputError
from ...common.files.writing import given_path, read_unpacked
from ...common.text import clean_label, plural
from .headings import comparison_column, find_columns, is_seurats
from .text import decode_table, read_table, with_decimal_points
from .workbook import MAGIC, OLD_MAGIC, read_workbook

#: A table of 60,000 genes is 5 MB; far beyond that it is a matrix of something else.
MAX_BYTES = 200 * 1024**2

_NO_VALUE = ("", "na", "nan", "n/a", "#n/a", "null", "none", "<na>", "-")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_SPREADSHEET_DATE = re.compile(
    rf"\d{{1,2}}-{_MONTH}(?:-\d{{2,4}})?|{_MONTH}-\d{{1,2}}|\d{{4}}-\d{{2}}-\d{{2}}(?: 00:00:00)?", re.I
)
#: 2310009E13 (a RIKEN clone) becomes 2.31E+19.
_SPREADSHEET_NUMBER = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.I)
#: From so many values on their distribution tells ratios from logarithms.
_ENOUGH_VALUES = 20
#: A log2 fold change beyond this has never been measured; a ratio beyond it has.
_NO_LOGARITHM = 40
#: Ratios: half of the genes on either side of 1, some of them clearly.
_MEDIAN_RATIO = (0.8, 1.25)
_TAIL_OF_RATIOS = 0.05


def read_expression(source: str | os.PathLike[str] | pd.DataFrame) -> pd.DataFrame:
    """Read a differential-expression table as DESeq2, edgeR, limma, Seurat or scanpy write it, or with plain names.

    Parameters
    ----------
    source : path or DataFrame
        CSV, TSV, semicolon- or blank-separated text (gzip too; UTF-8, UTF-16 with its mark, or Windows-1252; decimal
        points or commas) with a header, an .xlsx workbook (extra `excel`), or a frame, whose index is read as row names
        unless it is a plain count. All tested genes, not the significant ones alone.

    Returns
    -------
    DataFrame
        ``gene`` (unique), ``log2FC`` (log2, as in the source), ``padj`` (0..1); NaN where the source has none.
        Of rows with the same gene the one with the smallest padj is kept. ``attrs`` holds ``source``, ``columns`` and
        ``notes`` (what was dropped, with counts; also printed).

    Raises
    ------
    InputError
        Not readable, a column missing or given twice, a change on another scale than log2, several comparisons in one
        table, a cell that is no number, a padj outside 0..1, no genes.
    MissingExtraError
        A workbook, and openpyxl is not installed.
    """
    notes: list[str] = []
    if isinstance(source, pd.DataFrame):
        place, given = "a DataFrame", source
    elif isinstance(source, (str, os.PathLike)) and str(source).strip():
        place = str(source)
        given, notes = _read_file(given_path(source), place)
    else:
        raise InputError(f"expression is {source!r}; give the path of a CSV, TSV or .xlsx file, or a DataFrame.")
    if given.index.nlevels == 1 and not pd.api.types.is_integer_dtype(given.index.dtype):
        given = given.rename_axis(index="").reset_index()
    headings = [str(name) for name in given.columns]
    found = find_columns(headings, place)
    frame = _checked(given, found, place)
    _refuse_comparisons(given, headings, frame["gene"], place)
    kept, more = one_row_a_gene(frame)
    notes += more
    if not len(kept):
        raise InputError(f"No genes in {place}. It should hold a header and one row per gene.")
    _refuse_ratios(kept["log2FC"], headings[found["log2FC"]], place)
    if is_seurats(headings):
        notes.append(
            "Seurat's FindMarkers leaves out genes that pass no filter: with logfc.threshold = 0 and min.pct = 0 it "
            "gives all tested ones"
        )
    for note in notes:
        say(f"  Expression: {note}")
    read_as = {name: headings[position] for name, position in found.items()}
    if not read_as["gene"] or read_as["gene"].startswith("Unnamed"):
        read_as["gene"] = "(row names)"
    kept.attrs = {"source": place, "columns": read_as, "notes": notes}
    return kept


def _read_file(path: Path, place: str) -> tuple[pd.DataFrame, list[str]]:
    content = read_unpacked(path, MAX_BYTES)
    if content.startswith(MAGIC):
        return read_workbook(path, MAX_BYTES), []
    if content.startswith(OLD_MAGIC):
        raise InputError(
            f"{place} is an .xls or an encrypted workbook. Save it as .xlsx without a password, or as CSV."
        )
    text, notes = decode_table(content, place)
    return read_table(text, place), notes


def _checked(given: pd.DataFrame, found: dict[str, int], place: str) -> pd.DataFrame:
    """``gene log2FC padj`` of every row, numbers as numbers."""
    named = given.iloc[:, list(found.values())].set_axis(list(found), axis=1).reset_index(drop=True)
    names = named["gene"].astype(object).where(named["gene"].notna(), "").astype(str).map(clean_label)
    written = named[["log2FC", "padj"]]
    if not all(pd.api.types.is_numeric_dtype(dtype) for dtype in written.dtypes):
        written = with_decimal_points(written)
    headings = {name: str(given.columns[position]) for name, position in found.items()}
    values = {name: _numbers(written[name], names, headings[name], place) for name in ("log2FC", "padj")}
    frame = pd.DataFrame({"gene": names.astype(object), **values})
    wrong = ~frame["padj"].isna() & ~frame["padj"].between(0, 1)
    if wrong.any():
        raise InputError(
            f"{plural(int(wrong.sum()), 'value')} of {headings['padj']!r} in {place} outside 0..1, "
            f"such as {frame['padj'][wrong].iloc[0]:g}.\nAdjusted p-values are needed, not their logarithms."
        )
    return frame


def _numbers(column: pd.Series, genes: pd.Series, heading: str, place: str) -> np.ndarray:
    empty = column.isna() | column.astype(str).str.strip().str.lower().isin(_NO_VALUE)
    numbers = pd.to_numeric(column.where(~empty), errors="coerce")
    wrong = numbers.isna() & ~empty
    if wrong.any():
        raise InputError(
            f"{plural(int(wrong.sum()), 'cell')} of column {heading!r} in {place} not a number: "
            f"{str(column[wrong].iloc[0])[:40]!r} for gene {genes[wrong].iloc[0][:40]!r}.\n"
            "Write all numbers with a decimal point, or all with a comma, and NA where there is none."
        )
    return numbers.to_numpy(dtype=float, na_value=np.nan)


def _refuse_comparisons(given: pd.DataFrame, headings: list[str], genes: pd.Series, place: str) -> None:
    """Several comparisons below each other: taking the smallest padj of a gene would mix them."""
    position = comparison_column(headings)
    if position is None or not genes.duplicated().any():
        return
    names = given.iloc[:, position].astype(str).unique()
    if len(names) > 1:
        raise InputError(
            f"{place} holds {len(names):,} comparisons (column {headings[position]!r}: "
            f"{', '.join(repr(name[:40]) for name in names[:5])}{', ...' if len(names) > 5 else ''}).\n"
            "Give the rows of one of them."
        )


def _refuse_ratios(values: pd.Series, heading: str, place: str) -> None:
    """Values that are all above 0 and spread as ratios do, whatever their heading says."""
    finite = values[np.isfinite(values)].to_numpy()
    if len(finite) < _ENOUGH_VALUES or finite.min() <= 0:
        return
    low, high = _MEDIAN_RATIO
    share_below, share_above = (finite < low).mean(), (finite > high).mean()
    about_one = low <= np.median(finite) <= high and min(share_below, share_above) >= _TAIL_OF_RATIOS
    if about_one or finite.max() > _NO_LOGARITHM:
        raise InputError(
            f"All {len(finite):,} values of {heading!r} in {place} are above 0 ({finite.min():.3g} to "
            f"{finite.max():.3g}, median {np.median(finite):.3g}), as linear fold changes are.\n"
            "If they are, give log2(FC); if they are log2, the table lacks every gene that goes down: give all of them."
        )


def one_row_a_gene(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The row of the smallest padj of every gene, and what was passed over, in words."""
    notes = []
    nameless = frame["gene"].str.lower().isin(_NO_VALUE)
    several = frame["gene"].str.contains("///", regex=False)
    named = frame[~nameless & ~several]
    # Not-a-number sorts last; rows of equal padj keep their order.
    kept = named.sort_values("padj", kind="stable").drop_duplicates("gene").sort_index().reset_index(drop=True)
    if nameless.any():
        notes.append(f"{plural(int(nameless.sum()), 'row')} without a gene name passed over")
    if several.any():
        notes.append(f"{plural(int(several.sum()), 'row')} naming several genes (///) passed over")
    if len(kept) < len(named):
        repeated = int(named["gene"].duplicated(keep=False).sum()) - (len(named) - len(kept))
        notes.append(
            f"{plural(len(named) - len(kept), 'further row')} of {plural(repeated, 'gene')} dropped: "
            "the smallest padj is kept"
        )
    untested = int((kept["padj"].isna() | kept["log2FC"].isna()).sum())
    if untested:
        notes.append(f"{plural(untested, 'gene')} without padj or log2FC: not tested")
    return kept, notes + _spoilt_names(kept["gene"])


def _spoilt_names(genes: pd.Series) -> list[str]:
    notes = []
    for pattern, what, example in (
        (_SPREADSHEET_DATE, "a date", "SEPT9 or MARCH1, today's SEPTIN9 and MARCHF1"),
        (_SPREADSHEET_NUMBER, "a number", "2310009E13"),
    ):
        spoilt = genes[genes.str.fullmatch(pattern)]
        if len(spoilt):
            notes.append(
                f"{plural(len(spoilt), 'name')} written like {what} ({', '.join(spoilt.head(3))}): a spreadsheet has "
                f"changed gene symbols such as {example}; import the table anew with the column of genes as text"
            )
    return notes
