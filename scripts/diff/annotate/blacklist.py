"""Places that give signal in any experiment: ENCODE's blacklists, or a list of one's own.

Amemiya HM, Kundaje A, Boyle AP (2019). Scientific Reports 9:9354. doi:10.1038/s41598-019-45839-z
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...chipatlas.cache.downloads import fetch
from ...chipatlas.endpoints import blacklist_url
from ...chipatlas.transport.client import Client
from ...common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from ...common.text import clean_label
from ...engine.peaks.peak_files import BED_LINE, FOURTH_CELL, parse_intervals
from ..results.overlaps import overlapping

#: The word for the assembly's own list.
ENCODE = "encode"
#: The word for no list, where None cannot be typed.
NONE = "none"
#: Assemblies of ChIP-Atlas that version 2 has a list of.
LISTED_GENOMES = ("hg38", "hg19", "mm10", "dm6", "dm3", "ce11", "ce10")
#: The longest list packs into some 100 kB.
MOST_PACKED_BYTES = 1 << 22
MOST_BYTES = 1 << 26
COLUMNS = ("chrom", "start", "end", "reason")
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Blacklist:
    """A list, or why there is none.

    Attributes
    ----------
    table : DataFrame or None
        ``chrom start end reason`` (0-based, half-open); None where there is none.
    source : str
        What it is, for readers; empty when nobody wanted one.
    problem : str
        Why a list that was wanted could not be had; empty when there is none to tell.
    """

    table: pd.DataFrame | None = None
    source: str = ""
    problem: str = ""


def blacklist_for(given: str | os.PathLike[str] | pd.DataFrame | None, genome: str, client: Client) -> Blacklist:
    """The blacklist that a comparison is held against.

    Parameters
    ----------
    given : str, path, DataFrame or None
        ``"encode"`` for the assembly's list, a BED file (plain or gzipped), a table with ``chrom start end`` (0-based,
        half-open) and maybe ``reason``, or None for no list.
    genome : str
        Assembly, such as ``hg38``.
    client : Client

    Returns
    -------
    Blacklist
        That ENCODE's list could not be had is its `problem`, not an error: a comparison is whole without it.

    Raises
    ------
    InputError
        A file or a table that is no list of intervals; anything else than the four.
    """
    if given is None or (isinstance(given, str) and given == NONE):
        return Blacklist()
    if isinstance(given, pd.DataFrame):
        return Blacklist(_checked_table(given), "the table given as blacklist")
    if not isinstance(given, str | os.PathLike):
        raise InputError(
            f"blacklist is {type(given).__name__}; give {ENCODE!r}, the path of a BED file, a table with "
            f"{', '.join(COLUMNS[:3])}, or None."
        )
    if given != ENCODE:
        return Blacklist(read_blacklist(given), os.fspath(given))
    source = f"ENCODE's blacklist of {genome} (version 2)"
    try:
        table = fetch_blacklist(genome, client)
        return Blacklist(table, f"a SIMULATED blacklist of {genome}" if client.simulated else source)
    except (NotFoundError, BadResponseError, ServiceUnavailableError) as error:
        return Blacklist(None, source, str(error).splitlines()[0])


def fetch_blacklist(genome: str, client: Client) -> pd.DataFrame:
    """Download ``{genome}-blacklist.v2.bed.gz`` through the cache.

    Returns
    -------
    DataFrame
        ``chrom start end`` (0-based, half-open) and ``reason``: "High Signal Region" or "Low Mappability".

    Raises
    ------
    NotFoundError
        No list of this assembly.
    BadResponseError, ServiceUnavailableError
        Something else than a list came, or nothing.
    """
    if genome not in LISTED_GENOMES:
        raise NotFoundError(
            f"ENCODE has no blacklist of {genome}; version 2 has lists of {', '.join(LISTED_GENOMES)}.\n"
            "A BED file of your own can stand in."
        )
    url = blacklist_url(f"{genome}-blacklist.v2.bed.gz")
    with fetch(client, url, MOST_PACKED_BYTES) as file:
        content = b"".join(file.blocks())
        try:
            return _parse(_text(content, url), url)
        except InputError as error:
            raise BadResponseError(f"{url} holds no blacklist: {str(error).splitlines()[0]}", content[:200]) from error


def read_blacklist(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a BED file of three columns or more, plain or gzipped.

    Comments, blank lines, and ``track`` and ``browser`` lines are passed over.

    Returns
    -------
    DataFrame
        ``chrom start end`` (0-based, half-open) and ``reason``: the fourth column, empty where there is none.

    Raises
    ------
    InputError
        No such file, damaged, without an interval, or a line that is none: file and line number are named.
    """
    name = os.fspath(path)
    try:
        content = Path(name).expanduser().read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"Cannot read the blacklist {name}: {reason}. Give a BED file, or {ENCODE!r}.") from error
    return _parse(_text(content, name), name)


def blacklisted(regions: pd.DataFrame, blacklist: pd.DataFrame) -> pd.Series:
    """For each region, whether it shares a base with any interval of a blacklist.

    Parameters
    ----------
    regions : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open).
    blacklist : DataFrame
        ``chrom``, ``start``, ``end`` (0-based, half-open).

    Returns
    -------
    Series of bool
        Indexed as `regions`.
    """
    return overlapping(regions, as_regions(blacklist))


def as_regions(blacklist: pd.DataFrame) -> pd.DataFrame:
    """A blacklist in the columns of regions."""
    return blacklist.rename(columns={"start": "chromStart", "end": "chromEnd"})


def _checked_table(given: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in COLUMNS[:3] if name not in given]
    if missing:
        raise InputError(
            f"The blacklist lacks the column {missing[0]}; it has {', '.join(map(str, given.columns))}.\n"
            "Give chrom, start and end (0-based, half-open)."
        )
    table = given.reset_index(drop=True)
    start, end = (pd.to_numeric(table[name], errors="coerce") for name in COLUMNS[1:3])
    wrong = ~((start >= 0) & (end > start) & (start % 1 == 0) & (end % 1 == 0)) | table["chrom"].isna()
    if wrong.any() or table.empty:
        row = int(wrong.idxmax()) if len(table) else 0
        what = f"row {row:,} of the blacklist is no interval" if len(table) else "the blacklist has no row"
        raise InputError(f"{what[:1].upper()}{what[1:]}. Give chrom, start (0 or above) and a greater end.")
    reason = table["reason"].astype(str) if "reason" in table else ""
    return pd.DataFrame(
        {
            "chrom": table["chrom"].astype(str),
            "start": start.astype("int64"),
            "end": end.astype("int64"),
            "reason": reason,
        }
    )


def _text(content: bytes, name: str) -> str:
    if content[:2] == _GZIP_MAGIC:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
                content = stream.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{name} is a damaged gzip file ({error}). Fetch or pack it again.") from error
    if len(content) > MOST_BYTES:
        raise InputError(f"{name} holds more than {MOST_BYTES:,} bytes: no blacklist is so long. Give a shorter one.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text file, so no BED file. Give intervals as BED, plain or gzipped.") from error


def _parse(text: str, name: str) -> pd.DataFrame:
    table, _ = parse_intervals(text, name, FOURTH_CELL)
    if table.empty:
        raise InputError(f"{name} holds no interval. {BED_LINE}")
    reason = table["fourth"].fillna("").map(clean_label)
    return table.drop(columns="fourth").assign(reason=reason).reset_index(drop=True)
