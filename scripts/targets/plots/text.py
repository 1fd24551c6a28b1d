"""Words the plots share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.antigens import no_factor
from ...common.plotting.drawing import caption
from ...common.plotting.letters import isolated
from ...common.text import clean_label, ellipsis, plural, short_names
from ..targets_result import TargetsResult

AVERAGE_SCORE = "Average MACS2 score (mean of −10·log10 Q, 0 = no peak)"
#: Longest gene or cell-type name that still leaves room for the data.
NAME_CHARACTERS = 28
#: Behind the name of a hot gene.
HOT_MARK = "*"
#: Limits of the binding-rate classes: below 10% a target is specific to few cell types, from 50% on it is consistent.
RATE_LIMITS = (0.1, 0.25, 0.5, 0.75)
RATE_COLORS = {
    "<10%": "#D5D5D5",
    "10–25%": "#B3CDE8",
    "25–50%": "#7FA8D0",
    "50–75%": "#3B6EA5",
    "≥75%": "#14335C",
}


def title(results: TargetsResult, what: str) -> str:
    """``TP53: top targets`` and below it where the numbers come from. What is no factor does not bind."""
    if no_factor(results["protein"]):
        what = what.replace("binding", "signal").replace("top targets", "top genes")
    parameters, metadata = results["parameters"], results["metadata"]
    chosen = ""
    if parameters.get("cell_type_class"):
        chosen = f" in class {short(parameters['cell_type_class'])}"
    elif parameters["cell_types"]:
        names = results["cell_types"]
        chosen = f" in {short(names[0])}" if len(names) == 1 else f" in {len(names)} chosen cell types"
    return (
        f"{results['protein']}: {what}\n{parameters['genome']}, ±{parameters['distance']} kb of the TSS, "
        f"{plural(metadata['n_experiments'], 'experiment')}{chosen}"
    )


def short(name: str) -> str:
    """A name on one line, cut to what fits."""
    return isolated(ellipsis(clean_label(name), NAME_CHARACTERS))


def unique_short(names: list[str]) -> list[str]:
    """Cut names that stay distinct: where two would look alike, their number follows."""
    return [isolated(name) for name in short_names(names, NAME_CHARACTERS)]


def rate_classes(binding_rate: pd.Series) -> np.ndarray:
    """Class of each binding rate (0..1), for a legend of few colours."""
    return pd.cut(binding_rate, [0, *RATE_LIMITS, np.inf], right=False, labels=list(RATE_COLORS)).to_numpy(dtype=object)


def rate_scale() -> list[Any]:
    """The colours of the binding-rate classes, all of them in the legend."""
    import plotnine as p9

    return [
        p9.scale_fill_manual(values=RATE_COLORS, limits=list(RATE_COLORS), drop=False, name="", labels=_rate_labels()),
        p9.guides(fill=p9.guide_legend(nrow=1)),
    ]


def _rate_labels() -> list[str]:
    first, *others = RATE_COLORS
    return [f"Bound in {first}", *others]


def starred(names: list[str], results: TargetsResult) -> list[str]:
    """Names with a star behind those of hot genes, where there is a background; `names` are those of the first rows."""
    targets = results["target_genes"]
    if "is_hot" not in targets:
        return names
    hot = targets["is_hot"].head(len(names))
    return [f"{name} {HOT_MARK}" if is_hot else name for name, is_hot in zip(names, hot, strict=True)]


def hot_note(results: TargetsResult) -> str:
    """What the star means; empty without a background."""
    if "background" not in results:
        return ""
    about = results["background"]
    return (
        f"{HOT_MARK} hot locus: in the top 5% of at least {100 * about['hot_threshold']:g}% of "
        f"{plural(about['factors'], 'other factor')}"
    )


def note(results: TargetsResult, text: str) -> str:
    """A caption: a note and, where due, the SIMULATED mark."""
    return caption(bool(results["provenance"].get("simulated")), text)
