"""The service's result BED, read into a table with named columns."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import BadResponseError
from ...common.files.writing import given_path, read_unpacked
from ..analysis import ANALYSES, DIFFBIND, DMR, QVALUE_THRESHOLD, Analysis, get_analysis
from .count_cells import parse_counts

#: A BED score runs from 0 to 1000: -10 log10(q), capped there.
MAX_SCORE = 1000
#: Methylation above this can only be per cent: a fraction is at most 1.
PERCENT_IF_ABOVE = 1.5

#: 300,000 regions x 16 experiments are about 120 MB.
MAX_BYTES = 1024**3
#: Far beyond any chromosome, and far from where sums of positions lose digits.
MAX_POSITION = 10**12

_INTEGERS = ("chromStart", "chromEnd", "n_cpgs")
_TEXT = ("chrom", "counts_a", "counts_b")
_SHARES = ("pvalue", "pvalue_mwu", "qvalue")
#: How a number says that there is none.
_MISSING = ["NA", "NaN", "nan", "."]
_DIRECTIONS = np.array(["A_enriched", "B_enriched", "unchanged"], dtype=object)
#: What pandas reads in ways of its own: a lone carriage return, a zero byte, a byte order mark.
_SPECIAL = (b"\r", b"\0", b"\xef\xbb\xbf")


def parse_bed_results(path: str | os.PathLike[str], analysis_type: str | None = None) -> pd.DataFrame:
    """Read ``wabi_result.bed``.

    Parameters
    ----------
    path : path
        The headerless, tab-separated file; may be empty, which is a result: nothing was found.
    analysis_type : {"diffbind", "dmr"}, optional
        What the file should hold; read from its number of columns when not given.

    Returns
    -------
    DataFrame
        One row per region, columns as in `diff.analysis`, sorted by q-value, then size of the effect
        (largest first), then position. ``direction`` is the sign of the effect whatever its significance;
        ``significant`` is q < 0.05; ``score`` is -10 log10(q), 0 to 1000.

    Raises
    ------
    InputError
        The file cannot be read.
    BadResponseError
        A row does not fit; its line number is given.
    """
    path = given_path(path)
    expected = get_analysis(analysis_type) if analysis_type is not None else None
    content = _read_content(path)
    if not content:
        return empty_regions(expected or DIFFBIND)
    _check_rows(content, path)
    analysis = _recognise(content, path, expected)
    cells = quick_cells(content, analysis)
    if cells is None:
        cells = careful_cells(content, analysis)
    del content
    table = pd.DataFrame(
        {
            name: cells[name].to_numpy() if name in _TEXT else _numbers(cells[name], name, path)
            for name in analysis.raw_columns
        }
    )
    del cells
    check_places(table, path)
    if analysis is DIFFBIND:
        table["mean_count_a"] = parse_counts(table["counts_a"], path).mean(axis=1)
        table["mean_count_b"] = parse_counts(table["counts_b"], path).mean(axis=1)
    else:
        table = _as_fractions(table)
    return finish_regions(table, analysis)


def check_places(table: pd.DataFrame, path: Path) -> None:
    """Refuse a region that ends before it begins or lies on no chromosome, a p- or q-value outside 0..1."""
    shares = [name for name in _SHARES if name in table]
    wrong = {
        "chromEnd is before chromStart": table["chromEnd"] < table["chromStart"],
        "chrom is empty": table["chrom"] == "",
        **{f"{name} is not from 0 to 1": (table[name] < 0) | (table[name] > 1) for name in shares},
    }
    for what, where in wrong.items():
        if where.any():
            line = int(np.flatnonzero(where)[0])
            raise BadResponseError(f"{path}, region {line + 1}: {what}", "\t".join(map(str, table.iloc[line])))


def finish_regions(table: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Add the derived columns to a table of parsed values, order the columns and sort the rows."""
    effect = table[analysis.effect].to_numpy(float)
    qvalue = table["qvalue"].to_numpy(float)
    table = table.assign(
        region_size=table["chromEnd"] - table["chromStart"],
        direction=_DIRECTIONS[np.select([effect > 0, effect < 0], [0, 1], 2)],
        significant=qvalue < QVALUE_THRESHOLD,
        score=bed_score(qvalue),
    )
    return in_order(table[list(analysis.columns)], analysis)


