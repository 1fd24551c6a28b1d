"""Where the answer to a question about targets is written, beside a ranking or in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..common.files.names import existing_files
from ..common.files.writing import mark_simulated, output_folder, remove_outputs
from ..common.results import refuse_shared_folder
from .outputs import OUTPUT_FILES


@contextmanager
def answer_folder(output_dir: str | os.PathLike[str], own_files: Iterable[str], *, simulated: bool) -> Iterator[Path]:
    """The folder, without an earlier answer of the same kind, and marked where the data are simulated.

    A ranking that is there keeps its own mark: a real answer beside it takes none away.
    """
    with output_folder(output_dir) as folder:
        refuse_shared_folder(folder, "target genes")
        remove_outputs(folder, own_files)
        if simulated or not existing_files(folder, OUTPUT_FILES):
            mark_simulated(folder, simulated)
        yield folder
