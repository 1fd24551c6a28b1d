"""The experiments of a group: accessions of whatever kind become experiments, and groups are checked."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...chipatlas.accessions import kind_of
from ...common.errors import InputError, NotFoundError, TooFewError
from ...common.text import plural
from ...experiments.accession_lists import checked_accessions, read_accessions


def read_experiment_ids(source: str | os.PathLike[str] | Iterable[str]) -> list[str]:
    """Experiments from a list, a text file (one accession per line) or a CSV/TSV with an ID column.

    Parameters
    ----------
    source : path, or iterable of str
        See `experiments.accession_lists.read_accessions`. Runs, samples, studies, series and ENCODE's experiments
        become the experiments that they stand for; the archives are asked for these alone.

    Returns
    -------
    list of str
        Valid accessions (SRX, ERX, DRX or GSM) in upper case and in the given order, duplicates dropped and said.

    Raises
    ------
    InputError
        Missing or empty file, no ID column, or a malformed accession.
    NotFoundError
        An accession of another kind stands for no experiment that ChIP-Atlas could have processed.
    ServiceUnavailableError, BadResponseError
        The archives cannot be asked for it.
    """
    return experiments_behind(read_accessions(source))


def check_experiment_ids(given: Iterable[object], place: str) -> list[str]:
    """Check accessions, put them in upper case, drop duplicates and say so; those of other kinds become experiments."""
    return experiments_behind(checked_accessions(given, place))


def experiments_behind(names: Iterable[str]) -> list[str]:
    """The experiments that accessions stand for, each once."""
    return list(dict.fromkeys(one for found in experiments_of(names).values() for one in found))


def experiments_of(names: Iterable[str]) -> dict[str, list[str]]:
    """Accession -> the experiments that it stands for; nobody is asked where all are experiments' own."""
    wanted = list(names)
    if all(kind_of(name) == "experiment" for name in wanted):
        return {name: [name] for name in wanted}
    # Step 1 starts at once where nobody is asked.
    from ...chipatlas.archives.resolve import ask_archives

    resolved = ask_archives(wanted)
    nothing = [name for name, found in resolved.experiments.items() if not found]
    if nothing:
        why = next((one.reason for one in resolved.left_out if one.given == nothing[0]), "")
        raise NotFoundError(
            f"No experiment that ChIP-Atlas could have processed for {', '.join(nothing[:5])} ({why}).\n"
            "Correct the accession, or leave it out."
        )
    return resolved.experiments


def check_groups(experiments_a: list[str], experiments_b: list[str], *, allow_no_replicates: bool = False) -> None:
    """Refuse overlapping groups, and groups without replicates unless allowed."""
    shared = [item for item in experiments_a if item in set(experiments_b)]
    if shared:
        raise InputError(f"In both groups: {', '.join(shared)}. An experiment can be on one side of a comparison only.")
    for name, members in (("A", experiments_a), ("B", experiments_b)):
        if not members:
            raise TooFewError(f"Group {name} has no experiments. Give at least 2, 3 or more are better.")
        if len(members) < 2 and not allow_no_replicates:
            raise TooFewError(
                f"Group {name} has {plural(len(members), 'experiment')} ({', '.join(members)}); at least 2 per group "
                "are needed, 3 or more are better.\n"
                "Add replicates, or pass allow_no_replicates=True and read the result as a ranking only."
            )
