"""Cell types against each other on data whose truth is known: planted genes found, shuffled labels quiet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scripts.common.errors import InputError, NotFoundError, ServiceUnavailableError
from scripts.common.plotting.drawing import SIMULATED_CAPTION
from scripts.emulator import Atlas
from scripts.targets import compare_cell_types
from scripts.targets.cells.comparison import GENE_COLUMNS, NOT_TESTABLE, Side, compare_sides
from scripts.targets.outputs import CELLS_FILES
from scripts.targets.table.score_matrix import ScoreMatrix
from tests.file_server import FileServer
from tests.targets.tables import table_text

VERIFICATION = "✓ Cell types compared successfully!"
N_STUDIES, N_GENES, PLANTED = 24, 400, 20


def studies_table(seed: int, planted: int = 0, per_study: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, the study of each experiment, and whether a study is of side a; studies have strong effects of their own.

    The first `planted` genes are bound in a alone.
    """
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(N_STUDIES), rng.integers(1, per_study + 1, N_STUDIES))
    in_a = rng.permutation(N_STUDIES) < N_STUDIES // 2
    # What a study finds at a gene is mostly decided by the study: its cells, antibody and depth.
    logit = rng.normal(-0.3, 1.0, (N_GENES, 1)) + rng.normal(0, 2.0, (N_GENES, N_STUDIES)) + rng.normal(0, 1, N_STUDIES)
    logit[:planted] = np.where(in_a, 4.0, -4.0)
    bound = rng.random((N_GENES, len(study))) < 1 / (1 + np.exp(-logit[:, study]))
    return np.where(bound, rng.lognormal(5.5, 0.8, bound.shape).clip(50).astype(int), 0), study, in_a


def sides(study: np.ndarray, in_a: np.ndarray, *, of_experiments: bool = False) -> tuple[Side, Side]:
    found = []
    for chosen in (np.flatnonzero(in_a[study]), np.flatnonzero(~in_a[study])):
        units, names = pd.factorize(chosen if of_experiments else study[chosen])
        found.append(Side(chosen, units, [str(name) for name in names]))
    return found[0], found[1]


def matrix_of(scores: np.ndarray) -> ScoreMatrix:
    genes = np.array([f"SIM{i:04d}" for i in range(len(scores))], dtype=object)
    return ScoreMatrix(genes, [f"SRX{i}|X" for i in range(scores.shape[1])], scores)


@pytest.mark.parametrize("test", ["fisher", "rank"])
def test_labels_shuffled_by_study_give_no_more_than_chance(test: str) -> None:
    """Forty atlases without any difference: by study, findings stay in the binomial limits; by experiment, not."""
    runs = 40
    any_found = {"study": 0, "experiment": 0}
    below: dict[str, list[float]] = {"study": [], "experiment": []}
    for seed in range(runs):
        scores, study, in_a = studies_table(seed)
        for unit in any_found:
            pair = sides(study, in_a, of_experiments=unit == "experiment")
            found = compare_sides(matrix_of(scores), *pair, test=test, min_units=3)
            tested = found[found["status"] == "tested"]
            any_found[unit] += bool((tested["qvalue"] < 0.05).any())
            below[unit].append(float((tested["pvalue"] <= 0.05).mean()))
    limit = stats.binom.ppf(0.995, runs, 0.05)
    assert any_found["study"] <= limit
    # Genes of one atlas share the studies' own strength, so the share of an atlas varies more than a binomial's.
    spread = 2.6 * np.std(below["study"]) / np.sqrt(runs)
    assert np.mean(below["study"]) <= 0.05 + spread
    assert np.mean(below["experiment"]) > 0.15 and any_found["experiment"] > limit


@pytest.mark.parametrize("test", ["fisher", "rank"])
def test_one_gene_over_many_shuffles_is_within_binomial_limits(test: str) -> None:
    scores, study, _ = studies_table(99)
    rng = np.random.default_rng(7)
    small, runs = matrix_of(scores[:30]), 300
    hits = np.zeros(30, dtype=int)
    for _ in range(runs):
        shuffled = rng.permutation(N_STUDIES) < 11
        hits += (compare_sides(small, *sides(study, shuffled), test=test, min_units=3)["pvalue"] <= 0.05).to_numpy()
    assert hits.max() <= stats.binom.ppf(1 - 0.001 / 30, runs, 0.05)


