"""Markdown for the summary reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from ..console import SIMULATED_BANNER
from ..invocation import command
from ..text import printable

#: What would change a table or its look; `_` inside a word and `<` before a number are left, so that names and
#: thresholds read as they are.
_MARKUP = re.compile(r"[\\|`*\[\]]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|<(?=[A-Za-z/!?])")


def cell(value: Any) -> str:
    """A value as a Markdown table cell: one line, no column breaks, no markup of its own, nothing unseen."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    text = re.sub(r"&(?=#?\w+;)", "&amp;", printable(" ".join(str(value).split())))
    return _MARKUP.sub(lambda found: "\\" + found.group(), text)


def code(text: str) -> str:
    """Text as it is, as a Markdown code span; fenced by more backticks than it holds in a row."""
    line = printable(" ".join(text.split()))
    if "`" not in line:
        return f"`{line}`"
    fence = "`" * (1 + max(map(len, re.findall("`+", line))))
    return f"{fence} {line} {fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[str] = ()) -> str:
    """A Markdown table; columns named in `numeric` are aligned right."""
    right = set(numeric)
    lines = [
        "| " + " | ".join(cell(name) for name in header) + " |",
        "|" + "|".join(" ---: " if name in right else " --- " for name in header) + "|",
    ]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def bullets(items: Iterable[str]) -> str:
    """A Markdown list."""
    return "\n".join(f"- {item}" for item in items)


def file_list(names: Iterable[str]) -> str:
    """The files beside a report, and what to beware of in them."""
    return bullets(code(name) for name in names) + (
        "\n\nLoad a pickle only if you made it yourself: loading one runs whatever it holds. `analysis_object.json` "
        f"says the same without code and lists every file; `{command('verify FOLDER')}` tells what is missing, "
        "changed or new since the export."
    )


def document(title: str, sections: Iterable[tuple[str, str]], *, simulated: bool) -> str:
    """A report: title, the SIMULATED banner where due, then every section that has content."""
    parts = [f"# {'SIMULATED: ' if simulated else ''}{title}"]
    if simulated:
        parts.append(f"> **{SIMULATED_BANNER.strip('* ')}**")
    parts += [f"## {heading}\n\n{body.strip()}" for heading, body in sections if body.strip()]
    return "\n\n".join(parts) + "\n"
