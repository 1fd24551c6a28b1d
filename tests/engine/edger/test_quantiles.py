"""The quantile mapping against the same formulas through scipy's general distributions."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from scipy.stats import gamma, norm

from scripts.engine.edger.quantiles import other_quantiles, quick_quantiles


def slowly(counts: np.ndarray, mean: np.ndarray, other: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """One count after the other, in whichever tail it lies."""
    found = np.empty_like(counts)
    for i, j in np.ndindex(*counts.shape):
        x, m, o, phi = counts[i, j], mean[i, j], other[i, j], dispersion[i]
        if min(m, o) < 1e-14:
            m, o = m + 0.25, o + 0.25
        tail, back = ("sf", "isf") if x >= m else ("cdf", "ppf")
        r, s = 1 + phi * m, 1 + phi * o
        by_gamma = getattr(gamma, back)(getattr(gamma, tail)(x, m / r, scale=r), o / s, scale=s)
        by_normal = getattr(norm, back)(getattr(norm, tail)(x, m, np.sqrt(m * r)), o, np.sqrt(o * s))
        found[i, j] = (by_gamma + by_normal) / 2
    return found


@pytest.mark.parametrize("size", [0.5, 5.0, 100.0, 20_000.0])
@pytest.mark.parametrize("phi", [0.0, 1e-4, 0.1, 1.5])
def test_equals_the_formulas(size: float, phi: float) -> None:
    rng = np.random.default_rng(int(size * 7))
    mean = size * rng.lognormal(0, 0.4, (60, 5))
    other = mean * rng.uniform(0.5, 2.0, (1, 5))
    counts = rng.negative_binomial(2, 2 / (2 + mean)).astype(float)
    counts[:3, 0] = mean[:3, 0]
    # Further out the general distributions lose the tail themselves.
    spread = np.sqrt(mean * (1 + phi * mean))
    counts = np.clip(counts, np.maximum(mean - 6 * spread, 0), mean + 6 * spread)
    expected = slowly(counts, mean, other, np.full(60, phi))
    np.testing.assert_allclose(other_quantiles(counts, mean, other, np.full(60, phi)), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(
        other_quantiles(counts, mean, other, phi), other_quantiles(counts, mean, other, np.full(60, phi))
    )


def test_nothing_and_next_to_nothing() -> None:
    counts, mean = np.array([[0.0, 3.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1e-20, 40.0]])
    expected = slowly(counts, mean, 2 * mean, np.array([0.1, 0.2]))
    np.testing.assert_allclose(other_quantiles(counts, mean, 2 * mean, np.array([0.1, 0.2])), expected, 1e-9, 1e-12)
    assert other_quantiles(np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3)), 0.1).shape == (0, 3)


def test_a_tail_beyond_floats_has_no_quantile() -> None:
    assert np.isinf(other_quantiles(np.array([[1e6]]), np.array([[10.0]]), np.array([[20.0]]), 0.001)).all()


def test_edgepython_has_its_own_back_afterwards() -> None:
    module = importlib.import_module("edgepython.exact_test")
    before = module.q2q_nbinom
    question = np.array([[5.0, 9.0]]), np.array([[6.0, 6.0]]), np.array([[7.0, 5.0]]), 0.1
    with quick_quantiles():
        first, again = module.q2q_nbinom(*question), module.q2q_nbinom(*question)
        assert module.q2q_nbinom is not before
        np.testing.assert_array_equal(first, again)
        np.testing.assert_allclose(first, before(*question), rtol=1e-12)
        again[:] = 0
        np.testing.assert_array_equal(first, module.q2q_nbinom(*question))
    assert module.q2q_nbinom is before


def test_the_general_inverse_is_asked_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting near the quantile, two steps reach it; the inverse, which is slow, is for far tails."""
    import scipy.special

    asked = []
    for name in ("gammaincinv", "gammainccinv"):
        inverse = getattr(scipy.special, name)
        counted = lambda shape, share, inverse=inverse: (asked.append(len(share)), inverse(shape, share))[1]  # noqa: E731
        monkeypatch.setattr(scipy.special, name, counted)
    rng = np.random.default_rng(5)
    mean = rng.uniform(30, 3000, (400, 6))
    counts = rng.negative_binomial(10, 10 / (10 + mean)).astype(float)
    other_quantiles(counts, mean, mean * rng.uniform(0.7, 1.4, (1, 6)), 0.1)
    assert sum(asked) < 0.002 * counts.size


