"""Where the catalogue lies, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...chipatlas.endpoints import data_url
from ...common.files.cache_folder import cache_folder
from ...common.files.json_text import decode
from ...common.requirements import ATLAS, not_installed

MANIFEST = "catalogue.json"
FORMAT = 1


@dataclass(frozen=True)
class Catalogue:
    """A catalogue that was built.

    Attributes
    ----------
    folder : Path
    url, etag, last_modified : str
        The list it was made of, and the server's headers for it.
    built_at : str
        ISO 8601, UTC.
    rows : dict
        Assembly -> number of experiments.
    unreadable : int
        Lines of the list that were passed over.
    simulated : bool
    """

    folder: Path
    url: str
    etag: str
    last_modified: str
    built_at: str
    rows: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    simulated: bool = False

    def file(self, genome: str) -> Path:
        """The Parquet file of an assembly."""
        return self.folder / f"{genome}.parquet"

    @property
    def called(self) -> str:
        """What it is called when a table says where it comes from."""
        mark = "SIMULATED " if self.simulated else ""
        return f"the {mark}catalogue of {(self.last_modified or self.built_at)}"


def names_file(genome: str) -> str:
    """Beside the Parquet file of an assembly: the names that occur in it."""
    return f"{genome}.names.json"


def list_url() -> str:
    """Address of the list of all experiments."""
    return data_url("metadata", "experimentList.tab")


def catalogue_folder() -> Path:
    """Where the catalogue of the present data server lies: a mirror or the embedded service has one of its own."""
    from hashlib import sha256

    return cache_folder() / "catalogue" / sha256(list_url().encode()).hexdigest()[:16]


def stored_catalogue() -> Catalogue | None:
    """The catalogue that is there, whole; None without one."""
    folder = catalogue_folder()
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = decode((folder / MANIFEST).read_bytes())
        if content.pop("format") == FORMAT:
            found = Catalogue(folder=folder, **content)
            if all(found.file(name).is_file() and (folder / names_file(name)).is_file() for name in found.rows):
                return found
    return None


def as_manifest(catalogue: Catalogue) -> str:
    """The manifest of a catalogue, as JSON."""
    content = {name: value for name, value in asdict(catalogue).items() if name != "folder"}
    return json.dumps({"format": FORMAT, **content}, indent=2, sort_keys=True) + "\n"


@contextmanager
def catalogue_extra() -> Iterator[None]:
    """Import what the catalogue needs in this block; `MissingExtraError` names what is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise not_installed("The catalogue of experiments", error.name, ATLAS) from error
