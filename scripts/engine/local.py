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

from ..chipatlas.assemblies import assembly_of
from ..chipatlas.cache.downloads import fetch_file
from ..chipatlas.transport.client import Client
from ..common.console import say
from ..common.errors import NotFoundError
from ..common.text import plural, safe_label
from .counts.background import common_bins, reads_along
from .counts.counting import Counted, Coverage, count_all, naming
from .dmr.dmrs import find_dmrs
from .dmr.methylation_files import read_methylation
from .files.contigs import Contigs, Spelling, spelling_of, told
from .peaks.peak_files import read_peaks
from .peaks.region_sets import FRAGMENTS, make_regions
from .results import Analysis, Description, write_result
from .testing import Plan, Tested, test_regions
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
        Accession or a name of the user's; ``A``, ``B``, or the label of a further group of a design.
    bigwig, peaks : str
        Paths or addresses; no peaks for methylation. What is called `bigwig` may be of another kind: see
        `counts.tracks.open_track` and `dmr.methylation_tables.open_methylation`.
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
    tested: Tested | None = None


@dataclass
class _Run:
    """State of one computation: where files are kept meanwhile, and what it has to say."""

    client: Client
    scratch: Path
    workers: int
    task: Task
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    peak_notes: dict[str, list[str]] = field(default_factory=dict)

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
        depth, notes = counted.depth, [*self.peak_notes.get(item.name, []), *counted.notes]
        for note in counted.notes:
            say(f"  {item.name}: {note}.")
        notes += depth.notes if depth else []
        if counted.missing:
            shown = ", ".join(counted.missing[:_SHOWN_CONTIGS])
            notes.append(f"no coverage on {plural(len(counted.missing), 'contig')} ({shown})")
        self.notes += [f"{item.name}: {note}." for note in notes]
        self.inputs[item.name] = {
            **_origin(item),
            "peaks": item.peaks + PACKED if item.peaks + PACKED in self.client.files else item.peaks,
            **({"scale": depth.scale, "read_length": depth.read_length} if depth else {}),
            **({} if counted.usable_reads is None else {"usable_reads": counted.usable_reads}),
            "notes": notes,
        }

    def note_two_rules(self) -> None:
        """Say so where reads were counted in some files and estimated from coverage in others."""
        counted = [name for name, item in self.inputs.items() if "usable_reads" in item]
        if counted and len(counted) < len(self.inputs):
            note = (
                f"Reads of {', '.join(counted)} were counted, those of the others estimated from coverage: the rules "
                "differ. Give all in one form."
            )
            say(f"  {note}")
            self.notes.append(note)


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
    plan : Plan
        How peaks are tested.
    regions : {"fragments", "loci", "consensus"}
        See `make_regions`, `min_experiments` too.
    controls : sequence of Experiment
        Inputs of either group: their reads along the genome alone are looked at.
    """

    experiments: Sequence[Experiment]
    analysis: Analysis
    genome: str
    title: str
    descriptions: tuple[str, str]
    workers: int | None = None
    plan: Plan = field(default_factory=Plan)
    regions: str = FRAGMENTS
    min_experiments: int = 2
    controls: Sequence[Experiment] = ()


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
        run = _Run(client, Path(scratch), task.workers or default_workers(), task)
        tested = None
        if task.analysis == "dmr":
            table = _compare_methylation(experiments, run)
        else:
            tested = _compare_peaks(experiments, run)
            table = tested.table
    compared = [item for item in experiments if item.group in ("A", "B")]
    about = Description(
        genome=task.genome,
        samples=[(item.name, item.group) for item in compared],
        title=safe_label(task.title, "diff_analysis"),
        description_a=safe_label(task.descriptions[0], "group_A"),
        description_b=safe_label(task.descriptions[1], "group_B"),
        parameters={"ENGINE": "local", "GENOME": task.genome, "ANALYSIS": task.analysis, **_told(task)},
        warnings=run.notes,
        tracks=[item.bigwig for item in compared],
        simulated=client.simulated,
    )
    files = write_result(folder, table, task.analysis, about, started=started)
    return Computed(files, [run.inputs[item.name] for item in experiments], tested)


def _told(task: Task) -> dict[str, str]:
    """What differs from the service's own recipe, for the log."""
    plan = task.plan
    given = "given" if not isinstance(plan.normalisation, str) else plan.normalisation
    told = {"DESIGN": plan.design, "REGIONS": task.regions, "NORMALISATION": given}
    usual = {"DESIGN": "", "REGIONS": FRAGMENTS, "NORMALISATION": "tmm"}
    return {name: value for name, value in told.items() if value != usual[name]}


