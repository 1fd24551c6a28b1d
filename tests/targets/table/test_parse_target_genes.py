from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import BadResponseError
from scripts.targets.table import parse_target_genes as module
from scripts.targets.table.parse_target_genes import parse_target_genes, split_experiment
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, random_table, table_text


def test_small_table() -> None:
    table = parse_target_genes(table_text(SMALL_ROWS, SMALL_COLUMNS).encode(), "TP53")
    assert table.experiments == SMALL_COLUMNS
    assert table.genes.tolist() == ["AAA", "BBB", "CCC", "FEW", "ONLY"]
    assert table.scores.dtype == np.uint16
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


@pytest.mark.parametrize(("highest", "kept_in"), [(65_535, np.uint16), (65_536, np.int32), (2_000_000_000, np.int32)])
@pytest.mark.parametrize("place", [0, 199])
def test_a_high_score_anywhere_is_kept(
    monkeypatch: pytest.MonkeyPatch, highest: int, kept_in: type, place: int
) -> None:
    rows, columns = random_table(200, 5)
    rows[place] = ("HIGH", [0, highest, 0, 7, 65_535], 0)
    monkeypatch.setattr(module, "BLOCK_BYTES", 100)
    table = parse_target_genes(table_text(rows, columns).encode())
    assert table.scores.dtype == kept_in
    assert dict(zip(table.genes, table.scores.tolist(), strict=True)) == {gene: row for gene, row, _ in rows}


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


def table_with(string: str, score: str = "5", gene: str = "G2") -> bytes:
    """Three genes of one experiment; the second gene's name, score and STRING cell as given."""
    lines = ["Target_genes\tTP53|Average\tSRX1|A\tSTRING", "G1\t9.0\t9\t1", f"{gene}\t5.0\t{score}\t{string}"]
    return "\n".join([*lines, "G3\t2.0\t2\t3", ""]).encode()


@pytest.mark.parametrize("cell", ["", "-", "NA"])
def test_missing_string_scores_are_read_as_0(cell: str) -> None:
    table = parse_target_genes(table_with(cell))
    assert table.string_score.tolist() == [1, 0, 3]
    assert table.scores.ravel().tolist() == [9, 5, 2]
    assert table.notes == ["1 STRING score missing in the file: read as 0."]


def test_a_missing_string_score_in_the_last_cell() -> None:
    text = table_text(SMALL_ROWS, SMALL_COLUMNS)
    assert parse_target_genes(text.removesuffix("650\n").encode()).string_score.tolist() == [900, 0, 400, 0, 0]


@pytest.mark.parametrize(("string", "score", "count"), [("512.0", "5", "1 score"), ("512.", "5.00", "2 scores")])
def test_whole_numbers_with_a_decimal_point(string: str, score: str, count: str) -> None:
    table = parse_target_genes(table_with(string, score))
    assert table.string_score.tolist() == [1, 512, 3]
    assert table.scores.ravel().tolist() == [9, 5, 2]
    assert table.notes == [f"{count} written with a decimal point, such as 512.0: read as whole numbers."]


def test_a_string_column_before_the_experiments() -> None:
    table = parse_target_genes(b"Target_genes\tTP53|Average\tSTRING\tSRX1|A\nG1\t5.0\t-\t5.0\nG2\t1.0\t7\t1\n")
    assert (table.string_score.tolist(), table.scores.ravel().tolist()) == ([0, 7], [5, 1])


@pytest.mark.parametrize("cell", ["x", "51.5", "--", "NAN", "-1", ".0", "1.0.0", "3000000000.0", " "])
def test_other_string_cells_name_line_and_column(cell: str) -> None:
    with pytest.raises(BadResponseError, match="line 3, column 4.*is not a whole number from 0 up"):
        parse_target_genes(table_with(cell))


@pytest.mark.parametrize("cell", ["-", "NA", "5.01", "5e0"])
def test_scores_may_not_be_missing(cell: str) -> None:
    with pytest.raises(BadResponseError, match="line 3, column 3.*is not a whole number from 0 up"):
        parse_target_genes(table_with("-", score=cell))


