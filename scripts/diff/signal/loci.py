"""Coverage over the best loci of a comparison, experiment by experiment, with their regions and genes."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...common.console import announce_simulation
from ...common.errors import InputError
from ...common.results import require_number
from ...common.text import plural
from ..analysis import POSITION
from ..annotate.features.assign import assign_features
from ..annotate.features.gene_models import GeneModels
from ..diff_result import DiffResult
from ..results.loci import merge_loci
from .experiments import experiments_of, refuse_methylation
from .genes import Gene, fetched_models, genes_within
from .matrix import read_tracks, tell_read, tracks_of

#: Bins of a panel: some two for each point of its width on paper.
BINS = 240
#: Bases to either side of a locus, where none are given: as many as the locus has, within these.
LEAST_FLANK, MOST_FLANK = 2_000, 20_000
MOST_LOCI = 48
#: Of a panel's width, a letter of a gene's name.
LETTER = 1 / 44
UCSC = "ucsc"


@dataclass(frozen=True)
class TopLoci:
    """Coverage over loci.

    Attributes
    ----------
    table : DataFrame
        One row a locus, the best first: what `merge_loci` gives (0-based half-open), ``windowStart windowEnd``;
        ``gene`` and ``feature`` of the best region's centre (see `assign_features`; without gene models what was looked
        up for `export_all`, and empty); ``coverage_a coverage_b``: mean over the locus and the group's experiments, in
        reads per million.
    values : ndarray of float32, shape (n_experiments, n_loci, `BINS`)
        Mean coverage of each bin in reads per million; NaN beyond a contig's end and on a contig that a file lacks.
    widths : ndarray of int, shape (n_loci,)
        Bases of a bin; the first begins at ``windowStart``.
    experiments, groups : list of str
        Name, and label of the group, of each.
    regions : list of DataFrame
        The tested regions in each window, as in ``diff_regions``.
    genes : list of (list of Gene, int)
        The genes in each window, and how many more there are than were given a place.
    genome, effect, rule : str
        Column of the effect, and what is significant, in words.
    simulated : bool
    bytes_read, bytes_whole : int
        Over all files behind addresses: received, and their sizes.
    source : str
        Where the genes come from; empty without.
    notes : list of str
    """

    table: pd.DataFrame
    values: np.ndarray
    widths: np.ndarray
    experiments: list[str]
    groups: list[str]
    regions: list[pd.DataFrame]
    genes: list[tuple[list[Gene], int]]
    genome: str
    effect: str
    rule: str
    simulated: bool
    bytes_read: int = 0
    bytes_whole: int = 0
    source: str = ""
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        mark = "SIMULATED. " if self.simulated else ""
        count = plural(len(self.table), "locus", "loci")
        return f"<TopLoci: {mark}{count} x {plural(len(self.experiments), 'experiment')}, {self.genome}>"

    def _repr_html_(self) -> str:
        mark = "<p><strong>SIMULATED</strong></p>" if self.simulated else ""
        return mark + str(self.table.to_html(index=False))

    @property
    def labels(self) -> list[str]:
        """The groups, A first."""
        return list(dict.fromkeys(self.groups))

    def of_group(self, label: str, locus: int) -> np.ndarray:
        """The values of a group at a locus: shape (n_experiments_of_it, `BINS`)."""
        return self.values[[group == label for group in self.groups], locus]

    def positions(self, locus: int) -> np.ndarray:
        """Middle of each bin of a locus, in bases along its contig."""
        start, width = int(self.table["windowStart"].iloc[locus]), int(self.widths[locus])
        return np.asarray(start + (np.arange(BINS) + 0.5) * width)


def top_loci(
    results: MutableMapping[str, Any],
    experiments: Mapping[str, Sequence[str]] | None = None,
    n: int = 12,
    flank: int | None = None,
    genes: GeneModels | str | None = UCSC,
    reads: Mapping[str, float] | None = None,
    workers: int | None = None,
) -> TopLoci:
    """Coverage of both groups over the loci with the smallest q-values.

    A locus is all regions that abut or overlap (`merge_loci`), so that a peak that was cut counts once. Loci with a
    significant region come first; where there are fewer than `n`, fewer are given.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow` or `recut`, or its pickle.
    experiments : mapping of str to sequence of str, optional
        Label of a group -> accessions, or paths or addresses of bigWigs of your own; those of the comparison when not
        given. The group that the effect is positive for first.
    n : int
        Loci, 1 to 48.
    flank : int, optional
        Bases to either side of a locus; as many as the locus has, at least 2,000 and at most 20,000, when not given.
    genes : GeneModels, "ucsc" or None
        Gene models; ``ucsc``: downloaded, and kept; None: no genes.
    reads : mapping of str to float, optional
        Usable reads of each file of your own, by its path or its experiment's name, as for `signal_matrix`.
    workers : int, optional
        Processes that read; as many as there are cores, at most 4.

    Returns
    -------
    TopLoci

    Raises
    ------
    InputError
        No significant region, methylation, or settings that do not fit.
    NotFoundError, ServiceUnavailableError, BadResponseError
        A public file cannot be read.
    MissingExtraError
        The `local` extra is not installed.
    """
    results = DiffResult.of(results)
    count = int(require_number("n", n, f"a whole number of loci from 1 to {MOST_LOCI}", least=1, most=MOST_LOCI))
    room = None if flank is None else int(require_number("flank", flank, "a number of bases, 0 or above", least=0))
    if genes is not None and genes != UCSC and not isinstance(genes, GeneModels):
        raise InputError(f"genes is {genes!r}; give 'ucsc', None, or what fetch_gene_models() returned.")
    refuse_methylation(results)
    groups, known = experiments_of(results, reads) if experiments is None else (experiments, reads or {})
    genome = results["parameters"]["genome"]
    table, widths = _windows(results, count, room)
    tracks, labels = tracks_of(groups, genome, known)
    models, simulated = fetched_models(genome) if genes == UCSC else (genes, False)
    places = pd.DataFrame({"chrom": table["chrom"], "start": table["windowStart"], "end": table["windowEnd"]})
    found = read_tracks(tracks, places, widths, genome, workers)
    values = np.stack([one.values for one in found])
    table["gene"], table["feature"] = _named(table, models, results)
    for column, label in zip(("coverage_a", "coverage_b"), groups, strict=False):
        table[column] = _over_loci(values[[one == label for one in labels]], table, widths)
    simulated |= results.simulated or any(one.simulated for one in found)
    announce_simulation(simulated)
    loci = TopLoci(
        table,
        values,
        widths,
        [track.name for track in tracks],
        labels,
        [_regions_within(results["diff_regions"], row) for row in table.to_dict("records")],
        _genes(table, models),
        genome,
        results.analysis.effect,
        results.cut.rule,
        simulated,
        sum(one.bytes_read for one in found),
        sum(one.bytes_whole for one in found),
        "" if models is None else models.source,  # type: ignore[union-attr]
        [f"{track.name}: {note}." for track, one in zip(tracks, found, strict=True) for note in one.notes],
    )
    tell_read(loci, plural(len(loci.table), "locus", "loci"))
    return loci


def _windows(results: DiffResult, count: int, room: int | None) -> tuple[pd.DataFrame, np.ndarray]:
    """The loci with their windows, and the bases of a bin of each."""
    merged = merge_loci(results["diff_regions"], results.analysis.effect)
    merged = merged[merged["n_significant"] > 0].sort_values("qvalue", kind="stable")
    table = merged.head(count).reset_index(drop=True)
    if table.empty:
        raise InputError(f"No region is significant ({results.cut.rule}), so there is no locus to draw.")
    size = (table["chromEnd"] - table["chromStart"]).to_numpy(np.int64)
    flank = np.clip(size, LEAST_FLANK, MOST_FLANK) if room is None else np.full(len(size), room)
    widths = np.maximum(-(-(size + 2 * flank) // BINS), 1)
    middle = (table["chromStart"] + table["chromEnd"]).to_numpy(np.int64) // 2
    table["windowStart"] = middle - widths * BINS // 2
    table["windowEnd"] = table["windowStart"] + widths * BINS
    return table, widths


def _named(table: pd.DataFrame, models: GeneModels | str | None, results: DiffResult) -> tuple[list[str], list[str]]:
    """The gene of each locus, of the feature at its best region's centre or what was looked up before; the feature."""
    unknown = [""] * len(table)
    if isinstance(models, GeneModels):
        best = table[["chrom", "best_chromStart", "best_chromEnd"]].set_axis(list(POSITION), axis=1)
        found = assign_features(best, models)
        return found["feature_gene"].fillna("").tolist(), found["feature"].tolist()
    known = results.get("nearest_genes")
    if known is None:
        return unknown, unknown
    regions = results["diff_regions"].loc[known.index]
    of_place = dict(zip(regions[list(POSITION)].itertuples(index=False, name=None), known, strict=True))
    places = table[["chrom", "best_chromStart", "best_chromEnd"]].itertuples(index=False, name=None)
    return [of_place.get(place, "") for place in places], unknown


def _over_loci(values: np.ndarray, table: pd.DataFrame, widths: np.ndarray) -> np.ndarray:
    """Mean over the bins whose middle is in the locus, and over experiments; NaN is left out."""
    start = table["windowStart"].to_numpy()[:, None]
    middle = start + (np.arange(BINS) + 0.5) * widths[:, None]
    inside = (middle >= table["chromStart"].to_numpy()[:, None]) & (middle < table["chromEnd"].to_numpy()[:, None])
    known = inside & ~np.isnan(values)
    counted = known.sum(axis=(0, 2))
    return np.where(
        counted > 0, np.where(known, values, 0).sum(axis=(0, 2), dtype=float) / np.maximum(counted, 1), np.nan
    )


def _regions_within(regions: pd.DataFrame, row: Mapping[Any, Any]) -> pd.DataFrame:
    inside = (regions["chrom"] == row["chrom"]) & (regions["chromStart"] < row["windowEnd"])
    return regions[inside & (regions["chromEnd"] > row["windowStart"])]


def _genes(table: pd.DataFrame, models: GeneModels | str | None) -> list[tuple[list[Gene], int]]:
    if not isinstance(models, GeneModels):
        return [([], 0) for _ in range(len(table))]
    windows = table[["chrom", "windowStart", "windowEnd"]].itertuples(index=False, name=None)
    return [genes_within(models, chrom, start, end, (end - start) * LETTER) for chrom, start, end in windows]
