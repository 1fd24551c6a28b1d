"""What one read adds to a coverage track, and how long a read is: read off the track where nobody says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...common.errors import InputError
from .records import RecordTrack

#: Records in which a read stands alone: so many are enough to tell its length.
WANTED_READS, LEAST_READS = 2_000, 20
#: Values are 32-bit floats, and metadata are rounded (% mapped has one decimal).
_SAME_VALUE, _SAME_SCALE = 1e-4, 0.05


class ReadDepth(NamedTuple):
    """Units of a coverage track.

    Attributes
    ----------
    scale : float
        Value that one read gives.
    read_length : float
        Bases a read.
    notes : list of str
        What had to be inferred.
    """

    scale: float
    read_length: float
    notes: list[str]


def read_depth(
    track: RecordTrack,
    *,
    scale: float | None = None,
    read_length: float | None = None,
    candidates: Sequence[float] = (),
) -> ReadDepth:
    """Units of a track of reads per million.

    Its least value above zero is that of a single read: it tells which of the `candidates` is meant (ChIP-Atlas's
    metadata do not say whether reads are paired, which halves the scale). The length of records in which one read
    stands alone, nothing beside it, is the read length.

    Parameters
    ----------
    scale, read_length : float, optional
        What is known already.
    candidates : sequence of float
        Scales that the metadata allow.

    Raises
    ------
    InputError
        Something has to be inferred and the track holds too few reads that stand alone.
    """
    if scale is not None and read_length is not None:
        return ReadDepth(scale, read_length, [])
    unit, lengths = _lone_reads(track)
    notes = []
    if scale is None:
        scale = _nearest(unit, candidates)
        if scale is None:
            scale = unit
            told = "the metadata tell no number of reads" if not candidates else "the metadata's reads do not fit it"
            notes.append(f"one read = {unit:.6g}, the least value of the track ({told})")
    if read_length is None:
        if len(lengths) < LEAST_READS:
            raise InputError(
                f"{track.name}: only {len(lengths)} reads stand alone, too few to tell how long a read is.\n"
                "Give its read length: {'sample': accession, 'read_length': 50}, or a column of a sample sheet."
            )
        read_length = _usual_length(lengths)
        notes.append(f"read length {read_length:g}, that of {len(lengths):,} reads that stand alone in the track")
    return ReadDepth(scale, read_length, notes)


def scales_of(reads: float, mapped_percent: float, duplicate_percent: float) -> tuple[float, float]:
    """Scale of a single-end and of a paired-end experiment: 1e6 / usable reads, both mates of a pair counted."""
    usable = reads * mapped_percent / 100 * (1 - duplicate_percent / 100)
    return (1e6 / usable, 1e6 / (2 * usable)) if usable > 0 else (np.inf, np.inf)


def _lone_reads(track: RecordTrack) -> tuple[float, np.ndarray]:
    """Least value above zero, and the lengths of records of that value with nothing beside them."""
    unit = np.inf
    lengths: np.ndarray = np.empty(0, dtype=np.int64)
    for chrom in sorted(track.sizes, key=lambda name: -track.sizes[name]):
        found = track.records(chrom)
        covered = found.values > 0
        starts, ends, values = found.starts[covered], found.ends[covered], found.values[covered]
        if not len(values):
            continue
        least = float(values.min())
        if least < unit * (1 - _SAME_VALUE):
            unit, lengths = least, lengths[:0]
        touches = np.append(starts[1:] == ends[:-1], False)
        alone = ~touches & ~np.append(False, touches[:-1]) & (values <= unit * (1 + _SAME_VALUE))
        lengths = np.concatenate([lengths, (ends - starts)[alone]])
        if len(lengths) >= WANTED_READS:
            break
    if not np.isfinite(unit):
        raise InputError(f"{track.name} holds no coverage above 0. Check the file, or leave the experiment out.")
    return unit, lengths


def _nearest(unit: float, candidates: Sequence[float]) -> float | None:
    possible = [scale for scale in candidates if np.isfinite(scale)]
    best = min(possible, key=lambda scale: abs(np.log(scale / unit)), default=None)
    return best if best is not None and abs(np.log(best / unit)) <= _SAME_SCALE else None


def _usual_length(lengths: np.ndarray) -> float:
    """The most frequent length where half of the reads have it (untrimmed reads), or else the mean."""
    counts = np.bincount(lengths)
    usual = int(counts.argmax())
    return float(usual) if 2 * counts[usual] >= len(lengths) else round(float(lengths.mean()), 1)