def in_order(regions: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Regions by q-value, then size of the effect (largest first), then position."""
    effect = regions[analysis.effect].to_numpy(float)
    chrom = pd.factorize(regions["chrom"].to_numpy(dtype=object), sort=True)[0]
    order = np.lexsort((regions["chromStart"], chrom, -np.nan_to_num(np.abs(effect)), regions["qvalue"]))
    return regions.iloc[order].reset_index(drop=True)


def bed_score(qvalue: np.ndarray) -> np.ndarray:
    """-10 log10(q), rounded, from 0 to 1000; 0 where q is missing."""
    with np.errstate(divide="ignore"):
        return (
            np.clip(np.nan_to_num(-10 * np.log10(qvalue), nan=0.0, posinf=MAX_SCORE), 0, MAX_SCORE).round().astype(int)
        )


def empty_regions(analysis: Analysis) -> pd.DataFrame:
    """A table without rows, with the columns and types of one that has some."""
    table = pd.DataFrame({name: pd.Series(dtype=object if name in _TEXT else float) for name in analysis.raw_columns})
    for name in _INTEGERS:
        if name in table:
            table[name] = table[name].astype(int)
    if analysis is DIFFBIND:
        table = table.assign(mean_count_a=pd.Series(dtype=float), mean_count_b=pd.Series(dtype=float))
    return finish_regions(table, analysis)


def _read_content(path: Path) -> bytes:
    """The file, unpacked, with Unix line ends and none at its end."""
    content = read_unpacked(path, MAX_BYTES)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    return content.rstrip(b"\n") if content.endswith(b"\n") else content


def _check_rows(content: bytes, path: Path) -> None:
    """Refuse short and long rows."""
    characters = np.frombuffer(content, dtype=np.uint8)
    row_ends = np.append(np.flatnonzero(characters == ord("\n")), len(content))
    tabs = np.diff(np.searchsorted(np.flatnonzero(characters == ord("\t")), row_ends), prepend=0)
    odd = np.flatnonzero(tabs != tabs[0])
    if odd.size:
        row = odd[0]
        text = content[row_ends[row - 1] + 1 : row_ends[row]].decode("utf-8", "replace")
        raise BadResponseError(f"{path}, line {row + 1}: {tabs[row] + 1} columns, where line 1 has {tabs[0] + 1}", text)


def _recognise(content: bytes, path: Path, expected: Analysis | None) -> Analysis:
    by_width = {len(analysis.raw_columns): analysis for analysis in ANALYSES.values()}
    first_row = content[: content.find(b"\n") if b"\n" in content else None].decode("utf-8", "replace")
    width = first_row.count("\t") + 1
    found = by_width.get(width)
    if found is None:
        raise BadResponseError(
            f"{path} has {width} columns; a result has 8 (diffbind) or 10 (dmr) in every row", first_row
        )
    if expected not in (None, found):
        raise BadResponseError(f"{path} holds a {found.name} result, where {expected.name} was asked for", first_row)
    return found


def quick_cells(content: bytes, analysis: Analysis) -> pd.DataFrame | None:
    """Cells of a result as text, positions as whole numbers; None where `careful_cells` must look."""
    if any(mark in content for mark in _SPECIAL):
        return None
    types: dict[Hashable, Any] = {name: "int64" if name in _INTEGERS else object for name in analysis.raw_columns}
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            sep="\t",
            header=None,
            names=list(analysis.raw_columns),
            # One object for each chromosome's name, not one a row.
            dtype={**types, "chrom": "category"},
            na_filter=False,
            quoting=csv.QUOTE_NONE,
            skip_blank_lines=False,
            encoding_errors="replace",
        )
    except (ValueError, OverflowError):
        return None
    names = table["chrom"].cat
    return table.assign(chrom=names.categories.to_numpy(dtype=object)[names.codes])


def careful_cells(content: bytes, analysis: Analysis) -> pd.DataFrame:
    """Cells of a result as text, whatever they hold."""
    lines = content.decode("utf-8", "replace").split("\n")
    cells = np.array("\t".join(lines).split("\t"), dtype=object).reshape(len(lines), len(analysis.raw_columns))
    return pd.DataFrame(cells, columns=list(analysis.raw_columns))


def _numbers(column: pd.Series, name: str, path: Path) -> pd.Series:
    """Exact numbers (pandas' own parser may miss the last digit); missing values where the column may have them."""
    if pd.api.types.is_integer_dtype(column):
        outside = ((column < 0) | (column > MAX_POSITION)).to_numpy()
        if outside.any():
            raise _no_number(column, name, path, outside)
        return column
    missing = (column.isin(_MISSING) & (name not in _INTEGERS)).to_numpy()
    numbers = np.full(len(column), np.nan)
    try:
        numbers[~missing] = column.to_numpy(dtype=object)[~missing].astype(float)
        wrong = ~missing & ~np.isfinite(numbers)
    except ValueError:
        wrong = ~missing & pd.to_numeric(column, errors="coerce").isna().to_numpy()
    if name in _INTEGERS and not wrong.any():
        wrong = (numbers != np.round(numbers)) | (numbers < 0) | (numbers > MAX_POSITION)
    if wrong.any():
        raise _no_number(column, name, path, wrong)
    return pd.Series(numbers.astype(int) if name in _INTEGERS else numbers, index=column.index)


def _no_number(column: pd.Series, name: str, path: Path, wrong: np.ndarray) -> BadResponseError:
    line = int(np.flatnonzero(wrong)[0])
    kind = "number from 0 up" if name in _INTEGERS else "number"
    return BadResponseError(f"{path}, line {line + 1}: {name} is no {kind}", str(column.iloc[line]))


def _as_fractions(table: pd.DataFrame) -> pd.DataFrame:
    levels = [DMR.level_a, DMR.level_b]
    if not (np.abs(table[levels].to_numpy(float)) > PERCENT_IF_ABOVE).any():
        return table
    say("  Methylation is given in per cent; converted to 0..1.")
    scaled = [*levels, DMR.effect]
    return table.assign(**{name: table[name] / 100 for name in scaled})
