"""Panels of loci: coverage of both groups, the tested regions, and the genes."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...common.plotting.drawing import COLOR_A, COLOR_B, COLOR_UNCHANGED, DIRECTION_COLORS, caption, literal
from ...common.text import ellipsis, plural
from ..annotate.features.assign import INTERGENIC
from ..outputs import TOP_LOCI
from .figures import COLORS, mean_over_experiments, saved, short
from .genes import LANES, Gene
from .loci import TopLoci

COLUMNS = 3
#: Inches: with four rows of three a page of a paper, whose text stays readable in print.
WIDTH, PANEL_HEIGHT, TOP, BOTTOM = 8.3, 2.35, 0.62, 0.78
#: Shares of a panel's height below the coverage.
STRIP, GAP = 0.40, 0.30
_SMALL, _NAME = 6.5, 7.5
GENE_COLOR = "#333333"
TITLE_WIDTH = 30


def signal_panels(loci: TopLoci, output_dir: str | os.PathLike[str] = "diff_analysis_results") -> list[Path]:
    """Draw the loci, a panel each, as ``top_loci.png`` and ``.svg``.

    In each the coverage of every experiment (thin) and the mean of its group (thick), on a scale of its own from 0 on;
    below it the tested regions, filled where significant, and the genes: exons, thicker where coding, arrows along the
    strand.

    Parameters
    ----------
    loci : TopLoci
        From `top_loci`.
    output_dir : path
        Where the files go.
    """
    return saved(loci.simulated, output_dir, TOP_LOCI, partial(panels, loci))


def panels(loci: TopLoci) -> Any:
    """The figure of all loci."""
    from matplotlib.figure import Figure
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    count = len(loci.table)
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    width = WIDTH * columns / COLUMNS if columns > 1 else WIDTH / 2
    height = TOP + BOTTOM + PANEL_HEIGHT * rows
    figure = Figure(figsize=(width, height))
    left, right = 0.5 / width, 1 - 0.12 / width
    grid = figure.add_gridspec(
        rows, columns, left=left, right=right, top=1 - (TOP + 0.34) / height, bottom=BOTTOM / height,
        hspace=GAP, wspace=0.24,
    )  # fmt: skip
    for locus in range(count):
        inner = GridSpecFromSubplotSpec(2, 1, grid[locus // columns, locus % columns], height_ratios=[1, STRIP * 1.6], hspace=0.06)  # fmt: skip  # noqa: E501
        coverage, below = figure.add_subplot(inner[0]), figure.add_subplot(inner[1])
        _coverage(coverage, loci, locus)
        _regions(below, loci, locus)
        _genes(below, loci, locus)
        if locus % columns == 0:
            coverage.set_ylabel("Reads per million", fontsize=_SMALL, fontweight="bold")
    _legend(figure, loci, BOTTOM / height)
    what = (
        f"{plural(count, 'best locus', 'best loci')} by q-value\n{' vs '.join(map(short, loci.labels))}, {loci.genome}"
    )
    figure.text(left, 1 - 0.06 / height, what, fontsize=11, fontweight="bold", linespacing=1.3, va="top")
    note = "Thin: an experiment. Thick: mean of its group. Each panel has a scale of its own."
    source = f" Genes: {literal(loci.source)}." if loci.source else ""
    words = caption(loci.simulated, f"{note}{source}")
    figure.text(right, 0.05 / height, words, fontsize=_SMALL, ha="right", va="bottom")
    return figure


def _coverage(axes: Any, loci: TopLoci, locus: int) -> None:
    row = loci.table.iloc[locus]
    positions = loci.positions(locus)
    top = 0.0
    for at, label in enumerate(loci.labels):
        values, color = loci.of_group(label, locus), COLORS[at % len(COLORS)]
        for line in values:
            axes.plot(positions, line, color=color, linewidth=0.5, alpha=0.55)
        mean = mean_over_experiments(values)
        axes.fill_between(positions, 0, np.nan_to_num(mean), color=color, alpha=0.18, linewidth=0)
        axes.plot(positions, mean, color=color, linewidth=1.5, gid=f"mean {at}")
        top = max(top, float(np.nanmax(values, initial=0)))
    axes.set_ylim(0, 1.14 * top or 1)
    axes.set_xlim(row["windowStart"], row["windowEnd"])
    axes.axvspan(row["chromStart"], row["chromEnd"], color="#F2E9D8", alpha=0.6, linewidth=0, zorder=0)
    axes.set_xticks([])
    axes.tick_params(axis="y", labelsize=_SMALL, length=2, pad=1)
    axes.locator_params(axis="y", nbins=4)
    axes.spines[["top", "right"]].set_visible(False)
    place = f"{row['chrom']}:{row['chromStart']:,}-{row['chromEnd']:,}"
    named = ellipsis(literal(str(row["gene"])), TITLE_WIDTH)
    gene = f"near {named}" if named and row["feature"] == INTERGENIC else named
    effect = f"{'log2FC' if loci.effect == 'logFC' else loci.effect} {row[loci.effect]:+.2f}, q = {row['qvalue']:.1e}"
    axes.text(0, 1.30, gene or literal(place), transform=axes.transAxes, fontsize=8, fontweight="bold", va="bottom")
    second = f"{literal(place)}\n{effect}" if gene else effect
    axes.text(0, 1.27, second, transform=axes.transAxes, fontsize=_SMALL, va="top", linespacing=1.15)
    _scale_bar(axes, row)


def _scale_bar(axes: Any, row: Any) -> None:
    """A round length of about a fifth of the window."""
    window = row["windowEnd"] - row["windowStart"]
    length = _round_length(window / 5)
    end = row["windowEnd"] - 0.02 * window
    blended = axes.get_xaxis_transform()
    axes.plot([end - length, end], [0.955, 0.955], color="black", linewidth=1.2, transform=blended)
    text = f"{length / 1000:g} kb" if length >= 1000 else f"{length:g} bp"
    axes.text(end - length / 2, 0.93, text, fontsize=_SMALL - 0.5, ha="center", va="top", transform=blended)


def _round_length(most: float) -> int:
    power = 10 ** int(np.floor(np.log10(max(most, 1))))
    return int(max(step for step in (1, 2, 5) if step * power <= max(most, 1)) * power)


def _regions(axes: Any, loci: TopLoci, locus: int) -> None:
    """The tested regions, on top of the strip: filled with the colour of the group that is higher, or hollow."""
    row = loci.table.iloc[locus]
    axes.set_xlim(row["windowStart"], row["windowEnd"])
    axes.set_ylim(-LANES - 0.15, 1)
    axes.axis("off")
    regions = loci.regions[locus]
    for start, end, direction, significant in regions[
        ["chromStart", "chromEnd", "direction", "significant"]
    ].itertuples(index=False, name=None):
        color = DIRECTION_COLORS[direction] if significant else "white"
        edge = "black" if significant else "#8C8C8C"
        axes.broken_barh([(start, end - start)], (0.30, 0.5), facecolor=color, edgecolor=edge, linewidth=0.5)


def _genes(axes: Any, loci: TopLoci, locus: int) -> None:
    row = loci.table.iloc[locus]
    start, end = row["windowStart"], row["windowEnd"]
    genes, more = loci.genes[locus]
    for gene in genes:
        _gene(axes, gene, start, end)
    if more:
        axes.text(end, -LANES - 0.1, f"and {more} more", fontsize=_SMALL - 1, ha="right", va="bottom", color=GENE_COLOR)


def _gene(axes: Any, gene: Gene, start: int, end: int) -> None:
    """One line: the transcript, its exons, arrows along its strand, and above it the name."""
    middle = -gene.lane - 0.72
    first, last = max(gene.start, start), min(gene.end, end)
    axes.plot([first, last], [middle, middle], color=GENE_COLOR, linewidth=0.7, solid_capstyle="butt")
    arrows = np.arange(start, end, (end - start) / 16)[1:]
    arrows = arrows[(arrows > first) & (arrows < last)]
    marker = ">" if gene.strand == "+" else "<"
    axes.plot(arrows, np.full(len(arrows), middle), linestyle="none", marker=marker, markersize=2, color=GENE_COLOR)
    begin, stop = gene.coding
    for left, right in gene.exons.tolist():
        for low, high, half in ((left, right, 0.09), (max(left, begin), min(right, stop), 0.18)):
            low, high = max(low, start), min(high, end)
            if low < high:
                axes.broken_barh([(low, high - low)], (middle - half, 2 * half), facecolor=GENE_COLOR, linewidth=0)
    # Near the end of the window a name runs back from it.
    long = (end - start) * (len(gene.name) + 3) / 44
    at, side = (end, "right") if first + long > end else (first, "left")
    arrow = "→" if gene.strand == "+" else "←"
    words = f"{literal(gene.name)} {arrow}"
    axes.text(at, middle + 0.2, words, fontsize=_SMALL - 0.5, style="italic", ha=side, va="bottom", color=GENE_COLOR)


def _legend(figure: Any, loci: TopLoci, bottom: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    sizes = {label: loci.groups.count(label) for label in loci.labels}
    entries: list[Any] = [
        Line2D([], [], color=COLORS[at % len(COLORS)], linewidth=2, label=f"{short(label)} (n={sizes[label]})")
        for at, label in enumerate(loci.labels)
    ]
    higher = zip((COLOR_A, COLOR_B), loci.labels, strict=False)
    entries += [
        Patch(facecolor=color, edgecolor="black", linewidth=0.5, label=f"higher in {short(label)}, {loci.rule}")
        for color, label in higher
    ]
    entries.append(
        Patch(facecolor="white", edgecolor=COLOR_UNCHANGED, linewidth=0.8, label="tested region, not significant")
    )
    figure.legend(
        handles=entries, loc="upper center", bbox_to_anchor=(0.5, bottom - 0.008), ncol=min(3, len(entries)),
        frameon=False, fontsize=7, handlelength=1.4, columnspacing=1.4,
    )  # fmt: skip
