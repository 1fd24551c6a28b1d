"""Shares of the features among the significant loci of either direction, beside all tested ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ...common.plotting.drawing import COLOR_A, COLOR_B, COLOR_UNCHANGED, Plot, caption, prism_theme
from .. import outputs
from ..annotate.features.assign import FEATURES
from ..annotate.features.ccres import CCRES
from ..annotate.features.enrichment import CCRE, DIRECTIONS, FEATURE, of_kind
from .region_plots import HEIGHT, nothing_to_draw
from .view import ONE_LINE_LEGEND, PlotView

#: Below this q-value a share is marked as another than that of the tested.
ENRICHED_QVALUE = 0.05
WIDTH = 9.5  # inches


def feature_plots(view: PlotView, enrichment: pd.DataFrame) -> list[Plot]:
    """The pictures of a table of `feature_enrichment`: of features, and of cCREs where it holds them."""
    plots: list[Plot] = [(outputs.FEATURES, partial(feature_distribution, view, enrichment))]
    if len(of_kind(enrichment, CCRE)):
        plots.append((outputs.CCRES, partial(ccre_distribution, view, enrichment)))
    return plots


def feature_distribution(view: PlotView, enrichment: pd.DataFrame) -> Any:
    """Bars of the shares (percent) of each feature; an asterisk where Fisher's test tells one from the tested.

    Parameters
    ----------
    enrichment : DataFrame
        From `feature_enrichment`.
    """
    where = "Feature at the centre of a locus's widest region"
    return _distribution(view, of_kind(enrichment, FEATURE), "Genomic features of the regions", where, FEATURES)


def ccre_distribution(view: PlotView, enrichment: pd.DataFrame) -> Any:
    """The same of ENCODE's cCREs, from `with_ccre_enrichment`; loci that touch none make up what lacks to 100%."""
    where = "Class that shares the most bases with a locus's widest region"
    return _distribution(view, of_kind(enrichment, CCRE), "Regulatory elements (cCREs) of the regions", where, CCRES)


def _distribution(view: PlotView, enrichment: pd.DataFrame, what: str, where: str, order: tuple[str, ...]) -> Any:
    import plotnine as p9

    if not enrichment["significant"].any():
        return nothing_to_draw(view, what, f"No region with {view.cut.rule}")
    bars, colors = feature_shares(view, enrichment)
    beside = p9.position_dodge(width=0.85)
    note = f"{where}\n* q < {ENRICHED_QVALUE} against all tested (Fisher, BH)"
    rows = 1 if sum(map(len, colors)) <= ONE_LINE_LEGEND else len(colors)
    return (
        p9.ggplot(bars, p9.aes("feature", "percent", fill="loci"))
        + p9.geom_col(position=beside, width=0.8)
        + p9.geom_text(p9.aes(label="mark"), position=beside, va="bottom", size=14, show_legend=False)
        + p9.scale_fill_manual(values=colors, limits=list(colors), guide=p9.guide_legend(nrow=rows))
        + p9.scale_x_discrete(limits=list(order))
        + p9.scale_y_continuous(expand=(0, 0, 0.1, 0))
        + p9.labs(title=view.title(what), x="", y="Share of loci (%)", caption=caption(view.simulated, note), fill="")
        + prism_theme(width=WIDTH, height=HEIGHT)
    )


def feature_shares(view: PlotView, enrichment: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """What is drawn: ``feature``, ``loci`` (who they are, with their number), ``percent`` and ``mark``; and colours."""
    above = "Methylation higher" if view.analysis.is_dmr else "Higher"
    first = enrichment[enrichment["direction"] == DIRECTIONS[0]]
    tested = f"All tested (n={int(first['tested'].iloc[0]):,})"
    parts = [
        pd.DataFrame({"feature": first["feature"], "loci": tested, "percent": 100 * first["tested_share"], "mark": ""})
    ]
    colors = {tested: COLOR_UNCHANGED}
    for direction, label, color in zip(DIRECTIONS, (view.label_a, view.label_b), (COLOR_A, COLOR_B), strict=True):
        side = enrichment[enrichment["direction"] == direction]
        name = f"{above} in {label} (n={int(side['significant'].iloc[0]):,})"
        colors[name] = color
        mark = (side["qvalue"] < ENRICHED_QVALUE).map({True: "*", False: ""})
        percent = 100 * side["share"].fillna(0.0)
        parts.append(pd.DataFrame({"feature": side["feature"], "loci": name, "percent": percent, "mark": mark}))
    bars = pd.concat(parts, ignore_index=True)
    return bars.assign(loci=pd.Categorical(bars["loci"], categories=list(colors))), colors
