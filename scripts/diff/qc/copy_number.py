"""Many differences side by side that point one way: copy number rather than binding, where everything there shifts.

The specification's trigger, ten significant loci within 2 Mb that point one way, is met by chance wherever differences
are many. It becomes a finding to act on only where all tested loci of a stretch are shifted together, significant or
not, against the rest of the genome.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ...common.findings import Finding
from ...common.text import plural
from ..analysis import region_names
from ..results.loci import one_per_locus
from .chromosomes import check_sex_chromosomes
from .comparison import LISTED_REGIONS, Comparison
from .shifts import Shift, find_shifts

MIN_LOCI = 10
SPAN_BP = 2_000_000
#: Of the significant loci inside the span, this share must point one way.
SHARE = 0.90
#: With fewer tested loci elsewhere, nobody can say what to expect: the trigger alone decides.
MIN_ELSEWHERE = 20
#: How often the significant loci are dealt out anew among the tested ones, to say how many clusters chance makes.
DEALS = 10
_SEED = 20_140_901
#: A stretch of copy number differs by so much (log2) in the inputs: less than one copy more beside three.
MIN_IN_INPUTS = 0.25


@dataclass(frozen=True)
class Cluster:
    """Significant loci that meet the trigger.

    Attributes
    ----------
    chrom, start, end
        0-based, half-open.
    direction : str
        ``A_enriched`` or ``B_enriched``.
    loci : DataFrame
        The significant loci within, by position.
    """

    chrom: str
    start: int
    end: int
    direction: str
    loci: pd.DataFrame

    def is_of(self, shift: Shift) -> bool:
        """Whether it lies in a shifted stretch, and points the same way."""
        same_way = self.direction == _direction(shift)
        return same_way and self.chrom == shift.chrom and shift.start < self.end and self.start < shift.end


def check_copy_number(comparison: Comparison) -> list[Finding]:
    """Clusters of significant loci: a finding each where the whole stretch is shifted, one note for all others."""
    confounded = {chrom for item in check_sex_chromosomes(comparison) for chrom, _, _ in item.spans}
    left_out = {*comparison.assembly.organelles, *confounded}
    significant = comparison.significant_loci
    clusters = _clusters(significant[~significant["chrom"].isin(left_out)])
    if not clusters:
        return []
    tested = one_per_locus(comparison.regions, None, comparison.locus_labels)
    tested = tested[~tested["chrom"].isin(left_out)]
    within = sum(len(cluster.loci) for cluster in clusters)
    if comparison.analysis.is_dmr or len(tested) - within < MIN_ELSEWHERE:
        return [_finding(comparison, cluster, None) for cluster in clusters]
    shifts = find_shifts(tested, comparison.analysis.effect)
    findings = [
        _finding(comparison, _joined(shift, members), shift)
        for shift in shifts
        if (members := [cluster for cluster in clusters if cluster.is_of(shift)])
    ]
    left = [cluster for cluster in clusters if not any(cluster.is_of(shift) for shift in shifts)]
    return [*findings, *([_note(left, tested)] if left else [])]


def _clusters(loci: pd.DataFrame) -> list[Cluster]:
    found = []
    for chrom, on_chrom in loci.groupby("chrom", sort=True):
        ordered = on_chrom.sort_values("chromStart")
        start, end = ordered["chromStart"].to_numpy(), ordered["chromEnd"].to_numpy()
        for direction in ("A_enriched", "B_enriched"):
            there = ordered["direction"].to_numpy() == direction
            for first, last in _dense(start, end, there):
                members = ordered.iloc[first : last + 1]
                span = int(start[first]), int(end[first : last + 1].max())
                found.append(Cluster(str(chrom), *span, direction, members))
    return found


def _dense(start: np.ndarray, end: np.ndarray, points_there: np.ndarray) -> list[tuple[int, int]]:
    """First and last of the loci of one chromosome (by position) that make up each cluster of one direction."""
    total = np.concatenate([[0], np.cumsum(points_there)])
    # For each locus, the last one that still ends less than 2 Mb from its start.
    last = np.searchsorted(end, start + SPAN_BP, side="left") - 1
    first = np.arange(len(start))
    count = total[last + 1] - total[first]
    dense = (count >= MIN_LOCI) & (count >= SHARE * (last - first + 1))
    clusters: list[tuple[int, int]] = []
    for one_first, one_last in zip(first[dense].tolist(), last[dense].tolist(), strict=True):
        if clusters and one_first <= clusters[-1][1]:
            clusters[-1] = (clusters[-1][0], max(one_last, clusters[-1][1]))
        else:
            clusters.append((one_first, one_last))
    return clusters


def _direction(shift: Shift) -> str:
    return "A_enriched" if shift.size > 0 else "B_enriched"


def _joined(shift: Shift, members: list[Cluster]) -> Cluster:
    """The significant loci of a shifted stretch, which begins and ends where the shift does."""
    loci = pd.concat([one.loci for one in members]).sort_values("chromStart")
    inside = loci[(loci["chromStart"] < shift.end) & (loci["chromEnd"] > shift.start)]
    return Cluster(shift.chrom, shift.start, shift.end, _direction(shift), inside)


def _finding(comparison: Comparison, cluster: Cluster, shift: Shift | None) -> Finding:
    place = f"{cluster.chrom}:{cluster.start}-{cluster.end}"
    one_way = (cluster.loci["direction"] == cluster.direction).mean()
    details = (
        f"{plural(len(cluster.loci), 'significant locus', 'significant loci')} within "
        f"{(cluster.end - cluster.start) / 1e6:.2f} Mb ({place}), {one_way:.0%} higher in "
        f"{comparison.label(cluster.direction)}"
    )
    if shift is not None:
        details += (
            f"; {shift.same_side:.0%} of all {shift.n_loci:,} tested loci there, significant or not, are shifted that "
            f"way, by {abs(shift.size):.2f} (log2, median) against the rest of the genome"
        )
    elif not comparison.analysis.is_dmr:
        details += "; too few regions were tested elsewhere to say whether that is more than chance"
    advice = (
        "This looks like a copy-number difference or another structural variant. "
        "Look at the locus, and at input controls, in a genome browser before interpreting it."
    )
    in_inputs = None if comparison.controls is None else _in_inputs(comparison.controls, cluster)
    confirmed = True
    if in_inputs is not None:
        size, error = in_inputs
        towards = size if cluster.direction == "A_enriched" else -size
        details += (
            f"; in the input controls the same stretch differs by {size:+.2f} (log2 A / B, standard error {error:.2f})"
        )
        confirmed = towards > max(MIN_IN_INPUTS, 2 * error)
        advice = (
            "The inputs show it, too: this is copy number. Leave the stretch out of the interpretation."
            if confirmed
            else "The inputs do not show it: no copy number, but a domain that changes as a whole, or inputs too "
            "shallow to tell. Look at the locus in a genome browser."
        )
    return Finding(
        "copy_number",
        "major" if confirmed else "minor",
        f"Genomic cluster on {cluster.chrom}",
        details + ".",
        advice,
        region_names(cluster.loci, LISTED_REGIONS),
        [(cluster.chrom, cluster.start, cluster.end)] if confirmed else [],
    )


def _in_inputs(controls: pd.DataFrame, cluster: Cluster) -> tuple[float, float] | None:
    """log2 of A / B in the inputs' reads of a stretch against the rest of the genome, and its standard error."""
    inside = (
        (controls["chrom"] == cluster.chrom) & (controls["start"] < cluster.end) & (controls["end"] > cluster.start)
    )
    a, b = controls["reads_a"], controls["reads_b"]
    within, rest = (a[inside].sum(), b[inside].sum()), (a[~inside].sum(), b[~inside].sum())
    if min(within) <= 0 or min(rest) <= 0:
        return None
    size = float(np.log2(within[0] / within[1]) - np.log2(rest[0] / rest[1]))
    # Reads are counts: the relative error of n of them is 1 / sqrt(n).
    return size, float(np.sqrt(1 / within[0] + 1 / within[1]) / np.log(2))


