"""Binding against the change of expression."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import COLOR_UNCHANGED, prism_theme
from ...common.plotting.labels import Panel, label_layers
from ...common.text import plural
from ..expression.evidence import CLASSES, ExpressionEvidence
from ..expression.report import odds_text, p_text
from .text import AVERAGE_SCORE, note, short, title

#: Red and blue of the usual expression heatmap; grey lies below them.
CLASS_COLORS = {"up": "#C2452D", "down": "#2F6DB2", "unchanged": COLOR_UNCHANGED}
#: Names among the genes that go up, and as many among those that go down.
MAX_LABELS = 10
#: Room beside the outermost points, as a share of the axis.
_MARGIN = 0.08


def plot_binding_vs_expression(results: dict[str, Any], genes: pd.DataFrame, evidence: ExpressionEvidence) -> Any:
    """Average binding score (log axis) against log2FC of the bound genes, coloured by expression class.

    Parameters
    ----------
    results : dict
        What `run_target_genes_workflow` returned; for title and caption.
    genes, evidence
        What `targets.expression.evidence.join_expression` returned. Genes that were not tested are counted, not drawn.
    """
    import plotnine as p9

    shown = genes[genes["expression_class"] != "not tested"]
    # The class that matters lies on top, and within a class the order of the ranking stays.
    shown = shown.iloc[np.argsort(shown["expression_class"].to_numpy(dtype=object) != "unchanged", kind="stable")]
    counts = evidence["counts"]["bound"]
    labels = {name: f"{name}: {plural(counts[name], 'gene')}" for name in CLASSES[:3]}
    change, score = shown["log2FC"].to_numpy(float), shown["avg_score"].to_numpy(float)
    reach = max(float(np.abs(change[np.isfinite(change)]).max(initial=0.0)), 0.5)
    # An infinite fold change (a condition without a read) stands at the edge.
    x, y = np.clip(change, -reach, reach), np.log10(score)
    edge = reach * (1 + 2 * _MARGIN)
    low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 3.0)
    room = max(_MARGIN * (high - low), 0.1)
    limits = (low - room, high + room)
    by_strength = np.argsort(-score * np.abs(x), kind="stable")
    ordered = shown["expression_class"].to_numpy(dtype=object)[by_strength]
    named = np.concatenate([by_strength[ordered == name][:MAX_LABELS] for name in ("up", "down")])
    classes = pd.Categorical(shown["expression_class"].map(labels), categories=list(labels.values()))
    test = evidence["tests"]["changed"]
    plot = (
        p9.ggplot(pd.DataFrame({"x": x, "y": y, "class": classes}), p9.aes("x", "y"))
        + p9.geom_vline(xintercept=0, linetype="dotted", color="#555555", size=0.5)
        + p9.geom_point(p9.aes(color="class"), size=2, alpha=0.75, stroke=0, raster=True)
        + p9.scale_color_manual(
            values={labels[name]: color for name, color in CLASS_COLORS.items()},
            limits=list(labels.values()),
            drop=False,
            name="",
        )
        + p9.scale_x_continuous(limits=(-edge, edge), expand=(0, 0))
        + p9.scale_y_continuous(limits=limits, expand=(0, 0), breaks=_ticks(*limits), labels=_tick_labels)
        + p9.guides(color=p9.guide_legend(nrow=1, override_aes={"size": 3, "alpha": 1}))
        + p9.labs(
            title=title(results, "binding and change of expression"),
            x="log2 fold change of expression",
            y=AVERAGE_SCORE.replace(" (", "\n(", 1) + ", log scale",
            caption=note(
                results,
                f"Bound genes that were tested; {plural(counts['not tested'], 'bound gene')} not tested. "
                f"Changed: padj < {evidence['padj_threshold']:g}{_least(evidence['min_abs_log2fc'])}.\n"
                f"Bound × changed: odds ratio {odds_text(test)}, Fisher p = {p_text(test['pvalue'])}, "
                f"{plural(evidence['n_tested'], 'gene')} tested. "
                "Association only.\n"
                "Named, room permitting: up and down genes with the highest average score × |log2FC|",
            ),
        )
        + prism_theme(width=8.5, height=6.5)
        + p9.theme(axis_title_y=p9.element_text(size=10))
    )
    for layer in label_layers(
        Panel((-edge, edge), limits), x, y, named, [short(gene) for gene in shown["gene"].iloc[named]]
    ):
        plot += layer
    return plot


def _least(minimum: float) -> str:
    return f" and |log2FC| ≥ {minimum:g}" if minimum else ""


def _ticks(low: float, high: float) -> list[float]:
    """Positions (log10) of round scores: 1-2-5 steps, or decades when there are many."""
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    decades = np.arange(np.floor(low), np.ceil(high) + 1)
    ticks = np.log10(np.outer(10.0**decades, steps).ravel())
    return ticks[(ticks >= low) & (ticks <= high)].tolist()


def _tick_labels(positions: list[float]) -> list[str]:
    return [f"{10**position:g}" for position in np.round(positions, 9)]
