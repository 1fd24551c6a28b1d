"""Tails against sums of probabilities, term by term."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, nbinom

from scripts.engine.edger.blocks import LANES
from scripts.engine.edger.exact_test import BIG_COUNT, tail_pvalues


def pvalue(b: float, a: float, n_b: int, n_a: int, dispersion: float) -> float:
    full = np.full(LANES, 1.0)
    found = tail_pvalues(b * full, a * full, n_b, n_a, dispersion * full)
    assert len(set(found.tolist())) == 1
    return float(found[0])


def term_by_term(b: int, a: int, n_b: int, n_a: int, dispersion: float) -> float:
    total, size = b + a, 1 / dispersion
    expected, both = total * n_b / (n_b + n_a), n_b + n_a
    tail = range(max(b, 0) + 1) if b < expected else range(min(b, total), total + 1)
    top = sum(
        nbinom.pmf(count, n_b * size, size / (size + total / both))
        * nbinom.pmf(total - count, n_a * size, size / (size + total / both))
        for count in tail
    )
    return min(2 * top / nbinom.pmf(total, both * size, both * size / (both * size + total)), 1.0)


@pytest.mark.parametrize("dispersion", [0.001, 0.1, 3.0, 40.0])
@pytest.mark.parametrize(("b", "a", "n_b", "n_a"), [
    (-3, 400, 4, 4), (400, -3, 4, 4), (0, 60, 4, 4), (30, 700, 4, 4), (700, 30, 1, 5), (-1, 1, 2, 2), (20, 21, 3, 3),
    (2000, 40, 8, 1), (9, 52, 1, 5), (1, 0, 2, 3), (850, 5000, 3, 3),
])  # fmt: skip
def test_tails(b: int, a: int, n_b: int, n_a: int, dispersion: float) -> None:
    wanted = term_by_term(b, a, n_b, n_a, dispersion)
    assert pvalue(b, a, n_b, n_a, dispersion) == pytest.approx(wanted, rel=1e-9, abs=1e-290)


@pytest.mark.parametrize(("n_b", "n_a", "b", "a"), [(1, 3, 10, 30), (3, 1, 30, 10), (2, 2, 0, 0), (2, 2, -3, 1)])
def test_a_region_as_it_is_expected_to_be_has_p_1(n_b: int, n_a: int, b: int, a: int) -> None:
    for dispersion in (0.0, 0.1, 5.0):
        assert pvalue(b, a, n_b, n_a, dispersion) == 1.0


def test_sums_are_rounded() -> None:
    assert pvalue(30.4, 79.6, 3, 3, 0.1) == pvalue(30, 80, 3, 3, 0.1)


@pytest.mark.parametrize(("b", "a"), [(3, 40), (40, 3), (0, 9), (5000, 5300), (100_000, 101_000)])
def test_without_dispersion_it_is_binomial(b: int, a: int) -> None:
    assert pvalue(b, a, 1, 1, 0.0) == pytest.approx(min(2 * binom.cdf(min(a, b), a + b, 0.5), 1), rel=1e-8)


def test_a_small_dispersion_leads_to_none() -> None:
    assert pvalue(300, 420, 2, 2, 1e-10) == pytest.approx(pvalue(300, 420, 2, 2, 0.0), rel=1e-5)
    assert pvalue(300, 420, 2, 2, 1e-16) == pytest.approx(pvalue(300, 420, 2, 2, 0.0), rel=1e-10)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dispersion", [0.002, 0.05, 0.5])
def test_the_beta_distribution_is_near_the_sum(dispersion: float, turned: bool) -> None:
    b, a = BIG_COUNT + 1, 1300
    b, a = (a, b) if turned else (b, a)
    ours, sums = pvalue(b, a, 3, 3, dispersion), term_by_term(b, a, 3, 3, dispersion)
    assert np.log(ours) == pytest.approx(np.log(sums), rel=0.02)
    # Both sums must be large.
    small = (BIG_COUNT, 1300)[:: -1 if turned else 1]
    assert pvalue(*small, 3, 3, dispersion) == pytest.approx(term_by_term(*small, 3, 3, dispersion), rel=1e-9)


def test_large_sums_that_are_alike() -> None:
    assert pvalue(5000, 5000, 3, 3, 0.1) == pytest.approx(1.0, abs=0.01)
    assert pvalue(5000.4, 4999.8, 3, 3, 0.1) <= 1


def test_far_tails_are_small_and_no_error() -> None:
    assert 0 < pvalue(0, 800, 4, 4, 0.01) < 1e-60
    assert pvalue(0, 4_000_000, 4, 4, 1e-5) == pytest.approx(0, abs=1e-300)
    assert pvalue(950, 80_000_000, 3, 3, 1e-4) < 1e-300
