"""What a dataset holds and how it came about, factor by factor; what a restart believes."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ..common.errors import InputError
from ..common.files.writing import remove_outputs, sha256, write_text
from ..common.provenance import now_utc, versions

MANIFEST = "manifest.json"
#: What `outcome` can be: it has data; the service has no such file (404); the file is a header alone, or names no gene
#: with a peak; the table could not be fetched or read.
BUILT, MISSING, NO_DATA, FAILED = "built", "missing", "no data", "failed"
FORMAT = 1
#: How much finished work a killed run may lose; writing after every factor would write gigabytes.
SAVE_SECONDS = 2.0
EXTRA_PACKAGES = ("pyarrow", "duckdb", "dask", "distributed")


class Manifest:
    """The manifest of a folder, read if there is one.

    Attributes
    ----------
    content : dict
        ``format``, ``genome``, ``distance``, ``source``, ``simulated``, ``complete``, ``built_at``, ``versions``,
        ``totals``, ``index`` (the files over all factors) and ``factors`` (one entry each, by name).
    """

    def __init__(self, folder: Path, content: dict[str, Any]) -> None:
        self.folder = folder
        self.content = content
        self._saved = 0.0

    @classmethod
    def resume(cls, folder: Path, genome: str, distance: int, source: str) -> Manifest:
        """The manifest to go on with, or a new one.

        Raises
        ------
        InputError
            The folder holds the atlas of another assembly, window or source: two would be mixed.
        """
        wanted = {"genome": genome, "distance": distance, "source": source}
        if not (folder / MANIFEST).exists():
            content = {"format": FORMAT, **wanted, "simulated": False, "complete": False, "index": {}, "factors": {}}
            return cls(folder, content)
        content = read_manifest(folder)
        other = [f"{name} {content[name]!r}" for name, value in wanted.items() if content[name] != value]
        if other:
            raise InputError(
                f"{folder} holds an atlas of {', '.join(other)}, not of "
                f"{', '.join(repr(value) for name, value in wanted.items() if content[name] != value)}.\n"
                "Give this one a folder of its own."
            )
        return cls(folder, content)

    @property
    def factors(self) -> dict[str, dict[str, Any]]:
        """The entries by name of the factor."""
        factors: dict[str, dict[str, Any]] = self.content["factors"]
        return factors

    def done(self, factor: str) -> dict[str, Any] | None:
        """The entry of a factor that needs no work: it failed not, and its files are just as they were written."""
        entry = self.factors.get(factor)
        if entry is None or entry["outcome"] == FAILED:
            return None
        return entry if all(_is_intact(self.folder, file) for file in entry.get("files", {}).values()) else None

    def put(self, factor: str, entry: dict[str, Any]) -> None:
        """Enter what became of a factor; files of an earlier version that has no successor go away."""
        earlier = self.factors.get(factor, {})
        if entry["outcome"] == FAILED and earlier.get("outcome") == BUILT and self.done(factor):
            # What could not be refreshed is still good; its own date says how old it is.
            entry = {**earlier, "not_refreshed": entry["detail"]}
        elif entry["outcome"] != BUILT:
            remove_outputs(self.folder, [file["path"] for file in earlier.get("files", {}).values()])
        self.factors[factor] = entry
        self.content["complete"] = False

    def with_outcome(self, outcome: str) -> dict[str, dict[str, Any]]:
        """The entries of one outcome, by name."""
        return {name: entry for name, entry in sorted(self.factors.items()) if entry["outcome"] == outcome}

    def index_is_intact(self) -> bool:
        """Whether the files over all factors are just as they were written."""
        return bool(self.content["index"]) and all(
            _is_intact(self.folder, file) for file in self.content["index"].values()
        )

    def save(self, *, now: bool = True) -> None:
        """Write the manifest; with ``now=False`` only when the last time is long enough ago."""
        if not now and time.monotonic() - self._saved < SAVE_SECONDS:
            return
        built = self.with_outcome(BUILT).values()
        self.content |= {
            "built_at": now_utc(),
            "versions": {**versions(), **extra_versions()},
            "totals": {
                "outcomes": dict(sorted(Counter(entry["outcome"] for entry in self.factors.values()).items())),
                **{
                    name: sum(entry[name] for entry in built)
                    for name in ("bytes", "pairs", "string_only", "experiments")
                },
            },
            "factors": dict(sorted(self.factors.items())),
        }
        write_text(self.folder / MANIFEST, json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")
        self._saved = time.monotonic()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder.

    Raises
    ------
    InputError
        There is none, or it is none of ours, damaged, or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"{str(folder)!r} holds no atlas (no {MANIFEST}).\nGive the folder that build_atlas() wrote, or build one."
        )
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}). Build the atlas again, into another folder.") from error
    needed = ("genome", "distance", "source", "simulated", "complete", "index", "factors")
    if not isinstance(content, dict) or content.get("format") != FORMAT or any(name not in content for name in needed):
        raise InputError(f"{path} is no manifest of this version's atlas (format {FORMAT}). Build the atlas again.")
    return content


def extra_versions() -> dict[str, str]:
    """Versions of what writes the files."""
    from importlib import metadata

    found = {}
    for package in EXTRA_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _is_intact(folder: Path, file: dict[str, Any]) -> bool:
    path = folder / file["path"]
    return path.is_file() and path.stat().st_size == file["bytes"] and sha256(path) == file["sha256"]
