"""The contrasts that a table of experiments offers, the cleanest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.text import ellipsis, plural
from ..vocabulary import folded
from .factors import (
    ANNOTATIONS,
    INFERRED_STUDY,
    MIN_REPLICATES,
    MOST_VALUES,
    TITLE,
    attributes_of,
    factors_of,
    one_spelling,
    studies_of,
    title_words,
)

COLUMNS = (
    "by",
    "a",
    "b",
    "n_a",
    "n_b",
    "within",
    "also_differs",
    "unbalanced",
    "clean",
    "accessions_a",
    "accessions_b",
)
#: Annotations that every member of a group should share, unless they are what is compared.
_STRATA = ("antigen", "cell_type")
#: What people call a cell type in attributes says the same as the annotation.
SAME_FACT = {"cell_type": ("cell_line", "source_name", "cell_type_attribute", "tissue", "cell_type_class")}
#: Contrasts on the console; the table has them all.
_SHOWN = 12
_WIDTH = 60


@dataclass(frozen=True)
class _Contrast:
    by: str
    a: str
    b: str
    within: str
    rows_a: pd.Index
    rows_b: pd.Index


def suggest_groups(table: pd.DataFrame) -> pd.DataFrame:
    """List the ways in which a table splits into two groups with replicates. Nothing is chosen.

    Every annotation and attribute with at least two values, each in at least two experiments, is tried within one
    antigen and one cell type; where no attribute tells experiments apart, words of their titles are.

    Parameters
    ----------
    table : DataFrame
        As `find_experiments` gives it.

    Returns
    -------
    DataFrame
        One row a contrast, the cleanest first: ``by`` (the column; several where they split alike), ``a`` and ``b``
        (its values), ``n_a`` and ``n_b``, ``within`` (what both groups share), ``also_differs`` (columns whose values
        the groups do not share at all: they cannot be told from the contrast), ``unbalanced`` (columns whose values
        occur in other shares), ``clean`` (neither of the two), ``accessions_a``, ``accessions_b`` (lists).
    """
    table = table.reset_index(drop=True)
    factors = factors_of(table)
    found = _merged(_contrasts(table, factors))
    if not found:
        found = _merged(_by_title(table))
    compared = {**factors, **studies_of(table)}
    others = {name: coded(values) for name, values in compared.items() if name != "cell_type_class"}
    rows = [_judged(contrast, table, others) for contrast in found]
    suggested = pd.DataFrame(rows, columns=list(COLUMNS))
    order = suggested.assign(
        _confounded=suggested["also_differs"].map(lambda names: len(names.split(", ")) if names else 0),
        _uneven=suggested["unbalanced"].map(lambda names: len(names.split(", ")) if names else 0),
        _smallest=-suggested[["n_a", "n_b"]].min(axis=1),
    ).sort_values(["_confounded", "_uneven", "_smallest"], kind="stable")
    suggested = suggested.loc[order.index].reset_index(drop=True)
    _tell(suggested)
    if suggested.empty:
        _tell_singles(table)
    return suggested


def _contrasts(table: pd.DataFrame, factors: Mapping[str, pd.Series]) -> Iterator[_Contrast]:
    for name, values in factors.items():
        # A class of cell types is no stratum's business but its own.
        own = {name, "cell_type"} if name == "cell_type_class" else {name}
        strata = [column for column in _STRATA if column not in own]
        for shared, rows in table.groupby(strata, sort=False):
            there = values[rows.index]
            counts = there[there != ""].value_counts()
            replicated = counts[counts >= MIN_REPLICATES].index
            for a, b in combinations(replicated, 2):
                within = ", ".join(str(value) for value in shared)
                yield _Contrast(name, a, b, within, there.index[there == a], there.index[there == b])


def _by_title(table: pd.DataFrame) -> Iterator[_Contrast]:
    words = title_words(table)
    for shared, rows in table.groupby(list(_STRATA), sort=False):
        for one, other in combinations(words, 2):
            a, b = words[one][rows.index], words[other][rows.index]
            if not (a & b).any() and (a | b).all() and min(a.sum(), b.sum()) >= MIN_REPLICATES:
                within = ", ".join(str(value) for value in shared)
                yield _Contrast(TITLE, one, other, within, a.index[a], b.index[b])


def _merged(contrasts: Iterator[_Contrast]) -> list[_Contrast]:
    """Contrasts of the same experiments once, annotations before attributes.

    Columns that say the same in other words (``K562 DMSO`` beside ``DMSO``) are named together. Another column that
    splits alike, such as a donor, stays what cannot be told from the contrast.
    """
    found: dict[frozenset[tuple[int, ...]], list[_Contrast]] = {}
    for contrast in contrasts:
        found.setdefault(frozenset({tuple(contrast.rows_a), tuple(contrast.rows_b)}), []).append(contrast)
    merged = []
    for same in found.values():
        first = next((one for one in same if one.by in ANNOTATIONS), same[0])
        names = ", ".join(one.by for one in same if one is first or _restates(first, one))
        merged.append(_Contrast(names, first.a, first.b, first.within, first.rows_a, first.rows_b))
    return merged


def _restates(contrast: _Contrast, other: _Contrast) -> bool:
    """Whether the values of another contrast of the same experiments hold the values of this one."""
    turned = tuple(other.rows_a) != tuple(contrast.rows_a)
    a, b = (other.b, other.a) if turned else (other.a, other.b)
    return folded(contrast.a) in folded(a) and folded(contrast.b) in folded(b)


def _judged(contrast: _Contrast, table: pd.DataFrame, others: Mapping[str, np.ndarray]) -> dict[str, object]:
    own = {name for by in contrast.by.split(", ") for name in (by, *SAME_FACT.get(by, ()))}
    differs, uneven = [], []
    for name, codes in others.items():
        if name in own:
            continue
        apart = how_shared(codes[contrast.rows_a], codes[contrast.rows_b])
        if apart == "differs":
            differs.append(name)
        elif apart == "uneven" and name != INFERRED_STUDY:
            uneven.append(name)
    return {
        "by": contrast.by,
        "a": contrast.a,
        "b": contrast.b,
        "n_a": len(contrast.rows_a),
        "n_b": len(contrast.rows_b),
        "within": contrast.within,
        "also_differs": ", ".join(differs),
        "unbalanced": ", ".join(uneven),
        "clean": not differs and not uneven,
        "accessions_a": table.loc[contrast.rows_a, "accession"].tolist(),
        "accessions_b": table.loc[contrast.rows_b, "accession"].tolist(),
    }


def how_shared(a: np.ndarray, b: np.ndarray) -> str:
    """How two groups share the values of a column: ``differs`` (none in common), ``uneven``, or nothing to say.

    Parameters
    ----------
    a, b : ndarray of int
        A code for each value, -1 for an experiment of which it is not known: that one is no value of its own.
    """
    known = a[a >= 0], b[b >= 0]
    if min(map(len, known)) == 0:
        return "uneven" if len(known[0]) or len(known[1]) else ""
    most = max(int(codes.max()) for codes in known) + 1
    shares = [np.bincount(codes, minlength=most) / len(codes) for codes in known]
    shared = float(np.minimum(*shares).sum())
    if shared == 0:
        return "differs"
    return "uneven" if shared < 1 - 1e-9 or len(known[0]) < len(a) or len(known[1]) < len(b) else ""


def coded(values: pd.Series) -> np.ndarray:
    """A number for each value of a column; -1 for an empty one."""
    texts = values.astype(str).str.strip()
    return pd.factorize(texts.where(texts != ""))[0]


def _tell(suggested: pd.DataFrame) -> None:
    remedy = "" if len(suggested) else ": take other experiments"
    say(f"\n  {plural(len(suggested), 'contrast')} with replicates{remedy}")
    for number, row in enumerate(suggested.head(_SHOWN).to_dict("records"), start=1):
        remarks = [
            *([f"also differs: {row['also_differs']}"] if row["also_differs"] else []),
            *([f"unbalanced: {row['unbalanced']}"] if row["unbalanced"] else []),
        ]
        pair = f"{ellipsis(row['a'], _WIDTH)} (n={row['n_a']}) vs {ellipsis(row['b'], _WIDTH)} (n={row['n_b']})"
        say(f"    {number}. {row['by']}: {pair}, within {row['within']}; {'; '.join(remarks) or 'clean'}")
    if len(suggested) > _SHOWN:
        say(f"    ... {len(suggested) - _SHOWN:,} more (the table that is returned, or --json, has all)")


def _tell_singles(table: pd.DataFrame) -> None:
    """Say which values would tell groups apart if there were replicates."""
    for name in (*ANNOTATIONS, *attributes_of(table)):
        counts = one_spelling(table[name])
        counts = counts[counts != ""].value_counts()
        if 2 <= len(counts) <= MOST_VALUES and len(counts) < len(table) + 1 and counts.max() > 0:
            told = ", ".join(f"{ellipsis(str(value), _WIDTH)} (n={number})" for value, number in counts.items())
            say(f"    {name}: {told}; a group needs {MIN_REPLICATES}")
