"""The optional dependencies of the atlas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.shared.errors import MissingExtraError
from scripts.shared.requirements import ATLAS, install


@contextmanager
def atlas_extra() -> Iterator[None]:
    """Import packages of the `atlas` extra in this block.

    Raises
    ------
    MissingExtraError
        One of them is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"The atlas of all factors needs {error.name}, which is not installed.\nInstall it: {install(ATLAS)}"
        ) from error
