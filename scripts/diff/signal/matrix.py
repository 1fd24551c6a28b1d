"""Coverage around regions, experiment by experiment, in reads per million."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from ...chipatlas.accessions import kind_of
from ...chipatlas.assemblies import get_assembly
from ...chipatlas.endpoints import data_url
from ...chipatlas.transport.remote_file import is_url
from ...common.console import announce_simulation, say
from ...common.errors import InputError
from ...common.results import require_number
from ...common.text import plural
from ..analysis import POSITION

if TYPE_CHECKING:
    from ...engine.counts.sections import Sections, SignalTrack

#: Processes that read from ChIP-Atlas's server at a time.
MOST_READERS = 4
_MILLION = 1e6


@dataclass(frozen=True)
class Signal:
    """Coverage around regions.

    Attributes
    ----------
    values : ndarray of float32, shape (n_experiments, n_regions, n_bins)
        Mean coverage of each bin in reads per million; NaN beyond a contig's end and on a contig that a file lacks.
    experiments, groups : list of str
        Name, and label of the group, of each.
    positions : ndarray of float, shape (n_bins,)
        Middle of each bin, in bases from the middle of the region.
    regions : DataFrame
        As given, in the order of the second axis.
    genome : str
    bin : int
        Bases.
    simulated : bool
    bytes_read, bytes_whole : int
        Over all files behind addresses: received, and their sizes.
    notes : list of str
    """

    values: np.ndarray
    experiments: list[str]
    groups: list[str]
    positions: np.ndarray
    regions: pd.DataFrame
    genome: str
    bin: int
    simulated: bool
    bytes_read: int = 0
    bytes_whole: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        """The groups, in the order given."""
        return list(dict.fromkeys(self.groups))

    def of_group(self, label: str) -> np.ndarray:
        """The values of a group: shape (n_experiments_of_it, n_regions, n_bins)."""
        return self.values[[group == label for group in self.groups]]


def signal_matrix(
    regions: pd.DataFrame,
    experiments: Mapping[str, Sequence[str]],
    genome: str,
    flank: int = 2000,
    bin: int = 50,
    reads: Mapping[str, float] | None = None,
    workers: int | None = None,
) -> Signal:
    """Mean coverage in bins around the middle of each region, for each experiment.

    Of ChIP-Atlas's files, which are in reads per million, only the parts around the regions are read, by range
    requests; how many bytes that were is said and kept.

    Parameters
    ----------
    regions : DataFrame
        ``chrom chromStart chromEnd``, 0-based half-open, such as the first rows of ``diff_regions_significant.csv``.
    experiments : mapping of str to sequence of str
        Label of a group -> accessions (SRX, ERX, DRX), or paths or addresses of bigWigs of your own.
    genome : str
        Assembly.
    flank : int
        Bases to either side of the region's middle; a multiple of `bin`.
    bin : int
        Bases.
    reads : mapping of str to float, optional
        Usable reads of each file of your own, by its path, which its values are divided by (in millions): 1,000,000 for
        one that is in reads per million already.
    workers : int, optional
        Processes that read; as many as there are cores, at most 4.

    Returns
    -------
    Signal

    Raises
    ------
    InputError
        No regions, no experiments, an experiment twice, sizes that do not fit, or a file that cannot be used.
    NotFoundError, ServiceUnavailableError, BadResponseError
        A public file cannot be read.
    MissingExtraError
        The `local` extra is not installed.
    """
    get_assembly(genome)
    windows, n_bins = _windows(regions, flank, bin)
    tracks, groups = tracks_of(experiments, genome, reads or {})
    found = read_tracks(tracks, windows, bin, genome, workers)
    simulated = any(one.simulated for one in found)
    announce_simulation(simulated)
    signal = Signal(
        np.stack([one.values for one in found]),
        [track.name for track in tracks],
        groups,
        (np.arange(n_bins) + 0.5) * bin - flank,
        regions.reset_index(drop=True),
        genome,
        bin,
        simulated,
        sum(one.bytes_read for one in found),
        sum(one.bytes_whole for one in found),
        [f"{track.name}: {note}." for track, one in zip(tracks, found, strict=True) for note in one.notes],
    )
    tell_read(signal, plural(len(signal.regions), "region"))
    return signal


def read_tracks(
    tracks: list[SignalTrack], windows: pd.DataFrame, width: int | np.ndarray, genome: str, workers: int | None
) -> list[Sections]:
    """What `read_sections` gives of each track, several at a time."""
    from ...engine.counts.sections import read_sections
    from ...engine.workers import default_workers, in_processes

    read = partial(read_sections, windows=windows, width=width, genome=genome)
    return in_processes(read, tracks, min(workers or default_workers(), MOST_READERS), "Reading coverage")


def _windows(regions: pd.DataFrame, flank: int, width: int) -> tuple[pd.DataFrame, int]:
    missing = [name for name in POSITION if name not in regions.columns]
    if missing or regions.empty:
        raise InputError(
            f"regions {f'lacks {missing[0]!r}' if missing else 'is empty'}; give a table with chrom, chromStart and "
            "chromEnd, such as results.diff_regions.head(500)."
        )
    for name, value in (("flank", flank), ("bin", width)):
        require_number(name, value, "a whole number of bases, such as 2000 and 50", least=1)
    if flank != int(flank) or width != int(width) or flank % width:
        raise InputError(f"flank is {flank} and bin {width}; give whole numbers of which flank is a multiple of bin.")
    middle = (regions["chromStart"].to_numpy(np.int64) + regions["chromEnd"].to_numpy(np.int64)) // 2
    windows = pd.DataFrame(
        {"chrom": regions["chrom"].astype(str).to_numpy(), "start": middle - flank, "end": middle + flank}
    )
    return windows, 2 * flank // width


def tracks_of(
    experiments: Mapping[str, Sequence[str]], genome: str, reads: Mapping[str, float]
) -> tuple[list[SignalTrack], list[str]]:
    """What is to be read, and the group's label of each; `InputError` for what cannot be."""
    from ...engine.counts.sections import SignalTrack
    from ...engine.results import coverage_file

    if not isinstance(experiments, Mapping) or not experiments or any(isinstance(v, str) for v in experiments.values()):
        raise InputError("experiments names none; give {'Treated': ['SRX1', 'SRX2'], 'Control': ['SRX3', 'SRX4']}.")
    tracks, groups = [], []
    for label, names in experiments.items():
        for name in map(str, names):
            if kind_of(name):
                tracks.append(SignalTrack(name, data_url(*coverage_file(name, "diffbind", genome))))
            else:
                source = name if is_url(name) else str(Path(name).expanduser().resolve())
                tracks.append(SignalTrack(name, source, _MILLION / _reads_of(name, reads)))
            groups.append(str(label))
    if not tracks:
        raise InputError("experiments names none; give at least one accession or bigWig.")
    return tracks, groups


def _reads_of(name: str, reads: Mapping[str, float]) -> float:
    value = reads.get(name)
    if not isinstance(value, Real):
        raise InputError(
            f"{name} is a file of your own, and its number of usable reads is not known.\n"
            f"Give reads={{{name!r}: 21_400_000}}, or 1_000_000 if it is in reads per million already."
        )
    return require_number(f"reads of {name}", value, "a number of reads above 0", above=0)


class Read(Protocol):
    """What was read of some experiments."""

    @property
    def notes(self) -> list[str]: ...

    @property
    def experiments(self) -> list[str]: ...

    @property
    def bytes_read(self) -> int: ...

    @property
    def bytes_whole(self) -> int: ...


def tell_read(signal: Read, where: str) -> None:
    """Say what was read, of how many experiments, and how much of their files that was."""
    for note in signal.notes:
        say(f"  {note}")
    read = f"; {signal.bytes_read:,} bytes fetched, of files of {signal.bytes_whole:,}" if signal.bytes_whole else ""
    say(f"  Coverage of {plural(len(signal.experiments), 'experiment')} around {where}{read}")
