"""Is the comparison balanced? What the two groups consist of, factor by factor, and what cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from ...chipatlas.site.metadata import parse_attributes
from ...experiments.groups.factors import MOST_VALUES, one_spelling
from ...experiments.table import attribute_name
from ...experiments.vocabulary import folded

#: Annotations that are factors, and what they are called.
ANNOTATIONS = {"batch": "study (inferred)", "antigen": "antigen", "cell_type": "cell type"}
#: Attributes that say of which cells a sample is: they go with the cell type.
_OF_CELLS = {"cell_line", "source_name", "cell_type_attribute", "tissue", "organism_part", "cell", "cells"}
#: Attributes of the donor, which differ between cell types as a matter of course.
_OF_DONOR = {
    "sex",
    "gender",
    "age",
    "disease",
    "disease_state",
    "diagnosis",
    "ethnicity",
    "strain",
    "donor_sex",
    "race",
}
#: Attributes under which archives keep what describes no sample.
_NO_FACTOR = ("insdc_", "ena_", "alias", "description", "sample_name", "title", "labels", "biomaterial", "external_id")
_LONGEST = 60


@dataclass(frozen=True)
class Balance:
    """How the groups are made up.

    Attributes
    ----------
    table : DataFrame
        ``factor``, ``A``, ``B``: the values of each group with their numbers; the medians of reads and peaks.
    question : list of str
        Factors that the comparison is about: the groups' names, or the only thing that tells the groups apart.
    confounded : list of str
        Other factors whose values the groups do not share at all.
    partial : dict
        Factor -> share of the two groups that has the same values (0 none, 1 all), where it is between.
    """

    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["factor", "A", "B"]))
    question: list[str] = field(default_factory=list)
    confounded: list[str] = field(default_factory=list)
    partial: Mapping[str, float] = field(default_factory=dict)


def balance_of(experiments: pd.DataFrame, label_a: str = "", label_b: str = "") -> Balance:
    """Set the groups beside each other.

    Parameters
    ----------
    experiments : DataFrame
        As `diff.inputs.preflight` makes it.
    label_a, label_b : str
        Names of the groups: a factor whose values they are is what the comparison is about.
    """
    groups = [experiments["group"] == letter for letter in "AB"]
    if not all(group.any() for group in groups):
        return Balance()
    factors = _factors(experiments)
    shared = {name: _shared(values, *groups) for name, values in factors.items()}
    apart = [name for name, share in shared.items() if share == 0]
    question = _question(apart, factors, groups, (label_a, label_b))
    inherent = _OF_CELLS | _OF_DONOR if "cell_type" in question else set()
    return Balance(
        table=_table(experiments, factors, groups),
        question=question,
        # Antigens and studies have findings of their own.
        confounded=[name for name in apart if name not in {*question, *inherent, *ANNOTATIONS}],
        partial={name: share for name, share in shared.items() if 0 < share < 1 - 1e-9},
    )


def _factors(experiments: pd.DataFrame) -> dict[str, pd.Series]:
    """Annotations, and the attributes that split the experiments into a few values each."""
    factors = {name: experiments[name].astype(str) for name in ANNOTATIONS}
    parsed = [
        {attribute_name(key): value for key, value in parse_attributes(text)} for text in experiments["attributes"]
    ]
    for name in dict.fromkeys(name for item in parsed for name in item):
        values = one_spelling(pd.Series([item.get(name, "") for item in parsed], index=experiments.index))
        known = values[values != ""]
        # What is another in every experiment names samples; what many lack tells of none.
        tells = len(known) == len(values) and 1 < known.nunique() <= MOST_VALUES and known.nunique() < len(known)
        if tells and not name.startswith(_NO_FACTOR):
            factors[name] = values
    return factors


def _shared(values: pd.Series, in_a: pd.Series, in_b: pd.Series) -> float:
    """Share of the two groups that has the same values."""
    codes = pd.factorize(values)[0]
    a, b = (np.bincount(codes[group], minlength=codes.max() + 1) / group.sum() for group in (in_a, in_b))
    return float(np.minimum(a, b).sum())


def _question(
    apart: list[str], factors: Mapping[str, pd.Series], groups: list[pd.Series], labels: tuple[str, str]
) -> list[str]:
    """The factors that the comparison is about: those that say what the labels say, or the only one there is."""
    candidates = [name for name in apart if name != "batch"]
    named = [name for name in candidates if _says(factors[name], groups, labels)]
    if not named and "cell_type" in candidates:
        named = ["cell_type"]
    families = _families(candidates, factors)
    if not named:
        named = families[0] if len(families) == 1 else []
    same = [family for family in families if set(family) & set(named)]
    found = {name for family in same for name in family} | set(named)
    if found & _OF_CELLS and "cell_type" in candidates:
        found.add("cell_type")
    return [name for name in candidates if name in found]


def _says(values: pd.Series, groups: list[pd.Series], labels: tuple[str, str]) -> bool:
    """Whether each label is what all members of its group have, or a part of it, or the other way round."""
    for group, label in zip(groups, labels, strict=True):
        said = folded(label)
        if not said or not all(said in folded(value) or folded(value) in said for value in values[group].unique()):
            return False
    return True


def _families(names: list[str], factors: Mapping[str, pd.Series]) -> list[list[str]]:
    """Factors that say the same in other words, together (``K562 DMSO`` beside ``DMSO``)."""
    families = [[name] for name in names]
    for one, other in combinations(names, 2):
        pairs = set(zip(factors[one].map(folded), factors[other].map(folded), strict=True))
        if all(a in b or b in a for a, b in pairs):
            home, guest = (next(family for family in families if name in family) for name in (one, other))
            if home is not guest:
                home += guest
                families.remove(guest)
    return families


def _table(experiments: pd.DataFrame, factors: Mapping[str, pd.Series], groups: list[pd.Series]) -> pd.DataFrame:
    rows = [
        (ANNOTATIONS.get(name, name.replace("_", " ")), *(_counted(values[group]) for group in groups))
        for name, values in factors.items()
    ]
    for column, what in (("reads", "reads (median)"), ("peaks", "peaks (median)")):
        known = [pd.to_numeric(experiments.loc[group, column]).dropna() for group in groups]
        if any(map(len, known)):
            rows.append((what, *(f"{values.median():,.0f}" if len(values) else "?" for values in known)))
    return pd.DataFrame(rows, columns=["factor", "A", "B"])


def _counted(values: pd.Series) -> str:
    counts = values.value_counts()
    shown = ", ".join(f"{value} ({n})" for value, n in counts.head(MOST_VALUES).items())
    return shown if len(shown) <= 3 * _LONGEST else f"{shown[: 3 * _LONGEST]}…"
