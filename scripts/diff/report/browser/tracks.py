"""Regions as tracks of a genome browser: BED of those that are higher in a group, bedGraph of every effect."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ....common.plotting.drawing import COLOR_A, COLOR_B
from ....common.text import clean_label, ellipsis, plural, short_pair, track_name
from ...analysis import region_names
from ...diff_result import DiffResult
from ..regions import suspects

#: Characters of a group's label in a track's name and in its description, and of a region's name.
NAME_WIDTH, DESCRIPTION_WIDTH, REGION_WIDTH = 40, 100, 100
#: Names of contigs that no reader of a track takes for a comment, a keyword or two columns.
_CONTIG = r"(?!(?:track|browser)$)[A-Za-z0-9][A-Za-z0-9_.\-|:*+]*"


def rgb(color: str) -> str:
    """``#DE8344`` as ``222,131,68``."""
    return ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))


def usable(regions: pd.DataFrame) -> pd.Series:
    """Which regions lie on a contig whose name can stand in a track."""
    return regions["chrom"].astype(str).str.fullmatch(_CONTIG)


def simulated_name(text: str, simulated: bool) -> str:
    """A name with the mark of simulated data."""
    return f"SIMULATED {text}" if simulated else text


def higher_bed(results: DiffResult, group: str) -> tuple[str, int]:
    """BED9 of the significant regions that are higher in a group, and how many they are.

    Parameters
    ----------
    group : {"A", "B"}

    Returns
    -------
    str
        A track line, then a line a region, sorted by contig (as text) and start; 0-based half-open. The name is the
        genes that were looked up, or ``chrom:start-end``; the score that of the table, 0..1000; the strand ``.``.
    int
    """
    regions = results["diff_regions"]
    mine = regions["significant"] & (regions["direction"] == f"{group}_enriched") & usable(regions)
    found = by_position(regions[mine])
    color = rgb(COLOR_A if group == "A" else COLOR_B)
    rows = zip(
        found["chrom"], found["chromStart"], found["chromEnd"], _names(found, results), found["score"], strict=True
    )
    lines = [
        f"{chrom}\t{start}\t{end}\t{name}\t{score}\t.\t{start}\t{end}\t{color}\n"
        for chrom, start, end, name, score in rows
    ]
    return "".join([_bed_line(results, group, found), *lines]), len(found)


def effect_bedgraph(results: DiffResult) -> tuple[str, int]:
    """bedGraph of the effect (log2 fold change, or difference in methylation, A minus B) of every region.

    Returns
    -------
    str
        A track line, then lines sorted by contig (as text) and start, 0-based half-open, no base twice: of regions
        that overlap the one with the smaller q-value (first in the table) keeps the shared bases. Regions without an
        effect are left out.
    int
        Regions that lost bases to another.
    """
    regions, effect = results["diff_regions"], results.analysis.effect
    table = regions.loc[usable(regions) & np.isfinite(regions[effect]), ["chrom", "chromStart", "chromEnd", effect]]
    apart, overlapped = without_overlaps(table)
    rows = zip(apart["chrom"], apart["chromStart"], apart["chromEnd"], apart[effect], strict=True)
    lines = [f"{chrom}\t{start}\t{end}\t{value:.7g}\n" for chrom, start, end, value in rows]
    label_a, label_b = short_pair(*_labels(results), NAME_WIDTH)
    word, sign = ("Methylation difference", "-") if results.analysis.is_dmr else ("log2 fold change", "/")
    name = simulated_name(f"{word} {label_a} {sign} {label_b}", results.simulated)
    track = (
        f'track type=bedGraph name="{track_name(name)}" description="{track_name(_description(name, results))}" '
        f"visibility=full color={rgb(COLOR_A)} altColor={rgb(COLOR_B)} autoScale=on alwaysZero=on\n"
    )
    return "".join([track, *lines]), overlapped


