from __future__ import annotations

import pickle

import pytest

from scripts.chipatlas.assemblies import ASSEMBLIES, assembly_of, get_assembly
from scripts.common.errors import NotFoundError

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
HELD_BY_UCSC = [*EXPECTED]
EXPECTED["TAIR12"] = ([f"Chr{number}" for number in range(1, 6)], [], "Arabidopsis thaliana")


def test_there_are_exactly_the_eleven_assemblies():
    assert set(ASSEMBLIES) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_chromosomes(name):
    autosomes, sex, organism = EXPECTED[name]
    assembly = get_assembly(name)
    assert assembly.name == name
    assert assembly.organism == organism
    assert list(assembly.autosomes) == autosomes
    assert list(assembly.sex) == sex
    organelles = ["ChrM", "ChrC"] if name == "TAIR12" else ["chrM"]
    assert list(assembly.display_order) == [*autosomes, *sex, *organelles]
    assert set(organelles) <= set(assembly.chromosomes)
    assert len(set(assembly.chromosomes)) == len(assembly.chromosomes)


@pytest.mark.parametrize("name", EXPECTED)
def test_mitochondrion_is_neither_autosome_nor_sex_chromosome(name):
    assembly = get_assembly(name)
    assert assembly.mitochondrial[0].lower() == "chrm"
    assert not set(assembly.mitochondrial) & {*assembly.autosomes, *assembly.sex}


def test_chromosome_ten_of_yeast_is_an_autosome_though_it_is_called_x():
    yeast = get_assembly("sacCer3")
    assert "chrX" in yeast.autosomes
    assert yeast.sex == ()


@pytest.mark.parametrize("name", EXPECTED)
def test_scaffolds_are_not_standard(name):
    scaffolds = {"chrUn_KI270302v1", "chr1_KI270706v1_random", "chr2LHet", "chrU", "chrUextra", "1"}
    assert not scaffolds & set(get_assembly(name).chromosomes)


@pytest.mark.parametrize("name", HELD_BY_UCSC)
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
        ("mm39", "mm10"),
        ("GRCm39", "mm10"),
        ("hs1", "hg38"),
        ("T2T", "hg38"),
        ("T2T-CHM13v2.0", "hg38"),
        ("human", "hg38"),
        ("Homo sapiens", "hg38"),
        ("mouse", "mm10"),
        ("rat", "rn6"),
        ("rn7", "rn6"),
        ("fly", "dm6"),
        ("C. elegans", "ce11"),
        ("yeast", "sacCer3"),
        ("Arabidopsis", "TAIR12"),
        ("TAIR10", "TAIR12"),
        ("tair12", "TAIR12"),
    ],
)
def test_unknown_name_suggests(asked, suggested):
    with pytest.raises(NotFoundError, match="(?s)Unknown genome .*Did you mean") as caught:
        get_assembly(asked)
    assert suggested in caught.value.matches
    assert repr(asked) in str(caught.value)


@pytest.mark.parametrize("asked", ["", "zebrafish-xyz", None, 38, ["hg38"]])
def test_unknown_name_lists_all(asked):
    with pytest.raises(NotFoundError, match="ChIP-Atlas offers") as caught:
        get_assembly(asked)
    assert all(name in str(caught.value) for name in EXPECTED)


def test_an_assembly_cannot_be_changed_and_can_be_pickled():
    hg38 = get_assembly("hg38")
    with pytest.raises(AttributeError):
        hg38.name = "hg19"
    assert pickle.loads(pickle.dumps(hg38)) == hg38


@pytest.mark.parametrize("asked", ["mm39", "GRCm39", "hs1", "T2T", "rn7", "TAIR10"])
def test_a_like_assembly_is_not_passed_off_as_the_same(asked):
    with pytest.raises(NotFoundError, match="positions differ") as caught:
        get_assembly(asked)
    assert len(caught.value.matches) == 1


@pytest.mark.parametrize(
    ("contigs", "autosomes", "organelles"),
    [
        (["Chr1", "Chr5", "ChrM", "ChrC", "scaffold_12"], ["Chr1", "Chr2", "Chr3", "Chr4", "Chr5"], ["ChrM", "ChrC"]),
        (["chr2", "chr1", "chrM", "chrC"], ["chr1", "chr2", "chr3", "chr4", "chr5"], ["chrM", "chrC"]),
        (["3", "Pt", "Mt"], ["1", "2", "3", "4", "5"], ["Mt", "Pt"]),
        (
            ["chloroplast", "Chr1", "mitochondria"],
            ["Chr1", "Chr2", "Chr3", "Chr4", "Chr5"],
            ["mitochondria", "chloroplast"],
        ),
        ([], ["Chr1", "Chr2", "Chr3", "Chr4", "Chr5"], ["ChrM", "ChrC"]),
    ],
)
def test_spelling_is_that_of_the_data(contigs, autosomes, organelles):
    assembly = assembly_of("TAIR12", contigs)
    assert list(assembly.display_order) == [*autosomes, *organelles]
    assert set(contigs) - {"scaffold_12"} <= set(assembly.chromosomes)
    assert not {"scaffold_12", "Chr6", "chr12"} & set(assembly.chromosomes)


def test_two_spellings_in_one_table_are_both_standard():
    assembly = assembly_of("TAIR12", ["Chr1", "1", "2"])
    assert {"Chr1", "1", "2"} <= set(assembly.chromosomes)


def test_the_spelling_of_an_agreed_assembly_stays():
    assert assembly_of("hg38", ["1", "2"]) == get_assembly("hg38")
