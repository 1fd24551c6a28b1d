"""ChIP-Atlas's own tables of ce11: two lists that are those of hot loci, and one that is its factor's own."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from scripts.targets import Background, build_background, run_target_genes_workflow
from scripts.targets.background.background import COLUMNS
from tests.file_server import FileServer
from tests.reference import reference_path

FACTORS, CONTROLS = ("fkh-7", "sma-4", "grh-1"), ("H3", "ATAC-Seq", "DNase-Seq")
#: Of the first 50 genes by average.
HOT = {"fkh-7": 46, "sma-4": 40, "grh-1": 5}


def folder() -> Path:
    return reference_path("ce11_target_tables")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.Series]:
    """Average by gene of every table, read plainly; genes with a peak alone."""
    found = {}
    for path in sorted(folder().glob("*.5.tsv.gz")):
        table = pd.read_csv(path, sep="\t", keep_default_na=False)
        bound = (table.iloc[:, 2:-1] > 0).any(axis=1)
        found[path.name.removesuffix(".5.tsv.gz")] = table[bound].set_index("Target_genes").iloc[:, 0].astype(float)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Background:
    return build_background("ce11", source=folder(), out=tmp_path_factory.mktemp("made") / "ce11.npz")[0]


@pytest.fixture
def service(server: FileServer) -> FileServer:
    for name in FACTORS:
        server.put_table(
            gzip.decompress((folder() / f"{name}.5.tsv.gz").read_bytes()).decode(), f"{name}.5.tsv", "ce11"
        )
    return server


def top_genes(average: pd.Series) -> set[str]:
    """The top 5 % of the bound genes: a mean rank from the lowest above 95 % of their number."""
    return set(average.index[average.rank(method="average") > 0.95 * len(average)])


def test_nine_tables(made: Background) -> None:
    assert made.counts() == {"factor": 3, "control": 3, "mark": 3}


@pytest.mark.parametrize("factor", FACTORS)
def test_shares_are_those_of_a_plain_recomputation(made: Background, tables: dict[str, pd.Series], factor: str) -> None:
    others = [top_genes(tables[name]) for name in FACTORS if name != factor]
    controls = [top_genes(tables[name]) for name in CONTROLS]
    hot, control = made.hot_share(factor), made.control_share(factor)
    for gene in made.genes:
        assert hot[gene] == sum(gene in top for top in others) / 2
        assert control[gene] == pytest.approx(sum(gene in top for top in controls) / 3)


@pytest.mark.parametrize("factor", FACTORS)
def test_hot_genes_of_the_top(
    made: Background, tables: dict[str, pd.Series], service: FileServer, factor: str, tmp_path: Path
) -> None:
    made_at = build_background("ce11", source=folder())[1]
    results = run_target_genes_workflow(factor, "ce11", top_n=None, output_dir=tmp_path)
    targets = results["target_genes"]
    assert tuple(targets.columns[-len(COLUMNS) :]) == COLUMNS
    first = targets["gene"].head(50)
    others = [top_genes(tables[name]) for name in FACTORS if name != factor]
    recomputed = sum(sum(gene in top for top in others) >= 1 for gene in first)
    counted = next(count for count in results["background"]["counts"] if count["top"] == 50)
    assert recomputed == counted["hot"] == HOT[factor] == int(targets["is_hot"].head(50).sum())
    found = {one["code"]: one["severity"] for one in results["background"]["findings"]}
    assert (found.get("hot-loci") == "major") == (factor != "grh-1")
    assert results["background"]["source"] == str(made_at)
    assert results["background"]["left_out"] == [factor]


def test_a_list_of_its_own_keeps_its_top(service: FileServer, tmp_path: Path) -> None:
    build_background("ce11", source=folder())
    results = run_target_genes_workflow("grh-1", "ce11", top_n=None, output_dir=tmp_path)
    targets = results["target_genes"]
    first, specific = targets.head(50), targets.sort_values("specific_rank").head(50)
    assert len(set(first["gene"]) & set(specific["gene"])) >= 25
    # The specific ones are the best of the list: within its first 2 %.
    assert targets.index[targets["gene"].isin(specific["gene"])].max() < 0.02 * len(targets)
    assert not specific["is_hot"].any()


def test_lists_of_hot_loci_do_not(service: FileServer, tmp_path: Path) -> None:
    build_background("ce11", source=folder())
    for factor in ("fkh-7", "sma-4"):
        results = run_target_genes_workflow(factor, "ce11", top_n=50, rank_by="specificity", output_dir=tmp_path)
        targets = results["target_genes"]
        assert not targets["is_hot"].any()
        assert targets["specific_rank"].tolist() == list(range(1, 51))
        by_average = run_target_genes_workflow(factor, "ce11", top_n=50, output_dir=tmp_path)["target_genes"]
        assert len(set(targets["gene"]) & set(by_average["gene"])) <= 15
