"""The figures of a run as a Markdown table: ``python -m tests.fuzz.table figures.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scripts.common.reporting.markdown import table


def markdown(figures: dict[str, dict[str, float]]) -> str:
    """One row a parser, and their sum."""
    rows = [(name, *_cells(one)) for name, one in figures.items()]
    total = {key: sum(one[key] for one in figures.values()) for key in ("inputs", "read", "refused")}
    total["slowest_seconds"] = max(one["slowest_seconds"] for one in figures.values())
    header = ("parser", "inputs", "read", "refused (`ChipAtlasError`)", "slowest (ms)")
    made = table(header, [*rows, ("all", *_cells(total))], header[1:])
    return made.replace("\\`", "`")


def _cells(one: dict[str, float]) -> tuple[str, ...]:
    return (*(f"{one[key]:,}" for key in ("inputs", "read", "refused")), f"{1000 * one['slowest_seconds']:,.0f}")


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text())))
