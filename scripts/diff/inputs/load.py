"""Step 1: which experiments to compare."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...chipatlas.accessions import kind_of
from ...common.console import say, verify
from ...common.errors import InputError
from ...common.text import plural
from .examples import get_example
from .experiments import experiments_of, read_experiment_ids
from .user_samples import Member, UserSample, as_member, is_sheet, looks_like_file, read_sheet, unique_names


def load_example_data(name: str = "tp53_k562_dmso_vs_daunorubicin") -> dict[str, Any]:
    """Load the accessions of a documented example.

    Parameters
    ----------
    name : str
        ``tp53_k562_dmso_vs_daunorubicin``, ``tp53_molm13_vs_k562``, or one of ChIP-Atlas's own form examples such as
        ``official_hg38_dmr``, ...; another name is answered with those there are.

    Returns
    -------
    dict
        ``experiments_a``, ``experiments_b`` (lists of accessions), ``genome``, ``analysis_type``, ``description_a``,
        ``description_b``, ``series`` (GEO), ``design_caveat``, ``name``, ``summary``.

    Raises
    ------
    NotFoundError
        No example of that name.
    """
    example = get_example(name)
    say(f"Example: {example.summary}")
    for group, label, members in (
        ("A", example.description_a, example.experiments_a),
        ("B", example.description_b, example.experiments_b),
    ):
        say(f"  Group {group} ({label}): {', '.join(members)}")
    if example.design_caveat:
        say(f"  Design caveat: {example.design_caveat}")
    if min(len(example.experiments_a), len(example.experiments_b)) < 2:
        say("  No replicates: pass allow_no_replicates=True in step 2, and read the result as a ranking.")
    verify("✓ Data loaded successfully")
    return {
        "name": example.name,
        "summary": example.summary,
        "experiments_a": list(example.experiments_a),
        "experiments_b": list(example.experiments_b),
        "genome": example.genome,
        "analysis_type": example.analysis_type,
        "description_a": example.description_a,
        "description_b": example.description_b,
        "series": example.series,
        "design_caveat": example.design_caveat,
    }


def load_user_data(source: str | os.PathLike[str] | Iterable[Any]) -> list[Member]:
    """Load one group of your own choice.

    Parameters
    ----------
    source : path, or iterable
        A text file with one accession a line, a CSV or TSV with an ID column, or the accessions themselves (SRX, ERX,
        DRX or GSM). For ``engine="local"`` also files of your own: a sample sheet of one group (see
        `load_sample_sheet`), or a list that holds (bigWig, peaks, read length) or, for methylation, bigWigs.

    Returns
    -------
    list of str or UserSample
        The group's experiments, checked; duplicate accessions are dropped and said.

    Raises
    ------
    InputError
        Missing or empty file, no ID column, a malformed accession, or a file of your own that is not there.
    """
    is_path = isinstance(source, (str, os.PathLike)) and bool(str(source).strip())
    if is_path and is_sheet(Path(source).expanduser()):  # type: ignore[arg-type]
        members = _one_group(source)  # type: ignore[arg-type]
    elif is_path or isinstance(source, str) or not isinstance(source, Iterable):
        members = list(read_experiment_ids(source))
    else:
        items = [as_member(item, "the list of experiments") if _is_own(item) else item for item in source]
        own = [item for item in items if isinstance(item, UserSample)]
        accessions = [item for item in items if not isinstance(item, UserSample)]
        members = [*(read_experiment_ids(accessions) if accessions or not own else []), *own]
        unique_names(own)
    names = [item if isinstance(item, str) else item.name for item in members]
    say(f"  {plural(len(names), 'experiment')}: {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}")
    verify("✓ Data loaded successfully")
    return members


def load_sample_sheet(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Load both groups of a comparison from a sample sheet, for ``engine="local"``.

    Parameters
    ----------
    path : path
        A CSV or TSV with the columns ``sample``, ``group``, ``bigwig``, ``peaks``, ``read_length`` and, optionally,
        ``scale`` (coverage that one read gives; without it, coverage is raw depth). Paths are relative to the sheet;
        addresses are taken, too. A row without ``bigwig`` is a public experiment, ``sample`` its accession. Methylation
        needs no peaks and no read length. Groups called A and B are those; else the first to be named is A.

    Returns
    -------
    dict
        ``experiments_a``, ``experiments_b``, ``description_a``, ``description_b``: the first four arguments of
        `run_diff_workflow`, by name.

    Raises
    ------
    InputError
        The sheet cannot be read, does not name exactly two groups, or a row cannot be used.
    """
    rows = read_sheet(path)
    groups = list(dict.fromkeys(group for group, _ in rows))
    if len(groups) != 2 or not all(groups):
        named = ", ".join(repr(group) for group in groups)
        raise InputError(
            f"{path} names {plural(len(groups), 'group')} ({named}); a comparison needs exactly two, every sample in "
            "one of them.\nFill the column 'group' with two names, such as treated and control."
        )
    if [name.upper() for name in groups] == ["B", "A"]:
        groups.reverse()
    members = {name: _as_experiments([member for group, member in rows if group == name]) for name in groups}
    unique_names(member for group in members.values() for member in group)
    for letter, name in zip("AB", groups, strict=True):
        names = [item if isinstance(item, str) else item.name for item in members[name]]
        say(f"  Group {letter} ({name}): {', '.join(names)}")
    verify("✓ Data loaded successfully")
    return {
        "experiments_a": members[groups[0]],
        "experiments_b": members[groups[1]],
        "description_a": groups[0] if len(groups[0]) > 1 else f"group_{groups[0]}",
        "description_b": groups[1] if len(groups[1]) > 1 else f"group_{groups[1]}",
    }


def _one_group(path: str | os.PathLike[str]) -> list[Member]:
    rows = read_sheet(path)
    groups = {group for group, _ in rows}
    if len(groups) > 1:
        raise InputError(
            f"{path} names {plural(len(groups), 'group')} ({', '.join(sorted(groups))}); load_user_data takes one.\n"
            "Use load_sample_sheet for a sheet of two groups."
        )
    members = _as_experiments([member for _, member in rows])
    unique_names(members)
    return members


def _as_experiments(members: list[Member]) -> list[Member]:
    """Members of a sheet, accessions of other kinds (a run, a study) replaced by the experiments they stand for."""
    names = [member for member in members if isinstance(member, str)]
    if all(kind_of(name) == "experiment" for name in names):
        return members
    found = experiments_of(names)
    return list(dict.fromkeys(one for item in members for one in (found[item] if isinstance(item, str) else [item])))


def _is_own(item: object) -> bool:
    return not isinstance(item, str) or looks_like_file(item)
