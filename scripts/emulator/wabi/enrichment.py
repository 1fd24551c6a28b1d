"""Enrichment Analysis: read the form as the service does, and count overlaps with the simulation's own peaks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...chipatlas.assemblies import ASSEMBLIES
from ...common.statistics import benjamini_hochberg
from ..simulation.binding.antigens import binding_experiments, binding_peaks
from ..simulation.factors.table_experiments import table_entries
from ..simulation.factors.target_tables import FACTORS, target_table
from ..simulation.genome.chromosomes import chromosome_sizes
from ..simulation.genome.genes import tss_library
from ..simulation.genome.seeds import SIMULATION_SEED, generator
from ..simulation.samples.experiments import all_experiments
from .archive import zipped
from .form import Outcome, check_labels, lines_of

ANTIGEN_CLASSES = (
    "Histone", "RNA polymerase", "TFs and others", "Input control", "ATAC-Seq", "DNase-seq", "Bisulfite-Seq",
    "Unclassified", "No description", "Annotation tracks", "All antigens",
)  # fmt: skip
THRESHOLDS = ("50", "100", "200", "500")
#: What may be held against what.
_KINDS_OF_B = {"bed": ("rnd", "bed"), "gene": ("refseq", "gene")}
_MOST_PERMUTATIONS = 100
TABLE = "wabi_result.tsv"
#: Longer than any chromosome.
_LIFT = 10**10


class Member(NamedTuple):
    """An experiment, with the first five cells of its row."""

    experiment: str
    antigen_class: str
    antigen: str
    cell_class: str
    cell_type: str


@dataclass(frozen=True)
class EnrichmentRequest:
    """A submission that has the fields it needs."""

    genome: str
    antigen_class: str
    cell_class: str
    threshold: int
    kind: str
    given: tuple[str, ...]
    kind_b: str
    background: tuple[str, ...]
    window: tuple[int, int]
    permutations: int
    title: str

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> EnrichmentRequest:
        """Read a form; `ValueError` names the first field that cannot be used."""
        for name, value in (("format", "text"), ("result", "www")):
            if form.get(name) != value:
                raise ValueError(f"{name} must be {value}")
        kind, kind_b = form.get("typeA", ""), form.get("typeB", "")
        _require(form.get("genome") in ASSEMBLIES, "genome")
        _require(form.get("antigenClass") in ANTIGEN_CLASSES, "antigenClass")
        _require(bool(form.get("cellClass", "").strip()) and form.get("cellClass") != "empty", "cellClass")
        _require(form.get("threshold") in THRESHOLDS, "threshold")
        _require(kind_b in _KINDS_OF_B.get(kind, ()), "typeA and typeB")
        times = form.get("permTime", "")
        _require(times.isdecimal() and 1 <= int(times) <= _MOST_PERMUTATIONS, "permTime")
        given, background = (lines_of(form.get(name, "")) for name in ("bedAFile", "bedBFile"))
        _require(bool(given), "bedAFile")
        if kind_b in ("rnd", "refseq"):
            _require(form.get("bedBFile", "empty") == "empty", "bedBFile must be empty")
            background = ()
        else:
            _require(bool(background), "bedBFile")
        sides = [form.get(name, "0" if kind == "bed" else "") for name in ("distanceUp", "distanceDown")]
        _require(all(side.isdecimal() for side in sides), "distanceUp and distanceDown")
        check_labels(form)
        return cls(
            genome=form["genome"],
            antigen_class=form["antigenClass"],
            cell_class=form["cellClass"],
            threshold=int(form["threshold"]),
            kind=kind,
            given=given,
            kind_b=kind_b,
            background=background,
            window=(int(sides[0]), int(sides[1])),
            permutations=int(times),
            title=form.get("title") or "Enrichment Analysis",
        )


def _require(sound: bool, name: str) -> None:
    if not sound:
        raise ValueError(name)


def count_overlaps(request: EnrichmentRequest, job_id: str, log: Callable[[str], None]) -> Outcome:
    """Run a job: the table of its overlaps; a failed outcome, and an ``[ERROR]`` line, when a line cannot be read."""
    log(f'[INFO] <parameter> WABI_ID="{job_id}"')
    log(f"[INFO] <parameter> TITLE={request.title!r} SIMULATED")
    rows = []
    if request.kind == "gene" and request.window == _TABLE_WINDOW:
        count = _genes_of_tables(request)
        rows += [(*member, *count(member, bound, peaks)) for member, bound, peaks in _bound_genes(request)]
    try:
        sets = _intervals(request)
    except ValueError as error:
        log(f"[ERROR] {error}")
        return Outcome()
    on_line = [_on_one_line(part, request.genome) for part in sets]
    for member, peaks in _peaks(request):
        places = _on_one_line(peaks, request.genome)
        hits = [_overlapping(part, places) for part in on_line]
        rows.append((*member, len(peaks), hits[0], len(sets[0]), hits[1], len(sets[1])))
    table = _table(rows)
    log(f"[INFO] {len(rows)} experiments")
    log("[INFO] Duration: 1 seconds")
    return Outcome(zipped({TABLE: table}), table)


def _members(request: EnrichmentRequest, member: Member) -> bool:
    return request.antigen_class in ("All antigens", member.antigen_class) and request.cell_class in (
        "All cell types",
        member.cell_class,
    )


def _peaks(request: EnrichmentRequest) -> Iterator[tuple[Member, pd.DataFrame]]:
    """Experiments of the classes asked for, with their peaks from the threshold on."""
    from ..simulation.tracks import signal

    for item in all_experiments():
        if item.genome != request.genome or item.is_bisulfite:
            continue
        member = Member(item.accession, item.antigen_class, item.antigen, item.cell_class, item.cell_type)
        if _members(request, member):
            peaks = signal.peaks(item.accession, item.genome)
            yield member, peaks[peaks["score"] >= request.threshold]
    for made in binding_experiments(request.genome):
        member = Member(made.accession, made.antigen_class, made.antigen, made.cell_class, made.cell_type)
        if _members(request, member):
            peaks = binding_peaks(made, request.genome)
            yield member, peaks[peaks["score"] >= request.threshold]


#: The window of the Target Genes tables that stand in for peaks of their experiments, in bases.
_TABLE_WINDOW = (5000, 5000)


@lru_cache(maxsize=2)
def _tables(genome: str) -> dict[str, pd.DataFrame]:
    """Factor -> its table within 5 kb, genes x experiments."""
    found = {}
    for factor in FACTORS[genome]:
        text = target_table(genome, factor, _TABLE_WINDOW[0] // 1000)
        if text is not None:
            table = pd.read_csv(io.BytesIO(text), sep="\t", index_col=0).iloc[:, 1:-1]
            found[factor] = table.rename(columns=lambda name: str(name).partition("|")[0])
    return found


def _bound_genes(request: EnrichmentRequest) -> Iterator[tuple[Member, pd.Index, int]]:
    """Experiments of the Target Genes tables, with the genes that each binds and their number."""
    about = {entry["accession"]: entry for entry in table_entries() if entry["genome"] == request.genome}
    for table in _tables(request.genome).values():
        scores = table.to_numpy() >= request.threshold
        for column, name in enumerate(table.columns):
            entry = about[name]
            kinds = ("antigen_class", "antigen", "cell_type_class", "cell_type")
            member = Member(name, *(entry[kind] for kind in kinds))
            if _members(request, member):
                bound = table.index[scores[:, column]]
                yield member, bound, len(bound)


def _genes_of_tables(request: EnrichmentRequest) -> Callable[[Member, pd.Index, int], tuple[int, ...]]:
    given, background = _known_genes(request)

    def count(member: Member, bound: pd.Index, peaks: int) -> tuple[int, ...]:
        return (peaks, *(n for part in (given, background) for n in (int(part.isin(bound).sum()), len(part))))

    return count


def _known_genes(request: EnrichmentRequest) -> tuple[pd.Index, pd.Index]:
    """Both sets, without what is no gene of the assembly."""
    library = pd.Index(tss_library(request.genome)["gene"])
    given = pd.Index(dict.fromkeys(request.given)).intersection(library, sort=False)
    other = pd.Index(dict.fromkeys(request.background)) if request.background else library.difference(given, sort=False)
    return given, other.intersection(library, sort=False)


def _intervals(request: EnrichmentRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sets as ``chrom start end`` (0-based half-open); genes as windows around their TSS."""
    if request.kind == "gene":
        library = tss_library(request.genome).set_index("gene")
        forward = library["strand"] == "+"
        up, down = request.window
        start = np.where(forward, library["start"] - up, library["start"] - down)
        end = np.where(forward, library["end"] + down, library["end"] + up)
        windows = pd.DataFrame({"chrom": library["chrom"], "start": start, "end": end}, index=library.index)
        given, other = (windows.loc[names] for names in _known_genes(request))
        return given, other
    given = _bed(request.given)
    return given, _bed(request.background) if request.kind_b == "bed" else _random(given, request)


