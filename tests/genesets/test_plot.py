"""The dot plot: what is drawn, in which order, and with nothing to draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.common.plotting.drawing import drawing
from scripts.genesets.plot import MOST_LOG_Q, SHOWN, dot_plot, drawn_sets
from scripts.genesets.result import GeneSetResult

LABELS = {"A_enriched": "higher in A", "B_enriched": "higher in B"}


def made(sets: int = 30, hit: int = 5, names: str = "SET {}") -> GeneSetResult:
    rng = np.random.default_rng(1)
    rows = [
        {
            "gene_set": names.format(number), "library": "lib", "direction": direction, "genes_hit": hit * (number % 7),
            "genes_selected": 90, "genes_in_set": 60, "genes_background": 900, "fold_enrichment": rng.uniform(0.2, 4),
            "odds_ratio": 2.0, "pvalue": 10.0 ** -(number / 2), "qvalue": min(1.0, 10.0 ** (1 - number / 2)),
            "regions_hit": 5, "region_fold_enrichment": 1.0, "region_pvalue": 0.001, "region_qvalue": 0.01,
            "genes": "X",
        }
        for direction in LABELS
        for number in range(sets)
    ]  # fmt: skip
    return GeneSetResult(pd.DataFrame(rows), "A vs B", LABELS, ("counted",), "print", simulated=True)


def test_the_first_sets_are_drawn_from_the_top():
    dots, names = drawn_sets(made())
    assert len(names) == SHOWN and set(dots["direction"]) == set(LABELS)
    assert (dots["genes_hit"] > 0).all() and dots["log_q"].le(MOST_LOG_Q).all()
    assert dots["enriched"].all() and dots["row"].between(0, SHOWN - 1).all()


def test_long_names_stay_apart():
    _, names = drawn_sets(made(names="A NAME THAT GOES ON AND ON AND ON UNTIL IT IS FAR TOO LONG {}"))
    assert len(set(names)) == SHOWN and max(map(len, names)) < 60


@pytest.mark.parametrize(("result", "panels"), [(made(), 2), (made(2), 2), (made(hit=0), 0)])
def test_it_draws(result, panels):
    with drawing():
        figure = dot_plot(result)
        figure.draw_without_rendering()
    assert sum(axes.get_xlabel() == "Fold enrichment" for axes in figure.axes) == panels
    texts = [text.get_text() for text in figure.texts]
    assert any("SIMULATED data: not biology" in text for text in texts)
    assert any("No gene set" in text for text in texts) == (panels == 0)


def test_both_directions_have_one_scale():
    with drawing():
        figure = dot_plot(made())
    limits = {axes.get_xlim() for axes in figure.axes if axes.get_xlabel()}
    assert len(limits) == 1
