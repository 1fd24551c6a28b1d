"""How long the slow faults take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Pace:
    """Seconds.

    Attributes
    ----------
    stall : float
        Before a reply that comes too late, and the length of one that trickles.
    pause : float
        Between two pieces of a slow body.
    """

    stall: float = 3.0
    pause: float = 0.02
