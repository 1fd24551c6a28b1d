"""Where the time goes in `make demo` and in a whole comparison of 300,000 regions: a flame graph as a table.

py-spy looks fifty times a second at every thread that runs; a function's share is that of the samples in which it,
or what it calls, was at work. Needs the peers' environment (`make bench` makes it): its folder is the one argument.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.inputs import result_bed  # noqa: E402
from scripts.common.console import verify  # noqa: E402

_SHOWN = 24
#: A function that holds more of the samples than this is a frame around the work, not a part of it.
_AROUND = 0.97
_WHOLE = """
from pathlib import Path
from benchmarks import steps
folder = Path(__file__).parent
steps.regions(folder, "whole")
steps.plots(folder, "whole")
steps.export(folder, "whole")
"""


def shares(command: Sequence[str], spy: Path) -> tuple[int, list[tuple[str, float, float]]]:
    """Number of samples, and of each function of the package its share with and without what it calls."""
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder, "stacks.txt")
        options = ["--format", "raw", "--function", "--subprocesses", "--rate", "50", "--output", str(stacks)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [str(spy), "record", *options, "--", *command], cwd=folder, env=environment, check=True, capture_output=True
        )
        # A name that a compiler made may hold a line's end: what has no count is the first half of such a line.
        lines = [line.rpartition(" ") for line in stacks.read_text("utf-8").splitlines() if line[-1:].isdigit()]
    inside: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for stack, _, count in lines:
        frames = [_named(frame) for frame in stack.split(";") if "scripts/" in frame]
        for name in set(frames):
            inside[name] += int(count)
        if frames:
            alone[frames[-1]] += int(count)
    total = sum(int(count) for *_, count in lines)
    told = [(name, number / total, alone[name] / total) for name, number in inside.most_common()]
    return total, [line for line in told if line[1] < _AROUND][:_SHOWN]


def _named(frame: str) -> str:
    """``diff/plots/all_plots.py generate_all_plots`` of a frame ``generate_all_plots (/.../scripts/diff/...)``."""
    function, _, place = frame.partition(" (")
    return f"{place.rstrip(')').rpartition('scripts/')[2]} {function}"


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("Give the folder of the environment that `make bench` makes: .venv-peers")
    spy = Path(sys.argv[1]).absolute() / "bin" / "py-spy"
    with tempfile.TemporaryDirectory() as folder:
        result_bed(Path(folder, "whole.bed"), 300_000)
        script = Path(folder, "whole.py")
        script.write_text(_WHOLE)
        commands = {"make demo": ["-m", "scripts", "demo"], "a comparison of 300,000 regions": [str(script)]}
        for title, arguments in commands.items():
            command = [sys.executable, *arguments]
            samples, found = shares(command, spy)
            verify(f"\n{title}: {samples:,} samples of 0.02 s\n{'share':>7} {'alone':>7}")
            for name, inside, alone in found:
                verify(f"{inside:>7.1%} {alone:>7.1%} {name}")


if __name__ == "__main__":
    main()
