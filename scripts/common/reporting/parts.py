"""What a further analysis of some results adds to their export: tables, pictures, a tab of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..console import say
from ..errors import InputError
from ..files.csv_files import write_csv
from ..files.manifest import list_files
from ..files.names import existing_files, picture_files
from ..files.writing import SIMULATED_MARKER, mark_simulated, remove_outputs

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class Part(Protocol):
    """A further analysis that `export_all(results, parts=[...])` writes and reports.

    Attributes
    ----------
    tab : str
        Name of its tab in ``report.html``; parts of one tab stand below one another.
    fingerprint : str
        `common.results.Results.fingerprint` of the results that it was made from.
    """

    @property
    def tab(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def sections(self) -> dict[str, str]:
        """Heading -> Markdown, for both reports."""
        ...

    def tables(self) -> dict[str, pd.DataFrame]:
        """Name of a CSV file -> the whole table, best rows first."""
        ...

    def draw(self, folder: Path) -> dict[str, str]:
        """Draw pictures as ``NAME.png`` and ``NAME.svg``; NAME -> what it shows, for those who cannot see it."""
        ...


def check_parts(parts: object, fingerprint: str) -> list[Part]:
    """The parts of an export, each made from the results of this fingerprint.

    Raises
    ------
    InputError
        Something that is no part; one made from other results or another cut; two that write one table.
    """
    given: list[Any] = list(parts) if isinstance(parts, Iterable) and not isinstance(parts, (str, bytes)) else [parts]
    for part in given:
        if isinstance(part, type) or not isinstance(part, Part):
            raise InputError(
                f"parts holds {_named(part)}, which is no further analysis of results; give what functions such as "
                "gene_set_enrichment(results, ...) return."
            )
        if part.fingerprint != fingerprint:
            raise InputError(
                f"parts holds {_named(part)} of other results or of another cut than these; make it again from the "
                "results that are exported."
            )
    names = [name for part in given for name in part.tables()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"Two of parts write {twice[0]}; export one of them, the other into a folder of its own.")
    return given


@dataclass(frozen=True)
class Drawn:
    """A part, made once: its pictures are drawn.

    Attributes
    ----------
    tab : str
    sections, tables, pictures : dict
        What `Part.sections`, `Part.tables` and `Part.draw` returned.
    """

    tab: str
    sections: dict[str, str]
    tables: dict[str, pd.DataFrame]
    pictures: dict[str, str]


@dataclass(frozen=True)
class Parts:
    """The parts of an export, in the order given."""

    parts: list[Drawn] = field(default_factory=list)

    @property
    def sections(self) -> dict[str, str]:
        """Heading -> Markdown, of all."""
        return {heading: body for part in self.parts for heading, body in part.sections.items()}

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Name of a CSV file -> table, of all."""
        return {name: table for part in self.parts for name, table in part.tables.items()}

    @property
    def pictures_drawn(self) -> list[str]:
        """Names of the files that were drawn."""
        return [file for part in self.parts for file in picture_files(*part.pictures)]

    @property
    def files(self) -> list[str]:
        """Names of all files of the parts."""
        return [*self.tables, *self.pictures_drawn]


def draw_parts(parts: list[Part], folder: Path) -> Parts:
    """Draw the pictures of parts into the folder of an export."""
    return Parts([Drawn(part.tab, part.sections(), part.tables(), part.draw(folder)) for part in parts])


def replace_parts(parts: list[Part], folder: Path, known: Iterable[str]) -> Parts:
    """Draw the parts of an export in place of those of an earlier one; what is not made again is said to be gone.

    Parameters
    ----------
    known : iterable of str
        Names of all files that parts may write.
    """
    names = list(known)
    earlier = existing_files(folder, names)
    remove_outputs(folder, names)
    drawn = draw_parts(parts, folder)
    gone = [name for name in earlier if name not in drawn.files]
    if gone:
        say(f"  Removed: {', '.join(gone)} of an earlier export; give all further analyses in one call (parts=[...])")
    return drawn


def write_part(
    part: Part, folder: Path, files: Iterable[str], *, simulated: bool, beside: Iterable[str] = ()
) -> list[str]:
    """Write the tables and pictures of a part alone; of an exported folder, its list of files is brought up to date.

    Parameters
    ----------
    files : iterable of str
        Names of all files that a part of this kind may write; earlier ones are removed first.
    simulated : bool
        Whether the folder is marked as SIMULATED.
    beside : iterable of str
        Further files of the part, there already, to be listed.

    Returns
    -------
    list of str
        Those of `files` that are there now.
    """
    known = list(files)
    remove_outputs(folder, known)
    if simulated:
        mark_simulated(folder, True)
    part.draw(folder)
    for name, table in part.tables().items():
        write_csv(folder / name, table)
    list_files(folder, [*known, *beside, SIMULATED_MARKER])
    return existing_files(folder, known)


def with_further(sections: Mapping[str, str], further: Mapping[str, str], before: str) -> list[tuple[str, str]]:
    """The sections of a report with those of further analyses before the one headed `before`."""
    own = list(sections.items())
    place = [heading for heading, _ in own].index(before)
    return [*own[:place], *further.items(), *own[place:]]


def _named(part: object) -> str:
    return type(part).__name__ if not isinstance(part, type) else part.__name__