@pytest.mark.parametrize("test", ["fisher", "rank"])
def test_planted_genes_are_found_and_no_others(test: str) -> None:
    found_planted, found_others = 0, 0
    for seed in range(20):
        scores, study, in_a = studies_table(seed, PLANTED)
        found = compare_sides(matrix_of(scores), *sides(study, in_a), test=test, min_units=3)
        significant = found["qvalue"] < 0.05
        found_planted += int(significant[:PLANTED].sum())
        found_others += int(significant[PLANTED:].sum())
        assert (found["direction"][:PLANTED][significant[:PLANTED]] == "more in a").all()
    assert found_planted >= 0.95 * 20 * PLANTED
    assert found_others / max(found_others + found_planted, 1) <= 0.08


def test_each_gene_equals_scipy_over_units() -> None:
    scores, study, in_a = studies_table(3)
    for test in ("fisher", "rank"):
        found = compare_sides(matrix_of(scores), *sides(study, in_a), test=test, min_units=3)
        by_study = pd.DataFrame(scores.T).groupby(study)
        mean, bound = by_study.mean(), pd.DataFrame(scores.T > 0).groupby(study).mean() >= 0.5
        for gene in range(0, N_GENES, 7):
            x, y = (bound[gene][in_a[bound.index]], bound[gene][~in_a[bound.index]])
            if test == "fisher":
                expected = stats.fisher_exact([[x.sum(), (~x).sum()], [y.sum(), (~y).sum()]])[1]
            else:
                u, v = mean[gene][in_a[mean.index]], mean[gene][~in_a[mean.index]]
                expected = stats.mannwhitneyu(u, v, method="asymptotic").pvalue
            if found["status"][gene] == "tested":
                assert found["pvalue"][gene] == pytest.approx(expected)
                assert found["num_bound_units_a"][gene] == x.sum()


def put(server: FileServer, rows: list, columns: list[str], studies: dict[str, str] | None = None) -> None:
    server.put_table(table_text(rows, columns))
    told = [
        {
            "expid": accession, "genome": "hg38", "agClass": "TFs and others", "agSubClass": "TP53", "clClass": "Blood",
            "clSubClass": "K-562", "title": "", "attributes": f"study={study}",
        }
        for accession, study in (studies or {}).items()
    ]  # fmt: skip
    reply = {"total": len(told), "returned": len(told), "experiments": told}
    server.files["/data/search?q=TP53&limit=100"] = json.dumps(reply).encode()


def test_too_few_units_are_not_tested_and_say_why(server: FileServer, capsys) -> None:
    # Eight experiments of K-562, all of one study: no eight votes.
    columns = [f"SRX{i}|K-562" for i in range(8)] + [f"SRX{1000 * i}|Hep_G2" for i in range(1, 5)]
    put(server, [("ONE", [500] * 8 + [0] * 4, 0), ("TWO", [0] * 8 + [70] * 4, 0)], columns)
    found = compare_cell_types("TP53", a="k562")
    genes = found["genes"]
    assert list(genes.columns) == list(GENE_COLUMNS)
    assert genes["status"].tolist() == [NOT_TESTABLE] * 2 and genes["pvalue"].isna().all()
    assert set(genes["reason"]) == {"1 unit on side a; min_units=3"}
    assert "Nothing could be tested: 1 unit on side a" in capsys.readouterr().out
    by_experiment = compare_cell_types("TP53", a="k562", unit="experiment")["genes"]
    assert by_experiment["status"].tolist() == ["tested"] * 2 and by_experiment["pvalue"].max() < 0.01


