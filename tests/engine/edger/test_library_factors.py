"""The expression filter and TMM: against edgepython, a port of edgeR, and by what they are meant to do."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.engine.edger.library_factors import expressed, tmm_sizes

edgepython = pytest.importorskip("edgepython")


def counts_of(regions: int, experiments: int, seed: int, mean: float = 3.0) -> np.ndarray:
    """SIMULATED."""
    rng = np.random.default_rng(seed)
    means = rng.lognormal(mean, 1.5, (regions, 1)) * rng.uniform(0.4, 2, experiments)
    return rng.negative_binomial(4, 4 / (4 + means)).astype(float)


@pytest.mark.parametrize(("regions", "experiments", "mean"), [
    (3000, 4, 3.0), (3000, 7, 1.0), (50, 2, 0.5), (3, 3, 2.0), (1, 2, 4.0), (800, 30, -1.0),
])  # fmt: skip
def test_as_edgepython(regions: int, experiments: int, mean: float) -> None:
    counts = counts_of(regions, experiments, regions, mean)
    counts[:, counts.sum(axis=0) == 0] = 1
    group = (np.arange(experiments) >= experiments // 3 + 1).astype(int)
    kept = edgepython.filter_by_expr(counts, group=group, max_n_samples=np.inf)
    assert expressed(counts, group).tolist() == np.asarray(kept, dtype=bool).tolist()
    data = edgepython.calc_norm_factors(edgepython.make_dgelist(counts), method="TMM")
    np.testing.assert_allclose(tmm_sizes(counts), edgepython.get_norm_lib_sizes(data), rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_mostly_zeros_as_edgepython() -> None:
    counts = counts_of(400, 5, 1)
    counts[np.random.default_rng(2).random(counts.shape) < 0.9] = 0
    data = edgepython.calc_norm_factors(edgepython.make_dgelist(counts[counts.any(axis=1)]), method="TMM")
    np.testing.assert_allclose(tmm_sizes(counts), edgepython.get_norm_lib_sizes(data), rtol=1e-12)


def test_a_tenth_of_the_regions_does_not_make_the_library_larger() -> None:
    counts = counts_of(4000, 2, 5, 5.0)
    counts[:, 1] = np.random.default_rng(6).poisson(counts[:, 0] * 3)
    sizes = tmm_sizes(counts)
    counts[:400, 1] *= 20
    again = tmm_sizes(counts)
    assert again[1] / again[0] == pytest.approx(sizes[1] / sizes[0], rel=0.01)
    assert sizes[1] / sizes[0] == pytest.approx(3, rel=0.01)


def test_libraries_without_a_region_in_common() -> None:
    counts = np.array([[9.0, 0.0], [0.0, 8.0]])
    assert tmm_sizes(counts).tolist() == [9.0, 8.0]
    assert tmm_sizes(np.array([[9.0], [8.0]])).tolist() == [17.0]


@pytest.mark.parametrize(
    ("experiments", "having", "kept"), [(3, 2, False), (3, 3, True), (20, 16, False), (20, 17, True)]
)
def test_how_many_experiments_must_have_reads(experiments: int, having: int, kept: bool) -> None:
    counts = np.full((2, 2 * experiments), 1000.0)
    counts[1] = 0
    counts[1, :having] = 30
    assert expressed(counts, np.repeat([0, 1], experiments)).tolist() == [True, kept]


def test_reads_in_all_experiments() -> None:
    counts = np.array([[500.0, 500.0], [14.0, 0.0], [15.0, 0.0]])
    assert expressed(counts, np.array([0, 1])).tolist() == [True, False, True]
