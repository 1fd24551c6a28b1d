"""The folders that a user named: nothing else is read or written, and one call at a time works in a results folder."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..common.console import say
from ..common.errors import InputError, NotFoundError, OutputError
from ..common.files.cache_folder import cache_folder
from ..common.files.writing import given_path, prepare_folder
from ..common.text import ellipsis
from .console import checkpoint

#: How often somebody who waits for a lock looks whether it is still wanted.
_LOOK_SECONDS = 0.2
#: A call that works in a folder draws and writes for a minute or two; downloads of large tables take longer.
WAIT_SECONDS = 1800.0
_SHOWN = 100


class Folders:
    """Folders that may be read and written, the first the one that relative names belong to.

    Parameters
    ----------
    named : iterable of path
        At least one; made where they do not exist.

    Raises
    ------
    InputError, OutputError
        None was named, or one cannot be written.
    """

    def __init__(self, named: Iterable[str | os.PathLike[str]]) -> None:
        self.roots = tuple(prepare_folder(path).resolve() for path in named)
        if not self.roots:
            raise InputError("No folder was named: give --folder FOLDER, where results are written and read.")

    def inside(self, path: str | os.PathLike[str]) -> Path:
        """The place that a name stands for, links followed; a relative one is looked for in each folder.

        Raises
        ------
        InputError
            It is outside the folders, whatever way it leads there.
        """
        name = given_path(path)
        candidates = [name] if name.is_absolute() else [root / name for root in self.roots]
        places = [place for place in map(_resolved, candidates) if self._holds(place)]
        if len(places) < len(candidates) or not places:
            raise InputError(
                f"{ellipsis(str(path), _SHOWN)!r} is outside the folders that this server may use: "
                f"{', '.join(map(str, self.roots))}.\nGive a name below one of them; the user can add --folder."
            )
        return next((place for place in places if place.exists()), places[0])

    def results(self, output_dir: str | os.PathLike[str]) -> Path:
        """A folder of results that is there, and no file of which leads out of the folders.

        Raises
        ------
        NotFoundError
            No such folder.
        InputError
            It is outside, or a link in it leads outside.
        """
        folder = self.inside(output_dir)
        if not folder.is_dir():
            raise NotFoundError(
                f"{str(output_dir)!r} is no folder below {', '.join(map(str, self.roots))}.", self._near()
            )
        self.refuse_links(folder)
        return folder

    def refuse_links(self, folder: Path) -> None:
        """Raise `InputError` for a link in a folder that leads out of the folders."""
        if not folder.is_dir():
            return
        for item in os.scandir(folder):
            if item.is_symlink() and not self._holds(_resolved(Path(item.path))):
                raise InputError(
                    f"{item.path} is a link that leads out of the folders that this server may use. Remove it, or give "
                    "another output_dir."
                )

    def name_of(self, folder: Path) -> str:
        """The shortest name by which `inside` finds a folder again."""
        for root in self.roots:
            if folder.is_relative_to(root) and self.inside(folder.relative_to(root)) == folder:
                return folder.relative_to(root).as_posix()
        return str(folder)

    def below(self) -> Iterator[Path]:
        """The folders, and those directly in them."""
        for root in self.roots:
            yield root
            yield from sorted(Path(item.path) for item in os.scandir(root) if item.is_dir(follow_symlinks=False))

    def _holds(self, place: Path) -> bool:
        return any(place.is_relative_to(root) for root in self.roots)

    def _near(self) -> list[str]:
        return [self.name_of(folder) for folder in self.below() if (folder / "job.json").is_file()][:5]


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Keep every other call on this machine that names the same thing waiting, until the block ends.

    Raises
    ------
    OutputError
        It was not free within `WAIT_SECONDS`.
    """
    place = prepare_folder(cache_folder() / "mcp-locks")
    lock = FileLock(place / f"{hashlib.sha256(what.encode()).hexdigest()[:32]}.lock")
    deadline = time.monotonic() + WAIT_SECONDS
    told = False
    while True:
        try:
            lock.acquire(timeout=_LOOK_SECONDS)
            break
        except Timeout as error:
            if not told:
                say("  Another call works here: waiting for it")
                told = True
            if time.monotonic() > deadline:
                raise OutputError(
                    f"Another call has worked on {ellipsis(what, _SHOWN)} for {WAIT_SECONDS / 60:.0f} minutes. "
                    "Try again when it has ended."
                ) from error
            checkpoint()
    try:
        yield
    finally:
        lock.release()


def _resolved(path: Path) -> Path:
    try:
        resolved = path.resolve()
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            resolved.stat()
        return resolved
    except (OSError, RuntimeError) as error:  # links in a circle: since Python 3.13 the second line says so
        raise InputError(f"{ellipsis(str(path), _SHOWN)!r} leads nowhere: {error}. Give another name.") from error
