"""The heatmap as a table of numbers to scroll: genes down, experiments across, coloured as in the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import groupby

import numpy as np
import pandas as pd

from ...common.reporting.html.escape import escape
from .. import outputs
from ..plots.heatmap import (
    CELL_TYPE_COLORS,
    MAX_CELL_TYPES,
    OTHER_COLOR,
    SCALE_COLORS,
    SCALE_MIDDLE,
    SCALE_TOP,
    choose_experiments,
)
from ..plots.text import HOT_MARK
from ..table.parse_target_genes import split_experiment

#: As many genes as the CSV of single scores holds, and experiments that a browser still scrolls smoothly.
MAX_GENES, MAX_EXPERIMENTS = 50, 400
#: Shades from no peak to the top of the scale.
STEPS = 40


def heatmap(experiment_data: pd.DataFrame, hot: Collection[str] = ()) -> str:
    """HTML of the scores of the first genes in their experiments.

    Parameters
    ----------
    experiment_data : DataFrame
        ``gene``, then one column of scores an experiment, named ``{accession}|{cell type}``; in rank order.
    hot : collection of str
        Genes to mark as hot loci.
    """
    shown = experiment_data.head(MAX_GENES)
    accessions, cell_types = zip(*map(split_experiment, shown.columns[1:]), strict=True)
    scores = shown.iloc[:, 1:].to_numpy()
    columns = choose_experiments(scores, list(cell_types), MAX_EXPERIMENTS)
    chosen = [cell_types[i] for i in columns]
    head = "".join(f'<th scope="col"><span class="up">{escape(accessions[i])}</span></th>' for i in columns)
    rows = "".join(
        f'<tr><th scope="row" title="{escape(gene)}{" (hot locus)" * (gene in hot)}">{escape(gene)}'
        f"{f' {HOT_MARK}' * (gene in hot)}</th>{cells}</tr>"
        for gene, cells in zip(shown["gene"], _cells(scores[:, columns]), strict=True)
    )
    left_out = len(cell_types) - len(columns)
    statement = (
        f"The {len(columns):,} of {len(cell_types):,} experiments with the highest total over these genes"
        if left_out
        else f"All {len(columns):,} experiments"
    )
    marked = f" {HOT_MARK} marks hot loci." if hot else ""
    return (
        f"<p>{statement} for the first {len(shown):,} of {len(experiment_data):,} genes, grouped by cell type; scroll "
        f"in both directions. Every score of these genes is in <code>{outputs.EXPERIMENTS_CSV}</code>.{marked}</p>"
        f"{_scale()}"
        f'<style>{_shades()}</style><div class="heat" role="region" tabindex="0" aria-label="Scores by experiment">'
        '<table><caption><span class="unseen">MACS2 score of each gene in each experiment</span></caption>'
        f'<thead><tr><th class="corner" scope="col">Cell type</th>{_groups(chosen)}</tr>'
        f'<tr><th class="corner" scope="col">Gene</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _cells(scores: np.ndarray) -> list[str]:
    """The cells of each row."""
    shade = np.minimum(np.ceil(scores * (STEPS / SCALE_TOP)), STEPS).astype(int)
    texts = np.char.add(np.char.add('<td class="s', shade.astype(str)), '">')
    texts = np.where(scores > 0, np.char.add(texts, scores.astype(str)), "<td>")
    return ["".join(row) for row in np.char.add(texts, "</td>").tolist()]


def _groups(cell_types: list[str]) -> str:
    """The row of cell types, in the colours of the picture."""
    common = [name for name, _ in Counter(cell_types).most_common(MAX_CELL_TYPES)]
    colors = dict(zip(common, CELL_TYPE_COLORS, strict=False))
    groups = [(name, len(list(members))) for name, members in groupby(cell_types)]
    return "".join(
        f'<th scope="colgroup" colspan="{size}" title="{escape(name)} ({size})" '
        f'style="border-bottom:5px solid {colors.get(name, OTHER_COLOR)}"><span>{escape(name)}</span></th>'
        for name, size in groups
    )


def _scale() -> str:
    gradient = ", ".join(SCALE_COLORS)
    return (
        f'<div class="scale">MACS2 score (−10·log10 Q): 0 <i style="background:linear-gradient(90deg,{gradient})"></i> '
        f"≥ {SCALE_TOP}, middle {SCALE_MIDDLE}; an empty cell is no peak</div>"
    )


def _shades() -> str:
    """Style of each shade: its colour between those of the scale, and a text that can be read on it."""
    anchors = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in SCALE_COLORS], dtype=float)
    at = np.linspace(0, len(anchors) - 1, STEPS + 1)
    mixed = np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)], axis=1)
    linear = np.where(mixed / 255 <= 0.04045, mixed / 255 / 12.92, ((mixed / 255 + 0.055) / 1.055) ** 2.4)
    # WCAG's relative luminance: above this, black has more contrast than white.
    dark_text = linear @ [0.2126, 0.7152, 0.0722] > 0.179
    colors = mixed.round().astype(int).tolist()
    return "".join(
        f".s{step}{{background:#{red:02x}{green:02x}{blue:02x};color:{'#000' if dark else '#fff'}}}"
        for step, ((red, green, blue), dark) in enumerate(zip(colors, dark_text, strict=True))
    )
