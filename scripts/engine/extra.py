"""What the engine needs beside the package's own dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from ..common.requirements import OFFLINE, not_installed

#: What designs are fitted with; the exact test and metilene's method are the package's own.
_DESIGN_PACKAGES = ("edgepython", "formulaic")


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


def require_design_packages() -> None:
    """Raise `MissingExtraError` now, before anything is downloaded, where a package that fits designs is missing."""
    with local_extra():
        for package in _DESIGN_PACKAGES:
            if find_spec(package) is None:
                raise ModuleNotFoundError(name=package)
