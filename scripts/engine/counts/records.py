"""What tracks hold of a contig, records of coverage or reads, and how each is counted in regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, NoReturn, Protocol

import numpy as np

from ...common.errors import InputError
from ...common.text import plural


class Records(NamedTuple):
    """Records of one contig, whole and as stored: sorted, without overlap.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_records,)
        0-based half-open.
    values : ndarray of float64, shape (n_records,)
        Each is a 32-bit float's value.
    """

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray

    def count_in(self, starts: np.ndarray, ends: np.ndarray, scale: float, read_length: float) -> np.ndarray:
        """Reads in regions (0-based half-open), estimated from coverage: see `coverage.count_coverage`."""
        first, stop = self._spans(starts, ends)
        # reduceat sums each slice on its own: differences of one long running sum would lose the low digits that decide
        # on which side of a whole number a count falls.
        edges = np.column_stack([first, stop]).ravel()
        sums = np.add.reduceat(self._bases(), edges)[::2] if len(edges) else np.empty(0)
        counted = ((sums / scale + 0.5) / read_length).astype(np.int64) + 1
        return np.where(stop > first, counted, 0)

    def check(self, chrom: str, name: str, starts: np.ndarray, ends: np.ndarray, *, whole: bool) -> None:
        """Raise `InputError` where a record that touches a region has a value that is no coverage.

        Parameters
        ----------
        starts, ends : ndarray of int
            Regions, in any order.
        whole : bool
            Whether coverage must be a whole number.
        """
        if not self._wrong(whole).any():
            return
        touching = self.touching(starts, ends)
        wrong = touching._wrong(whole)
        if wrong.any():
            touching._refuse(wrong, chrom, name, whole)

    def _wrong(self, whole: bool) -> np.ndarray:
        """Which values are no coverage, or no whole number where they must be one."""
        wrong = ~(self.values >= 0) | np.isinf(self.values)
        return wrong | (self.values != np.round(self.values)) if whole else wrong

    def _refuse(self, wrong: np.ndarray, chrom: str, name: str, whole: bool) -> NoReturn:
        row = int(np.flatnonzero(wrong)[0])
        place = f"{chrom}:{self.starts[row]}-{self.ends[row]}"
        many = f"{plural(int(wrong.sum()), 'such record')} of {len(self.values):,}"
        seen = f"{name} has the value {self.values[row]:g} at {place} ({many})"
        if whole:
            raise InputError(
                f"{seen}: coverage must be raw read depth, that is whole numbers.\n"
                "Give such a file, or for normalised coverage the scale: the value that one read gives."
            )
        raise InputError(f"{seen}: coverage is a finite number, 0 or above.\nGive a file of read coverage.")

    def touching(self, starts: np.ndarray, ends: np.ndarray) -> Records:
        """The records that share at least one base with any of some intervals, in any order, whole."""
        first, stop = self._spans(*union(starts, ends))
        # One record may reach into two intervals.
        first[1:] = np.maximum(first[1:], stop[:-1])
        return Records(*_taken(self, first, stop))

    def cut(self, starts: np.ndarray, ends: np.ndarray) -> Records:
        """What lies within some intervals, sorted and apart from each other, cut at their ends."""
        first, stop = self._spans(starts, ends)
        begin, end = (np.repeat(edge, stop - first) for edge in (starts, ends))
        found = Records(*_taken(self, first, stop))
        return Records(np.maximum(found.starts, begin), np.minimum(found.ends, end), found.values)

    def _spans(self, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First record that touches each interval, and the one behind the last; equal where there is none."""
        first = np.searchsorted(self.ends, starts, side="right")
        return first, np.maximum(np.searchsorted(self.starts, ends, side="left"), first)

    def _bases(self) -> np.ndarray:
        """What each record adds to a sum over bases, and a 0 behind the last."""
        sums = np.zeros(len(self.starts) + 1)
        np.subtract(self.ends, self.starts, out=sums[:-1])
        sums[:-1] *= self.values
        return sums

    def bin_sums(self, size: int, width: int) -> np.ndarray:
        """Sum of the values of all bases of each bin of a contig: ndarray of float64, shape (ceil(size / width),)."""
        edges = np.minimum(np.arange(-(-size // width) + 1, dtype=np.int64) * width, size)
        return np.diff(self.sum_up_to(edges))

    def sum_up_to(self, edges: np.ndarray) -> np.ndarray:
        """Sum of the values of all bases before some bases; a value that is no number adds nothing."""
        if not len(self.starts):
            return np.zeros(edges.shape)
        finite = np.isfinite(self.values).all()
        total = (self if finite else self._replace(values=np.nan_to_num(self.values)))._bases()[:-1]
        np.cumsum(total, out=total)
        # The sum grows along records and stands still between them: straight lines between their ends. Those of the
        # records beside an edge are enough.
        after = np.searchsorted(self.starts, edges.ravel(), side="right")
        beside = np.zeros(len(total) + 1, dtype=bool)
        beside[after] = beside[np.maximum(after - 1, 0)] = True
        rows = np.flatnonzero(beside[:-1])
        knots = np.column_stack([self.starts[rows], self.ends[rows]]).ravel()
        heights = np.column_stack([np.where(rows > 0, total[rows - 1], 0.0), total[rows]]).ravel()
        return np.interp(edges, knots, heights)


class Reads(NamedTuple):
    """Aligned reads of one contig.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_reads,)
        First base and the one behind the last, 0-based, of each read's span on the reference; each column sorted for
        itself.
    """

    starts: np.ndarray
    ends: np.ndarray

    def count_in(self, starts: np.ndarray, ends: np.ndarray, scale: float, read_length: float) -> np.ndarray:
        """Reads that share at least one base with each region (0-based half-open); units have no meaning."""
        # Every read that ends before a region starts before its end, too.
        begun = np.searchsorted(self.starts, ends, side="left")
        return (begun - np.searchsorted(self.ends, starts, side="right")).astype(np.int64)

    def check(self, chrom: str, name: str, starts: np.ndarray, ends: np.ndarray, *, whole: bool) -> None:
        """Nothing: reads are counted as they are."""

    def touching(self, starts: np.ndarray, ends: np.ndarray) -> Reads:
        """All of them: those beside the intervals take no part in any count."""
        return self

    def bin_sums(self, size: int, width: int) -> np.ndarray:
        """Reads that begin in each bin of a contig: ndarray of float64, shape (ceil(size / width),)."""
        return np.bincount(self.starts // width, minlength=-(-size // width)).astype(float)


class Track(Protocol):
    """An open file of coverage or of reads.

    Attributes
    ----------
    name : str
        Path or address, for messages.
    sizes : mapping of str to int
        Contigs and their lengths in bases; of text files the end of their last record.
    notes : list of str
        What a reader should know of the file.
    """

    notes: list[str]

    @property
    def name(self) -> str: ...

    @property
    def sizes(self) -> Mapping[str, int]: ...

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records | Reads:
        """What of a contig overlaps any of some intervals (0-based half-open, in any order), whole, and more of it."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class RecordTrack(Track, Protocol):
    """A track that holds records: coverage, or one level of methylation a position.

    Attributes
    ----------
    is_fraction : bool
        Whether its format says that values of methylation are fractions; else that has to be recognised.
    """

    is_fraction: bool

    def records(self, chrom: str) -> Records:
        """All records of a contig; none for a contig that the file lacks."""
        ...


class Recorded:
    """Records in memory, of a text file that was read whole; a `RecordTrack`."""

    def __init__(self, name: str, contigs: Mapping[str, Records], *, is_fraction: bool = False) -> None:
        self.name = name
        self.notes: list[str] = []
        self.is_fraction = is_fraction
        self._contigs = dict(contigs)
        self.sizes = {chrom: int(found.ends[-1]) for chrom, found in self._contigs.items() if len(found.ends)}

    def close(self) -> None:
        """Forget the records."""
        self._contigs = {}

    def records(self, chrom: str) -> Records:
        """All records of a contig; none for a contig that the file lacks."""
        none = Records(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        return self._contigs.get(chrom, none)

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """The records of a contig that share at least one base with any of some intervals, whole."""
        return self.records(chrom).touching(starts, ends)


class Respelled:
    """A track whose contigs go by other names.

    Parameters
    ----------
    track : Track
    changes : mapping of str to str
        Name in the file -> name to use.
    """

    def __init__(self, track: Track, changes: Mapping[str, str]) -> None:
        self.name, self.notes = track.name, track.notes
        self.sizes = {changes.get(name, name): size for name, size in track.sizes.items()}
        self._track = track
        self._stored = {wanted: name for name, wanted in changes.items()}

    def close(self) -> None:
        """Close the file."""
        self._track.close()

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records | Reads:
        """What of a contig may overlap any of some intervals, whole."""
        return self._track.overlapping(self._stored.get(chrom, chrom), starts, ends)


def by_contig(chroms: np.ndarray) -> Iterator[tuple[int, slice]]:
    """Codes of contigs and the rows of each, of codes that are sorted."""
    edges = np.flatnonzero(np.diff(chroms)) + 1
    for first, stop in zip([0, *edges], [*edges, len(chroms)], strict=True):
        if stop > first:
            yield int(chroms[first]), slice(int(first), int(stop))


def union(starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join intervals that overlap or touch, and sort them."""
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order].astype(np.int64), np.maximum.accumulate(ends[order].astype(np.int64))
    apart = starts[1:] > ends[:-1]
    ending = np.append(apart, True)[: len(ends)]
    return starts[np.append(True, apart)[: len(starts)]], ends[ending]


def _taken(columns: tuple[np.ndarray, ...], first: np.ndarray, stop: np.ndarray) -> list[np.ndarray]:
    """Rows of several slices, one behind the other."""
    if len(first) == 1:
        return [column[first[0] : stop[0]] for column in columns]
    counts = stop - first
    rows = np.arange(int(counts.sum())) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    return [column[rows] for column in columns]
