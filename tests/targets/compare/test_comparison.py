from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError, NotFoundError, ServiceUnavailableError
from scripts.common.files.writing import SIMULATED_MARKER
from scripts.common.plotting.drawing import SIMULATED_CAPTION, save_plots
from scripts.emulator import Atlas
from scripts.targets import outputs
from scripts.targets.compare.comparison import compare_targets
from scripts.targets.compare.plots import MAX_COMBINATIONS, choose_combinations, plot_overlaps
from scripts.targets.compare.rankings import compare_rankings
from scripts.targets.compare.report import comparison_report
from scripts.targets.outputs import COMPARE_FILES
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, table_text

VERIFICATION = "✓ Target comparison completed successfully!"
FACTORS = ["TP53", "E2F1", "MYC"]


def ranked(*genes: str, **groups: str) -> pd.DataFrame:
    return pd.DataFrame({"gene": genes, "colocated_group": [groups.get(gene, "") for gene in genes]})


def two_factors(server: FileServer) -> None:
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    rows = [("BBB", [900, 800, 700, 600], 0), ("CCC", [90, 80, 0, 60], 0), ("NEW", [50, 0, 0, 0], 0)]
    server.put_table(table_text(rows, SMALL_COLUMNS, "MYC"), "MYC.5.tsv")


def test_two_small_tables(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two_factors(server)
    monkeypatch.chdir(tmp_path)
    found = compare_targets([" TP53", "MYC"])
    assert capsys.readouterr().out.splitlines()[-1] == VERIFICATION
    assert list(tmp_path.iterdir()) == []
    assert found["factors"] == ["TP53", "MYC"]
    assert found["intersection"] == ["BBB", "CCC"]
    assert found["union"] == ["BBB", "CCC", "AAA", "NEW", "FEW"]
    assert found["ranks"].loc["BBB"].tolist() == [2, 1]
    assert found["ranks"].loc["AAA"].tolist() == [1, pd.NA]
    assert found["membership"].loc["NEW"].tolist() == [False, True]
    assert found["jaccard"].to_numpy().tolist() == [[1, 0.4], [0.4, 1]]
    assert found["overlaps"][["combination", "n_factors", "n", "independent_loci"]].to_numpy().tolist() == [
        ["TP53", 1, 2, 2], ["TP53 & MYC", 2, 2, 1], ["MYC", 1, 1, 1],
    ]  # fmt: skip
    assert found["overlaps"]["genes"].tolist() == [["AAA", "FEW"], ["BBB", "CCC"], ["NEW"]]
    # BBB and CCC have the same scores in three experiments of TP53, whatever they have for MYC.
    assert found["independent_loci"] == 1
    assert found["results"]["MYC"]["parameters"]["output_dir"] is None
    expected = {"proteins": ["TP53", "MYC"], "genome": "hg38", "distance": 5, "top_n": 500, "output_dir": None}
    assert expected.items() <= found["parameters"].items()
    assert "protein" not in found["parameters"]
    assert list(found["provenance"]["factors"]) == ["TP53", "MYC"]


def test_files(atlas: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    found = compare_targets(FACTORS, top_n=300, output_dir=folder)
    assert capsys.readouterr().out.splitlines()[-1] == VERIFICATION
    assert sorted(path.name for path in folder.iterdir()) == sorted((*COMPARE_FILES, SIMULATED_MARKER))
    ranks = pd.read_csv(folder / "compare_ranks.csv")
    assert ranks.columns.tolist() == ["gene", *FACTORS, "locus"]
    for name in FACTORS:
        by_rank = ranks.dropna(subset=name).sort_values(name)
        assert by_rank["gene"].tolist() == found["results"][name]["target_genes"]["gene"].tolist()
        assert by_rank[name].tolist() == list(range(1, 301))
    shared = ranks.dropna()
    assert shared["gene"].tolist() == found["intersection"]
    assert shared["locus"].nunique() == found["independent_loci"]
    overlaps = pd.read_csv(folder / "compare_overlaps.csv")
    assert overlaps["n"].sum() == len(ranks) == len(found["union"])
    assert overlaps["genes"].str.split(";").map(len).tolist() == overlaps["n"].tolist()
    jaccard = pd.read_csv(folder / "compare_jaccard.csv", index_col="factor")
    sets = {name: set(result["target_genes"]["gene"]) for name, result in found["results"].items()}
    for one, other in itertools.product(FACTORS, FACTORS):
        assert jaccard.loc[one, other] == pytest.approx(len(sets[one] & sets[other]) / len(sets[one] | sets[other]))
    report = (folder / "compare_report.md").read_text(encoding="utf-8")
    assert report.startswith("# SIMULATED: Target genes of TP53, E2F1, MYC (hg38, ±5 kb of the TSS)")
    assert "Not reported is not unbound" in report and "bound below rank 300" in report
    assert all(f"`{name}`" in report for name in COMPARE_FILES if name != "compare_report.md")
    assert SIMULATED_CAPTION in (folder / "compare_overlaps.svg").read_text(encoding="utf-8")


def test_filters_reach_every_factor(atlas: Atlas) -> None:
    found = compare_targets(FACTORS[:2], top_n=50, cell_types=iter(["k562"]), min_score=10)
    for result in found["results"].values():
        assert result["cell_types"] == ["K-562"]
        assert result["target_genes"]["avg_score"].min() >= 10
    assert found["parameters"]["cell_types"] == ["k562"]
    assert "| cell_types | k562 |" in comparison_report(found, [])


@pytest.mark.parametrize(
    ("proteins", "match"),
    [
        ("TP53", "give a list of two or more"),
        (None, "give a list of two or more"),
        ([], "Given: no factor"),
        (["TP53"], "Given: TP53"),
        (["TP53", "MYC", " TP53 "], "more than once: TP53"),
        (["TP53", 5], "protein is 5"),
    ],
)
def test_unusable_factors_are_refused_before_any_request(server: FileServer, proteins: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        compare_targets(proteins)
    assert server.requests == []


def test_the_error_names_the_factor_and_stays_what_it_is(small: FileServer, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Factor 2 of 2, 'TP64', failed. No target genes for 'TP64'") as error:
        compare_targets(["TP53", "TP64"], output_dir=tmp_path / "out")
    assert "TP63" in error.value.matches
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="Factor 1 of 2, 'TP53', failed. No target gene of TP53"):
        compare_targets(["TP53", "MYC"], min_score=1e6)
    small.status["/data/hg38/target/MYC.5.tsv"] = 503
    with pytest.raises(ServiceUnavailableError, match="Factor 2 of 2, 'MYC', failed. HTTP 503"):
        compare_targets(["TP53", "MYC"])


def test_a_folder_of_the_other_skill_is_refused(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "diff_regions_all.csv").touch()
    with pytest.raises(InputError, match="results of another kind"):
        compare_targets(["TP53", "MYC"], output_dir=tmp_path)


def test_the_marker_of_results_beside_the_comparison_stays(server: FileServer, tmp_path: Path) -> None:
    two_factors(server)
    (tmp_path / SIMULATED_MARKER).touch()
    (tmp_path / outputs.ALL_CSV).touch()
    compare_targets(["TP53", "MYC"], output_dir=tmp_path)
    assert (tmp_path / SIMULATED_MARKER).exists()
    (tmp_path / outputs.ALL_CSV).unlink()
    compare_targets(["TP53", "MYC"], output_dir=tmp_path)
    assert not (tmp_path / SIMULATED_MARKER).exists()


def test_a_locus_carries_over_from_factor_to_factor() -> None:
    found = compare_rankings(
        {
            "X": ranked("A", "B", "C", "D", A="locus_1", B="locus_1"),
            "Y": ranked("D", "C", "B", "A", B="locus_1", C="locus_1"),
            "Z": ranked("A", "C", "D", "E"),
        }
    )
    assert found["loci"].loc[["A", "B", "C"]].nunique() == 1
    assert found["loci"].nunique() == 3
    assert found["intersection"] == ["A", "C", "D"] and found["independent_loci"] == 2


def test_factors_that_share_nothing() -> None:
    found = compare_rankings({"X": ranked("A"), "Y": ranked("B")})
    assert found["intersection"] == [] and found["independent_loci"] == 0
    assert found["overlaps"]["combination"].tolist() == ["X", "Y"]
    assert found["jaccard"].to_numpy().tolist() == [[1, 0], [0, 1]]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from("ABCDEFGH"), unique=True, min_size=1), min_size=2, max_size=4))
