"""Counts at another library size: against scipy's gamma distributions, and exact sums where their tails underflow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv, logsumexp
from scipy.stats import gamma, norm, poisson

from scripts.engine.edger import blocks
from scripts.engine.edger.quantiles import equalised


def mapped(counts: np.ndarray, means: np.ndarray, dispersion: np.ndarray | float, sizes: list[float]) -> np.ndarray:
    """`equalised` with regions as rows, one group."""
    n = len(counts)
    spread = np.broadcast_to(dispersion, n)
    found = equalised(
        blocks.by_experiment(counts),
        blocks.filled_up(means)[None],
        blocks.filled_up(spread),
        np.array(sizes),
        np.zeros(len(sizes), dtype=np.int64),
    )
    return found[:, :n].T


def by_scipy(count: float, mean: float, other: float, phi: float) -> float:
    """One count, in whichever tail it lies."""
    if min(mean, other) < 1e-14:
        mean, other = mean + 0.25, other + 0.25
    tail, back = ("sf", "isf") if count >= mean else ("cdf", "ppf")
    r, s = 1 + phi * mean, 1 + phi * other
    by_gamma = getattr(gamma, back)(getattr(gamma, tail)(count, mean / r, scale=r), other / s, scale=s)
    normal = norm(mean, np.sqrt(mean * r)), norm(other, np.sqrt(other * s))
    return (by_gamma + getattr(normal[1], back)(getattr(normal[0], tail)(count))) / 2


@pytest.mark.parametrize("size", [0.5, 5.0, 100.0, 20_000.0])
@pytest.mark.parametrize("phi", [0.0, 1e-4, 0.1, 1.5, 30.0])
def test_equals_the_formulas(size: float, phi: float) -> None:
    rng = np.random.default_rng(int(size * 7))
    sizes = [0.5, 1.7, 1.0]
    mean = size * rng.lognormal(0, 0.4, 70)
    means = np.outer(mean, sizes)
    counts = rng.negative_binomial(2, 2 / (2 + means)).astype(float)
    counts[:3] = means[:3]
    # Further out the general distributions lose the tail themselves.
    spread = np.sqrt(means * (1 + phi * means))
    counts = np.clip(counts, np.maximum(means - 6 * spread, 0), means + 6 * spread)
    common = np.exp(np.log(sizes).mean())
    expected = [[by_scipy(c, m * s, m * common, phi) for c, s in zip(row, sizes, strict=True)]
                for row, m in zip(counts, mean, strict=True)]  # fmt: skip
    np.testing.assert_allclose(mapped(counts, mean, phi, sizes), expected, rtol=2e-9, atol=1e-9)


def test_a_count_of_nothing_and_a_mean_of_nothing() -> None:
    """edgeR adds a quarter to both means where either is below 1e-14."""
    counts, means = np.array([[0.0, 3.0], [0.0, 0.0], [1.0, 2.0], [1.0, 2.0]]), np.array([0.0, 40.0, 1e-15, 1e-2])
    common = np.sqrt(2.0)
    expected = [[by_scipy(c, m * s, m * common, 0.2) for c, s in zip(row, [1, 2], strict=True)]
                for row, m in zip(counts, means, strict=True)]  # fmt: skip
    np.testing.assert_allclose(mapped(counts, means, 0.2, [1.0, 2.0]), expected, rtol=1e-9, atol=1e-12)
    # Libraries of one size stay as they are.
    np.testing.assert_allclose(mapped(counts, means + 1, 0.2, [3.0, 3.0]), counts, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("shape", "other"), [(40, 25), (40, 64), (3, 5), (400, 300)])
def test_far_tails_that_floats_cannot_hold(shape: int, other: int) -> None:
    """Without dispersion and with whole means, a gamma tail is a sum of Poisson probabilities: in logarithms."""
    # One library of the mean `shape`, and one that makes the geometric mean `other`.
    sizes = [float(shape), other**2 / shape]

    def log_tail(a: int, x: float, upper: bool) -> float:
        counts = np.arange(a) if upper else np.arange(a, a + 3000)
        return float(logsumexp(poisson.logpmf(counts, x)))

    for share in (1e-6, 0.02, 3.0, 30.0, 1000.0):
        count = shape * share
        found = mapped(np.array([[count, 1.0]]), np.array([1.0]), 0.0, sizes)[0, 0]
        line = other + (count - shape) * np.sqrt(other / shape)
        quantile = 2 * found - line
        assert 0 < quantile < np.inf
        wanted, got = log_tail(shape, count, share > 1), log_tail(other, quantile, share > 1)
        # What is taken off again, the straight line, leaves less digits of a small quantile.
        assert got == pytest.approx(wanted, rel=1e-11, abs=other * 4e-15 * abs(line) / quantile)


@pytest.mark.parametrize(
    ("least", "most", "phi"),
    [(0.5, 5.0, 0.0), (1.0, 20.0, 0.5), (1.0, 20.0, 0.05), (20.0, 2000.0, 0.1), (1.0, 5.0, 1.5), (900.0, 1e5, 1e-3)],
)
def test_no_error_is_left(least: float, most: float, phi: float) -> None:
    """Against the general inverse, of the tail in which a count lies: to the last digits, also far out."""
    rng = np.random.default_rng(6)
    sizes, size = np.array([0.6, 1.6, 1.1, 1.0]), 1 / max(phi, 1e-3)
    mean = rng.uniform(least, most, 500)
    means, other = np.outer(mean, sizes), np.outer(mean, np.full(4, np.exp(np.log(sizes).mean())))
    scale, other_scale = 1 + phi * means, 1 + phi * other
    shape, other_shape = means / scale, other / other_scale
    for counts in (
        rng.negative_binomial(size, size / (size + means)).astype(float),
        means + 8 * np.sqrt(means * scale),
    ):
        upper = gammainccinv(other_shape, gammaincc(shape, counts / scale))
        lower = gammaincinv(other_shape, gammainc(shape, counts / scale))
        normal = other + (counts - means) * np.sqrt(other * other_scale / (means * scale))
        expected = (normal + np.where(counts >= means, upper, lower) * other_scale) / 2
        found = mapped(counts, mean, phi, sizes.tolist())
        assert (np.abs(found - expected) / (1 + np.abs(expected))).max() < 2e-11


def test_each_group_has_its_means() -> None:
    counts = np.array([[9.0, 12.0, 30.0], [7.0, 8.0, 90.0]])
    means = np.vstack([blocks.filled_up(np.array([9.0, 7.0])), blocks.filled_up(np.array([25.0, 60.0]))])
    sizes = np.array([1.0, 2.0, 0.5])
    found = equalised(
        blocks.by_experiment(counts), means, blocks.filled_up(np.array([0.1, 0.3])), sizes, np.array([0, 0, 1])
    )[:, :2].T
    common = np.exp(np.log(sizes).mean())
    for row, phi in enumerate((0.1, 0.3)):
        for column, group in enumerate((0, 0, 1)):
            mean = means[group, row]
            expected = by_scipy(counts[row, column], mean * sizes[column], mean * common, phi)
            assert found[row, column] == pytest.approx(expected, rel=1e-10)
