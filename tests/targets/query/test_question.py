"""Questions are checked before anything is asked or written."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.chipatlas.antigens import is_histone, no_factor, without_table_today
from scripts.common.errors import InputError, NotFoundError
from scripts.targets.query.question import check_form, check_query


@pytest.mark.parametrize("distance", [1, 5, 10, 5.0, np.int64(10)])
def test_windows_that_exist(distance: object) -> None:
    assert check_query("TP53", "hg38", distance).distance == int(distance)  # type: ignore[call-overload]


@pytest.mark.parametrize("distance", [0, 2, 5.5, -5, "5", None, True, float("nan"), 5000])
def test_other_windows_are_refused(distance: object) -> None:
    with pytest.raises(InputError, match="1, 5 or 10"):
        check_query("TP53", "hg38", distance)


@pytest.mark.parametrize("protein", ["", "   ", None, 53])
def test_no_name(protein: object) -> None:
    with pytest.raises(InputError, match="give one gene symbol"):
        check_query(protein)


@pytest.mark.parametrize("protein", ["../etc/passwd", "a/b", "a\\b", "TP..53", "TP\n53", "TP53\x00"])
def test_paths_and_control_characters(protein: str) -> None:
    with pytest.raises(InputError, match="path or control characters"):
        check_query(protein)


@pytest.mark.parametrize(
    "mark",
    [
        *["H3K27ac", "H4K20me1", "H2BK120ub", "h3k4me3", "H3", "H2A.Z", "H3.3", "H4ac", "H3T3ph"],
        *["H2Bub", "H2BUb", "H2Aub1", "H3cr", "H4bu", "H3la", "H3K9K14ac", "H4acTetra", "H4tetraac", "H3me3"],
        *["macroH2A", "macroH2A1", "macroH2A1.2", "mH2A2", "H2A.Zac", "H2A.ZK7ac", "H2AX", "H2Av", "H3.3S31ph", "H1.4"],
        *["gH2AX", "γH2AX", "gammaH2AX", "H2A.XS139ph", "H3R17me2", "H2BS112GlcNAc"],
    ],
)
def test_histone_marks_are_known_and_left_to_the_index(mark: str) -> None:
    assert is_histone(mark)
    assert "histone" in without_table_today(mark)
    assert check_query(mark).protein == mark


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("H3K27ac", "a histone mark"),
        ("gH2AX", "a histone mark"),
        ("H3", "a histone"),
        ("H2A.Z", "a histone"),
        ("ATAC-Seq", "an assay"),
        ("DNase-Seq", "an assay"),
        ("Input control", "a control"),
        ("GFP", "a tag"),
        ("Epitope tags", "a tag"),
        ("TP53", ""),
        ("fkh-7", ""),
    ],
)
def test_what_is_no_factor(name: str, kind: str) -> None:
    assert no_factor(name).startswith(kind) and bool(no_factor(name)) == bool(kind)


@pytest.mark.parametrize(
    "protein",
    [
        *["HIF1A", "HNF4A", "HDAC1", "HES1", "HEY1", "HMGA1", "HSF1", "HOXA9", "HMGB2", "HHEX", "HIC1", "HLF", "GH1"],
        *["H2AC6", "H1-0", "H3F3A", "H3C1", "H4C1", "H2AZ1", "H2BU1", "H1F0", "his-72", "HTZ1", "CENPA", "CENP-A"],
        *["HMG20A", "HAT1", "HBP1", "HCFC1", "HELLS", "HEXIM1", "HINFP", "HIRA", "HIVEP1", "HKR1", "HMBOX1", "h", "hb"],
        *["MAX", "MTA2", "MEF2A", "MYC", "GATA1", "GABPA", "macroH2B"],
    ],
)
def test_genes_that_only_look_like_histones(protein: str) -> None:
    assert not is_histone(protein)


@pytest.mark.parametrize(
    ("protein", "genome", "suggestion"),
    [
        *[("tp53", "hg38", "TP53"), ("tp53", "hg19", "TP53"), ("trp53", "mm10", "Trp53"), ("trp53", "rn6", "Trp53")],
        *[("p53", "hg38", "TP53"), ("p53", "mm10", "Trp53"), ("oct4", "hg38", "POU5F1"), ("c-myc", "mm10", "Myc")],
    ],
)
def test_lower_case_symbols_get_a_suggestion(protein: str, genome: str, suggestion: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {suggestion}[?]"):
        check_query(protein, genome)


@pytest.mark.parametrize(
    ("protein", "genome"), [("hb", "dm6"), ("wdr-5", "ce11"), ("Trp53", "mm10"), ("GAL4", "sacCer3")]
)
def test_symbols_as_each_species_writes_them(protein: str, genome: str) -> None:
    assert check_query(protein, genome).protein == protein


def test_unknown_genome_lists_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="ChIP-Atlas offers: hg38"):
        check_query("TP53", "hg37")


def test_names_are_quoted_in_the_address() -> None:
    assert check_form("a b#c(1)", "hg38", 1).url.endswith("/hg38/target/a%20b%23c%281%29.1.tsv")


@pytest.mark.parametrize(("name", "symbol"), [("C/EBPα", "CEBPA"), ("C/EBP-beta", "CEBPB"), ("OCT3/4", "POU5F1")])
def test_an_alias_with_a_slash_is_told_what_it_is(name: str, symbol: str) -> None:
    with pytest.raises(InputError, match=f"common name of {symbol}"):
        check_query(name)