def _compare_peaks(experiments: Sequence[Experiment], run: _Run) -> Tested:
    peaks = []
    for item in experiments:
        with naming(item.name):
            found = read_peaks(run.local(item, item.peaks), run.client)
        peaks.append(found.table)
        run.notes += [f"{item.name}: {note}" for note in found.notes]
    spelling = _respell(peaks, experiments, run)

    task = run.task
    regions = make_regions(peaks, task.regions, task.min_experiments)
    say(f"  {plural(len(regions), 'region')} from {plural(sum(map(len, peaks)), 'peak')}")
    counts, bins = _count(regions, experiments, run, spelling)
    say(f"  Testing the regions ({task.plan.design or 'edgeR classic path'})")
    groups = [item.group for item in experiments]
    tested = test_regions(regions, pd.DataFrame(counts, index=regions.index), groups, task.plan, common_bins(bins))
    if task.controls:
        say(f"  Reads of {plural(len(task.controls), 'input control')} along the genome")
        _, inputs = _count(regions, task.controls, run, spelling)
        tested.controls = reads_along(inputs, {item.name: item.group for item in task.controls})
    return tested


def _respell(peaks: list[pd.DataFrame], experiments: Sequence[Experiment], run: _Run) -> Spelling:
    """Bring the peaks of all experiments, in place, into one spelling of contigs, and give it."""
    files = [
        Contigs(list(table["chrom"].unique()), item.public) for table, item in zip(peaks, experiments, strict=True)
    ]
    spelling = spelling_of(run.task.genome, files)
    for item, table, file in zip(experiments, peaks, files, strict=True):
        with naming(item.name):
            changes = {} if item.public else spelling.changes(file.names, item.peaks)
        if changes:
            table["chrom"] = table["chrom"].replace(changes)
            run.peak_notes[item.name] = [f"peaks: {told(changes)}"]
            say(f"  {item.name}: peaks: {told(changes)}.")
    return spelling


def _count(
    regions: pd.DataFrame, experiments: Sequence[Experiment], run: _Run, spelling: Spelling
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]:
    """Reads of each experiment, a few at a time: fetched tracks are large, and thrown away once counted."""
    counts, bins = {}, {}
    organelles = assembly_of(run.task.genome, regions["chrom"].unique()).organelles
    for start in range(0, len(experiments), run.workers):
        batch = experiments[start : start + run.workers]
        tracks = [
            Coverage(
                item.name,
                run.local(item, item.bigwig),
                item.scale,
                item.read_length,
                item.scales,
                None if item.public else spelling,
                organelles,
            )
            for item in batch
        ]
        for item, track, counted in zip(batch, tracks, count_all(regions, tracks, run.workers), strict=True):
            counts[item.name], bins[item.name] = counted.counts, counted.bins
            run.note(item, counted)
            if item.public:
                Path(track.source).unlink()
    run.note_two_rules()
    return counts, bins


def _compare_methylation(experiments: Sequence[Experiment], run: _Run) -> pd.DataFrame:
    sources = {item.name: run.local(item, item.bigwig) for item in experiments}
    public = [item.name for item in experiments if item.public]
    found = read_methylation(sources, run.workers, run.task.genome, public)
    run.client.simulated |= found.simulated
    run.client.files |= found.files
    run.notes += found.notes
    for item in experiments:
        notes = [note.removeprefix(f"{item.name}: ") for note in found.notes if note.startswith(f"{item.name}: ")]
        run.inputs[item.name] = {**_origin(item), "notes": notes}
    say(f"  {plural(len(found.table), 'CpG')}; segmenting")
    return find_dmrs(found.table, [item.group for item in experiments], run.workers)


def _origin(item: Experiment) -> dict[str, Any]:
    return {"name": item.name, "group": item.group, "bigwig": item.bigwig}
