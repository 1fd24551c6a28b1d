"""Networks as people have them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.targets.pairs.edge_list import read_edges

PAIRS = [("TP53", "CDKN1A"), ("MYC", "NA"), ("TP53", "CDKN1A")]


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("grnboost.tsv", "TF\ttarget\tw\nTP53\tCDKN1A\t1.5\nMYC\tNA\t2\nTP53\tCDKN1A\t3\n", ["input_w"]),
        ("decoupler.csv", "source,target,weight\nTP53,CDKN1A,1\nMYC,NA,-1\nTP53,CDKN1A,1\n", ["input_weight"]),
        ("semicolon.csv", '"Regulator";"Target gene"\nTP53;CDKN1A\nMYC;NA\nTP53;CDKN1A\n', []),
        ("blanks.txt", "# a comment\nfactor   gene\nTP53 CDKN1A\nMYC  NA\nTP53 CDKN1A\n", []),
        ("bare.tsv", "TP53\tCDKN1A\t0.5\nMYC\tNA\t1\nTP53\tCDKN1A\t2\n", ["input_column_3"]),
        ("net.sif", "TP53 activates CDKN1A\nMYC pp NA\nLONELY\nTP53 pp CDKN1A\n", ["input_interaction"]),
        ("swapped.tsv", "\ufefftarget\tsource\r\nCDKN1A\tTP53\r\nNA\tMYC\r\nCDKN1A\tTP53\r\n", []),
    ],
)  # fmt: skip
def test_files(tmp_path: Path, name: str, text: str, columns: list[str], capsys) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    for file in (path, str(packed)):
        frame = read_edges(file)
        assert list(zip(frame["factor"], frame["gene"], strict=True)) == PAIRS
        assert list(frame.columns[2:]) == columns
    assert ("no heading known" in capsys.readouterr().out) == (name == "bare.tsv")


def test_several_targets_of_a_line_of_sif(tmp_path: Path) -> None:
    path = tmp_path / "a.sif"
    path.write_text("A\tpp\tB one\tC\n")
    assert read_edges(path)["gene"].tolist() == ["B one", "C"]


def test_frames_and_lists() -> None:
    assert read_edges(PAIRS)["gene"].tolist() == ["CDKN1A", "NA", "CDKN1A"]
    frame = pd.DataFrame({"score": [1], "TF": ["A"], "Target": ["B"]}, index=[7])
    assert read_edges(frame).iloc[0].to_dict() == {"factor": "A", "gene": "B", "input_score": 1}


@pytest.mark.parametrize(
    ("edges", "match"),
    [
        ([("A",)], "edges is"), (5, "edges is"), ([], "No pairs"), ([("A", " ")], "without a factor or a gene"),
        (pd.DataFrame({"TF": ["A"], "score": [1]}), "No column for the gene"),
        (pd.DataFrame([["A", "B", "C"]], columns=["TF", "target", "Target"]), "more than one column 'target'"),
        (pd.DataFrame({"x": [1], "y": [2]}), "No column for the factor and the gene"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_pairs(edges, match: str) -> None:
    with pytest.raises(InputError, match=match):
        read_edges(edges)


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a.tsv", "", "is empty"), ("a.tsv", "A\nB\n", "one column"), ("a.sif", "A\tB\n", "two columns"),
        ("a.tsv", "TF\tweight\nA\t1\n", "No column for the gene"), ("a.csv", 'TF,target\n"A,B\n', "no readable table"),
    ],
)  # fmt: skip
def test_files_that_are_none(tmp_path: Path, name: str, text: str, match: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=match):
        read_edges(tmp_path / name)
