"""Fisher's tests against other implementations, and the planted modules found again."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, rankdata

from scripts.atlas import build_atlas, factor_enrichment, factors_of, open_atlas
from scripts.atlas.asking.enrichment import false_discovery_rates, fisher_greater
from scripts.atlas.dataset import Dataset
from scripts.common.errors import InputError, NotFoundError
from scripts.emulator import module_truth
from tests.atlas.asking.worlds import binding, draw, exact_and_randomised, write_tables
from tests.reference import reference_path


@pytest.fixture(scope="module")
def dataset(built: Path) -> Dataset:
    return open_atlas(built)


def auc(score: np.ndarray, member: np.ndarray) -> float:
    """Area under the ROC curve: the share of (member, other) pairs in which the member scores higher."""
    ranks = rankdata(score)
    n = int(member.sum())
    return float((ranks[member].sum() - n * (n + 1) / 2) / (n * (len(member) - n)))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_fisher_is_scipys(data: st.DataObject) -> None:
    universe = data.draw(st.integers(2, 400))
    set_size, bound = data.draw(st.integers(1, universe)), data.draw(st.integers(1, universe))
    hits = data.draw(st.integers(max(0, set_size + bound - universe), min(set_size, bound)))
    table = [[hits, set_size - hits], [bound - hits, universe - set_size - bound + hits]]
    ours = fisher_greater(np.array([hits]), set_size, np.array([bound]), universe)[0]
    assert ours == pytest.approx(fisher_exact(table, alternative="greater")[1], rel=1e-7, abs=1e-300)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_rates_are_benjamini_and_hochbergs(values: list[float]) -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    if not hasattr(scipy_stats, "false_discovery_control"):
        pytest.skip("this scipy has no false_discovery_control")
    np.testing.assert_allclose(
        false_discovery_rates(np.array(values)), scipy_stats.false_discovery_control(values), rtol=1e-12
    )


def test_planted_modules_are_found(dataset: Dataset, record_property: pytest.RecordProperty) -> None:
    truth = module_truth()
    areas, firsts, other = [], [], []
    for module, part in truth.groupby("module"):
        genes = part.loc[part["kind"] == "gene", "name"]
        members = set(part.loc[part["kind"] == "factor", "name"])
        answer = factor_enrichment(genes, dataset)
        member = answer["factor"].isin(members).to_numpy()
        areas.append(auc(-answer["pvalue"].to_numpy(), member))
        firsts.append(member[: len(members)].mean())
        other.append(int(((answer["qvalue"] < 0.05) & ~member).sum()))
        assert module
    record_property("mean AUC", float(np.mean(areas)))
    record_property("lowest AUC", float(min(areas)))
    print(f"factor_enrichment: AUC mean {np.mean(areas):.4f}, lowest {min(areas):.4f}; members among the first 8: "
          f"{np.mean(firsts):.3f}; others with q < 0.05: {sum(other)} in {len(areas)} modules")  # fmt: skip
    assert np.mean(areas) > 0.98 and min(areas) > 0.9
    assert sum(other) <= 0.05 * len(areas) * 235


def test_factors_of_finds_the_modules_too(dataset: Dataset) -> None:
    truth = module_truth()
    areas = []
    for _, part in truth.groupby("module"):
        genes = part.loc[part["kind"] == "gene", "name"].tolist()
        links = factors_of(genes, dataset, min_avg_score=50)
        bound = links.groupby("factor")["gene"].nunique().reindex(dataset.factors, fill_value=0)
        synthetic = bound[bound.index.str.startswith("SIMTF")]
        member = synthetic.index.isin(part.loc[part["kind"] == "factor", "name"])
        areas.append(auc(synthetic.to_numpy(), member))
    print(f"factors_of: AUC mean {np.mean(areas):.4f}, lowest {min(areas):.4f}")
    assert np.mean(areas) > 0.98


def test_a_random_set_is_enriched_in_nothing(dataset: Dataset) -> None:
    genes = np.random.default_rng(5).choice(dataset.genes, 80, replace=False)
    assert (factor_enrichment(genes.tolist(), dataset)["qvalue"] > 0.05).all()


def test_counts(dataset: Dataset, tables: Path) -> None:
    genes = dataset.genes[100:180]
    background = dataset.genes[:2000]
    answer = factor_enrichment(genes, dataset, background, min_avg_score=60, min_binding_rate=0.2).set_index("factor")
    links = factors_of(background, dataset, min_avg_score=60, min_binding_rate=0.2)
    for factor in ("TP53", "CTCF", answer.index[0]):
        bound = set(links.loc[links["factor"] == factor, "gene"])
        row = answer.loc[factor]
        assert row["num_in_background"] == len(bound) and row["num_in_set"] == len(bound & set(genes))
        assert set(row["genes"].split("; ")) - {""} == bound & set(genes)
        a, b = row["num_in_set"], 80 - row["num_in_set"]
        c, d = len(bound) - a, 2000 - 80 - len(bound) + a
        assert row["plain_odds_ratio"] == pytest.approx(a * d / (b * c))
        assert row["plain_fold_enrichment"] == pytest.approx((a / 80) / (len(bound) / 2000))
        assert row["plain_pvalue"] == pytest.approx(fisher_exact([[a, b], [c, d]], alternative="greater")[1], rel=1e-7)
        assert row["fold_enrichment"] == pytest.approx(a / row["expected_in_set"])
    assert (answer["set_size"] == 80).all() and (answer["background_size"] == 2000).all()
    assert answer["pvalue"].is_monotonic_increasing


def test_what_is_left_out_is_said(dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    answer = factor_enrichment(["sim0001", "SIM0002", "SIM00003"], dataset, ["SIM0004", "SIM0005", "LINC1"])
    out = capsys.readouterr().out
    assert "Gene set: 1 name that no factor of the atlas binds left out: 'SIM00003' (near: SIM0003)" in out
    assert "Background: 1 name that no factor of the atlas binds left out" in out
    assert answer.attrs["unknown"] == ["SIM00003"]
    assert (answer["set_size"] == 2).all() and (answer["background_size"] == 4).all()


def test_unusable_sets(dataset: Dataset) -> None:
    for empty in ([], "", [""]):
        with pytest.raises(InputError, match="gene_set is"):
            factor_enrichment(empty, dataset)
    with pytest.raises(InputError, match="background is"):
        factor_enrichment(["SIM0001"], dataset, [])
    with pytest.raises(NotFoundError, match="binds a gene called 'TP53X', 'NOPE'"):
        factor_enrichment(["TP53X", "NOPE"], dataset)
    with pytest.raises(InputError, match="whole background"):
        factor_enrichment(["SIM0001"], dataset, ["sim0001"])


def test_cell_types_narrow_the_test(dataset: Dataset) -> None:
    everywhere = factor_enrichment(dataset.genes[:100], dataset, min_avg_score=0)
    narrow = factor_enrichment(dataset.genes[:100], dataset, min_avg_score=0, cell_types="Saos-2")
    assert 0 < len(narrow) < len(everywhere)
    both = narrow.merge(everywhere, on="factor")
    assert (both["num_in_background_x"] <= both["num_in_background_y"]).all()
    assert isinstance(narrow, pd.DataFrame)


def write_world(folder: Path, factors: int) -> tuple[Path, list[str], np.ndarray, np.ndarray]:
    """An atlas of simulated factors without targets of their own, its genes, who binds them, and their readiness."""
    rng = np.random.default_rng(11)
    bound, readiness = binding(rng, 3000, factors)
    (folder / "tables").mkdir()
    names = write_tables(bound, folder / "tables")
    build_atlas("hg38", folder / "atlas", source=folder / "tables", scheduler="synchronous")
    return folder / "atlas", names, bound, readiness


def test_often_bound_genes_are_no_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, names, bound, readiness = write_world(tmp_path, 40)
    in_set = draw(np.random.default_rng(1), readiness, 150)
    answer = factor_enrichment([names[gene] for gene in np.flatnonzero(in_set)], folder)
    plain = int((answer["plain_qvalue"] < 0.05).sum())
    assert plain > 30 and (answer["qvalue"] > 0.05).all()
    assert f"{plain} of 40 factors with q < 0.05 by Fisher's test, 0 among genes bound as often:" in (
        capsys.readouterr().out
    )
    exact, _ = exact_and_randomised(bound, in_set)
    by_name = answer.set_index("factor")["pvalue"]
    np.testing.assert_allclose([by_name[f"SIMTF{factor:03d}"] for factor in range(40)], exact, rtol=1e-9)
    assert answer.attrs["notes"]


def test_a_set_that_is_too_small_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, names, bound, _ = write_world(tmp_path, 13)
    few = [names[gene] for gene in np.flatnonzero(bound.sum(axis=1) > 6)[:2]]
    assert (factor_enrichment(few, folder, min_binding_rate=1)["qvalue"] >= 0.05).all()
    said = capsys.readouterr().out
    assert "2 genes are too few for 13 factors: none could have q < 0.05" in said
    assert "13 factors tell little of how often a gene is bound" in said


def test_a_small_set_is_said(dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    factor_enrichment(["SIM0001", "SIM0002"], dataset)
    assert "a set of 2 genes is too small to show more than the strongest" in capsys.readouterr().out


def test_nothing_bound_is_an_empty_answer(dataset: Dataset) -> None:
    answer = factor_enrichment(["SIM0001", "SIM0002"], dataset, min_avg_score=1e9)
    assert answer.empty and answer.attrs["notes"] == []


@pytest.mark.slow
def test_real_tables_with_sets_drawn_as_often_as_bound(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for packed in reference_path("ce11_target_tables").glob("*.tsv.gz"):
        (tmp_path / "tables" / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    build_atlas("ce11", tmp_path / "a", source=tmp_path / "tables", scheduler="synchronous")
    atlas = open_atlas(tmp_path / "a")
    links = pd.read_parquet(tmp_path / "a" / "summary.parquet").query("avg_score >= 50")
    often = links["gene"].value_counts().reindex(atlas.genes, fill_value=0).to_numpy(float)
    rng = np.random.default_rng(2)
    shares = {}
    for what, weights in (("as often as bound", often), ("evenly", np.ones(len(often)))):
        found = [factor_enrichment(np.array(atlas.genes)[draw(rng, weights, 150)].tolist(), atlas) for _ in range(20)]
        shares[what] = tuple(
            float(np.mean([(answer[name] < 0.05).mean() for answer in found])) for name in ("qvalue", "plain_qvalue")
        )
    print(f"9 real ce11 tables, share with q < 0.05 among genes bound as often, and Fisher's: {shares}")
    assert shares["as often as bound"][0] <= 0.05 < 0.9 < shares["as often as bound"][1]
    assert max(shares["evenly"]) <= 0.05
