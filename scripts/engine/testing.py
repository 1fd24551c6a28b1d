"""How the regions of a comparison are tested, and what came of it beside the table of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ..common.errors import InputError
from .edger.designs import Contrast, make_design, test_design
from .edger.differential import test_differential
from .edger.normalisation import MAPPED, Normalisation, answers, chosen_sizes, group_difference, library_sizes

#: The variable of a design that is A in one group, B in the other, and the label of any further group.
GROUP = "group"
#: Groups whose signal per mapped read differs by so much (log2) at so small a p-value differ systematically.
SHIFT, SHIFT_P = 0.58, 0.01
#: Below which a q-value counts as significant where answers are compared.
QVALUE = 0.05
EXACT = "exact test of A and B"


@dataclass(frozen=True)
class Plan:
    """How the regions are tested.

    Attributes
    ----------
    design : str
        Formula, see `test_design`; empty for the service's own exact test of A and B.
    samples : DataFrame
        Variables of the design, indexed by experiment; `GROUP` is set from the groups.
    contrasts : dict of str to contrast
        More differences to test, by name.
    test : {"ql", "ql-legacy", "lrt"}
    normalisation : {"tmm", "library", "background"} or mapping of experiment to library size
    min_abs_logfc : float
    stability : bool
        Whether the test is repeated without each experiment in turn.
    """

    design: str = ""
    samples: pd.DataFrame = field(default_factory=pd.DataFrame)
    contrasts: Mapping[str, Contrast] = field(default_factory=dict)
    test: str = "ql"
    normalisation: Normalisation = "tmm"
    min_abs_logfc: float = 0
    stability: bool = False

    def with_groups(self, groups: Mapping[str, str]) -> Plan:
        """The plan for some experiments: their variables in this order, `GROUP` among them."""
        known = self.samples.reindex(list(groups)) if len(self.samples) else pd.DataFrame(index=list(groups))
        return replace(self, samples=known.assign(**{GROUP: list(groups.values())}))

    def main_contrast(self) -> tuple[str, str, str]:
        """The difference of A and B as the design tells it: of `GROUP`, or of a variable that splits alike.

        Raises
        ------
        InputError
            The design has neither.
        """
        from formulaic import Formula

        named = sorted(map(str, Formula(self.design).required_variables))
        if GROUP in named:
            return GROUP, "A", "B"
        for name in named:
            column = self.samples[name].astype(str) if name in self.samples else pd.Series(dtype=str)
            a, b = (set(column[self.samples[GROUP] == group]) for group in "AB")
            if len(a) == len(b) == 1 and a != b:
                return name, *a, *b
        raise InputError(
            f"design {self.design!r} does not tell A from B: name the variable {GROUP!r} in it, such as '~ block + "
            f"{GROUP}'. Other differences are tested by contrasts={{'name': (variable, a, b)}}."
        )

    def check(self) -> None:
        """Refuse what cannot be fitted, before anything is fetched; see `test_design`."""
        if self.design:
            for contrast in (self.main_contrast(), *self.contrasts.values()):
                make_design(self.samples, self.design, contrast)


@dataclass
class Tested:
    """What testing leaves.

    Attributes
    ----------
    table : DataFrame
        ``chrom start end logFC pvalue qvalue`` and normalised counts by experiment; one row a tested region.
    read_counts : DataFrame
        ``chrom start end`` and whole read counts by experiment, of all regions.
    normalisation : dict
        ``used``; ``sizes`` (DataFrame: experiment x normalisation); ``answers`` (DataFrame, see
        `normalisation.answers`; None where nothing calls for it); ``difference`` and ``pvalue`` of `group_difference`;
        ``systematic`` (bool).
    design : dict or None
        ``formula``, ``test``, ``tested`` (in words), ``min_abs_logfc``, ``samples`` (DataFrame), ``analyses``
        (DataFrame: the design beside the exact test), ``contrasts`` (name -> DataFrame).
    stability : DataFrame or None
        See `leave_one_out`.
    controls : DataFrame or None
        See `engine.counts.background.reads_along`, of input controls.
    """

    table: pd.DataFrame
    read_counts: pd.DataFrame
    normalisation: dict[str, Any]
    design: dict[str, Any] | None = None
    stability: pd.DataFrame | None = None
    controls: pd.DataFrame | None = None


def test_regions(
    regions: pd.DataFrame,
    counts: pd.DataFrame,
    groups: Sequence[str],
    plan: Plan,
    bins: Mapping[str, np.ndarray] | None = None,  # noqa: PT028
) -> Tested:
    """Test counted regions as a plan says.

    Parameters
    ----------
    regions : DataFrame
        ``chrom start end``.
    counts : DataFrame of shape (n_regions, n_experiments)
        Whole read counts, rows as `regions`.
    groups : sequence of str
        One per experiment: A, B, or the label of a further group.
    bins : mapping of experiment to ndarray, optional
        Reads in bins along the genome; without them there is TMM alone.
    """
    plan = plan.with_groups(dict(zip(counts.columns, groups, strict=True)))
    run = _Run(counts, list(groups), plan)
    sizes = library_sizes(counts[counts.any(axis=1)], bins)
    chosen = None if plan.normalisation == "tmm" else chosen_sizes(sizes, plan.normalisation)
    table = run.main(chosen)
    difference, pvalue = group_difference(sizes, groups) if MAPPED in sizes else (0.0, 1.0)
    systematic = abs(difference) >= SHIFT and pvalue < SHIFT_P
    told = None
    if MAPPED in sizes and (systematic or plan.normalisation != "tmm"):
        told = answers(sizes, run.main, QVALUE, plan.normalisation, table)
    tested = Tested(
        regions.join(table, how="inner"),
        regions.join(counts),
        {
            "used": plan.normalisation,
            "sizes": sizes,
            "answers": told,
            "difference": difference,
            "pvalue": pvalue,
            "systematic": systematic,
        },
    )
    if plan.design:
        tested.design = run.describe(regions, table, chosen)
    if plan.stability:
        tested.stability = leave_one_out(counts, list(groups), plan, table, chosen)
    return tested


test_regions.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Run:
    """Counts and a plan: the tests that can be made of them."""

    counts: pd.DataFrame
    groups: list[str]
    plan: Plan

    def main(self, sizes: np.ndarray | None = None) -> pd.DataFrame:
        """A against B, with the given library sizes or by TMM."""
        if not self.plan.design:
            return test_differential(self.counts, self.groups, sizes)
        return self.contrast(self.plan.main_contrast(), sizes)

    def contrast(self, contrast: Contrast, sizes: np.ndarray | None = None) -> pd.DataFrame:
        given: Any = "tmm" if sizes is None else dict(zip(self.counts.columns, sizes.tolist(), strict=True))
        plan = self.plan
        return test_design(
            self.counts, plan.samples, plan.design, contrast, plan.test, given, min_abs_logfc=plan.min_abs_logfc
        )

    def describe(self, regions: pd.DataFrame, table: pd.DataFrame, sizes: np.ndarray | None) -> dict[str, Any]:
        """The design, its other contrasts, and the exact test beside it."""
        plan = self.plan
        columns = ["logFC", "pvalue", "qvalue"]
        analyses = [_row(f"{plan.design} ({plan.test})", table, table)]
        members = [name for name, group in zip(self.counts.columns, self.groups, strict=True) if group in ("A", "B")]
        if max(self.groups.count("A"), self.groups.count("B")) > 1:
            exact = test_differential(self.counts[members], [group for group in self.groups if group in ("A", "B")])
            analyses.append(_row(EXACT, exact, table))
        others = {name: self.contrast(contrast, sizes) for name, contrast in plan.contrasts.items()}
        return {
            "formula": plan.design,
            "test": plan.test,
            "tested": table.attrs["tested"],
            "min_abs_logfc": plan.min_abs_logfc,
            "samples": plan.samples,
            "analyses": pd.DataFrame(analyses),
            "contrasts": {name: regions.join(found[columns], how="inner") for name, found in others.items()},
            "contrasts_tested": {name: found.attrs["tested"] for name, found in others.items()},
        }


def leave_one_out(
    counts: pd.DataFrame,
    groups: list[str],
    plan: Plan,
    table: pd.DataFrame,
    sizes: np.ndarray | None = None,
    top: int = 100,
) -> pd.DataFrame:
    """Repeat the test without each experiment of A and B in turn.

    Parameters
    ----------
    table : DataFrame
        The test of all of them.
    sizes : ndarray of shape (n_experiments,), optional
        Library sizes; TMM of those that are left when not given.
    top : int
        Regions whose place is looked at: the first by p-value.

    Returns
    -------
    DataFrame
        One row an experiment: ``left_out``, ``group``, ``significant`` (regions), ``top_kept`` (share of the first
        `top` that are among the first `top` again), ``significant_kept`` (share of the significant regions that are
        significant again), ``direction_kept`` (share of them whose change points the same way). Missing where the rest
        cannot be tested.
    """
    first = table.nsmallest(min(top, len(table)), "pvalue").index
    called = table.index[table["qvalue"] < QVALUE]
    rows = []
    for name, group in zip(counts.columns, groups, strict=True):
        if group not in ("A", "B"):
            continue
        row: dict[str, Any] = {"left_out": name, "group": group}
        rest = [other for other in counts.columns if other != name]
        rest_groups = [one for other, one in zip(counts.columns, groups, strict=True) if other != name]
        try:
            if not {"A", "B"} <= set(rest_groups) or max(rest_groups.count("A"), rest_groups.count("B")) < 2:
                raise InputError("no replicate left")
            named = plan.with_groups(dict(zip(rest, rest_groups, strict=True)))
            left = None if sizes is None else sizes[counts.columns != name]
            again = _Run(counts[rest], rest_groups, named).main(left)
        except InputError:
            rows.append(row)
            continue
        again_first = again.nsmallest(min(top, len(again)), "pvalue").index
        still = again.index[again["qvalue"] < QVALUE]
        shared = called.intersection(again.index)
        same = np.sign(again.loc[shared, "logFC"]) == np.sign(table.loc[shared, "logFC"])
        row |= {
            "significant": len(still),
            "top_kept": len(first.intersection(again_first)) / max(len(first), 1),
            "significant_kept": len(called.intersection(still)) / len(called) if len(called) else np.nan,
            "direction_kept": float(same.sum()) / len(called) if len(called) else np.nan,
        }
        rows.append(row)
    return pd.DataFrame(
        rows, columns=["left_out", "group", "significant", "top_kept", "significant_kept", "direction_kept"]
    )


def _row(name: str, found: pd.DataFrame, main: pd.DataFrame) -> dict[str, Any]:
    called = found.index[found["qvalue"] < QVALUE]
    up = found.loc[called, "logFC"] > 0
    return {
        "analysis": name,
        "tested": len(found),
        "significant": len(called),
        "higher_a": int(up.sum()),
        "higher_b": int((~up).sum()),
        "also_in_main": len(called.intersection(main.index[main["qvalue"] < QVALUE])),
    }
