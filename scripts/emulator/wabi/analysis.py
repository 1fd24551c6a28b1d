"""What a job does: read the form, check the experiments as the service does, and let the engine compute."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

import pandas as pd

from ...chipatlas.accessions import ACCESSION
from ...chipatlas.assemblies import ASSEMBLIES
from ...common.errors import ChipAtlasError
from ..simulation.samples.experiments import READ_LENGTH, Experiment, find_experiment
from .archive import zipped
from .enrichment import EnrichmentRequest, count_overlaps
from .form import Outcome, check_labels, lines_of

_THRESHOLDS = {"diffbind": {"50", "100", "200", "500"}, "dmr": {"999"}}
_REQUIRED = {"format": "text", "result": "www", "typeA": "srx", "typeB": "srx", "cellClass": "empty"}


@dataclass(frozen=True)
class Request:
    """A submission that has the fields it needs."""

    genome: str
    analysis: Literal["diffbind", "dmr"]
    threshold: str
    ids_a: tuple[str, ...]
    ids_b: tuple[str, ...]
    title: str
    description_a: str
    description_b: str

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> Request:
        """Read a form; `ValueError` names the first field that cannot be used."""
        for name, value in _REQUIRED.items():
            if form.get(name) != value:
                raise ValueError(f"{name} must be {value}")
        if form.get("genome") not in ASSEMBLIES:
            raise ValueError("genome")
        analysis: Literal["diffbind", "dmr"]
        if form.get("antigenClass") == "diffbind":
            analysis = "diffbind"
        elif form.get("antigenClass") == "dmr":
            analysis = "dmr"
        else:
            raise ValueError("antigenClass")
        if form.get("threshold") not in _THRESHOLDS[analysis]:
            raise ValueError("threshold")
        ids_a, ids_b = (lines_of(form.get(name, "")) for name in ("bedAFile", "bedBFile"))
        if not ids_a or not ids_b:
            raise ValueError("bedAFile and bedBFile")
        check_labels(form)
        return cls(
            genome=form["genome"],
            analysis=analysis,
            threshold=form["threshold"],
            ids_a=ids_a,
            ids_b=ids_b,
            title=form.get("title") or "Diff Analysis",
            description_a=form.get("descriptionA") or "dataset_A",
            description_b=form.get("descriptionB") or "dataset_B",
        )


class _JobError(Exception):
    """The job cannot go on, for a reason that its log states."""


def read_form(form: Mapping[str, str]) -> Request | EnrichmentRequest:
    """Read a submission of either analysis; `ValueError` names the first field that cannot be used."""
    return EnrichmentRequest.from_form(form) if form.get("typeA") in ("bed", "gene") else Request.from_form(form)


def analyse(request: Request | EnrichmentRequest, job_id: str, log: Callable[[str], None], data_url: str) -> Outcome:
    """Run a job to its end. Whatever goes wrong becomes an ``[ERROR]`` line of its log, never a job that hangs.

    Parameters
    ----------
    data_url : str
        Address of the data files, which the genome browser session refers to.
    """
    started = datetime.now(timezone.utc)
    try:
        if isinstance(request, EnrichmentRequest):
            return count_overlaps(request, job_id, log)
        return _run(request, job_id, log, started, data_url)
    except (_JobError, ChipAtlasError) as error:
        log(f"[ERROR] {error}")
    except Exception as error:  # noqa: BLE001 - no caller is left to raise to: a job that dies unseen never finishes
        for line in traceback.format_exc().splitlines():
            log(f"[INFO] <traceback> {line}")
        log(
            f"[ERROR] Embedded service: internal error ({type(error).__name__}: {error}). "
            "This is a fault of the simulation, not an answer of ChIP-Atlas."
        )
    return Outcome()


def _run(request: Request, job_id: str, log: Callable[[str], None], started: datetime, data_url: str) -> Outcome:
    # The engine and what it imports are loaded by the first job, not by the server's start.
    from ...engine import Description, find_dmrs, write_result
    from ...engine.results import coverage_file, log_lines

    parameters = {
        "WABI_ID": job_id,
        "GENOME": request.genome,
        "ANALYSIS": request.analysis,
        "THRESHOLD": request.threshold,
        "TITLE": request.title,
    }
    head = Description(request.genome, (), title=request.title, parameters=parameters, simulated=True)
    for line in log_lines(head, started):
        log(line)
    warnings: list[str] = []
    members = {
        group: _resolve(ids, group, request, warnings, log)
        for group, ids in (("A", request.ids_a), ("B", request.ids_b))
    }
    group_of = {item.accession: group for group, items in members.items() for item in items}
    experiments = sorted((item for items in members.values() for item in items), key=lambda item: item.accession)
    if len(group_of) < len(experiments):
        raise _JobError("An experiment is in both groups.")
    for item in experiments:
        log(f"[INFO] <samples> {item.accession} {group_of[item.accession]}")

    if request.analysis == "diffbind":
        table = _compare(experiments, group_of)
    else:
        from ..simulation.tracks.methylation import methylation_table

        names = [item.accession for item in experiments]
        table = find_dmrs(methylation_table(names, request.genome), [group_of[name] for name in names])
    samples = sorted(group_of.items())
    about = Description(
        genome=request.genome,
        samples=samples,
        title=request.title,
        description_a=request.description_a,
        description_b=request.description_b,
        parameters=parameters,
        warnings=warnings,
        tracks=["/".join([data_url, *coverage_file(name, request.analysis, request.genome)]) for name, _ in samples],
        simulated=True,
    )
    finished = datetime.now(timezone.utc)
    with tempfile.TemporaryDirectory(prefix="embedded-chip-atlas-") as name:
        paths = write_result(Path(name), table, request.analysis, about, started=started, finished=finished)
        files = {path.name: path.read_bytes() for path in paths}
    log(log_lines(about, started, finished)[-1])
    return Outcome(zipped(files), files["wabi_result.bed"])


def _resolve(
    ids: tuple[str, ...], group: str, request: Request, warnings: list[str], log: Callable[[str], None]
) -> list[Experiment]:
    """The experiments of one group, with the service's checks and messages."""

    def warn(message: str) -> None:
        warnings.append(message)
        log(f"[WARNING] {message}")

    found: dict[str, Experiment] = {}
    for identifier in ids:
        if identifier.startswith(("http://", "https://")):
            raise _JobError(
                f'"{identifier}" is user data; the embedded service takes accessions of its own experiments only.'
            )
        if not ACCESSION.fullmatch(identifier):
            warn(f'"{identifier}" is not a valid SRX or GSM ID and has been ignored.')
            continue
        item = find_experiment(identifier, request.genome)
        if item is not None:
            found[item.accession] = item
        elif identifier.startswith("GSM"):
            warn(f'"{identifier}" unmapped for {request.genome} and has been ignored.')
        else:
            raise _JobError(f'"{identifier}" does not correspond to an experiment for {request.genome}.')
    if not found:
        raise _JobError(f"No valid experiment in dataset {group}.")
    wrong = [item.accession for item in found.values() if item.is_bisulfite != (request.analysis == "dmr")]
    if wrong:
        kind = "not Bisulfite-Seq" if request.analysis == "dmr" else "Bisulfite-Seq"
        raise _JobError(f'"{wrong[0]}" is {kind} and cannot be used for {request.analysis}.')
    return list(found.values())


def _compare(experiments: list[Experiment], group_of: Mapping[str, str]) -> pd.DataFrame:
    from ...engine import Sample, compare_peaks
    from ..simulation.tracks import signal

    return compare_peaks(
        [
            Sample(
                item.accession,
                group_of[item.accession],
                signal.peaks(item.accession, item.genome),
                signal.coverage(item.accession, item.genome),
                item.scale,
                READ_LENGTH,
            )
            for item in experiments
        ]
    )
