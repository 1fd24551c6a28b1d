"""Genes within windows, laid into lanes so that names do not meet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import BadResponseError, NotFoundError, ServiceUnavailableError
from ..annotate.features.gene_models import GeneModels, fetch_gene_models

#: Lanes of genes below the coverage of a locus; genes beyond them are counted.
LANES = 3


class Gene(NamedTuple):
    """A gene inside a window, by its longest transcript there.

    Attributes
    ----------
    name, strand : str
    start, end : int
        0-based half-open; they may reach beyond the window.
    exons : ndarray of shape (n_exons, 2)
        0-based half-open.
    coding : tuple of int
        Begin and end of the coding sequence; begin >= end without one.
    lane : int
        From 0, the topmost.
    """

    name: str
    strand: str
    start: int
    end: int
    exons: np.ndarray
    coding: tuple[int, int]
    lane: int


def fetched_models(genome: str) -> tuple[GeneModels | None, bool]:
    """UCSC's gene models of an assembly, None and why is said where there are none; and whether they are simulated."""
    try:
        with Client() as client:
            return fetch_gene_models(genome, client), client.simulated
    except (ServiceUnavailableError, NotFoundError, BadResponseError) as error:
        say(f"  No genes in the panels: {str(error).splitlines()[0]}")
        return None, False


def genes_within(models: GeneModels, chrom: str, start: int, end: int, letter: float) -> tuple[list[Gene], int]:
    """The genes that reach into a window, those with more of it first, and how many found no lane.

    Parameters
    ----------
    start, end : int
        0-based half-open.
    letter : float
        Width of a letter of a name, in bases.
    """
    table = models.transcripts
    inside = table[(table["chrom"] == chrom) & (table["txStart"] < end) & (table["txEnd"] > start)]
    within = np.minimum(inside["txEnd"], end) - np.maximum(inside["txStart"], start)
    order = pd.DataFrame(
        {"within": -within, "length": inside["txStart"] - inside["txEnd"], "gene": inside["gene"]}
    ).sort_values(["within", "length", "gene"], kind="stable")
    best = inside.loc[order.index[~order["gene"].duplicated()]]
    exons = models.exons[models.exons["transcript"].isin(best.index)]
    taken: list[list[tuple[float, float]]] = [[] for _ in range(LANES)]
    found, left_out = [], 0
    columns = ("gene", "strand", "txStart", "txEnd", "cdsStart", "cdsEnd")
    rows = zip(best.index, *(best[name].tolist() for name in columns), strict=True)
    for number, name, strand, tx_start, tx_end, *coding in rows:
        first, last = max(tx_start, start), min(tx_end, end)
        # The name stands over the gene, from its first base that is seen on, and never beyond the window.
        reach = first, max(last, first + letter * (len(name) + 3))
        if reach[1] > end:
            reach = min(first, end - letter * (len(name) + 3)), end
        lane = next((at for at, spans in enumerate(taken) if all(_apart(reach, span) for span in spans)), None)
        if lane is None:
            left_out += 1
            continue
        taken[lane].append(reach)
        own = exons.loc[exons["transcript"] == number, ["start", "end"]].to_numpy()
        found.append(Gene(name, strand, tx_start, tx_end, own, (coding[0], coding[1]), lane))
    return found, left_out


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]
