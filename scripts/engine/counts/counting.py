"""Reads of all experiments of a comparison in its regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.errors import ChipAtlasError
from ..workers import in_processes
from .background import Binned
from .bigwig import BigWig
from .coverage import check_contigs, count_in, missing_contigs
from .read_depth import ReadDepth, read_depth


@dataclass(frozen=True)
class Coverage:
    """Where the coverage of an experiment is, and what is known of its units.

    Attributes
    ----------
    name : str
        Accession, or a name of the user's.
    source : str
        bigWig, path or http(s) address.
    scale, read_length : float or None
        See `count_coverage`; None is read off the track.
    scales : tuple of float
        What the metadata allow for `scale`; see `read_depth`.
    not_binned : tuple of str
        Contigs whose reads are left out of `Counted.bins`.
    """

    name: str
    source: str
    scale: float | None = None
    read_length: float | None = None
    scales: tuple[float, ...] = ()
    not_binned: tuple[str, ...] = ()


class Counted(NamedTuple):
    """Reads of one experiment.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_regions,)
    missing : list of str
        Contigs of the regions that the bigWig lacks; their counts are 0.
    bins : dict of str to ndarray of float32
        Contig -> reads in each bin of it; see `engine.counts.background`.
    depth : ReadDepth
        The units that were used.
    simulated : bool
        Whether the coverage came from the embedded service.
    files : dict
        The file, as `Client.files` describes it, where it was read from an address.
    """

    counts: np.ndarray
    missing: list[str]
    bins: dict[str, np.ndarray]
    depth: ReadDepth
    simulated: bool
    files: dict[str, dict[str, Any]]


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
    count = partial(_count, regions=regions[["chrom", "start", "end"]])
    return in_processes(count, experiments, workers, "Counting reads")


def _count(experiment: Coverage, regions: pd.DataFrame) -> Counted:
    with naming(experiment.name), Client() as client, BigWig(experiment.source, client) as opened:
        depth = read_depth(
            opened, scale=experiment.scale, read_length=experiment.read_length, candidates=experiment.scales
        )
        check_contigs(regions["chrom"].unique(), opened)
        track = Binned(opened, experiment.not_binned)
        counts = count_in(track, regions, depth.scale, depth.read_length)
        missing = missing_contigs(regions["chrom"].unique(), opened)
        bins = track.bins(depth.scale, depth.read_length)
        return Counted(counts, missing, bins, depth, client.simulated, client.files)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put an experiment's name before the message of what goes wrong with its file."""
    try:
        yield
    except ChipAtlasError as error:
        raise type(error)(f"{name}: {error}") from error
