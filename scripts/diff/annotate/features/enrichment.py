"""Which features the significant regions of either direction are more or less often than the tested ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ....common.errors import InputError
from ....common.statistics import benjamini_hochberg
from ...results.loci import widest_of_locus
from .assign import FEATURES
from .ccres import CCRE_COLUMN, CCRES

DIRECTIONS = ("A_enriched", "B_enriched")
#: What is counted: loci, or regions as if pieces of one peak were independent.
UNITS = ("locus", "region")
FEATURE, CCRE = "feature", "ccre"


def feature_enrichment(regions: pd.DataFrame, unit: str = "locus") -> pd.DataFrame:
    """Hold the features of significant regions against those of all tested regions.

    Parameters
    ----------
    regions : DataFrame
        All regions tested, significant or not: ``chrom chromStart chromEnd`` (0-based, half-open), ``direction``,
        ``significant`` and ``feature`` (from `assign_features`). Those without a feature or with a missing ``qvalue``
        are left out.
    unit : {"locus", "region"}
        ``locus``: of regions that abut or overlap, pieces of one peak, the widest alone counts (ties: the first on the
        chromosome), chosen without regard to the result. Pieces of one peak come out alike; Fisher's test takes
        what it counts as independent. ``region``: every region counts.

    Returns
    -------
    DataFrame
        One row a feature and direction: ``feature``, ``direction``, ``significant`` (of this direction),
        ``significant_here`` (of these with the feature), ``share`` (0..1), ``tested``, ``tested_here``,
        ``tested_share`` (0..1), ``odds_ratio`` (sample odds ratio, significant against the rest of the tested;
        infinite or missing where a count is 0), ``pvalue`` (Fisher's exact test, two-sided), ``qvalue``
        (Benjamini-Hochberg over the rows with a p-value). Without a significant region of a direction, or a tested one
        with the feature, there is no test: shares or numbers are missing.

    Raises
    ------
    InputError
        No ``feature`` column, or another unit.
    """
    if "feature" not in regions:
        raise InputError("The regions have no column 'feature'. Join what assign_features gives for them first.")
    if unit not in UNITS:
        raise InputError(f"unit is {unit!r}; use one of: {', '.join(UNITS)}.")
    tested = one_per_unit(regions, unit)
    return _tests(tested[(tested["feature"] != "") & tested["feature"].notna()], FEATURE, FEATURES)


def with_ccre_enrichment(features: pd.DataFrame, regions: pd.DataFrame, unit: str = "locus") -> pd.DataFrame:
    """A table of `feature_enrichment` with ENCODE's classes below it, and ``kind`` ("feature", "ccre") as first column.

    All tested loci are the background, those that touch no element too. Their q-values are over the rows of their kind.

    Parameters
    ----------
    features : DataFrame
        From `feature_enrichment`.
    regions : DataFrame
        As there, with ``ccre`` (from `assign_ccres`).
    unit : {"locus", "region"}
        As there.
    """
    tested = one_per_unit(regions, unit)
    parts = {FEATURE: features, CCRE: _tests(tested, CCRE_COLUMN, CCRES)}
    return pd.concat([part.assign(kind=kind) for kind, part in parts.items()], ignore_index=True)[
        ["kind", *features.columns]
    ]


def of_kind(enrichment: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of features, or of cCREs (none where they were not asked for)."""
    kinds = enrichment["kind"] if "kind" in enrichment else pd.Series(FEATURE, enrichment.index)
    return enrichment[kinds == kind]


def _tests(tested: pd.DataFrame, column: str, names: tuple[str, ...]) -> pd.DataFrame:
    marks = tested.assign(feature=tested[column])
    table = pd.DataFrame([_row(marks, name, direction) for direction in DIRECTIONS for name in names])
    known = table["pvalue"].notna().to_numpy()
    table["qvalue"] = np.nan
    table.loc[known, "qvalue"] = benjamini_hochberg(table.loc[known, "pvalue"].to_numpy(float))
    return table


def one_per_unit(regions: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The tested regions that count: every one, or the widest of each locus."""
    tested = regions[regions["qvalue"].notna()] if "qvalue" in regions else regions
    return tested if unit == "region" else widest_of_locus(tested)


def _row(tested: pd.DataFrame, feature: str, direction: str) -> dict[str, object]:
    from scipy.stats import fisher_exact

    here = (tested["feature"] == feature).to_numpy()
    chosen = (tested["significant"] & (tested["direction"] == direction)).to_numpy(bool)
    both, called, marked, total = int((here & chosen).sum()), int(chosen.sum()), int(here.sum()), len(tested)
    odds_ratio = pvalue = np.nan
    if called and marked:
        odds_ratio, pvalue = fisher_exact([[both, called - both], [marked - both, total - called - marked + both]])
    return {
        "feature": feature,
        "direction": direction,
        "significant": called,
        "significant_here": both,
        "share": both / called if called else np.nan,
        "tested": total,
        "tested_here": marked,
        "tested_share": marked / total if total else np.nan,
        "odds_ratio": float(odds_ratio),
        "pvalue": float(pvalue),
    }
