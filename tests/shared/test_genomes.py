from __future__ import annotations

import pickle

import pytest

from scripts.shared.errors import NotFoundError
from scripts.shared.genomes import ASSEMBLIES, get_assembly

WORM = ["chrI", "chrII", "chrIII", "chrIV", "chrV"]
YEAST = [*WORM, *(f"chr{r}" for r in ["VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI"])]
FLY = ["chr2L", "chr2R", "chr3L", "chr3R", "chr4"]


def numbered(last: int) -> list[str]:
    return [f"chr{i}" for i in range(1, last + 1)]


#: UCSC's own chromosome tables (hgdownload .../chromInfo), scaffolds left out.
EXPECTED = {
    "hg38": (numbered(22), ["chrX", "chrY"], "Homo sapiens"),
    "hg19": (numbered(22), ["chrX", "chrY"], "Homo sapiens"),
    "mm10": (numbered(19), ["chrX", "chrY"], "Mus musculus"),
    "mm9": (numbered(19), ["chrX", "chrY"], "Mus musculus"),
    "rn6": (numbered(20), ["chrX", "chrY"], "Rattus norvegicus"),
    "dm6": (FLY, ["chrX", "chrY"], "Drosophila melanogaster"),
    "dm3": (FLY, ["chrX"], "Drosophila melanogaster"),
    "ce11": (WORM, ["chrX"], "Caenorhabditis elegans"),
    "ce10": (WORM, ["chrX"], "Caenorhabditis elegans"),
    "sacCer3": (YEAST, [], "Saccharomyces cerevisiae"),
}


def test_there_are_exactly_the_ten_assemblies():
    assert set(ASSEMBLIES) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_chromosomes(name):
    autosomes, sex, organism = EXPECTED[name]
    assembly = get_assembly(name)
    assert assembly.name == name
    assert assembly.organism == organism
    assert list(assembly.autosomes) == autosomes
    assert list(assembly.sex) == sex
    assert list(assembly.display_order) == [*autosomes, *sex, "chrM"]
    assert "chrM" in assembly.chromosomes
    assert len(set(assembly.chromosomes)) == len(assembly.chromosomes)


@pytest.mark.parametrize("name", EXPECTED)
def test_mitochondrion_is_neither_autosome_nor_sex_chromosome(name):
    assembly = get_assembly(name)
    assert assembly.mitochondrial[0] == "chrM"
    assert not set(assembly.mitochondrial) & {*assembly.autosomes, *assembly.sex}


def test_chromosome_ten_of_yeast_is_an_autosome_though_it_is_called_x():
    yeast = get_assembly("sacCer3")
    assert "chrX" in yeast.autosomes
    assert yeast.sex == ()


@pytest.mark.parametrize("name", EXPECTED)
def test_scaffolds_are_not_standard(name):
    scaffolds = {"chrUn_KI270302v1", "chr1_KI270706v1_random", "chr2LHet", "chrU", "chrUextra", "1"}
    assert not scaffolds & set(get_assembly(name).chromosomes)


@pytest.mark.parametrize("name", EXPECTED)
def test_gene_tracks_start_with_refseq(name):
    tracks = get_assembly(name).gene_tracks
    assert tracks[0] == "ncbiRefSeq"
    assert len(tracks) == 2


def test_yeast_falls_back_to_its_own_gene_track():
    assert get_assembly("sacCer3").gene_tracks[1] == "sgdGene"


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("HG38", "hg38"),
        ("hg37", "hg38"),
        ("GRCh38", "hg38"),
        (" grch37 ", "hg19"),
        ("GRCm38", "mm10"),
        ("WBcel235", "ce11"),
        ("BDGP6", "dm6"),
        ("saccer3", "sacCer3"),
        ("mm11", "mm10"),
    ],
)
def test_unknown_name_suggests(asked, suggested):
    with pytest.raises(NotFoundError, match=r"Unknown genome .*\n?.*Did you mean") as caught:
        get_assembly(asked)
    assert suggested in caught.value.matches
    assert repr(asked) in str(caught.value)


@pytest.mark.parametrize("asked", ["", "zebrafish-xyz", None, 38, ["hg38"]])
def test_unknown_name_lists_all_ten(asked):
    with pytest.raises(NotFoundError, match="ChIP-Atlas offers") as caught:
        get_assembly(asked)
    assert all(name in str(caught.value) for name in EXPECTED)


def test_an_assembly_cannot_be_changed_and_can_be_pickled():
    hg38 = get_assembly("hg38")
    with pytest.raises(AttributeError):
        hg38.name = "hg19"
    assert pickle.loads(pickle.dumps(hg38)) == hg38