@pytest.mark.parametrize("gene", ["", "  "])
def test_rows_without_a_symbol_are_left_out(gene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = parse_target_genes(table_with("7", gene=gene))
    assert (table.genes.tolist(), table.scores.ravel().tolist()) == (["G1", "G3"], [9, 2])
    assert (table.string_score.tolist(), table.average.tolist()) == ([1, 3], [9.0, 2.0])
    assert table.notes == ["1 row without a gene symbol: left out."]
    monkeypatch.setattr(module, "BLOCK_BYTES", 1)
    lines = table_with("7", gene=gene).replace(b"G3\t2.0\t2", b"G3\t2.0\tx").splitlines(keepends=True)
    with pytest.raises(BadResponseError, match="line 4, column 3"):
        parse_target_genes(lines)


def test_repairs_are_counted_over_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_BYTES", 1)
    lines = table_text([(f"G{i}", [i + 1], 0) for i in range(50)], ["SRX1|A"]).replace("\t0\n", "\t-\n")
    table = parse_target_genes(lines.encode().splitlines(keepends=True))
    assert len(table.genes) == 50
    assert table.notes == ["50 STRING scores missing in the file: read as 0."]


def test_control_characters_in_names_are_taken_out_and_counted() -> None:
    text = "Target_genes\tTP53|Average\tSRX1|K\x1b[3m562\tSTRING\nA\rB\t5.0\t5\t0\nC\x00\t4.0\t4\t0\nD\t1.0\t1\t0\n"
    table = parse_target_genes(text.encode(), "TP53")
    assert table.genes.tolist() == ["A B", "C", "D"]
    assert table.experiments == ["SRX1|K [3m562"]
    assert table.notes == ["2 gene symbols with control or unseen characters: read without them."]


HEADER = "Target_genes\tTP53|Average\tSRX1|A\tSRX2|B\tSTRING\n"


def notes(text: str, protein: str = "TP53") -> list[str]:
    return parse_target_genes(text.encode(), protein).notes


def test_columns_are_found_by_their_names() -> None:
    text = "\ufeffgenes\tSRX2|B\ttp53|AVERAGE\tx\nA\t7\t2.5\t9\nB\t1\t1.5\t8\n"
    table = parse_target_genes(text.encode())
    assert (table.genes.tolist(), table.average.tolist()) == (["A", "B"], [2.5, 1.5])
    assert table.experiments == ["SRX2|B", "x|Unknown"] and table.scores.tolist() == [[7, 9], [1, 8]]


def test_an_average_cannot_be_the_first_column() -> None:
    with pytest.raises(BadResponseError, match=r"line 1: no column named 'TF\|Average'"):
        parse_target_genes(b"TP53|Average\tSRX1|A\nG1\t1\n")


def test_the_average_is_in_the_first_column_of_that_name() -> None:
    table = parse_target_genes(b"g\tTP53|Average\tSRX1|A\tSRX2|Average\nG1\t1.5\t2\t3\n", "TP53")
    assert table.average.tolist() == [1.5] and table.experiments == ["SRX1|A", "SRX2|Average"]
    assert table.notes == ["The table has no STRING column: string_score is 0 for every gene."]
    other = parse_target_genes(b"g\tE2F1|Average\tSRX1|A\tSRX2|Average\tSTRING\nG1\t1.5\t2\t3\t0\n", "TP53")
    assert other.notes == ["The average column is named 'E2F1|Average' instead of 'TP53|Average'; check the factor."]


def test_of_two_string_columns_the_last_is_read() -> None:
    table = parse_target_genes(b"g\tTP53|Average\tstring\tSRX1|A\tSTRING\nG1\t1.0\t5\t2\t3\n", "TP53")
    assert table.string_score.tolist() == [3] and table.experiments == ["SRX1|A"]
    assert table.string_score.dtype == np.int32


def test_columns_without_a_cell_type_are_counted() -> None:
    assert notes("g\tTP53|Average\tSRX1\tSRX2|\tSRX3\tSTRING\nG1\t1.0\t5\t2\t3\t0\n") == [
        "2 experiment columns without a cell type: called 'Unknown'."
    ]
    assert split_experiment("SRX2|") == split_experiment("SRX2") == ("SRX2", "Unknown")


def test_a_repeated_column_is_named() -> None:
    with pytest.raises(BadResponseError, match=r"line 1: the experiment column 'SRX2\|B' stands there more than once"):
        parse_target_genes(table_text([("A", [1, 2, 3, 4], 0)], ["SRX1|A", "SRX2|B", "SRX3|C", "SRX2|B"]).encode())


def test_another_factor_is_said_where_one_is_expected() -> None:
    text = table_text(SMALL_ROWS, SMALL_COLUMNS)
    assert notes(text, "E2F1") == [
        "The average column is named 'TP53|Average' instead of 'E2F1|Average'; check the factor."
    ]
    assert notes(text, "TP53") == notes(text, "") == []


@pytest.mark.parametrize(("line", "columns"), [(2, 4), (3, 6), (4, 4)])
def test_a_ragged_row_of_any_length(line: int, columns: int) -> None:
    rows = ["G1\t1.0\t1\t2\t0", "G2\t1.0\t1\t2\t0", "G3\t1.0\t1\t2\t0"]
    rows[line - 2] = "\t".join((rows[line - 2].split("\t") + ["0"] * 9)[:columns])
    with pytest.raises(BadResponseError, match=f"the table, line {line}: {columns} columns where the header has 5"):
        parse_target_genes((HEADER + "\n".join(rows)).encode())


@pytest.mark.parametrize("column", [3, 4, 5])
def test_the_cell_that_is_no_number_is_named_and_shown(column: int) -> None:
    cells = ["G2", "1.0", "1", "2", "0"]
    cells[column - 1] = "b" * 50
    with pytest.raises(BadResponseError, match=rf"from here, line 3, column {column}: 'b{{40}}' is not a whole number"):
        parse_target_genes((HEADER + "G1\t1.0\t1.0\t2\t-\n" + "\t".join(cells)).encode(), source="from here")


@pytest.mark.parametrize("block", [1, 30, 10_000])
def test_lines_are_counted_over_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_BYTES", block)
    good = "".join(f"G{n}\t1.0\t1\t2\t0\n" for n in range(20))
    for bad, message in (("B\t1.0\tx\t2\t0\n", "line 22, column 3"), ("B\t1.0\t2\t0\n", "line 22: 4 columns")):
        content = (HEADER + good + bad + good.replace("G", "H")).encode()
        with pytest.raises(BadResponseError, match=message):
            parse_target_genes(content[i : i + 17] for i in range(0, len(content), 17))
    content = (HEADER + good + "B\tx\t1\t2\t0\n").encode()
    with pytest.raises(BadResponseError, match="line 22, column 2: 'x' is not a number"):
        parse_target_genes(content)


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ("1_0", False),
        ("-2.5", True),
        ("+1e3", True),
        (".5", True),
        ("5.", True),
        ("1e400", False),
        (" 5 ", True),
    ],
)
def test_averages_are_finite_numbers(cell: str, good: bool) -> None:
    text = f"{HEADER}G1\t1.0\t1\t1\t0\nG2\t{cell}\t1\t1\t0\nG3\t1.0\t1\t1\t0\n".encode()
    if good:
        assert parse_target_genes(text).average.tolist() == [1.0, float(cell), 1.0]
    else:
        with pytest.raises(BadResponseError, match="line 3, column 2"):
            parse_target_genes(text)


