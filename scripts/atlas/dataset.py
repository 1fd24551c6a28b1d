"""A built atlas, opened for questions: checked first, names matched, scores as a query."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..chipatlas.assemblies import get_assembly
from ..common.errors import InputError, NotFoundError
from ..common.results import require_number
from ..common.text import fold, near_matches, plural
from .building.index import EXPERIMENTS, GENES, SUMMARY
from .extra import atlas_extra
from .manifest import BUILT, MANIFEST, read_manifest
from .sql import connection, placeholders

if TYPE_CHECKING:
    import duckdb

#: Names of a message; a list of a thousand helps nobody.
_MAX_NAMED = 5

# The scores over all experiments are in the files; the file's own averages, as for a single factor.
_ALL_EXPERIMENTS = """
SELECT factor, gene, avg_score, max_score, num_bound, num_experiments, binding_rate, string_score, cell_balanced_score,
       cell_types
FROM read_parquet($summary)
WHERE {which}
"""
# Over the experiments in some cell types they are computed from the pairs. N counts experiments without any peak too:
# they are in no pair. The mean over cell types is over those of the factor that are asked for.
_SOME_EXPERIMENTS = """
SELECT factor, gene,
       sum(score) / any_value(n.num_experiments) AS avg_score,
       max(top)::INTEGER AS max_score,
       sum(bound)::INTEGER AS num_bound,
       any_value(n.num_experiments) AS num_experiments,
       sum(bound) / any_value(n.num_experiments) AS binding_rate,
       0::INTEGER AS string_score,
       sum(score / n_cell) / any_value(n.num_cell_types) AS cell_balanced_score,
       list({{'cell_type': cell_type, 'num_bound': bound::INTEGER}} ORDER BY bound DESC, cell_type) AS cell_types
