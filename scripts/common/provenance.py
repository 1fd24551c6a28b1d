"""When, with what, and from where a result was made."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib import metadata

from .. import __version__

#: Packages whose version can change a number or a picture.
REPORTED_PACKAGES = ("pandas", "numpy", "requests", "plotnine", "plotnine-prism", "matplotlib", "seaborn", "scipy")
#: And of those that the local engine computes with.
LOCAL_PACKAGES = ("edgepython", "formulaic", "pybigtools", "numba", "joblib", "pysam")


def now_utc() -> str:
    """The time in ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def seconds_since(time: str) -> float:
    """Seconds since a time as `now_utc` gives it; 0 when it cannot be read, or lies ahead."""
    try:
        return max((datetime.now(timezone.utc) - datetime.fromisoformat(time)).total_seconds(), 0.0)
    except (ValueError, TypeError):  # a time without a zone cannot be compared
        return 0.0


def versions(more: Iterable[str] = ()) -> dict[str, str]:
    """Version of this package, of Python, of what it computes and draws with, and of further packages."""
    found = {"chip-atlas-skills": __version__, "python": platform.python_version()}
    for package in (*REPORTED_PACKAGES, *more):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
