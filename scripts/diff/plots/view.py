"""What the plots of the regions show: the regions with the status they are coloured by, and the words around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.assemblies import assembly_of
from ...common.findings import Finding
from ...common.plotting.drawing import DIRECTION_COLORS, literal
from ...common.text import plural, short_pair
from ..analysis import Analysis, Cut, analysis_of
from ..diff_result import DiffResult
from ..qc.chromosomes import suspect_regions

#: Characters of a group's label that a plot shows, and that fit into one line of an axis title and of the legend.
LABEL_WIDTH = 24
ONE_LINE_AXIS = 44
ONE_LINE_LEGEND = 85


class PlotView:
    """What the plots show: the regions with the status they are coloured by, and the words around them."""

    def __init__(
        self,
        regions: pd.DataFrame,
        *,
        labels: tuple[str, str],
        genome: str,
        cut: Cut,
        simulated: bool,
        genes: pd.Series | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        self.analysis: Analysis = analysis_of(regions)
        self.label_a, self.label_b = map(literal, short_pair(*labels, LABEL_WIDTH))
        self.assembly = assembly_of(genome, regions["chrom"].unique())
        self.cut = cut
        self.simulated = simulated
        named = pd.Series(dtype=object) if genes is None else genes
        suspect = suspect_regions(regions.loc[named.index], findings)
        #: Indexed as the first of the regions; none of those that a major finding advises not to interpret.
        self.genes = named.where(~suspect, "")
        #: Regions that have a gene and are not named for that reason.
        self.unnamed = int(((named != "") & suspect).sum())
        significant = regions["significant"].to_numpy(bool)
        direction = regions["direction"].to_numpy(dtype=object)
        # By number, and not by name: of 300,000 regions the names alone would be megabytes, several times.
        status = np.where(direction == "A_enriched", 2, np.where(direction == "B_enriched", 1, 0)) * significant
        unchanged, in_b, in_a = np.bincount(status, minlength=3).tolist()
        #: A q-value below the threshold with an effect of 0, or none: in neither direction.
        self.without_direction = bool((significant & (status == 0)).any())
        names = self._status_names(in_a, in_b, unchanged)
        order = np.argsort(significant, kind="stable")
        categories = pd.Index([names[direction] for direction in ("unchanged", "B_enriched", "A_enriched")])
        #: Not-significant regions first, so that the others are drawn over them.
        self.regions = regions.take(order)
        # Put into the one copy that there is: `assign` and a sort would each make another.
        at = len(regions.columns)
        labelled = pd.Categorical.from_codes(status[order].tolist(), categories=categories)
        self.regions.insert(at, "status", pd.Series(labelled, index=self.regions.index))
        self.regions.insert(at + 1, "drawn", pd.Series(significant[order], index=self.regions.index))
        self.colors = {names[direction]: color for direction, color in DIRECTION_COLORS.items()}
        shown = ("A_enriched", "B_enriched", *(["unchanged"] if unchanged else []))
        self.legend_order = [names[direction] for direction in shown]

    @classmethod
    def of(cls, results: DiffResult, genes: pd.Series | None = None) -> PlotView:
        """From the results of the workflow."""
        parameters = results["parameters"]
        return cls(
            results["diff_regions"],
            labels=(parameters["description_a"], parameters["description_b"]),
            genome=parameters["genome"],
            cut=results.cut,
            simulated=results["provenance"]["simulated"],
            genes=genes,
            findings=results["qc_warnings"],
        )

    @property
    def significant(self) -> pd.DataFrame:
        """The regions drawn as significant."""
        return self.regions[self.regions["drawn"]]

    def title(self, what: str) -> str:
        """Two lines: what the plot is, and of what."""
        return f"{what}\n{self.label_a} vs {self.label_b} ({self.assembly.name}, {plural(len(self.regions), 'region')})"

    def effect_axis(self) -> str:
        """The effect with the groups' names in it."""
        name, sign = ("Methylation difference", "−") if self.analysis.is_dmr else ("log2 fold change", "/")
        groups = f"({self.label_a} {sign} {self.label_b})"
        return f"{name}{' ' if len(groups) <= ONE_LINE_AXIS - len(name) else chr(10)}{groups}"

    def color_scale(self) -> Any:
        """The colours of the three statuses, for points."""
        import plotnine as p9

        return p9.scale_color_manual(values=self.colors, limits=self.legend_order, guide=self._legend(size=4, alpha=1))

    def fill_scale(self, *, only_significant: bool = False) -> Any:
        """The same for bars; without the third status where it is not drawn."""
        import plotnine as p9

        two = only_significant and not self.without_direction
        limits = self.legend_order[:2] if two else self.legend_order
        return p9.scale_fill_manual(values=self.colors, limits=limits, guide=self._legend())

    def _legend(self, **look: float) -> Any:
        import plotnine as p9

        rows = 1 if sum(map(len, self.legend_order)) <= ONE_LINE_LEGEND else len(self.legend_order)
        return p9.guide_legend(nrow=rows, override_aes=look)

    def _status_names(self, in_a: int, in_b: int, unchanged: int) -> dict[str, str]:
        above = "Higher" if not self.analysis.is_dmr else "Methylation higher"
        return {
            "A_enriched": f"{above} in {self.label_a} (n={in_a:,})",
            "B_enriched": f"{above} in {self.label_b} (n={in_b:,})",
            "unchanged": f"{self.cut.otherwise}{' or no effect' if self.without_direction else ''} (n={unchanged:,})",
        }
