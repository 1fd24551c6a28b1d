"""The parsed form of a kept table stands for one text, and nothing else is believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.common.digits import integers_ending_at
from scripts.targets.table.number_cells import quick_numbers, read_numbers
from scripts.targets.table.parse_target_genes import TargetTable, parse_target_genes
from scripts.targets.table.parsed_form import load_parsed, save_parsed
from tests.targets.tables import random_table, table_text

SHA256 = "0" * 64


def table(highest: int = 9000) -> TargetTable:
    rows, columns = random_table(70, 9)
    rows.append(("ÄÖ 1", [highest] * 9, 3))
    return parse_target_genes(table_text(rows, columns, "OTHER").encode(), "TP53")


def same(one: TargetTable, other: TargetTable) -> None:
    for name in ("genes", "scores", "average", "string_score"):
        left, right = getattr(one, name), getattr(other, name)
        np.testing.assert_array_equal(left, right)
        assert left.dtype == right.dtype
    assert (one.experiments, one.notes) == (other.experiments, other.notes)


@pytest.mark.parametrize("highest", [65_535, 65_536, 2_000_000_000])
def test_what_is_written_is_read(tmp_path: Path, highest: int) -> None:
    written = table(highest)
    save_parsed(tmp_path / "x.derived", written, SHA256, "TP53")
    found = load_parsed(tmp_path / "x.derived", SHA256, "TP53")
    assert found is not None
    same(found, written)
    found.scores.resize((1, 1), refcheck=False)


def test_of_another_text_or_factor(tmp_path: Path) -> None:
    path = tmp_path / "x.derived"
    assert load_parsed(path, SHA256, "TP53") is None
    save_parsed(path, table(), SHA256, "TP53")
    assert load_parsed(path, "1" * 64, "TP53") is None
    assert load_parsed(path, SHA256, "E2F1") is None


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.derived"
    save_parsed(path, table(), SHA256, "TP53")
    content = path.read_bytes()
    for position in [*range(0, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        assert load_parsed(path, SHA256, "TP53") is None, position
    for cut in (content[:-1], content[:20], b"", content + b"x"):
        path.write_bytes(cut)
        assert load_parsed(path, SHA256, "TP53") is None


def test_a_folder_that_takes_no_file_costs_nothing_else(tmp_path: Path) -> None:
    save_parsed(tmp_path / "missing" / "x.derived", table(), SHA256, "TP53")


def test_integers_of_any_length() -> None:
    rng = np.random.default_rng(4)
    numbers = [int(rng.integers(0, 10 ** int(digits))) for digits in rng.integers(1, 17, 500)]
    text = "".join(f"{number}{mark}" for number, mark in zip(numbers, rng.choice(list("\t,x."), 500), strict=True))
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero((characters < ord("0")) | (characters > ord("9")))
    assert integers_ending_at(characters, ends, 16).tolist() == numbers


@pytest.mark.parametrize("most", [1, 2, 4, 5, 8])
def test_the_quick_way_reads_what_the_careful_way_reads(most: int) -> None:
    rng = np.random.default_rng(most)
    numbers = rng.integers(0, 10**most, (40, 7))
    text = "".join(f"G{i}.5\t" + "\t".join(map(str, row)) + "\n" for i, row in enumerate(numbers.tolist()))
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero((characters == 9) | (characters == 10)).astype(np.int32)
    starts = np.concatenate([np.zeros(1, dtype=np.int32), ends[:-1] + 1]).reshape(-1, 8)
    ends = ends.reshape(-1, 8)
    quick = quick_numbers(characters, ends, slice(1, 8))
    careful = read_numbers(characters, starts[:, 1:], ends[:, 1:])
    assert quick is not None
    assert careful is not None
    assert quick.tolist() == careful.values.tolist() == numbers.tolist()


@pytest.mark.parametrize("cell", ["", "-1", "1.0", "x", "NA", " 1", "123456789", "1e3"])
def test_the_quick_way_leaves_everything_else_to_the_careful_one(cell: str) -> None:
    characters = np.frombuffer(f"G\t1\t2\nH\t{cell}\t3\n".encode(), dtype=np.uint8)
    ends = np.flatnonzero((characters == 9) | (characters == 10)).astype(np.int32).reshape(-1, 3)
    assert quick_numbers(characters, ends, slice(1, 3)) is None
