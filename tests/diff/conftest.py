"""Results that the tests of differential regions share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.diff.tables import make_results, methylation, peaks


@pytest.fixture
def peak_results() -> dict[str, Any]:
    """300 regions, a third of them significant in either direction."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(300):
        effect = float(rng.choice([-2.5, 0.1, 2.5]))
        rows.append(
            {
                "chrom": f"chr{number % 22 + 1}",
                "logFC": effect + float(rng.normal(0, 0.1)),
                "q": 1e-6 if abs(effect) > 1 else 0.8,
                "size": int(rng.integers(100, 900)),
                "count_a": float(rng.uniform(20, 200)),
                "count_b": float(rng.uniform(20, 200)),
            }
        )
    return make_results(peaks(rows))


@pytest.fixture
def dmr_results() -> dict[str, Any]:
    """Forty regions of methylation, hyper and hypo, some not significant."""
    rows = [{"difference": 0.4 if number % 2 else -0.3, "q": 1e-5 if number % 4 else 0.3} for number in range(40)]
    return make_results(methylation(rows))
