"""Importing an entry point; a module of its own, that nothing is imported before."""

from __future__ import annotations

import importlib
from pathlib import Path


def entry_point(_: Path, module: str) -> None:
    """Import an entry point of the package."""
    importlib.import_module(module)
