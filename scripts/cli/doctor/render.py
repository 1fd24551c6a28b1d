"""The doctor's report, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from ... import __version__
from ...common.console import SIMULATED_BANNER
from ...common.text import plural
from .check import Check

TITLES = {
    "python": "Python",
    "dependencies": "Dependencies",
    "files": "Files",
    "services": "Services",
    "offline": "Without the services",
}
_MARKS = {"ok": "✓", "note": "–", "fail": "✗"}


def exit_status(checks: Sequence[Check]) -> int:
    """0 when nothing that is needed fails."""
    return int(any(check.status == "fail" for check in checks))


def simulated(checks: Sequence[Check]) -> bool:
    """Whether a service that answered is the embedded one."""
    return any(check.data.get("simulated") is True for check in checks)


def as_text(checks: Sequence[Check]) -> str:
    """The report to read: a line a check, its remedy below."""
    lines = [f"ChIP-Atlas Skills {__version__}"]
    if simulated(checks):
        lines.append(SIMULATED_BANNER)
    for group, title in TITLES.items():
        members = [check for check in checks if check.group == group]
        if not members:
            continue
        lines += ["", title]
        width = max(len(check.name) for check in members)
        for check in members:
            detail = " ".join(check.detail.split())
            lines.append(f"  {_MARKS[check.status]} {check.name:<{width}}  {detail}")
            lines += [f"    {' ' * width}  → {check.remedy}"] if check.remedy else []
    return "\n".join([*lines, "", _conclusion(checks)])


def as_json(checks: Sequence[Check]) -> str:
    """The report as one strict JSON object (no NaN), on several lines."""
    report = {
        "version": __version__,
        "ok": exit_status(checks) == 0,
        "simulated": simulated(checks),
        "checks": [asdict(check) for check in checks],
    }
    return json.dumps(report, indent=2, allow_nan=False, ensure_ascii=True)


def _conclusion(checks: Sequence[Check]) -> str:
    failed = [check.name for check in checks if check.status == "fail"]
    if not failed:
        asked = any(check.group == "services" for check in checks)
        return "✓ Everything that is needed works" + ("" if asked else "; the services were not asked")
    return f"✗ {plural(len(failed), 'check')} failed: {', '.join(failed)}"
