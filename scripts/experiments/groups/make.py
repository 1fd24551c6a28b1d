"""Two groups, chosen by name: what `run_diff_workflow` takes, and a sample sheet of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.site.metadata import BISULFITE, is_control
from ...common.console import say
from ...common.errors import InputError, TooFewError
from ...common.files.csv_files import write_csv
from ...common.files.writing import prepare_folder
from ...common.text import clean_label, plural
from ..vocabulary import folded
from .factors import INFERRED_STUDY, MIN_REPLICATES, MOST_VALUES, attributes_of, members, studies_of
from .suggest import SAME_FACT, coded, how_shared

_LONGEST_LABEL = 100


def make_groups(
    table: pd.DataFrame,
    by: str,
    a: str | Iterable[str],
    b: str | Iterable[str],
    *,
    keep: Mapping[str, str | Iterable[str]] | None = None,
    block: str | None = None,
    output: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Make the two groups of a comparison out of a table of experiments.

    Parameters
    ----------
    table : DataFrame
        As `find_experiments` gives it.
    by : str
        The column that tells the groups apart; ``"title"`` for words of titles.
    a, b : str or list of str
        Its values in each group, however they are spelled.
    keep : mapping, optional
        Column -> value or values: only those experiments take part.
    block : str, optional
        Column of what is paired across the groups (donor, genotype, batch); kept in the sample sheet.
    output : path, optional
        Where the sample sheet (CSV) goes, which `load_sample_sheet` and `run_all` read.

    Returns
    -------
    dict
        ``experiments_a``, ``experiments_b`` (lists of accessions), ``genome``, ``analysis_type``, ``description_a``,
        ``description_b``: arguments of `run_diff_workflow`, by name; ``samples`` (DataFrame: ``sample group block``,
        annotations, title, attributes), ``caveats`` (list of str: what the groups pool, and what differs between them
        beside `by`; printed) and, where it was written, ``sheet`` (its path).

    Raises
    ------
    InputError
        No such column, an experiment in both groups, controls among them, or experiments of several assays.
    NotFoundError
        A value that no experiment has.
    TooFewError
        A group of one experiment.
    """
    kept = table[_kept(table, keep or {})]
    if block is not None and block not in table.columns:
        raise InputError(f"block is {block!r}, no column of the table: {', '.join(map(str, table.columns))}.")
    wanted = {"A": _values(a, "a"), "B": _values(b, "b")}
    groups = {letter: kept[_any_of(kept, by, values)] for letter, values in wanted.items()}
    labels = {letter: _label(values) for letter, values in wanted.items()}
    _check(groups, labels, by)
    samples = pd.concat([_samples(groups[letter], labels[letter], block, table) for letter in "AB"], ignore_index=True)
    for letter in "AB":
        say(f"  Group {letter} ({labels[letter]}): {', '.join(groups[letter]['accession'])}")
    caveats = _caveats(groups, labels, by, table)
    for caveat in caveats:
        say(f"  Caution: {caveat}")
    bisulfite = (samples["antigen_class"].str.casefold() == BISULFITE.casefold()).all()
    made: dict[str, Any] = {
        "experiments_a": groups["A"]["accession"].tolist(),
        "experiments_b": groups["B"]["accession"].tolist(),
        "genome": table.attrs.get("genome", "hg38"),
        "analysis_type": "dmr" if bisulfite else "diffbind",
        "description_a": labels["A"],
        "description_b": labels["B"],
        "samples": samples,
        "caveats": caveats,
    }
    if output is not None:
        path = Path(output).expanduser()
        prepare_folder(path.parent)
        made["sheet"] = write_csv(path, samples)
        say(f"  Saved: {path} (sample sheet)")
    return made


def _kept(table: pd.DataFrame, keep: Mapping[str, str | Iterable[str]]) -> pd.Series:
    wanted = pd.Series(True, index=table.index)
    for column, values in keep.items():
        wanted &= _any_of(table, column, _values(values, f"keep[{column!r}]"))
    return wanted


