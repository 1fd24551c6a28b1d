"""The mechanical part of the evaluations: ``python -m evals.run`` (``make evals``).

Each case holds a prompt, what a good answer does (for a person or a model to judge), the steps that an agent which
follows SKILL.md takes, and checks of what they leave behind. A *trap* is a question that must be answered with a
refusal or a warning: its checks want the finding told, and no claim against it anywhere. Here the steps run on the
embedded, SIMULATED service. What a real agent left behind is checked with
``--case diff/1 --folder RESULTS [--log CONSOLE]``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from evals.checks import Outcome, run_check
from evals.own_files import PREPARATIONS
from scripts.common.console import SIMULATED_BANNER, verify
from scripts.common.errors import NotFoundError

FOLDER = Path(__file__).resolve().parent
SUITES = ("diff", "targets")
#: Two cores: two cases at a time.
WORKERS = 2

Case = dict[str, Any]


def read_cases() -> dict[str, Case]:
    """Every case, by suite and number, such as ``diff/1``."""
    cases = {}
    for suite in SUITES:
        content = json.loads((FOLDER / suite / "evals.json").read_text("utf-8"))
        cases |= {f"{suite}/{case['id']}": case for case in content["evals"]}
    return cases


def run_case(name: str, case: Case, workplace: Path, environment: Mapping[str, str]) -> Outcome:
    """Run a case's steps in an interpreter of its own; ``results`` in `workplace` is their output folder."""
    suite = FOLDER / name.partition("/")[0]
    if "prepare" in case:
        PREPARATIONS[case["prepare"]](workplace)
    for file in case["files"]:
        (workplace / Path(file).name).write_bytes((suite / file).read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(case["steps"])],
        cwd=workplace,
        env={**os.environ, **environment, "PYTHONPATH": str(FOLDER.parent), "CHIPATLAS_JSON": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(workplace / "results", done.stdout, done.stderr, done.returncode)


def failures(case: Case, outcome: Outcome) -> list[str]:
    """What does not hold of a run, in words."""
    return [failure for check in case["checks"] if (failure := run_check(check, outcome))]


def run_all_cases() -> int:
    """Run and check every case on the embedded service and print a table; 0 when everything holds."""
    from scripts.cli.demo import own_cache
    from scripts.emulator import serve

    def one(name: str, case: Case) -> list[str]:
        with tempfile.TemporaryDirectory() as workplace:
            return failures(case, run_case(name, case, Path(workplace), environment))

    verify(SIMULATED_BANNER)
    cases = read_cases()
    with serve(), own_cache() as environment, ThreadPoolExecutor(WORKERS) as pool:
        found = dict(zip(cases, pool.map(one, cases, cases.values()), strict=True))
    return report(cases, found)


def report(cases: Mapping[str, Case], found: Mapping[str, list[str]]) -> int:
    """Print a line a case and what fails below it; 0 when nothing does."""
    for name, failures in found.items():
        case = cases[name]
        held = len(case["checks"]) - len(failures)
        verify(f"{'✗' if failures else '✓'} {name:<10} {held:>2}/{len(case['checks']):<2} {case['name']}")
        for failure in failures:
            verify(f"    {failure}")
    failed = sum(map(bool, found.values()))
    verify(f"{len(found) - failed} of {len(found)} cases passed")
    return int(failed > 0)


def main(arguments: list[str] | None = None) -> int:
    """Run every case, or check what one left behind."""
    parser = argparse.ArgumentParser(prog="python -m evals.run", description=__doc__)
    parser.add_argument("--case", help="check a run that has been: the case, such as diff/1")
    parser.add_argument("--folder", type=Path, help="its output folder")
    parser.add_argument("--log", type=Path, help="what it printed")
    options = parser.parse_args(arguments)
    if options.case is None:
        return run_all_cases()
    if options.folder is None:
        parser.error("--case needs --folder")
    cases = read_cases()
    if options.case not in cases:
        raise NotFoundError(f"No case {options.case!r}. There are: {', '.join(cases)}.")
    case = cases[options.case]
    log = options.log.read_text("utf-8") if options.log else ""
    checked = case | {"checks": [check for check in case["checks"] if _can_be_told(check, bool(log))]}
    return report({options.case: checked}, {options.case: failures(checked, Outcome(options.folder, log, log))})


def _can_be_told(check: dict[str, Any], with_log: bool) -> bool:
    return with_log or check["kind"] not in ("lines", "log_contains", "error")


if __name__ == "__main__":
    sys.exit(main())
