"""The service's result BED, read into a table with named columns."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.diff.analysis import ANALYSES, DIFFBIND, DMR, QVALUE_THRESHOLD, Analysis, get_analysis
from scripts.shared.console import say
from scripts.shared.errors import BadResponseError, quoted
from scripts.shared.files import given_path, read_unpacked

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
        One row per region, columns as in `scripts.diff.analysis`, sorted by q-value, then size of the effect
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
    raw = _read_cells(path)
    if raw.empty:
        return empty_regions(expected or DIFFBIND)
    analysis = _recognise(raw, path, expected)
    table = pd.DataFrame({name: raw[column] for column, name in enumerate(analysis.raw_columns)})
    for name in analysis.raw_columns:
        if name not in _TEXT:
            table[name] = _numbers(table[name], name, path)
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
        direction=np.select([effect > 0, effect < 0], ["A_enriched", "B_enriched"], "unchanged"),
        significant=qvalue < QVALUE_THRESHOLD,
        score=bed_score(qvalue),
    )
    order = np.lexsort((table["chromStart"], table["chrom"].astype(str), -np.nan_to_num(np.abs(effect)), qvalue))
    return table.iloc[order][list(analysis.columns)].reset_index(drop=True)


def bed_score(qvalue: np.ndarray) -> np.ndarray:
    """-10 log10(q), rounded, from 0 to 1000; 0 where q is missing."""
    with np.errstate(divide="ignore"):
        return (
            np.clip(np.nan_to_num(-10 * np.log10(qvalue), nan=0.0, posinf=MAX_SCORE), 0, MAX_SCORE).round().astype(int)
        )


def parse_counts(column: pd.Series, path: Path | str = "the counts") -> np.ndarray:
    """Comma-joined counts as a matrix, regions x experiments."""
    if column.empty:
        return np.empty((0, 1))
    n_counts = column.str.count(",").to_numpy() + 1
    odd = np.flatnonzero(n_counts != n_counts[0])
    if odd.size:
        raise BadResponseError(
            f"{path}, line {odd[0] + 1}: {n_counts[odd[0]]} counts, where line 1 has {n_counts[0]}", column.iloc[odd[0]]
        )
    try:
        counts = np.array(",".join(column).split(","), dtype=float).reshape(len(column), n_counts[0])
    except ValueError as error:
        raise BadResponseError(f"{path}: counts that are no numbers ({quoted(str(error))})") from error
    odd = np.flatnonzero(~((counts >= 0) & (counts < np.inf)).all(axis=1))
    if odd.size:
        raise BadResponseError(f"{path}, line {odd[0] + 1}: counts that cannot be", column.iloc[odd[0]])
    return counts


def empty_regions(analysis: Analysis) -> pd.DataFrame:
    """A table without rows, with the columns and types of one that has some."""
    table = pd.DataFrame({name: pd.Series(dtype=object if name in _TEXT else float) for name in analysis.raw_columns})
    for name in _INTEGERS:
        if name in table:
            table[name] = table[name].astype(int)
    if analysis is DIFFBIND:
        table = table.assign(mean_count_a=pd.Series(dtype=float), mean_count_b=pd.Series(dtype=float))
    return finish_regions(table, analysis)


def _read_cells(path: Path) -> pd.DataFrame:
    """Cells of a tab-separated file as text; gzip and CRLF are understood, short and long rows refused."""
    lines = read_unpacked(path, MAX_BYTES).decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines == [""]:
        return pd.DataFrame()
    width = lines[0].count("\t") + 1
    tabs = pd.Series(lines).str.count("\t").to_numpy()
    odd = np.flatnonzero(tabs != width - 1)
    if odd.size:
        raise BadResponseError(
            f"{path}, line {odd[0] + 1}: {tabs[odd[0]] + 1} columns, where line 1 has {width}", lines[odd[0]]
        )
    cells = np.array("\t".join(lines).split("\t"), dtype=object).reshape(len(lines), width)
    return pd.DataFrame(cells)


def _recognise(raw: pd.DataFrame, path: Path, expected: Analysis | None) -> Analysis:
    by_width = {len(analysis.raw_columns): analysis for analysis in ANALYSES.values()}
    found = by_width.get(raw.shape[1])
    first_row = "\t".join(raw.iloc[0])
    if found is None:
        raise BadResponseError(
            f"{path} has {raw.shape[1]} columns; a result has 8 (diffbind) or 10 (dmr) in every row", first_row
        )
    if expected not in (None, found):
        raise BadResponseError(f"{path} holds a {found.name} result, where {expected.name} was asked for", first_row)
    return found


def _numbers(column: pd.Series, name: str, path: Path) -> pd.Series:
    """Exact numbers (pandas' own parser may miss the last digit); missing values where the column may have them."""
    missing = (column.isin(["NA", "NaN", "nan", "."]) & (name not in _INTEGERS)).to_numpy()
    numbers = np.full(len(column), np.nan)
    try:
        numbers[~missing] = column.to_numpy(dtype=object)[~missing].astype(float)
        wrong = ~missing & ~np.isfinite(numbers)
    except ValueError:
        wrong = ~missing & pd.to_numeric(column, errors="coerce").isna().to_numpy()
    if name in _INTEGERS and not wrong.any():
        wrong = (numbers != np.round(numbers)) | (numbers < 0) | (numbers > MAX_POSITION)
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0])
        kind = "number from 0 up" if name in _INTEGERS else "number"
        raise BadResponseError(f"{path}, line {line + 1}: {name} is no {kind}", column.iloc[line])
    return pd.Series(numbers.astype(int) if name in _INTEGERS else numbers, index=column.index)


def _as_fractions(table: pd.DataFrame) -> pd.DataFrame:
    levels = [DMR.level_a, DMR.level_b]
    if not (np.abs(table[levels].to_numpy(float)) > PERCENT_IF_ABOVE).any():
        return table
    say("  Methylation is given in per cent; converted to 0..1.")
    scaled = [*levels, DMR.effect]
    return table.assign(**{name: table[name] / 100 for name in scaled})
