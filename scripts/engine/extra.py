"""What the engine needs beside the package's own dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from ..common.provenance import LOCAL_PACKAGES
from ..common.requirements import OFFLINE, not_installed

#: Asked for where a BAM is given, and not before: it is not there for every system.
_LATER = ("pysam",)


@contextmanager
def local_extra() -> Iterator[None]:
    """Import packages of the `local` extra in this block.

    Raises
    ------
    MissingExtraError
        One of them is not installed; the message names it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise not_installed("Computing differential regions on this machine", package, OFFLINE) from error


def require_local_extra() -> None:
    """Raise `MissingExtraError` now, before anything is downloaded, where a package of the extra is missing."""
    with local_extra():
        for package in LOCAL_PACKAGES:
            if package not in _LATER and find_spec(package) is None:
                raise ModuleNotFoundError(name=package)
