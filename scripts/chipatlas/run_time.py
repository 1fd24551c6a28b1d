"""How long a Diff Analysis job takes: ChIP-Atlas's own fit on the number of reads of all its experiments."""

from __future__ import annotations

import math

DIFFBIND_SECONDS_A_READ, DIFFBIND_SECONDS = 1.80e-6, 119.38
DMR_SECONDS_A_LOG_READ, DMR_SECONDS = 117.13, -2012.5
#: The fit's allowance for the queue.
QUEUE_SECONDS = 600.0


def expected_seconds(total_reads: float, analysis_type: str) -> float:
    """Run time in seconds, waiting included.

    Parameters
    ----------
    total_reads : float
        Sequenced reads of all experiments of both groups; 0 gives the queue alone.
    analysis_type : {"diffbind", "dmr"}
    """
    if analysis_type == "dmr":
        seconds = DMR_SECONDS_A_LOG_READ * math.log(max(total_reads, 1)) + DMR_SECONDS
    else:
        seconds = DIFFBIND_SECONDS_A_READ * total_reads + DIFFBIND_SECONDS
    return max(seconds, 0.0) + QUEUE_SECONDS
