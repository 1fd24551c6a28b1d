"""The plots of a comparison in numbers, for those who cannot see them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ...common.text import plural
from .. import outputs
from ..analysis import region_names
from ..diff_result import DiffResult
from ..qc.design import sample_correlation
from .sample_plots import principal_components

#: Chromosomes that are named.
_NAMED = 3


def plots_in_words(results: DiffResult) -> dict[str, str]:
    """What each plot of step 3 shows, in numbers.

    Returns
    -------
    dict
        Name of a plot without ending -> a sentence or two; a plot without data is left out.
    """
    regions = results["diff_regions"]
    tell: dict[str, Callable[[], str]] = {}
    if len(regions):
        tell |= {
            outputs.VOLCANO: lambda: _volcano(results, regions),
            outputs.MA: lambda: _levels(results, regions),
            outputs.CHROMOSOMES: lambda: _chromosomes(regions),
            outputs.SIZES: lambda: _sizes(regions),
            outputs.GENOME: lambda: _genome(results, regions),
        }
    counts = results["counts"]
    if counts is not None and min(counts.shape) > 1:
        tell |= {outputs.CORRELATION: lambda: _correlation(counts), outputs.PCA: lambda: _components(counts)}
    return {name: words() for name, words in tell.items()}


def _directions(regions: pd.DataFrame) -> str:
    significant = regions[regions["significant"]]
    of_a = int((significant["direction"] == "A_enriched").sum())
    of_b = int((significant["direction"] == "B_enriched").sum())
    return f"{of_a:,} significant and higher in A, {of_b:,} significant and higher in B"


def _span(values: pd.Series) -> str:
    return f"from {values.min():.3g} to {values.max():.3g}"


def _volcano(results: DiffResult, regions: pd.DataFrame) -> str:
    effect = results.analysis.effect
    best = regions.sort_values("qvalue", kind="stable").head(1)
    return (
        f"{plural(len(regions), 'region')}: {_directions(regions)}. {effect} {_span(regions[effect])}. Smallest "
        f"q-value {best['qvalue'].iloc[0]:.3g}, at {region_names(best)[0]}."
    )


def _levels(results: DiffResult, regions: pd.DataFrame) -> str:
    analysis = results.analysis
    level = (regions[analysis.level_a] + regions[analysis.level_b]) / 2
    unchanged = regions.loc[~regions["significant"], analysis.effect]
    middle = f" Median {analysis.effect} of the regions that are not significant: {unchanged.median():.3g}."
    return f"Mean level of both groups {_span(level)}.{middle if len(unchanged) else ''}"


def _chromosomes(regions: pd.DataFrame) -> str:
    significant = regions[regions["significant"]]
    if significant.empty:
        return "No region is significant."
    counts = significant["chrom"].value_counts()
    named = [f"{name} {_directions(significant[significant['chrom'] == name])}" for name in counts.index[:_NAMED]]
    return f"Significant regions on {plural(len(counts), 'chromosome')}; most: {'; '.join(named)}."


def _sizes(regions: pd.DataFrame) -> str:
    size, significant = regions["region_size"], regions["significant"]
    rest = f", of the significant ones {size[significant].median():,.0f} bp" if significant.any() else ""
    return f"Median size {size.median():,.0f} bp{rest}; sizes from {size.min():,} to {size.max():,} bp."


def _genome(results: DiffResult, regions: pd.DataFrame) -> str:
    effect = results.analysis.effect
    medians = regions.groupby(regions["chrom"].astype(str))[effect].median()
    low, high = medians.idxmin(), medians.idxmax()
    return (
        f"{plural(len(medians), 'chromosome')}; median {effect} from {medians[low]:.3g} ({low}) to {medians[high]:.3g} "
        f"({high})."
    )


def _correlation(counts: pd.DataFrame) -> str:
    correlation = sample_correlation(counts)
    values = correlation.to_numpy(float)
    pairs = np.triu_indices(len(values), 1)
    of_pairs = values[pairs]
    if np.isnan(of_pairs).all():
        return "No correlation can be computed."
    least, most = int(np.nanargmin(of_pairs)), int(np.nanargmax(of_pairs))
    names = [f"{correlation.index[pairs[0][i]]} and {correlation.index[pairs[1][i]]}" for i in (least, most)]
    return f"Least alike {names[0]} (r = {of_pairs[least]:.2f}), most alike {names[1]} (r = {of_pairs[most]:.2f})."


def _components(counts: pd.DataFrame) -> str:
    coordinates, explained, _ = principal_components(counts)
    places = [f"{name} {place:.3g}" for name, place in zip(counts.columns, coordinates[:, 0], strict=True)]
    return (
        f"PC1 holds {explained[0]:.0%} of the variance, PC2 {explained[1]:.0%}. Along PC1: {', '.join(places[:12])}"
        f"{' and others' if len(places) > 12 else ''}."
    )
