"""Experiments behind accessions of other kinds: runs, samples, studies, series of GEO, experiments of ENCODE."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ...common.console import announce_simulation, progress, say
from ...common.errors import BadResponseError, ServiceUnavailableError
from ...common.text import ellipsis, plural
from ..accessions import PROCESSED, kind_of
from ..endpoints import ena_url, pause_seconds
from ..transport.client import Client
from .ena import Run, runs_of
from .ncbi import Series, series_of

#: While so many runs are not known, a run's whole study is asked for: its other runs are often among them.
_RUNS_OF_ONE_STUDY = 3
#: Characters of a list of accessions, and lines of what was left out, on the console.
SHOWN, MOST_TOLD = 300, 10


@dataclass(frozen=True)
class LeftOut:
    """What was named and is no experiment of ChIP-Atlas, or none that can be used.

    Attributes
    ----------
    given : str
        The accession as it was asked for.
    accession : str
        The experiment behind it; empty where there is none.
    """

    given: str
    accession: str
    reason: str


@dataclass
class Resolved:
    """What accessions stand for.

    Attributes
    ----------
    experiments : dict
        Accession as given -> its experiments (SRX, ERX, DRX; GSM where the archives name no other), none for a name
        that stands for nothing usable.
    left_out : list of LeftOut
        In the order of the question.
    studies : dict
        Experiment -> its study, such as ``SRP..``.
    simulated : bool
        Whether an archive was the embedded service's.
    """

    experiments: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    studies: dict[str, str] = field(default_factory=dict)
    simulated: bool = False

    @property
    def accessions(self) -> list[str]:
        """All experiments, each once, in the order of the question."""
        return list(dict.fromkeys(name for names in self.experiments.values() for name in names))


def resolve(names: Iterable[str], client: Client) -> Resolved:
    """The experiments that accessions stand for; those of experiments and GEO samples stand for themselves, unasked.

    Parameters
    ----------
    names : iterable of str
        In upper case, each of a kind that `chipatlas.accessions.kind_of` knows.

    Raises
    ------
    ServiceUnavailableError
        An archive cannot be asked; the message says what to give instead.
    BadResponseError
        It answers something else.
    """
    wanted = list(dict.fromkeys(names))
    others = [name for name in wanted if kind_of(name) != "experiment"]
    asked = _Asked(client)
    found = Resolved()
    try:
        asked.runs_first([name for name in others if kind_of(name) == "run"])
        for name in progress(wanted, desc="Accessions", unit="accession") if others else wanted:
            if name in others:
                _add(found, name, asked)
            else:
                found.experiments[name] = [name]
    except (ServiceUnavailableError, BadResponseError) as error:
        raise type(error)(
            f"{str(error).splitlines()[0]}\nThe archive could not be asked what {', '.join(others[:3])}"
            f"{', ...' if len(others) > 3 else ''} stand for, and nothing is known of them. Give experiment accessions "
            "(SRX, ERX, DRX, GSM), or try later."
        ) from error
    return found


def ask_archives(names: Iterable[str]) -> Resolved:
    """`resolve`, and what came of it said."""
    with Client() as client:
        resolved = resolve(names, client)
        announce_simulation(client.simulated)
        resolved.simulated = client.simulated
    _tell(resolved)
    return resolved


def _add(found: Resolved, name: str, asked: _Asked) -> None:
    """What one accession stands for; what cannot be used goes to `left_out`."""
    if kind_of(name) in ("series", "ENCODE experiment"):
        runs, gsms = asked.of_series(name)
    else:
        runs, gsms = asked.of_archive(name), []
    known = {run.gsm for run in runs}
    members = found.experiments.setdefault(name, [])
    firsts: dict[str, Run] = {}
    for run in runs:
        firsts.setdefault(run.experiment, run)
    for experiment, first in firsts.items():
        if first.strategy and first.strategy not in PROCESSED:
            reason = f"{first.strategy} ({first.organism}): ChIP-Atlas processes {', '.join(PROCESSED)}"
            found.left_out.append(LeftOut(name, experiment, reason))
            continue
        members.append(experiment)
        found.studies[experiment] = next(iter(first.studies), "")
    members += [gsm for gsm in gsms if gsm not in known]
    if not runs and not members:
        found.left_out.append(LeftOut(name, "", f"the archives know no public {kind_of(name)} of that name"))


class _Asked:
    """What the archives have told so far: nothing is asked twice."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._of: dict[str, list[Run]] = {}
        self._requests = 0

    def of_archive(self, name: str) -> list[Run]:
        """The runs of a run, a sample or a study."""
        if name not in self._of:
            self._of[name] = self._runs(name)
        return self._of[name]

    def of_series(self, name: str) -> tuple[list[Run], list[str]]:
        """The runs of a series (of an experiment of ENCODE: of its series), and its samples."""
        told: list[Series] = series_of(name, self._client)
        gsms = list(dict.fromkeys(gsm for one in told for gsm in one.gsms))
        runs: list[Run] = []
        for one in told:
            # A study may serve more than this series.
            runs += [run for run in self.of_archive(one.study) if run.gsm in one.gsms] if one.study else []
        return runs, gsms

    def runs_first(self, names: Sequence[str]) -> None:
        """Ask for many runs by their studies: a list of runs is mostly one study's."""
        for name in names:
            if sum(one not in self._of for one in names) < _RUNS_OF_ONE_STUDY:
                return
            study = next((study for run in self.of_archive(name) for study in run.studies), "")
            if study and study not in self._of:
                # A report too large to take leaves the runs to be asked for one by one.
                with suppress(BadResponseError):
                    by_run = {run.accession: run for run in self.of_archive(study)}
                    self._of |= {one: [by_run[one]] for one in names if one in by_run}

    def _runs(self, name: str) -> list[Run]:
        if self._requests:
            time.sleep(pause_seconds(ena_url("")))
        self._requests += 1
        return runs_of(name, self._client)


def _tell(resolved: Resolved) -> None:
    """Say which experiments accessions of other kinds became, and what was left out and why."""
    others = [name for name in resolved.experiments if kind_of(name) != "experiment"]
    for kind in dict.fromkeys(map(kind_of, others)):
        names = [name for name in others if kind_of(name) == kind]
        found = list(dict.fromkeys(one for name in names for one in resolved.experiments[name]))
        many = f"{names[0]} and {len(names) - 1:,} more" if len(names) > 1 else names[0]
        listed = f": {ellipsis(', '.join(found), SHOWN)}" if found else ""
        say(f"  {kind} {many}: {plural(len(found), 'experiment')}{listed}")
        if kind == "run" and found:
            say("  ChIP-Atlas holds whole experiments: each stands for all of its runs.")
    for one in resolved.left_out[:MOST_TOLD]:
        say(f"  Left out: {f'{one.accession} of ' * bool(one.accession)}{one.given}: {one.reason}")
    if len(resolved.left_out) > MOST_TOLD:
        say(f"  Left out: {len(resolved.left_out) - MOST_TOLD:,} more")
