"""Strangers' text inside HTML: labels, titles, gene names and findings are data, never markup."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from ...text import visible

#: Not allowed in HTML, or no character at all (half a surrogate pair cannot be written as UTF-8).
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
#: Marks that turn the direction of writing: one in a name would re-order the page around it.
#: But for whole isolates, which keep a name apart and turn nothing outside.
_TURNING = re.compile(
    "(\u2068[^\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*\u2069)|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
#: A whole isolate in JSON; or an escape of it, the group where it is one of those marks.
_MARKS = "u061c|u200[ef]|u202[a-e]|u206[6-9]"
_ESCAPES = re.compile(rf'\\u2068(?:[^\\"]|\\(?!{_MARKS}).)*\\u2069|\\(?:({_MARKS})|.)')
#: Would end the script element, or begin a comment in it.
_SCRIPT_MARKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&"}


def escape(value: object) -> str:
    """Text for an element or for an attribute between double quotes; marks that turn the direction are made visible."""
    text = _TURNING.sub(lambda found: found[1] or visible(found[0]), str(value))
    return html.escape(_UNWRITABLE.sub("\ufffd", text), quote=True)


def script_json(value: Any) -> str:
    """JSON for inside a script element: ASCII alone, and nothing in it that HTML could read.

    Marks that turn the direction of writing are made visible, as by `escape`.

    Raises
    ------
    ValueError
        A number that JSON lacks: NaN or infinite.
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return _ESCAPES.sub(lambda found: f"\\{found[0]}" if found[1] else found[0], text).translate(_SCRIPT_MARKS)


def slug(text: str) -> str:
    """A heading as an identifier: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
