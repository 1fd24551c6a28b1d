"""The archive of a job's files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

#: A member's date: archives of equal content are equal bytes.
_DATE = (2024, 7, 7, 0, 0, 0)
_FOLDER = "wabi_result"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip with the files in the folder ``wabi_result/``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(zipfile.ZipInfo(f"{_FOLDER}/{name}", _DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
