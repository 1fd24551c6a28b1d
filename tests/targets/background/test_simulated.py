"""The embedded service's planted truth: hot loci that forty factors share, and targets of each alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.emulator import Atlas, hot_truth
from scripts.targets import build_background, run_target_genes_workflow

FACTORS = ("SIMHF001", "SIMHF017", "SIMHF033")


@pytest.fixture
def truth() -> dict[str, set[str]]:
    table = hot_truth()
    own = {name: set(genes) for name, genes in table[table["kind"] == "own"].groupby("factor")["gene"]}
    return {**own, "hot": set(table.loc[table["kind"] == "hot", "gene"])}


def test_precision(atlas: Atlas, truth: dict[str, set[str]], tmp_path: Path) -> None:
    made, _ = build_background("mm10")
    assert made.simulated and made.counts() == {"factor": 30, "control": 1, "mark": 0}
    for name in FACTORS:
        results = run_target_genes_workflow(name, "mm10", top_n=None, output_dir=tmp_path)
        targets = results["target_genes"]
        hot = set(targets.loc[targets["is_hot"], "gene"])
        first = set(targets["gene"].head(50))
        specific = set(targets.sort_values("specific_rank")["gene"].head(50))
        assert len(hot & truth["hot"]) / len(hot) >= 0.95
        assert len(hot & truth["hot"]) / len(truth["hot"] & set(targets["gene"])) >= 0.9
        assert len(first & truth["hot"]) / 50 >= 0.5, "the list by average is mostly that of hot loci"
        assert len(specific & truth["hot"]) == 0
        assert len(specific & truth[name]) / 50 >= 0.6 > 0.45 > len(first & truth[name]) / 50
        assert {one["code"] for one in results["background"]["findings"]} >= {"hot-loci", "control-loci"}
        assert results.findings()[0].severity == "major"


def test_independent_factors_are_quiet(atlas: Atlas, tmp_path: Path) -> None:
    """Null: factors of hg38 that are in no module draw their targets from all genes."""
    from scripts.emulator.simulation.factors.modules import module_factors

    free = [name for name, known in module_factors("hg38").items() if not known.module][:20]
    build_background("hg38", factors=free)
    results = run_target_genes_workflow(free[0], "hg38", top_n=None, output_dir=tmp_path)
    assert not results["target_genes"]["is_hot"].any()
    assert "hot-loci" not in {one["code"] for one in results["background"]["findings"]}


def test_a_real_one_is_not_set_beside_simulated_tables(atlas: Atlas, tmp_path: Path) -> None:
    from scripts.common.errors import InputError
    from scripts.targets.background.store import save_background
    from tests.targets.background.made import background_of, independent

    path = save_background(background_of(independent("A", 1), independent("B", 2)), tmp_path / "real.npz")
    with pytest.raises(InputError, match="made of real tables, and what is to be set beside it is SIMULATED"):
        run_target_genes_workflow("TP53", background=path, output_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_auto_takes_no_real_one_either(atlas: Atlas, tmp_path: Path, capsys: Any) -> None:
    from scripts.targets.background.store import save_background
    from tests.targets.background.made import background_of, independent

    save_background(background_of(independent("A", 1), independent("B", 2)))
    results = run_target_genes_workflow("TP53", output_dir=tmp_path)
    assert "background" not in results and "hot_share" not in results["target_genes"]
    assert "No background of hg38, ±5kb here" in capsys.readouterr().out
