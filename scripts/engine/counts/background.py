"""How deep an experiment was sequenced, and its reads in bins along the genome: what normalisation can lean on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from .records import Reads, Records, Track

#: Large enough that a peak fills little of a bin (csaw's choice for differences in composition).
BIN_BP = 10_000


class Binned:
    """A track that adds up its reads in bins while regions are counted in it: every contig is read once.

    Parameters
    ----------
    track : Track
    without : collection of str
        Contigs that take no part: mitochondria and plastids, of which a preparation holds much or little.
    """

    def __init__(self, track: Track, without: Collection[str] = ()) -> None:
        self._track = track
        self._without = set(without)
        self._sums: dict[str, np.ndarray] = {}
        self.name = track.name
        self.sizes = track.sizes

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records | Reads:
        """All of a contig: see `Track.overlapping`."""
        return self._add(chrom)

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

    def _add(self, chrom: str) -> Records | Reads:
        size = self.sizes.get(chrom, 0)
        whole = np.array([0]), np.array([size])
        found = self._track.overlapping(chrom, *whole)
        if size and chrom not in self._without:
            self._sums[chrom] = found.bin_sums(size, BIN_BP)
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
#: Bins that a row of `reads_along` sums up: inputs are shallow, and copies of DNA come in long stretches.
_TOGETHER = 10


def reads_along(bins: Mapping[str, Mapping[str, np.ndarray]], groups: Mapping[str, str]) -> pd.DataFrame:
    """Reads of each group along the genome, every sample brought to the same depth.

    Parameters
    ----------
    bins : mapping
        Sample -> contig -> reads in each bin of `BIN_BP`.
    groups : mapping of sample to "A" or "B"

    Returns
    -------
    DataFrame
        ``chrom start end`` (0-based, half-open, 100 kb each), ``reads_a``, ``reads_b``: means over a group's samples,
        at the depth of the shallowest.
    """
    totals = {name: float(sum(map(np.sum, found.values()))) for name, found in bins.items()}
    least = min(totals.values())
    sizes: dict[str, int] = {}
    for found in bins.values():
        for chrom, reads in found.items():
            sizes[chrom] = max(sizes.get(chrom, 0), len(reads))
    parts = []
    for chrom, size in sizes.items():
        rows = -(-size // _TOGETHER)
        sums = {"A": np.zeros(rows), "B": np.zeros(rows)}
        for name, found in bins.items():
            reads = np.pad(found.get(chrom, _NONE), (0, rows * _TOGETHER - len(found.get(chrom, _NONE))))
            sums[groups[name]] += reads.reshape(rows, _TOGETHER).sum(axis=1, dtype=float) * least / max(totals[name], 1)
        start = np.arange(rows) * BIN_BP * _TOGETHER
        parts.append(
            pd.DataFrame(
                {
                    "chrom": chrom,
                    "start": start,
                    "end": start + BIN_BP * _TOGETHER,
                    **{f"reads_{group.lower()}": sums[group] / list(groups.values()).count(group) for group in "AB"},
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
