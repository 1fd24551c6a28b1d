from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.shared.errors import BadResponseError
from scripts.targets import parse_target_genes as module
from scripts.targets.parse_target_genes import parse_target_genes, split_experiment

from .tables import SMALL_COLUMNS, SMALL_ROWS, random_table, table_text


def test_small_table() -> None:
    table = parse_target_genes(table_text(SMALL_ROWS, SMALL_COLUMNS).encode(), "TP53")
    assert table.experiments == SMALL_COLUMNS
    assert table.genes.tolist() == ["AAA", "BBB", "CCC", "FEW", "ONLY"]
    assert table.scores.dtype == np.int32
    assert table.scores.tolist() == [row[1] for row in SMALL_ROWS]
    assert table.average.tolist() == [750.0, 225.0, 225.0, 35.0, 0.0]
    assert table.string_score.tolist() == [900, 0, 400, 0, 650]
    assert table.notes == []


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 300), st.booleans(), st.booleans())
def test_any_cut_into_blocks_gives_the_same_table(
    n_genes: int, n_experiments: int, block: int, crlf: bool, final_newline: bool
) -> None:
    rows, columns = random_table(n_genes, n_experiments, seed=n_genes)
    text = table_text(rows, columns)
    text = text if final_newline else text.rstrip("\n")
    content = (text.replace("\n", "\r\n") if crlf else text).encode()
    table = parse_target_genes((content[i : i + block] for i in range(0, len(content), block)), "TP53")
    by_gene = {gene: (scores, string) for gene, scores, string in rows}
    assert len(table.genes) == len(rows)
    assert [by_gene[gene][0] for gene in table.genes] == table.scores.tolist()
    assert [by_gene[gene][1] for gene in table.genes] == table.string_score.tolist()


def test_many_small_parses_equal_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = random_table(200, 5)
    content = table_text(rows, columns).encode()
    whole = parse_target_genes(content)
    monkeypatch.setattr(module, "BLOCK_BYTES", 100)
    pieces = parse_target_genes(content[i : i + 77] for i in range(0, len(content), 77))
    assert (pieces.scores == whole.scores).all()
    assert (pieces.genes == whole.genes).all()


def test_cell_types_are_split_at_the_first_bar() -> None:
    assert split_experiment("SRX1|B-cell_(CD19+)|x") == ("SRX1", "B-cell_(CD19+)|x")


@pytest.mark.parametrize("gene", ["NA", "nan", "NULL", '"quoted', "#N/A", "1-Mar"])
def test_gene_names_are_text(gene: str) -> None:
    assert parse_target_genes(table_text([(gene, [5], 0)], ["SRX1|A"]).encode()).genes.tolist() == [gene]


def test_header_alone_gives_no_genes() -> None:
    assert len(parse_target_genes(table_text([], SMALL_COLUMNS).encode()).genes) == 0


@pytest.mark.parametrize("content", [b"", b"\n", b"   "])
def test_nothing_at_all(content: bytes) -> None:
    with pytest.raises(BadResponseError, match=r"is empty|no column named"):
        parse_target_genes(content)


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html><html>down</html>", b"<?xml version='1.0'?>\n<Error>NoSuchKey</Error>"]
)
def test_pages_are_quoted(content: bytes) -> None:
    with pytest.raises(BadResponseError, match="not a page.\nIt answered: <"):
        parse_target_genes(content)


def test_ragged_row_names_its_line() -> None:
    lines = table_text(SMALL_ROWS, SMALL_COLUMNS).splitlines()
    lines[3] = lines[3].rsplit("\t", 1)[0]
    with pytest.raises(BadResponseError, match="line 4: 6 columns where the header has 7"):
        parse_target_genes("\n".join(lines).encode())


@pytest.mark.parametrize("cell", ["12.5", "x", "", "-3", "1e3", " 7", "3000000000", "99999999999999999999"])
def test_bad_score_names_line_and_column(cell: str) -> None:
    text = "Target_genes\tTP53|Average\tSRX1|A\tSRX2|B\tSTRING\nG1\t1.0\t1\t1\t0\n" + f"G2\t0.5\t1\t{cell}\t0\n"
    with pytest.raises(BadResponseError, match="line 3, column 4"):
        parse_target_genes(text.encode())


@pytest.mark.parametrize("cell", ["", "nan", "inf", "x"])
def test_bad_average_names_line_and_column(cell: str) -> None:
    text = f"Target_genes\tTP53|Average\tSRX1|A\tSTRING\nG1\t{cell}\t1\t0\n"
    with pytest.raises(BadResponseError, match="line 2, column 2"):
        parse_target_genes(text.encode())


def test_no_average_column() -> None:
    with pytest.raises(BadResponseError, match=r"line 1: no column named 'TP53\|Average'"):
        parse_target_genes(b"Target_genes\tSRX1|A\tSTRING\nG1\t1\t0\n", "TP53")


def test_wrong_name_of_the_average_is_said() -> None:
    table = parse_target_genes(table_text(SMALL_ROWS, SMALL_COLUMNS, protein="E2F1").encode(), "TP53")
    assert "'E2F1|Average' instead of 'TP53|Average'" in table.notes[0]


def test_no_string_column_is_said() -> None:
    table = parse_target_genes(table_text(SMALL_ROWS, SMALL_COLUMNS, string=False).encode(), "TP53")
    assert "no STRING column" in table.notes[0]
    assert table.string_score.tolist() == [0] * 5
    assert table.experiments == SMALL_COLUMNS


def test_duplicate_symbols_keep_the_highest_average() -> None:
    rows = [("A", [1, 1], 5), ("B", [9, 9], 0), ("A", [4, 4], 7)]
    table = parse_target_genes(table_text(rows, ["SRX1|A", "SRX2|B"]).encode(), "TP53")
    assert sorted(zip(table.genes, table.average, strict=True)) == [("A", 4.0), ("B", 9.0)]
    assert table.notes[0].startswith("1 gene symbol on more than one row")


def test_duplicate_experiment_columns() -> None:
    with pytest.raises(BadResponseError, match="stands there more than once"):
        parse_target_genes(table_text([("A", [1, 2], 0)], ["SRX1|A", "SRX1|A"]).encode())


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=30))
def test_whole_numbers(numbers: list[int]) -> None:
    text = "\t".join(map(str, numbers)) + "\t"
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero(characters == 9)
    starts = np.concatenate([[0], ends[:-1] + 1])
    read = module.whole_numbers(characters, starts, ends)
    assert read is not None
    assert read.tolist() == numbers
