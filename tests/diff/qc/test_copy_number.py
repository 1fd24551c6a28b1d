"""Clusters of differences where the truth is known: many differences, a shifted stretch, nothing at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.diff.qc.chromosomes import suspect_regions
from scripts.diff.qc.copy_number import check_copy_number
from scripts.diff.qc.shifts import find_shifts
from tests.diff.tables import compare, peaks

CHROMOSOMES = [f"chr{number}" for number in range(1, 21)]
LENGTH = 100_000_000


def genome(rng, n, noise=0.4):
    """Tested regions at random places, with noise for effects."""
    return pd.DataFrame(
        {
            "chrom": rng.choice(CHROMOSOMES, n),
            "start": np.sort(rng.integers(0, LENGTH, n)),
            "logFC": rng.normal(0, noise, n),
            "q": 0.5,
        }
    )


def called(table):
    """Regions beyond 1.2 (three times the noise) are significant; the counts follow the effects."""
    table.loc[table["logFC"].abs() > 1.2, "q"] = 1e-4
    table["count_a"], table["count_b"] = 40 * 2 ** (table["logFC"] / 2), 40 * 2 ** (-table["logFC"] / 2)
    return compare(peaks(table.to_dict("records")))


def degraded(rng, n=30_000, share=1 / 3, one_way=0.97):
    """A third of the regions change, nearly all of them one way."""
    table = genome(rng, n)
    changed = rng.random(n) < share
    table.loc[changed, "logFC"] += np.where(rng.random(changed.sum()) < one_way, -2.5, 2.5)
    return table


def test_ten_thousand_losses_are_no_copy_number():
    comparison = called(degraded(np.random.default_rng(1)))
    assert len(comparison.significant) > 9_000
    found = check_copy_number(comparison)
    assert [item.severity for item in found] == ["note"]
    assert "as many differences dealt out among the tested loci by chance make" in found[0].details
    assert not suspect_regions(comparison.regions, found).any()


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_nothing(seed):
    assert check_copy_number(called(genome(np.random.default_rng(seed), 5_000))) == []


@pytest.mark.parametrize(
    ("make", "size"),
    # A gain among so many losses does not meet the specification's trigger: its significant loci point both ways.
    [(genome, 1.0), (genome, -1.0), (degraded, -1.0)],
)
def test_a_shifted_stretch_of_20_mb(make, size):
    table = make(np.random.default_rng(7), 30_000)
    there = (table["chrom"] == "chr7") & table["start"].between(30_000_000, 50_000_000)
    table.loc[there, "logFC"] += size
    found = [item for item in check_copy_number(called(table)) if item.severity == "major"]
    assert [(item.code, item.title) for item in found] == [("copy_number", "Genomic cluster on chr7")]
    [(chrom, start, end)] = found[0].spans
    assert chrom == "chr7" and abs(start - 30_000_000) < 1_000_000 and abs(end - 50_000_000) < 1_000_000
    assert "of all" in found[0].details and "significant or not" in found[0].details


def test_a_whole_chromosome():
    table = genome(np.random.default_rng(3), 20_000)
    table.loc[table["chrom"] == "chr5", "logFC"] += 1.0
    [shift] = find_shifts(table.rename(columns={"start": "chromStart"}).assign(chromEnd=table["start"] + 300), "logFC")
    assert shift.chrom == "chr5" and shift.start < 1_000_000 and shift.end > LENGTH - 1_000_000
    assert shift.size == pytest.approx(1.0, abs=0.1)


def test_a_small_amplification_among_few_regions():
    table = genome(np.random.default_rng(4), 400)
    amplified = pd.DataFrame({"chrom": "chr9", "start": 40_000_000 + 100_000 * np.arange(12), "logFC": 3.0, "q": 0.5})
    found = check_copy_number(called(pd.concat([table, amplified], ignore_index=True)))
    assert [item.severity for item in found] == ["major"]


def test_a_domain_that_changes_among_others_that_stay():
    """Twelve of forty neighbours change: more than chance, and no copy number."""
    rng = np.random.default_rng(5)
    table = genome(rng, 3_000)
    domain = pd.DataFrame({"chrom": "chr9", "start": 40_000_000 + 40_000 * np.arange(40), "logFC": 0.0, "q": 0.5})
    domain.loc[rng.choice(40, 12, replace=False), "logFC"] = 3.0
    [found] = check_copy_number(called(pd.concat([table, domain], ignore_index=True)))
    assert found.severity == "minor" and found.title == "Genomic clusters without a common shift"
    assert found.spans == []
