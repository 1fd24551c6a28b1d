"""The optional dependencies of the atlas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..common.requirements import ATLAS, not_installed


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
        raise not_installed("The atlas of all factors", error.name, ATLAS) from error
