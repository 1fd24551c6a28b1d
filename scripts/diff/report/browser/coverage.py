"""Where the coverage of a comparison's experiments is: ChIP-Atlas's public files, and files of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ....chipatlas.accessions import kind_of
from ....chipatlas.endpoints import data_url
from ....chipatlas.transport.remote_file import is_url
from ....common.plotting.drawing import COLOR_A, COLOR_B
from ....common.text import clean_label
from ....engine.files.kinds import Kind, kind_by_name
from ...diff_result import DiffResult

#: What a genome browser reads as coverage.
_SHOWN = (Kind.BIGWIG, Kind.BEDGRAPH, Kind.BAM)


@dataclass(frozen=True)
class CoverageFile:
    """Coverage (or methylation) of one experiment.

    Attributes
    ----------
    name, group : str
        Accession, or a name of the user's; ``A`` or ``B``.
    place : str
        Address, or absolute path.
    about : str
        Antigen and cell type, where they are known.
    public : bool
        Whether it is ChIP-Atlas's own file.
    """

    name: str
    group: str
    place: str
    about: str
    public: bool

    @property
    def color(self) -> str:
        """Of its group."""
        return COLOR_A if self.group == "A" else COLOR_B


def coverage_files(results: DiffResult) -> tuple[list[CoverageFile], list[str]]:
    """Coverage of each experiment of the two groups, and the experiments that have none that a browser reads."""
    from ....engine.results import coverage_file

    given = {one["name"]: one["bigwig"] for one in results["provenance"].get("inputs") or []}
    about = _described(results)
    name_of = "dmr" if results.analysis.is_dmr else "diffbind"
    found, without = [], []
    for name, group in results["samples"][["accession", "group"]].itertuples(index=False, name=None):
        parts = coverage_file(name, name_of, results["parameters"]["genome"])  # type: ignore[arg-type]
        public = bool(kind_of(name)) and given.get(name, "/".join(parts)).endswith("/".join(parts))
        place = given.get(name) or (data_url(*parts) if public else "")
        if not place or not (public or kind_by_name(place) in _SHOWN):
            without.append(name)
            continue
        place = place if is_url(place) else str(Path(place).expanduser().absolute())
        found.append(CoverageFile(name, group, place, about.get(name, ""), public))
    return found, without


def _described(results: DiffResult) -> dict[str, str]:
    table = results["experiments"]
    if not {"accession", "antigen", "cell_type"} <= set(table.columns):
        return {}
    rows = table[["accession", "antigen", "cell_type"]].fillna("").itertuples(index=False, name=None)
    return {name: ", ".join(filter(None, map(clean_label, words))) for name, *words in rows}
