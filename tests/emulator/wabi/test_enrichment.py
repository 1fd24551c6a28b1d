"""The embedded service's Enrichment Analysis: its form, and what it counts."""

from __future__ import annotations

import itertools

import pytest

from scripts.emulator.simulation.binding.antigens import binding_experiments, binding_peaks
from scripts.emulator.wabi.enrichment import EnrichmentRequest, count_overlaps

FORM = {
    "address": "", "format": "text", "result": "www", "genome": "ce11", "antigenClass": "TFs and others",
    "cellClass": "All cell types", "threshold": "50", "typeA": "bed", "bedAFile": "chrI\t1\t20000\nchrI\t50000\t90000",
    "typeB": "bed", "bedBFile": "chrII\t1\t20000", "permTime": "1", "title": "t", "descriptionA": "a",
    "descriptionB": "b",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "json"), ("result", "x"), ("genome", "hg99"), ("antigenClass", "diffbind"), ("cellClass", "empty"),
        ("threshold", "60"), ("typeB", "gene"), ("permTime", "101"), ("bedAFile", " "), ("bedBFile", ""),
        ("title", "a;b"), ("distanceUp", "-5"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"permTime|typeA|distance|" + field):
        EnrichmentRequest.from_form(FORM | {field: value})


def test_genes_need_a_window_and_random_regions_no_set() -> None:
    with pytest.raises(ValueError, match="distanceUp"):
        EnrichmentRequest.from_form(FORM | {"typeA": "gene", "typeB": "refseq", "bedBFile": "empty"})
    with pytest.raises(ValueError, match="bedBFile must be empty"):
        EnrichmentRequest.from_form(FORM | {"typeB": "rnd"})


def rows_of(**fields: str) -> list[list[str]]:
    log: list[str] = []
    outcome = count_overlaps(EnrichmentRequest.from_form(FORM | fields), "wabi_1", log.append)
    assert outcome.table is not None, log
    return [line.split("\t") for line in outcome.table.decode().splitlines()]


def test_overlaps_are_counted_as_one_by_one() -> None:
    item = binding_experiments("ce11")[0]
    row = next(row for row in rows_of() if row[0] == item.accession)
    peaks = binding_peaks(item, "ce11")
    expected = [
        sum(((peaks["chrom"] == c) & (peaks["start"] < e) & (peaks["end"] > s)).any() for c, s, e in regions)
        for regions in ([("chrI", 1, 20000), ("chrI", 50000, 90000)], [("chrII", 1, 20000)])
    ]
    assert row[5:8] == [str(len(peaks)), f"{expected[0]}/2", f"{expected[1]}/1"]
    assert len(row) == 11


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [
        ({"typeB": "rnd", "bedBFile": "empty", "permTime": "10"}, ("2", "20")),
        (
            {
                "typeA": "gene", "bedAFile": "SIM0001\nSIM0002\nNOPE", "typeB": "gene", "bedBFile": "SIM0005",
                "distanceUp": "5000", "distanceDown": "5000",
            },
            ("2", "1"),
        ),
    ],
    ids=["random", "genes"],
)  # fmt: skip
def test_sizes(fields: dict[str, str], sizes: tuple[str, str]) -> None:
    found = {tuple(cell.split("/")[1] for cell in row[6:8]) for row in rows_of(**fields)}
    assert found == {sizes}


def test_classes_and_thresholds_choose_experiments_and_peaks() -> None:
    everything, controls = rows_of(antigenClass="All antigens"), rows_of(antigenClass="Input control")
    assert {row[2] for row in controls} == {"Input control"} and len(controls) < len(everything)
    strong = {row[0]: int(row[5]) for row in rows_of(threshold="500")}
    assert all(strong[row[0]] <= int(row[5]) for row in rows_of() if row[0] in strong)
    assert {row[3] for row in rows_of(cellClass="Blood")} == {"Blood"}


def test_a_line_that_is_no_region_fails_the_job() -> None:
    log: list[str] = []
    assert count_overlaps(EnrichmentRequest.from_form(FORM | {"bedAFile": "chrI 1 2"}), "wabi_1", log.append).failed
    assert log[-1].startswith("[ERROR] line 1 is no BED line")


def test_accessions_are_the_experiments_own() -> None:
    for genome in ("ce11", "hg38", "mm10"):
        names = [item.accession for item in binding_experiments(genome)]
        assert len(set(names)) == len(names)
        numbers = sorted(int(name[3:]) for name in names)
        studies = sum(later - one > 200 for one, later in itertools.pairwise(numbers))
        assert studies > 20