@pytest.mark.parametrize("rows", [2047, 2048, 2049, 5000])
def test_any_number_of_rows(rows: int) -> None:
    mean = np.linspace(5, 50, rows).reshape(-1, 1)
    dispersion = np.linspace(0.01, 0.5, rows)
    found = other_quantiles(mean + 3, mean, 2 * mean, dispersion)
    some = np.array([0, rows // 2, rows - 1])
    np.testing.assert_allclose(found[some], slowly(mean[some] + 3, mean[some], 2 * mean[some], dispersion[some]), 1e-9)
    assert np.isfinite(found).all()


def test_another_question_has_another_answer() -> None:
    module = importlib.import_module("edgepython.exact_test")
    question = [np.array([[5.0, 9.0]]), np.array([[6.0, 6.0]]), np.array([[7.0, 5.0]]), 0.1]
    with quick_quantiles():
        module.q2q_nbinom(*question)
        for place in range(4):
            other = [value + 1 if number == place else value for number, value in enumerate(question)]
            np.testing.assert_array_equal(module.q2q_nbinom(*other), other_quantiles(*other))
            np.testing.assert_array_equal(module.q2q_nbinom(*question), other_quantiles(*question))


def test_the_same_question_is_answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("edgepython.exact_test")
    ours = importlib.import_module("scripts.engine.edger.quantiles")
    answer, answers = ours.other_quantiles, []
    monkeypatch.setattr(ours, "other_quantiles", lambda *question: (answers.append(1), answer(*question))[1])
    question = np.array([[5.0, 9.0]]), np.array([[6.0, 6.0]]), np.array([[7.0, 5.0]])
    with quick_quantiles():
        module.q2q_nbinom(*question, 0.1)
        module.q2q_nbinom(*question, 0.1)
        assert len(answers) == 1
        module.q2q_nbinom(*question)  # without a dispersion: Poisson
        np.testing.assert_array_equal(module.q2q_nbinom(*question), answer(*question, 0))
        assert len(answers) == 2


def test_edgepython_has_its_own_back_after_an_error() -> None:
    module = importlib.import_module("edgepython.exact_test")
    before = module.q2q_nbinom
    with pytest.raises(ValueError, match="ours"), quick_quantiles():
        raise ValueError("ours")
    assert module.q2q_nbinom is before


@pytest.mark.parametrize("mean", [0.0, 1e-15, 2e-14, 1e-10])
def test_a_mean_of_nothing_is_a_quarter(mean: float) -> None:
    """edgeR adds a quarter to both means where either is below 1e-14."""
    counts, means, other = np.array([[1.0, 2.0]]), np.array([[mean, 3.0]]), np.array([[3.0, mean]])
    found = other_quantiles(counts, means, other, 0.2)
    added = 0.25 if mean < 1e-14 else 0.0
    np.testing.assert_allclose(found, other_quantiles(counts, means + added, other + added, 0.2), rtol=1e-12)


@pytest.mark.parametrize(
    ("least", "most", "phi"),
    [(0.5, 5.0, 0.0), (1.0, 20.0, 0.5), (1.0, 20.0, 0.05), (20.0, 2000.0, 0.1), (1.0, 5.0, 1.5)],
)
def test_two_steps_leave_no_error(least: float, most: float, phi: float) -> None:
    """Against the general inverse, of the tail in which a count lies: to the last digits, also far out."""
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    rng = np.random.default_rng(6)
    mean = rng.uniform(least, most, (500, 4))
    other, size = mean * rng.uniform(0.5, 2.0, (1, 4)), 1 / max(phi, 1e-3)
    scale, other_scale = 1 + phi * mean, 1 + phi * other
    shape, other_shape = mean / scale, other / other_scale
    for counts in (
        rng.negative_binomial(size, size / (size + mean)).astype(float),
        mean + 12 * np.sqrt(mean * scale),
    ):
        upper = gammainccinv(other_shape, gammaincc(shape, counts / scale))
        lower = gammaincinv(other_shape, gammainc(shape, counts / scale))
        normal = other + (counts - mean) * np.sqrt(other * other_scale / (mean * scale))
        expected = (normal + np.where(counts >= mean, upper, lower) * other_scale) / 2
        assert np.abs(other_quantiles(counts, mean, other, phi) / expected - 1).max() < 2e-12
