"""The signal of a comparison as a part of its report: profile, heatmap and the best loci."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ...common.console import announce_simulation, say
from ...common.errors import InputError
from ...common.files.writing import prepare_folder
from ...common.plotting.drawing import save_plots
from ...common.reporting.markdown import bullets, cell, code
from ...common.reporting.parts import write_part
from ...common.results import refuse_shared_folder, require_number
from ...common.text import plural
from ..annotate.features.gene_models import GeneModels
from ..diff_result import DiffResult
from ..outputs import PART_SIGNAL_FILES, SIGNAL_HEATMAP, SIGNAL_PROFILE, TOP_LOCI, TOP_LOCI_TABLE
from ..results.loci import one_per_locus
from .experiments import experiments_of
from .figures import heatmap, profile
from .loci import UCSC, TopLoci, top_loci
from .matrix import Signal, signal_matrix
from .panels import panels

#: Regions of the profile and the heatmap: enough for a mean, few enough to be read from public files.
REGIONS = 500
#: Half of the least window (bp).
FLANK = 2000


@dataclass(frozen=True)
class SignalPart:
    """What `signal_part` gives; a `Part` of `export_all`.

    Attributes
    ----------
    signal : Signal
        Around the best regions, one of each locus.
    loci : TopLoci
        The best of all.
    fingerprint : str
        Of the results that they are of.
    tab : str
    """

    signal: Signal
    loci: TopLoci
    fingerprint: str
    tab: str = "Signal"

    def __repr__(self) -> str:
        mark = "SIMULATED. " if self.loci.simulated else ""
        return (
            f"<SignalPart: {mark}{plural(len(self.signal.regions), 'region')} and "
            f"{plural(len(self.table), 'locus', 'loci')} x {plural(len(self.signal.experiments), 'experiment')}>"
        )

    def _repr_html_(self) -> str:
        return self.loci._repr_html_()

    @property
    def table(self) -> pd.DataFrame:
        """The best loci with their coverage; see `TopLoci`."""
        return self.loci.table

    def sections(self) -> dict[str, str]:
        """What is drawn and how to take it."""
        read = self.signal.bytes_read + self.loci.bytes_read
        whole = max(self.signal.bytes_whole, self.loci.bytes_whole)
        of_files = f" {read:,} bytes were fetched, in two passes over files of {whole:,}." if whole else ""
        around = plural(len(self.signal.regions), "significant region")
        notes = [
            f"Coverage of {plural(len(self.signal.experiments), 'experiment')} in reads per million, each scaled by "
            f"its own number of reads: around {around}, the best of each locus, and over the "
            f"{plural(len(self.table), 'best locus', 'best loci')}.{of_files}",
            "These regions were chosen because they differ. That they look different is the result again, not evidence "
            "for it; look at whether all experiments of a group agree, and at the shape.",
            "Reads per million take the total for the same in both groups; the test has a "
            "normalisation of its own. Where most of the genome changes, the two can disagree.",
            f"A panel's loci are merged regions, so that a peak that was cut counts once: {code(TOP_LOCI_TABLE)}.",
        ]
        if self.loci.source:
            notes.append(f"Genes: {cell(self.loci.source)}. A gene beside a locus need not be regulated by it.")
        return {"Signal around regions": bullets([*notes, *map(cell, self.signal.notes)])}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The best loci."""
        return {TOP_LOCI_TABLE: self.table}

    def draw(self, folder: Path) -> dict[str, str]:
        """Draw profile, heatmap and panels."""
        drawn: dict[str, Any] = {
            TOP_LOCI: partial(panels, self.loci),
            SIGNAL_PROFILE: partial(profile, self.signal),
            SIGNAL_HEATMAP: partial(heatmap, self.signal),
        }
        save_plots(drawn.items(), folder)
        groups = " and ".join(self.loci.labels)
        best = "; ".join(
            f"{gene or f'{chrom}:{start}-{end}'}, {self.loci.effect} {effect:+.2f}"
            for gene, chrom, start, end, effect in zip(
                *(self.table[name] for name in ("gene", "chrom", "chromStart", "chromEnd", self.loci.effect)),
                strict=True,
            )
        )
        return {
            TOP_LOCI: f"Coverage of {groups} over the best loci, with tested regions and genes: {best}.",
            SIGNAL_PROFILE: f"Mean coverage of {groups} around the significant regions, by direction.",
            SIGNAL_HEATMAP: f"Coverage around every one of these regions, {groups} side by side.",
        }

    def save(self, output_dir: str | os.PathLike[str] = "diff_analysis_results") -> dict[str, Path]:
        """Write pictures and table into a folder, beside its export or alone; file name -> path."""
        folder = prepare_folder(output_dir)
        refuse_shared_folder(folder, "differential regions")
        announce_simulation(self.loci.simulated)
        written = write_part(self, folder, PART_SIGNAL_FILES, simulated=self.loci.simulated)
        for name in self.tables():
            say(f"  Saved: {name}")
        return {name: folder / name for name in written}


def signal_part(
    results: MutableMapping[str, Any],
    n_regions: int = REGIONS,
    n: int = 12,
    flank: int = FLANK,
    genes: GeneModels | str | None = UCSC,
    reads: Mapping[str, float] | None = None,
    workers: int | None = None,
) -> SignalPart:
    """Read the coverage of a comparison's experiments around its best regions and over its best loci.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow` or `recut`, or its pickle.
    n_regions : int
        Most regions in the profile and the heatmap: significant ones, the best of each locus, by q-value.
    n : int
        Loci that get a panel, 1 to 48.
    flank : int
        Bases to either side of a region's middle in profile and heatmap; a multiple of 50.
    genes : GeneModels, "ucsc" or None
        Gene models; ``ucsc``: downloaded, and kept; None: no genes.
    reads : mapping of str to float, optional
        Usable reads of each file of your own, by its path or its experiment's name.
    workers : int, optional
        Processes that read; as many as there are cores, at most 4.

    Returns
    -------
    SignalPart
        For ``export_all(results, parts=[...])``, or to save alone.

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
    most = int(require_number("n_regions", n_regions, "a whole number of regions, 1 or more", least=1))
    groups, known = experiments_of(results, reads)
    regions = one_per_locus(results["diff_regions"], results["diff_regions"]["significant"]).head(most)
    if regions.empty:
        raise InputError(f"No region is significant ({results.cut.rule}), so there is nothing to draw.")
    genome = results["parameters"]["genome"]
    loci = top_loci(results, groups, n, genes=genes, reads=known, workers=workers)
    signal = signal_matrix(regions, groups, genome, flank, reads=known, workers=workers)
    return SignalPart(signal, loci, results.fingerprint())
