"""JSON in and out: every text that is none gives a ValueError, and what is written any JSON reader can read."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Set
from datetime import date
from typing import Any

import numpy as np
import pandas as pd


def decode(text: str | bytes) -> Any:
    """Read JSON.

    Raises
    ------
    ValueError
        Not JSON, in no Unicode encoding, or nested more deeply than Python can follow.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def encode(value: Any) -> str:
    """Write plain values as JSON that is the same whenever they are: sorted keys, ASCII alone, no NaN.

    Everything that a terminal or a browser could mistake stands there as an escape.
    """
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=True, indent=2) + "\n"


def plain(value: Any) -> Any:
    """A value in the types of JSON.

    Missing values (None, NaN, NA, NaT) become null; infinities, which JSON lacks, the texts ``Infinity`` and
    ``-Infinity``; frames and series lists of their rows; of what is no data, the name of its type is kept.
    """
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray, np.ndarray)):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return float(value) if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, date):
        return value.isoformat()
    return {"not_data": type(value).__qualname__}
