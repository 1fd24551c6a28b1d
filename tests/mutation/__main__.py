"""Change the code at random places, one change at a time, and see whether the tests of its folder notice."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .mutants import modules, sample
from .runner import Runner

#: Of the mutants that are not equivalent, in per cent.
ENOUGH = 90


def main() -> int:
    """0 when enough mutants were noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--number", type=int, default=200, help="mutants (200)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    parser.add_argument("--processes", type=int, default=2, help="at a time (2)")
    parser.add_argument("--only", default="", help="modules whose path holds this, such as diff/qc")
    given = parser.parse_args()
    mutants = sample(given.number, given.seed, given.only)
    print(f"{len(mutants)} mutants of {len(modules(given.only))} modules, seed {given.seed}", flush=True)
    begin, outcomes = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        runner = Runner(Path(folder), given.processes, {mutant.module for mutant in mutants})
        for mutant, outcome in runner.outcomes(mutants):
            outcomes[outcome] += 1
            if outcome != "killed":
                print(f"{outcome}: {mutant}", flush=True)
    noticed = outcomes["killed"] + outcomes["timeout"]
    share = 100 * noticed / max(len(mutants), 1)
    print(
        f"{outcomes['killed']} killed, {outcomes['timeout']} by time, {outcomes['survived']} survived; "
        f"{share:.1f} % noticed ({ENOUGH} % wanted), {(time.monotonic() - begin) / 60:.0f} minutes"
    )
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
