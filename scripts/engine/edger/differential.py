"""Differential regions from read counts: edgeR's classic path, as ChIP-Atlas runs it.

Dispersions by quantile-adjusted conditional maximum likelihood and an exact test (Robinson and Smyth 2008). Not the
quasi-likelihood F-test. The computations are our own: compiled loops over blocks of regions, on every core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ...common.statistics import benjamini_hochberg
from .blocks import by_experiment
from .deviance import dispersion_without_replicates
from .dispersions import Samples, common_dispersion, pseudo_counts, region_dispersions
from .exact_test import exact_test
from .library_factors import expressed, tmm_sizes


def test_differential(
    counts: pd.DataFrame,
    groups: Sequence[str],
    library_sizes: np.ndarray | None = None,  # noqa: PT028
) -> pd.DataFrame:
    """Test every region for a difference between groups A and B.

    ``filterByExpr`` -> TMM -> common and tagwise dispersion -> exact test -> Benjamini-Hochberg. Without a replicate in
    either group the dispersion is edgeR's deviance estimate over all experiments as if they were one group.

    Parameters
    ----------
    counts : DataFrame of shape (n_regions, n_experiments)
        Whole read counts.
    groups : sequence of "A" and "B", one per column
    library_sizes : ndarray of shape (n_experiments,), optional
        Effective library sizes, in place of those that TMM gives.

    Returns
    -------
    DataFrame
        Indexed by the regions that pass the expression filter, in the given order. ``logFC`` is log2(A / B);
        ``pvalue``, ``qvalue`` (false discovery rate); then one column per experiment, named as in `counts`:
        pseudo-counts at the common library size, or counts per million when there is no replicate.

    Raises
    ------
    InputError
        Groups and columns do not match, a group is empty, a count is negative or not whole, or an experiment
        has no read.
    """
    groups = list(groups)
    _check(counts, groups)
    if counts.empty:
        return result_frame(
            counts, np.zeros(0, dtype=bool), {"logFC": np.empty(0)}, np.empty(0), np.empty((0, counts.shape[1]))
        )
    group = np.array([int(name == "B") for name in groups])
    matrix = counts.to_numpy(dtype=np.float64)
    kept = expressed(matrix, group)
    if not kept.any():
        return result_frame(counts, kept, {"logFC": np.empty(0)}, np.empty(0), np.empty((0, counts.shape[1])))
    # Library sizes are those of the regions kept: R's results agree with nothing else.
    sizes = tmm_sizes(matrix[kept]) if library_sizes is None else np.asarray(library_sizes, dtype=float)
    samples = Samples(by_experiment(matrix[kept]), sizes, group, int(kept.sum()))
    if max(groups.count("A"), groups.count("B")) > 1:
        common = common_dispersion(samples)
        pseudo = pseudo_counts(samples, common)
        normalised = pseudo[:, : samples.n_regions].T
        dispersions = region_dispersions(samples, pseudo, common)
    else:
        normalised = matrix[kept] * 1e6 / sizes
        dispersions = np.full(samples.n_regions, dispersion_without_replicates(samples))
    log_fold_change, pvalues = exact_test(samples, dispersions)
    return result_frame(counts, kept, {"logFC": log_fold_change}, pvalues, normalised)


# pytest collects functions of this name.
test_differential.__test__ = False  # type: ignore[attr-defined]


def _check(counts: pd.DataFrame, groups: list[str]) -> None:
    if len(groups) != counts.shape[1] or set(groups) != {"A", "B"}:
        raise InputError(
            f"{counts.shape[1]} experiments need as many group names, 'A' or 'B' and both of them; "
            f"got {', '.join(map(repr, groups)) or 'none'}."
        )
    if len(counts):
        check_counts(counts)


def check_counts(counts: pd.DataFrame) -> None:
    """Refuse what edgeR's model is not for, and experiments without a read."""
    values = counts.to_numpy()
    if not (np.isfinite(values).all() and (values >= 0).all() and (values == np.floor(values)).all()):
        raise InputError("Read counts must be whole numbers of 0 or more; edgeR's model is for counts.")
    silent = counts.columns[values.sum(axis=0) == 0]
    if len(silent):
        raise InputError(
            f"No read in any region: {', '.join(map(str, silent))}. Leave it out, or check its coverage file."
        )


def result_frame(
    counts: pd.DataFrame,
    kept: np.ndarray,
    told: Mapping[str, np.ndarray],
    pvalues: np.ndarray,
    normalised: np.ndarray,
) -> pd.DataFrame:
    """The tested regions: what a test tells of each, its p- and q-value, and normalised counts by experiment."""
    index = counts.index[kept]
    tested = pd.DataFrame({**told, "pvalue": pvalues, "qvalue": benjamini_hochberg(pvalues)}, index=index)
    return pd.concat([tested, pd.DataFrame(normalised, index=index, columns=counts.columns)], axis=1)
