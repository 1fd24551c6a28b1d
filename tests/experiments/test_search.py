"""One question, the same answer: from either dialect of the site, and from the catalogue."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.common.errors import InputError, NotFoundError, ServiceUnavailableError
from scripts.experiments import build_catalogue, find_experiments
from scripts.experiments.table import FIXED, as_table, attribute_name, rows_of

FIRST = ["accession", "gsm", "study", "antigen_class", "antigen", "cell_type_class", "cell_type", "title"]
LAST = ["reads", "mapped", "duplicates", "peaks", "assemblies"]
QUESTIONS = [
    ("TP53 K-562 daunorubicin", "hg38", {}, 8),
    ("TP53 k562", "hg38", {"attributes": {"treatment": "DMSO"}}, 8),
    ("p53", "hg38", {"cell_type": "molm13", "attributes": {"Treatment": ["dauno"]}}, 8),
    ("H3K27ac", "hg38", {"cell_type": ["HepG2", "K 562"], "min_reads": 24_000_000}, 4),
    ("ATAC mouse liver", "mm10", {}, 4),
    ("bisulfite T cells", "hg38", {"antigen_class": "Bisulfite-Seq"}, 10),
    ("TP53 K-562 daunorubicin against DMSO", "hg38", {}, 16),
    ("TP53 K562 daunorubicin DMSO", "hg38", {}, 16),
    ("TP53 in MOLM13 with and without daunorubicin", "hg38", {"attributes": {"treatment": ["d"]}}, 16),
    ("bisulfite liver or cerebellum", "mm10", {}, 4),
    ("ATAC-Seq Liver Cerebellum", "mm10", {}, 4),
    ("unicorn", "hg38", {}, 0),
]


def asked(question: tuple) -> pd.DataFrame:
    words, genome, filters, _ = question
    return find_experiments(words, genome=genome, **filters)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_the_same_table_from_either_dialect_and_offline(question, either_atlas):
    online = asked(question)
    assert len(online) == question[3]
    assert list(online)[:8] == FIRST and list(online)[-5:] == LAST
    assert online.attrs["simulated"] and online.attrs["genome"] == question[1]
    build_catalogue()
    either_atlas.requests.clear()
    offline = asked(question)
    assert not either_atlas.requests
    order = [*FIRST, *sorted(online.attrs["attributes"]), *LAST[:-1]]
    pd.testing.assert_frame_equal(
        online.sort_values("accession", ignore_index=True)[order],
        offline.sort_values("accession", ignore_index=True)[order],
    )


def test_types_and_assemblies(atlas):
    table = find_experiments("TP53 K-562 daunorubicin", genome="hg38")
    assert table["assemblies"].unique().tolist() == ["hg19, hg38"]
    assert [str(table[name].dtype) for name in ("reads", "mapped", "peaks")] == ["Int64", "Float64", "Int64"]
    first = table.set_index("accession").loc["SRX5865967"]
    assert (first["gsm"], first["treatment"], first["genotype"]) == ("GSM3781500", "Daunorubicin", "R175H")
    assert first["reads"] > 1_000_000 and first["peaks"] > 0


def test_how_words_were_understood_is_printed(atlas, capsys):
    find_experiments("p53 k562 daunorubicin", genome="hg38", limit=2)
    printed = capsys.readouterr().out
    for line in ("'p53': the antigen TP53", "'k562': the cell type K-562", "2 experiments of 8, from the site"):
        assert line in printed


def test_a_limit_asks_for_no_more_records_than_it_keeps(atlas):
    assert len(find_experiments("TP53 K-562", genome="hg38", limit=3)) == 3
    assert sum("exp_metadata" in path for _, path in atlas.requests) == 3


def test_what_the_site_cuts_off_is_said(atlas, capsys):
    find_experiments("TP53", genome="hg38", cell_type="K-562", limit=1)
    capsys.readouterr()
    find_experiments("SIMULATED", genome="hg38", limit=1)
    printed = capsys.readouterr().out
    assert "The site gives its first 100 of" in printed and "catalogue build" in printed


def test_an_unknown_name_has_near_matches(atlas):
    with pytest.raises(NotFoundError, match="No experiment found for the antigen 'TP35'") as raised:
        find_experiments(antigen="TP35", genome="hg38")
    assert "TP53" in raised.value.matches
    with pytest.raises(NotFoundError):
        find_experiments("x", genome="hg99")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Nothing to look for"),
        ({"words": 5}, "words is 5"),
        ({"antigen": []}, "antigen is"),
        ({"attributes": ["treatment"]}, "attributes is"),
        ({"attributes": {"treatment": ""}}, "attributes"),
        ({"words": "x", "min_reads": -1}, "min_reads is -1"),
        ({"words": "x", "limit": 0}, "limit is 0"),
    ],
)
def test_what_cannot_be_asked(options, message):
    with pytest.raises(InputError, match=message):
        find_experiments(genome="hg38", **options)


def test_without_site_and_catalogue_there_is_no_answer(monkeypatch):
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceUnavailableError):
        find_experiments("TP53", genome="hg38")


def row(**values: object) -> dict[str, object]:
    default = dict.fromkeys((*FIXED, "attributes"), "") | dict.fromkeys(LAST[:-1])
    del default["study"]
    return default | values


def test_attributes_become_columns_the_most_filled_first():
    rows = rows_of(
        [
            row(accession="SRX1", attributes="Cell line=K562\tTitle=mine\tstudy=x SRP012345"),
            row(accession="SRX2", attributes="Cell line=A\tcell-line=B\tdose=1=2"),
        ]
    )
    table = as_table(rows, genome="hg38", source="here", simulated=False)
    assert table.attrs["attributes"] == ["cell_line", "title_attribute", "study_attribute", "dose"]
    assert table["cell_line"].tolist() == ["K562", "A; B"]
    assert table["study"].tolist() == ["SRP012345", ""]
    assert table["dose"].tolist() == ["", "1=2"]
    assert attribute_name("  ") == "attribute" and attribute_name("reads") == "reads_attribute"


def test_a_table_of_nothing_has_its_columns():
    table = as_table(rows_of([]), genome="hg38", source="here", simulated=True)
    assert list(table) == [*FIRST, *LAST] and table.empty and table.attrs["simulated"]


@pytest.mark.parametrize(
    ("words", "genome", "number"),
    [
        ("How does daunorubicin change TP53 binding in K-562, against DMSO?", "hg38", 16),
        ("TP53 K-562 daunorubicin DMSO change", "hg38", 16),
        ("Is chromatin accessibility in mouse liver different between fed and fasted animals? ATAC-seq.", "mm10", 4),
        ("bisulfite liver cerebellum", "mm10", 4),
        ("WGBS mouse liver vs cerebellum", "mm10", 4),
        ("H3K27ac Hep-G2", "hg38", 4),
    ],
)
def test_sentences_as_people_type_them(atlas, words, genome, number):
    assert len(find_experiments(words, genome=genome)) == number


def test_what_stands_in_the_way_is_said(atlas, capsys):
    assert find_experiments("TP53 K-562 xyzzy", genome="hg38").empty
    printed = capsys.readouterr().out
    assert "'TP53': the antigen TP53" in printed and "'K-562': the cell type K-562" in printed
    assert "'xyzzy' is in no experiment of hg38" in printed and "Without 'xyzzy': 33 experiments" in printed


def test_a_name_that_there_is_is_never_called_unknown(atlas):
    assert len(find_experiments("liver against cerebellum", genome="mm10", antigen_class="Bisulfite-Seq")) == 4
    assert find_experiments(antigen="H3K27ac", cell_type="MOLM-13", min_reads=1, genome="hg38").empty


def test_an_unknown_series_is_simulated_too(atlas, capsys):
    table = find_experiments("GSE999999999", genome="hg38")
    assert table.empty and table.attrs["simulated"]
    assert "None of the accessions stands for an experiment" in capsys.readouterr().out
