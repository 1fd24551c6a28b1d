"""What commands that answer with a table show of it, and where they say it was written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ..common.console import say
from ..common.files.names import existing_files
from ..common.text import plural

#: Rows on the console; the CSV and the JSON have them all.
SHOWN = 15


def show(table: pd.DataFrame, noun: str) -> None:
    """The first rows for the reader, and how many more there are."""
    if len(table):
        say(table.head(SHOWN).to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep=""))
    if len(table) > SHOWN:
        say(f"  ... {plural(len(table) - SHOWN, noun)} more (--out FOLDER writes all)")


def files_in(folder: str | os.PathLike[str] | None, names: Iterable[str]) -> dict[str, Any]:
    """``output_dir`` and ``files`` of an answer; nothing where nothing was to be written."""
    return {} if folder is None else {"output_dir": str(folder), "files": existing_files(Path(folder), names)}
