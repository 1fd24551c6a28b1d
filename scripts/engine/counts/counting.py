"""Reads of all experiments of a comparison in its regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.errors import ChipAtlasError
from ..files.contigs import Spelling, told
from ..workers import in_processes
from .background import Binned
from .bam import Bam
from .coverage import check_contigs, count_in, missing_contigs
from .read_depth import ReadDepth, read_depth
from .records import RecordTrack, Respelled, Track
from .tracks import open_track


@dataclass(frozen=True)
class Coverage:
    """Where the coverage of an experiment is, and what is known of its units.

    Attributes
    ----------
    name : str
        Accession, or a name of the user's.
    source : str
        bigWig, bedGraph or indexed BAM, path or http(s) address; see `open_track`.
    scale, read_length : float or None
        See `count_coverage`; None is read off the track.
    scales : tuple of float
        What the metadata allow for `scale`; see `read_depth`.
    spelling : Spelling or None
        How the regions spell contigs, where the file may spell them otherwise.
    not_binned : tuple of str
        Contigs whose reads are left out of `Counted.bins`.
    """

    name: str
    source: str
    scale: float | None = None
    read_length: float | None = None
    scales: tuple[float, ...] = ()
    spelling: Spelling | None = None
    not_binned: tuple[str, ...] = ()


class Counted(NamedTuple):
    """Reads of one experiment.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_regions,)
    missing : list of str
        Contigs of the regions that the file lacks; their counts are 0.
    bins : dict of str to ndarray of float32
        Contig -> reads in each bin of it; see `engine.counts.background`.
    depth : ReadDepth or None
        The units that were used; none of a BAM, whose reads are counted as they are.
    simulated : bool
        Whether the coverage came from the embedded service.
    files : dict
        The file, as `Client.files` describes it, where it was read from an address.
    notes : list of str
        What a reader should know of the file: its kind, where its name says another, and contigs spelled otherwise.
    usable_reads : int or None
        Mapped reads that were counted over the whole file; of a BAM alone.
    """

    counts: np.ndarray
    missing: list[str]
    bins: dict[str, np.ndarray]
    depth: ReadDepth | None
    simulated: bool
    files: dict[str, dict[str, Any]]
    notes: Sequence[str] = ()
    usable_reads: int | None = None


def count_all(regions: pd.DataFrame, experiments: Sequence[Coverage], workers: int | None = None) -> list[Counted]:
    """Count the reads of each experiment in each region, each experiment in a process of its own.

    Parameters
    ----------
    regions : DataFrame of shape (n_regions, 3 or more)
        ``chrom start end``, 0-based half-open.
    experiments : sequence of Coverage
        Each name once.
    workers : int, optional
        See `in_processes`.

    Raises
    ------
    InputError
        What `in_processes`, `read_depth` and `count_coverage` raise, the experiment named.
    BadResponseError, NotFoundError, ServiceUnavailableError
        What `count_coverage` raises, the experiment named.
    MissingExtraError
        The `local` extra is not installed.
    """
    # Names of contigs as categories: sent to a process, and grouped there, as small numbers.
    places = regions[["chrom", "start", "end"]].astype({"chrom": "category"})
    count = partial(_count, regions=places)
    return in_processes(count, experiments, workers, "Counting reads")


def _count(experiment: Coverage, regions: pd.DataFrame) -> Counted:
    with naming(experiment.name), Client() as client, closing(open_track(experiment.source, client)) as opened:
        depth, notes = _units(opened, experiment)
        scale, read_length = (depth.scale, depth.read_length) if depth else (1.0, 1.0)
        track, respelled = _respelled(opened, experiment.spelling)
        check_contigs(regions["chrom"].unique(), track)
        binned = Binned(track, experiment.not_binned)
        counts = count_in(binned, regions, scale, read_length)
        missing = missing_contigs(regions["chrom"].unique(), track)
        bins = binned.bins(scale, read_length)
        usable = None
        if isinstance(opened, Bam):
            usable = opened.usable_reads()
            notes += opened.describe()
        notes = [*opened.notes, *respelled, *notes]
        return Counted(counts, missing, bins, depth, client.simulated, client.files, notes, usable)


def _units(opened: RecordTrack | Bam, experiment: Coverage) -> tuple[ReadDepth | None, list[str]]:
    """Units of coverage; none of a BAM, and that they were given for nothing."""
    if isinstance(opened, Bam):
        given = experiment.read_length is not None or experiment.scale not in (None, 1.0)
        return None, ["read length and scale are not used: reads themselves are counted"] if given else []
    known = {"scale": experiment.scale, "read_length": experiment.read_length}
    return read_depth(opened, candidates=experiment.scales, **known), []


def _respelled(opened: Track, spelling: Spelling | None) -> tuple[Track, list[str]]:
    """A track in the spelling of the regions, and what was translated."""
    changes = spelling.changes(opened.sizes, opened.name) if spelling else {}
    return (Respelled(opened, changes), [told(changes)]) if changes else (opened, [])


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put an experiment's name before the message of what goes wrong with its file."""
    try:
        yield
    except ChipAtlasError as error:
        raise type(error)(f"{name}: {error}") from error
