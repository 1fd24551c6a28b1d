"""How a comparison is to be tested, beyond the server's own recipe: design, normalisation, regions. Checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...chipatlas.accessions import kind_of
from ...common.errors import InputError
from ...common.results import require_flag, require_number
from ...engine.edger.designs import TESTS
from ...engine.edger.normalisation import NORMALISATIONS
from ...engine.peaks.region_sets import REGION_SETS
from .examples import find_example
from .user_samples import read_table

if TYPE_CHECKING:
    from ...engine.testing import Plan

#: Headings under which a table of samples may keep the experiments' names, in order of preference.
NAME_COLUMNS = ("sample", "accession", "experiment", "experiment_id", "srx")
Samples = pd.DataFrame | Mapping[str, Iterable[Any]] | str | os.PathLike[str]


@dataclass(frozen=True)
class Testing:
    """Parameters of `run_diff_workflow` that the local engine alone knows; each has the server's own way as default.

    Attributes
    ----------
    samples : DataFrame
        Variables of the experiments, indexed by their names as they were given; empty without any.
    """

    design: str = ""
    samples: pd.DataFrame = field(default_factory=pd.DataFrame)
    contrasts: Mapping[str, Any] = field(default_factory=dict)
    test: str = "ql"
    normalisation: str | Mapping[str, float] = "tmm"
    min_abs_logfc: float = 0
    regions: str = "fragments"
    min_experiments: int = 2
    stability: bool = False

    @classmethod
    def names(cls) -> list[str]:
        """Names of the parameters."""
        return [one.name for one in fields(cls)]

    @classmethod
    def checked(cls, options: Mapping[str, Any], *, local: bool, is_dmr: bool) -> Testing:
        """The parameters, each checked by itself; `fitted` holds them against the experiments.

        Raises
        ------
        InputError
            A value that cannot be used, or one that the server cannot follow.
        """
        given = cls(**{name: value for name, value in options.items() if value is not None})
        for name, known in (("test", TESTS), ("regions", REGION_SETS)):
            if getattr(given, name) not in known:
                raise InputError(f"{name} is {getattr(given, name)!r}; give {' or '.join(map(repr, known))}.")
        if not isinstance(given.normalisation, Mapping) and given.normalisation not in NORMALISATIONS:
            raise InputError(
                f"normalisation is {given.normalisation!r}; give {', '.join(map(repr, NORMALISATIONS))}, or a mapping "
                "of each experiment to its library size (a spike-in's)."
            )
        if not isinstance(given.design, str) or (given.design and not given.design.strip().startswith("~")):
            raise InputError(f"design is {given.design!r}; give a formula, such as '~ block + group'.")
        if not isinstance(given.contrasts, Mapping):
            raise InputError("contrasts maps a name to (variable, a, b), such as {'dose': ('dose', 'high', 'low')}.")
        require_number("min_abs_logfc", given.min_abs_logfc, "a log2 fold change such as 1, or 0", least=0)
        require_number("min_experiments", given.min_experiments, "a number of experiments such as 2", least=1)
        require_flag("stability", given.stability)
        given._refuse_what_cannot_be(local=local, is_dmr=is_dmr)
        return given

    def _refuse_what_cannot_be(self, *, local: bool, is_dmr: bool) -> None:
        usual = Testing()
        asked = [
            name for name in self.names() if name != "samples" and getattr(self, name) not in (getattr(usual, name), {})
        ]
        if asked and not local:
            raise InputError(
                f"{', '.join(asked)}: ChIP-Atlas's server tests two groups in one way only.\n"
                "Pass engine='local' to compute it on this machine."
            )
        if asked and is_dmr:
            raise InputError(f"{', '.join(asked)} are of peaks (diffbind); methylation is tested by metilene's method.")
        without = [name for name in ("contrasts", "min_abs_logfc") if name in asked]
        if without and not self.design:
            raise InputError(f"{', '.join(without)} needs a design, such as design='~ group' (two groups alone).")

    def fitted(self, groups: tuple[list[str], list[str]], more: Iterable[str]) -> Testing:
        """With the variables of just these experiments, those of an example where none were given.

        Raises
        ------
        InputError
            Without a row of an experiment, or with two.
        """
        table = read_samples(self.samples)
        if table.empty:
            example = find_example(*groups)
            table = read_samples(example.samples) if example else table
        wanted = [*groups[0], *groups[1], *more]
        if not self.design or table.empty:
            return replace(self, samples=table)
        twice = table.index[table.index.duplicated()].unique().tolist()
        missing = [name for name in wanted if name not in table.index]
        if missing or twice:
            what, names = ("lack", missing) if missing else ("name more than once", twice)
            raise InputError(
                f"The samples {what} {', '.join(map(str, names[:5]))}: a design needs one row for each experiment.\n"
                f"Their names are looked for in: {', '.join(NAME_COLUMNS)}."
            )
        return replace(self, samples=table.loc[wanted])

    def plan(self, accessions: Mapping[str, str]) -> Plan:
        """What the engine takes; `accessions` are the names that it knows experiments by."""
        from ...engine.testing import Plan

        sizes = self.normalisation
        if isinstance(sizes, Mapping):
            sizes = {accessions.get(name, name): size for name, size in sizes.items()}
        return Plan(
            self.design,
            self.samples.rename(index=dict(accessions)),
            self.contrasts,
            self.test,
            sizes,
            self.min_abs_logfc,
            self.stability,
        )


def read_samples(source: Samples) -> pd.DataFrame:
    """A table of experiments' variables, indexed by their names.

    Parameters
    ----------
    source : DataFrame, mapping of column to values, or path
        With a column of names (`NAME_COLUMNS`), or with the names as the index. Everything in a file is text: a donor
        called 1, 2, 3 is a category. A DataFrame keeps its types: its numbers are covariates.

    Raises
    ------
    InputError
        The file cannot be read, or it has no column of names.
    """
    if isinstance(source, (pd.DataFrame, Mapping)):
        table = pd.DataFrame(source)
    elif isinstance(source, (str, os.PathLike)):
        table = read_table(Path(source).expanduser())
    else:
        raise InputError(f"samples is {source!r}; give a DataFrame, or the path of a CSV.")
    if table.empty:
        return table
    lower = {str(name).casefold(): name for name in table.columns}
    column = next((lower[name] for name in NAME_COLUMNS if name in lower), None)
    if column is not None:
        table = table.set_index(column)
    elif isinstance(source, pd.DataFrame) and not isinstance(table.index, pd.RangeIndex):
        pass
    else:
        raise InputError(f"The samples have no column of names; name one of theirs: {', '.join(NAME_COLUMNS)}.")
    table.index = [_as_named(str(name).strip()) for name in table.index]
    return table


def _as_named(name: str) -> str:
    return name.upper() if kind_of(name) else name
