"""The figures of the reliability tests: collected while they run, written as JSON and into tests/README.md when asked.

A test adds its case with ``record_property("reliability", figure(...))``; a suite is a row of the table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FIGURES = Path(__file__).with_name("figures.json")
README = Path(__file__).parents[1] / "README.md"
OPTION = "--write-reliability-table"
PROPERTY = "reliability"
#: Outcome of a case -> column of the table.
SAME, LESS, ERROR = "same", "less", "error"
_NUMBERS = ("tried", SAME, LESS, ERROR)
_HEADER = (
    "| suite | tried | same results | less, and said | one typed error | longest time to the end |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: |"
)

_seen: list[dict[str, Any]] = []


def figure(suite: str, outcome: str, seconds: float) -> dict[str, Any]:
    """One case: its suite, `SAME`, `LESS` or `ERROR`, and how long it took."""
    return {"suite": suite, "outcome": outcome, "seconds": seconds}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION, action="store_true", help="write the figures of the reliability tests that ran into tests/README.md"
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        _seen.extend(value for name, value in report.user_properties if name == PROPERTY)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    # Workers report to the process that started them. Figures of a run that broke off or failed are no figures.
    wanted = session.config.getoption(OPTION) and exitstatus == pytest.ExitCode.OK
    if wanted and not hasattr(session.config, "workerinput"):
        suites = read_figures() | summarise(_seen)
        FIGURES.write_text(json.dumps(suites, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        write_between("reliability", render(suites))


def summarise(cases: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Suite -> its numbers."""
    suites: dict[str, dict[str, float]] = {}
    for case in cases:
        row = suites.setdefault(case["suite"], dict.fromkeys((*_NUMBERS, "longest_seconds"), 0))
        row["tried"] += 1
        row[case["outcome"]] += 1
        row["longest_seconds"] = max(row["longest_seconds"], round(case["seconds"], 1))
    return suites


def read_figures() -> dict[str, dict[str, float]]:
    """The figures of the last run that was asked to write them."""
    return json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}


def render(suites: dict[str, dict[str, float]]) -> str:
    """The table of tests/README.md."""
    rows = [
        f"| {name} | {' | '.join(f'{row[number]:,}' for number in _NUMBERS)} | {row['longest_seconds']:.1f} s |"
        for name, row in sorted(suites.items())
    ]
    return "\n".join([_HEADER, *rows])


def between(name: str) -> str:
    """What stands between two markers of tests/README.md."""
    begin, end = _markers(name)
    return README.read_text("utf-8").partition(begin)[2].partition(end)[0].strip()


def write_between(name: str, text: str) -> None:
    """Replace what stands between two markers of tests/README.md."""
    begin, end = _markers(name)
    before, _, rest = README.read_text("utf-8").partition(begin)
    README.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
