"""Both tests against scipy, table by table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scripts.targets.cells.testing import (
    MAX_ASSIGNMENTS,
    fisher_exact_two_sided,
    rank_test_two_sided,
    smallest_pvalue,
)


@pytest.mark.parametrize(("n_a", "n_b"), [(3, 3), (3, 17), (8, 9), (25, 61)])
def test_fisher_equals_scipy(n_a: int, n_b: int) -> None:
    rng = np.random.default_rng(n_a)
    a, b = rng.integers(0, n_a + 1, 300), rng.integers(0, n_b + 1, 300)
    expected = [stats.fisher_exact([[x, n_a - x], [y, n_b - y]])[1] for x, y in zip(a, b, strict=True)]
    assert np.allclose(fisher_exact_two_sided(a, n_a, b, n_b), expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize(("n_a", "n_b"), [(3, 3), (4, 7), (6, 6), (8, 9)])
def test_rank_without_ties_equals_scipys_exact_test(n_a: int, n_b: int) -> None:
    scores = np.random.default_rng(n_b).normal(size=(200, n_a + n_b))
    pvalues, above = rank_test_two_sided(scores[:, :n_a], scores[:, n_a:])
    expected = stats.mannwhitneyu(scores[:, :n_a], scores[:, n_a:], axis=1, method="exact")
    assert np.allclose(pvalues, expected.pvalue)
    assert np.allclose(above, expected.statistic / (n_a * n_b))


def test_rank_with_ties_equals_scipys_permutation_of_the_same_statistic() -> None:
    rng = np.random.default_rng(5)
    scores = np.where(rng.random((25, 10)) < 0.5, rng.integers(50, 60, (25, 10)), 0).astype(float)
    pvalues, _ = rank_test_two_sided(scores[:, :4], scores[:, 4:])
    for row, pvalue in zip(scores, pvalues, strict=True):

        def rank_sum(x: np.ndarray, y: np.ndarray) -> float:
            return float(stats.rankdata(np.concatenate([x, y]))[: len(x)].sum())

        exact = stats.permutation_test((row[:4], row[4:]), rank_sum, n_resamples=np.inf, alternative="two-sided")
        assert pvalue == pytest.approx(exact.pvalue)


def test_rank_of_many_units_equals_scipys_approximation() -> None:
    rng = np.random.default_rng(6)
    scores = np.where(rng.random((200, 60)) < 0.5, rng.integers(50, 900, (200, 60)), 0).astype(float)
    pvalues, _ = rank_test_two_sided(scores[:, :20], scores[:, 20:])
    expected = stats.mannwhitneyu(scores[:, :20], scores[:, 20:], axis=1, method="asymptotic")
    assert np.allclose(pvalues, expected.pvalue)


@pytest.mark.parametrize(("n_a", "n_b"), [(3, 3), (3, 5), (6, 9)])
def test_the_smallest_pvalue_is_the_smallest(n_a: int, n_b: int) -> None:
    fisher = fisher_exact_two_sided(np.array([n_a]), n_a, np.array([0]), n_b)[0]
    assert fisher == pytest.approx(smallest_pvalue(n_a, n_b, "fisher"))
    rank = rank_test_two_sided(np.arange(n_a)[None, :] + n_b, np.arange(n_b)[None, :])[0][0]
    assert rank == pytest.approx(smallest_pvalue(n_a, n_b, "rank"))


def test_memory_of_the_largest_enumeration_is_bounded() -> None:
    assert MAX_ASSIGNMENTS * 512 * 8 < 200 * 1024**2
