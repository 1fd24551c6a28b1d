"""What is known of the factors at some regions or genes: the tables, and how they came about."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..common.plotting.drawing import save_plots
from ..common.reporting.parts import write_part
from .outputs import ANTIGENS_CSV, EXPERIMENTS_CSV, FACTOR_FILES, JOBS_FOLDER, PLOT
from .sets import Sets
from .words import about_plot, in_sections, one_line

#: Rows that a notebook shows.
_SHOWN = 10
_SHOWN_COLUMNS = [
    "direction",
    "rank",
    "antigen",
    "enriched",
    "qvalue",
    "specific_log2_odds",
    "num_enriched",
    "num_experiments",
]


@dataclass(frozen=True, repr=False)
class EnrichedFactors:
    """Factors at regions that changed, or at a factor's target genes; a part of a report, and of use alone.

    Attributes
    ----------
    table : DataFrame
        One row an antigen and direction, by rank; columns `factors.antigens.COLUMNS`.
    experiments : DataFrame
        One row an experiment and direction: the service's columns (see `factors.parse`), the numbers recomputed from
        them (`factors.experiments`), ``study`` and ``counted``.
    sets : tuple of Sets
        What was asked; also what could not be.
    title, tab, fingerprint : str
        What was asked, in a line; for the report; which results these belong to.
    notes : list of str
        What a reader must know.
    parameters, provenance : dict
    """

    table: pd.DataFrame
    experiments: pd.DataFrame
    sets: tuple[Sets, ...]
    title: str
    fingerprint: str = ""
    notes: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    tab: str = "Factors"

    @property
    def simulated(self) -> bool:
        """Whether the numbers come from a simulation."""
        return bool(self.provenance.get("simulated"))

    def sections(self) -> dict[str, str]:
        """Heading -> Markdown body."""
        return in_sections(self.table, self.sets, self.notes)

    def tables(self) -> dict[str, pd.DataFrame]:
        """CSV file name -> the whole table."""
        return {ANTIGENS_CSV: self.table, EXPERIMENTS_CSV: self.experiments}

    def draw(self, folder: Path) -> dict[str, str]:
        """Draw ``enriched_factors`` as PNG and SVG; name -> alternative text."""
        from .plot import plot_factors

        save_plots([(PLOT, lambda: plot_factors(self.table, self.sets, self.title, simulated=self.simulated))], folder)
        return {PLOT: about_plot(self.table, self.sets)}

    def write(self, folder: Path) -> list[str]:
        """Write the tables and the picture into a folder, and list them where `export_all` wrote before.

        Returns the names of the files written.
        """
        jobs = [path.relative_to(folder).as_posix() for path in sorted((folder / JOBS_FOLDER).rglob("*"))]
        return write_part(self, folder, FACTOR_FILES, simulated=self.simulated, beside=jobs)

    def __repr__(self) -> str:
        mark = "SIMULATED. " if self.simulated else ""
        return f"<EnrichedFactors: {mark}{self.title}: {one_line(self.table, self.sets)}>"

    def _repr_html_(self) -> str:
        mark = "<p><b>SIMULATED</b></p>" if self.simulated else ""
        head = f"<p>{html.escape(self.title)}: {html.escape(one_line(self.table, self.sets))}</p>"
        shown = self.table.groupby("direction", sort=False).head(_SHOWN)[_SHOWN_COLUMNS]
        return f"{mark}{head}{shown.to_html(index=False, float_format=lambda value: f'{value:.3g}')}"