def _bed(lines: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if len(cells) < 3 or not cells[1].isdecimal() or not cells[2].isdecimal():
            raise ValueError(f"line {number} is no BED line: {line[:60]!r}")
        rows.append((cells[0], int(cells[1]), int(cells[2])))
    return pd.DataFrame(rows, columns=["chrom", "start", "end"])


def _random(given: pd.DataFrame, request: EnrichmentRequest) -> pd.DataFrame:
    """The given regions elsewhere on their chromosomes, as often as asked for."""
    sizes = chromosome_sizes(request.genome)
    repeated = pd.concat([given] * request.permutations, ignore_index=True)
    width = repeated["end"] - repeated["start"]
    rng = generator(SIMULATION_SEED, "permuted", request.genome, len(repeated))
    room = (repeated["chrom"].map(sizes).fillna(1e6) - width).clip(lower=1)
    start = np.floor(rng.random(len(repeated)) * room).astype(np.int64)
    return pd.DataFrame({"chrom": repeated["chrom"], "start": start, "end": start + width})


class _Places(NamedTuple):
    """Starts and ends on one line: every chromosome lifted above the one before."""

    start: np.ndarray
    end: np.ndarray


def _on_one_line(regions: pd.DataFrame, genome: str) -> _Places:
    """Regions on chromosomes that the assembly lacks lie below 0, apart from any peak."""
    order = {name: number for number, name in enumerate(chromosome_sizes(genome).index)}
    lift = (regions["chrom"].map(order).fillna(-2).to_numpy() * _LIFT).astype(np.int64)
    return _Places(regions["start"].to_numpy() + lift, regions["end"].to_numpy() + lift)


def _overlapping(regions: _Places, peaks: _Places) -> int:
    """How many regions overlap a peak: more peaks begin before their end than end before their beginning."""
    begun = np.searchsorted(np.sort(peaks.start), regions.end, side="left")
    return int((begun > np.searchsorted(np.sort(peaks.end), regions.start, side="right")).sum())


def _table(rows: list[tuple[object, ...]]) -> bytes:
    """The service's 11 columns, by p-value."""
    from scipy.stats import fisher_exact

    counts = np.array([row[-4:] for row in rows], dtype=np.int64).reshape(-1, 4)
    a, n_a, b, n_b = counts.T
    cells = np.column_stack([a, n_a - a, b, n_b - b])
    distinct, place = np.unique(cells, axis=0, return_inverse=True)
    pvalue = np.array([min(fisher_exact(row.reshape(2, 2))[1], 1.0) for row in distinct])[place.reshape(-1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_p, log_q = np.log10(pvalue), np.log10(benjamini_hochberg(pvalue))
        fold = (a / n_a) / (b / n_b)
    written = []
    for i in np.lexsort((-a, log_p)):
        *about, _, _, _, _ = rows[i]
        folds = "inf" if np.isinf(fold[i]) else "NA" if np.isnan(fold[i]) else f"{fold[i]:.2f}"
        logs = [f"{value:.2f}" if value else "0.00" for value in (log_p[i], log_q[i])]
        written.append([*about, f"{a[i]}/{n_a[i]}", f"{b[i]}/{n_b[i]}", *logs, folds])
    return "".join("\t".join(map(str, row)) + "\n" for row in written).encode()