def by_position(regions: pd.DataFrame) -> pd.DataFrame:
    """Regions sorted by contig (as text), start and end."""
    return regions.sort_values(["chrom", "chromStart", "chromEnd"], kind="stable")


def without_overlaps(regions: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Cut regions so that no base is in two; the one that stands first in the table keeps the bases that they share.

    Parameters
    ----------
    regions : DataFrame
        ``chrom chromStart chromEnd`` (0-based half-open) and more; best first.

    Returns
    -------
    DataFrame
        Sorted by position; a region may come in several pieces, or in none.
    int
        Regions that lost bases.
    """
    parts, lost = [], 0
    for _, found in regions.groupby("chrom", sort=True):
        ordered = by_position(found)
        starts, ends = ordered["chromStart"].to_numpy(), ordered["chromEnd"].to_numpy()
        if (starts[1:] < ends[:-1]).any():
            pieces = _pieces(found)
            sizes = (found["chromEnd"] - found["chromStart"]).to_numpy()
            kept = (pieces["chromEnd"] - pieces["chromStart"]).groupby(pieces["row"]).sum()
            lost += int((kept.reindex(range(len(found)), fill_value=0).to_numpy() < sizes).sum())
            ordered = found.iloc[pieces["row"]].assign(
                chromStart=pieces["chromStart"].to_numpy(), chromEnd=pieces["chromEnd"].to_numpy()
            )
        parts.append(ordered)
    return (pd.concat(parts) if parts else regions), lost


def _pieces(regions: pd.DataFrame) -> pd.DataFrame:
    """Pieces of the regions of one contig, in order: position, and the row that each belongs to."""
    starts, ends = regions["chromStart"].to_numpy(), regions["chromEnd"].to_numpy()
    edges = np.unique(np.concatenate([starts, ends]))
    owner = np.full(len(edges) - 1, -1)
    first, stop = np.searchsorted(edges, starts), np.searchsorted(edges, ends)
    for row in range(len(regions) - 1, -1, -1):  # the best one last, over all others
        owner[first[row] : stop[row]] = row
    begins = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    pieces = pd.DataFrame(
        {"chromStart": edges[begins], "chromEnd": edges[np.append(begins[1:], len(owner))], "row": owner[begins]}
    )
    return pieces[pieces["row"] >= 0]


def _labels(results: DiffResult) -> tuple[str, str]:
    parameters = results["parameters"]
    return clean_label(parameters["description_a"]) or "group A", clean_label(parameters["description_b"]) or "group B"


def _bed_line(results: DiffResult, group: str, found: pd.DataFrame) -> str:
    short = dict(zip("AB", short_pair(*_labels(results), NAME_WIDTH), strict=True))
    word = "Methylation higher" if results.analysis.is_dmr else "Higher"
    name = simulated_name(f"{word} in {short[group]}", results.simulated)
    long = dict(zip("AB", short_pair(*_labels(results), DESCRIPTION_WIDTH), strict=True))
    text = simulated_name(f"{word} in {long[group]} than in {long['B' if group == 'A' else 'A']}", results.simulated)
    text = _description(f"{text}, {results.cut.rule}, {plural(len(found), 'region')}", results)
    doubted = int(suspects(found, results).sum())
    text += f"; a major finding advises not to interpret {doubted:,} of them" if doubted else ""
    return f'track name="{track_name(name)}" description="{track_name(text)}" itemRgb="On" visibility=pack\n'


def _description(text: str, results: DiffResult) -> str:
    return f"{text} ({results['parameters']['genome']}, ChIP-Atlas data)"


def _names(found: pd.DataFrame, results: DiffResult) -> list[str]:
    """A name for each region: one word, for some readers part columns at spaces."""
    genes = results.get("nearest_genes")
    known = {} if genes is None else genes.to_dict()
    words = (re.sub(r"\s", "_", clean_label(known.get(row, "")).replace(", ", ",")) for row in found.index)
    return [
        ellipsis(word, REGION_WIDTH) if word else place for word, place in zip(words, region_names(found), strict=True)
    ]
