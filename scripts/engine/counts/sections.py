"""Coverage in bins of windows, from the parts of a bigWig that lie around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ..files.contigs import Contigs, spelling_of, told
from .bigwig import BigWig
from .counting import naming
from .coverage import check_contigs
from .records import Records

#: The data of windows are fetched as the index names them; in blocks come the head and the names of the contigs.
SECTION_BLOCK_BYTES = 1 << 13
#: A few windows cost about as much as such a file.
WHOLE_FILE_BYTES = 1 << 20


@dataclass(frozen=True)
class SignalTrack:
    """A bigWig to read.

    Attributes
    ----------
    name : str
        Accession, or a name of the user's.
    source : str
        Path, or http(s) address.
    factor : float
        What its values are multiplied by.
    """

    name: str
    source: str
    factor: float = 1.0


class Sections(NamedTuple):
    """What was read of one track.

    Attributes
    ----------
    values : ndarray of float32, shape (n_windows, n_bins)
        Mean over the bases of each bin, 0 where the file holds nothing; over those on the contig for a bin that reaches
        beyond it, and NaN for one that lies beyond, or on a contig that the file lacks.
    bytes_read, bytes_whole : int
        Of a file behind an address: received, and its size; 0 of a local one.
    simulated : bool
    notes : list of str
    """

    values: np.ndarray
    bytes_read: int
    bytes_whole: int
    simulated: bool
    notes: list[str]


def read_sections(track: SignalTrack, *, windows: pd.DataFrame, width: int | np.ndarray, genome: str) -> Sections:
    """Mean coverage in the bins of windows, all of as many bins.

    Parameters
    ----------
    windows : DataFrame of shape (n_windows, 3)
        ``chrom start end``, 0-based half-open; they may reach beyond the contig.
    width : int, or ndarray of shape (n_windows,)
        Bases of a bin; divides the length of each window, into one and the same number of bins.

    Raises
    ------
    InputError, BadResponseError, NotFoundError, ServiceUnavailableError, MissingExtraError
        What `BigWig` raises, the track named; `InputError` too for a file without any of the contigs.
    """
    starts, ends = (windows[name].to_numpy(np.int64) for name in ("start", "end"))
    widths = np.broadcast_to(width, len(windows))
    n_bins = int((ends[0] - starts[0]) // widths[0]) if len(windows) else 0
    values = np.full((len(windows), n_bins), np.nan, dtype=np.float32)
    sizes = {"block_bytes": SECTION_BLOCK_BYTES, "whole_below": WHOLE_FILE_BYTES}
    with naming(track.name), Client() as client, BigWig(track.source, client, **sizes) as file:
        contigs = list(windows["chrom"].unique())
        spelling = spelling_of(genome, [Contigs(contigs, True)])
        changes = {
            name: wanted for name, wanted in spelling.changes(file.sizes, file.name).items() if wanted in contigs
        }
        stored = {wanted: name for name, wanted in changes.items()}
        if not stored:
            check_contigs(contigs, file)
        for chrom, rows in windows.groupby("chrom", sort=False).indices.items():
            name = stored.get(str(chrom), str(chrom))
            if name in file.sizes:
                found = file.sections(name, starts[rows], ends[rows])
                values[rows] = bin_means(found, starts[rows], n_bins, widths[rows], file.sizes[name]) * track.factor
        read, whole = file.transferred
        return Sections(values, read, whole, client.simulated, [told(changes)] if changes else [])


def bin_means(found: Records, starts: np.ndarray, n_bins: int, widths: np.ndarray, size: int) -> np.ndarray:
    """Mean of the bases of each bin of windows on one contig: ndarray of shape (n_windows, n_bins).

    Parameters
    ----------
    found : Records
        All that the contig holds within the windows.
    starts, widths : ndarray of int, shape (n_windows,)
        Of each window the begin, and the bases of a bin.
    size : int
        Length of the contig in bases.
    """
    edges = np.clip(starts[:, None] + np.arange(n_bins + 1) * widths[:, None], 0, size)
    bases = np.diff(edges, axis=1)
    sums = np.diff(found.sum_up_to(edges), axis=1)
    return np.where(bases > 0, sums / np.maximum(bases, 1), np.nan)