def test_the_row_of_the_highest_average_stays_where_it_stood() -> None:
    text = (
        HEADER
        + "A\t2.0\t2\t2\t1\nB\t9.0\t9\t9\t2\nA\t4.0\t4\t4\t3\nC\t1.0\t1\t1\t4\nA\t4.0\t8\t0\t5\nC\t1.5\t1\t2\t6\n"
    )
    table = parse_target_genes(text.encode(), "TP53")
    assert table.genes.tolist() == ["B", "A", "C"]
    assert table.scores.tolist() == [[9, 9], [4, 4], [1, 2]]
    assert table.string_score.tolist() == [2, 3, 6] and table.average.tolist() == [9.0, 4.0, 1.5]
    assert table.notes == [
        "2 gene symbols on more than one row: the row with the highest average was kept, 3 rows left out."
    ]


@pytest.mark.parametrize("n", [1, 1023, 1024, 1025, 2500])
def test_any_number_of_rows_is_moved_up(n: int) -> None:
    rows = "".join(f"{'' if k % 2 else f'G{k}'}\t1.0\t{k}\t{k + 1}\t{k % 7}\n" for k in range(2 * n))
    table = parse_target_genes((HEADER + rows).encode(), "TP53")
    assert table.genes.tolist() == [f"G{k}" for k in range(0, 2 * n, 2)]
    assert table.scores.tolist() == [[k, k + 1] for k in range(0, 2 * n, 2)]
    assert table.string_score.tolist() == [k % 7 for k in range(0, 2 * n, 2)]


