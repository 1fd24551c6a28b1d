"""What an evaluation asserts of a run: its output folder, what it printed, how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.errors import InputError

Check = dict[str, Any]
REPORT = "summary_report.md"


@dataclass(frozen=True)
class Outcome:
    """A run that has ended.

    Attributes
    ----------
    folder : Path
        Where its results are.
    log : str
        What it printed on stdout.
    errors : str
        What it printed on stderr.
    status : int or None
        Its exit status, None when it is not known.
    """

    folder: Path
    log: str
    errors: str = ""
    status: int | None = None


def run_check(check: Check, outcome: Outcome) -> str:
    """Why a check fails; an empty string when it holds.

    Parameters
    ----------
    check : dict
        ``kind``, one of `KINDS`, and what that kind needs.

    Raises
    ------
    InputError
        There is no such kind.
    """
    options = {key: value for key, value in check.items() if key != "kind"}
    if check.get("kind") not in KINDS:
        raise InputError(f"{check} is no check; its kind is one of: {', '.join(KINDS)}.")
    try:
        return KINDS[check["kind"]](outcome, **options)
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} is missing"


def _exit_status(outcome: Outcome, equals: int) -> str:
    return "" if outcome.status in (None, equals) else f"ended with {outcome.status}, not {equals}"


def _files(outcome: Outcome, names: list[str]) -> str:
    missing = [name for name in names if not (outcome.folder / name).exists()]
    return f"missing: {', '.join(missing)}" if missing else ""


def _no_files(outcome: Outcome, names: list[str]) -> str:
    there = [name for name in names if (outcome.folder / name).exists()]
    return f"there, but should not be: {', '.join(there)}" if there else ""


def _lines(outcome: Outcome, lines: list[str]) -> str:
    """Whole lines of the log, in this order."""
    rest = iter(outcome.log.splitlines())
    missing = [line for line in lines if line not in rest]
    return f"not printed, or not in this order: {missing[0]}" if missing else ""


def _log_contains(outcome: Outcome, texts: list[str]) -> str:
    missing = [text for text in texts if text not in outcome.log]
    return f"not printed: {missing[0]}" if missing else ""


def _contains(outcome: Outcome, file: str, texts: list[str]) -> str:
    content = (outcome.folder / file).read_text("utf-8")
    missing = [text for text in texts if text not in content]
    return f"{file} does not say: {missing[0]}" if missing else ""


def _finding(outcome: Outcome, code: str, severity: str) -> str:
    """A finding of this code and severity, listed with the results and told in the report."""
    found = [item for item in _findings(outcome) if item["code"] == code]
    if severity not in [item["severity"] for item in found]:
        return f"no {severity} finding {code}, but: {', '.join(item['severity'] for item in found) or 'none of it'}"
    report = (outcome.folder / REPORT).read_text("utf-8")
    untold = [item["issue"] for item in found if item["issue"] not in report]
    return f"{REPORT} does not tell the finding: {untold[0]}" if untold else ""


def _no_finding(outcome: Outcome, codes: list[str]) -> str:
    """Quiet where nothing is wrong: no finding of these codes."""
    there = [item["code"] for item in _findings(outcome) if item["code"] in codes]
    return f"found, but should not be: {', '.join(there)}" if there else ""


def _findings(outcome: Outcome) -> list[dict[str, Any]]:
    listed = json.loads((outcome.folder / "analysis_object.json").read_text("utf-8"))["findings"]
    return [item for item in listed if isinstance(item, dict)]


def _nowhere(outcome: Outcome, texts: list[str]) -> str:
    """Neither on the console nor in a report, in upper or lower case: what the data cannot carry."""
    reports = {name: outcome.folder / name for name in (REPORT, "report.html")}
    said = {"the console": outcome.log} | {
        name: path.read_text("utf-8") for name, path in reports.items() if path.is_file()
    }
    for where, words in said.items():
        found = [text for text in texts if text.lower() in words.lower()]
        if found:
            return f"{where} says: {found[0]}"
    return ""


def _columns(outcome: Outcome, file: str, names: list[str]) -> str:
    lacking = [name for name in names if name not in _table(outcome, file)]
    return f"{file} lacks {', '.join(lacking)}" if lacking else ""


def _rows(outcome: Outcome, file: str, least: int = 0, most: int | None = None, where: str = "") -> str:
    """Number of rows, or of those for which an expression of the columns holds."""
    table = _table(outcome, file)
    number = len(table.query(where) if where else table)
    good = number >= least and (most is None or number <= most)
    such = f" where {where}" if where else ""
    return "" if good else f"{file} has {number} rows{such}, not {least} to {'any' if most is None else most}"


def _sorted_by(outcome: Outcome, file: str, column: str, descending: bool = False) -> str:
    values = _table(outcome, file)[column]
    good = values.is_monotonic_decreasing if descending else values.is_monotonic_increasing
    return "" if good else f"{file} is not sorted by {column}"


def _at_most(outcome: Outcome, file: str, column: str, value: float) -> str:
    highest = _table(outcome, file)[column].max()
    return "" if not highest > value else f"{file}: {column} goes up to {highest}, above {value}"


def _at_least(outcome: Outcome, file: str, column: str, value: float) -> str:
    lowest = _table(outcome, file)[column].min()
    return "" if not lowest < value else f"{file}: {column} goes down to {lowest}, below {value}"


def _error(outcome: Outcome, code: str, matches: list[str] | None = None, says: str = "") -> str:
    """The last line of stderr is an error as JSON, of this code, with these near names and these words."""
    last = (outcome.errors.strip().splitlines() or [""])[-1]
    try:
        told = json.loads(last)
    except ValueError:
        return f"no error as JSON, but: {last[:80]!r}"
    if told.get("code") != code:
        return f"error {told.get('code')!r}, not {code!r}"
    if says not in told.get("message", ""):
        return f"the error does not say: {says}"
    lacking = [name for name in matches or [] if name not in told.get("matches", [])]
    return f"not among the matches: {', '.join(lacking)}" if lacking else ""


def _table(outcome: Outcome, file: str) -> pd.DataFrame:
    return pd.read_csv(outcome.folder / file)


KINDS: dict[str, Callable[..., str]] = {
    "exit_status": _exit_status,
    "files": _files,
    "no_files": _no_files,
    "lines": _lines,
    "log_contains": _log_contains,
    "contains": _contains,
    "finding": _finding,
    "no_finding": _no_finding,
    "nowhere": _nowhere,
    "columns": _columns,
    "rows": _rows,
    "sorted_by": _sorted_by,
    "at_most": _at_most,
    "at_least": _at_least,
    "error": _error,
}