FROM (
    SELECT factor, gene, cell_type, sum(score) AS score, max(score) AS top, count(*) AS bound
    FROM read_parquet($pairs, hive_partitioning = true, hive_types_autocast = false)
    WHERE cell_type IN {cell_types} AND {which}
    GROUP BY factor, gene, cell_type
)
JOIN (
    SELECT factor, cell_type, count(*) AS n_cell
    FROM read_parquet($experiments) WHERE cell_type IN {cell_types} GROUP BY factor, cell_type
) USING (factor, cell_type)
JOIN (
    SELECT factor, count(*)::INTEGER AS num_experiments, count(DISTINCT cell_type) AS num_cell_types
    FROM read_parquet($experiments) WHERE cell_type IN {cell_types} GROUP BY factor
) AS n USING (factor)
GROUP BY factor, gene
"""
_WITH_STRING = """
SELECT s.* REPLACE (coalesce(k.string_score, 0)::INTEGER AS string_score)
FROM ({scores}) AS s
LEFT JOIN (SELECT factor, gene, string_score FROM read_parquet($summary) WHERE {which}) AS k USING (factor, gene)
"""
_THRESHOLDS = "SELECT * FROM ({scores}) WHERE avg_score >= $min_avg_score AND binding_rate >= $min_binding_rate"


@dataclass(frozen=True)
class Selection:
    """Links to look at: a statement, and the values bound to it."""

    statement: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A complete atlas.

    Attributes
    ----------
    folder : Path
    manifest : dict
        The content of ``manifest.json``.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def genome(self) -> str:
        """UCSC's assembly name."""
        return str(self.manifest["genome"])

    @property
    def place(self) -> str:
        """Assembly and window for the reader: ``hg38, ±5kb``."""
        return f"{self.genome}, ±{self.manifest['distance']}kb"

    @property
    def simulated(self) -> bool:
        """Whether the tables came from the embedded service."""
        return bool(self.manifest["simulated"])

    @cached_property
    def factors(self) -> list[str]:
        """Factors with data, by name."""
        return sorted(name for name, entry in self.manifest["factors"].items() if entry["outcome"] == BUILT)

    @cached_property
    def genes(self) -> list[str]:
        """Genes with a peak of any factor, by name."""
        return self._column(GENES, "gene")

    @cached_property
    def cell_types(self) -> list[str]:
        """Cell types of the experiments, by name."""
        return sorted(set(self._column(EXPERIMENTS, "cell_type")))

    def about(self) -> dict[str, Any]:
        """What a result says of where it comes from."""
        return {"genome": self.genome, "distance": self.manifest["distance"], "simulated": self.simulated}

    @contextmanager
    def database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the questions of one call."""
        with connection() as database:
            yield database

    def match_genes(self, names: Iterable[str]) -> list[str]:
        """The genes of this atlas by these names, whatever their case, in the order given, each once.

        Raises
        ------
        InputError
            No name is given, or one is no text.
        NotFoundError
            No factor binds a gene of that name; near names follow.
        """
        wanted = check_names("genes", names)
        found, missing = split_known(wanted, self.genes)
        if missing:
            shown = ", ".join(map(repr, missing[:_MAX_NAMED])) + (", ..." if len(missing) > _MAX_NAMED else "")
            raise NotFoundError(
                f"No factor of this atlas binds a gene called {shown} ({self.place}; {len(self.genes):,} genes).\n"
                f"Give official symbols of {get_assembly(self.genome).organism} protein-coding genes.",
                [match for name in missing[:_MAX_NAMED] for match in near_matches(name, self.genes, limit=3)],
            )
        return found

    def match_factors(self, names: Iterable[str]) -> list[str]:
        """The factors of this atlas by these names; as `match_genes`."""
        found, missing = split_known(check_names("factors", names), self.factors)
        if missing:
            entry = self.manifest["factors"].get(missing[0])
            why = f" It was asked for: {entry['outcome']} ({entry['detail']})." if entry else ""
            raise NotFoundError(
                f"This atlas ({self.place}) has no data for {missing[0]!r}.{why} "
                f"It holds {plural(len(self.factors), 'factor')}.",
                near_matches(missing[0], self.factors),
            )
        return found

    def match_cell_types(self, names: Iterable[str] | str | None) -> list[str] | None:
        """The cell types by these names, case, spaces, ``_`` and ``-`` aside; None for all.

        Raises
        ------
        InputError
            No name is given, or one is no text.
        NotFoundError
            No experiment is in such a cell type; never falls back to all.
        """
        if names is None:
            return None
        wanted = check_names("cell_types", names)
        folded = {fold(name) for name in self.cell_types}
        for name in wanted:
            if fold(name) not in folded:
                raise NotFoundError(
                    f"No experiment of this atlas is in cell type {name!r} ({len(self.cell_types):,} cell types).",
                    near_matches(name, self.cell_types),
                )
        keys = {fold(name) for name in wanted}
        return [name for name in self.cell_types if fold(name) in keys]

    def scores(
        self,
        *,
        genes: Sequence[str] | None = None,
        factors: Sequence[str] | None = None,
        cell_types: Sequence[str] | None = None,
        min_avg_score: float = 0.0,
        min_binding_rate: float = 0.0,
    ) -> Selection:
        """The scores of some or all gene-factor links, as a query with the columns of the summary.

        Names are those of this atlas. With `cell_types` every number is of the experiments in these alone.
        """
        least = {
            "min_avg_score": require_number("min_avg_score", min_avg_score, "a score such as 50", least=0),
            "min_binding_rate": require_number(
                "min_binding_rate", min_binding_rate, "a share, 0 to 1", least=0, most=1
            ),
        }
        which, values = _conditions(genes, factors)
        only = factors[0] if factors is not None and len(factors) == 1 else None
        summary = self.partition(only, "summary") if only else self.file(SUMMARY)
        values |= {"summary": summary, **least}
        if cell_types is None:
            statement = _ALL_EXPERIMENTS.format(which=which)
        else:
            listed, bound = placeholders("cell", list(cell_types))
            scores = _SOME_EXPERIMENTS.format(which=which, cell_types=listed)
            statement = _WITH_STRING.format(scores=scores, which=which)
            values |= bound
            values |= {
                "experiments": self.file(EXPERIMENTS),
                "pairs": [self.partition(name, "pairs") for name in (self.factors if factors is None else factors)],
            }
        return Selection(_THRESHOLDS.format(scores=statement), values)

    def file(self, name: str) -> str:
        """The path of a file over all factors."""
        return self._checked(self.manifest["index"][name])

    def partition(self, factor: str, kind: str) -> str:
        """The path of one factor's file: ``pairs``, ``summary`` or ``experiments``."""
        return self._checked(self.manifest["factors"][factor]["files"][kind])

    def _checked(self, file: dict[str, Any]) -> str:
        path = self.folder / file["path"]
        if not path.is_file() or path.stat().st_size != file["bytes"]:
            raise InputError(
                f"{path} is missing or not as it was written: the atlas is damaged.\n"
                "Run build_atlas() again with the same arguments; it mends what is broken."
            )
        return str(path)

    def _column(self, name: str, column: str) -> list[str]:
        with atlas_extra():
            import pyarrow.parquet as pq
        values: list[str] = pq.ParquetFile(self.file(name)).read(columns=[column])[column].to_pylist()
        return values


