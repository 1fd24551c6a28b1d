"""Which genes a region belongs to, by rule: the nearest TSS, promoters, or regulatory domains as GREAT has them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ...common.results import require_number
from ..annotate.annotate_tss import nearest_tss
from ..annotate.features.assign import PROMOTER_DOWNSTREAM, UPSTREAM, tss_of
from ..annotate.features.gene_models import GeneModels

NEAREST, PROMOTER, GREAT = "nearest", "promoter", "great"
#: Rule -> how far it reaches, in kb, where that can be chosen.
RULES: dict[str, float | None] = {NEAREST: 50.0, PROMOTER: None, GREAT: 1000.0}
#: GREAT's basal domain, in bp before the TSS and behind it (McLean et al. 2010, doi:10.1038/nbt.1630).
BASAL_UPSTREAM, BASAL_DOWNSTREAM = 5000, 1000

#: Chromosomes are laid end to end, each with room for any position and domain.
_ROOM = 1 << 40


def check_rule(rule: str, distance: float | None) -> float | None:
    """The distance (kb) of a rule, its own where none is given.

    Raises
    ------
    InputError
        Another rule, no distance above 0, or one for a rule that has none.
    """
    if rule not in RULES:
        raise InputError(f"rule is {rule!r}; use one of: {', '.join(RULES)}.")
    if distance is None:
        return RULES[rule]
    if RULES[rule] is None:
        raise InputError(f"distance is {distance!r}, and rule={rule!r} has none. Leave it out, or use another rule.")
    return require_number("distance", distance, "a number of kb above 0", above=0)


def rule_in_words(rule: str, distance: float | None) -> str:
    """What makes a region one of a gene, for readers."""
    if rule == NEAREST:
        return f"the gene of the nearest TSS, up to {distance:g} kb from the region's nearer edge"
    if rule == PROMOTER:
        return (
            f"every gene whose promoter ({UPSTREAM:,} bp before a TSS to {PROMOTER_DOWNSTREAM} bp behind) covers the "
            "region's centre"
        )
    return (
        f"every gene whose domain covers the region's centre: {BASAL_UPSTREAM // 1000} kb before the TSS to "
        f"{BASAL_DOWNSTREAM // 1000} kb behind, extended to the next genes' such domains, up to {distance:g} kb"
    )


def genes_of_regions(regions: pd.DataFrame, models: GeneModels, rule: str, distance: float | None) -> pd.DataFrame:
    """The genes of each region.

    Parameters
    ----------
    regions : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open).
    models : GeneModels
    rule, distance
        As `check_rule` gives them; `distance` in kb.

    Returns
    -------
    DataFrame
        ``region`` (position in `regions`) and ``gene``, each pair once, by region. A region without a gene has no row.
    """
    if rule == NEAREST and distance is not None:
        found = nearest_tss(regions, tss_of(models))
        gap = found["tss_distance"].abs().to_numpy(float, na_value=np.inf)
        row = np.flatnonzero(gap <= distance * 1000)
        return pd.DataFrame({"region": row, "gene": found["tss_gene"].to_numpy(object)[row]})
    domains = promoters(models) if rule == PROMOTER or distance is None else great_domains(models, distance)
    return _covered(regions, domains)


def promoters(models: GeneModels, upstream: int = UPSTREAM, downstream: int = PROMOTER_DOWNSTREAM) -> pd.DataFrame:
    """The promoter at every TSS of every gene: ``chrom start end gene`` (0-based, half-open), by strand."""
    tss = tss_of(models)
    start, end = _around(tss, upstream, downstream)
    return pd.DataFrame({"chrom": tss["chrom"], "start": start, "end": end, "gene": tss["gene"]})


def great_domains(
    models: GeneModels, extension: float, upstream: int = BASAL_UPSTREAM, downstream: int = BASAL_DOWNSTREAM
) -> pd.DataFrame:
    """The regulatory domain of every gene, basal plus extension (McLean et al. 2010).

    A gene has one TSS on a chromosome, that of its longest transcript (ties: the first). Its basal domain is kept
    whatever lies there; on either side the domain goes on to the basal domain of the next gene, and no further than
    `extension` from the TSS. Genes of one TSS do not limit each other.

    Parameters
    ----------
    extension : float, kb
    upstream, downstream : int, bp
        The basal domain, of so many bases before the TSS and so many from the TSS on.

    Returns
    -------
    DataFrame
        ``chrom start end gene`` (0-based, half-open; no end of a chromosome is known), sorted by chromosome and TSS.
    """
    table = models.transcripts
    length = (table["txEnd"] - table["txStart"]).to_numpy()
    longest = table.iloc[np.argsort(-length, kind="stable")].drop_duplicates(["chrom", "gene"])
    tss = tss_of(GeneModels(longest, models.exons)).sort_values(["chrom", "tss", "gene"], ignore_index=True)
    offset = pd.factorize(tss["chrom"])[0].astype(np.int64) * _ROOM
    place = tss["tss"].to_numpy() + offset
    start, end = (side + offset for side in _around(tss, upstream, downstream))
    reach = int(extension * 1000)
    # The furthest end of all genes before, and the first start of all genes behind; other chromosomes are far away.
    before = np.searchsorted(place, place, side="left")
    behind = np.searchsorted(place, place, side="right")
    ends = np.append(-_ROOM, np.maximum.accumulate(end)) if len(end) else np.array([-_ROOM])
    starts = np.append(np.minimum.accumulate(start[::-1])[::-1], np.iinfo(np.int64).max)
    left = np.minimum(start, np.maximum(ends[before], place - reach))
    right = np.maximum(end, np.minimum(starts[behind], place + reach))
    return pd.DataFrame(
        {"chrom": tss["chrom"], "start": np.maximum(left - offset, 0), "end": right - offset, "gene": tss["gene"]}
    )


def _around(tss: pd.DataFrame, upstream: int, downstream: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of what lies around each TSS, by strand."""
    place, minus = tss["tss"].to_numpy(), (tss["strand"] == "-").to_numpy()
    start = np.where(minus, place - downstream + 1, place - upstream)
    return np.maximum(start, 0), np.where(minus, place + upstream + 1, place + downstream)


def _covered(regions: pd.DataFrame, domains: pd.DataFrame) -> pd.DataFrame:
    """Every pair of a region and a gene of whose domains one covers the region's centre base."""
    chromosomes = pd.Index(domains["chrom"].unique())
    code = chromosomes.get_indexer(pd.Index(regions["chrom"]))
    centre = (regions["chromStart"].to_numpy() + regions["chromEnd"].to_numpy()) // 2
    order = np.lexsort((centre, code))
    point = code[order].astype(np.int64) * _ROOM + centre[order]
    lift = chromosomes.get_indexer(pd.Index(domains["chrom"])).astype(np.int64) * _ROOM
    # Points of unknown chromosomes are below 0, and in no domain.
    first = np.searchsorted(point, domains["start"].to_numpy() + lift)
    count = np.maximum(np.searchsorted(point, domains["end"].to_numpy() + lift) - first, 0)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    row = order[np.repeat(first, count) + within]
    gene = np.repeat(domains["gene"].to_numpy(object), count)
    pairs = pd.DataFrame({"region": row, "gene": gene}).drop_duplicates()
    return pairs.sort_values(["region", "gene"], ignore_index=True)
