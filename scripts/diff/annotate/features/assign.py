"""What every region is: the part of a gene at its centre, the gene, and how far the nearest TSS is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ....common.results import require_number
from ..annotate_tss import nearest_tss
from .gene_models import GeneModels

PROMOTER, FIVE_UTR, EXON, INTRON = "promoter", "5'UTR", "exon", "intron"
THREE_UTR, DOWNSTREAM, INTERGENIC = "3'UTR", "downstream", "intergenic"
#: In order of priority: where a base is several of these, of several transcripts, the first counts. What is in a mature
#: transcript comes before what is spliced out of another: an order in wide use (Yu 2015, Bioinformatics 31:2382).
FEATURES = (PROMOTER, FIVE_UTR, THREE_UTR, EXON, INTRON, DOWNSTREAM, INTERGENIC)
#: Columns that a table of regions gets, at its end.
FEATURE_COLUMNS = ("feature", "feature_gene", "distance_to_tss")

#: The promoter, in bp before the TSS and from the TSS on; and how far beyond its end a gene reaches.
UPSTREAM, PROMOTER_DOWNSTREAM, BEYOND_END = 1000, 100, 1000

#: Chromosomes are laid end to end, each with room for any position (`MAX_POSITION` and the windows around genes).
_ROOM = 1 << 40


def assign_features(
    regions: pd.DataFrame,
    models: GeneModels,
    upstream: int = UPSTREAM,
    downstream: int = PROMOTER_DOWNSTREAM,
    beyond: int = BEYOND_END,
) -> pd.DataFrame:
    """The feature of each region: that of its centre base, ``(chromStart + chromEnd) // 2``.

    The centre and not the largest overlap: every region is then one feature whatever its width, wide regions are not
    drawn to long features (introns, intergenic), and pieces of a peak that was cut are judged by where each lies.

    Parameters
    ----------
    regions : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open).
    models : GeneModels
        From `fetch_gene_models`.
    upstream, downstream : int, bp
        The promoter: so many bases before the TSS, and so many from the TSS on, which is the first of these (on ``+``
        ``[tss - upstream, tss + downstream)``), as Bioconductor's ``GenomicRanges::promoters`` has it.
    beyond : int, bp
        ``downstream`` is so far beyond the end of a transcript.

    Returns
    -------
    DataFrame
        Indexed as `regions`. ``feature``, one of `FEATURES`, by their order where several apply; ``exon`` is coding
        sequence, or any exon of a transcript without one. ``feature_gene``: of several genes with that feature there
        the one whose TSS is nearest to the centre (promoter), or whose exon, intron or window reaches furthest along
        the chromosome; of an intergenic region the gene of the nearest TSS. ``distance_to_tss`` (Int64, bp): to the
        nearest TSS of any gene, as `nearest_tss` gives it. All three are empty on a chromosome without a transcript.

    Raises
    ------
    InputError
        A length below 0.
    """
    lengths = {"upstream": upstream, "downstream": downstream, "beyond": beyond}
    for name, length in lengths.items():
        require_number(name, length, "a number of bases, 0 or above", least=0)
    nearest = nearest_tss(regions, tss_of(models))
    place = _Places(models)
    centre = place.along(regions["chrom"], (regions["chromStart"] + regions["chromEnd"]).to_numpy() // 2)
    known = centre >= 0
    feature = np.where(known, len(FEATURES) - 1, -1)
    gene = np.full(len(regions), -1)
    left = np.flatnonzero(known)
    for rank, name in enumerate(FEATURES[:-1]):
        if name == PROMOTER:
            owner = _promoters(centre[left], place, int(upstream), int(downstream))
        else:
            owner = _covering(centre[left], *_intervals(name, models, place, int(beyond)))
        found = owner >= 0
        feature[left[found]], gene[left[found]] = rank, owner[found]
        left = left[~found]
    names = np.append(place.genes.astype(object), "")
    return pd.DataFrame(
        {
            "feature": np.append(np.array(FEATURES, dtype=object), "")[feature],
            "feature_gene": np.where(gene >= 0, names[gene], nearest["tss_gene"].to_numpy()),
            "distance_to_tss": nearest["tss_distance"],
        },
        index=regions.index,
    )


def tss_of(models: GeneModels) -> pd.DataFrame:
    """Every TSS of every gene once, as a library for `nearest_tss`: ``chrom tss gene strand``, tss 0-based."""
    table = models.transcripts
    tss = np.where(table["strand"] == "-", table["txEnd"] - 1, table["txStart"])
    return table[["chrom", "gene", "strand"]].assign(tss=tss).drop_duplicates(ignore_index=True)


class _Places:
    """Transcripts along all chromosomes laid end to end, and their genes as numbers in the order of their names."""

    def __init__(self, models: GeneModels) -> None:
        table = models.transcripts
        code, chromosomes = pd.factorize(table["chrom"])
        self.chromosomes = pd.Index(chromosomes)
        self.gene, self.genes = pd.factorize(table["gene"].to_numpy(object), sort=True)
        self.offset = code.astype(np.int64) * _ROOM
        self.minus = (table["strand"] == "-").to_numpy()
        self.start = self.offset + table["txStart"].to_numpy()
        self.end = self.offset + table["txEnd"].to_numpy()

    def along(self, chrom: pd.Series, position: np.ndarray) -> np.ndarray:
        """Positions laid end to end; below 0 on a chromosome without a transcript."""
        # Regions lie on few chromosomes: each name is looked up once.
        code, names = pd.factorize(chrom)
        number = self.chromosomes.get_indexer(names)[code]
        return np.where(number >= 0, number.astype(np.int64) * _ROOM + position, -1)


def _promoters(point: np.ndarray, place: _Places, upstream: int, downstream: int) -> np.ndarray:
    """Gene of the nearest TSS whose promoter covers each point; -1 where none does."""
    owners, gaps = [], []
    for minus in (False, True):
        chosen = place.minus == minus
        tss, gene = np.where(minus, place.end - 1, place.start)[chosen], place.gene[chosen]
        order = np.lexsort((gene, tss))
        tss, first = np.unique(tss[order], return_index=True)
        if not len(tss):
            continue
        gene = gene[order][first]
        # On either strand, the last TSS that lies at the point or before it in the direction of transcription first.
        after = np.searchsorted(tss, point, side="left" if minus else "right")
        for row in (after, after - 1) if minus else (after - 1, after):
            near = np.clip(row, 0, len(tss) - 1)
            along = tss[near] - point if minus else point - tss[near]
            covered = (row == near) & (along >= -upstream) & (along < downstream)
            owners.append(gene[near])
            gaps.append(np.where(covered, np.abs(along), _ROOM))
    if not owners:
        return np.full(len(point), -1)
    best = np.argmin(gaps, axis=0), np.arange(len(point))
    return np.where(np.array(gaps)[best] < _ROOM, np.array(owners)[best], -1)


def _covering(point: np.ndarray, start: np.ndarray, end: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Owner of the interval that covers each point; -1 where none does.

    Of several, the one that ends last; then the one that starts first, then the first owner. One search in the sorted
    starts: of all intervals that start at or before a point, the one that reaches furthest covers it if any does.
    """
    order = np.lexsort((owner, start))
    start, end, owner = start[order], end[order], owner[order]
    reach = np.maximum.accumulate(end)
    further = np.append(True, end[1:] > reach[:-1])[: len(end)]
    furthest = np.maximum.accumulate(np.where(further, np.arange(len(end)), 0))
    row = np.searchsorted(start, point, side="right") - 1
    found = np.full(len(point), -1)
    some = np.flatnonzero(row >= 0)
    covered = reach[row[some]] > point[some]
    found[some[covered]] = owner[furthest[row[some[covered]]]]
    return found


