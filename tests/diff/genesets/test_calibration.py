"""What either test is calibrated for, and what not, over 200 selections of regions drawn at random among the tested.

P-values of counts are few different numbers; each is spread evenly over the probability of the count it stands for, so
that under the null they are uniform, and Kolmogorov and Smirnov's test holds them to that.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, hypergeom, kstest

from scripts.diff.genesets.enrichment import enrichment_table
from tests.diff.genesets.worlds import FIXED, GENES, LONG, SET_SIZE, regions_of, world

pytest.importorskip("gseapy")

TIMES = 200
FEW, MOST = 0.05, 0.8
UNLIKELY = 0.01


@cache
def selections(*, even: bool, share: float, new_sets: bool = False) -> pd.DataFrame:
    """The rows of A of 200 selections: of two fixed sets, or of a set drawn anew each time."""
    pairs, sets = world(3, even=even)
    names = np.array([f"G{i:04d}" for i in range(GENES)])
    rng = np.random.default_rng(8)
    found = []
    for _ in range(TIMES):
        if new_sets:
            sets = {FIXED: frozenset(rng.choice(names, SET_SIZE, replace=False))}
        chosen = rng.choice(len(pairs), int(share * len(pairs)), replace=False)
        table = enrichment_table(regions_of(len(pairs), chosen), pairs, sets)
        found.append(table[table["direction"] == "A_enriched"])
    return pd.concat(found, ignore_index=True).assign(spread=rng.random(TIMES * len(sets)))


def of_set(name: tuple[str, str], **world_of: object) -> pd.DataFrame:
    table = selections(**world_of)
    return table[table["gene_set"] == name[1]]


def genes(table: pd.DataFrame) -> np.ndarray:
    law = hypergeom(table["genes_background"], table["genes_in_set"], table["genes_selected"])
    assert table["pvalue"].to_numpy() == pytest.approx(law.sf(table["genes_hit"] - 1))
    return np.asarray(law.sf(table["genes_hit"]) + table["spread"] * law.pmf(table["genes_hit"]))


def regions(table: pd.DataFrame, *, exact: bool) -> np.ndarray:
    total, inside, drawn = table["regions_background"], table["regions_in_set"], table["regions_selected"]
    law = hypergeom(total, inside, drawn) if exact else binom(drawn, inside / total)
    column = "region_exact_pvalue" if exact else "region_pvalue"
    assert table[column].to_numpy() == pytest.approx(law.sf(table["regions_hit"] - 1))
    return np.asarray(law.sf(table["regions_hit"]) + table["spread"] * law.pmf(table["regions_hit"]))


@pytest.mark.parametrize("name", [FIXED, LONG], ids=["random", "long"])
@pytest.mark.parametrize("even", [pytest.param(True, marks=pytest.mark.slow), False], ids=["even", "long genes"])
def test_the_region_test_is_calibrated_whatever_genes_hold(name, even):
    table = of_set(name, even=even, share=FEW)
    assert kstest(regions(table, exact=True), "uniform").pvalue > UNLIKELY
    assert kstest(regions(table, exact=False), "uniform").pvalue > UNLIKELY


@pytest.mark.slow
@pytest.mark.parametrize("name", [FIXED, LONG], ids=["random", "long"])
def test_where_most_regions_are_significant_the_binomial_is_cautious_and_the_exact_test_is_not(name):
    table = of_set(name, even=False, share=MOST)
    assert kstest(regions(table, exact=True), "uniform").pvalue > UNLIKELY
    binomial = regions(table, exact=False)
    assert kstest(binomial, "uniform").pvalue < 1e-3
    assert np.mean(binomial < 0.05) < 0.01


@pytest.mark.slow
def test_the_gene_test_is_calibrated_where_genes_have_alike_numbers_of_regions():
    for name in (FIXED, LONG):
        assert kstest(genes(of_set(name, even=True, share=FEW)), "uniform").pvalue > UNLIKELY


@pytest.mark.slow
def test_the_gene_test_is_calibrated_for_sets_that_know_nothing_of_length():
    table = selections(even=False, share=FEW, new_sets=True)
    assert kstest(genes(table), "uniform").pvalue > UNLIKELY


def test_a_set_of_long_genes_is_found_by_genes_and_not_by_regions():
    """Regions drawn at random, nothing planted: the gene test alone calls the set nearly always."""
    table = of_set(LONG, even=False, share=FEW)
    assert np.mean(table["pvalue"] < 0.05) > 0.95
    assert table["fold_enrichment"].median() > 1.5
    assert np.mean(table["region_pvalue"] < 0.05) < 0.08
    both = (table["qvalue"] < 0.05) & (table["region_qvalue"] < 0.05)
    assert both.mean() < 0.05


def test_a_planted_set_is_found_by_both_in_its_direction_alone():
    pairs, sets = world(5, even=False)
    rng = np.random.default_rng(6)
    inside = pairs["gene"].isin(sets[FIXED]).to_numpy()
    weight = np.where(inside, 6.0, 1.0)
    chosen = rng.choice(len(pairs), 150, replace=False, p=weight / weight.sum())
    table = enrichment_table(regions_of(len(pairs), chosen), pairs, sets).set_index(["direction", "gene_set"])
    found = table.loc[("A_enriched", FIXED[1])]
    assert found["qvalue"] < 1e-6 and found["region_qvalue"] < 1e-6 and 2 < found["fold_enrichment"] < 6
    assert table.loc[("A_enriched", LONG[1]), "region_qvalue"] > 0.05
    assert table.loc["B_enriched", ["pvalue", "region_pvalue"]].isna().all(axis=None)


def test_several_regions_of_one_gene_are_one_gene():
    pairs = pd.DataFrame({"region": range(8), "gene": ["X"] * 5 + ["Y", "Z", "W"]})
    table = enrichment_table(regions_of(8, np.arange(5)), pairs, {("l", "S"): frozenset({"X", "Y"})})
    row = table[table["direction"] == "A_enriched"].iloc[0]
    assert (row["genes_hit"], row["genes_selected"], row["genes_in_set"], row["genes_background"]) == (1, 1, 2, 4)
    assert (row["regions_hit"], row["regions_selected"], row["regions_in_set"], row["regions_background"]) == (
        5,
        5,
        6,
        8,
    )
    assert row["genes"] == "X" and row["pvalue"] == pytest.approx(0.5)
