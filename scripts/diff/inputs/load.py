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
from .user_samples import Member, SheetRow, UserSample, as_member, is_sheet, looks_like_file, read_sheet, unique_names


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
        "samples": example.samples,
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


def load_sample_sheet(path: str | os.PathLike[str], a: str | None = None, b: str | None = None) -> dict[str, Any]:
    """Load both groups of a comparison from a sample sheet, for ``engine="local"``.

    Parameters
    ----------
    path : path
        A CSV or TSV with the columns ``sample``, ``group``, ``bigwig``, ``peaks``, ``read_length`` and, optionally,
        ``scale`` (coverage that one read gives; without it, coverage is raw depth). In ``bigwig`` stands a bigWig, a
        bedGraph or an indexed BAM, which needs no read length; for methylation a bigWig, a bedGraph, a coverage file of
        Bismark or a bedMethyl. Paths are relative to the sheet; addresses are taken, too. A row without ``bigwig`` is a
        public experiment, ``sample`` its accession. Methylation needs no peaks and no read length. Groups called A and
        B are those; else the first to be named is A. Any other column is a variable for `design` (donor, batch).
    a, b : str, optional
        Which groups are compared, where the sheet names more than two: the others take part in the fit of a design.

    Returns
    -------
    dict
        ``experiments_a``, ``experiments_b``, ``description_a``, ``description_b``, ``samples`` (DataFrame: one row an
        experiment, its group and variables) and, with `a` and `b`, ``experiments_more`` (label -> experiments):
        arguments of `run_diff_workflow`, by name.

    Raises
    ------
    InputError
        The sheet cannot be read, does not name exactly two groups, or a row cannot be used.
    """
    import pandas as pd

    rows = read_sheet(path)
    groups = _compared(list(dict.fromkeys(row.group for row in rows)), a, b, path)
    found = _found_for(rows)
    members = {
        name: list(
            dict.fromkeys(one for row, them in zip(rows, found, strict=True) if row.group == name for one in them)
        )
        for name in groups
    }
    unique_names(member for group in members.values() for member in group)
    for letter, name in zip(("Group A", "Group B", *["Further"] * len(groups)), groups, strict=False):
        say(f"  {letter} ({name}): {', '.join(map(_name_of, members[name]))}")
    verify("✓ Data loaded successfully")
    samples = [
        {"sample": _name_of(one), "group": row.group, **row.variables}
        for row, them in zip(rows, found, strict=True)
        for one in them
    ]
    return {
        "experiments_a": members[groups[0]],
        "experiments_b": members[groups[1]],
        "description_a": groups[0] if len(groups[0]) > 1 else f"group_{groups[0]}",
        "description_b": groups[1] if len(groups[1]) > 1 else f"group_{groups[1]}",
        "samples": pd.DataFrame(samples).drop_duplicates("sample", ignore_index=True),
        **({"experiments_more": {name: members[name] for name in groups[2:]}} if len(groups) > 2 else {}),
    }


def _compared(groups: list[str], a: str | None, b: str | None, path: str | os.PathLike[str]) -> list[str]:
    """The groups of a sheet, those that are compared first."""
    named = ", ".join(repr(group) for group in groups)
    if a is not None or b is not None:
        if a not in groups or b not in groups or a == b:
            raise InputError(f"a is {a!r} and b is {b!r}; the groups of {path} are {named}. Give two of them.")
        return [a, b, *(group for group in groups if group not in (a, b))]
    if len(groups) != 2 or not all(groups):
        raise InputError(
            f"{path} names {plural(len(groups), 'group')} ({named}); a comparison needs exactly two, every sample in "
            "one of them.\nFill the column 'group' with two names, such as treated and control; or say which two are "
            "compared, a=... and b=..., and give a design for all."
        )
    return groups[::-1] if [name.upper() for name in groups] == ["B", "A"] else groups


def _found_for(rows: list[SheetRow]) -> list[list[Member]]:
    """The experiments of each row: of a run or a study those that it stands for."""
    names = [row.member for row in rows if isinstance(row.member, str)]
    if all(kind_of(name) == "experiment" for name in names):
        return [[row.member] for row in rows]
    found = experiments_of(names)
    return [list(found[row.member]) if isinstance(row.member, str) else [row.member] for row in rows]


def _name_of(member: Member) -> str:
    return member if isinstance(member, str) else member.name


def _one_group(path: str | os.PathLike[str]) -> list[Member]:
    rows = read_sheet(path)
    groups = {row.group for row in rows}
    if len(groups) > 1:
        raise InputError(
            f"{path} names {plural(len(groups), 'group')} ({', '.join(sorted(groups))}); load_user_data takes one.\n"
            "Use load_sample_sheet for a sheet of two groups."
        )
    members = list(dict.fromkeys(one for them in _found_for(rows) for one in them))
    unique_names(members)
    return members


def _is_own(item: object) -> bool:
    return not isinstance(item, str) or looks_like_file(item)
