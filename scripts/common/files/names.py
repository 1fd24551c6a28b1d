"""Names of files in an output folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def picture_files(*names: str) -> tuple[str, ...]:
    """Names of the files of some plots: each as PNG and as SVG."""
    return tuple(f"{name}.{ending}" for name in names for ending in ("png", "svg"))


def existing_files(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of the names that are files in a folder, in the order given."""
    return [name for name in names if (folder / name).is_file()]
