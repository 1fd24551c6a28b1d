"""Results read back from the folder that an export wrote, without running what else its pickle might hold."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

from ..errors import InputError
from .manifest import read_manifest
from .writing import given_path, sha256

ANALYSIS_OBJECT = "analysis_object.pkl"
#: Functions and plain classes that rebuild arrays and frames; pandas' own kinds of table are told by their class.
_BUILDERS = {
    ("builtins", "slice"),
    ("builtins", "bytearray"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    ("pandas._libs.internals", "_unpickle_block"),
    ("pandas._libs.missing", "NA"),
    ("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked"),
    ("pandas.core.indexes.base", "_new_Index"),
    *(("pandas.core.internals.managers", name) for name in ("BlockManager", "SingleBlockManager")),
    *(("pyarrow.lib", name) for name in ("_restore_array", "type_for_alias", "py_buffer")),
}


def read_stored(path: str | os.PathLike[str], skill: str) -> dict[str, Any]:
    """What the pickle of a results folder holds.

    Frames, arrays and built-in values alone are rebuilt (after "Restricting Globals" of Python's `pickle`): a pickle
    that names anything else is refused before it is called.

    Parameters
    ----------
    path : path
        What ``output_dir`` was.
    skill : str
        ``differential regions`` or ``target genes``, whose results are wanted.

    Raises
    ------
    NotFoundError
        No such folder, or nothing exported in it.
    InputError
        Results of the other skill; a pickle that is not the one that was exported, or that cannot be read.
    """
    folder = given_path(path)
    manifest = read_manifest(folder)
    if manifest.get("skill") != skill:
        raise InputError(f"{str(folder)!r} holds {manifest.get('skill')!r}; give a folder of {skill}.")
    file = folder / ANALYSIS_OBJECT
    about = manifest["files"].get(ANALYSIS_OBJECT)
    if about is None or not file.is_file() or file.is_symlink() or sha256(file) != about["sha256"]:
        raise InputError(f"{file} is not the file that was exported. Run export_all() again, or take another copy.")
    return _unpickled(file)


def _unpickled(file: Path) -> dict[str, Any]:
    remedy = "Run export_all() again with the packages that are installed now."
    try:
        with file.open("rb") as stream:
            held = _TablesOnly(stream).load()
    except pickle.UnpicklingError as error:
        raise InputError(f"{file} cannot be read: {error}. {remedy}") from error
    except Exception as error:  # a pickle of another pandas or numpy fails in their code, in any way
        raise InputError(f"{file} cannot be read ({type(error).__name__}: {error}). {remedy}") from error
    if not isinstance(held, dict):
        raise InputError(f"{file} holds no results. {remedy}")
    return held


class _TablesOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _BUILDERS:
            return super().find_class(module, name)
        if module.partition(".")[0] == "pandas" and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and issubclass(found, _kinds()):
                return found
        raise pickle.UnpicklingError(f"it names {module}.{name}, which is no part of a table")


def _kinds() -> tuple[type, ...]:
    import pandas as pd
    from pandas.api.extensions import ExtensionArray, ExtensionDtype

    return pd.DataFrame, pd.Series, pd.Index, ExtensionArray, ExtensionDtype
