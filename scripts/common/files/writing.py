"""Files that are whole or not there: temporary name in the same folder, then renamed."""

from __future__ import annotations

import errno
import functools
import glob
import gzip
import hashlib
import inspect
import lzma
import os
import pickle
import shutil
import stat
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ..console import say
from ..errors import BadResponseError, ChipAtlasError, InputError, OutputError, quoted
from ..terminal.interrupts import held_back
from ..text import ellipsis, plural

_P = ParamSpec("_P")
_T = TypeVar("_T")
#: Limits on what an archive may unpack to: a result of 300,000 regions x 16 experiments is about 120 MB.
MAX_MEMBERS = 100
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_COMPRESSION_RATIO = 200
#: Of a path that cannot be used, in a message.
SHOWN_CHARACTERS = 80
#: Of a member's name, in bytes: what every file system takes.
MAX_NAME_BYTES = 200
_GZIP = b"\x1f\x8b"
#: What zipfile lets through when the bytes of an archive are not what its directory promises.
_DAMAGED_ZIP = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, zlib.error, lzma.LZMAError, struct.error)

#: No run works on one temporary name for so long.
STALE_SECONDS = 24 * 3600.0
#: What tempfile puts into a name.
_RANDOM_PART = "[a-z0-9_]" * 8

SIMULATED_MARKER = "SIMULATED.txt"
_SIMULATED_NOTE = (
    "SIMULATED\n\nEvery file in this folder was computed from simulated experiments of the embedded ChIP-Atlas.\n"
    "The accessions and factor names are real, the numbers are not. Not for publication.\n"
)


def prepare_folder(path: str | os.PathLike[str]) -> Path:
    """Create an output folder; `OutputError` when that cannot be, before any work is done."""
    folder = _checked_path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable-"):
            pass
    except OSError as error:
        raise OutputError(
            f"Cannot write into output_dir {str(folder)!r}: {error.strerror or error}.\n"
            "Give a folder that you may write to."
        ) from error
    return folder


def given_path(path: str | os.PathLike[str]) -> Path:
    """A path as a user writes it, ``~`` understood; `InputError` for what no file system can hold."""
    try:
        expanded = Path(path).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError):
            expanded.lstat()
    except (RuntimeError, ValueError, OSError) as error:  # no such home; a NUL; a name too long
        shown = ellipsis(str(path), SHOWN_CHARACTERS)
        raise InputError(
            f"{shown!r} is no usable path: {getattr(error, 'strerror', None) or error}. Give another one."
        ) from error
    return expanded


def _checked_path(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)) or not str(path).strip():
        raise InputError(f"output_dir is {path!r}; give the name of a folder, such as 'results'.")
    return given_path(path)


@contextmanager
def output_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a writable folder; folders made here that stay empty go away again when the block fails."""
    wanted = _checked_path(path)
    made = [folder for folder in (wanted, *wanted.parents) if not folder.exists()]
    folder = prepare_folder(wanted)
    try:
        yield folder
    except BaseException:  # Ctrl-C too; raised again below
        with suppress(OSError):
            for empty in made:
                empty.rmdir()
        raise


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; it becomes `path` when the block ends well, and goes away when not."""
    with _output_errors(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> Path:
    """Write bytes, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text with Unix line ends; half of a surrogate pair, as in names of files, as an escape."""
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_pickle(path: Path, value: Any) -> Path:
    """Write a pickle (protocol 5, readable by every supported Python; it copies no array)."""
    with atomic(path) as temporary, temporary.open("wb") as stream:
        pickle.dump(value, stream, protocol=5)
    return path


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder; when the block ends well it takes the place of `path`, whatever was there before."""
    with _output_errors(path):
        fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
        try:
            yield fresh
            fresh.chmod(0o777 & ~_umask())
            with held_back(f"{path.name} is being put in its place"):
                _take_place(fresh, path)
            _sweep(path)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def remove_outputs(folder: Path, names: Iterable[str]) -> int:
    """Remove an earlier run's files of these names, so that one folder never mixes two runs; and what it half wrote.

    Returns how many files there were.
    """
    removed = 0
    for name in names:
        path = folder / name
        removed += path.is_file()
        path.unlink(missing_ok=True)
        _sweep(path)
    return removed


def undone_when_interrupted(names: Iterable[str]) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Make an export leave none of its files, where Ctrl-C ends it after it began to write: half of one misleads.

    Parameters
    ----------
    names : iterable of str
        What the function writes into the folder that its argument ``output_dir`` names.
    """
    files = tuple(names)

    def decorate(export: Callable[_P, _T]) -> Callable[_P, _T]:
        signature = inspect.signature(export)

        @functools.wraps(export)
        def run(*arguments: _P.args, **options: _P.kwargs) -> _T:
            given = signature.bind(*arguments, **options)
            given.apply_defaults()
            before = _times(given.arguments["output_dir"], files)
            try:
                return export(*arguments, **options)
            except KeyboardInterrupt:
                if _times(given.arguments["output_dir"], files) != before:
                    remove_outputs(given_path(given.arguments["output_dir"]), files)
                raise

        return run

    return decorate


def _times(path: str | os.PathLike[str], names: Iterable[str]) -> dict[str, int]:
    """When each file of a folder that is there was written."""
    found = {}
    for name in names:
        with suppress(OSError, ValueError, TypeError, InputError):  # a path that cannot be used is the export's matter
            found[name] = (given_path(path) / name).stat().st_mtime_ns
    return found


def say_replaced(folder: Path, removed: int) -> None:
    """Say that an earlier run's results are gone, if there were any."""
    if removed:
        say(f"  {folder} held the results of an earlier run: {plural(removed, 'file')} removed, these take their place")


def mark_simulated(folder: Path, simulated: bool) -> None:
    """Put the SIMULATED marker beside the results, or take a stale one away."""
    marker = folder / SIMULATED_MARKER
    if simulated:
        write_text(marker, _SIMULATED_NOTE)
    else:
        marker.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def read_unpacked(path: Path, most: int) -> bytes:
    """Bytes of a file, unpacked where it is gzip.

    Parameters
    ----------
    most : int
        Bytes; not one more is read or unpacked, whatever a small file may promise to become.

    Raises
    ------
    InputError
        Missing, not readable, damaged, or too large.
    """
    try:
        with path.open("rb") as stream:
            packed = stream.read(len(_GZIP)) == _GZIP
            stream.seek(0)
            with gzip.GzipFile(fileobj=stream) if packed else nullcontext(stream) as source:
                content = source.read(most + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}). Fetch it anew, or unpack it yourself.") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise InputError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
    if len(content) > most:
        raise InputError(f"{path} holds more than {most:,} bytes, which is more than such a file can.")
    return content


