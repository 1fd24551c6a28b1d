from __future__ import annotations

import pytest

from scripts.experiments.vocabulary import folded, matcher, spellings, understand

VOCABULARY = {
    "antigen": ["TP53", "H3K27ac", "CTCF", "ATAC-Seq", "RELA"],
    "cell_type": ["K-562", "Hep G2", "MCF-7", "Liver", "CD4+ T cells"],
    "antigen_class": ["TFs and others", "Histone", "ATAC-Seq", "Bisulfite-Seq"],
    "cell_type_class": ["Blood", "Liver"],
}


@pytest.mark.parametrize(
    ("words", "names", "texts"),
    [
        ("TP53 K-562 daunorubicin", {"antigen": ["TP53"], "cell_type": ["K-562"]}, ["daunorubicin"]),
        ("p53 k562", {"antigen": ["TP53"], "cell_type": ["K-562"]}, []),
        ("tp53, K 562", {"antigen": ["TP53"], "cell_type": ["K-562"]}, []),
        ("H3K27ac HepG2", {"antigen": ["H3K27ac"], "cell_type": ["Hep G2"]}, []),
        ("h3k27ac in hep g2 and k_562 cells", {"antigen": ["H3K27ac"], "cell_type": ["Hep G2", "K-562"]}, []),
        ("human liver", {"cell_type_class": ["Liver"]}, []),
        ("WGBS of CD4+ T cells", {"antigen_class": ["Bisulfite-Seq"], "cell_type": ["CD4+ T cells"]}, []),
        ("mouse CTCF", {"antigen": ["CTCF"]}, ["mouse"]),
        ("p65", {"antigen": ["RELA"]}, []),
        ("Which regions does TP53 bind in K-562?", {"antigen": ["TP53"], "cell_type": ["K-562"]}, []),
        ("unicorn", {}, ["unicorn"]),
        ("", {}, []),
    ],
)
def test_words(words, names, texts):
    found = understand(words, VOCABULARY, "hg38")
    assert (found.names, found.texts) == (names, texts)
    assert len(found.told) >= len(texts) + sum(map(len, names.values()))


def test_an_assay_that_is_an_antigen_too_is_the_antigen():
    assert understand("ATAC-seq", VOCABULARY, "hg38").names == {"antigen": ["ATAC-Seq"]}


def test_each_decision_is_told():
    told = understand("mouse K562 daunorubicin", VOCABULARY, "mm10").told
    assert told == [
        "'mouse': every experiment of mm10 is of Mus musculus",
        "'K562': the cell type K-562",
        "'daunorubicin': a word of title or attributes",
    ]


def test_spellings_for_an_index_of_whole_words():
    assert list(spellings("K562")) == ["K562", "K-562"]
    assert set(spellings("HepG2 TP53")) >= {"HepG2 TP53", "Hep G2 TP53", "HepG-2 TP-53"}
    assert len(list(spellings(" ".join(["aB1"] * 10)))) == 12
    assert list(spellings("")) == [""]


def test_folding():
    assert len({folded(text) for text in ("K-562", "k562", "K 562", "k_562")}) == 1
    same = matcher(["Hep G2"])
    assert same("HepG2") and not same("HepG")


def test_two_sides_of_a_comparison():
    assert understand("TP53 daunorubicin vs DMSO", VOCABULARY, "hg38").any_text
    found = understand("TP53 with and without daunorubicin", VOCABULARY, "hg38")
    assert found.texts == [] and found.told[-1] == "'daunorubicin': experiments with it and without it"
