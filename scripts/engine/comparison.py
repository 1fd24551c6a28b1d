"""A comparison of two groups, from each experiment's peaks and coverage to the table of tested regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..common.errors import InputError
from .counts.coverage import count_coverage
from .edger.differential import test_differential
from .peaks.region_sets import make_regions


@dataclass(frozen=True)
class Sample:
    """What the comparison needs of one experiment.

    Attributes
    ----------
    name : str
        Accession, or a name of the user's.
    group : str
        ``A`` or ``B``.
    peaks : DataFrame
        ``chrom start end``.
    records : DataFrame
        Coverage, ``chrom start end value``.
    scale, read_length : float
        See `count_coverage`.
    """

    name: str
    group: str
    peaks: pd.DataFrame
    records: pd.DataFrame
    scale: float
    read_length: float


def compare_peaks(samples: Sequence[Sample]) -> pd.DataFrame:
    """Regions, counts and test of a comparison, as ChIP-Atlas computes it.

    Parameters
    ----------
    samples : sequence of Sample
        Put in order of name, as the service orders its count table.

    Returns
    -------
    DataFrame
        ``chrom start end``, then the columns of `test_differential`; one row per tested region, by position.

    Raises
    ------
    InputError
        No experiment has a peak, or a name occurs twice.
    """
    samples = sorted(samples, key=lambda sample: sample.name)
    names = [sample.name for sample in samples]
    if len(set(names)) < len(names):
        raise InputError("Two experiments of a comparison have the same name; each may take part once.")

    regions = make_regions([item.peaks for item in samples])
    counts = {item.name: count_coverage(regions, item.records, item.scale, item.read_length) for item in samples}
    tested = test_differential(pd.DataFrame(counts, index=regions.index), [item.group for item in samples])
    return regions.join(tested, how="inner")