def test_notes_are_in_order_and_counted_apart() -> None:
    text = HEADER + "A\t3.0\t3.0\t3\t-\nB\x00\t2.0\t2\t2.\tNA\n\t1.0\t1\t1\t\nB\t1.0\t1\t1\t7\n"
    assert notes(text) == [
        "3 STRING scores missing in the file: read as 0.",
        "2 scores written with a decimal point, such as 512.0: read as whole numbers.",
        "1 gene symbol with control or unseen characters: read without them.",
        "1 row without a gene symbol: left out.",
        "1 gene symbol on more than one row: the row with the highest average was kept, 1 row left out.",
    ]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", "\r\n\r\n"])
def test_the_end_of_a_file(end: str) -> None:
    text = HEADER + "G1\t1.0\t1\t2\t3\nG2\t1.0\t4\t5\t6"
    table = parse_target_genes((text + end).encode())
    assert table.scores.tolist() == [[1, 2], [4, 5]] and table.string_score.tolist() == [3, 6]
    assert parse_target_genes(HEADER.rstrip("\n").encode()).scores.shape == (0, 2)


def test_scores_beside_string_in_any_order() -> None:
    """STRING among the experiments: no block of neighbouring columns."""
    text = "g\tSRX1|A\tSTRING\tTP53|Average\tSRX2|B\nG1\t1\t2\t3.5\t4\nG2\t5\t-\t7.5\t8.0\n"
    table = parse_target_genes(text.encode(), "TP53")
    assert table.scores.tolist() == [[1, 4], [5, 8]] and table.string_score.tolist() == [2, 0]
    assert table.average.tolist() == [3.5, 7.5]


def test_a_table_of_no_experiment() -> None:
    table = parse_target_genes(b"g\tTP53|Average\nG1\t1.5\nG2\t0.5\n", "TP53")
    assert table.scores.shape == (2, 0) and table.average.tolist() == [1.5, 0.5]
    assert table.string_score.tolist() == [0, 0]


@pytest.mark.parametrize("block", [1, 1000, 300_000])
def test_scores_grow_wider_at_any_place(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow before the block with a large score, wide from it on; nothing of what was read before is lost."""
    monkeypatch.setattr(module, "BLOCK_BYTES", block)
    rows = [(f"G{n}", [n, 65_536 if n == 900 else n * 7], 3) for n in range(1000)]
    table = parse_target_genes(table_text(rows, ["SRX1|A", "SRX2|B"]).encode())
    wanted = {gene: scores for gene, scores, _ in rows}
    assert table.scores.dtype == np.int32
    assert dict(zip(table.genes.tolist(), table.scores.tolist(), strict=True)) == wanted
    assert table.string_score.tolist() == [3] * 1000 and table.notes == []


def test_bytes_that_are_no_text_are_read_past() -> None:
    table = parse_target_genes(HEADER.encode() + b"G\xff\t1.0\t7\t2\t0\n")
    assert table.genes.tolist() == ["G\ufffd"] and table.scores.tolist() == [[7, 2]]


def test_a_cell_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    with pytest.raises(BadResponseError, match="line 2, column 3: '7\ufffd' is not a whole number"):
        parse_target_genes(HEADER.encode() + b"G1\t1.0\t7\xff\t2\t0\n")
