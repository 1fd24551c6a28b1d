"""SIMULATED negative binomial counts whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd


def counts_of(
    regions: int, a: int, b: int, *, seed: int, changed: float = 0.0, fold: float = 4.0, dispersion: float = 0.08
) -> tuple[pd.DataFrame, np.ndarray]:
    """Counts of `a` and `b` experiments, and which regions are `fold` times as high in A."""
    rng = np.random.default_rng(seed)
    means = rng.lognormal(4, 1, (regions, 1)) * rng.uniform(0.6, 1.6, a + b) + 5
    differs = np.arange(regions) < changed * regions
    means[differs, :a] *= fold
    counts = rng.negative_binomial(1 / dispersion, 1 / (1 + dispersion * means))
    return pd.DataFrame(counts, columns=[f"S{number}" for number in range(a + b)]), differs
