"""One background, one file: written whole, checked when it is read, safe to copy and to share.

A zip of arrays (numpy's ``.npz``, no pickle in it) and a header in JSON. Its own checksums tell damage; the header
tells the layout's version, assembly, window, and what every table was.
"""

from __future__ import annotations

import io
import json
import os
import struct
import tokenize
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...chipatlas.endpoints import data_url, is_loopback
from ...common.console import say
from ...common.errors import InputError, NotFoundError
from ...common.files.cache_folder import cache_folder
from ...common.files.json_text import decode
from ...common.files.writing import given_path, prepare_folder, write_bytes
from ...common.invocation import command
from ...common.provenance import versions
from ..query.question import check_form
from .background import Background
from .specificity import STEPS

#: Changes when the layout does, or what its numbers mean.
FORMAT = 1
FOLDER = "backgrounds"
AUTO = "auto"
#: Of the header and arrays together, unpacked: 8,000 antigens of 30,000 genes.
MAX_BYTES = 1024**3
_HEADER = ("format", "genome", "distance", "members", "made_at", "simulated")
_ARRAYS = {"percentile": np.uint8, "bound_share": np.uint8, "score": np.float16}
#: What zipfile, numpy and zlib let through when bytes are not what they promise; numpy reads an array's head as Python.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, struct.error, tokenize.TokenError, SyntaxError, OSError),
    *(KeyError, ValueError, TypeError, AttributeError, NotImplementedError, OverflowError, MemoryError),
)


def background_path(genome: str, distance: int, *, simulated: bool = False) -> Path:
    """Where the background of an assembly and window is kept; a simulated one never stands in a real one's place."""
    mark = ".SIMULATED" if simulated else ""
    return cache_folder() / FOLDER / f"{genome}.{distance}{mark}.npz"


