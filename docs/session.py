"""The code blocks of a page, run from the first to the last as a reader would: on the embedded, SIMULATED ChIP-Atlas.

A page holds blocks of Python and of bash. Names of the Python blocks live on from one to the next, and all blocks have
one working folder. What they print is kept, so that the site shows what is so and not what once was. `run_blocks`
starts a process for them; the rest of this file is what that process does, where the package has its installed name.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

#: Blocks that run; those of another language are shown alone.
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
#: The embedded service takes a free port, another one at each run.
_PORT = re.compile(r"(127\.0\.0\.1):\d+")
_SECONDS = 1800


class BlockError(Exception):
    """A block of a page ended with an error: its number, its text and what it left on both streams."""


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Language and text of the blocks that run, in their order."""
    return BLOCK.findall(page.read_text("utf-8"))


def run_blocks(blocks: Sequence[tuple[str, str]], folder: Path) -> list[str]:
    """Run blocks one after the other in a folder.

    Parameters
    ----------
    blocks : sequence of (str, str)
        From `blocks_of`; they know the package as ``chipatlas_skills``.
    folder : Path
        Made where it is not there; results of the blocks are left in its ``work``.

    Returns
    -------
    list of str
        What each block printed on the standard output, without the ports of the embedded service.

    Raises
    ------
    BlockError
        A block ended with an error.
    """
    from tests.installed import as_installed

    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PATH": f"{_commands(folder)}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": as_installed(folder),
        "CHIPATLAS_CACHE_DIR": str(folder / "cache"),
        "CHIPATLAS_POLL_SECONDS": "0.05",
        "MPLBACKEND": "Agg",
        "COLUMNS": "110",
    }
    answers = folder / "printed.json"
    (folder / "blocks.json").write_text(json.dumps(blocks), "utf-8")
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), str(folder / "blocks.json"), str(answers)],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise BlockError(done.stderr.strip())
    return [_PORT.sub(r"\1", text) for text in json.loads(answers.read_text("utf-8"))]


def _commands(folder: Path) -> Path:
    """A folder for the PATH in which `chip-atlas` and `python` are this tree and this Python."""
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    for name, arguments in (("chip-atlas", "-m chipatlas_skills "), ("python", "")):
        (place / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n', "utf-8")
        (place / name).chmod(0o755)
    return place


def _run_bash(text: str) -> str:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BlockError(done.stdout + done.stderr)
    return done.stdout


def _run_python(text: str, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "<block>", "exec"), names)
    return printed.getvalue()


def _main(source: Path, target: Path) -> int:
    """Run the blocks of a file in this process, and write what they printed."""
    from chipatlas_skills.emulator import serve

    names: dict[str, object] = {"__name__": "__main__"}
    printed = []
    with serve(waiting_seconds=0.05, running_seconds=0.05):
        for number, (language, text) in enumerate(json.loads(source.read_text("utf-8")), start=1):
            try:
                printed.append(_run_bash(text) if language == "bash" else _run_python(text, names))
            except Exception:  # noqa: BLE001 - whatever a block does wrong is told with the block
                sys.stderr.write(f"block {number} failed:\n{text}\n{traceback.format_exc()}")
                return 1
    target.write_text(json.dumps(printed), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2])))
