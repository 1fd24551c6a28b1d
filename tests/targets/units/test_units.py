"""One vote a study: who belongs together, and that a study of many experiments does not outvote the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scripts.common.errors import InputError
from scripts.targets import export_all, run_target_genes_workflow
from scripts.targets.table.scores import COLUMNS
from scripts.targets.units.studies import group_studies
from scripts.targets.units.votes import UNIT_COLUMNS, is_bound, unit_scores
from tests.file_server import FileServer
from tests.targets.tables import table_text

SEARCH = "/data/search?q=TP53&limit=100"
#: Eight experiments of one study, three of three others, all in one cell type.
COLUMNS_OF_TABLE = [f"SRX{1000 + i}|K-562" for i in range(8)] + ["SRX50000|K-562", "SRX60000|K-562", "SRX70000|K-562"]
ROWS: list[tuple[str, list[int], int]] = [
    ("LOUD", [1000] * 8 + [0, 0, 0], 0),
    ("WIDE", [0] * 8 + [900, 900, 900], 0),
    ("EVEN", [300] * 11, 0),
]


def row(accession: str, attributes: str = "", sra_id: str = "") -> dict[str, str]:
    return {
        "expid": accession, "sra_id": sra_id, "geo_id": "", "genome": "hg38", "agClass": "TFs and others",
        "agSubClass": "TP53", "clClass": "Blood", "clSubClass": "K-562", "title": "", "attributes": attributes,
    }  # fmt: skip


def put_search(server: FileServer, rows: list[dict[str, str]]) -> None:
    server.files[SEARCH] = json.dumps({"total": len(rows), "returned": len(rows), "experiments": rows}).encode()


def test_a_large_study_does_not_outvote_the_others(server: FileServer, tmp_path: Path, capsys) -> None:
    server.put_table(table_text(ROWS, COLUMNS_OF_TABLE))
    put_search(server, [row(name.split("|")[0], "study=GSE1__TAB__x=y") for name in COLUMNS_OF_TABLE[:8]])
    plain = run_target_genes_workflow("TP53", output_dir=tmp_path / "plain")
    assert plain["target_genes"]["gene"].tolist() == ["LOUD", "EVEN", "WIDE"]
    assert tuple(plain["target_genes"].columns) == COLUMNS and "units" not in plain["metadata"]
    voted = run_target_genes_workflow("TP53", unit="study", output_dir=tmp_path / "voted")
    targets = voted["target_genes"].set_index("gene")
    assert targets.index.tolist() == ["WIDE", "EVEN", "LOUD"]
    assert tuple(voted["target_genes"].columns) == (*COLUMNS, *UNIT_COLUMNS)
    assert targets["num_units"].tolist() == [4, 4, 4]
    assert targets["num_bound_units"].to_dict() == {"WIDE": 3, "EVEN": 4, "LOUD": 1}
    assert targets["unit_avg_score"].to_dict() == {"WIDE": 675.0, "EVEN": 300.0, "LOUD": 250.0}
    # What is counted over experiments stays what it was.
    same = plain["target_genes"].set_index("gene").loc[targets.index]
    assert targets[list(COLUMNS[1:])].equals(same)
    units = voted["metadata"]["units"]
    assert (units["n_experiments"], units["n_studies"], units["n_units"]) == (11, 4, 4)
    assert units["known_by"] == {"study": 8, "submission": 0, "inferred": 3}
    assert "11 experiments of 4 studies became 4 units" in capsys.readouterr().out
    export_all(voted, output_dir=tmp_path / "voted")
    report = (tmp_path / "voted" / "summary_report.md").read_text("utf-8")
    assert "Unit avg" in report and "75.0% (3/4)" in report and "became 4 units" in report


def test_thresholds_are_of_the_unit(server: FileServer, tmp_path: Path) -> None:
    server.put_table(table_text(ROWS, COLUMNS_OF_TABLE))
    put_search(server, [])
    results = run_target_genes_workflow("TP53", unit="study", min_binding_rate=0.5, min_score=400, output_dir=tmp_path)
    assert results["target_genes"]["gene"].tolist() == ["WIDE"]
    # Nothing was told: the eight neighbours are a batch by their numbers.
    assert results["metadata"]["units"]["known_by"] == {"study": 0, "submission": 0, "inferred": 11}
    assert results["metadata"]["units"]["n_units"] == 4


def test_cell_types_are_units_of_their_own_and_filters_recount(server: FileServer, tmp_path: Path) -> None:
    columns = ["SRX1|K-562", "SRX2|Hep_G2", "SRX3|K-562", "SRX9000|K-562"]
    server.put_table(table_text([("A", [60, 70, 80, 0], 0)], columns))
    put_search(server, [])
    every = run_target_genes_workflow("TP53", unit="study", output_dir=tmp_path / "a")
    assert every["metadata"]["units"]["n_units"] == 3 and every["metadata"]["units"]["n_studies"] == 2
    some = run_target_genes_workflow("TP53", unit="study", cell_types=["K-562"], output_dir=tmp_path / "b")
    assert some["target_genes"].loc[0, list(UNIT_COLUMNS)].tolist() == [2, 1, 0.5, 35.0]


def test_without_the_site_everything_is_inferred_and_said(server: FileServer, tmp_path: Path) -> None:
    server.put_table(table_text(ROWS, COLUMNS_OF_TABLE))
    server.status[SEARCH] = 500
    units = run_target_genes_workflow("TP53", unit="study", output_dir=tmp_path)["metadata"]["units"]
    assert units["known_by"]["inferred"] == 11 and "all studies are inferred" in units["statement"]


@pytest.mark.parametrize("wrong", ["studies", None, 1])
def test_another_unit_is_refused_before_any_request(server: FileServer, tmp_path: Path, wrong) -> None:
    with pytest.raises(InputError, match="unit is .*'experiment'"):
        run_target_genes_workflow("TP53", unit=wrong, output_dir=tmp_path / "no")
    assert server.requests == []


def test_studies_and_submissions_are_linked() -> None:
    told = {"SRX1": ("GSE1", "SRA1"), "SRX900": ("", "SRA1"), "SRX1800": ("GSE2", ""), "SRX1801": ("", "SRA3")}
    accessions = ["SRX1", "SRX900", "SRX1800", "SRX1801", "SRX1802", "SRX2", "SRX70000"]
    labels, sources = group_studies(accessions, told)
    # SRX1802 stands among experiments of two studies, SRX2 beside one alone, SRX70000 beside none.
    assert labels[0] == labels[1] == labels[5] == "GSE1"
    assert len({labels[0], labels[2], labels[3], labels[4], labels[6]}) == 5
    assert sources.tolist() == ["study", "submission", "study", "submission", "inferred", "inferred", "inferred"]


def test_unit_scores_equal_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    scores = np.where(rng.random((300, 23)) < 0.5, rng.integers(50, 900, (300, 23)), 0)
    units = np.concatenate([np.arange(6), rng.integers(0, 6, 17)])
    mean, share = unit_scores(scores, units)
    for unit in range(6):
        part = scores[:, units == unit]
        assert np.allclose(mean[:, unit], part.mean(axis=1))
        assert (is_bound(share)[:, unit] == (2 * (part > 0).sum(axis=1) >= part.shape[1])).all()
