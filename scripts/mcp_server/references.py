"""The reference documents, and what they say of columns: said there once, read from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..common.errors import MissingExtraError, NotFoundError
from ..common.text import fold, near_matches
from .models import Meaning

_PACKAGE = Path(__file__).resolve().parents[1]
#: In the repository and a wheel; beside the package in an installed skill.
_PLACES = (_PACKAGE / "skill_files" / "references", _PACKAGE.parent / "references")
#: What files and columns are; the others come behind it.
_FIRST = "output_format.md"
_CODE = re.compile(r"`([^`]+)`")
#: More places than these are other matters that mention the word.
MOST_MEANINGS = 8


def reference_files() -> dict[str, Path]:
    """Name of each document -> its file, the one on columns first.

    Raises
    ------
    MissingExtraError
        This copy of the package came without them.
    """
    folder = next((place for place in _PLACES if (place / _FIRST).is_file()), None)
    if folder is None:
        raise MissingExtraError("The reference documents are not beside this package. Install chip-atlas-skills anew.")
    names = sorted(folder.glob("*.md"), key=lambda path: (path.name != _FIRST, path.name))
    return {path.name: path for path in names}


def first_heading(path: Path) -> str:
    """What a document calls itself."""
    return path.read_text("utf-8").split("\n", 1)[0].lstrip("# ").strip()


def explain(column: str, table: str | None = None) -> list[Meaning]:
    """What the documents say of a column: rows of their tables about it, else paragraphs that name it.

    Parameters
    ----------
    column : str
        Its name, in any case.
    table : str, optional
        A part of the section's heading or of the document's name, to choose between tables.

    Raises
    ------
    NotFoundError
        No document names it; names that they do hold follow.
    """
    wanted = fold(column)
    blocks = [block for name, path in reference_files().items() for block in _blocks(name, path.read_text("utf-8"))]
    if table is not None:
        blocks = [one for one in blocks if fold(table) in fold(f"{one.reference} {one.section}")]
    rows = [one for one in blocks if wanted in map(fold, _CODE.findall(one.column))]
    found = rows or [one for one in blocks if not one.column and wanted in map(fold, _words(one.text))]
    if not found:
        known = {name for one in blocks for name in _CODE.findall(one.column or one.text) if name.isidentifier()}
        of = f" about {table!r}" if table is not None else ""
        raise NotFoundError(f"No reference{of} names a column {column!r}.", near_matches(column, sorted(known)))
    return [one.model_copy(update={"column": column}) for one in found[:MOST_MEANINGS]]


def _words(text: str) -> Iterator[str]:
    """Names in code marks; several of them may stand between one pair."""
    for code in _CODE.findall(text):
        yield from code.split()


def _blocks(name: str, text: str) -> Iterator[Meaning]:
    """Rows of tables (their first cell as `column`) and paragraphs, each with the headings above it."""
    headings: list[str] = []
    header: list[str] = []
    for block in re.split(r"\n\s*\n", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if block.startswith("#"):
            marks, _, heading = block.split("\n", 1)[0].partition(" ")
            headings[len(marks) - 1 :] = [heading.replace("`", "")]
            block = block.partition("\n")[2]
        where = {"reference": f"chip-atlas://references/{name}", "section": " / ".join(headings)}
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("|"):
            header = _cells(lines[0])
            for line in lines[2:]:
                first, *others = _cells(line)
                told = [f"{title}: {cell}" for title, cell in zip(header[1:], others, strict=False) if cell]
                yield Meaning(**where, column=first, text="; ".join(told))
        elif lines:
            yield Meaning(**where, column="", text=" ".join(line.strip() for line in lines))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
