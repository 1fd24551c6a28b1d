"""Ranks and shares against plain recomputations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation, rankdata

from scripts.targets.background.background import LEAST_FACTORS
from scripts.targets.background.kinds import kind_of, same_antigen
from scripts.targets.background.specificity import (
    LEAST_SCALE,
    STEPS,
    TOP_ABOVE,
    centre_and_scale,
    code_percentiles,
    percentile_codes,
    rank_percentiles,
    ranks_of,
    share_in_top,
)

SCORES = st.lists(st.integers(0, 30), min_size=1, max_size=120)


@settings(max_examples=200, deadline=None)
@given(SCORES)
def test_percentiles_are_mean_ranks_among_the_bound(values: list[int]) -> None:
    average = np.array(values, dtype=float)
    bound = average > 0
    expected = np.zeros(len(average))
    expected[bound] = rankdata(average[bound]) / max(bound.sum(), 1)
    np.testing.assert_allclose(rank_percentiles(average, bound), expected)
    codes = percentile_codes(average, bound)
    assert ((codes > 0) == bound).all()
    assert np.abs(code_percentiles(codes) - expected)[bound].max(initial=0) <= 0.5 / STEPS + 1e-6


@settings(max_examples=300, deadline=None)
@given(SCORES)
def test_the_top_is_kept_exactly(values: list[int]) -> None:
    """Twice the rank times 20 against 38 n, in whole numbers: no rounding decides."""
    average = np.array(values, dtype=float)
    bound = average > 0
    twice = np.zeros(len(average), dtype=int)
    twice[bound] = (2 * rankdata(average[bound])).astype(int)
    in_top = twice * 20 > 38 * bound.sum()
    assert (share_in_top(percentile_codes(average, bound)[None]) == in_top).all()


def test_the_twentieth_of_a_hundred_is_five() -> None:
    codes = percentile_codes(np.arange(1.0, 101), np.ones(100, dtype=bool))
    assert np.flatnonzero(share_in_top(codes[None])).tolist() == [95, 96, 97, 98, 99]
    assert TOP_ABOVE == 0.95


def test_share_over_factors() -> None:
    codes = np.array([[200, 0, 191], [200, 190, 0]], dtype=np.uint8)
    assert share_in_top(codes).tolist() == [1.0, 0.0, 0.5]
    assert np.isnan(share_in_top(codes[:0])).all()


def test_centre_and_scale_against_scipy() -> None:
    codes = np.random.default_rng(1).integers(0, STEPS + 1, (31, 5000)).astype(np.uint8)
    median, scale = centre_and_scale(codes)
    values = code_percentiles(codes).astype(float)
    np.testing.assert_allclose(median, np.median(values, axis=0), atol=1e-6)
    expected = 1.4826 * median_abs_deviation(values, axis=0)
    np.testing.assert_allclose(scale, np.maximum(expected, LEAST_SCALE), atol=1e-5)


def test_a_gene_nobody_binds_has_the_least_scale() -> None:
    median, scale = centre_and_scale(np.zeros((5, 2), dtype=np.uint8))
    assert median.tolist() == [0, 0] and scale.tolist() == [LEAST_SCALE] * 2
    assert LEAST_FACTORS == 2


def test_ranks() -> None:
    assert ranks_of(np.array([1.0, 3.0, np.nan, 3.0])).tolist() == [3, 1, 4, 2]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("control", ["H3", "H2A", "h2b", "H4", "ATAC-Seq", "DNase-Seq", "GFP", "Epitope tags", "Input control", "IgG"]),
        ("mark", ["H3K27ac", "H4K5ac", "H3K27me3", "H2A.Z", "H3.3", "H1", "gH2AX", "H3ac", "macroH2A1"]),
        ("factor", ["TP53", "fkh-7", "H3F3A", "H1-0", "HAND2", "E(z)", "MYC", "HA1", "POLR2A"]),
    ],
)
def test_kinds(kind: str, names: list[str]) -> None:
    assert {name: kind_of(name) for name in names} == dict.fromkeys(names, kind)


@pytest.mark.parametrize(
    ("one", "other", "genome", "same"),
    [
        ("TP53", "tp53", "hg38", True),
        ("NKX2-1", "NKX2_1", "hg38", True),
        ("POU5F1", "OCT4", "hg38", True),
        ("Oct4", "Pou5f1", "mm10", True),
        ("TP53", "TP63", "hg38", False),
        ("fkh-7", "fkh-8", "ce11", False),
    ],
)
def test_one_antigen_under_two_names(one: str, other: str, genome: str, same: bool) -> None:
    assert same_antigen(one, other, genome) is same
    assert same_antigen(other, one, genome) is same
