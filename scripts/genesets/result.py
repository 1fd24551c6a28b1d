"""An enrichment of gene sets as a user has it: in notebooks, in files, and as a part of a report."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..common.console import announce_simulation, say, verify
from ..common.files.writing import output_folder
from ..common.reporting.parts import write_part
from ..common.results import require_number
from ..common.text import plural
from .enriched import Enrichment
from .outputs import DOT_PLOT, ENRICHMENT_TABLE, GENE_SET_FILES
from .plot import dot_plot
from .report import gene_set_section

MIN_SIZE, MAX_SIZE = 10, 500


@dataclass(frozen=True, repr=False)
class GeneSetResult(Enrichment):
    """What `gene_set_enrichment` returns: an `Enrichment` that is a part of a report (`common.reporting.parts`).

    Attributes
    ----------
    tab : str
        Its tab in a report.
    """

    tab: str = field(default="Gene sets", init=False)

    def sections(self) -> dict[str, str]:
        """Heading -> Markdown."""
        return {self.tab: gene_set_section(self)}

    def tables(self) -> dict[str, pd.DataFrame]:
        """File name -> table."""
        return {ENRICHMENT_TABLE: self.table}

    def draw(self, folder: Path) -> dict[str, str]:
        """Draw the dot plot as PNG and SVG; name -> what is to be seen."""
        from ..common.plotting.drawing import save_plots

        save_plots([(DOT_PLOT, lambda: dot_plot(self))], folder)
        sides = " and ".join(self.labels.values())
        return {DOT_PLOT: f"Gene sets by fold enrichment, number of genes hit and q-value: {sides}"}

    def write(self, output_dir: str | os.PathLike[str]) -> list[Path]:
        """Write table and plot into a folder; of a results folder, its ``analysis_object.json`` is brought up to date.

        Returns
        -------
        list of Path
            The files.
        """
        with output_folder(output_dir) as folder:
            # Simulated by its results, or by its sets alone.
            written = write_part(self, folder, GENE_SET_FILES, simulated=self.simulated)
        return [folder / name for name in written]

    def tell(self) -> None:
        """Say on the console what was counted and found."""
        for line in self.statements:
            say(f"  {line}")
        say(f"  {self.headline()}")
        announce_simulation(self.simulated)
        verify("✓ Gene sets tested successfully!")

    def __repr__(self) -> str:
        mark = "SIMULATED. " if self.simulated else ""
        return (
            f"<{type(self).__name__}: {mark}{self.title}: {self.headline()}. Its .table has {len(self.table):,} rows>"
        )

    def _repr_html_(self) -> str:
        from ..common.reporting.html.summary import SHOWN_ROWS, notebook_summary

        found = self.enriched().groupby("direction").size()
        counts = [
            (f"{found.get(direction, 0):,}", f"sets enriched, {label}") for direction, label in self.labels.items()
        ]
        keys = [name for name in self.__dataclass_fields__ if name != "tab"]
        rows = self.table.head(SHOWN_ROWS).drop(columns="genes")
        return notebook_summary(self.title, counts, [], rows, keys, simulated=self.simulated)


def check_sizes(min_size: object, max_size: object) -> tuple[int, int]:
    """Least and largest number of a set's genes; `InputError` for what is none, or the wrong way round."""
    least = int(require_number("min_size", min_size, "a whole number of genes, 1 or more", least=1))
    most = require_number("max_size", max_size, f"a whole number of genes, min_size ({least}) or more", least=least)
    return least, int(most)


def left_out(small: int, large: int, min_size: int, max_size: int) -> list[str]:
    """What is said of sets that were not tested for their size."""
    parts = [
        f"{plural(count, 'set')} with {word} than {size:,} genes"
        for count, word, size in ((small, "fewer", min_size), (large, "more", max_size))
        if count
    ]
    return [f"Left out for their size among the genes that could be chosen: {' and '.join(parts)}."] if parts else []
