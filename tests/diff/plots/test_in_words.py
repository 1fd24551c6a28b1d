"""The plots in numbers, for those who cannot see them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.diff.diff_result import DiffResult
from scripts.diff.outputs import CORRELATION, PCA, PLOTS, REGION_PLOTS
from scripts.diff.plots.in_words import plots_in_words
from tests.diff.tables import make_results, methylation, peaks


def test_every_plot_has_its_numbers():
    rows = [{"chrom": "chr1", "logFC": 2.0, "q": 0.001}] * 3 + [{"chrom": "chr2", "logFC": -3.5, "q": 1e-9}]
    results = DiffResult.of(make_results(peaks([*rows, {"chrom": "chr2", "logFC": 0.1, "q": 0.9}])))
    words = plots_in_words(results)
    assert set(words) == set(PLOTS)
    assert "5 regions: 3 significant and higher in A, 1 significant and higher in B" in words["volcano_plot"]
    assert "logFC from -3.5 to 2" in words["volcano_plot"] and "1e-09, at chr2:" in words["volcano_plot"]
    assert "2 chromosomes; most: chr1 3 significant and higher in A" in words["chromosome_distribution"]
    assert "(chr2)" in words["genome_profile"] and "bp" in words["region_size_distribution"]


def test_the_pair_that_is_least_alike_is_named():
    results = DiffResult.of(make_results(peaks([{}] * 40)))
    rng = np.random.default_rng(1)
    base = rng.gamma(2, 50, 40)
    counts = pd.DataFrame({name: base * rng.uniform(0.98, 1.02, 40) for name in results["counts"].columns})
    counts[counts.columns[2]] = rng.permutation(base)
    results["counts"] = counts
    words = plots_in_words(results)
    assert str(counts.columns[2]) in words[CORRELATION].partition("most alike")[0]
    assert str(counts.columns[2]) not in words[CORRELATION].partition("most alike")[2]
    assert f"{counts.columns[2]} " in words[PCA]


@pytest.mark.parametrize("make", [peaks, methylation])
def test_no_region_and_none_significant(make):
    assert not set(plots_in_words(DiffResult.of(make_results(make([{}]).iloc[:0])))) & set(REGION_PLOTS)
    words = plots_in_words(DiffResult.of(make_results(make([{"q": 0.9}, {"q": float("nan")}]))))
    assert words["chromosome_distribution"] == "No region is significant."
