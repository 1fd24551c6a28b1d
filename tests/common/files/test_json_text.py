from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.files.json_text import decode, encode, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (float("nan"), None),
        (np.float64("nan"), None),
        (float("inf"), "Infinity"),
        (-np.inf, "-Infinity"),
        (pd.NA, None),
        (pd.NaT, None),
        (None, None),
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (np.array([[1, 2]]), [[1, 2]]),
        (pd.Series([1.5, None]), [1.5, None]),
        (pd.DataFrame({"a": [1], "b": ["x"]}), [{"a": 1, "b": "x"}]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
        ({1: {np.int64(2): "x"}}, {"1": {"2": "x"}}),
        (Path("a/b"), "a/b"),
        (datetime(2026, 1, 1, tzinfo=timezone.utc), "2026-01-01T00:00:00+00:00"),
        (pd.Timestamp("2026-01-01"), "2026-01-01T00:00:00"),
        (object(), {"not_data": "object"}),
    ],
)
def test_plain(value, expected):
    made = plain(value)
    assert made == expected and type(made) is type(expected)
    json.loads(encode(made))


def test_encode_is_strict_sorted_and_ascii():
    text = encode({"b": "\x1b[31m\u202e\udcffé", "a": 1})
    assert text.isascii() and text.index('"a"') < text.index('"b"') and text.endswith("}\n")
    assert "\x1b" not in text
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"x": float("nan")})


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_what_is_plain_can_be_written_and_read(value):
    made = plain(value)
    assert decode(encode(made)) == made
