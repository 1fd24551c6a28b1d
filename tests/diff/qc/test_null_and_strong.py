"""From counts to findings: twenty comparisons of nothing, and the strongest realistic ones (SIMULATED counts)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from scripts.diff.analysis import DIFFBIND
from scripts.diff.diff_result import DiffResult
from scripts.diff.qc.chromosomes import suspect_regions
from scripts.diff.qc.from_results import comparison_of
from scripts.diff.qc.qc_checks import run_qc_checks
from scripts.diff.results.parse_bed_results import finish_regions
from scripts.engine import test_design as run_design
from scripts.engine import test_differential as run_exact
from tests.diff.tables import make_results

#: What a clean comparison of five against five may be told: nothing.
QUIET: set[str] = set()


def genome(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Regions over the autosomes, dense here and there as genes are."""
    chrom = rng.integers(1, 23, n)
    centre = rng.integers(1_000_000, 45_000_000, n // 8)
    start = rng.choice(centre, n) + rng.normal(0, 200_000, n).astype(int)
    regions = pd.DataFrame({"chrom": [f"chr{number}" for number in chrom], "start": np.abs(start)})
    regions = regions.sort_values(["chrom", "start"], ignore_index=True)
    return regions.assign(end=regions["start"] + rng.integers(150, 900, n))


def counted(rng: np.random.Generator, fold: np.ndarray, n_a: int, n_b: int, spread: float = 0.1) -> pd.DataFrame:
    groups = np.array([1] * n_a + [0] * n_b)
    base = rng.gamma(2, 60, len(fold)) + 10
    means = base[:, None] * np.where(groups, fold[:, None], 1.0) * 2 ** rng.normal(0, spread, len(groups))
    names = [f"SRX{number}" for number in range(1, len(groups) + 1)]
    return pd.DataFrame(rng.negative_binomial(20, 20 / (20 + means)), columns=names)


def findings_of(regions: pd.DataFrame, counts: pd.DataFrame, n_a: int) -> tuple[DiffResult, list[dict]]:
    """The exact test as the service makes it, and what the rules say of it."""
    groups = ["A"] * n_a + ["B"] * (counts.shape[1] - n_a)
    table = run_exact(counts, groups)
    texts = [[",".join(f"{value:.2f}" for value in row) for row in table[names].to_numpy()] for names in (
        counts.columns[:n_a], counts.columns[n_a:])]  # fmt: skip
    placed = regions.loc[table.index]
    raw = pd.DataFrame(
        {
            "chrom": placed["chrom"].to_numpy(),
            "chromStart": placed["start"].to_numpy(),
            "chromEnd": placed["end"].to_numpy(),
            "counts_a": texts[0],
            "counts_b": texts[1],
            **{name: table[name].to_numpy() for name in ("logFC", "pvalue", "qvalue")},
            "mean_count_a": table[counts.columns[:n_a]].mean(axis=1).to_numpy(),
            "mean_count_b": table[counts.columns[n_a:]].mean(axis=1).to_numpy(),
        }
    )
    results = make_results(finish_regions(raw, DIFFBIND))
    samples = pd.DataFrame({"accession": counts.columns, "group": groups})
    kept = results["diff_regions"]
    columns = [np.array([text.split(",") for text in kept[f"counts_{group}"]], dtype=float) for group in "ab"]
    results |= {
        "samples": samples,
        "experiments_a": list(counts.columns[:n_a]),
        "experiments_b": list(counts.columns[n_a:]),
        "counts": pd.DataFrame(np.hstack(columns), columns=counts.columns),
        "experiments": pd.DataFrame(),
    }
    result = DiffResult.of(results)
    result["qc_warnings"] = run_qc_checks(comparison_of(result))
    return result, result["qc_warnings"]


def codes(found: list[dict], *severities: str) -> list[str]:
    return [item["code"] for item in found if item["severity"] in severities]


@pytest.mark.slow
def test_twenty_comparisons_of_nothing():
    """No finding, and a significant region in no more of them than the error rate allows."""
    raised: Counter[str] = Counter()
    with_significant = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        regions = genome(rng, 6_000)
        result, found = findings_of(regions, counted(rng, np.ones(6_000), 5, 5), 5)
        raised.update(set(codes(found, "major", "minor")))
        with_significant += bool(result["diff_regions"]["significant"].any())
    assert raised == Counter()
    assert with_significant <= 4  # 1 expected at 5 %; more than 4 of 20 in 0.3 % of the time


@pytest.mark.slow
@pytest.mark.parametrize(("lost", "left", "one_way"), [(20_000, 0.5, 0.7), (8_000, 0.2, 0.9)])
def test_a_degraded_factor(lost, left, one_way):
    """Of 60,000 regions 20,000 or 8,000 lost: at most 3 findings, at most 1 % of the significant regions marked."""
    rng = np.random.default_rng(1)
    fold = np.ones(60_000)
    fold[rng.choice(60_000, lost, replace=False)] = left
    result, found = findings_of(genome(rng, 60_000), counted(rng, fold, 5, 5), 5)
    significant = result["diff_regions"][result["diff_regions"]["significant"]]
    assert len(significant) > 0.7 * lost and (significant["direction"] == "B_enriched").mean() > one_way
    assert len([item for item in found if item["severity"] != "note"]) <= 3
    assert suspect_regions(significant, found).mean() <= 0.01
    assert set(codes(found, "major", "minor")) == {"global_change"}


@pytest.mark.slow
def test_so_many_losses_that_tmm_calls_the_rest_gained():
    """A third of all regions falls to a fifth: the unchanged ones are reported as gained, and that is said."""
    rng = np.random.default_rng(1)
    fold = np.ones(60_000)
    fold[rng.choice(60_000, 20_000, replace=False)] = 0.2
    result, found = findings_of(genome(rng, 60_000), counted(rng, fold, 5, 5), 5)
    significant = result["diff_regions"][result["diff_regions"]["significant"]]
    assert (significant["direction"] == "A_enriched").mean() > 0.2
    said = next(item for item in found if item["code"] == "global_change")
    assert said["severity"] == "major" and "Most regions are centred at a log2 fold change of +0." in said["details"]
    assert "'library' (mapped reads)" in said["recommendation"] and "reference" not in said["recommendation"]
    assert suspect_regions(significant, found).mean() <= 0.01


@pytest.mark.slow
def test_a_swapped_pair():
    """1,300 differences of 4 against 4; two samples exchanged make none of them, and are named."""
    rng = np.random.default_rng(2)
    fold = np.ones(12_000)
    fold[:700], fold[700:1400] = 3.0, 1 / 3
    regions, counts = genome(rng, 12_000), counted(rng, fold, 4, 4)
    right, found = findings_of(regions, counts, 4)
    assert right["diff_regions"]["significant"].sum() > 1_200 and "sample_swap" not in codes(found, "major")
    order = ["SRX5", "SRX2", "SRX3", "SRX4", "SRX1", "SRX6", "SRX7", "SRX8"]
    wrong, found = findings_of(regions, counts[order], 4)
    assert wrong["diff_regions"]["significant"].sum() < 100
    said = next(item for item in found if item["code"] == "sample_swap")
    assert "SRX1" in said["details"] and "SRX5" in said["details"]


@pytest.mark.slow
def test_a_clean_treatment_is_no_asymmetry():
    rng = np.random.default_rng(3)
    fold = np.ones(12_000)
    fold[:1_000] = 8.0
    _, found = findings_of(genome(rng, 12_000), counted(rng, fold, 5, 5), 5)
    assert "ma-asymmetry" not in codes(found, "major")


@pytest.mark.slow
def test_pairs_beside_the_exact_test():
    """Four pairs: the paired test finds more than the unpaired one, at the same error rate."""
    rng = np.random.default_rng(4)
    n, planted = 6_000, 450
    fold = np.where(np.arange(n) < planted, np.where(np.arange(n) % 2, 2.0, 0.5), 1.0)
    donor = 2 ** rng.normal(0, 0.7, (n, 4))
    groups = np.array(["A"] * 4 + ["B"] * 4)
    means = (rng.gamma(2, 60, n) + 10)[:, None] * donor[:, [0, 1, 2, 3] * 2] * np.where(groups == "A", fold[:, None], 1)
    names = [f"SRX{number}" for number in range(1, 9)]
    counts = pd.DataFrame(rng.negative_binomial(20, 20 / (20 + means)), columns=names)
    exact = run_exact(counts, groups.tolist())
    samples = pd.DataFrame({"donor": list("abcdabcd"), "group": groups}, index=names)
    paired = run_design(counts, samples, "~ donor + group")
    found = {name: table.index[table["qvalue"] < 0.05] for name, table in (("exact", exact), ("paired", paired))}
    assert (found["paired"] < planted).sum() > 1.5 * (found["exact"] < planted).sum()
    assert (found["paired"] >= planted).mean() < 0.08
