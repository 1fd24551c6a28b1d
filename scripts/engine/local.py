"""A whole comparison on this machine: files of each experiment in, the files that the service writes out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..chipatlas.cache.downloads import fetch_file
from ..chipatlas.transport.client import Client
from ..common.console import say
from ..common.errors import NotFoundError
from ..common.text import plural, safe_label
from .comparison import compare_regions
from .counts.counting import Counted, Coverage, count_all, naming
from .dmr.dmrs import find_dmrs
from .dmr.methylation_files import read_methylation
from .peaks.peak_files import read_peaks
from .results import Analysis, Description, write_result
from .workers import default_workers

#: The largest files of the service are a few GB.
MAX_FILE_BYTES = 16 * 1024**3
#: ChIP-Atlas's peak files are on their way from plain text to packed: where one is not there, the other is.
PACKED = ".gz"
_SHOWN_CONTIGS = 5


@dataclass(frozen=True)
class Experiment:
    """What is known of one experiment before its files are read.

    Attributes
    ----------
    name, group : str
        Accession or a name of the user's; ``A`` or ``B``.
    bigwig, peaks : str
        Paths or addresses; no peaks for methylation.
    scale, read_length : float or None
        See `engine.counts.coverage.count_coverage`; None is read off the track.
    scales : tuple of float
        What the metadata allow for `scale`.
    public : bool
        Whether the files are ChIP-Atlas's: fetched whole, through the cache.
    """

    name: str
    group: str
    bigwig: str
    peaks: str = ""
    scale: float | None = None
    read_length: float | None = None
    scales: tuple[float, ...] = ()
    public: bool = False


@dataclass
class Computed:
    """Files of a result, and what they were computed from (see `diff.compute.finished_job.FinishedJob`)."""

    files: list[Path]
    inputs: list[dict[str, Any]]


@dataclass
class _Run:
    """State of one computation: where files are kept meanwhile, and what it has to say."""

    client: Client
    scratch: Path
    workers: int
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def local(self, experiment: Experiment, source: str) -> str:
        """A file of a public experiment, fetched (peaks in either form, see `PACKED`); another as it is given."""
        if not experiment.public:
            return source
        name = source.rsplit("/", 1)[-1]
        for address in (source, *([source + PACKED] if source == experiment.peaks else [])):
            target = self.scratch / f"{experiment.name}-{address.rsplit('/', 1)[-1]}"
            with suppress(NotFoundError):
                fetch_file(self.client, address, target, MAX_FILE_BYTES)
                return str(target)
        raise NotFoundError(
            f"ChIP-Atlas has no {name} (HTTP 404: {source}).\n"
            f"Leave {experiment.name} out, or check that it was processed for this genome and analysis."
        )

    def note(self, item: Experiment, counted: Counted) -> None:
        """Keep what a reader must know of one experiment's counts."""
        self.client.simulated |= counted.simulated
        self.client.files |= counted.files
        notes = list(counted.depth.notes)
        if counted.missing:
            shown = ", ".join(counted.missing[:_SHOWN_CONTIGS])
            notes.append(f"no coverage on {plural(len(counted.missing), 'contig')} ({shown})")
        self.notes += [f"{item.name}: {note}." for note in notes]
        self.inputs[item.name] = {
            **_origin(item),
            "peaks": item.peaks + PACKED if item.peaks + PACKED in self.client.files else item.peaks,
            "scale": counted.depth.scale,
            "read_length": counted.depth.read_length,
            "notes": notes,
        }


@dataclass(frozen=True)
class Task:
    """A comparison to compute.

    Attributes
    ----------
    experiments : sequence of Experiment
        Put in order of name, as the service orders its count table.
    analysis : {"diffbind", "dmr"}
    genome, title : str
    descriptions : (str, str)
        Labels of groups A and B.
    workers : int, optional
        Processes that read coverage; as many as there are cores when not given.
    """

    experiments: Sequence[Experiment]
    analysis: Analysis
    genome: str
    title: str
    descriptions: tuple[str, str]
    workers: int | None = None


def compute(task: Task, folder: Path, client: Client) -> Computed:
    """Compute a comparison by the service's recipe and write its files.

    Parameters
    ----------
    folder : path
        Empty; the files are written to it.

    Raises
    ------
    InputError
        A file cannot be used; file and experiment are named.
    NotFoundError, ServiceUnavailableError, BadResponseError
        A file cannot be fetched.
    MissingExtraError
        The `local` extra is not installed.
    """
    started = datetime.now(timezone.utc)
    experiments = sorted(task.experiments, key=lambda item: item.name)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".coverage-") as scratch:
        run = _Run(client, Path(scratch), task.workers or default_workers())
        compare = _compare_methylation if task.analysis == "dmr" else _compare_peaks
        table = compare(experiments, run)
    about = Description(
        genome=task.genome,
        samples=[(item.name, item.group) for item in experiments],
        title=safe_label(task.title, "diff_analysis"),
        description_a=safe_label(task.descriptions[0], "group_A"),
        description_b=safe_label(task.descriptions[1], "group_B"),
        parameters={"ENGINE": "local", "GENOME": task.genome, "ANALYSIS": task.analysis},
        warnings=run.notes,
        tracks=[item.bigwig for item in experiments],
        simulated=client.simulated,
    )
    files = write_result(folder, table, task.analysis, about, started=started)
    return Computed(files, [run.inputs[item.name] for item in experiments])


def _compare_peaks(experiments: Sequence[Experiment], run: _Run) -> pd.DataFrame:
    peaks = []
    for item in experiments:
        with naming(item.name):
            found = read_peaks(run.local(item, item.peaks), run.client)
        peaks.append(found.table)
        run.notes += [f"{item.name}: {note}" for note in found.notes]

    def count(regions: pd.DataFrame) -> dict[str, np.ndarray]:
        say(f"  {plural(len(regions), 'region')} from {plural(sum(map(len, peaks)), 'peak')}")
        counts = _count(regions, experiments, run)
        say("  Testing the regions (edgeR's classic path)")
        return counts

    return compare_regions(peaks, count, [item.group for item in experiments])


def _count(regions: pd.DataFrame, experiments: Sequence[Experiment], run: _Run) -> dict[str, np.ndarray]:
    """Reads of each experiment, a few at a time: fetched tracks are large, and thrown away once counted."""
    counts = {}
    for start in range(0, len(experiments), run.workers):
        batch = experiments[start : start + run.workers]
        tracks = [
            Coverage(item.name, run.local(item, item.bigwig), item.scale, item.read_length, item.scales)
            for item in batch
        ]
        for item, track, counted in zip(batch, tracks, count_all(regions, tracks, run.workers), strict=True):
            counts[item.name] = counted.counts
            run.note(item, counted)
            if item.public:
                Path(track.source).unlink()
    return counts


def _compare_methylation(experiments: Sequence[Experiment], run: _Run) -> pd.DataFrame:
    sources = {item.name: run.local(item, item.bigwig) for item in experiments}
    found = read_methylation(sources, run.workers)
    run.client.simulated |= found.simulated
    run.client.files |= found.files
    run.notes += found.notes
    for item in experiments:
        notes = [note.removeprefix(f"{item.name}: ") for note in found.notes if note.startswith(f"{item.name}: ")]
        run.inputs[item.name] = {**_origin(item), "notes": notes}
    say(f"  {plural(len(found.table), 'CpG')}; segmenting")
    return find_dmrs(found.table, [item.group for item in experiments])


def _origin(item: Experiment) -> dict[str, Any]:
    return {"name": item.name, "group": item.group, "bigwig": item.bigwig}
