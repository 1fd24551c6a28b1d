"""Markdown for the summary reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from scripts.shared.console import SIMULATED_BANNER


def cell(value: object) -> str:
    """A value as a Markdown table cell: one line, no column breaks, no markup of its own."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    text = " ".join(str(value).split())
    return re.sub(r"([\\|`*_<>\[\]])", r"\\\1", text)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[str] = ()) -> str:
    """A Markdown table; columns named in `numeric` are aligned right."""
    right = set(numeric)
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "|".join(" ---: " if name in right else " --- " for name in header) + "|",
    ]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def bullets(items: Iterable[str]) -> str:
    """A Markdown list."""
    return "\n".join(f"- {item}" for item in items)


def document(title: str, sections: Iterable[tuple[str, str]], *, simulated: bool) -> str:
    """A report: title, the SIMULATED banner where due, then every section that has content."""
    parts = [f"# {'SIMULATED: ' if simulated else ''}{title}"]
    if simulated:
        parts.append(f"> **{SIMULATED_BANNER.strip('* ')}**")
    parts += [f"## {heading}\n\n{body.strip()}" for heading, body in sections if body.strip()]
    return "\n\n".join(parts) + "\n"
