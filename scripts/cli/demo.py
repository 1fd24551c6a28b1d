"""The demonstration: the documented steps of both skills, each example in a fresh interpreter, on simulated data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click

from ..common.compiled import loops
from ..common.console import SIMULATED_BANNER, progress, say, verify
from ..common.files.writing import prepare_folder
from ..common.invocation import NAMES, PACKAGE
from ..common.requirements import OFFLINE, not_installed

DIFF_EXAMPLES = ("tp53_k562_dmso_vs_daunorubicin", "tp53_molm13_vs_k562", "official_hg38_dmr")
TARGET_EXAMPLES = ("tp53", "e2f1", "myc")
#: Two cores: two examples at a time.
WORKERS = 2

#: The four steps exactly as SKILL_diff/SKILL.md gives them; only the example and the folder are filled in.
DIFF_STEPS = """
from scripts.load_example_data import load_example_data
data = load_example_data("{example}")
experiments_a = data["experiments_a"]
experiments_b = data["experiments_b"]

from scripts.run_diff_workflow import run_diff_workflow
results = run_diff_workflow(
    experiments_a=experiments_a,
    experiments_b=experiments_b,
    genome=data.get("genome", "hg38"),
    analysis_type=data.get("analysis_type", "diffbind"),
    description_a=data.get("description_a", "group_A"),
    description_b=data.get("description_b", "group_B"),
    output_dir="{folder}",
)

from scripts.generate_all_plots import generate_all_plots
generate_all_plots(results, output_dir="{folder}")

from scripts.export_all import export_all
export_all(results, output_dir="{folder}")
"""

#: The four steps exactly as SKILL_targets/SKILL.md gives them.
TARGET_STEPS = """
from scripts.load_example_query import load_example_query
query = load_example_query("{example}")

from scripts.run_target_genes_workflow import run_target_genes_workflow
results = run_target_genes_workflow(
    protein=query["protein"],
    genome=query["genome"],
    distance=query["distance"],
    top_n=500,
    output_dir="{folder}",
)

from scripts.generate_all_plots import generate_all_plots
generate_all_plots(results, output_dir="{folder}", top_n=25)

from scripts.export_all import export_all
export_all(results, output_dir="{folder}")
"""


@click.command("demo")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default="demo_results",
    show_default=True,
    help="Folder for the results.",
)
def command(output: Path) -> int:
    """Run both skills end to end on the embedded, SIMULATED ChIP-Atlas.

    Six examples, two at a time; ends with 1 when one of them fails.
    """
    return run_demo(output)


def run_demo(output: Path) -> int:
    """Run every example against the embedded service.

    Returns
    -------
    int
        0 when all of them came to their end, 1 otherwise.
    """
    try:
        from ..emulator import serve
    except ImportError as error:
        raise not_installed("The demo", error.name, OFFLINE) from error
    folder = prepare_folder(output)
    tasks = [("diff", DIFF_STEPS, name) for name in DIFF_EXAMPLES]
    tasks += [("targets", TARGET_STEPS, name) for name in TARGET_EXAMPLES]
    verify(SIMULATED_BANNER)
    started = time.monotonic()
    failed = []
    with serve(), own_cache() as environment, _workers() as pool:
        runs = [
            (name, pool.submit(_run_steps, steps, name, folder / kind / name, environment))
            for kind, steps, name in tasks
        ]
        for name, run in progress(runs, desc="Examples", unit="example"):
            done = run.result()
            say(f"\n{'=' * 100}\n{name}\n{'=' * 100}\n{done.stdout.rstrip()}")
            if done.returncode:
                failed.append(name)
                say(done.stderr.rstrip())
    verify(f"\n{len(tasks) - len(failed)} of {len(tasks)} examples done in {time.monotonic() - started:.0f} s.")
    if failed:
        verify(f"FAILED: {', '.join(failed)}")
        return 1
    verify("Reports to open (all SIMULATED):")
    for kind, _, name in tasks:
        verify(f"  {folder / kind / name / 'report.html'}")
    return 0


@contextmanager
def own_cache() -> Iterator[dict[str, str]]:
    """The environment with a cache of its own, unless it names one: simulated tables are not worth keeping.

    Compiled loops are, and go where those of any other command go.
    """
    with tempfile.TemporaryDirectory(prefix="chip-atlas-simulated-") as cache:
        yield {"CHIPATLAS_CACHE_DIR": cache, loops.PLACE: str(loops.compiled_folder())} | os.environ


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads for the examples; where the block ends by an error, or by Ctrl-C, no further example begins."""
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in [*_running]:
                process.terminate()
            raise


#: The examples that run now.
_running: set[subprocess.Popen[str]] = set()


def _run_steps(steps: str, example: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    # As it stands between double quotes: a folder's own quotes and backslashes are text, not code.
    steps = steps.replace(f"from {NAMES[0]}.", f"from {PACKAGE}.")
    code = steps.format(example=example, folder=json.dumps(folder.as_posix(), ensure_ascii=False)[1:-1])
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        _running.add(process)
        try:
            out, told = process.communicate()
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, out, told)
