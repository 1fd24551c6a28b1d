"""Simulated exons and coding sequences of the simulated transcripts, in the columns of UCSC's extended genePred."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from .genes import transcripts
from .seeds import SIMULATION_SEED, generator

#: Share of the transcripts without coding sequence, and how many exons one has at most.
_SHARE_NONCODING = 0.15
_MOST_EXONS = 12
#: Bases of an exon beside others, and of a transcript for each of its exons, at least.
_EXON_LENGTHS, _BASES_AN_EXON = (60, 400), 200
#: Parts of the exons' bases that are untranslated: at most so much at either end.
_MOST_UNTRANSLATED = 0.3


@cache
def gene_models(genome: str) -> pd.DataFrame:
    """Every transcript of `transcripts`, in its order and with its index, with exons.

    Returns
    -------
    DataFrame
        The sixteen columns of UCSC's ``ncbiRefSeq``: ``bin name chrom strand txStart txEnd cdsStart cdsEnd exonCount
        exonStarts exonEnds score name2 cdsStartStat cdsEndStat exonFrames`` (0-based half-open). A transcript without
        coding sequence has ``cdsStart == cdsEnd == txEnd``.
    """
    table = transcripts(genome)
    rng = generator(SIMULATION_SEED, "exons", genome)
    rows = [
        _exons(rng, start, end) for start, end in zip(table["txStart"].tolist(), table["txEnd"].tolist(), strict=True)
    ]
    cds_start, cds_end, starts, ends = zip(*rows, strict=True)
    coding = np.array(cds_start) < np.array(cds_end)
    status = np.where(coding, "cmpl", "none")
    models = table.assign(
        bin=585 + table["txStart"] // 131072,
        cdsStart=cds_start,
        cdsEnd=cds_end,
        exonCount=[len(one) for one in starts],
        exonStarts=["".join(f"{place}," for place in one) for one in starts],
        exonEnds=["".join(f"{place}," for place in one) for one in ends],
        score=0,
        cdsStartStat=status,
        cdsEndStat=status,
        exonFrames=[("0," if codes else "-1,") * len(one) for codes, one in zip(coding, starts, strict=True)],
    )
    columns = ["bin", "name", "chrom", "strand", "txStart", "txEnd", "cdsStart", "cdsEnd", "exonCount"]
    columns += ["exonStarts", "exonEnds", "score", "name2", "cdsStartStat", "cdsEndStat", "exonFrames"]
    return models[columns]


def _exons(rng: np.random.Generator, start: int, end: int) -> tuple[int, int, list[int], list[int]]:
    """Coding start and end, exon starts and exon ends of one transcript."""
    length = end - start
    count = int(rng.integers(1, max(1, min(_MOST_EXONS, length // _BASES_AN_EXON)) + 1))
    # One exon in each of as many equal stretches; the first begins and the last ends the transcript.
    edges = np.linspace(start, end, count + 1).astype(int)
    room = np.diff(edges)
    long = np.minimum(rng.integers(*_EXON_LENGTHS, count), room // 2) if count > 1 else room
    place = (edges[:-1] + rng.uniform(0, room - long)).astype(int)
    place[0], place[-1] = start, end - long[-1]
    starts, ends = place.tolist(), (place + long).tolist()
    places = np.concatenate([np.arange(first, last) for first, last in zip(starts, ends, strict=True)])
    if rng.random() < _SHARE_NONCODING or len(places) < _EXON_LENGTHS[0]:
        return end, end, starts, ends
    left, right = (rng.uniform(0, _MOST_UNTRANSLATED, 2) * len(places)).astype(int)
    return int(places[left]), int(places[len(places) - 1 - right]) + 1, starts, ends
