"""Execute the notebooks against the embedded, SIMULATED ChIP-Atlas: ``make notebooks``.

Their outputs are committed, so they are made to be the same on every machine: only verification lines on the console
(the others hold addresses and times), no time stamps, no name of the kernel that ran them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from scripts.common.console import verify
from scripts.emulator import serve

FOLDER = Path(__file__).resolve().parent
NOTEBOOKS = ("question.ipynb", "diff.ipynb", "design.ipynb", "targets.ipynb", "evidence.ipynb", "atlas.ipynb")
#: Seconds a cell may take; the slowest draws six plots.
CELL_SECONDS = 300


def execute(notebook: NotebookNode, folder: Path, environment: Mapping[str, str]) -> NotebookNode:
    """Run every cell in a folder, in a kernel of this Python that finds the package as it is called when installed.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place: it gets new outputs.
    folder : Path
        Where the cells write their results.
    environment : mapping
        Variables of the kernel.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory() as installed:
        (Path(installed) / "chipatlas_skills").symlink_to(FOLDER.parent / "scripts", target_is_directory=True)
        client.execute(env={**os.environ, **environment, "PYTHONPATH": installed, "CHIPATLAS_QUIET": "1"})
    for cell in notebook.cells:
        cell.metadata.clear()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    return notebook


def main() -> int:
    """Execute and rewrite every notebook."""
    with serve() as atlas:
        for name in NOTEBOOKS:
            notebook = nbformat.read(FOLDER / name, as_version=4)
            with tempfile.TemporaryDirectory() as folder:
                environment = {**atlas.environment, "CHIPATLAS_CACHE_DIR": f"{folder}/cache"}
                execute(notebook, Path(folder), environment)
            nbformat.write(notebook, FOLDER / name)
            verify(f"{name}: {(FOLDER / name).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
