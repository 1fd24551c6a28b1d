"""Two pictures: the factors of a gene, and the factors that a gene set is enriched for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ...common.files.writing import mark_simulated, prepare_folder
from ...common.plotting.drawing import Plot, caption, literal, prism_theme, save_plots
from ...common.text import plural, safe_label
from ...targets.plots.all_plots import check_plotted_genes
from ...targets.plots.text import AVERAGE_SCORE, rate_classes, rate_scale, unique_short

ENRICHMENT_PLOT = "factor_enrichment"
#: One picture a gene; more are a table's business.
MAX_GENES = 12
#: Room right of the longest bar for ``12/34 · K-562 3/5``, as a share of its length.
_TEXT_ROOM = 0.65
_CELL_CHARACTERS = 30
#: Upper limits of the classes of false discovery rates, and their colours; above the last a factor is not enriched.
_RATE_LIMITS = (1e-20, 1e-10, 1e-5, 0.05)
_RATE_COLORS = ("#14335C", "#3B6EA5", "#7FA8D0", "#B3CDE8", "#E3E3E3")
_RATE_NAMES = ("q < 1e−20", "< 1e−10", "< 1e−5", "< 0.05", "≥ 0.05")


def plot_factors(answer: pd.DataFrame, output_dir: str | os.PathLike[str], top_n: int = 25) -> dict[str, list[Path]]:
    """Draw the best factors of each gene as bars: ``factors_of_{gene}.png`` (300 dpi) and ``.svg``.

    Parameters
    ----------
    answer : DataFrame
        What `factors_of` returned, of at most `MAX_GENES` genes.
    output_dir : path
    top_n : int
        Factors a gene.

    Returns
    -------
    dict
        Plot name -> files written.

    Raises
    ------
    InputError
        Another table, an empty one, or one of too many genes.
    OutputError
        The folder cannot be written.
    """
    shown = check_plotted_genes(top_n)
    about = _about(answer, ("gene", "factor", "avg_score", "cell_types"), "factors_of")
    genes = answer["gene"].unique().tolist()
    if len(genes) > MAX_GENES:
        raise InputError(
            f"answer holds {len(genes):,} genes; ask for {MAX_GENES} at most, one picture is made of each."
        )
    plots = [
        (f"factors_of_{safe_label(gene, 'gene')}", partial(_factor_bars, answer[answer["gene"] == gene], shown, about))
        for gene in genes
    ]
    return _save(plots, output_dir, about)


def plot_enrichment(answer: pd.DataFrame, output_dir: str | os.PathLike[str], top_n: int = 20) -> dict[str, list[Path]]:
    """Draw the factors of the lowest p-values as dots: ``factor_enrichment.png`` (300 dpi) and ``.svg``.

    Parameters
    ----------
    answer : DataFrame
        What `factor_enrichment` returned.
    output_dir, top_n
        As for `plot_factors`.

    Raises
    ------
    InputError
        Another table, or an empty one.
    OutputError
        The folder cannot be written.
    """
    shown = check_plotted_genes(top_n)
    about = _about(answer, ("factor", "fold_enrichment", "qvalue", "num_in_set", "set_size"), "factor_enrichment")
    return _save([(ENRICHMENT_PLOT, partial(_enrichment_dots, answer, shown, about))], output_dir, about)


def _about(answer: pd.DataFrame, needed: tuple[str, ...], maker: str) -> dict[str, Any]:
    """Where an answer comes from; without it no caption could say that it is simulated."""
    if not isinstance(answer, pd.DataFrame) or "atlas" not in answer.attrs or not {*needed} <= {*answer.columns}:
        raise InputError(f"answer is not what {maker}() returned; give that table, unchanged.")
    if answer.empty:
        raise InputError(f"{maker}() found nothing: there is nothing to draw. Lower its thresholds.")
    return {str(name): value for name, value in answer.attrs.items()}


def _save(plots: Sequence[Plot], output_dir: str | os.PathLike[str], about: dict[str, Any]) -> dict[str, list[Path]]:
    folder = prepare_folder(output_dir)
    mark_simulated(folder, about["atlas"]["simulated"])
    return save_plots(plots, folder)


def _place(about: dict[str, Any]) -> str:
    return f"{about['atlas']['genome']}, ±{about['atlas']['distance']} kb of the TSS"


def _factor_bars(answer: pd.DataFrame, top_n: int, about: dict[str, Any]) -> Any:
    """Average score of each factor, coloured by binding rate; n/N and the cell type with most peaks behind the bar."""
    import plotnine as p9

    top = answer.head(top_n)
    names = unique_short(top["factor"].tolist())
    most = top["cell_types"].str.split("; ").str[0]
    cut = most.where(most.str.len() <= _CELL_CHARACTERS, most.str.slice(0, _CELL_CHARACTERS - 1) + "…")
    counts = top["num_bound"].astype(str) + "/" + top["num_experiments"].astype(str)
    frame = pd.DataFrame(
        {
            "factor": pd.Categorical(names, categories=names[::-1]),
            "score": top["avg_score"].to_numpy(),
            "rate": rate_classes(top["binding_rate"]),
            "text": [literal(f" {count} · {cell}") for count, cell in zip(counts, cut, strict=True)],
        }
    )
    longest = max(float(frame["score"].max()), 1e-9)
    found = f"{plural(len(top), 'factor')} of {len(answer):,}" if len(answer) > len(top) else plural(len(top), "factor")
    return (
        p9.ggplot(frame, p9.aes("factor", "score"))
        + p9.geom_col(p9.aes(fill="rate"), width=0.75)
        + p9.geom_text(p9.aes(label="text"), ha="left", va="center_baseline", size=8)
        + p9.coord_flip()
        + p9.scale_y_continuous(limits=(0, longest * (1 + _TEXT_ROOM)), expand=(0, 0))
        + rate_scale()
        + p9.labs(
            title=f"{literal(str(answer['gene'].iloc[0]))}: factors that bind it\n{_place(about)}, {found}",
            x="",
            y=AVERAGE_SCORE,
            caption=caption(
                about["atlas"]["simulated"],
                "At each bar: experiments with a peak / experiments of the factor, and the cell type with most;\n"
                "colour: share of experiments with a peak (binding rate)",
            ),
        )
        + prism_theme(width=8.5, height=2.6 + 0.24 * len(top), axis_text_y=p9.element_text(size=9))
    )


def _enrichment_dots(answer: pd.DataFrame, top_n: int, about: dict[str, Any]) -> Any:
    """Fold enrichment of the factors of the lowest p-values; size is the genes bound, colour the q-value."""
    import plotnine as p9

    top = answer.head(top_n)
    names = unique_short(top["factor"].tolist())
    classes = np.array(_RATE_NAMES, dtype=object)[np.searchsorted(_RATE_LIMITS, top["qvalue"], side="right")]
    frame = pd.DataFrame(
        {
            "factor": pd.Categorical(names, categories=names[::-1]),
            "fold": top["fold_enrichment"].to_numpy(),
            "bound": top["num_in_set"].to_numpy(),
            "q": classes,
        }
    )
    set_size, background = int(top["set_size"].iloc[0]), int(top["background_size"].iloc[0])
    right = max(float(frame["fold"].max()), 1.0) * 1.08
    sizes = _size_breaks(frame["bound"])
    return (
        p9.ggplot(frame, p9.aes("fold", "factor"))
        + p9.geom_vline(xintercept=1, linetype="dashed", color="#888888", size=0.5)
        + p9.geom_point(p9.aes(size="bound", fill="q"), color="#555555", stroke=0.3)
        + p9.scale_fill_manual(
            values=dict(zip(_RATE_NAMES, _RATE_COLORS, strict=True)), limits=list(_RATE_NAMES), drop=False, name=""
        )
        + p9.scale_size_area(max_size=8, name="", breaks=sizes, labels=_size_labels(sizes))
        + p9.scale_x_continuous(limits=(0, right), expand=(0, 0))
        + p9.scale_y_discrete(expand=(0, 0.8))
        + p9.guides(
            fill=p9.guide_legend(nrow=1, order=1, override_aes={"size": 4}), size=p9.guide_legend(nrow=1, order=2)
        )
        + p9.labs(
            title=f"Factor enrichment of a gene set\n{_place(about)}, "
            f"{plural(set_size, 'gene')} in a background of {background:,}",
            x="Fold enrichment (bound genes of the set / those expected of genes bound as often)",
            y="",
            caption=caption(
                about["atlas"]["simulated"],
                f"Bound: average MACS2 score ≥ {about['min_avg_score']:g}"
                + (f", binding rate ≥ {about['min_binding_rate']:g}" if about["min_binding_rate"] else "")
                + ". Exact test among genes bound by as many other factors, one-sided;\n"
                f"q: Benjamini-Hochberg over {plural(len(answer), 'factor')}. "
                f"Drawn: the {plural(len(top), 'factor')} of the lowest p-values; dashed: no enrichment",
            ),
        )
        + prism_theme(
            width=8.5,
            height=3.0 + 0.26 * len(top),
            axis_text_y=p9.element_text(size=9),
            legend_box="vertical",
        )
    )


def _size_labels(sizes: list[int]) -> list[str]:
    first, *others = sizes
    return [f"{plural(first, 'gene')} of the set bound", *map(str, others)]


def _size_breaks(counts: pd.Series) -> list[int]:
    """One to three whole numbers for the legend of sizes."""
    highest = max(int(counts.max()), 1)
    return sorted({max(round(highest * share), 1) for share in (0.25, 0.5, 1.0)})
