"""The package under the name that it has where it is installed, without installing it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def as_installed(folder: Path) -> str:
    """A folder for PYTHONPATH in which the tree is called ``chipatlas_skills``."""
    place = folder / "installed"
    place.mkdir(exist_ok=True)
    link = place / "chipatlas_skills"
    if not link.exists():
        link.symlink_to(ROOT / "scripts", target_is_directory=True)
    return str(place)
