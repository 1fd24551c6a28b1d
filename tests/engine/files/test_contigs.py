from __future__ import annotations

import pytest

from scripts.common.errors import InputError
from scripts.engine.files.contigs import Contigs, spelling_of, told


def test_ensembl_to_ucsc_and_what_is_left_alone() -> None:
    spelling = spelling_of("hg38", [])
    names = ["1", "chr2", "CHR3", "X", "MT", "GL000191.1", "chr1_KI270706v1_random", "23"]
    changes = spelling.changes(names, "x.bw")
    assert changes == {"1": "chr1", "CHR3": "chr3", "X": "chrX", "MT": "chrM"}
    assert told(changes) == (
        "4 contigs renamed to the comparison's spelling: 1 to chr1, CHR3 to chr3, X to chrX and 1 more"
    )
    assert spelling_of("sacCer3", []).changes(["IV", "Mito"], "x") == {"IV": "chrIV", "Mito": "chrM"}
    assert spelling_of("dm6", []).changes(["2L", "4", "Y"], "x") == {"2L": "chr2L", "4": "chr4", "Y": "chrY"}
    assert spelling_of("ce11", []).changes(["MtDNA", "X"], "x") == {"MtDNA": "chrM", "X": "chrX"}
    assert spelling_of("hg38", []).changes(["NC_000001.11"], "x") == {}


def test_the_public_files_decide() -> None:
    spelling = spelling_of("hg38", [Contigs(["chr1", "chrMT"], True), Contigs(["1", "MT"], False)])
    assert spelling.changes(["1", "2", "MT"], "x") == {"1": "chr1", "2": "chr2", "MT": "chrMT"}


def test_two_spellings_in_one_file() -> None:
    with pytest.raises(InputError, match=r"x\.bw holds 1 and chr1, two spellings of one chromosome"):
        spelling_of("hg38", []).changes(["1", "chr1"], "x.bw")
    # Some assemblies hold two mitochondrial genomes.
    assert spelling_of("hg38", []).changes(["chrM", "MT"], "x.bw") == {}


def test_another_mitochondrial_genome_keeps_its_name() -> None:
    assert spelling_of("hg19", []).changes(["1", "MT"], "x") == {"1": "chr1"}


def test_where_there_is_no_agreed_spelling_most_files_decide() -> None:
    one, other = Contigs(["1", "2", "Mt", "Pt"], False), Contigs(["Chr1", "Chr2", "ChrM", "ChrC"], False)
    back = {"Chr1": "1", "Chr2": "2", "ChrM": "Mt", "ChrC": "Pt"}
    forth = {name: wanted for wanted, name in back.items()}
    assert spelling_of("TAIR12", [one, one, other]).changes(other.names, "x") == back
    assert spelling_of("TAIR12", [one, one, other]).changes(one.names, "x") == {}
    assert spelling_of("TAIR12", [other, one]).changes(one.names, "x") == forth
    assert spelling_of("TAIR12", [one, one, other._replace(public=True)]).changes(one.names, "x") == forth
    assert spelling_of("TAIR12", [one]).changes(["Chr01"], "x") == {"Chr01": "1"}


def test_an_assembly_that_is_not_known() -> None:
    assert spelling_of("", [Contigs(["chr1"], False)]).changes(["1", "chr1"], "x") == {}
