"""A comparison computed on this machine, by the service's own recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...chipatlas.endpoints import data_url
from ...chipatlas.transport.client import Client
from ...chipatlas.wabi.job_file import JOB_FILE
from ...common.console import announce_simulation
from ...common.errors import InputError
from ...common.files.writing import mark_simulated, remove_outputs, replacing_folder, say_replaced
from ...common.provenance import now_utc
from ..inputs.preflight import Preflight, check_before_submitting, skipped
from ..inputs.request import DiffRequest
from ..inputs.user_samples import UserSample, is_address
from ..outputs import OUTPUT_FILES, RAW_FOLDER
from .finished_job import FinishedJob, parse_result
from .job_result import classify_raw_files

if TYPE_CHECKING:
    from ...engine.local import Experiment


def run_here(request: DiffRequest, folder: Path) -> FinishedJob:
    """Look up, fetch, compute, parse; an earlier run is not touched before the new result is whole."""
    from ...engine.extra import require_design_packages
    from ...engine.local import Task, compute

    if request.testing.design:
        require_design_packages()
    started = now_utc()
    with Client() as client:
        known = _look_up(request, client)
        experiments = _experiments(request, known)
        plan = request.testing.plan(known.names)
        # Before some hundred MB are fetched for a design that cannot be fitted.
        plan.with_groups({item.name: item.group for item in experiments}).check()
        task = Task(
            experiments,
            _kind(request),
            genome=request.genome,
            title=request.title,
            descriptions=(request.description_a, request.description_b),
            workers=request.workers,
            plan=plan,
            regions=request.testing.regions,
            min_experiments=request.testing.min_experiments,
            controls=_experiments_of(request.controls, request, known),
        )
        with replacing_folder(folder / RAW_FOLDER) as fresh:
            computed = compute(task, fresh, client)
            files = classify_raw_files(computed.files)
            regions, from_igv = parse_result(files, request.analysis)
            log_text = files["log"].read_text("utf-8")
        announce_simulation(client.simulated)
        # A server's job answered an earlier question of this folder, not this one.
        say_replaced(folder, remove_outputs(folder, (*OUTPUT_FILES, JOB_FILE)))
        mark_simulated(folder, client.simulated)
    raw_files = {kind: folder / RAW_FOLDER / path.name for kind, path in files.items()}
    return FinishedJob(
        "",
        data_url(),
        started,
        client.simulated,
        known,
        regions,
        from_igv,
        raw_files,
        log_text,
        inputs=computed.inputs,
        files=[*client.files.values()],
        tested=computed.tested,
    )


def _look_up(request: DiffRequest, client: Client) -> Preflight:
    """Metadata of the public experiments; nobody is asked when there are none."""
    group_a, group_b = request.public
    if not group_a and not group_b:
        return skipped("own data: ChIP-Atlas holds no metadata of them")
    if not request.preflight:
        return skipped("not wanted (preflight=False)")
    return check_before_submitting(group_a, group_b, request.genome, request.analysis, client)


def _experiments(request: DiffRequest, known: Preflight) -> list[Experiment]:
    groups = {"A": request.experiments_a, "B": request.experiments_b, **request.more}
    return _experiments_of(groups, request, known)


def _experiments_of(groups: Mapping[str, Sequence[str]], request: DiffRequest, known: Preflight) -> list[Experiment]:
    from ...engine.local import Experiment

    found = []
    for group, names in groups.items():
        for name in names:
            own = request.own.get(name)
            if own is not None and not own.is_public:
                bigwig, peaks = (_absolute(file) for file in (own.bigwig, own.peaks))
                found.append(Experiment(name, group, bigwig, peaks, own.scale or 1.0, own.read_length))
            else:
                found.append(_public(name, group, request, own, known))
    return found


def _public(name: str, group: str, request: DiffRequest, own: UserSample | None, known: Preflight) -> Experiment:
    from ...engine.counts.read_depth import scales_of
    from ...engine.local import Experiment
    from ...engine.results import coverage_file, peak_file

    info = known.infos.get(name)
    accession = info.accession if info else name
    if accession.startswith("GSM"):
        raise InputError(
            f"{name}: files are kept under the accession of the experiment (SRX), which the metadata service tells; "
            f"it was not asked or does not answer ({known.unavailable}).\nGive the SRX accession instead."
        )
    scales: tuple[float, ...] = ()
    if info and info.reads and info.mapped_percent:
        scales = scales_of(info.reads, info.mapped_percent, info.duplicate_percent or 0.0)
    return Experiment(
        accession,
        group,
        data_url(*coverage_file(accession, _kind(request), request.genome)),
        "" if request.analysis.is_dmr else data_url(*peak_file(accession, request.genome)),
        own.scale if own else None,
        own.read_length if own else None,
        scales,
        public=True,
    )


def _absolute(file: str) -> str:
    return file if not file or is_address(file) else str(Path(file).expanduser().resolve())


def _kind(request: DiffRequest) -> Literal["diffbind", "dmr"]:
    return "dmr" if request.analysis.is_dmr else "diffbind"
