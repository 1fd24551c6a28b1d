"""Comparisons whose truth is known: counts of experiments, some shared, with planted effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from scripts.common.statistics import benjamini_hochberg
from tests.diff.tables import make_results, peaks

#: log2 counts of one region in one experiment vary by this much around its mean.
NOISE = 0.35


def places(count: int, start: int = 0, size: int = 400, step: int = 5000) -> pd.DataFrame:
    """Regions apart from each other, over five chromosomes."""
    number = np.arange(count)
    begin = start + step * (number // 5)
    return pd.DataFrame({"chrom": [f"chr{n % 5 + 1}" for n in number], "start": begin, "size": size})


def experiments(names: list[str], regions: int, effect: np.ndarray | float, seed: int) -> dict[str, np.ndarray]:
    """log2 counts of each experiment; the same name and seed give the same experiment."""
    rng = np.random.default_rng(seed)
    return {name: 6.0 + effect + rng.normal(0, NOISE, regions) for name in names}


def compared(
    where: pd.DataFrame, treated: dict[str, np.ndarray], control: dict[str, np.ndarray], **options: Any
) -> dict[str, Any]:
    """Results of treated (A) against control (B), tested by a t-test of log2 counts."""
    a, b = np.array(list(treated.values())), np.array(list(control.values()))
    found = stats.ttest_ind(a, b, axis=0)
    rows = where.assign(logFC=a.mean(axis=0) - b.mean(axis=0), q=benjamini_hochberg(found.pvalue))
    table = peaks(rows.to_dict("records"))
    key = where["chrom"] + ":" + where["start"].astype(str)
    at = pd.Series(np.arange(len(where)), index=key)
    row = at[table["chrom"] + ":" + table["chromStart"].astype(str)].to_numpy()
    table["pvalue"] = found.pvalue[row]
    results = make_results(table, **options)
    samples = pd.DataFrame({"accession": [*treated, *control], "group": ["A"] * len(a) + ["B"] * len(b)})
    counts = pd.DataFrame(2 ** np.column_stack([*treated.values(), *control.values()]), columns=samples["accession"])
    return results | {
        "samples": samples,
        "experiments_a": list(treated),
        "experiments_b": list(control),
        "counts": counts.iloc[row].reset_index(drop=True),
    }


def planted(seed: int = 0, count: int = 2000) -> tuple[dict[str, dict[str, Any]], dict[str, set[int]]]:
    """Two drugs with controls of their own: 100 regions with both, 80 private to each, 40 opposite ones.

    Returns the results, and region numbers by what was planted: ``both``, ``one``, ``two``, ``opposite``.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(count)
    truth = {"both": order[:100], "one": order[100:180], "two": order[180:260], "opposite": order[260:300]}
    first, second = np.zeros(count), np.zeros(count)
    first[truth["both"]] = second[truth["both"]] = rng.choice([-3.0, 3.0], 100)
    first[truth["one"]], second[truth["two"]] = 3.0, -3.0
    first[truth["opposite"]], second[truth["opposite"]] = 3.0, -3.0
    where = places(count)
    results = {
        "drug 1": compared(
            where,
            experiments(["T1", "T2", "T3", "T4"], count, first, seed + 1),
            experiments(["C1", "C2", "C3", "C4"], count, 0, seed + 2),
        ),
        # The second run's own consensus: its regions begin 100 bp later.
        "drug 2": compared(
            where.assign(start=where["start"] + 100),
            experiments(["U1", "U2", "U3", "U4"], count, second, seed + 3),
            experiments(["D1", "D2", "D3", "D4"], count, 0, seed + 4),
        ),
    }
    return results, {name: set(map(int, rows)) for name, rows in truth.items()}


def null_pair(seed: int, count: int = 2000, shared: bool = False, n: int = 3) -> dict[str, dict[str, Any]]:
    """Two comparisons without any effect, against one control or against two."""
    where = places(count)
    controls = [f"C{i}" for i in range(n)]
    first = experiments(controls, count, 0, seed)
    second = first if shared else experiments([f"D{i}" for i in range(n)], count, 0, seed + 10_000)
    return {
        name: compared(where, experiments([f"{name}{i}" for i in range(n)], count, 0, seed + at), control)
        for at, (name, control) in enumerate((("X", first), ("Y", second)), start=1)
    }


def designed() -> dict[str, Any]:
    """A result of a design with two contrasts over its regions, one of them no difference of groups."""
    results = null_pair(7, 300)["X"]
    regions = results["diff_regions"]
    contrasts = {}
    for name, sign in (("dose", 1), ("slope", -1)):
        table = regions[["chrom", "chromStart", "chromEnd", "logFC", "pvalue", "qvalue"]].copy()
        table["logFC"] *= sign
        contrasts[name] = table.assign(significant=False).sample(frac=1, random_state=1, ignore_index=True)
    samples = results["samples"].set_index("accession").assign(dose=["high", "low", "low"] * 2)
    design = {
        "formula": "~ dose + group",
        "test": "ql",
        "tested": "Treated against Control (group)",
        "min_abs_logfc": 0,
        "samples": samples,
        "analyses": pd.DataFrame(columns=["analysis", "tested", "significant", "higher_a", "higher_b", "also_in_main"]),
        "contrasts": contrasts,
        "contrasts_tested": {"dose": "high against low (dose)", "slope": "1 x time"},
    }
    return results | {"design": design}
