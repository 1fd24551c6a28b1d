"""Reading a differential-expression table, whichever program wrote it."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import InputError
from ...common.files.writing import given_path, read_unpacked
from ...common.text import clean_label, ellipsis, plural, without_nul

#: Headings compared without case and punctuation, best first; "" is the nameless column of row names that R writes.
#: A column of symbols goes before row names or IDs, which are often probes or Ensembl genes.
COLUMN_NAMES = {
    "gene": (
        "genesymbol", "symbol", "hgncsymbol", "mgisymbol", "externalgenename", "genename", "gene", "genes",
        "targetgenes", "", "unnamed0", "rownames", "rowname", "x", "1", "index", "geneid", "id",
    ),
    "log2FC": ("log2fc", "log2foldchange", "logfc", "lfc"),
    "padj": ("padj", "fdr", "adjpval", "adjpvalue", "padjust", "padjusted", "qvalue", "qval"),
}  # fmt: skip


#: A table of 60,000 genes is 5 MB; far beyond that it is a matrix of something else.
MAX_BYTES = 200 * 1024**2
#: Of a file's own words in a message.
SHOWN_CHARACTERS = 400


_NO_VALUE = ("", "na", "nan", "n/a", "null", "none", "<na>", "-")


_SPREADSHEET_DATE = re.compile(r"\d{1,2}-(?:Mar|Sep|Sept|Dec|Oct|Apr)|(?:Mar|Sep|Sept|Dec|Oct|Apr)-\d{1,2}", re.I)


def read_expression(source: str | os.PathLike[str] | pd.DataFrame) -> pd.DataFrame:
    """Read a differential-expression table as DESeq2, edgeR or limma write it, or with plain names.

    Parameters
    ----------
    source : path or DataFrame
        CSV, TSV, semicolon- or blank-separated text (gzip too) with a header, or a frame, whose index is read as
        row names unless it is a plain count. All tested genes, not the significant ones alone.

    Returns
    -------
    DataFrame
        ``gene`` (unique), ``log2FC`` (log2, as in the source), ``padj`` (0..1); NaN where the source has none.
        Of rows with the same gene the one with the smallest padj is kept. ``attrs`` holds ``source``, ``columns`` and
        ``notes`` (what was dropped, with counts; also printed).

    Raises
    ------
    InputError
        Not readable, a column missing or given twice, a cell that is no number, a padj outside 0..1, no genes.
    """
    if isinstance(source, pd.DataFrame):
        place, given = "a DataFrame", source
    elif isinstance(source, (str, os.PathLike)) and str(source).strip():
        place, given = str(source), _read_text(given_path(source))
    else:
        raise InputError(f"expression is {source!r}; give the path of a CSV or TSV file, or a DataFrame.")
    if given.index.nlevels == 1 and not pd.api.types.is_integer_dtype(given.index.dtype):
        given = given.rename_axis(index="").reset_index()
    found = _find_columns([str(name) for name in given.columns], place)
    named = given.iloc[:, list(found.values())].set_axis(list(found), axis=1).reset_index(drop=True)
    names = named["gene"].astype(object).where(named["gene"].notna(), "").astype(str).map(clean_label)
    values = {name: _numbers(named[name], names, str(given.columns[found[name]]), place) for name in ("log2FC", "padj")}
    frame = pd.DataFrame({"gene": names.astype(object), **values})
    wrong = ~frame["padj"].isna() & ~frame["padj"].between(0, 1)
    if wrong.any():
        raise InputError(
            f"{plural(int(wrong.sum()), 'value')} of {str(given.columns[found['padj']])!r} in {place} outside 0..1, "
            f"such as {frame['padj'][wrong].iloc[0]:g}.\nAdjusted p-values are needed, not their logarithms."
        )
    kept, notes = _one_row_a_gene(frame)
    if not len(kept):
        raise InputError(f"No genes in {place}. It should hold a header and one row per gene.")
    for note in notes:
        say(f"  Expression: {note}")
    headings = {name: str(given.columns[position]) for name, position in found.items()}
    if not headings["gene"] or headings["gene"].startswith("Unnamed"):
        headings["gene"] = "(row names)"
    kept.attrs = {"source": place, "columns": headings, "notes": notes}
    return kept


def _read_text(path: Path) -> pd.DataFrame:
    try:
        text = without_nul(read_unpacked(path, MAX_BYTES)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8 text. Save the table as CSV or TSV.") from error
    header_at = re.search(r"^(?!\s*#)[^\r\n]*\S[^\r\n]*", text, re.M)
    if header_at is None:
        raise InputError(f"{path} is empty. It should hold a header and one row per gene.")
    separator = next((mark for mark in "\t,;" if mark in header_at.group()), r"\s+")
    body = io.StringIO(text[header_at.start() :])
    try:
        # As text: pandas would turn a gene named NA or 1-2 into something else, and hide which cell is no number.
        return pd.read_csv(body, sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} is no readable table ({error}). Save it anew as CSV or TSV.") from error


def _find_columns(headings: list[str], place: str) -> dict[str, int]:
    folded = ["" if not name.strip() else re.sub(r"[^a-z0-9]+", "", name.lower()) for name in headings]
    found: dict[str, int] = {}
    for name, choices in COLUMN_NAMES.items():
        wanted = next((choice for choice in choices if choice in folded), None)
        if wanted is None:
            continue
        if folded.count(wanted) > 1:
            raise InputError(f"{place} has more than one column {wanted!r}; keep the one that is to be read as {name}.")
        found[name] = folded.index(wanted)
    missing = [name for name in COLUMN_NAMES if name not in found]
    if missing:
        raw = " P-values that are not adjusted will not do." if "padj" in missing else ""
        raise InputError(
            f"No column for {', '.join(missing)} in {place}. Its columns: "
            f"{ellipsis(', '.join(map(repr, headings)), SHOWN_CHARACTERS)}.\n"
            f"Name them gene, log2FC and padj, or as DESeq2, edgeR (topTags) or limma (topTable) do.{raw}"
        )
    return found


def _numbers(column: pd.Series, genes: pd.Series, heading: str, place: str) -> np.ndarray:
    empty = column.isna() | column.astype(str).str.strip().str.lower().isin(_NO_VALUE)
    numbers = pd.to_numeric(column.where(~empty), errors="coerce")
    wrong = numbers.isna() & ~empty
    if wrong.any():
        raise InputError(
            f"{plural(int(wrong.sum()), 'cell')} of column {heading!r} in {place} not a number: "
            f"{str(column[wrong].iloc[0])[:40]!r} for gene {genes[wrong].iloc[0][:40]!r}.\n"
            "Write numbers with a decimal point, and NA where there is none."
        )
    return numbers.to_numpy(dtype=float, na_value=np.nan)


def _one_row_a_gene(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
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
    dates = int(kept["gene"].str.fullmatch(_SPREADSHEET_DATE).sum())
    if dates:
        notes.append(f"{plural(dates, 'name')} written like a date: a spreadsheet has changed gene symbols")
    return kept, notes
