"""A parsed table beside its cached file: the largest ones are there again in a fraction of the time.

numpy's ``.npz``, not packed, no pickle: three arrays and a JSON description, each with the CRC-32 that a zip file keeps
and checks. It stands for one text only, whose SHA-256 it names; anything else is read as nothing, so it is safe to
delete and safe to damage.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from ...chipatlas.cache.store import say_not_kept
from ...common.files.writing import atomic
from .parse_target_genes import TargetTable
from .read_cells import SCORE_DTYPE
from .score_matrix import NARROW_DTYPE

#: Changes when what is kept does, or what the parser makes of a text.
_FORM = 2


def save_parsed(path: Path, table: TargetTable, sha256: str, protein: str) -> None:
    """Write a table, whole or not at all; a folder that takes no file is said, once.

    Parameters
    ----------
    path : Path
    table : TargetTable
    sha256 : str
        Of the text that it was parsed from.
    protein : str
        The factor that the text was checked against.
    """
    about = [_FORM, sha256, protein, table.genes.tolist(), table.experiments, table.notes]
    text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    try:
        with atomic(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, about=text, scores=table.scores, average=table.average, string_score=table.string_score)
    except OSError as error:
        say_not_kept(error)


def load_parsed(path: Path, sha256: str, protein: str) -> TargetTable | None:
    """The table that `save_parsed` wrote for this text; None when there is none, or another, or a damaged one."""
    try:
        with np.load(path) as kept:
            *stands_for, genes, experiments, notes = json.loads(kept["about"].tobytes())
            if stands_for != [_FORM, sha256, protein]:
                return None
            scores, average, string = (kept[name] for name in ("scores", "average", "string_score"))
    # NotImplementedError: a way of packing that there is not; RuntimeError: a zip file said to be encrypted
    except (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile):
        return None
    if scores.shape != (len(genes), len(experiments)) or scores.dtype not in (NARROW_DTYPE, SCORE_DTYPE):
        return None
    return TargetTable(np.array(genes, dtype=object), experiments, scores, average, string, notes)
