"""The parsed form of a kept table stands for one text, and nothing else is believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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


def test_a_damaged_byte_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.derived"
    save_parsed(path, table(), SHA256, "TP53")
    content = path.read_bytes()
    harmless = 0
    for position in [*range(0, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        # A zip file holds dates and the like, which say nothing of what is in it.
        if (found := load_parsed(path, SHA256, "TP53")) is not None:
            same(found, table())
            harmless += 1
    assert harmless < 10
    for cut in (content[:-1], content[:20], b"", content[:-200], content[200:]):
        path.write_bytes(cut)
        assert load_parsed(path, SHA256, "TP53") is None


def test_a_folder_that_takes_no_file_costs_nothing_else(tmp_path: Path) -> None:
    save_parsed(tmp_path / "missing" / "x.derived", table(), SHA256, "TP53")
