"""Abundances and dispersions: what their definitions say, and planted ones found again."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.engine.edger import deviance, dispersions
from scripts.engine.edger.abundance import abundances, with_prior
from scripts.engine.edger.blocks import by_experiment, filled_up
from scripts.engine.edger.dispersions import Samples, common_dispersion, pseudo_counts, region_dispersions


def samples_of(dispersion: np.ndarray | float, regions: int = 4000, each: int = 4, seed: int = 1) -> Samples:
    """SIMULATED counts."""
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.5, 2, 2 * each)
    means = rng.lognormal(4, 1, (regions, 1)) * depth + 5
    size = 1 / np.broadcast_to(dispersion, regions)[:, None]
    counts = rng.negative_binomial(size, size / (size + means))
    return Samples(by_experiment(counts), depth * 1e6, np.repeat([0, 1], each), regions)


def test_abundances_solve_the_score_equation() -> None:
    rng = np.random.default_rng(2)
    counts, sizes = rng.negative_binomial(3, 0.02, (100, 5)).astype(float), np.array([1e5, 2e5, 3e5, 1e4, 1e6])
    counts[3] = 0
    counts[4] = [0, 0, 0, 0, 7]
    phi, prior = rng.uniform(0, 2, 100), np.array([0.1, 0.2, 0.0, 0.3, 1.0])
    found = abundances(by_experiment(counts), filled_up(phi), sizes)[:100]
    assert found[3] == 0
    means = found[:, None] * sizes
    score = ((counts - means) / (1 + means * phi[:, None])).sum(axis=1)
    np.testing.assert_allclose(score / (1 + counts.sum(axis=1)), 0, atol=1e-9)
    more = abundances(by_experiment(counts), filled_up(phi), sizes, prior)[:100]
    means = more[:, None] * sizes
    score = ((counts + prior - means) / (1 + means * phi[:, None])).sum(axis=1)
    np.testing.assert_allclose(score / (1 + counts.sum(axis=1)), 0, atol=1e-9)


def test_a_prior_goes_with_the_library() -> None:
    added, sizes = with_prior(np.array([1.0, 3.0]) * 1e6, 2.0)
    assert added.tolist() == [1.0, 3.0] and sizes.tolist() == [1e6 + 2, 3e6 + 6]


@pytest.mark.parametrize("planted", [0.02, 0.1, 0.7])
def test_a_planted_dispersion_is_found(planted: float) -> None:
    assert common_dispersion(samples_of(planted)) == pytest.approx(planted, rel=0.05)


def test_regions_that_vary_more_are_told_from_those_that_do_not() -> None:
    planted = np.where(np.arange(4000) % 10 == 0, 0.8, 0.05)
    samples = samples_of(planted, each=8)
    common = common_dispersion(samples)
    found = region_dispersions(samples, pseudo_counts(samples, common), common)
    assert found.shape == (4000,)
    high, low = np.median(found[planted == 0.8]), np.median(found[planted == 0.05])
    assert 0.3 < high < 0.9 and 0.04 < low < 0.12
    assert (pseudo_counts(samples, common) >= 0).all()


def test_moving_average() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    assert dispersions._moving_average(values, 1).tolist() == values.tolist()
    np.testing.assert_allclose(dispersions._moving_average(values, 3), [1.5, 7 / 3, 14 / 3, 28 / 3, 12])
    # Of an even number, one more behind than before.
    np.testing.assert_allclose(dispersions._moving_average(values, 2), [1.5, 3, 6, 12, 16])


def test_the_highest_point_of_a_spline() -> None:
    """A cubic is its own spline."""
    x, peaks = dispersions._POWERS[:, None], np.array([-6.0, -5.9, -3.3, 0.0, 0.61, 2.4, 5.95, 6.0])
    np.testing.assert_allclose(dispersions._highest(-((x - peaks) ** 2)), peaks, atol=1e-12)
    np.testing.assert_allclose(dispersions._highest(-((x - peaks) ** 2) * (x + 30)), peaks, atol=0.6)
    cubic = -(x**3) + 3 * 25 * x + 0 * peaks  # highest at 5
    np.testing.assert_allclose(dispersions._highest(cubic), np.where(cubic[0] > cubic.max(), -6, 5.0), atol=1e-9)
    assert dispersions._highest(x * 1.0).tolist() == [6.0] and dispersions._highest(-x * 1.0).tolist() == [-6.0]


def test_second_derivatives_of_a_cubic() -> None:
    x = np.arange(11.0)[:, None]
    np.testing.assert_allclose(dispersions._second_derivatives(x**3 - 2 * x**2), 6 * x - 4, atol=1e-10)


@pytest.mark.parametrize("root", [0.0, 0.3, 0.77, 1.4, 1.9])
def test_brents_method(root: float) -> None:
    asked = []

    def falling(x: float) -> float:
        asked.append(x)
        return np.exp(-x) - np.exp(-root)

    assert deviance._zero(falling, 0.0, 2.0, 1e-9) == pytest.approx(root, abs=1e-8)
    assert len(asked) < 16


def test_without_replicates() -> None:
    """Of experiments that do not differ but by chance: what was planted, and none of Poisson counts."""
    for planted in (0.05, 0.3):
        found = deviance.dispersion_without_replicates(samples_of(planted, each=1, regions=6000))
        assert found == pytest.approx(planted, rel=0.08)
    rng = np.random.default_rng(3)
    even = np.repeat(rng.integers(20, 900, (500, 1)), 2, axis=1)
    quiet = Samples(by_experiment(even), np.array([1e6, 1e6]), np.array([0, 1]), 500)
    assert deviance.dispersion_without_replicates(quiet) == 0
    # Nothing in common: no larger dispersion is tried.
    apart = np.where(np.arange(200)[:, None] % 2 == np.arange(2), 100_000, 0)
    wild = Samples(by_experiment(apart), np.array([1e7, 1e7]), np.array([0, 1]), 200)
    assert deviance.dispersion_without_replicates(wild) == 4


def test_deviance_without_dispersion_is_poissons_and_near_it() -> None:
    counts, means = np.array([[0.0, 4.0, 9.0]]), np.array([[2.0, 4.0, 3.0]])
    poisson = deviance._deviance(counts, means, 0.0)
    np.testing.assert_allclose(poisson, [[4.0, 0.0, 2 * (9 * np.log(3) - 6)]], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(deviance._deviance(counts, means, 1e-9), poisson, rtol=1e-6, atol=1e-7)
    assert (deviance._deviance(counts, means, 0.5) <= poisson + 1e-9).all()
