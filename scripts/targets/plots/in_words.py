"""The plots of a factor in numbers, for those who cannot see them."""

from __future__ import annotations

import pandas as pd

from ...common.text import plural
from .. import outputs
from ..targets_result import TargetsResult

_NAMED = 5


def plots_in_words(results: TargetsResult) -> dict[str, str]:
    """What each plot of step 3 shows, in numbers.

    Returns
    -------
    dict
        Name of a plot without ending -> a sentence or two; a plot without data is left out.
    """
    targets = results["target_genes"]
    if targets.empty:
        return {}
    words = {
        outputs.TOP_TARGETS_PLOT: _top(targets),
        outputs.DISTRIBUTION_PLOT: _bands(targets),
        outputs.HEATMAP_PLOT: _scores(results),
        outputs.STRING_PLOT: _string(targets),
    }
    if "is_hot" in targets:
        hot = int(targets["is_hot"].sum())
        words[outputs.SPECIFICITY_PLOT] = f"{hot:,} of {plural(len(targets), 'gene')} are hot loci."
    if "expression" in results:
        genes = results["expression"]["genes"]
        words[outputs.EXPRESSION_PLOT] = f"{plural(len(genes), 'gene')} with binding and expression."
    return words


def _top(targets: pd.DataFrame) -> str:
    first = targets.head(_NAMED)
    named = [
        f"{row.gene} {row.avg_score:.1f}, bound in {row.num_bound} of {row.num_experiments}"
        for row in first.itertuples()
    ]
    return f"The first {plural(len(first), 'gene')} by rank: {'; '.join(named)}."


def _bands(targets: pd.DataFrame) -> str:
    average = targets["avg_score"]
    return (
        f"Of the {plural(len(targets), 'reported gene')} the median average score is {average.median():.1f}, the "
        f"highest {average.max():.1f}, the lowest {average.min():.1f}."
    )


def _scores(results: TargetsResult) -> str:
    scores = results["experiment_data"]
    experiments = scores.shape[1] - 1
    if not experiments or scores.empty:
        return ""
    values = scores.iloc[:, 1:].to_numpy()
    bound = float((values > 0).mean())
    types = ", ".join(results["cell_types"][:3])
    return (
        f"{plural(experiments, 'experiment')} in {plural(len(results['cell_types']), 'cell type')} (most of them in "
        f"{types}); {bound:.0%} of the scores of the reported genes are above 0, the highest is {values.max():,.0f}."
    )


def _string(targets: pd.DataFrame) -> str:
    with_string = targets[targets["string_score"] > 0]
    if with_string.empty:
        return f"Binding rate of {plural(len(targets), 'gene')} against the average score; none has a STRING score."
    best = with_string.sort_values("string_score", ascending=False, kind="stable").iloc[0]
    return (
        f"{plural(len(with_string), 'gene')} of {len(targets):,} with a STRING score; the highest, "
        f"{best['string_score']}, has {best['gene']} at an average score of {best['avg_score']:.1f}."
    )
