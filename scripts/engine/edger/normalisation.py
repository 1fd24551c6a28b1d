"""What counts are divided by: library sizes under each normalisation that has a name, and what each would answer.

TMM takes most regions to be unchanged (Robinson and Oshlack 2010). Where most of them change, library size or TMM of
background bins (Lun and Smyth 2016, csaw) tells another story, and the data alone do not say which is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ...common.errors import InputError
from .library_factors import tmm_sizes

#: Name -> what the counts are made comparable by.
NORMALISATIONS = {
    "tmm": "TMM over the regions: most of them are taken to be unchanged",
    "library": "mapped reads: what changes everywhere is seen, and so is efficiency",
    "background": "TMM over bins of 10 kb: most of the genome is taken to be background",
}
#: Of sizes that the user gives.
GIVEN = "given"
#: Columns of `library_sizes`, beside the names of `NORMALISATIONS`.
MAPPED = "mapped_reads"
Normalisation = str | Mapping[str, float]


def library_sizes(counts: pd.DataFrame, bins: Mapping[str, np.ndarray] | None) -> pd.DataFrame:
    """Effective library sizes of each sample under each normalisation.

    Parameters
    ----------
    counts : DataFrame of shape (n_regions, n_samples)
        Read counts of the regions that are tested.
    bins : mapping of sample to ndarray of shape (n_bins,), optional
        Reads in bins along the genome.

    Returns
    -------
    DataFrame
        Indexed by sample: ``tmm`` and, with `bins`, ``mapped_reads``, ``library`` (the same) and ``background``. All
        but ``mapped_reads`` are scaled to the same geometric mean: they differ in nothing but proportions.
    """
    sizes = pd.DataFrame({"tmm": tmm_sizes(counts.to_numpy(float))}, index=counts.columns)
    if bins is None:
        return sizes
    table = np.column_stack([bins[name] for name in counts.columns]).astype(float)
    mapped = table.sum(axis=0)
    sizes["library"] = _scaled(mapped, sizes["tmm"])
    sizes["background"] = _scaled(tmm_sizes(table), sizes["tmm"])
    sizes[MAPPED] = mapped
    return sizes


def chosen_sizes(sizes: pd.DataFrame, normalisation: Normalisation) -> np.ndarray:
    """The library sizes of one normalisation, in the order of the samples.

    Raises
    ------
    InputError
        Mapped reads are not known, or a given size is missing or not above 0.
    """
    if isinstance(normalisation, Mapping):
        given = np.array([float(normalisation.get(name, np.nan)) for name in sizes.index])
        wrong = [str(name) for name, size in zip(sizes.index, given, strict=True) if not 0 < size < np.inf]
        if wrong:
            raise InputError(
                f"normalisation gives no size above 0 for {', '.join(wrong[:5])}. Give one for each sample."
            )
        return _scaled(given, sizes["tmm"])
    if normalisation not in sizes:
        raise InputError(f"normalisation={normalisation!r} needs the mapped reads of every sample.")
    return sizes[normalisation].to_numpy(float)


def answers(
    sizes: pd.DataFrame,
    test: Callable[[np.ndarray], pd.DataFrame],
    threshold: float,
    chosen: Normalisation,
    answer: pd.DataFrame,
) -> pd.DataFrame:
    """What one test says under each normalisation.

    Parameters
    ----------
    test : callable
        Library sizes -> a table of tested regions with ``logFC`` and ``qvalue``.
    threshold : float
        Of the q-value.
    chosen : str or mapping
        The normalisation that was used.
    answer : DataFrame
        What the test says under it; it is not made again.

    Returns
    -------
    DataFrame
        ``normalisation``, ``used`` (bool), ``significant``, ``higher_a``, ``higher_b``, ``median_logfc`` (of all
        regions), one row each.
    """
    named: dict[str, Normalisation] = {name: name for name in NORMALISATIONS if name in sizes}
    if isinstance(chosen, Mapping):
        named[GIVEN] = chosen
    rows = []
    for name, normalisation in named.items():
        table = answer if normalisation == chosen else test(chosen_sizes(sizes, normalisation))
        called = table["qvalue"] < threshold
        rows.append(
            {
                "normalisation": name,
                "used": normalisation == chosen,
                "significant": int(called.sum()),
                "higher_a": int((called & (table["logFC"] > 0)).sum()),
                "higher_b": int((called & (table["logFC"] < 0)).sum()),
                "median_logfc": float(table["logFC"].median()),
            }
        )
    return pd.DataFrame(rows)


def group_difference(sizes: pd.DataFrame, groups: Sequence[str]) -> tuple[float, float]:
    """How far signal per mapped read differs between groups A and B: log2 difference and its p-value.

    The TMM size of a sample over its mapped reads is its share of reads in regions that TMM takes to be unchanged. It
    is alike in all samples unless efficiency, or the signal of most regions, differs. The variance among replicates is
    moderated towards that of good replicates (20 %), as few of them tell little of it.
    """
    share = np.log2(sizes["tmm"].to_numpy(float) / sizes[MAPPED].to_numpy(float))
    a, b = (share[np.array(groups) == group] for group in "AB")
    if not len(a) or not len(b):
        return 0.0, 1.0
    from scipy.stats import t

    freedom = len(a) + len(b) - 2
    within = float(((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum())
    variance = (within + _PRIOR_FREEDOM * _PRIOR_SD**2) / (freedom + _PRIOR_FREEDOM)
    difference = float(a.mean() - b.mean())
    statistic = abs(difference) / np.sqrt(variance * (1 / len(a) + 1 / len(b)))
    return difference, float(2 * t.sf(statistic, freedom + _PRIOR_FREEDOM))


#: Spread of log2 efficiency among good replicates, and how many degrees of freedom that knowledge is worth.
_PRIOR_SD, _PRIOR_FREEDOM = 0.26, 4


def _scaled(sizes: np.ndarray, like: pd.Series) -> np.ndarray:
    """Sizes of the same proportions, with the geometric mean of others."""
    return np.asarray(sizes * np.exp(np.log(like).mean() - np.log(sizes).mean()), dtype=float)