def _note(clusters: list[Cluster], tested: pd.DataFrame) -> Finding:
    by_chance = _expected_clusters(tested)
    loci = sum(len(one.loci) for one in clusters)
    more = len(clusters) > by_chance.max()
    return Finding(
        "dense-clusters",
        "minor" if more else "note",
        "Genomic clusters without a common shift",
        f"{plural(len(clusters), 'place')} ({plural(loci, 'significant locus', 'significant loci')}) hold {MIN_LOCI} "
        f"or more significant loci within {SPAN_BP // 1_000_000} Mb that point one way; as many differences dealt out "
        f"among the tested loci by chance make {by_chance.mean():.1f} (at most {by_chance.max()} in {DEALS} deals). "
        "The other loci there are not shifted with them.",
        "Copy number would move all of them. Neighbours that change together can be a domain: look at the largest."
        if more
        else "Differences are many: clusters of them are to be expected.",
        [f"{one.chrom}:{one.start}-{one.end}" for one in clusters[:LISTED_REGIONS]],
    )


def _expected_clusters(tested: pd.DataFrame) -> np.ndarray:
    """Clusters that each of some random deals of the significant loci and their directions makes."""
    rng = np.random.default_rng(_SEED)
    ordered = tested.sort_values(["chrom", "chromStart"])
    codes = np.where(ordered["significant"], np.where(ordered["direction"] == "A_enriched", 1, -1), 0)
    start, end = ordered["chromStart"].to_numpy(), ordered["chromEnd"].to_numpy()
    chrom = pd.factorize(ordered["chrom"])[0]
    edges = np.flatnonzero(np.diff(chrom, prepend=-1, append=-1))
    counts = []
    for _ in range(DEALS):
        dealt = rng.permutation(codes)
        count = 0
        for first, last in pairwise(edges):
            chosen = np.flatnonzero(dealt[first:last]) + first
            for sign in (1, -1):
                count += len(_dense(start[chosen], end[chosen], dealt[chosen] == sign))
        counts.append(count)
    return np.array(counts)
