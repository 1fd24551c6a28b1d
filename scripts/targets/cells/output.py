"""The tables and the plot of a comparison of cell types, in a folder."""

from __future__ import annotations

import os
from typing import Any

from ...common.console import say
from ...common.files.csv_files import write_csv
from ...common.files.writing import mark_simulated, output_folder, remove_outputs
from ...common.plotting.drawing import save_plots
from ...common.results import existing_files, refuse_shared_folder
from .. import outputs


def write_cells(result: dict[str, Any], output_dir: str | os.PathLike[str]) -> list[str]:
    """Write `targets.outputs.CELLS_FILES`; names of the files written."""
    from .plot import plot_cells

    simulated = result["provenance"]["simulated"]
    with output_folder(output_dir) as folder:
        refuse_shared_folder(folder, "target genes")
        remove_outputs(folder, outputs.CELLS_FILES)
        if simulated or not existing_files(folder, outputs.OUTPUT_FILES):
            mark_simulated(folder, simulated)
        for name, key in ((outputs.CELLS_CSV, "genes"), (outputs.CELL_UNITS_CSV, "units")):
            write_csv(folder / name, result[key])
            say(f"  Saved: {name}")
        saved = save_plots([(outputs.CELLS_PLOT, lambda: plot_cells(result))], folder)
    return [outputs.CELLS_CSV, outputs.CELL_UNITS_CSV, *(path.name for path in saved[outputs.CELLS_PLOT])]
