"""The likelihood against its definition, in more digits than a float has where these cancel."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from scripts.engine.edger import blocks
from scripts.engine.edger.likelihood import log_likelihood

GROUPS = [np.array([0, 2, 4]), np.array([1]), np.array([3, 5])]


def long_gammaln(x: np.ndarray) -> np.ndarray:
    """Stirling's formula 30 further up, in the longest floats that there are."""
    x = np.asarray(x, dtype=np.longdouble)
    product = sum(np.log(x + k) for k in range(30))
    x = x + 30
    s, series = 1 / (x * x), np.longdouble(1) / 1188
    for term in (-np.longdouble(1) / 1680, np.longdouble(1) / 1260, -np.longdouble(1) / 360, np.longdouble(1) / 12):
        series = series * s + term
    return (x - 0.5) * np.log(x) - x + np.log(2 * np.arccos(np.longdouble(-1))) / 2 + series / x - product


def definition(pseudo: np.ndarray, size: float) -> np.ndarray:
    told = np.zeros(pseudo.shape[1], dtype=np.longdouble)
    for members in GROUPS:
        if len(members) > 1:
            y, n, r = pseudo[members], len(members), np.longdouble(size)
            told += long_gammaln(y + r).sum(axis=0) + long_gammaln(n * r)
            told -= long_gammaln(y.sum(axis=0) + n * r) + n * long_gammaln(r)
    return told


@pytest.mark.parametrize("scale", [0.3, 20.0, 5000.0, 1e6])
def test_differences_are_those_of_the_definition(scale: float) -> None:
    rng = np.random.default_rng(4)
    pseudo = np.ascontiguousarray(rng.gamma(2, scale, (6, 128)))
    pseudo[:, 5] = 0
    pseudo[2, 9] = 0
    sizes = [1e-3, 0.05, 1.0, 7.9, 8.0, 40.0, 1e3, 6e5]
    base, long_base = log_likelihood(pseudo, GROUPS, 3.0), definition(pseudo, 3.0)
    long = np.finfo(np.longdouble).eps < 1e-18
    for size in sizes:
        found, expected = log_likelihood(pseudo, GROUPS, size) - base, definition(pseudo, size) - long_base
        lost = 1e-13 * (scale + 10) + (2e-15 if long else 1e-13) * size
        np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=1e-12, atol=lost + 1e-10)
        plain = gammaln(pseudo[GROUPS[2]] + size).sum(axis=0) - gammaln(pseudo[GROUPS[2]].sum(axis=0) + 2 * size)
        assert np.isfinite(found).all() and np.isfinite(plain).all()


def test_a_group_of_one_tells_nothing() -> None:
    pseudo = blocks.by_experiment(np.random.default_rng(1).poisson(50, (10, 3)).astype(float))
    assert (log_likelihood(pseudo, [np.array([0]), np.array([2])], 5.0) == 0).all()


def test_many_experiments() -> None:
    """Small numbers of many experiments, whose rising factorials are multiplied some at a time."""
    pseudo = np.zeros((70, 64))
    pseudo[::3] = 1.5
    members = np.arange(70)

    def plain(size: float) -> float:
        y = pseudo[:, 0]
        return float(gammaln(y + size).sum() - gammaln(y.sum() + 70 * size) + gammaln(70 * size) - 70 * gammaln(size))

    found = log_likelihood(pseudo, [members], 0.02) - log_likelihood(pseudo, [members], 2.0)
    np.testing.assert_allclose(found, plain(0.02) - plain(2.0), rtol=1e-12)
