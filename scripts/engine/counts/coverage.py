"""Coverage in regions to read counts, the way ChIP-Atlas counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from ...common.errors import InputError
from .records import Reads, Records, Track
from .tracks import open_track

#: Names of contigs that a message shows.
_SHOWN_CONTIGS = 3


class Named(Protocol):
    """A file with a name, for messages, and contigs."""

    @property
    def name(self) -> str: ...

    @property
    def sizes(self) -> Mapping[str, int]: ...


class _Given(Records):
    """Records of a table: each is looked at, wherever it lies."""

    def touching(self, starts: np.ndarray, ends: np.ndarray) -> _Given:
        """All of them."""
        return self


class _Frame:
    """Records in memory, asked as a bigWig is."""

    name = "the table of coverage"

    def __init__(self, records: pd.DataFrame) -> None:
        self._columns = [records[name].to_numpy() for name in ("start", "end", "value")]
        self._rows_of = records.groupby("chrom", sort=False).indices

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """All records of a contig; those beside the intervals take no part in any sum."""
        rows = self._rows_of.get(chrom, np.empty(0, np.int64))
        found = _Given(*(column[rows] for column in self._columns))
        if (found.starts[1:] < found.ends[:-1]).any():
            raise InputError(f"Coverage records of {chrom} overlap or are not sorted; a bigWig's never do.")
        return found


def count_coverage(
    regions: pd.DataFrame, coverage: pd.DataFrame | str | Path | Track, scale: float, read_length: float
) -> np.ndarray:
    """Estimate the reads of one experiment in each region from its coverage.

    Every record that overlaps a region counts **whole**, also where it reaches beyond (the service intersects with
    ``bedtools intersect -wa -wb`` and sums the records it is given)::

        count = int((sum(length * value) / scale + 0.5) / read_length) + 1

    and 0 for a region without any record. Of a bigWig only the records around the regions are kept: memory
    grows with those of one contig, not with the file.

    Parameters
    ----------
    regions : DataFrame of shape (n_regions, 3 or more)
        ``chrom start end``, 0-based half-open, in any order. Regions on contigs that a file lacks count 0, unless that
        is all of them; `missing_contigs` tells which.
    coverage : DataFrame of shape (n_records, 4), or path, http(s) address or open track
        ``chrom start end value``: each contig's records sorted and without overlap. Or a bigWig, a bedGraph or an
        indexed BAM (see `open_track`): of a BAM the reads in each region are counted as they are (see `Bam`), and
        neither scale nor read length has a meaning.
    scale : float
        Value that one read gives (reads per million: 1e6 / usable reads). 1 stands for raw read depth: then the values
        must be whole numbers.
    read_length : float
        Bases a read.

    Returns
    -------
    ndarray of int64, shape (n_regions,)

    Raises
    ------
    InputError
        `scale` or `read_length` is not above 0; a file has none of the regions' contigs; records of a table overlap or
        are unsorted; a value is not finite, below 0, or no whole number at scale 1; or what `open_track` raises for
        a local file.
    BadResponseError, NotFoundError, ServiceUnavailableError
        What `open_track` raises for an address.
    """
    if not (scale > 0 and read_length > 0):
        raise InputError(f"scale ({scale}) and read length ({read_length}) must be above 0.")
    if isinstance(coverage, pd.DataFrame):
        return count_in(_Frame(coverage), regions, scale, read_length)
    with closing(open_track(coverage)) if isinstance(coverage, (str, Path)) else nullcontext(coverage) as opened:
        check_contigs(regions["chrom"].unique(), opened)
        return count_in(opened, regions, scale, read_length)


class Source(Protocol):
    """What can be asked for what a contig holds around some intervals; a name for messages."""

    @property
    def name(self) -> str: ...

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records | Reads: ...


def count_in(track: Source, regions: pd.DataFrame, scale: float, read_length: float) -> np.ndarray:
    """`count_coverage` of a track that is open; its contigs are not looked at."""
    counts = np.zeros(len(regions), dtype=np.int64)
    starts, ends = (regions[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    for chrom, wanted in regions.groupby("chrom", sort=False, observed=True).indices.items():
        found = track.overlapping(str(chrom), starts[wanted], ends[wanted])
        places = starts[wanted], ends[wanted]
        found.check(str(chrom), track.name, *places, whole=scale == 1)
        counts[wanted] = found.count_in(*places, scale, read_length)
    return counts


def missing_contigs(chroms: Iterable[str], opened: Named) -> list[str]:
    """The contigs that a file lacks, in the given order."""
    return [str(chrom) for chrom in dict.fromkeys(chroms) if chrom not in opened.sizes]


def check_contigs(chroms: Iterable[str], opened: Named) -> None:
    """Raise `InputError` when a file has none of the contigs: it is of another genome, or spells them otherwise."""
    chroms = list(dict.fromkeys(chroms))
    if chroms and len(missing_contigs(chroms, opened)) == len(chroms):
        ours, theirs = (", ".join(map(str, names[:_SHOWN_CONTIGS])) or "none" for names in (chroms, list(opened.sizes)))
        raise InputError(
            f"{opened.name} has no contig of the others: its contigs are {theirs} ({len(opened.sizes):,}), "
            f"theirs {ours} ({len(chroms):,}).\n"
            "Give files of one genome assembly that spell its contigs the same way."
        )
