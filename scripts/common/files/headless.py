"""Tables of tabs without a header, as services send them."""

from __future__ import annotations

import csv
import io

import pandas as pd

from ..text import without_nul


def read_headless(content: bytes) -> pd.DataFrame:
    """Every cell as the text that it is, columns numbered from 0; rows shorter than the first are filled up with NaN.

    Raises
    ------
    ValueError
        pandas can make no table of it.
    """
    return pd.read_csv(
        io.BytesIO(without_nul(content)),
        sep="\t",
        header=None,
        dtype=str,
        keep_default_na=False,
        quoting=csv.QUOTE_NONE,
        lineterminator="\n",
        encoding_errors="replace",
    )
