"""What a computation of a comparison leaves, wherever it ran: the same files, read the same way."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...chipatlas.wabi.replies import JobLog, parse_log
from ...common.console import say
from ...common.errors import BadResponseError
from ..analysis import Analysis
from ..inputs.preflight import Preflight
from ..results.parse_bed_results import parse_bed_results
from ..results.parse_igv_bed import parse_igv_bed

if TYPE_CHECKING:
    from ...engine.testing import Tested


@dataclass(frozen=True)
class FinishedJob:
    """What came of a comparison.

    Attributes
    ----------
    request_id : str
        Of the server's job; empty when it was computed here.
    endpoint : str
        Address of the service that computed, or that the files came from.
    preflight : Preflight
    regions : DataFrame
        As `parse_bed_results` gives them.
    from_igv : bool
        Whether they had to be read from the IGV track for want of the result itself.
    raw_files : dict
        Kind -> file under its final name.
    log_text : str
    inputs : list of dict
        What each experiment was computed from, where that was here: ``name``, ``group``, ``bigwig``, ``peaks``,
        ``scale`` and ``read_length`` (of a BAM ``usable_reads`` instead), and ``notes``.
    files : list of dict
        The files that were fetched: ``url``, ``bytes``, ``etag``, ``last_modified``.
    tested : Tested, optional
        What the local engine leaves beside the regions.
    """

    request_id: str
    endpoint: str
    started: str
    simulated: bool
    preflight: Preflight
    regions: pd.DataFrame
    from_igv: bool
    raw_files: dict[str, Path]
    log_text: str
    inputs: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    tested: Tested | None = None

    @cached_property
    def log(self) -> JobLog:
        """What the log says."""
        return parse_log(self.log_text)


def parse_result(files: dict[str, Path], analysis: Analysis) -> tuple[pd.DataFrame, bool]:
    """The regions, and whether they had to be read from the IGV track for want of the result itself."""
    if "bed" in files:
        return parse_bed_results(files["bed"], analysis.name), False
    if "igv_bed" in files:
        say("  The result has no wabi_result.bed; its IGV track is read instead: only regions with q < 0.1, no counts.")
        return parse_igv_bed(files["igv_bed"], analysis), True
    raise BadResponseError(
        f"No BED file in the result; it holds: {', '.join(path.name for path in files.values()) or 'nothing'}.\n"
        "Check that the experiments exist for this genome, and submit again with resume=False."
    )
