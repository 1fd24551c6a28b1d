"""``analysis_object.json``: what the pickle says, without code, and the size and SHA-256 of every file beside it.

Beside it stands ``ro-crate-metadata.json`` (`common.files.crate`), made of it each time it is written.

A pickle runs code when it is loaded; this file is read by any JSON reader, and a folder can be checked against it. It
tells damage, mixed runs and edits by hand; it is not signed, so it does not tell who wrote a folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from ..errors import InputError, NotFoundError
from .crate import CRATE, describe_crate, read_crate
from .json_text import decode, encode, plain
from .writing import given_path, read_unpacked, sha256, write_text

MANIFEST = "analysis_object.json"
FORMAT = 1
#: Thousands of experiments with their metadata are a few MB.
MAX_BYTES = 256 * 1024**2
#: What desktops leave in any folder that is looked at.
_DESKTOP_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")
#: What every manifest has, and in which form.
_SECTIONS = {"parameters": dict, "provenance": dict, "results": dict, "findings": list, "skill": str}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Verification:
    """A results folder beside its manifest.

    Attributes
    ----------
    listed : int
        Files that the manifest names.
    missing, changed, unexpected : list of str
        Names with ``/``, sorted: not there; there with another content, or no regular file; there and not listed.
    simulated : bool
        Whether the manifest says SIMULATED.
    """

    listed: int
    simulated: bool
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the folder holds just what was exported."""
        return not (self.missing or self.changed or self.unexpected)


def table_in(file: str, frame: pd.DataFrame) -> dict[str, Any]:
    """What stands for a large table: the file that holds it, its rows and its columns."""
    return {"file": file, "rows": len(frame), "columns": [str(name) for name in frame.columns]}


def write_manifest(
    folder: Path, skill: str, title: str, results: Mapping[str, Any], findings: Iterable[Any], files: Iterable[str]
) -> dict[str, Path]:
    """Write the manifest and the crate, last of all files.

    Parameters
    ----------
    folder : Path
        Where the files are.
    skill : str
        ``differential regions`` or ``target genes``.
    title : str
        What was asked, in a line.
    results : mapping
        What the pickle holds, large tables replaced by `table_in`; needs ``parameters`` and ``provenance``.
    findings : iterable
        What a reader must know before believing the numbers.
    files : iterable of str
        Files of this run; of a folder, everything in it. Those that do not exist are left out.

    Returns
    -------
    dict
        Name -> path of the two.
    """
    simulated = bool(results["provenance"].get("simulated"))
    apart = ("parameters", "provenance")
    content = {
        "format": FORMAT,
        "skill": skill,
        "title": title,
        "crate": CRATE,
        "simulated": simulated,
        "label": "SIMULATED" if simulated else "",
        "parameters": results["parameters"],
        "provenance": results["provenance"],
        "findings": list(findings),
        "results": {key: value for key, value in results.items() if key not in apart},
        "files": {name: _described(folder / name) for name in _expanded(folder, files)},
    }
    return _write(folder, plain(content))


