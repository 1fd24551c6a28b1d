"""Counts in cells: what the quick way reads itself, and what it leaves to the careful one."""

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import BadResponseError
from scripts.diff.results.count_cells import parse_counts, quick_counts


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1.50,2.25", "30.00,0.75"], [[1.5, 2.25], [30.0, 0.75]]),
        (["1,2", "30,4"], [[1.0, 2.0], [30.0, 4.0]]),
        (["7", "90"], [[7.0], [90.0]]),
        ([".5,.7"], [[0.5, 0.7]]),
        (["5.,16."], [[5.0, 16.0]]),
        (["1.0,2.0,3.5"], [[1.0, 2.0, 3.5]]),
        (["123456789012345,1"], [[123456789012345.0, 1.0]]),
        (["12345678901234.5,0.0"], [[12345678901234.5, 0.0]]),
        (["0.09,9.90"], [[0.09, 9.9]]),
    ],
)
def test_read_the_quick_way(cells, wanted):
    assert quick_counts(pd.Series(cells)).tolist() == wanted


@pytest.mark.parametrize(
    "cells",
    [
        ["1.5,2.25"],  # as many decimals, but not everywhere the same
        ["1.5,2"],
        ["1,2.5"],
        ["1.5,2.5", "1.5,2.50"],
        ["1234567890123456,1"],  # 16 digits
        ["1,2", "3"],
        ["1,2", "3", "4,5,6"],  # as many as two a row, all in all
        ["1,,2"],
        ["1,2,"],
        [".,1."],
        ["1e3,2"],
        ["-1,2"],
        ["1:,2"],  # the characters beside the digits
        ["1/,2"],
        ["١,2"],  # a digit, but none of ASCII
        ["1\n2,3"],
        [""],
    ],
)
def test_left_to_the_careful_way(cells):
    assert quick_counts(pd.Series(cells)) is None


@pytest.mark.parametrize("rows", [1, 4095, 4096, 4097, 9000])
def test_any_number_of_rows(rows):
    matrix = np.arange(rows * 2).reshape(rows, 2) / 4
    found = quick_counts(pd.Series([f"{one:.2f},{other:.2f}" for one, other in matrix]))
    assert np.array_equal(found, matrix)


def test_an_odd_row_behind_many_even_ones():
    cells = ["1.00,2.00"] * 5000 + ["1.0,2.0"]
    assert quick_counts(pd.Series(cells)) is None
    assert parse_counts(pd.Series(cells)).shape == (5001, 2)


def test_of_no_regions():
    assert parse_counts(pd.Series([], dtype=object)).shape == (0, 1)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1,2", "1,2", "1", "1,2,3"], "x.bed, line 3: 1 counts, where line 1 has 2"),
        (["1,2", "1,2,3"], "x.bed, line 2: 3 counts, where line 1 has 2"),
        (["1,2", "a,2"], "x.bed: counts that are no numbers"),
        (["0,2", "1,2", "1,-0.5"], "x.bed, line 3: counts that cannot be"),
        (["0,2", "inf,2", "-1,2"], "x.bed, line 2: counts that cannot be"),
        (["nan,2"], "x.bed, line 1: counts that cannot be"),
    ],
)
def test_errors_name_the_line(cells, message):
    with pytest.raises(BadResponseError, match=message):
        parse_counts(pd.Series(cells), "x.bed")


def test_no_count_is_below_zero_but_zero_is_one():
    assert parse_counts(pd.Series(["0,1e3"])).tolist() == [[0.0, 1000.0]]


def test_the_first_odd_cell_is_quoted():
    with pytest.raises(BadResponseError, match="line 3: 1 counts, where line 1 has 2") as caught:
        parse_counts(pd.Series(["1,2", "3,4", "77", "5,6,88"]))
    assert "77" in str(caught.value) and "88" not in str(caught.value)
    with pytest.raises(BadResponseError, match="line 2: counts that cannot be") as caught:
        parse_counts(pd.Series(["1,2", "3,-77", "5,-88"]))
    assert "-77" in str(caught.value) and "88" not in str(caught.value)
