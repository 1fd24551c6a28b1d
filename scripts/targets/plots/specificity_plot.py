"""Binding against how far it is this factor's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import prism_theme
from ...common.plotting.labels import Panel, label_layers
from ...common.text import plural
from ..targets_result import TargetsResult
from .string_plot import MAX_LABELS, MOST_PATHS, log_score_scale, padded_span
from .text import AVERAGE_SCORE, note, short, title

#: Above this many deviations from the gene's own middle over the other factors, a rank is called specific.
SPECIFIC_Z = 2.0
#: As a share of the width.
_ROOM_FOR_NAMES = 0.12
_COLORS = {"hot locus": "#C0392B", "other gene": "#7FA8D0"}


def both_high(targets: pd.DataFrame, limit: int = MAX_LABELS) -> np.ndarray:
    """Positions of genes that are high in score and in specificity, best first.

    Those that are not hot and have a specificity of `SPECIFIC_Z` or more, by the worse of their two ranks.
    """
    by_score, by_z = (
        targets[name].rank(ascending=False, method="first").to_numpy() for name in ("avg_score", "specificity")
    )
    worse = np.maximum(by_score, by_z)
    good = np.flatnonzero((targets["specificity"] >= SPECIFIC_Z) & ~targets["is_hot"] & (targets["avg_score"] > 0))
    return np.asarray(good[np.argsort(worse[good], kind="stable")][:limit])


def plot_specificity(results: TargetsResult) -> Any:
    """Average score against specificity, hot genes in another colour; genes high in both are named."""
    import plotnine as p9

    targets: pd.DataFrame = results["target_genes"]
    about = results["background"]
    positive = targets["avg_score"][targets["avg_score"] > 0]
    lowest = float(positive.min()) if len(positive) else 1.0
    x = targets["specificity"].to_numpy()
    y = np.log10(np.maximum(targets["avg_score"].to_numpy(), lowest))
    left, right = padded_span(x)
    # The best genes stand at the right end, and their names need room there.
    right += _ROOM_FOR_NAMES * (right - left)
    low, high = padded_span(y)
    kinds = np.where(targets["is_hot"], "hot locus", "other gene")
    counted = {name: f"{name} ({int((kinds == name).sum()):,})" for name in _COLORS}
    frame = pd.DataFrame({"x": x, "y": y, "kind": [counted[name] for name in kinds]})
    # Hot genes are drawn last, so that none of them is hidden.
    frame = frame.sort_values("kind", ascending=False, kind="stable")
    labelled = both_high(targets)
    plot = (
        p9.ggplot(frame, p9.aes("x", "y"))
        + p9.geom_vline(xintercept=SPECIFIC_Z, linetype="dotted", color="#555555")
        + p9.geom_point(
            p9.aes(fill="kind"), size=2.4, color="#666666", stroke=0.25, alpha=0.85, raster=len(frame) > MOST_PATHS
        )
        + p9.scale_fill_manual(
            values={counted[name]: color for name, color in _COLORS.items()}, limits=list(counted.values()), name=""
        )
        + p9.scale_x_continuous(limits=(left, right), expand=(0, 0))
        + log_score_scale(low, high)
        + p9.labs(
            title=title(results, "binding that other factors do not share"),
            x="Specificity (robust z of the rank against other factors)",
            y=f"{AVERAGE_SCORE}, log scale",
            caption=note(
                results,
                f"Beside {plural(about['factors'], 'other factor')}; hot: in the top 5% of at "
                f"least {100 * about['hot_threshold']:g}% of them.\nDotted: z = {SPECIFIC_Z:g}. Named, room "
                "permitting: genes high in both and not hot",
            ),
        )
        + prism_theme(width=8.5, height=6.5)
        + p9.theme(axis_title_y=p9.element_text(size=10))
    )
    names = [short(gene) for gene in targets["gene"].iloc[labelled]]
    for layer in label_layers(Panel((left, right), (low, high)), x, y, labelled, names):
        plot += layer
    return plot
