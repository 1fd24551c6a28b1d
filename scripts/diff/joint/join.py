"""Several comparisons of one assembly as one answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ...common.console import announce_simulation, headline, say, verify
from ...common.provenance import now_utc, versions
from ...common.text import plural
from ..outputs import JOINT_OVERLAPS, JOINT_PAIRS, JOINT_REGIONS
from .compared import Compared, gathered
from .findings import joint_findings
from .joined import Joined
from .pairs import compare_pairs
from .report import joint_sections
from .table import exclusive_overlaps, joint_labels, joint_table, numbered_places

#: Name of the tab in a report.
TAB = "Comparisons"


@dataclass(frozen=True, repr=False)
class Joint(Joined):
    """Several comparisons beside each other: `Joined`, which has the attributes, as a part of a report."""

    @property
    def tab(self) -> str:
        """Name of its tab in a report."""
        return TAB

    @property
    def fingerprint(self) -> str:
        """Of the one result that all contrasts are of; empty where there are several results, whose part it is not."""
        known = {one.fingerprint for one in self.comparisons.values()}
        fits = {one.fit for one in self.comparisons.values()}
        return known.pop() if len(known) == 1 and fits != {""} else ""

    def sections(self) -> dict[str, str]:
        """Heading -> Markdown body."""
        return joint_sections(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """CSV file name -> the whole table."""
        return {JOINT_REGIONS: self.table, JOINT_OVERLAPS: self.overlaps, JOINT_PAIRS: self.pairs}

    def draw(self, folder: Path) -> dict[str, str]:
        """Draw its pictures into a folder; name -> what each shows, in words."""
        from .figures import draw_joint

        return draw_joint(self, folder)


def join_comparisons(comparisons: Mapping[str, Any] | str | os.PathLike[str]) -> Joint:
    """Set several comparisons side by side: shared loci, effects against effects, one table.

    Regions of different comparisons are matched by the bases they share (half-open: what abuts shares none). What is
    significant in one and not in another is no difference between them: how its loci fare in the other is told instead.

    Parameters
    ----------
    comparisons : mapping of str to results
        Name -> `DiffResult` (or its pickle's dict), a folder that `export_all` wrote, or what `contrasts_of` gives; of
        one assembly and one kind (peaks or methylation). Or one result, or its folder, of a design with named
        contrasts: these and its own comparison are then joined.

    Returns
    -------
    Joint

    Raises
    ------
    InputError
        Fewer than two comparisons, one without a name, or of different assemblies or kinds.
    NotFoundError
        A folder without results.
    """
    started_at = now_utc()
    headline("Several comparisons side by side")
    found = gathered(comparisons)
    places = numbered_places(found)
    labels = joint_labels(places)
    table = joint_table(found, labels)
    overlaps = exclusive_overlaps(table, found)
    pairs, matched = compare_pairs(found, table, places, labels)
    made = Joint(
        table, overlaps, pairs, joint_findings(found, table, pairs), found, matched, _provenance(found, started_at)
    )
    for name, one in found.items():
        say(f"  {name}: {plural(len(one.regions), 'region')}, {int(one.regions['significant'].sum()):,} significant")
    say("  " + ", ".join(f"{value} {what}" for value, what in made.headline()))
    for finding in made.findings:
        if finding.severity == "major":
            say(f"  {finding.title}. {finding.details}")
    announce_simulation(made.simulated)
    verify(f"✓ {plural(len(found), 'comparison')} joined")
    return made


def _provenance(found: Mapping[str, Compared], started_at: str) -> dict[str, Any]:
    return {
        "simulated": any(one.simulated for one in found.values()),
        "started_at": started_at,
        "finished_at": now_utc(),
        "versions": versions(),
        "comparisons": {name: one.provenance for name, one in found.items()},
    }
