"""All four steps in one call, for ``python -c`` and scripts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..chipatlas.transport.reach import one_run
from ..common.errors import InputError
from .diff_result import DiffResult
from .inputs.load import load_example_data, load_sample_sheet, load_user_data
from .plots.all_plots import generate_all_plots
from .report.export import check_annotation, export_all
from .workflow import run_diff_workflow

#: A name with one of these is a sample sheet's, also where there is no such file.
_SHEET_ENDINGS = (".csv", ".tsv")
Group = str | os.PathLike[str] | Iterable[Any]


@one_run()
def run_all(
    experiments_a: Group,
    experiments_b: Group | None = None,
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    *,
    annotation: str = "ucsc",
    compare: Iterable[str] | None = None,
    **options: Any,
) -> DiffResult:
    """Load, compare, plot and export.

    Parameters
    ----------
    experiments_a, experiments_b : path or iterable
        Two groups as `load_user_data` takes them; or one of these alone: a sample sheet (see `load_sample_sheet`), the
        name of an example.
    output_dir : path
        Where everything goes.
    annotation : {"ucsc", "tss", "features", "features+ccre", "none"}
        Where gene names come from; see `export_all`.
    compare : list of str, optional
        Of a sample sheet of more than two groups, the two that are compared, A first; the others take part in the fit
        of a design.
    **options
        Of `run_diff_workflow`; they take precedence over an example's own.

    Returns
    -------
    DiffResult
        As of `run_diff_workflow`.
    """
    if experiments_b is None:
        if not isinstance(experiments_a, (str, os.PathLike)):
            raise InputError(
                "Give two groups of experiments, or one of these alone: a sample sheet, the name of an example."
            )
        path = Path(experiments_a).expanduser()
        if path.is_file() or path.suffix.lower() in _SHEET_ENDINGS:
            loaded = load_sample_sheet(experiments_a, *_pair(compare))
        else:
            loaded = load_example_data(str(experiments_a))
        groups = loaded["experiments_a"], loaded["experiments_b"]
        keys = ("genome", "analysis_type", "description_a", "description_b", "samples", "experiments_more")
        options = {key: loaded[key] for key in keys if key in loaded} | options
    else:
        groups = load_user_data(experiments_a), load_user_data(experiments_b)
    check_annotation(annotation, options.get("genome", "hg38"))
    results = run_diff_workflow(*groups, output_dir=output_dir, **options)
    generate_all_plots(results, output_dir=output_dir, annotate=annotation == "ucsc")
    export_all(results, output_dir=output_dir, annotation=annotation)
    return results


def _pair(compare: Iterable[str] | None) -> list[str]:
    pair = [] if compare is None or isinstance(compare, str) else list(compare)
    if compare is not None and len(pair) != 2:
        raise InputError(f"compare is {compare!r}; give two groups of the sheet, the one called A first.")
    return pair
