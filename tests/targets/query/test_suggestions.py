"""What is suggested for a name that has no table, and what speaks for it."""

from __future__ import annotations

import pytest

from scripts.chipatlas.site.aliases import _BY_KEY, _NAMES, names_of, symbols_of
from scripts.chipatlas.site.api import Found
from scripts.chipatlas.site.metadata import ExperimentInfo
from scripts.common.errors import NotFoundError
from scripts.targets.query.suggestions import count_antigens, suggest
from scripts.targets.table.download_target_genes import download_target_genes


@pytest.mark.parametrize(
    ("name", "genome", "suggested", "evidence"),
    [
        ("OCT4", "hg38", "POU5F1", "12 of the 12 experiments of hg38 that say OCT4 are of POU5F1"),
        ("Oct4", "mm10", "Pou5f1", "8 of the 8 experiments of mm10 that say Oct4 are of Pou5f1"),
        ("HIF1a", "hg38", "HIF1A", "HIF1a is a common name of HIF1A"),
        ("HIF-1α", "hg38", "HIF1A", "is a common name of HIF1A"),
        ("NF-kB", "hg38", "RELA", "11 of the 11 experiments of hg38 that say NF-kB are of RELA"),
        ("c-Myc", "hg38", "MYC", "90 of the 90 experiments of hg38 that say c-Myc are of MYC"),
        ("c-Myc", "mm10", "Myc", "c-Myc is a common name of Myc"),
        ("ER alpha", "hg38", "ESR1", "50 of the 50 experiments of hg38 that say ER alpha are of ESR1"),
        ("GR", "hg38", "NR3C1", "10 of the 10 experiments of hg38 that say GR are of NR3C1"),
        ("GR", "rn6", "Nr3c1", "GR is a common name of Nr3c1"),
        ("P53", "hg38", "TP53", "P53 is a common name of TP53"),
    ],
)
def test_common_names(either_atlas, name, genome, suggested, evidence):
    with pytest.raises(NotFoundError) as caught:
        download_target_genes(name, genome)
    assert caught.value.matches == [suggested]
    assert evidence in str(caught.value)


def test_a_look_alike_is_named_only_without_anything_better(either_atlas):
    with pytest.raises(NotFoundError) as caught:
        download_target_genes("TP54")
    assert "TP53" in caught.value.matches
    assert "common name" not in str(caught.value) and "experiments of" not in str(caught.value)


@pytest.mark.parametrize("name", ["H3K27ac", "ATAC-Seq"])
def test_whatever_is_listed_can_be_asked_for(either_atlas, name):
    listed = "H3K27ac" in download_or_error("H3K27ac")
    found = download_or_error(name)
    if listed:
        assert found == name
        return
    assert "have no tables of target genes today" in found
    assert "Did you mean" not in found


def download_or_error(name):
    try:
        download_target_genes(name)
    except NotFoundError as error:
        return str(error).split("\n", 1)[1]
    return name


class Silent:
    """A site that is out of reach."""

    def search(self, words, *, genome=""):
        from scripts.common.errors import ServiceUnavailableError

        raise ServiceUnavailableError("No answer.")


def test_the_table_of_names_serves_without_the_site():
    found = suggest("OCT4", "hg38", None, Silent())
    assert found.names == ["POU5F1"] and found.reasons == ["OCT4 is a common name of POU5F1."]


def test_only_what_is_listed_is_suggested():
    assert suggest("NF-kB", "hg38", ["RELA", "TP53"], Silent()).names == ["RELA"]
    assert suggest("NF-kB", "hg38", None, Silent()).names == ["RELA", "NFKB1"]
    assert suggest("OCT4", "hg38", ["TP53"], Silent()).names == []


def experiment(number, antigen, antigen_class="TFs and others"):
    return ExperimentInfo(f"SRX{number}", "hg38", antigen_class, antigen, "", "", "", None, None, None, None)


def test_counts_of_a_search():
    """As production answers about OCT4: a hundred rows, of which some are of other antigens."""
    infos = [experiment(n, "POU5F1") for n in range(86)] + [experiment(100 + n, "SOX2") for n in range(6)]
    infos += [experiment(200 + n, "H3K27ac", "Histone") for n in range(4)] + [experiment(300, "KLF4")]
    infos += [experiment(400 + n, "Epitope tags") for n in range(3)]
    counted = count_antigens(Found(infos, 240, 100), {"POU5F1", "SOX2", "KLF4"})
    assert counted.antigens == [("POU5F1", 86), ("SOX2", 6)]
    assert counted.sentence("OCT4", "hg38") == (
        "86 of the first 100 experiments of hg38 that say OCT4 are of POU5F1, 6 of SOX2."
    )
    assert count_antigens(Found([], 0, 0), {"POU5F1"}).antigens == []


def test_a_name_of_one_symbol_means_nothing_else():
    spelled = [name for names in _NAMES.values() for name in names.split()]
    assert len({name.casefold() for name in spelled}) == len(spelled)
    assert len(_BY_KEY) >= 150


def test_only_mammals_have_the_names():
    assert symbols_of("p53", "rn6") == ["Trp53"]
    assert symbols_of("p53", "dm6") == symbols_of("OCT4", "sacCer3") == symbols_of("TP53", "hg38") == []


def test_names_of_a_symbol():
    assert "OCT4" in names_of("POU5F1") and "OCT4" in names_of("Pou5f1")
    assert names_of("Trp53") == ["p53"]
    assert names_of("SEP3") == []


def test_an_index_without_the_assembly_says_nothing_about_a_name(either_atlas):
    with pytest.raises(NotFoundError) as caught:
        download_target_genes("OCT4", "hg19")
    known = "The site lists 2 antigens for hg19" in str(caught.value)
    assert known != ("index of antigens has no hg19, so whether the name is listed is unknown" in str(caught.value))
    assert caught.value.matches == ([] if known else ["POU5F1"])