def test_genes_that_cannot_differ_say_why(server: FileServer) -> None:
    columns = [f"SRX{i}|K-562" for i in range(1000, 5000, 1000)] + [f"SRX{i}|Hep_G2" for i in range(6000, 10000, 1000)]
    rows = [("ALL", [90] * 8, 0), ("STRINGONLY", [0] * 8, 700), ("ELSE", [99] * 4 + [0] * 4, 0)]
    put(server, rows, columns)
    genes = compare_cell_types("TP53", a="K-562", b="Hep G2")["genes"].set_index("gene")
    assert genes["reason"].to_dict() == {
        "ELSE": "", "ALL": "the same in every unit of both sides", "STRINGONLY": "no peak on either side",
    }  # fmt: skip
    assert genes.loc["ELSE", "pvalue"] == genes.loc["ELSE", "qvalue"] == pytest.approx(2 / 70)
    assert genes.loc["ELSE", "direction"] == "more in a" and genes.loc["STRINGONLY", "string_score"] == 700


def test_studies_on_both_sides_are_counted(server: FileServer) -> None:
    columns = ["SRX1|K-562", "SRX2|Hep_G2", "SRX9000|K-562", "SRX9001|Hep_G2"]
    put(server, [("A", [60, 0, 60, 0], 0)], columns, {"SRX1": "GSE1", "SRX2": "GSE1"})
    found = compare_cell_types("TP53", a="K-562", min_units=2)
    assert found["metadata"]["studies_on_both_sides"] == 2
    assert found["metadata"]["studies_known_by"] == {"study": 2, "submission": 0, "inferred": 2}
    assert found["units"]["unit"].tolist() == ["GSE1", "batch 2", "GSE1", "batch 2"]


def test_names_may_be_classes(either_atlas: Atlas) -> None:
    found = compare_cell_types("MYC", a=["Blood"], b="pluripotent stem cell", unit="experiment")
    assert found["metadata"]["taken"] == {"a": ["class Blood"], "b": ["class pluripotent stem cell"]}
    assert set(";".join(found["units"].query("side == 'b'")["cell_types"]).split(";")) == {"hESC_H1"}
    # Where a name is both, it is the cell type; the class is asked for.
    assert compare_cell_types("Trp53", "Liver", genome="mm10")["metadata"]["taken"]["a"] == ["cell type Liver"]
    assert compare_cell_types("Trp53", "class:Liver", genome="mm10")["metadata"]["taken"]["a"] == ["class Liver"]


def test_files_and_label(atlas: Atlas, tmp_path: Path, capsys) -> None:
    found = compare_cell_types("TP53", a=["K-562", "MOLM-13"], output_dir=tmp_path / "out")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == VERIFICATION and any("SIMULATED" in line for line in lines)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*CELLS_FILES, "SIMULATED.txt"])
    written = pd.read_csv(tmp_path / "out" / "cell_types_genes.csv")
    assert written["gene"].tolist() == found["genes"]["gene"].tolist()
    assert SIMULATED_CAPTION in (tmp_path / "out" / "cell_types_comparison.svg").read_text("utf-8")


def test_a_comparison_of_nothing_is_drawn_too(atlas: Atlas, tmp_path: Path) -> None:
    compare_cell_types("TP53", a="Macrophages", b="hESC_H1", output_dir=tmp_path)
    assert "Nothing could be tested" in (tmp_path / "cell_types_comparison.svg").read_text("utf-8")


def test_what_cannot_be_compared(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="on both sides"):
        compare_cell_types("TP53", a="K-562", b="Blood")
    with pytest.raises(NotFoundError, match="neither a cell type.*\n?.*Classes here: .*Blood") as error:
        compare_cell_types("TP53", a="K-563")
    assert "K-562" in error.value.matches
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceUnavailableError, match="cell_type_class needs"):
        compare_cell_types("TP53", a="Blood")
    assert "all studies are inferred" in " ".join(compare_cell_types("TP53", a="K-562")["metadata"]["statements"])


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"a": []}, "a is"), ({"a": [""]}, "a is"), ({"a": 5}, "a is"), ({"a": "K-562", "b": []}, "b is"),
        ({"a": "K-562", "unit": "lab"}, "unit is"), ({"a": "K-562", "test": "t"}, "test is"),
        ({"a": "K-562", "min_units": 1}, "min_units is"),
    ],
)  # fmt: skip
def test_unusable_arguments_are_refused_before_any_request(server: FileServer, given: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        compare_cell_types("TP53", **given)
    assert server.requests == []
