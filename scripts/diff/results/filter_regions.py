"""Which regions are taken out before anything is read from them, and how many."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from ...chipatlas.assemblies import assembly_of
from ...common.console import say
from ...common.text import plural

#: Shorter than the motif of any transcription factor: an artefact of cutting overlapping peaks at their edges.
MIN_REGION_SIZE = 10


@dataclass(frozen=True)
class FilterCounts:
    """How many regions went in, were taken out by each rule (``both`` of them met both rules), and stayed."""

    before: int
    nonstandard_contig: int
    nonstandard_contig_significant: int
    below_min_size: int
    below_min_size_significant: int
    both: int
    after: int
    min_region_size: int = MIN_REGION_SIZE

    def as_dict(self) -> dict[str, int]:
        """As a plain dictionary."""
        return asdict(self)


def filter_regions(
    regions: pd.DataFrame,
    genome: str,
    *,
    standard_contigs_only: bool = True,
    min_region_size: int = MIN_REGION_SIZE,
) -> tuple[pd.DataFrame, FilterCounts]:
    """Take out regions on scaffolds and unplaced contigs, and regions too small to be real.

    Parameters
    ----------
    regions : DataFrame
        As `parse_bed_results` gives them.
    genome : str
        Assembly, which says what a standard chromosome is. The genomes of mitochondria and plastids are.
    min_region_size : int
        In bp; smaller regions are taken out.

    Returns
    -------
    DataFrame, FilterCounts
        The regions that stay, in the order they came, and the counts.
    """
    standard = assembly_of(genome, regions["chrom"].unique()).chromosomes
    off_standard = ~regions["chrom"].isin(standard) & standard_contigs_only
    too_small = regions["region_size"] < min_region_size
    kept = regions[~off_standard & ~too_small].reset_index(drop=True)
    counts = FilterCounts(
        before=len(regions),
        nonstandard_contig=int(off_standard.sum()),
        nonstandard_contig_significant=int((off_standard & regions["significant"]).sum()),
        below_min_size=int(too_small.sum()),
        below_min_size_significant=int((too_small & regions["significant"]).sum()),
        both=int((off_standard & too_small).sum()),
        after=len(kept),
        min_region_size=min_region_size,
    )
    both = f", {counts.both:,} of them both" if counts.both else ""
    say(
        f"  ✓ Filtered: {counts.before:,} → {counts.after:,} regions "
        f"({plural(counts.nonstandard_contig, 'region')} on non-standard contigs, "
        f"{counts.below_min_size:,} under {min_region_size} bp{both})"
    )
    return kept, counts
