"""Memory that is not used any more, given back to the system."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Free what only refers to itself, and hand free memory back where the C library keeps it (glibc: tens of MB).

    Worth its tenth of a second between steps that each take many megabytes.
    """
    gc.collect()
    # Another C library than glibc has no such function, and another system no such library.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