def test_overlaps_equal_the_arithmetic_of_sets(lists: list[list[str]]) -> None:
    rankings = {f"F{i}": ranked(*genes) for i, genes in enumerate(lists)}
    found = compare_rankings(rankings)
    sets = {name: set(frame["gene"]) for name, frame in rankings.items()}
    assert set(found["intersection"]) == set.intersection(*sets.values())
    assert set(found["union"]) == set.union(*sets.values())
    expected = {}
    for size in range(1, len(sets) + 1):
        for chosen in itertools.combinations(sets, size):
            rest = [members for name, members in sets.items() if name not in chosen]
            only = set.intersection(*(sets[name] for name in chosen)) - set().union(*rest)
            if only:
                expected[" & ".join(chosen)] = only
    overlaps = found["overlaps"]
    assert dict(zip(overlaps["combination"], map(set, overlaps["genes"]), strict=True)) == expected
    assert overlaps["n"].is_monotonic_decreasing
    for name, frame in rankings.items():
        assert found["ranks"][name].dropna().sort_values().index.tolist() == frame["gene"].tolist()


def many_factors(count: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    names = [f"FACTOR-{i}-WITH-A-VERY-LONG-NAME-INDEED" for i in range(count)]
    genes = [f"G{i}" for i in range(600)]
    rankings = {name: ranked("ALL", *rng.choice(genes, 300, replace=False)) for name in names}
    provenance = {"factors": {}, "simulated": False, "versions": {}}
    parameters = {"genome": "hg38", "distance": 5, "top_n": None}
    return {**compare_rankings(rankings), "results": {}, "parameters": parameters, "provenance": provenance}


def test_many_combinations_are_cut_and_said(tmp_path: Path) -> None:
    comparison = many_factors(8)
    n_combinations = len(comparison["overlaps"])
    assert n_combinations > MAX_COMBINATIONS
    shown = choose_combinations(comparison["overlaps"], 8)
    assert len(shown) == MAX_COMBINATIONS
    assert shown["n_factors"].iloc[-1] == 8
    save_plots([("plot", lambda: plot_overlaps(comparison))], tmp_path)
    svg = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    left_out = comparison["overlaps"]["n"].sum() - shown["n"].sum()
    assert f"the largest of {n_combinations} combinations; {left_out} genes in the other" in svg
    assert f"{n_combinations - 20} more combinations" in comparison_report(comparison, [])


def test_no_shared_gene_can_be_drawn(tmp_path: Path) -> None:
    comparison = {**many_factors(2), **compare_rankings({"X": ranked("A"), "Y": ranked("B")})}
    save_plots([("plot", lambda: plot_overlaps(comparison))], tmp_path)
    assert "No gene for all factors" in (tmp_path / "plot.svg").read_text(encoding="utf-8")
