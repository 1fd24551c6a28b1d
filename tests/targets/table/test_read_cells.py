"""The loop over the cells, as it stands and compiled: both read what the rule says, and refuse the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.targets.table import read_cells as module
from scripts.targets.table.read_cells import MISSING, SCORE, SKIPPED, STRING, TEXT, Cells, read_cells

READ, TOO_LARGE, BAD = module.READ, module.TOO_LARGE, module.BAD
NUMBERS = st.integers(0, 2**31 - 1)


def read(
    rows: Sequence[Sequence[str]], kinds: Sequence[int], dtype: type = np.int32
) -> tuple[Cells, list[list[int]], list[int]]:
    """What both forms of the loop make of some rows; they must agree."""
    block = "".join("\t".join(row) + "\n" for row in rows).encode()
    found = []
    kept = module.SMALL_BYTES
    for module.SMALL_BYTES in (1 << 30, 0):
        scores = np.full((len(rows), kinds.count(SCORE)), 77, dtype=dtype)
        string = np.full(len(rows), 77, dtype=np.int32)
        cells = read_cells(block, np.array(kinds, dtype=np.uint8), scores, string)
        found.append((cells, scores.tolist(), string.tolist()))
    module.SMALL_BYTES = kept
    assert found[0] == found[1]
    return found[0]


def outcome(text: str, kind: int = SCORE, dtype: type = np.int32) -> tuple[int, int, int]:
    """Of a cell in the midst, and of one at the end of a line, which must be the same."""
    midst, _, _ = read([["1", "2"], [text, "3"]], [kind, SCORE], dtype)
    end, _, _ = read([["1", "2"], ["3", text]], [SCORE, kind], dtype)
    assert midst.outcome == end.outcome and (midst.outcome != BAD or (midst.column, end.column) == (0, 1))
    return midst.outcome, midst.missing, midst.decimals


@given(st.lists(st.tuples(NUMBERS | st.just(0), NUMBERS | st.just(0)), min_size=1, max_size=30))
def test_whole_numbers(numbers: list[tuple[int, int]]) -> None:
    cells, scores, _ = read([[str(a), str(b)] for a, b in numbers], [SCORE, SCORE])
    assert cells.outcome == READ and scores == [list(row) for row in numbers]


@given(st.lists(st.tuples(NUMBERS, st.sampled_from(["", ".", ".0", ".000"])), min_size=1, max_size=30))
def test_zero_decimals(written: list[tuple[int, str]]) -> None:
    cells, scores, _ = read([[f"{number}{ending}"] for number, ending in written], [SCORE])
    assert scores == [[number] for number, _ in written]
    assert (cells.outcome, cells.missing, cells.decimals) == (READ, 0, sum(ending != "" for _, ending in written))


@given(st.lists(st.tuples(NUMBERS, NUMBERS | st.sampled_from(MISSING)), min_size=1, max_size=30))
def test_missing_in_the_string_column(rows: list[tuple[int, int | bytes]]) -> None:
    texts = [[str(a), b.decode() if isinstance(b, bytes) else str(b)] for a, b in rows]
    cells, scores, string = read(texts, [SCORE, STRING])
    assert scores == [[a] for a, _ in rows] and string == [0 if isinstance(b, bytes) else b for _, b in rows]
    assert (cells.outcome, cells.missing) == (READ, sum(isinstance(b, bytes) for _, b in rows))


@given(st.lists(st.text("0123456789.-NA x\xff", max_size=12), min_size=1, max_size=6))
def test_any_cell_is_read_as_the_rule_says_or_refused(texts: list[str]) -> None:
    """The rule in Python's own words: up to ten digits, and a point with nothing but zeros behind."""

    def number(text: str) -> int | None:
        whole, _, rest = text.partition(".")
        good = whole.isascii() and whole.isdigit() and len(whole) <= 10 and not rest.strip("0")
        return int(whole) if good and int(whole) < 2**31 else None

    wanted = [number(text) for text in texts]
    cells, scores, _ = read([[text] for text in texts], [SCORE])
    if None in wanted:
        assert (cells.outcome, cells.row) == (BAD, wanted.index(None))
    else:
        assert cells.outcome == READ and [row[0] for row in scores] == wanted


@pytest.mark.parametrize(
    "text",
    ["", "-", "NA", "x", "1.5", ".", ".0", "1.0.0", "-1", "1e3", " 1", "1 ", "1:", "/1", "2147483648", "00000000001"],
)
def test_no_whole_number(text: str) -> None:
    assert outcome(text)[0] == BAD


@pytest.mark.parametrize("text", ["N", "A", "NAN", "--", "AN", "N/A", "nA", "-0", "NA0", "9999999999", "1.01"])
def test_other_words_are_not_missing(text: str) -> None:
    assert outcome(text, STRING)[0] == BAD


@pytest.mark.parametrize(
    ("text", "dtype", "found"),
    [
        ("65535", np.uint16, READ),
        ("65536", np.uint16, TOO_LARGE),
        ("2147483647", np.uint16, TOO_LARGE),
        ("2147483648", np.uint16, BAD),
        ("2147483647", np.int32, READ),
    ],
)
def test_the_largest_score(text: str, dtype: type, found: int) -> None:
    assert outcome(text, SCORE, dtype)[0] == found
    assert outcome(text, STRING, dtype)[0] == (BAD if found == BAD else READ)


def test_texts_are_copied_and_other_columns_left_alone() -> None:
    rows = [["G1", "1.5", "x 1", "10", "-"], ["", "-3", "", "0", "7."], ["Ä\r", "0", "0", "2", "NA"]]
    cells, scores, string = read(rows, [TEXT, TEXT, SKIPPED, SCORE, STRING])
    assert cells == Cells(READ, "G1\t1.5\t\t-3\tÄ\r\t0\t".encode(), 2, 1, 0, 0)
    assert (scores, string) == ([[10], [0], [2]], [0, 7, 0])


@pytest.mark.parametrize("kind", [SKIPPED, TEXT, SCORE, STRING])
@pytest.mark.parametrize("cells", [1, 2, 4, 5])
def test_a_line_of_another_length_ends_reading(kind: int, cells: int) -> None:
    found, _, _ = read([["0", "0", "0"], ["0"] * cells, ["0", "0", "0"]], [SCORE, SCORE, kind])
    assert (found.outcome, found.row) == (BAD, 1)


def test_no_line_is_no_cell() -> None:
    assert read([], [TEXT, SCORE]) == (Cells(READ, b"", 0, 0, 0, 0), [], [])


def test_a_block_of_any_size_is_read_the_same() -> None:
    """On both sides of the size from which the compiled form is taken."""
    rng = np.random.default_rng(5)
    for n in (module.SMALL_BYTES // 10, module.SMALL_BYTES // 4):
        scores = rng.integers(0, 60_000, (n, 2)) * (rng.random((n, 2)) < 0.5)
        block = "".join(f"{a}\t{b}\n" for a, b in scores.tolist()).encode()
        found, string = np.empty((n, 2), dtype=np.uint16), np.empty(n, dtype=np.int32)
        cells = read_cells(block, np.array([SCORE, SCORE], dtype=np.uint8), found, string)
        assert cells.outcome == READ and (found == scores).all()