def _intervals(name: str, models: GeneModels, place: _Places, beyond: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and genes of all intervals of one feature other than promoters."""
    if name == DOWNSTREAM:
        start = np.where(place.minus, place.start - beyond, place.end)
        return start, start + beyond, place.gene
    parts = list(_introns(models, place) if name == INTRON else _exon_parts(name, models, place))
    start, end, transcript = (np.concatenate(column) for column in zip(*parts, strict=True))
    real = start < end
    return start[real], end[real], place.gene[transcript[real]]


Part = tuple[np.ndarray, np.ndarray, np.ndarray]


def _introns(models: GeneModels, place: _Places) -> Iterator[Part]:
    """What lies between two exons of a transcript."""
    transcript, start, end = (models.exons[name].to_numpy() for name in ("transcript", "start", "end"))
    inner = np.flatnonzero(transcript[1:] == transcript[:-1])
    offset = place.offset[transcript[inner]]
    yield end[inner] + offset, start[inner + 1] + offset, transcript[inner]


def _exon_parts(name: str, models: GeneModels, place: _Places) -> Iterator[Part]:
    """The pieces of exons that are coding, or untranslated at one end; empty ones have no length."""
    transcript = models.exons["transcript"].to_numpy()
    offset = place.offset[transcript]
    start, end = (models.exons[side].to_numpy() + offset for side in ("start", "end"))
    first, last = (models.transcripts[side].to_numpy()[transcript] + offset for side in ("cdsStart", "cdsEnd"))
    coding = first < last
    if name == EXON:
        yield start[~coding], end[~coding], transcript[~coding]
        yield np.maximum(start, first)[coding], np.minimum(end, last)[coding], transcript[coding]
        return
    before = coding & (place.minus[transcript] == (name == THREE_UTR))
    yield start[before], np.minimum(end, first)[before], transcript[before]
    behind = coding & (place.minus[transcript] == (name == FIVE_UTR))
    yield np.maximum(start, last)[behind], end[behind], transcript[behind]
