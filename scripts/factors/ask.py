"""From sets to enriched factors: ask the service for each, summarise, say what a reader must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..chipatlas.transport.client import Client
from ..chipatlas.wabi.query_chipatlas_api import check_health
from ..common.console import announce_simulation, headline, say, verify
from ..common.errors import NothingLeftError
from ..common.files.writing import mark_simulated, output_folder
from ..common.provenance import now_utc, versions
from ..common.text import plural
from .options import Options
from .outputs import JOBS_FOLDER
from .result import EnrichedFactors
from .service import Answer, ask_service, service_address
from .sets import NOUNS, Sets
from .statistics.antigens import COLUMNS, summarise_antigens, with_roles
from .statistics.experiments import LEAST_ANTIGENS, disagreements, measure_experiments

#: A typical log2 odds ratio beyond this is worth a note.
SHARED_LOG2_ODDS = 0.5


@dataclass(frozen=True)
class Subject:
    """What the sets are of.

    Attributes
    ----------
    title : str
        In a line.
    genome, fingerprint : str
    own : set of str
        Accessions of experiments that the sets were made from.
    own_antigens : set of str
        Antigens (as `common.text.fold` gives them) all of whose experiments made the sets.
    simulated : bool
        Whether the sets come from a simulation.
    """

    title: str
    genome: str
    fingerprint: str = ""
    own: Set[str] = frozenset()
    own_antigens: Set[str] = frozenset()
    simulated: bool = False
    about: Mapping[str, Any] | None = None


def ask(sets: Sequence[Sets], subject: Subject, options: Options) -> EnrichedFactors:
    """Ask the service for every set that can be asked, one after the other.

    Raises
    ------
    NothingLeftError
        No set can be asked; nothing was sent.
    RefusedError, ServiceUnavailableError, BadResponseError, JobFailedError, JobTimeoutError
        As for Diff Analysis; see `common.errors`. The same call goes on with the jobs that were submitted.
    """
    if all(one.obstacle for one in sets):
        raise NothingLeftError(
            f"Nothing to ask Enrichment Analysis about: {'; '.join(one.obstacle for one in sets)}.\n"
            "A looser cut (recut, or other filters) gives more; nothing was sent."
        )
    headline(f"Enriched factors: {subject.title}")
    started = now_utc()
    answers: dict[str, Answer] = {}
    with output_folder(options.output_dir) as folder, Client() as client:
        check_health(client, "Enrichment Analysis")
        announce_simulation(client.simulated)
        for one in sets:
            if one.obstacle:
                say(f"  Not asked: {one.obstacle}")
                continue
            with output_folder(folder / JOBS_FOLDER / one.name) as home:
                answers[one.name] = ask_service(one, subject.genome, home, client, options)
        simulated = client.simulated or subject.simulated
        if client.simulated:
            mark_simulated(folder, simulated=True)
    result = _result(sets, subject, options, answers)
    provenance = {
        "simulated": simulated,
        "endpoint": service_address(),
        "started_at": started,
        "finished_at": now_utc(),
        "jobs": {
            name: {"request_id": answer.request_id, "submitted_at": answer.submitted_at, "sha256": answer.sha256}
            for name, answer in answers.items()
        },
        "versions": versions(),
    }
    result.provenance.update(provenance)
    for line in result.notes:
        say(f"  {line}")
    verify("✓ Enriched factors completed successfully!")
    return result


def _result(sets: Sequence[Sets], subject: Subject, options: Options, answers: Mapping[str, Answer]) -> EnrichedFactors:
    antigens, experiments, notes = [], [], []
    for one in sets:
        if one.obstacle:
            notes.append(f"Not asked: {one.obstacle}.")
            continue
        notes += [f"{one.warning}."] if one.warning else []
        counted = with_roles(answers[one.name].table, subject.own, subject.own_antigens)
        measured = measure_experiments(counted[counted["counted"]])
        antigens.append(summarise_antigens(measured, one.name))
        everything = measured.reindex(counted.index).combine_first(counted)
        columns = [*counted.columns, *(name for name in measured.columns if name not in counted)]
        whole = everything[columns].astype({name: counted[name].dtype for name in counted})
        whole.insert(0, "direction", one.name)
        experiments.append(whole)
        notes += _notes(one, measured, len(counted) - len(measured))
    return EnrichedFactors(
        table=_joined(antigens, list(COLUMNS)),
        experiments=_joined(experiments, ["direction"]),
        sets=tuple(sets),
        title=subject.title,
        fingerprint=subject.fingerprint,
        notes=notes,
        parameters={
            "genome": subject.genome,
            "antigen_class": options.antigen_class,
            "cell_class": options.cell_class,
            "threshold": options.threshold,
            "seed": options.seed,
            "output_dir": str(options.output_dir),
            "sets": {
                one.name: {"given": len(one.given), "background": len(one.background), "told": one.told} for one in sets
            },
            **(subject.about or {}),
        },
    )


def _joined(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _notes(one: Sets, measured: pd.DataFrame, left_out: int) -> list[str]:
    notes = []
    if measured.empty and not left_out:
        notes.append(
            f"The service's table is empty ({one.name}): it has no experiment of these classes that overlaps, or sent "
            "nothing. Ask again (resume=True) before that is believed."
        )
    if left_out:
        notes.append(
            f"{plural(left_out, 'experiment')} left out of the summary ({one.name}): the result was made from them."
        )
    if len(measured):
        sent, known = len(one.given), int(measured["size_a"].iloc[0])
        if known < sent:
            notes.append(f"The service knows {known:,} of the {sent:,} {NOUNS[one.kind]}s sent ({one.name}).")
    antigens = measured.groupby(["antigen_class", "antigen"]).ngroups if len(measured) else 0
    if 0 < antigens < LEAST_ANTIGENS:
        notes.append(
            f"{plural(antigens, 'antigen')} only ({one.name}): what is typical cannot be told, so an experiment is "
            "held against the background alone."
        )
    shared = float(measured["typical_log2_odds"].median()) if len(measured) else 0.0
    if abs(shared) > SHARED_LOG2_ODDS:
        notes.append(
            f"The typical experiment, whatever its antigen, overlaps the {NOUNS[one.kind]}s {one.label} at "
            f"{2.0**shared:.1f} times the odds of the background: what nearly all find is no particular factor's, and "
            "is taken off before an antigen is called enriched."
        )
    differing = disagreements(measured)
    if differing:
        notes.append(
            f"The service's P of {plural(differing, 'experiment')} ({one.name}) is not what Fisher's exact test "
            "(two-sided) gives for the overlaps; the numbers here are recomputed from the overlaps."
        )
    return notes
