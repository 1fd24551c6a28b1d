"""Reading bedGraph files, plain or gzipped, local or by address."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.errors import InputError
from ..files.text_tables import Layout, read_file, refuse_rows
from .records import Recorded, Records, by_contig

_LAYOUT = Layout(
    "bedGraph",
    {"start": (1, int), "end": (2, int), "value": (3, float)},
    "A line gives chromosome, start (from 0), end and a number, with tabs or spaces between them.",
)


def read_bedgraph(source: str | Path, client: Client | None = None) -> Recorded:
    """Read a bedGraph: the same records as a bigWig that is made of it.

    Records may stand in any order; they are sorted. Neighbours of equal value stay apart. Values are rounded to 32
    bits, as in a bigWig. ``track`` and ``browser`` lines and comments are passed over.

    Parameters
    ----------
    source : path or str
        Of a local file, or an http(s) address: fetched whole.
    client : Client, optional
        For an address; one of its own when not given.

    Raises
    ------
    InputError
        No such file, no record, a malformed line, a value that is no finite number, or records that overlap: file and
        line are named.
    NotFoundError, BadResponseError, ServiceUnavailableError
        What `text_stream` raises for an address.
    """
    name = str(source)
    table = read_file(source, client, _LAYOUT)
    refuse_rows(~np.isfinite(table["value"].to_numpy()), table, name, f"the value is no finite number.\n{_LAYOUT.line}")
    table["value"] = table["value"].to_numpy().astype(np.float32).astype(np.float64)
    return Recorded(
        name, contigs_of(table, name, "Each base has one value: join such records, or make the file again.")
    )


def contigs_of(table: pd.DataFrame, name: str, remedy: str) -> dict[str, Records]:
    """Sorted records of each contig.

    Parameters
    ----------
    table : DataFrame
        ``chrom`` (categorical), ``start``, ``end`` (0-based half-open), ``value`` and ``line``, in any order.
    name, remedy : str
        For messages.

    Raises
    ------
    InputError
        An interval that is none, or two that overlap; file and line are named.
    """
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    refuse_rows((start < 0) | (end <= start), table, name, "the end is not behind the start, or the start is below 0.")
    codes = table["chrom"].cat.codes.to_numpy()
    values, lines = table["value"].to_numpy(), table["line"].to_numpy()
    in_order = (codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & (start[1:] >= start[:-1]))
    if not in_order.all():
        order = np.lexsort((start, codes))
        codes, start, end, values, lines = (column[order] for column in (codes, start, end, values, lines))
    overlap = (codes[1:] == codes[:-1]) & (start[1:] < end[:-1])
    if overlap.any():
        row = int(np.flatnonzero(overlap)[0])
        chrom = table["chrom"].cat.categories[codes[row]]
        one, other = sorted((int(lines[row]), int(lines[row + 1])))
        raise InputError(
            f"{name}, line {other:,}: its record overlaps that of line {one:,} "
            f"({chrom}:{start[row + 1]}-{min(end[row], end[row + 1])}).\n{remedy}"
        )
    names = [str(chrom) for chrom in table["chrom"].cat.categories]
    found = {names[code]: Records(start[rows], end[rows], values[rows]) for code, rows in by_contig(codes)}
    return {chrom: found[chrom] for chrom in names if chrom in found}
