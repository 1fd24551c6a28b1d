"""What takes part in a joint answer: comparisons, contrasts of a design, results read back from folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import InputError
from ...common.text import plural
from ..analysis import DIFFBIND, POSITION, Analysis, Cut
from ..diff_result import DiffResult
from ..report.stored import load_results

#: In `engine.edger`, the variable that holds the two groups.
_GROUP = "group"


@dataclass(frozen=True)
class Compared:
    """One comparison as the joint answer sees it.

    Attributes
    ----------
    regions : DataFrame
        ``chrom chromStart chromEnd`` (0-based, half-open), the effect, ``pvalue``, ``qvalue``, ``direction`` and
        ``significant``; along the genome, rows numbered from 0.
    label_a, label_b : str
        What is compared.
    group_a, group_b : tuple of str
        Experiments on either side; empty where a contrast is no difference of two groups.
    cut : Cut
        What makes a region significant.
    counts : DataFrame of shape (regions, experiments), or None
        Normalised counts, rows as `regions`; None under a design, whose effects are no differences of plain means.
    fit : str
        Contrasts of one fitted design bear one word here; else empty.
    fingerprint : str
        Of the results that it was taken from.
    provenance : dict
    """

    regions: pd.DataFrame
    label_a: str
    label_b: str
    group_a: tuple[str, ...]
    group_b: tuple[str, ...]
    genome: str
    analysis: Analysis
    cut: Cut
    simulated: bool
    counts: pd.DataFrame | None = None
    fit: str = ""
    fingerprint: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def experiments(self) -> set[str]:
        """All experiments of both sides."""
        return {*self.group_a, *self.group_b}


def gathered(comparisons: Any) -> dict[str, Compared]:
    """Name -> comparison, checked to be of one assembly and one kind; parameters as for `join_comparisons`."""
    if isinstance(comparisons, (str, os.PathLike)):
        comparisons = load_results(comparisons)
    if isinstance(comparisons, Mapping) and "diff_regions" in comparisons:
        comparisons = contrasts_of(comparisons)
    if not isinstance(comparisons, Mapping):
        raise InputError(
            f"comparisons is of type {type(comparisons).__name__}; give a mapping of names to results, such as "
            "{'drug 1': results1, 'drug 2': results2}, or one result of a design with contrasts."
        )
    if len(comparisons) < 2:
        raise InputError(
            f"A joint answer needs two comparisons or more; there is {len(comparisons)}. A single result counts as "
            "several where its design has named contrasts."
        )
    found = {_checked_name(name): _one(name, given) for name, given in comparisons.items()}
    _refuse_unlike(found)
    return found


def contrasts_of(results: Mapping[str, Any]) -> dict[str, Compared]:
    """The comparison and the named contrasts of a design, each by its name; for `join_comparisons`.

    Parameters
    ----------
    results : DiffResult, or dict
        Of a design; without named contrasts the comparison stands alone.
    """
    known = DiffResult.of(results)
    main = _of_results(known)
    design = known.get("design") or {}
    fit = f"{design.get('formula', '')} {known['provenance']['sha256']}"
    found = {f"{main.label_a} vs {main.label_b}": replace(main, fit=fit)}
    for name, table in (design.get("contrasts") or {}).items():
        sides = _sides(design, name)
        unique = name if name not in found else f"{name} (contrast)"
        found[unique] = _contrast(main, table, sides, fit)
    return found


def _contrast(
    main: Compared, table: pd.DataFrame, sides: tuple[str, str, tuple[str, ...], tuple[str, ...]], fit: str
) -> Compared:
    effect = table[DIFFBIND.effect]
    direction = pd.Series("unchanged", index=table.index).mask(effect > 0, "A_enriched").mask(effect < 0, "B_enriched")
    regions = table.assign(direction=direction)[_columns(main.analysis)]
    regions = regions.iloc[_along_the_genome(regions)].reset_index(drop=True)
    label_a, label_b, group_a, group_b = sides
    return replace(
        main,
        regions=regions,
        label_a=label_a,
        label_b=label_b,
        group_a=group_a,
        group_b=group_b,
        cut=Cut(),
        fit=fit,
    )


def _sides(design: Mapping[str, Any], name: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """Labels and experiments of a contrast; of one that is no difference of two values, its words alone."""
    told, samples = str(design["contrasts_tested"][name]), design["samples"]
    for variable in samples:
        for a, b in permutations(samples[variable].unique(), 2):
            if told == f"{a} against {b} ({variable})":
                members = [tuple(map(str, samples.index[samples[variable] == value])) for value in (a, b)]
                return str(a), str(b), members[0], members[1]
    return f"{told} above 0", f"{told} below 0", (), ()


def _one(name: str, given: Any) -> Compared:
    if isinstance(given, Compared):
        return given
    results = load_results(given) if isinstance(given, (str, os.PathLike)) else given
    known = DiffResult.of(results)
    more = (known.get("design") or {}).get("contrasts")
    if more:
        say(f"  {name}: its own comparison takes part, not the {plural(len(more), 'further contrast')} of its design.")
    return _of_results(known)


def _of_results(known: DiffResult) -> Compared:
    parameters, samples = known["parameters"], known["samples"]
    regions = known["diff_regions"]
    counts = None if known.get("design") else known.get("counts")
    order = _along_the_genome(regions)
    group_a, group_b = (tuple(samples.loc[samples["group"] == group, "accession"].astype(str)) for group in "AB")
    return Compared(
        regions[_columns(known.analysis)].iloc[order].reset_index(drop=True),
        str(parameters["description_a"]),
        str(parameters["description_b"]),
        group_a,
        group_b,
        genome=str(parameters["genome"]),
        analysis=known.analysis,
        cut=known.cut,
        simulated=known.simulated,
        counts=None if counts is None else counts.iloc[order].reset_index(drop=True),
        fingerprint=known.fingerprint(),
        provenance=dict(known["provenance"]),
    )


def _along_the_genome(regions: pd.DataFrame) -> np.ndarray:
    return np.lexsort((regions["chromEnd"], regions["chromStart"], pd.factorize(regions["chrom"], sort=True)[0]))


def _columns(analysis: Analysis) -> list[str]:
    return [*POSITION, analysis.effect, "pvalue", "qvalue", "direction", "significant"]


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"A comparison is called {name!r}; give every comparison a name of its own, such as 'drug 1'.")
    return name


def _refuse_unlike(found: Mapping[str, Compared]) -> None:
    for what, key, why in (
        ("assembly", "genome", "Positions of one mean nothing in the other; compute them in one assembly."),
        ("kind", "analysis", "Signal and methylation have no common effect; join each kind by itself."),
    ):
        values = {name: getattr(one, key) for name, one in found.items()}
        first = next(iter(values.items()))
        other = next(((name, value) for name, value in values.items() if value != first[1]), None)
        if other:
            words = [getattr(value, "name", value) for value in (first[1], other[1])]
            raise InputError(
                f"The comparisons are of different {what}: {first[0]!r} {words[0]}, {other[0]!r} {words[1]}.\n{why}"
            )
