"""What the engine needs beside the package's own dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.shared.errors import MissingExtraError
from scripts.shared.requirements import OFFLINE, install


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
        package = (error.name or "a package").partition(".")[0]
        raise MissingExtraError(
            f"Computing differential regions on this machine needs {package}, which is not installed.\n"
            f"Install it: {install(OFFLINE)}"
        ) from error
