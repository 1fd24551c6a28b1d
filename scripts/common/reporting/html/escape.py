"""Strangers' text inside HTML: labels, titles, gene names and findings are data, never markup."""

from __future__ import annotations

import html
import json
import re
from typing import Any

#: Not allowed in HTML, or no character at all (half a surrogate pair cannot be written as UTF-8).
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
#: Would end the script element, or begin a comment in it.
_SCRIPT_MARKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&"}


def escape(value: object) -> str:
    """Text for an element or for an attribute between double quotes."""
    return html.escape(_UNWRITABLE.sub("\ufffd", str(value)), quote=True)


def script_json(value: Any) -> str:
    """JSON for inside a script element: ASCII alone, and nothing in it that HTML could read.

    Raises
    ------
    ValueError
        A number that JSON lacks: NaN or infinite.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False).translate(_SCRIPT_MARKS)


def slug(text: str) -> str:
    """A heading as an identifier: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