def extract_zip(archive: Path, folder: Path) -> list[Path]:
    """Unpack the regular files of an archive flat into a folder.

    Folders inside the archive are dropped, so no member can leave `folder`; links are passed over; size, number and
    ratio are limited.

    Raises
    ------
    BadResponseError
        Not a zip, damaged, over a limit, or with members that cannot all stand in one folder.
    """
    extracted = []
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not (member.is_dir() or _is_link(member))]
            _check_limits(archive, members)
            for member, name in zip(members, _flat_names(archive, members), strict=True):
                target = folder / name
                with opened.open(member) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
                extracted.append(target)
    except (*_DAMAGED_ZIP, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadResponseError(f"{archive.name} is no readable zip archive ({quoted(str(error))}).") from error
    except OSError as error:
        # A position before the begin of the archive, which a damaged directory can name. The rest is the disk's.
        if error.errno != errno.EINVAL:
            raise
        raise BadResponseError(f"{archive.name} is no readable zip archive ({error.strerror}).") from error
    return extracted


def _check_limits(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or unpacked / packed > MAX_COMPRESSION_RATIO:
        raise BadResponseError(
            f"{archive.name} holds {len(members)} files of {unpacked:,} bytes packed into {packed:,}: "
            "more than a result can be, so it was not unpacked."
        )


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _flat_names(archive: Path, members: list[zipfile.ZipInfo]) -> list[str]:
    names = [member.filename.replace("\\", "/").rsplit("/", 1)[-1] for member in members]
    unusable = [name for name in names if name in ("", ".", "..") or not _is_usable(name)]
    repeated = {name for name in names if names.count(name) > 1}
    if unusable or repeated:
        shown = ", ".join(repr(name[:80]) for name in sorted({*unusable, *repeated})[:5])
        raise BadResponseError(
            f"{archive.name} holds members that cannot stand in one folder: {shown}. It was not unpacked."
        )
    return names


def _sweep(path: Path) -> None:
    """Remove temporary names of `path` that a killed run has left; a younger one may be another run's, at work."""
    for kind in ("", "old-"):
        for left in path.parent.glob(f".{glob.escape(path.stem)}-{kind}{_RANDOM_PART}{glob.escape(path.suffix)}"):
            # Another run may just have swept it away.
            with suppress(OSError):
                if time.time() - left.stat().st_mtime <= STALE_SECONDS:
                    continue
                if left.is_dir():
                    shutil.rmtree(left)
                else:
                    left.unlink()


def _is_usable(name: str) -> bool:
    """Whether every system and every reader takes a file name as it is."""
    return name.isprintable() and not set(name) & set('<>:"|?*`') and len(name.encode()) <= MAX_NAME_BYTES


def _take_place(fresh: Path, path: Path) -> None:
    if not path.exists():
        fresh.rename(path)
        return
    outgoing = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-old-"))
    previous = outgoing / path.name
    try:
        path.rename(previous)
        fresh.rename(path)
    except BaseException:  # Ctrl-C too
        if previous.exists() and not path.exists():
            previous.rename(path)
        shutil.rmtree(outgoing, ignore_errors=True)
        raise
    shutil.rmtree(outgoing, ignore_errors=True)


@contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ChipAtlasError:
        # Some of ours are an OSError too: a broken download is not a full disk.
        raise
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
