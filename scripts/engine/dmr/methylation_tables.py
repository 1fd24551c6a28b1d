"""Opening a file of methylation, whatever its kind; Bismark's coverage files and bedMethyl."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...chipatlas.transport.client import Client
from ..counts.bedgraph import contigs_of, read_bedgraph
from ..counts.bigwig import BigWig
from ..counts.records import Recorded, RecordTrack
from ..counts.tracks import Openers, open_as
from ..files.kinds import Kind
from ..files.text_tables import Layout, read_file, refuse_rows

_BISMARK = Layout(
    "coverage file of Bismark",
    {
        "start": (1, int),
        "end": (2, int),
        "percent": (3, float),
        "methylated": (4, int),
        "unmethylated": (5, int),
    },
    "A line gives chromosome, start and end (from 1), per cent methylation, and the methylated and unmethylated reads.",
)
_BEDMETHYL = Layout(
    "bedMethyl",
    {"start": (1, int), "end": (2, int), "reads": (9, int), "percent": (10, float)},
    "A line gives chromosome, start (from 0) and end, in column 10 the reads and in column 11 per cent methylation.",
)
_PERCENT = 100.0
#: By how many per cent two numbers of one line may differ: some tools write whole ones.
_ROUNDING = 1.0
_ONE_EACH = "A position has one level: give one line a position, of one strand and one kind of modification."


def open_methylation(source: str | Path, client: Client | None = None) -> RecordTrack:
    """Open a bigWig, a bedGraph, a coverage file of Bismark or a bedMethyl.

    Raises
    ------
    InputError
        The file is of another kind, which is named, or what the readers of these kinds raise.
    BadResponseError, NotFoundError, ServiceUnavailableError
        What they raise for an address.
    MissingExtraError
        The `local` extra is not installed.
    """
    return open_as(source, METHYLATION, client)


def read_bismark(source: str | Path, client: Client | None = None) -> Recorded:
    """Read a coverage file of Bismark (``.cov``), plain or gzipped.

    A line ``chrom start end percent methylated unmethylated``, positions from 1 with both ends included, is one
    measurement: methylated / (methylated + unmethylated) reads. Positions without reads are none. Strands stay apart as
    they stand; ``coverage2cytosine --merge_CpG`` joins them.

    Parameters
    ----------
    source : path or str
        Of a local file, or an http(s) address: fetched whole.
    client : Client, optional
        For an address; one of its own when not given.

    Returns
    -------
    Recorded
        Fractions; positions 0-based half-open.

    Raises
    ------
    InputError
        No such file, no record, a malformed line, a percentage that its reads do not give, or a position twice; file
        and line are named.
    NotFoundError, BadResponseError, ServiceUnavailableError
        What `text_stream` raises for an address.
    """
    name = str(source)
    table = read_file(source, client, _BISMARK)
    methylated, unmethylated = (table[column].to_numpy() for column in ("methylated", "unmethylated"))
    reads = methylated + unmethylated
    refuse_rows((methylated < 0) | (unmethylated < 0), table, name, f"a number of reads is below 0.\n{_BISMARK.line}")
    fraction = methylated / np.maximum(reads, 1)
    fits = np.abs(_PERCENT * fraction - table["percent"].to_numpy()) <= _ROUNDING
    refuse_rows((reads > 0) & ~fits, table, name, f"its reads do not give its per cent methylation.\n{_BISMARK.line}")
    table = table.assign(start=table["start"] - 1, value=fraction)[reads > 0]
    return Recorded(name, contigs_of(table, name, _ONE_EACH), is_fraction=True)


def read_bedmethyl(source: str | Path, client: Client | None = None) -> Recorded:
    """Read a bedMethyl, ENCODE's or modkit's, plain or gzipped.

    A line, positions 0-based half-open, is one measurement: column 11 in per cent. Positions without reads (column 10)
    are none. The C of both strands of one CpG are two positions as they stand: + at p, - at p + 1.

    Parameters
    ----------
    source : path or str
        Of a local file, or an http(s) address: fetched whole.
    client : Client, optional
        For an address; one of its own when not given.

    Returns
    -------
    Recorded
        Fractions; positions 0-based half-open.

    Raises
    ------
    InputError
        No such file, no record, a malformed line, a level outside 0 to 100, or a position twice; file and line are
        named.
    NotFoundError, BadResponseError, ServiceUnavailableError
        What `text_stream` raises for an address.
    """
    name = str(source)
    table = read_file(source, client, _BEDMETHYL)
    percent, measured = table["percent"].to_numpy(), table["reads"].to_numpy() > 0
    outside = measured & ~((percent >= 0) & (percent <= _PERCENT))
    refuse_rows(outside, table, name, f"its methylation lies outside 0 to 100 per cent.\n{_BEDMETHYL.line}")
    table = table.assign(value=percent / _PERCENT)[measured]
    return Recorded(name, contigs_of(table, name, _ONE_EACH), is_fraction=True)


#: Kinds of methylation.
METHYLATION: Openers[RecordTrack] = {
    Kind.BIGWIG: BigWig,
    Kind.BEDGRAPH: read_bedgraph,
    Kind.BISMARK: read_bismark,
    Kind.BEDMETHYL: read_bedmethyl,
}
