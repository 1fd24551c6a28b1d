"""When, with what, and from where a result was made."""

from __future__ import annotations

import platform
from datetime import datetime, timezone
from importlib import metadata

from scripts import __version__

#: Packages whose version can change a number or a picture.
REPORTED_PACKAGES = ("pandas", "numpy", "requests", "plotnine", "plotnine-prism", "matplotlib", "seaborn", "scipy")


def now_utc() -> str:
    """The time in ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Version of this package, of Python, and of what it computes and draws with."""
    found = {"chip-atlas-skills": __version__, "python": platform.python_version()}
    for package in REPORTED_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
