"""The service's table: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.common.errors import BadResponseError
from scripts.factors.parse import parse_enrichment
from scripts.factors.sets import Sets

BED = Sets("gained", "higher in A", "bed", tuple("abcdefgh"), tuple("abcdefghij"))
GENES = Sets("targets", "targets", "gene", tuple("abcdefgh"), tuple("abcdefghij"))
ROW = ["SRX1", "TFs and others", "CTCF", "Blood", "K-562", "1200", "6/8", "1/10", "-2.10", "-1.50", "7.50"]


def parsed(tmp_path: Path, *rows: list[str], sets: Sets = BED):  # type: ignore[no-untyped-def]
    path = tmp_path / "wabi_result.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    return parse_enrichment(path, sets)


def changed(**cells: str) -> list[str]:
    names = ["srx", "cls", "antigen", "cells", "type", "peaks", "a", "b", "p", "q", "fold"]
    return [cells.get(name, cell) for name, cell in zip(names, ROW, strict=True)]


def test_a_row_is_read(tmp_path: Path) -> None:
    row = parsed(tmp_path, ROW).iloc[0]
    assert row[["num_peaks", "overlap_a", "size_a", "overlap_b", "size_b"]].tolist() == [1200, 6, 8, 1, 10]
    assert row[["log10_p", "log10_q", "fold_enrichment"]].tolist() == [-2.1, -1.5, 7.5]


def test_infinity_and_nothing_at_all_occur(tmp_path: Path) -> None:
    table = parsed(tmp_path, changed(b="0/10", p="-inf", fold="inf"), changed(srx="SRX2", a="0/8", b="0/10", fold="NA"))
    assert table["log10_p"].iloc[0] == -np.inf and table["fold_enrichment"].iloc[0] == np.inf
    assert np.isnan(table["fold_enrichment"].iloc[1])


def test_an_empty_table_is_a_result(tmp_path: Path) -> None:
    assert parsed(tmp_path).empty


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({"srx": "chr1"}, "no accession"),
        ({"antigen": ""}, "antigen is empty"),
        ({"peaks": "many"}, "peaks is no whole number"),
        ({"peaks": "-4"}, "peaks is no whole number"),
        ({"a": "6"}, 'overlaps A are not of the form "6/8"'),
        ({"a": "9/8"}, "overlaps A are more than there are"),
        ({"a": "6/9"}, "overlaps A are not of 8, as sent"),
        ({"b": "1/9"}, "overlaps B are not of 10, as sent"),
        ({"p": "0.4"}, "log10_p is above 0"),
        ({"p": "x"}, "log10_p is no number"),
        ({"q": "NA"}, "log10 P or Q is no number"),
        ({"fold": "-1"}, "fold_enrichment is below 0"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_a_row_that_does_not_fit_is_refused_with_file_line_and_remedy(
    tmp_path: Path, cells: dict[str, str], what: str
) -> None:
    with pytest.raises(BadResponseError) as caught:
        parsed(tmp_path, ROW, changed(**({"srx": "SRX2"} | cells)))
    text = str(caught.value)
    assert "wabi_result.tsv, line 2: " in text and what in text and "Run the same call again" in text


def test_rows_of_another_width_and_twins_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadResponseError, match="line 1: 10 columns, where a row has 11"):
        parsed(tmp_path, ROW[:-1])
    with pytest.raises(BadResponseError, match="line 2: the experiment stands in the table before"):
        parsed(tmp_path, ROW, ROW)


def test_a_table_that_ends_within_a_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.tsv").write_text("\t".join(ROW) + "\n" + "\t".join(changed(srx="SRX2")))
    with pytest.raises(BadResponseError, match="line 2: the table ends within a line"):
        parse_enrichment(tmp_path / "cut.tsv", BED)


def test_of_genes_the_service_may_know_fewer_but_the_same_in_each_row(tmp_path: Path) -> None:
    assert parsed(tmp_path, changed(a="6/7"), sets=GENES)["size_a"].tolist() == [7]
    with pytest.raises(BadResponseError, match="line 2: overlaps A are not of 8, as sent"):
        parsed(tmp_path, changed(a="6/7"), changed(srx="SRX2", a="6/8"), sets=GENES)
    with pytest.raises(BadResponseError, match="not of 8, as sent"):
        parsed(tmp_path, changed(a="6/9"), sets=GENES)