def save_background(background: Background, path: str | os.PathLike[str] | None = None) -> Path:
    """Write a background, whole or not at all; without a path, into the cache folder.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    if path is None:
        file = background_path(background.genome, background.distance, simulated=background.simulated)
    else:
        file = given_path(path)
    prepare_folder(file.parent)
    header = {
        "format": FORMAT,
        "genome": background.genome,
        "distance": background.distance,
        "simulated": background.simulated,
        "label": "SIMULATED" if background.simulated else "",
        "made_at": background.made_at,
        "versions": versions(),
        "members": list(background.members),
    }
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
        genes=np.frombuffer(json.dumps(background.genes.tolist()).encode(), dtype=np.uint8),
        percentile=background.percentile,
        bound_share=background.bound_share,
        score=background.score,
    )
    return write_bytes(file, stream.getvalue())


def read_background(path: str | os.PathLike[str]) -> Background:
    """Read a background's file.

    Raises
    ------
    NotFoundError
        No such file.
    InputError
        Damaged, none of ours, or of another version's layout.
    """
    file = given_path(path)
    if not file.is_file():
        raise NotFoundError(
            f"background is {str(file)!r}, which is no file. Give one that `{command('background build')}` wrote, "
            "'auto', or None."
        )
    remedy = f"Build it again (`{command('background build')}`), or copy it again from where it came from."
    try:
        parts = _parts(file)
        header = decode(parts["header"].tobytes())
        if not isinstance(header, dict) or any(name not in header for name in _HEADER):
            raise ValueError("its header lacks what a background's has")
        if header["format"] != FORMAT:
            raise InputError(
                f"{file} is a background of format {header['format']!r}; this version reads format {FORMAT}.\n{remedy}"
            )
        return _checked(header, parts, str(file))
    except InputError:
        raise
    except _DAMAGED as error:
        raise InputError(f"{file} is no background, or a damaged one ({error}).\n{remedy}") from error


def load_background(
    genome: str,
    distance: int = 5,
    background: str | os.PathLike[str] | None = AUTO,
    *,
    simulated: bool | None = None,
) -> Background | None:
    """The background to use, from this machine alone: nothing is ever asked for or downloaded.

    Parameters
    ----------
    genome : str
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    background : "auto", path or None
        ``auto`` takes the one in the cache folder and says how to get one where there is none, or where it cannot be
        read. A path must be one of this assembly and window. None (or ``none``) is none.
    simulated : bool, optional
        Whether one of simulated tables is wanted. Left out: a real one, and a simulated one only where there is no
        other and `CHIPATLAS_DATA_URL` leads to this machine.

    Returns
    -------
    Background or None

    Raises
    ------
    NotFoundError
        No file at the path; an unknown assembly.
    InputError
        The file at the path is damaged, of another version, assembly or window, or simulated where a real one is wanted
        (or the other way round).
    """
    place = check_form("factor", genome, distance)
    if background is None or background == "none":
        return None
    if not isinstance(background, (str, os.PathLike)) or not str(background).strip():
        raise InputError(f"background is {background!r}; give 'auto', the path of a file, or None.")
    if background != AUTO:
        found = read_background(background)
        _check_place(found, place.genome, place.distance)
        check_simulated(found, simulated)
        return found
    path = cached_path(place.genome, place.distance, simulated)
    if path is None:
        say(
            f"  No background of {place.place} here: hot loci are not marked. One is built once, by "
            f"`{command(f'background build --genome {place.genome} --distance {place.distance}')}`"
        )
        return None
    try:
        found = read_background(path)
        _check_place(found, place.genome, place.distance)
        check_simulated(found, path == background_path(place.genome, place.distance, simulated=True))
    except InputError as error:
        say(f"  The background in the cache is not used: {error}")
        return None
    return found


def cached_path(genome: str, distance: int, simulated: bool | None = None) -> Path | None:
    """The file in the cache that ``auto`` takes; see `load_background`."""
    real, simulation = (background_path(genome, distance, simulated=flag) for flag in (False, True))
    if simulated is not True and real.is_file():
        return real
    allowed = simulated is True or (simulated is None and is_loopback(data_url()))
    return simulation if allowed and simulation.is_file() else None


def check_simulated(background: Background, simulated: bool | None) -> None:
    """Refuse to set real tables beside simulated ones."""
    if simulated is not None and background.simulated != simulated:
        what = ("SIMULATED", "real") if background.simulated else ("real", "SIMULATED")
        raise InputError(
            f"{background.source} is made of {what[0]} tables, and what is to be set beside it is {what[1]}.\n"
            "Give another background, or None."
        )


def _check_place(background: Background, genome: str, distance: int) -> None:
    if (background.genome, background.distance) != (genome, distance):
        raise InputError(
            f"{background.source} is a background of {background.place}, not of {genome}, ±{distance}kb.\n"
            "Percentiles of another assembly or window are not comparable: give the one of this, 'auto', or None."
        )


def _parts(file: Path) -> dict[str, np.ndarray]:
    """The arrays of a file; `ValueError` for what is larger than any background."""
    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
            raise ValueError(f"it unpacks to more than {MAX_BYTES:,} bytes")
    with np.load(file, allow_pickle=False) as opened:
        parts = {name: opened[name] for name in ("header", "genes", *_ARRAYS)}
    if not all(isinstance(part, np.ndarray) for part in parts.values()):
        raise ValueError("a part is no array")
    return parts


def _checked(header: dict[str, Any], parts: dict[str, np.ndarray], source: str) -> Background:
    """The background; `ValueError` where its parts do not fit together."""
    genes, members = decode(parts["genes"].tobytes()), header["members"]
    sound = (
        isinstance(genes, list)
        and all(isinstance(gene, str) for gene in genes)
        and len(set(genes)) == len(genes)
        and isinstance(members, list)
        and all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in members)
        and all(one.get("kind") in ("factor", "control", "mark") for one in members)
        and isinstance(header["simulated"], bool)
    )
    shape = (len(members), len(genes)) if sound else ()
    if not sound or any(parts[name].shape != shape or parts[name].dtype != kind for name, kind in _ARRAYS.items()):
        raise ValueError("its parts do not fit together")
    if parts["percentile"].max(initial=0) > STEPS:
        raise ValueError(f"a percentile is above {STEPS} steps")
    place = check_form("factor", header["genome"], header["distance"])
    background = Background(
        place.genome,
        place.distance,
        np.array(genes, dtype=object),
        tuple(members),
        percentile=parts["percentile"],
        bound_share=parts["bound_share"],
        score=parts["score"],
        made_at=str(header["made_at"]),
        simulated=header["simulated"],
    )
    return replace(background, source=source)


def background_of(given: Any, genome: str, distance: int) -> Any:
    """What tells how hot genes are: an object or Series that was given as it is, else as `load_background` finds it."""
    if given is not None and not isinstance(given, (str, os.PathLike)):
        return given
    return load_background(genome, distance, given)