def open_atlas(atlas: str | os.PathLike[str] | Dataset, genome: str | None = None) -> Dataset:
    """Open a dataset that `build_atlas` has finished.

    Parameters
    ----------
    atlas : path or Dataset
        Its folder; one that is open stays as it is.
    genome : str, optional
        The assembly it must be of.

    Raises
    ------
    InputError
        No atlas, one that is half-written or damaged, or one of another assembly.
    """
    if isinstance(atlas, Dataset):
        dataset = atlas
    else:
        if not isinstance(atlas, (str, os.PathLike)) or not str(atlas).strip():
            raise InputError(f"atlas is {atlas!r}; give the folder that build_atlas() wrote.")
        folder = Path(atlas).expanduser()
        dataset = Dataset(folder, read_manifest(folder))
    if not dataset.manifest["complete"]:
        raise InputError(
            f"The atlas in {dataset.folder} is half-written: its build was interrupted or is still at work.\n"
            f"Run build_atlas() again with the same arguments; it goes on from what {MANIFEST} says is done."
        )
    if genome is not None and get_assembly(genome).name != dataset.genome:
        raise InputError(
            f"{dataset.folder} is an atlas of {dataset.genome}, not of {genome}. Give the one of {genome}."
        )
    for name in (SUMMARY, EXPERIMENTS, GENES):
        dataset.file(name)
    return dataset


def check_names(what: str, names: Iterable[str] | str) -> list[str]:
    """One or more names, each once, without the spaces around them."""
    given = [names] if isinstance(names, str) else list(names) if isinstance(names, Iterable) else []
    if not given or not all(isinstance(name, str) and name.strip() for name in given):
        raise InputError(f"{what} is {names!r:.80}; give one or more names as text.")
    return list(dict.fromkeys(name.strip() for name in given))


def split_known(names: Iterable[str], choices: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names that exist, as they are written there, and names that do not.

    The exact name comes first; otherwise case is ignored, unless several names differ in nothing else (fly ``Dl`` and
    ``dl``): then the name is missing, and near matches tell the two.
    """
    exact = set(choices)
    by_case: dict[str, list[str]] = {}
    for choice in choices:
        by_case.setdefault(choice.casefold(), []).append(choice)
    found: dict[str, None] = {}
    missing = []
    for name in names:
        alike = [name] if name in exact else by_case.get(name.casefold(), [])
        if len(alike) == 1:
            found[alike[0]] = None
        else:
            missing.append(name)
    return list(found), missing


def _conditions(genes: Sequence[str] | None, factors: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    parts = ["true"]
    values: dict[str, Any] = {}
    for column, names in (("gene", genes), ("factor", factors)):
        if names is not None:
            listed, bound = placeholders(column, list(names))
            parts.append(f"{column} IN {listed}")
            values |= bound
    return " AND ".join(parts), values
