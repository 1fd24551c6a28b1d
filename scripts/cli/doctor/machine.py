"""Python, the installation, the current folder and the cache."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from ... import __version__
from ...common.errors import InputError
from ...common.text import plural
from .check import Check

OLDEST_PYTHON = (3, 10)
DISTRIBUTION = "chip-atlas-skills"


def python_check(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Whether this Python is new enough."""
    text = ".".join(map(str, version))
    data = {"version": text, "implementation": platform.python_implementation(), "executable": sys.executable}
    if version < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Check("python", "python", "fail", f"{text} is too old", f"Use Python {wanted} or newer.", data)
    return Check("python", "python", "ok", f"{text} ({sys.executable})", "", data)


def installation_check() -> Check:
    """Which copy of the package runs, and whether another one is installed."""
    here = str(Path(__file__).resolve().parents[2])
    try:
        installed: str | None = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        installed = None
    data = {"version": __version__, "folder": here, "installed": installed}
    if installed not in (None, __version__):
        detail = f"version {__version__} runs from {here}, version {installed} is installed"
        return Check("package", "python", "note", detail, "Install this one, or run from another folder.", data)
    how = "installed" if installed else "not installed, run from its folder"
    return Check("package", "python", "ok", f"{__version__} ({how}: {here})", "", data)


def folder_check() -> Check:
    """Whether results can be written into the current folder."""
    folder = Path.cwd()
    reason = _why_not_writable(folder)
    data = {"folder": str(folder), "writable": reason is None}
    if reason:
        remedy = "Change to a folder that you may write to, or give one as output_dir."
        return Check("current folder", "files", "fail", f"cannot write into {folder}: {reason}", remedy, data)
    return Check("current folder", "files", "ok", f"{folder} can be written to", "", data)


def cache_check(missing: list[str]) -> Check:
    """What the download cache holds, and whether it can be used; without one everything works, only slower."""
    if missing:
        return Check("cache", "files", "note", f"not looked at: {plural(len(missing), 'package')} missing")
    from ...chipatlas.cache.store import max_bytes, stored
    from ...common.files.cache_folder import cache_folder

    try:
        limit = max_bytes()
        folder = cache_folder()
    except (InputError, RuntimeError) as error:  # RuntimeError: there is no home folder
        return Check("cache", "files", "fail", str(error), "Correct the variable, or unset it.")
    files = stored(folder)
    size = sum(number for _, number, _ in files)
    used = [when for *_, when in files if when]
    data = {
        "folder": str(folder),
        "bytes": size,
        "files": len(files),
        "max_bytes": limit,
        "least_recently_used": _date(min(used)) if used else None,
        "most_recently_used": _date(max(used)) if used else None,
    }
    detail = f"{folder}: {plural(len(files), 'file')}, {size / 1e6:,.1f} of {limit / 1e6:,.0f} MB"
    detail += f", used {_date(min(used))} to {_date(max(used))}" if used else ""
    reason = _why_not_writable(next(place for place in (folder, *folder.parents) if place.exists()))
    data["writable"] = reason is None
    if reason:
        remedy = "Downloads are not kept; CHIPATLAS_CACHE_DIR can name a folder that you may write to."
        return Check("cache", "files", "note", f"cannot write into {folder}: {reason}", remedy, data)
    return Check("cache", "files", "ok", detail, "", data)


def _why_not_writable(folder: Path) -> str | None:
    """Why no file can be made in a folder; None when one can."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable-"):
            return None
    except OSError as error:
        return error.strerror or os.strerror(error.errno or 0)


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()
