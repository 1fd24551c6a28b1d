"""Bars: the top target genes, and how the average scores are distributed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import integer_breaks, prism_theme
from ...common.text import plural
from ..table.scores import SCORE_BANDS, band_label
from ..targets_result import TargetsResult
from .text import AVERAGE_SCORE, hot_note, note, rate_classes, rate_scale, starred, title, unique_short

#: Weak to very strong, light to dark.
_BAND_COLORS = {"weak": "#C6D5E6", "moderate": "#7FA8D0", "strong": "#3B6EA5", "very strong": "#14335C"}
#: Room for the n/N text right of the longest bar, as a share of its length.
_TEXT_ROOM = 0.22


def plot_top_targets(results: TargetsResult, top_n: int) -> Any:
    """Average score of the first `top_n` genes, coloured by binding rate; bound/all experiments at the bar's end."""
    import plotnine as p9

    top = results["target_genes"].head(top_n)
    names = starred(unique_short(top["gene"].tolist()), results)
    frame = pd.DataFrame(
        {
            "gene": pd.Categorical(names, categories=names[::-1]),
            "score": top["avg_score"].to_numpy(),
            "rate": rate_classes(top["binding_rate"]),
            "text": [f" {bound}/{n}" for bound, n in zip(top["num_bound"], top["num_experiments"], strict=True)],
        }
    )
    longest = max(float(frame["score"].max()), 1e-9)
    return (
        p9.ggplot(frame, p9.aes("gene", "score"))
        + p9.geom_col(p9.aes(fill="rate"), width=0.75)
        + p9.geom_text(p9.aes(label="text"), ha="left", va="center_baseline", size=8)
        + p9.coord_flip()
        + p9.scale_y_continuous(limits=(0, longest * (1 + _TEXT_ROOM)), expand=(0, 0))
        + rate_scale()
        + p9.labs(
            title=title(results, f"top {plural(len(top), 'target gene')}" if len(top) > 1 else "top target gene"),
            x="",
            y=AVERAGE_SCORE,
            caption=note(
                results,
                "\n".join(
                    filter(
                        None,
                        [
                            "At each bar: experiments with a peak / experiments used; colour: their share (binding "
                            "rate)",
                            hot_note(results),
                        ],
                    )
                ),
            ),
        )
        + prism_theme(
            width=8,
            height=2.4 + 0.24 * len(top),
            axis_text_y=p9.element_text(size=9, style="italic"),
        )
    )


def plot_score_distribution(results: TargetsResult) -> Any:
    """Histogram of the average scores of all bound genes on a log axis, by band, with the bands' exact counts."""
    import plotnine as p9

    metadata = results["metadata"]
    counted = metadata["score_histogram"]
    edges, counts = np.array(counted["edges"]), np.array(counted["counts"])
    filled = np.flatnonzero(counts)
    first, last = (int(filled[0]), int(filled[-1])) if len(filled) else (0, len(counts) - 1)
    lower_edges = edges[first : last + 1]
    bands = metadata["score_bands_all"]
    labels = {name: f"{band_label(name)}: {plural(bands[name], 'gene')}" for _, name in SCORE_BANDS}
    order = [name for _, name in reversed(SCORE_BANDS)]
    limits = np.array([lower for lower, _ in reversed(SCORE_BANDS)])
    position = np.searchsorted(limits, lower_edges, side="right") - 1
    frame = pd.DataFrame(
        {
            "xmin": np.log10(lower_edges),
            "xmax": np.log10(edges[first + 1 : last + 2]),
            "count": counts[first : last + 1],
            "band": pd.Categorical(
                [labels[order[i]] for i in position], categories=[labels[name] for name in reversed(order)]
            ),
        }
    )
    lines = pd.DataFrame({"at": np.log10([lower for lower, _ in SCORE_BANDS if lower])})
    low, high = min(frame["xmin"].min(), 1.5), max(frame["xmax"].max(), np.log10(600))
    decades = np.arange(np.ceil(low), np.floor(high) + 1)
    ticks = sorted({*(10.0**decades), 50.0, 500.0})
    ticks = [tick for tick in ticks if low <= np.log10(tick) <= high]
    reported = (
        f"{plural(metadata['n_genes'], 'gene')} reported after filters" if metadata["filters"] else "all reported"
    )
    return (
        p9.ggplot(frame)
        + p9.geom_rect(p9.aes(xmin="xmin", xmax="xmax", ymin=0, ymax="count", fill="band"), color="white", size=0.2)
        + p9.geom_vline(p9.aes(xintercept="at"), data=lines, linetype="dashed", color="#555555", size=0.5)
        + p9.scale_fill_manual(
            values={labels[name]: _BAND_COLORS[name] for name in order},
            limits=[labels[name] for name in reversed(order)],
            drop=False,
            name="",
        )
        + p9.scale_x_continuous(
            limits=(low - 0.02, high + 0.02),
            breaks=[float(np.log10(tick)) for tick in ticks],
            labels=[f"{tick:g}" for tick in ticks],
        )
        + p9.scale_y_continuous(expand=(0, 0, 0.05, 0), breaks=integer_breaks)
        + p9.labs(
            title=title(results, "distribution of binding scores"),
            x=f"{AVERAGE_SCORE}, log scale",
            y="Genes",
            caption=note(
                results,
                f"{plural(metadata['n_genes_bound_used'], 'gene')} bound in at least one experiment used; {reported}",
            ),
        )
        + p9.guides(fill=p9.guide_legend(nrow=2))
        + prism_theme(width=8.5, height=5.2)
    )
