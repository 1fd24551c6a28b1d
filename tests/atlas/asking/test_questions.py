"""Questions from both ends, checked against the tables themselves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.atlas import co_targets, factors_of, open_atlas, targets_of
from scripts.atlas.building.partition import SCORE_COLUMNS, bound_by_cell_type
from scripts.atlas.dataset import split_known
from scripts.common.errors import InputError, NotFoundError
from scripts.targets.ranking.filter_targets import Criteria, apply_filters, check_criteria
from scripts.targets.table.parse_target_genes import TargetTable, cell_types_of, parse_target_genes
from scripts.targets.table.score_matrix import ScoreMatrix
from scripts.targets.table.scores import summarise


def table_of(tables: Path, factor: str) -> TargetTable:
    return parse_target_genes((tables / f"{factor}.5.tsv").read_bytes(), factor)


def ranking(tables: Path, factor: str, cell_types: list[str] | None = None) -> pd.DataFrame:
    """The single-factor workflow's ranking."""
    table = table_of(tables, factor)
    summary = summarise(table.genes, table.scores, table.string_score, table.average, cell_types_of(table.experiments))
    criteria: Criteria = check_criteria(0, cell_types, 0, None, 0, score_name="min_score")
    return apply_filters(
        summary, ScoreMatrix(table.genes, table.experiments, table.scores), criteria, unbound=False
    ).summary


@pytest.mark.parametrize("factor", ["TP53", "NKX2-1", "TP73", "SIMTF007"])
def test_targets_are_those_of_the_single_factor(tables: Path, built: Path, factor: str) -> None:
    wanted, answer = ranking(tables, factor), targets_of(factor, built)
    assert answer["gene"].tolist() == wanted["gene"].tolist()
    assert answer["rank"].tolist() == list(range(1, len(wanted) + 1))
    for name in SCORE_COLUMNS:
        assert answer[name].tolist() == wanted[name].tolist(), name


@pytest.mark.parametrize("cell_types", [["K562"], ["k 562", "Hep_G2", "CD4+ T cells"]])
def test_targets_in_cell_types_are_those_of_the_single_factor(tables: Path, built: Path, cell_types: list[str]) -> None:
    wanted, answer = ranking(tables, "TP53", cell_types), targets_of("TP53", built, cell_types=cell_types)
    assert answer["gene"].tolist() == wanted["gene"].tolist()
    for name in SCORE_COLUMNS:
        np.testing.assert_allclose(answer[name], wanted[name], rtol=1e-12, err_msg=name)


def test_factors_of_a_gene(tables: Path, built: Path) -> None:
    answer = factors_of("sim0500", built)
    assert answer["gene"].eq("SIM0500").all()
    assert answer["avg_score"].is_monotonic_decreasing
    factors = [path.name.removesuffix(".5.tsv") for path in sorted(tables.glob("*.5.tsv"))]
    found = {}
    for factor in factors:
        table = table_of(tables, factor)
        row = np.flatnonzero(table.genes == "SIM0500")
        if len(row) and table.scores[row[0]].any():
            found[factor] = (table.average[row[0]], np.count_nonzero(table.scores[row[0]]), len(table.experiments))
    columns = ["factor", "avg_score", "num_bound", "num_experiments"]
    assert {name: tuple(rest) for name, *rest in answer[columns].itertuples(index=False)} == found
    assert answer.attrs["atlas"] == {"genome": "hg38", "distance": 5, "simulated": True}


def test_cell_types_are_told_with_n(tables: Path, built: Path) -> None:
    answer = factors_of("SIM0500", built).set_index("factor")
    table = table_of(tables, "TP53")
    cells = np.array(cell_types_of(table.experiments))
    bound = table.scores[np.flatnonzero(table.genes == "SIM0500")[0]] > 0
    parts = answer.loc["TP53", "cell_types"].split("; ")
    counts = {name: (int(bound[cells == name].sum()), int((cells == name).sum())) for name in np.unique(cells[bound])}
    assert {part.rpartition(" ")[0]: part.rpartition(" ")[2] for part in parts} == {
        name: f"{some}/{every}" for name, (some, every) in counts.items()
    }
    assert [int(part.rpartition(" ")[2].split("/")[0]) for part in parts] == sorted(
        (some for some, _ in counts.values()), reverse=True
    )


def test_factors_in_a_cell_type_count_its_experiments_alone(tables: Path, built: Path) -> None:
    answer = factors_of("SIM0500", built, cell_types="K562")
    for row in answer.itertuples():
        table = table_of(tables, row.factor)
        chosen = np.array(cell_types_of(table.experiments)) == "K-562"
        scores = table.scores[np.flatnonzero(table.genes == "SIM0500")[0], chosen]
        assert (row.num_bound, row.num_experiments) == (np.count_nonzero(scores), chosen.sum())
        assert row.avg_score == pytest.approx(scores.mean())
        assert row.cell_types == f"K-562 {row.num_bound}/{row.num_experiments}"


