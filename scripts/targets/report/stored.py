"""Results read back from their folder."""

from __future__ import annotations

import os

from ...common.files.stored_results import read_stored
from ..targets_result import TargetsResult


def load_results(folder: str | os.PathLike[str]) -> TargetsResult:
    """Read back what `export_all` wrote, to go on from there: another cut, tracks, further analyses.

    Nothing but tables and plain values is rebuilt from the pickle, and only if it is the one that the folder's
    ``analysis_object.json`` lists.

    Parameters
    ----------
    folder : path
        What ``output_dir`` of `export_all` was.

    Returns
    -------
    TargetsResult
        As `run_target_genes_workflow` returned it; of an export at another cut, that cut.

    Raises
    ------
    NotFoundError
        No such folder, or nothing exported in it.
    InputError
        Results of the other skill, or files that are not those that were exported.
    """
    return TargetsResult.of(read_stored(folder, "target genes"))
