"""A result as a notebook shows it: what was asked, the numbers to begin with, major findings, the first rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ...console import SIMULATED_BANNER
from ...findings import Finding
from ...text import plural
from .escape import escape

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 5
#: More would not fit beside each other.
SHOWN_COLUMNS = 12
_MUTED = "color:gray"


def notebook_summary(
    title: str,
    numbers: Iterable[tuple[str, str]],
    findings: Sequence[Finding],
    rows: pd.DataFrame,
    keys: Iterable[str],
    *,
    simulated: bool,
) -> str:
    """HTML without scripts or classes: it stands among the notebook's own."""
    banner = f"<p><b>{escape(SIMULATED_BANNER)}</b></p>" if simulated else ""
    headline = " · ".join(f"<b>{escape(value)}</b> {escape(what)}" for value, what in numbers)
    table = rows.to_html(index=False, border=0, max_cols=SHOWN_COLUMNS, float_format=lambda value: f"{value:.4g}")
    statement = f"The first {plural(len(rows), 'row')}." if len(rows) else "No rows."
    listed = ", ".join(f"<code>{escape(key)}</code>" for key in keys)
    return (
        f"<div>{banner}<p><b>{escape(title)}</b></p><p>{headline}</p>{_major(findings)}"
        f"{table}"
        f'<p style="{_MUTED}">{statement} Keys, which are attributes too: {listed}</p></div>'
    )


def _major(findings: Sequence[Finding]) -> str:
    major = [item for item in findings if item.severity == "major"]
    items = "".join(
        f"<li><b>{escape(item.title)}.</b> {escape(item.details)} {escape(item.recommendation)}</li>" for item in major
    )
    others = len(findings) - len(major)
    more = f'<p style="{_MUTED}">{plural(others, "minor finding or note", "minor findings and notes")}.</p>'
    return (f"<p>Major findings, to be read before the numbers:</p><ul>{items}</ul>" if major else "") + (
        more if others else ""
    )