def _any_of(table: pd.DataFrame, column: str, values: Iterable[str]) -> pd.Series:
    found = pd.Series(False, index=table.index)
    for value in values:
        found |= members(table, column, value)
    return found


def _values(given: str | Iterable[str], name: str) -> list[str]:
    values = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else []
    if not values or not all(isinstance(value, str) and folded(value) for value in values):
        raise InputError(f"{name} is {given!r}; give a value of the column, or a list of values.")
    return values


def _label(values: Iterable[str]) -> str:
    return clean_label(" or ".join(values))[:_LONGEST_LABEL]


def _check(groups: Mapping[str, pd.DataFrame], labels: Mapping[str, str], by: str) -> None:
    both = sorted(set(groups["A"]["accession"]) & set(groups["B"]["accession"]))
    if both:
        raise InputError(f"In both groups ({by}): {', '.join(both)}. Give values, or words, that no title shares.")
    everyone = pd.concat(groups.values())
    pairs = zip(everyone["antigen_class"], everyone["antigen"], strict=True)
    control = np.array([is_control(*pair) for pair in pairs], dtype=bool)
    if control.any():
        names = ", ".join(everyone.loc[control, "accession"])
        raise InputError(
            f"Controls among the groups: {names} (input or IgG). They show no binding to compare.\n"
            "Leave them out, with keep={'antigen': ...}."
        )
    classes = everyone["antigen_class"].unique().tolist()
    if BISULFITE in classes and len(classes) > 1:
        raise InputError(f"Several assays: {', '.join(classes)}. Keep one, with keep={{'antigen_class': ...}}.")
    for letter, members_of in groups.items():
        if len(members_of) < MIN_REPLICATES:
            raise TooFewError(
                f"Group {letter} ({labels[letter]}) has {plural(len(members_of), 'experiment')} "
                f"({', '.join(members_of['accession'])}); at least {MIN_REPLICATES} are needed, 3 or more are better."
            )


def _caveats(groups: Mapping[str, pd.DataFrame], labels: Mapping[str, str], by: str, table: pd.DataFrame) -> list[str]:
    """What a reader must know of the groups: things pooled in one, and what else tells them apart."""
    told = []
    for name in ("antigen", "cell_type"):
        values = {letter: [value for value in rows[name].unique() if value] for letter, rows in groups.items()}
        for letter, there in values.items():
            if name != by and len(there) > 1:
                told.append(
                    f"group {letter} ({labels[letter]}) pools {', '.join(there)}: "
                    f"keep={{{name!r}: ...}} makes the comparison within one"
                )
    together = pd.concat(groups.values())
    in_a = np.arange(len(together)) < len(groups["A"])
    studies = studies_of(together)
    together = together.assign(**{INFERRED_STUDY: studies[INFERRED_STUDY]}) if INFERRED_STUDY in studies else together
    for name in ("antigen", "cell_type", *studies, *attributes_of(table)):
        if name == by or name not in together or name in SAME_FACT.get(by, ()):
            continue
        codes = coded(together[name])
        restated = all(
            folded(str(one)) in folded(str(other)) for one, other in zip(together[by], together[name], strict=True)
        )
        if (
            not restated
            and len(set(codes[codes >= 0])) <= MOST_VALUES
            and how_shared(codes[in_a], codes[~in_a]) == "differs"
        ):
            sides = (together.loc[in_a, name], together.loc[~in_a, name])
            pairs = (", ".join(sorted({str(value) for value in side if str(value).strip()})) for side in sides)
            told.append(f"{name} differs, too ({' against '.join(pairs)}): its effect cannot be told from {by}'s")
    return told


def _samples(rows: pd.DataFrame, label: str, block: str | None, table: pd.DataFrame) -> pd.DataFrame:
    columns = ["antigen_class", "antigen", "cell_type", "title", *attributes_of(table)]
    head = {"sample": rows["accession"], "group": label, "block": rows[block] if block is not None else ""}
    return pd.DataFrame({**head, **{name: rows[name] for name in columns if name not in head}})
