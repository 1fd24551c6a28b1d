from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.targets.table.number_cells import MISSING, Numbers, read_numbers, whole_numbers

NUMBERS = st.integers(0, 2**31 - 1)


def cells(texts: Sequence[str], n_columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    characters = np.frombuffer("".join(f"{text}\t" for text in texts).encode(), dtype=np.uint8)
    ends = np.flatnonzero(characters == ord("\t")).astype(np.int32)
    starts = np.concatenate([np.zeros(1, dtype=np.int32), ends[:-1] + 1])
    return characters, starts.reshape(-1, n_columns), ends.reshape(-1, n_columns)


def read(texts: Sequence[str], n_columns: int = 1, optional: int | None = None) -> Numbers | None:
    return read_numbers(*cells(texts, n_columns), optional)


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_whole_numbers(numbers: list[int]) -> None:
    values = whole_numbers(*cells([str(number) for number in numbers], 1))
    assert values is not None
    assert values.ravel().tolist() == numbers


@given(st.lists(st.tuples(NUMBERS, st.sampled_from(["", ".", ".0", ".000"])), min_size=1, max_size=30))
def test_zero_decimals(written: list[tuple[int, str]]) -> None:
    found = read([f"{number}{ending}" for number, ending in written])
    assert found is not None
    assert found.values.ravel().tolist() == [number for number, _ in written]
    assert (found.missing, found.decimals) == (0, sum(ending != "" for _, ending in written))


@given(st.lists(st.tuples(NUMBERS, NUMBERS | st.sampled_from(MISSING)), min_size=1, max_size=30))
def test_missing_in_the_optional_column(rows: list[tuple[int, int | bytes]]) -> None:
    texts = [part.decode() if isinstance(part, bytes) else str(part) for row in rows for part in row]
    found = read(texts, n_columns=2, optional=1)
    assert found is not None
    assert found.values.tolist() == [[a, 0 if isinstance(b, bytes) else b] for a, b in rows]
    assert found.missing == sum(isinstance(b, bytes) for _, b in rows)


@pytest.mark.parametrize("text", ["", "-", "NA", "x", "1.5", ".", ".0", "1.0.0", "-1", "1e3", " 1", "2147483648"])
def test_no_whole_number(text: str) -> None:
    assert read(["1", text, "2"]) is None
