"""Long tables that a reader can sort and search in the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .escape import escape, script_json

#: Rows of a table in the page. Each costs about 150 bytes; the rest is in the CSV, which the page says.
MAX_ROWS = 5000


@dataclass(frozen=True)
class Column:
    """One column: its title, its cells as they are shown, and what they are.

    ``number`` sorts by value, ``locus`` in the order of the genome and with buttons and links, ``text`` by letter.
    """

    title: str
    cells: Sequence[str]
    kind: Literal["number", "text", "locus"] = "text"


def rows_statement(shown: int, total: int, noun: str, file: str) -> str:
    """How much of a table the page holds: never cut without a word."""
    if shown < total:
        return f"The first {shown:,} of {total:,} {noun} in order of rank; all of them are in <code>{file}</code>."
    return f"All {total:,} {noun}, as in <code>{file}</code>."


def browsable(name: str, caption: str, columns: Sequence[Column]) -> str:
    """HTML of a table that the page's script fills, sorts and searches."""
    head = "".join(f'<th scope="col" class="{column.kind}">{escape(column.title)}</th>' for column in columns)
    content: dict[str, Any] = {
        "kinds": [column.kind for column in columns],
        "rows": list(map(list, zip(*(column.cells for column in columns), strict=True))),
    }
    return (
        f'<div class="browse scripted"><table id="{name}" class="display compact" data-browse="{name}-rows">'
        f'<caption><span class="unseen">{escape(caption)}</span></caption><thead><tr>{head}</tr></thead>'
        "<tbody></tbody></table></div>"
        f'<script type="application/json" id="{name}-rows">{script_json(content)}</script>'
    )


def digits(values: Iterable[float], form: str = ".6g") -> list[str]:
    """Numbers as the Markdown report writes them; an empty cell where one is missing."""
    return ["" if value != value else format(value, form) for value in values]
