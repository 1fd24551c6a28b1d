"""Gene models for tests, and a slow recomputation of features that shares no code with the fast one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.diff.annotate.features.assign import FEATURES
from scripts.diff.annotate.features.gene_models import GeneModels
from tests.reference import reference_path


def models_of(rows: list[tuple]) -> GeneModels:
    """From (chrom, strand, exons as ((start, end), ...), coding as (start, end) or None, gene)."""
    transcripts, exons = [], []
    for number, (chrom, strand, pieces, coding, gene) in enumerate(rows):
        start, end = pieces[0][0], pieces[-1][1]
        transcripts.append((chrom, strand, start, end, *(coding or (end, end)), gene))
        exons += [(number, *piece) for piece in pieces]
    columns = ["chrom", "strand", "txStart", "txEnd", "cdsStart", "cdsEnd", "gene"]
    return GeneModels(
        pd.DataFrame(transcripts, columns=columns), pd.DataFrame(exons, columns=["transcript", "start", "end"])
    )


def real_transcripts(*, exons: bool) -> GeneModels:
    """All real hg38 RefSeq transcripts, whose exons are not told: whole transcripts as exons, or simulated ones."""
    table = pd.read_csv(reference_path("hg38_refseq.tsv.gz"), sep="\t").rename(columns={"name2": "gene"})
    transcripts = table[["chrom", "strand", "txStart", "txEnd"]].assign(cdsStart=table["txEnd"], cdsEnd=table["txEnd"])
    transcripts["gene"] = table["gene"].astype(str)
    start, end = (table[name].to_numpy() for name in ("txStart", "txEnd"))
    if not exons:
        whole = pd.DataFrame({"transcript": np.arange(len(table)), "start": start, "end": end})
        return GeneModels(transcripts, whole)
    rng = np.random.default_rng(20)
    # SIMULATED: equal stretches, the first fifth of each an exon; coding from within the first to within the last.
    count = np.where(end - start > 200, rng.integers(1, 20, len(table)), 1)
    row = np.repeat(np.arange(len(table)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    step = ((end - start) // count)[row]
    first = start[row] + number * step
    last = np.where(number == count[row] - 1, end[row], first + step // 5)
    first = np.where((number == count[row] - 1) & (number > 0), last - step // 5, first)
    edge = (end - start) // 30
    coding = rng.random(len(table)) < 0.8
    transcripts["cdsStart"] = np.where(coding, start + edge, end)
    transcripts["cdsEnd"] = np.where(coding, end - edge, end)
    pieces = pd.DataFrame({"transcript": row, "start": first, "end": last})
    return GeneModels(transcripts, pieces[pieces["start"] < pieces["end"]].reset_index(drop=True))


def places_near(models: GeneModels, count: int, seed: int) -> pd.DataFrame:
    """Regions of 10 to 2,000 bp, most of them in or near a transcript."""
    rng = np.random.default_rng(seed)
    near = models.transcripts.iloc[rng.integers(0, len(models.transcripts), count)]
    length = (near["txEnd"] - near["txStart"]).to_numpy()
    offset = np.where(rng.random(count) < 0.5, rng.uniform(-0.2, 1.2, count) * length, rng.normal(0, 1500, count))
    edge = np.where(rng.random(count) < 0.5, near["txStart"], near["txEnd"])
    start = np.maximum(np.where(rng.random(count) < 0.6, near["txStart"] + offset, edge + offset), 0).astype(np.int64)
    return pd.DataFrame(
        {"chrom": near["chrom"].to_numpy(), "chromStart": start, "chromEnd": start + rng.integers(10, 2000, count)},
        index=rng.permutation(count),
    )


def slow_features(regions: pd.DataFrame, models: GeneModels) -> pd.DataFrame:
    """Each region by itself against every part of every transcript of its chromosome, by the definition."""
    names = ("feature", "start", "end", "gene", "strand", "tss")
    parts = {chrom: tuple(group[name].to_numpy() for name in names) for chrom, group in _parts(models).groupby("chrom")}
    return pd.DataFrame(
        [_slow(*row, parts) for row in _spans(regions)], columns=["feature", "feature_gene", "distance"]
    )


def _spans(regions):
    return zip(regions["chrom"], regions["chromStart"], regions["chromEnd"], strict=True)


def _slow(chrom, start, end, parts):
    if chrom not in parts:
        return "", "", None
    feature, low, high, gene, strand, tss = parts[chrom]
    gaps = np.maximum(np.maximum(tss - (end - 1), start - tss), 0)
    distance = int(gaps.min())
    centre = (start + end) // 2
    there = np.flatnonzero((low <= centre) & (centre < high))
    for name in FEATURES[:-1]:
        rows = [row for row in there if feature[row] == name]
        if not rows:
            continue
        if name == "promoter":
            offset = {row: (centre - tss[row]) * (-1 if strand[row] == "-" else 1) for row in rows}
            best = min(rows, key=lambda row: (abs(offset[row]), strand[row] == "-", gene[row]))
        else:
            best = min(rows, key=lambda row: (-high[row], low[row], gene[row]))
        return name, gene[best], distance
    nearest = {gene[row] for row in np.flatnonzero(gaps == distance)}
    return "intergenic", nearest, distance


def _parts(models: GeneModels) -> pd.DataFrame:
    exons = {row: group[["start", "end"]].to_numpy() for row, group in models.exons.groupby("transcript")}
    rows = []
    for number, one in enumerate(models.transcripts.itertuples(index=False)):
        plus = one.strand == "+"
        tss = one.txStart if plus else one.txEnd - 1
        promoter = (tss - 1000, tss + 100) if plus else (tss - 99, tss + 1001)
        beyond = (one.txEnd, one.txEnd + 1000) if plus else (one.txStart - 1000, one.txStart)
        found = [("promoter", *promoter), ("downstream", *beyond)]
        before = None
        for start, end in exons[number]:
            if before is not None:
                found.append(("intron", before, start))
            before = end
            if one.cdsStart >= one.cdsEnd:
                found.append(("exon", start, end))
                continue
            found.append(("5'UTR" if plus else "3'UTR", start, min(end, one.cdsStart)))
            found.append(("exon", max(start, one.cdsStart), min(end, one.cdsEnd)))
            found.append(("3'UTR" if plus else "5'UTR", max(start, one.cdsEnd), end))
        rows += [(one.chrom, *part, one.gene, one.strand, tss) for part in found if part[1] < part[2]]
    return pd.DataFrame(rows, columns=["chrom", "feature", "start", "end", "gene", "strand", "tss"])
