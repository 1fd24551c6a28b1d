"""Further analyses of some results as tabs of their page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ...files.names import picture_files
from ..parts import Drawn, Parts
from .page import Section
from .pictures import gallery
from .sections import to_html
from .tables import MAX_ROWS, Column, browsable, digits, rows_statement

#: Columns that name a stretch of the genome, 0-based and half-open, in a table of regions.
_PLACES = (("chrom", "chromStart", "chromEnd"), ("chrom", "start", "end"))


def part_sections(
    parts: Parts,
    folder: Path,
    text: Callable[[str], str],
    *,
    of_regions: bool,
) -> list[Section]:
    """The sections of every part: its text, its pictures, its tables to sort and search.

    Parameters
    ----------
    parts : Parts
    folder : Path
        Where the pictures are.
    text : callable
        Makes HTML of plain text; it must escape.
    of_regions : bool
        Whether the page's links are of regions: then places in the genome get theirs.
    """
    return [section for part in parts.parts for section in _sections(part, folder, text, of_regions)]


def columns_of(frame: pd.DataFrame, *, of_regions: bool) -> list[Column]:
    """Columns of any table as the page shows them; with `of_regions` a place in the genome as one, with its links."""
    place = next((names for names in _PLACES if of_regions and set(names) <= set(frame)), None)
    columns = []
    if place is not None:
        chrom, start, end = (frame[name] for name in place)
        columns.append(
            Column("region", (chrom.astype(str) + ":" + start.map(str) + "-" + end.map(str)).tolist(), "locus")
        )
    return columns + [_column(str(name), frame[name]) for name in frame if name not in (place or ())]


def _column(name: str, values: pd.Series) -> Column:
    if is_bool_dtype(values):
        return Column(name, values.map({True: "yes", False: "no"}).fillna("").tolist())
    if is_numeric_dtype(values):
        return Column(name, digits(values.to_numpy(float, na_value=float("nan")), ".6g"), "number")
    return Column(name, ["" if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)])


def _sections(part: Drawn, folder: Path, text: Callable[[str], str], of_regions: bool) -> Iterator[Section]:
    for heading, body in part.sections.items():
        yield Section(heading, to_html(body, heading, text), part.tab)
    if part.pictures:
        shown = gallery(folder, picture_files(*part.pictures), part.pictures)
        yield Section(f"{part.tab}: pictures", shown, part.tab)
    for file, frame in part.tables.items():
        if frame.empty:
            continue
        name = file.rpartition("/")[2].rpartition(".")[0]
        statement = rows_statement(min(len(frame), MAX_ROWS), len(frame), "rows", file)
        table = browsable(f"table-{name}", file, columns_of(frame.head(MAX_ROWS), of_regions=of_regions))
        yield Section(f"{part.tab}: {name.replace('_', ' ')}", f"<p>{statement}</p>{table}", part.tab)
