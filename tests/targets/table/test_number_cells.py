from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.targets.table.number_cells import MISSING, Numbers, quick_numbers, read_numbers, whole_numbers

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


def quick(texts: Sequence[str], n_columns: int = 1, columns: slice | None = None) -> list | None:
    characters, _, ends = cells(texts, n_columns)
    found = quick_numbers(characters, ends, columns or slice(0, n_columns))
    return None if found is None else found.tolist()


def test_short_whole_numbers_are_read_the_quick_way() -> None:
    assert quick(["0", "12345678", "900", "7"], 2) == [[0, 12345678], [900, 7]]
    assert quick(["007", "10"], 2) == [[7, 10]]


@pytest.mark.parametrize("text", ["123456789", "", "-1", "1.0", "x", "1/", ":1", " 1", "NA"])
def test_the_quick_way_leaves_other_cells_alone(text: str) -> None:
    assert quick(["1", text, "2", "3"], 2) is None
    assert quick(["1", "2", "3", text], 2) is None
    assert quick([text]) is None


def test_the_quick_way_looks_at_the_columns_asked_for_alone() -> None:
    texts = ["gene-1", "1.5", "10", "20", "x", "G2", "0.25", "30", "40", "y z"]
    assert quick(texts, 5, slice(2, 4)) == [[10, 20], [30, 40]]
    assert quick(texts, 5, slice(1, 4)) is None and quick(texts, 5, slice(2, 5)) is None
    assert quick(texts, 5, slice(2, 3)) == [[10], [30]] and quick(texts, 5, slice(3, 4)) == [[20], [40]]


def test_nothing_is_no_number() -> None:
    empty = np.empty((0, 2), dtype=np.int32)
    assert quick_numbers(np.empty(0, np.uint8), empty, slice(0, 2)) is None
    found = whole_numbers(np.empty(0, np.uint8), empty, empty)
    assert found is not None and found.shape == (0, 2) and found.dtype == np.int32


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2147483647", 2**31 - 1),
        ("2147483648", None),
        ("9999999999", None),
        ("12345678901", None),
        ("0", 0),
        ("", None),
    ],
)
def test_whole_numbers_up_to_the_largest(text: str, number: int | None) -> None:
    found = whole_numbers(*cells([text, "5"], 1))
    assert (found is None) if number is None else (found.ravel().tolist() == [number, 5])


@pytest.mark.parametrize("text", ["1:", "/1", "1x1", "1 "])
def test_characters_beside_the_digits(text: str) -> None:
    assert whole_numbers(*cells(["12", text], 1)) is None


def test_only_the_optional_column_may_lack_numbers() -> None:
    texts = ["NA", "5", "3", "-", "", "7.0"]
    assert read(texts, 2, optional=0) is None  # "-" stands in the other column
    found = read(["NA", "5", "3.", "4", "", "7.0"], 2, optional=0)
    assert found is not None and found.values.tolist() == [[0, 5], [3, 4], [0, 7]]
    assert (found.missing, found.decimals) == (2, 2)


@pytest.mark.parametrize("text", ["N", "A", "NAN", "--", "AN", "N/A", "nA"])
def test_other_words_are_not_missing(text: str) -> None:
    assert read(["1", text, "2", "3"], 2, optional=1) is None


def test_a_point_with_zeros_behind_it() -> None:
    found = read(["10.00", "0.0", "100", "20."], 2)
    assert found is not None and found.values.tolist() == [[10, 0], [100, 20]]
    assert (found.missing, found.decimals) == (0, 3)
    for text in ("1.01", "1.10", ".0", "1.0.", "1..0"):
        assert read(["5", text], 2) is None
