"""How deep an experiment was sequenced, and its reads in bins along the genome: what normalisation can lean on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from .bigwig import BigWig, Records, touching

#: Large enough that a peak fills little of a bin (csaw's choice for differences in composition).
BIN_BP = 10_000


class Binned:
    """A track that adds up its reads in bins while regions are counted in it: every contig is read once.

    Parameters
    ----------
    track : BigWig
    without : collection of str
        Contigs that take no part: mitochondria and plastids, of which a preparation holds much or little.
    """

    def __init__(self, track: BigWig, without: Collection[str] = ()) -> None:
        self._track = track
        self._without = set(without)
        self._sums: dict[str, np.ndarray] = {}
        self.name = track.name
        self.sizes = track.sizes

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """As `BigWig.overlapping`."""
        return touching(self._add(chrom), starts, ends)

    def bins(self, scale: float, read_length: float) -> dict[str, np.ndarray]:
        """Reads in each bin of `BIN_BP`, by contig; the last bin of a contig may be shorter.

        Parameters
        ----------
        scale, read_length : float
            As of `count_coverage`. The sum of all bins is the number of mapped reads.
        """
        for chrom in self.sizes:
            if chrom not in self._sums and chrom not in self._without:
                self._add(chrom)
        kept = {chrom: sums for chrom, sums in self._sums.items() if chrom not in self._without}
        return {chrom: (sums / (scale * read_length)).astype(np.float32) for chrom, sums in kept.items()}

    def _add(self, chrom: str) -> Records:
        found = self._track.records(chrom)
        if chrom not in self._without and chrom in self.sizes:
            self._sums[chrom] = bin_sums(found, self.sizes[chrom])
        return found


def common_bins(bins: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The bins of several experiments in one row each, in the same order; contigs that one lacks hold no read of it."""
    sizes: dict[str, int] = {}
    for found in bins.values():
        for chrom, reads in found.items():
            sizes[chrom] = max(sizes.get(chrom, 0), len(reads))
    return {
        name: np.concatenate(
            [np.pad(found.get(chrom, _NONE), (0, size - len(found.get(chrom, _NONE)))) for chrom, size in sizes.items()]
            or [_NONE]
        )
        for name, found in bins.items()
    }


_NONE = np.zeros(0, dtype=np.float32)


def bin_sums(records: Records, size: int, width: int = BIN_BP) -> np.ndarray:
    """Sum of the values of all bases of each bin.

    Parameters
    ----------
    records : Records
        Of one contig, sorted, without overlap.
    size : int
        Of the contig, in bp.

    Returns
    -------
    ndarray of float64, shape (ceil(size / width),)
    """
    edges = np.minimum(np.arange(-(-size // width) + 1, dtype=np.int64) * width, size)
    if not len(records.starts):
        return np.zeros(len(edges) - 1)
    # The sum up to a base grows along records and stands still between them: straight lines between these knots.
    total = np.cumsum((records.ends - records.starts) * records.values)
    knots = np.column_stack([records.starts, records.ends]).ravel()
    heights = np.column_stack([np.append(0.0, total[:-1]), total]).ravel()
    return np.diff(np.interp(edges, knots, heights))
