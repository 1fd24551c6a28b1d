"""What a further analysis of some results adds to their export: tables, pictures, a tab of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..errors import InputError

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
class Parts:
    """Parts whose pictures are drawn.

    Attributes
    ----------
    parts : list of Part
    pictures : list of dict
        What `Part.draw` of each returned.
    """

    parts: list[Part] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)

    @property
    def sections(self) -> dict[str, str]:
        """Heading -> Markdown, of all."""
        return {heading: body for part in self.parts for heading, body in part.sections().items()}

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Name of a CSV file -> table, of all."""
        return {name: table for part in self.parts for name, table in part.tables().items()}

    @property
    def pictures_drawn(self) -> list[str]:
        """Names of the files that were drawn."""
        return [f"{name}.{ending}" for drawn in self.pictures for name in drawn for ending in ("png", "svg")]

    @property
    def files(self) -> list[str]:
        """Names of all files of the parts."""
        return [*self.tables, *self.pictures_drawn]


def draw_parts(parts: list[Part], folder: Path) -> Parts:
    """Draw the pictures of parts into the folder of an export."""
    return Parts(parts, [part.draw(folder) for part in parts])


def with_further(sections: Mapping[str, str], further: Mapping[str, str], before: str) -> list[tuple[str, str]]:
    """The sections of a report with those of further analyses before the one headed `before`."""
    own = list(sections.items())
    place = [heading for heading, _ in own].index(before)
    return [*own[:place], *further.items(), *own[place:]]


def _named(part: object) -> str:
    return type(part).__name__ if not isinstance(part, type) else part.__name__
