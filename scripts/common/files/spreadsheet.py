"""Text in a CSV that a spreadsheet shows and never computes; reversible, so that no name is lost.

Two rules, for texts and column names alone; numbers stay numbers:

1. A control character (a tab or line end too), an unseen or direction-turning mark, half of a surrogate pair becomes
   ``\\x09``, ``\\u202e``, ``\\udcff``: one line a row of UTF-8, whatever reads it. A backslash that would look like the
   begin of one becomes ``\\x5c``.
2. Where a formula could begin (``=``, ``+``, ``-``, ``@`` or their full-width forms, spaces before it or not) an
   apostrophe is put before it: at the begin of a text, and after a ``;``, which parts cells where the decimal comma is
   used. A text of plain numbers (``-1.5``, ``12.00,8.50``) is none.

`unguard` takes both back.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from ..text import UNSEEN, visible

_FORMULA_MARKS = "=+\\-@＝＋－＠"
_ESCAPED = re.compile(rf"[{UNSEEN}\ud800-\udfff]|\\(?=x[0-9a-f]{{2}}|u[0-9a-f]{{4}}|U[0-9a-f]{{8}})")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
#: Apostrophes that stand there already are counted in, so that the first one can always be taken away again.
_FORMULA = re.compile(rf"(?<![^;])(?='* *[{_FORMULA_MARKS}])")
_GUARDED = re.compile(rf"(?<![^;])'(?='* *[{_FORMULA_MARKS}])")
_ONE_NUMBER = r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_NUMBERS = re.compile(rf"{_ONE_NUMBER}(?:,{_ONE_NUMBER})*", re.ASCII)
#: A text without any of these, of printable characters alone, is as it should be.
_SUSPECT = "=+-@\\"
_SUSPECT_ANYWHERE = re.compile(rf"[{_FORMULA_MARKS}\\]")
#: Texts looked at together: a call for each of 300,000 regions' counts would take longer than writing them.
_TOGETHER = 4096


def guard(text: str) -> str:
    """Make a text safe to open in a spreadsheet."""
    if _is_harmless(text):
        return text
    text = _ESCAPED.sub(lambda found: visible(found.group()), text)
    return text if _NUMBERS.fullmatch(text) else _FORMULA.sub("'", text)


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), _GUARDED.sub("", text))


def guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with `guard` over its column names and every text in it; other values and the given frame untouched."""
    safe = frame.copy(deep=False)
    for position, dtype in enumerate(frame.dtypes):
        if holds_text(dtype):
            safe.isetitem(position, guarded_texts(frame.iloc[:, position].to_numpy(dtype=object)))
    safe.columns = pd.Index([_guarded(name) for name in frame.columns], dtype=object)
    return safe


def holds_text(dtype: Any) -> bool:
    """Whether values of a column may be texts."""
    return pd.api.types.is_object_dtype(dtype) or isinstance(dtype, (pd.StringDtype, pd.CategoricalDtype))


def guarded_texts(values: np.ndarray) -> np.ndarray:
    """An array of objects with `guard` over every text in it: another array where one changes."""
    guarded_values = None
    for start in range(0, len(values), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        together = values[part].tolist()
        try:
            text = "".join(together)
        except TypeError:
            text = "".join(value for value in together if isinstance(value, str))
        if not _is_harmless(text):
            guarded_values = values.copy() if guarded_values is None else guarded_values
            guarded_values[part] = [_guarded(value) for value in together]
    return values if guarded_values is None else guarded_values


def _is_harmless(text: str) -> bool:
    """Whether no character of a text, or of several one after the other, is one to look at."""
    if not text.isprintable():
        return False
    # Looking for one character at a time is many times as fast as an expression, and nearly all text is ASCII.
    return not any(mark in text for mark in _SUSPECT) if text.isascii() else not _SUSPECT_ANYWHERE.search(text)


def _guarded(value: Any) -> Any:
    return guard(value) if isinstance(value, str) else value
