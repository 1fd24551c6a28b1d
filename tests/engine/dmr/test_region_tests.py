"""The two tests of a region beside slow, plain computations of the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import kstwobign, mannwhitneyu, norm

from scripts.engine.dmr import region_tests
from scripts.engine.dmr.methylation_segments import levels
from scripts.engine.dmr.region_tests import Cpgs, mann_whitney, workspace

IN_A = np.array([True, False, True, False, False])


def made(seed: int, *, steps: int = 6, missing: float = 0.1, cpgs: int = 12) -> Cpgs:
    """CpGs with many ties and some values missing, but a measured one in each group."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, steps + 1, (cpgs, len(IN_A))) / steps
    values[:, IN_A] = np.minimum(values[:, IN_A] + rng.choice([0, 2 / steps]), 1)
    values[1:, 2:][rng.random((cpgs - 1, len(IN_A) - 2)) < missing] = np.nan
    position = np.cumsum(rng.integers(2, 90, cpgs))
    return Cpgs(position, values, levels(values, np.zeros(cpgs, int)), IN_A)


def kolmogorov_smirnov_2d(cpgs: Cpgs, first: int, past: int, whole: np.ndarray) -> float:
    """As plain Python; `test_dmrs` compares it with what is compiled."""
    arrays = cpgs.position, cpgs.value.reshape(-1), cpgs.level.reshape(-1)
    return region_tests.kolmogorov_smirnov_2d(*arrays, whole, first, past)


def points(cpgs: Cpgs, first: int, past: int, of_a: bool) -> tuple[np.ndarray, np.ndarray]:
    values = cpgs.value[first:past][:, cpgs.in_a == of_a]
    places = np.broadcast_to(cpgs.position[first:past, None], values.shape)
    return places[~np.isnan(values)], values[~np.isnan(values)]


def plain_2d(cpgs: Cpgs, first: int, past: int) -> float:
    """Every quadrant with every choice of the points on its borders, one after the other."""
    groups = [points(cpgs, first, past, of_a) for of_a in (True, False)]
    largest = []
    for x0, y0 in groups:
        differences = []
        for x, y in zip(x0, y0, strict=True):
            share = {
                (dx, dy): np.mean((np.sign(groups[0][0] - x) == dx) & (np.sign(groups[0][1] - y) == dy))
                - np.mean((np.sign(groups[1][0] - x) == dx) & (np.sign(groups[1][1] - y) == dy))
                for dx, dy in itertools.product((-1, 0, 1), repeat=2)
            }
            for dx, dy in itertools.product((-1, 1), repeat=2):
                borders = (share[dx, 0], share[0, dy], share[0, 0])
                for taken in itertools.product((0, 1), repeat=3):
                    differences.append(abs(share[dx, dy] + np.dot(taken, borders)))
        largest.append(max(differences))
    sizes = [len(x) for x, _ in groups]
    root = np.sqrt(np.prod(sizes) / np.sum(sizes))
    squared = np.mean([np.corrcoef(x, y)[0, 1] ** 2 for x, y in groups])
    return float(kstwobign.sf(np.mean(largest) * root / (1 + np.sqrt(1 - squared) * (0.25 - 0.75 / root))))


@pytest.mark.parametrize("seed", range(8))
def test_two_dimensional_test_is_the_plain_one(seed: int) -> None:
    cpgs = made(seed)
    book = workspace(cpgs.in_a, int(cpgs.level.max()) + 1)
    for first, past in ((0, 12), (2, 12), (0, 12)):
        assert kolmogorov_smirnov_2d(cpgs, first, past, book) == pytest.approx(plain_2d(cpgs, first, past), rel=1e-9)
    # The scratch is as clean as it was.
    assert not book[region_tests.HEAD + 2 * len(IN_A) :].any()


def test_two_dimensional_test_of_no_difference_is_one() -> None:
    values = np.repeat(np.linspace(0.1, 0.9, 10)[:, None], 5, axis=1)
    for each in (values, np.full((10, 5), 0.5)):
        cpgs = Cpgs(np.arange(10) * 20, each, levels(each, np.zeros(10, int)), IN_A)
        assert kolmogorov_smirnov_2d(cpgs, 0, 10, workspace(IN_A, 10)) == 1


def test_two_dimensional_test_needs_both_position_and_level() -> None:
    """Equal levels on the whole, but A falls where B rises."""
    rise = np.linspace(0.05, 0.95, 40)[:, None]
    values = np.where(IN_A, 1 - rise, rise)
    cpgs = Cpgs(np.arange(40) * 20, values, levels(values, np.zeros(40, int)), IN_A)
    assert kolmogorov_smirnov_2d(cpgs, 0, 40, workspace(IN_A, 80)) < 1e-6
    assert mann_whitney(cpgs, np.array([0]), np.array([40]))[0] > 0.5


def test_mann_whitney_without_ties() -> None:
    rng = np.random.default_rng(3)
    values = rng.permutation(300).reshape(60, 5) / 300 + 0.1003 * IN_A
    cpgs = Cpgs(np.arange(60) * 20, values, levels(values, np.zeros(60, int)), IN_A)
    first, past = np.array([0, 20, 5]), np.array([20, 60, 41])
    expected = [
        mannwhitneyu(
            *(points(cpgs, one, end, of_a)[1] for of_a in (True, False)), method="asymptotic", use_continuity=False
        ).pvalue
        for one, end in zip(first, past, strict=True)
    ]
    np.testing.assert_allclose(mann_whitney(cpgs, first, past), expected, rtol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_mann_whitney_with_ties_rounds_u_down(seed: int) -> None:
    cpgs = made(seed)
    a, b = (points(cpgs, 0, 12, of_a)[1] for of_a in (True, False))
    u = mannwhitneyu(a, b).statistic
    u = np.floor(min(u, len(a) * len(b) - u))
    score = (len(a) * len(b) / 2 - u) / np.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    assert mann_whitney(cpgs, np.array([0]), np.array([12]))[0] == pytest.approx(2 * norm.sf(score), rel=1e-8)


def test_mann_whitney_of_equal_values_is_one_and_of_none_is_empty() -> None:
    values = np.full((10, 5), 0.5)
    cpgs = Cpgs(np.arange(10) * 20, values, levels(values, np.zeros(10, int)), IN_A)
    assert mann_whitney(cpgs, np.array([0]), np.array([10])).tolist() == [1]
    assert mann_whitney(cpgs, np.empty(0, int), np.empty(0, int)).tolist() == []
