"""The functions against the libraries' own, as Python and as machine code, which must give the same bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaln

from scripts.common.compiled import arithmetic
from scripts.common.compiled.arithmetic import exp_of, log_factorial_rest, log_gamma_above, log_of, rising, root_of
from scripts.common.compiled.loops import compiled

RNG = np.random.default_rng(3)
WIDE = np.exp(RNG.uniform(-20, 20, 2000))


def every_function(x: Any, found: Any, n: Any) -> int:
    for i in range(n):
        found[i] = log_of(x[i])
        found[n + i] = exp_of(found[i] * 30.0)
        found[2 * n + i] = log_factorial_rest(x[i])
        found[3 * n + i] = log_gamma_above(x[i] + 8.0) - log_of(rising(x[i]))
        found[4 * n + i] = root_of(x[i])
    return 0


def test_machine_code_has_the_bits_of_python() -> None:
    n = len(WIDE)
    ours, theirs = np.empty(5 * n), [0.0] * (5 * n)
    compiled(every_function, ("float64*", "float64*", "int64"))(WIDE, ours, n)
    every_function(WIDE.tolist(), theirs, n)
    assert ours.tolist() == theirs
    # log gamma, through its value eight further up: near its zeros, at 1 and 2, to an absolute error.
    np.testing.assert_allclose(ours[3 * n : 4 * n], gammaln(WIDE), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("x", [2.3e-308, 1e-300, 0.5, math.sqrt(0.5), 1 - 1e-16, 1.0, 1 + 1e-15, 2.0, 10.0, 1e300])
def test_logarithm(x: float) -> None:
    assert log_of(x) == pytest.approx(math.log(x), rel=4e-16, abs=1e-16)


@pytest.mark.parametrize("x", [-707.9, -700.3, -1.0, -1e-9, 0.0, 1e-12, 0.3466, 1.0, 88.8, 708.9])
def test_exponential(x: float) -> None:
    assert exp_of(x) == pytest.approx(math.exp(x), rel=4e-16)


def test_an_exponential_beyond_floats_stays_a_number() -> None:
    assert 0 < exp_of(-1e9) < 1e-307
    assert 1e307 < exp_of(1e9) < math.inf


@pytest.mark.parametrize(("function", "low"), [(log_factorial_rest, 1e-9), (log_gamma_above, 8.0)])
def test_gamma_function(function: Callable[[float], float], low: float) -> None:
    for x in np.exp(np.linspace(np.log(low * (1 + 1e-12)), np.log(1e7), 400)).tolist():
        if function is log_gamma_above:
            assert function(x) == pytest.approx(gammaln(x), rel=1e-14)
        else:
            # The direct difference loses what the two have in common.
            lost = 4e-16 * (1 + abs(x * math.log(x)))
            assert function(x) == pytest.approx(gammaln(x + 1) - x * math.log(x) + x, rel=1e-13, abs=lost + 2e-14)


def test_rising_product() -> None:
    for x in (1e-9, 0.3, 1.0, 7.5):
        assert rising(x) == pytest.approx(math.prod(x + k for k in range(arithmetic.SHIFT)), rel=1e-14)


def test_bits() -> None:
    for value in (0.0, -0.0, 1.0, -2.5, 5e-324, math.inf):
        assert arithmetic.float_of(arithmetic.bits_of(value)) == value
    assert arithmetic.bits_of(1.0) == 1023 << 52
    # A whole number larger than 64 bits hold is taken as a processor takes it.
    assert arithmetic.float_of((1 << 64) + (1023 << 52)) == 1.0