def test_several_genes_come_in_the_order_given(built: Path) -> None:
    answer = factors_of(["SIM0500", "sim0001", "SIM0500"], built, top_n=3)
    assert answer["gene"].tolist() == ["SIM0500"] * 3 + ["SIM0001"] * 3
    assert answer["rank"].tolist() == [1, 2, 3, 1, 2, 3]


def test_thresholds(built: Path) -> None:
    answer = factors_of("SIM0500", built, min_avg_score=50, min_binding_rate=0.3)
    assert len(answer) and (answer["avg_score"] >= 50).all() and (answer["binding_rate"] >= 0.3).all()
    with pytest.raises(InputError, match="min_binding_rate is 2"):
        factors_of("SIM0500", built, min_binding_rate=2)


def test_co_targets(tables: Path, built: Path) -> None:
    names = ["TP53", "MYC", "E2F1"]
    rankings = {name: ranking(tables, name).set_index("gene") for name in names}
    shared = set.intersection(*(set(frame.index) for frame in rankings.values()))
    answer = co_targets(["tp53", "myc", "e2f1"], built)
    assert set(answer["gene"]) == shared
    first = answer.iloc[0]
    assert first["lowest_avg_score"] == min(frame.loc[first["gene"], "avg_score"] for frame in rankings.values())
    assert first["factors"] == "E2F1; MYC; TP53"
    assert len(co_targets(names, built, min_factors=2)) > len(answer)
    with pytest.raises(InputError, match="give two or more"):
        co_targets(["TP53"], built)
    with pytest.raises(InputError, match="from 1 to 3"):
        co_targets(names, built, min_factors=4)


def test_unknown_names_come_with_near_ones(built: Path) -> None:
    with pytest.raises(NotFoundError, match=r"'SIM00500' \(hg38, ±5kb; [\d,]+ genes\)[\s\S]*Did you mean: .*SIM0500"):
        factors_of("SIM00500", built)
    with pytest.raises(NotFoundError, match="no data for 'TP5'.*\nDid you mean: TP53"):
        targets_of("TP5", built)
    with pytest.raises(NotFoundError, match=r"SIMHEADERONLY'\. It was asked for: no data \(a header alone\)"):
        targets_of("SIMHEADERONLY", built)
    with pytest.raises(NotFoundError, match="cell type 'K-563'.*\nDid you mean: K-562"):
        factors_of("SIM0500", built, cell_types=["K-563"])


@pytest.mark.parametrize("name", ["SIM0500' OR '1'='1", "SIM0500'; DROP TABLE x; --", "$gene0", "%"])
def test_names_are_never_part_of_a_statement(built: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        factors_of(name, built)
    with pytest.raises(NotFoundError):
        factors_of("SIM0500", built, cell_types=[name])


@pytest.mark.parametrize("genes", [[], "", [" "], [None], 7, [["SIM0500"]]])
def test_no_gene(built: Path, genes: object) -> None:
    with pytest.raises(InputError, match="genes is"):
        factors_of(genes, built)  # type: ignore[arg-type]


def test_an_atlas_of_another_assembly(built: Path) -> None:
    with pytest.raises(InputError, match="is an atlas of hg38, not of mm10"):
        factors_of("SIM0500", built, genome="mm10")
    assert len(factors_of("SIM0500", open_atlas(built, "hg38")))


def test_atlases_that_cannot_be_used(built: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no atlas"):
        factors_of("SIM0500", tmp_path)
    with pytest.raises(InputError, match="atlas is ''"):
        factors_of("SIM0500", "")
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    content = (copy / "summary.parquet").read_bytes()
    (copy / "summary.parquet").write_bytes(content[:-100])
    with pytest.raises(InputError, match=r"summary\.parquet is missing or not as it was written"):
        factors_of("SIM0500", copy)
    (copy / "pairs/factor=TP53/pairs.parquet").unlink()
    (copy / "summary.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"pairs\.parquet is missing"):
        targets_of("TP53", copy, cell_types="K-562")
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "complete": False}))
    with pytest.raises(InputError, match="is half-written"):
        factors_of("SIM0500", copy)
    (copy / "manifest.json").write_text('{"format": 1, ')
    with pytest.raises(InputError, match=r"manifest\.json cannot be read"):
        factors_of("SIM0500", copy)


def test_names_match_without_case_unless_that_is_ambiguous() -> None:
    choices = ["Dl", "dl", "Trl", "E(z)"]
    assert split_known(["dl", "TRL", "e(Z)", "DL", "Trl"], choices) == (["dl", "Trl", "E(z)"], ["DL"])


def test_bound_experiments_by_cell_type() -> None:
    scores = np.array([[5, 0, 7, 9], [0, 0, 0, 1], [0, 3, 0, 0]])
    offsets, cells, counts = bound_by_cell_type(scores, np.array([2, 0, 1]), ["b", "a", "b", "a"])
    assert offsets.tolist() == [0, 1, 3, 4]
    assert cells.tolist() == ["a", "b", "a", "a"]
    assert counts.tolist() == [1, 2, 1, 1]
