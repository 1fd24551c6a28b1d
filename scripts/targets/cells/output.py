"""The tables and the plot of a comparison of cell types, in a folder."""

from __future__ import annotations

import os
from typing import Any

from ...common.console import say
from ...common.files.csv_files import write_csv
from ...common.plotting.drawing import save_plots
from .. import outputs
from ..answer_folder import answer_folder


def write_cells(result: dict[str, Any], output_dir: str | os.PathLike[str]) -> list[str]:
    """Write `targets.outputs.CELLS_FILES`; names of the files written."""
    from .plot import plot_cells

    simulated = result["provenance"]["simulated"]
    with answer_folder(output_dir, outputs.CELLS_FILES, simulated=simulated) as folder:
        for name, key in ((outputs.CELLS_CSV, "genes"), (outputs.CELL_UNITS_CSV, "units")):
            write_csv(folder / name, result[key])
            say(f"  Saved: {name}")
        saved = save_plots([(outputs.CELLS_PLOT, lambda: plot_cells(result))], folder)
    return [outputs.CELLS_CSV, outputs.CELL_UNITS_CSV, *(path.name for path in saved[outputs.CELLS_PLOT])]