def list_files(folder: Path, names: Iterable[str]) -> bool:
    """Bring what a folder's manifest says of some files up to date: listed where they are there, else not.

    Returns whether there is a manifest; for the errors of one that cannot be used see `read_manifest`.
    """
    if not (folder / MANIFEST).is_file():
        return False
    content = read_manifest(folder)
    wanted = list(names)
    files = {name: about for name, about in content["files"].items() if name not in wanted}
    files |= {name: _described(folder / name) for name in wanted if (folder / name).is_file()}
    _write(folder, content | {"files": dict(sorted(files.items()))})
    return True


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises
    ------
    NotFoundError
        No such folder, or no manifest in it.
    InputError
        Not readable, not one of ours, or it names a file outside the folder.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise NotFoundError(f"{str(folder)!r} is no folder. Give the output_dir that export_all() wrote to.")
    if not path.is_file():
        raise NotFoundError(
            f"No {MANIFEST} in {str(folder)!r}. Run export_all() into this folder: it lists the files of that run."
        )
    remedy = "Run export_all() again to write it anew."
    text = read_unpacked(path, MAX_BYTES)
    try:
        content = decode(text)
    except ValueError as error:
        raise InputError(f"{path} is damaged ({error}). {remedy}") from error
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict) or content.get("format") != FORMAT:
        raise InputError(f"{path} is no list of files of format {FORMAT}. {remedy}")
    for name, about in files.items():
        if not _stays_inside(name):
            raise InputError(f"{path} names {name[:80]!r}, which is no file of this folder. Do not trust this folder.")
        sound = isinstance(about, dict) and type(about.get("bytes")) is int and isinstance(about.get("sha256"), str)
        if not sound or not _SHA256.fullmatch(about["sha256"]):
            raise InputError(f"{path} gives no size and SHA-256 of {name[:80]!r}. {remedy}")
    for name, form in _SECTIONS.items():
        if not isinstance(content.get(name), form):
            raise InputError(f"{path} has no {name} as every list of files has them. {remedy}")
    return dict(content)


def verify_folder(path: str | os.PathLike[str]) -> Verification:
    """Check a results folder against its manifest, and that against the crate beside it, which lists it too.

    What a depositor adds to the crate (authors, a licence) is no change. Folders of versions that wrote no crate have
    none, and their manifest is not checked.

    Links are not followed: a link in the place of a file counts as changed, a linked folder as unexpected.

    Raises
    ------
    NotFoundError, InputError
        See `read_manifest`.
    """
    folder = given_path(path)
    manifest = read_manifest(folder)
    files: dict[str, dict[str, Any]] = manifest["files"]
    found = _files_in(folder)
    here = {name: about for name, about in files.items() if name in found}
    changed = [name for name, about in here.items() if not _is_as_described(folder / name, about)]
    expected = {*files, *([CRATE] if "crate" in manifest else [])}
    if CRATE in found & expected:
        changed += _changed_by_crate(folder, files)
    return Verification(
        listed=len(files),
        simulated=manifest.get("simulated") is True,
        missing=sorted(expected - found),
        changed=sorted(changed),
        unexpected=sorted(found - expected - {MANIFEST}),
    )


def _write(folder: Path, content: Mapping[str, Any]) -> dict[str, Path]:
    """The manifest, and the crate that describes its files and itself."""
    manifest = write_text(folder / MANIFEST, encode(content))
    crate = describe_crate(content, content["files"] | {MANIFEST: _described(manifest)})
    return {MANIFEST: manifest, CRATE: write_text(folder / CRATE, encode(crate))}


def _changed_by_crate(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Which of manifest and crate is not what the other says; the manifest, when only its own digest differs."""
    described = read_crate(folder / CRATE)
    if described is None or {name: about for name, about in described.items() if name != MANIFEST} != files:
        return [CRATE]
    return [] if described.get(MANIFEST) == _described(folder / MANIFEST) else [MANIFEST]


def _described(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": sha256(path)}


def _is_as_described(path: Path, about: dict[str, Any]) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    try:
        return path.stat().st_size == about["bytes"] and sha256(path) == about["sha256"]
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def _expanded(folder: Path, names: Iterable[str]) -> list[str]:
    found = _files_in(folder)
    chosen = {name for wanted in names for name in found if f"{name}/".startswith(f"{wanted.rstrip('/')}/")}
    return sorted(name for name in chosen - {MANIFEST, CRATE} if (folder / name).is_file())


def _files_in(folder: Path) -> set[str]:
    """Everything in a folder that is no folder, links to folders too, by its name from there with ``/``."""
    found: set[str] = set()
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        found.update((Path(place) / name).relative_to(folder).as_posix() for name in [*names, *links])
    return {name for name in found if name.rpartition("/")[2] not in _DESKTOP_FILES}


def _stays_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and "/".join(parts) == name
        and ".." not in parts
        and parts[0] != "/"
        and not set(name) & set("\\:\0")
    )
