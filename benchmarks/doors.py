"""Importing a door; a module of its own, that nothing is imported before."""

from __future__ import annotations

import importlib
from pathlib import Path


def door(_: Path, module: str) -> None:
    """Import a door of the package."""
    importlib.import_module(module)
