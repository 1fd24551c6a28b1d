"""The test against R 4.2.2 with edgeR 3.40.2 (data/README.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import edgepython
import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import test_differential as differential_test
from scripts.engine.edger import differential
from scripts.engine.edger.differential import benjamini_hochberg
from tests.engine.edger.simulated import counts_of

DATA = Path(__file__).parent.parent / "data"
#: Ours differ from R's in the last digits of special functions.
RELATIVE = 1e-8
#: Of the shapes in which R's own likelihood loses digits (dispersions next to none, counts of millions): what those of
#: the dispersions leave of the p-values' digits. Ours are nearer to sums in longer floats (`test_likelihood.py`).
LOOSE = {"huge": 1e-6, "poisson": 5e-6}


def load_counts(case: str) -> tuple[pd.DataFrame, list[str]]:
    counts = pd.read_csv(DATA / case / "count.csv.gz", index_col=0)
    members = (DATA / case / "a").read_text().split()
    return counts, ["A" if name in members else "B" for name in counts.columns]


@pytest.mark.parametrize("case", ["3v3", "8v8"])
def test_equals_edger(case: str) -> None:
    counts, groups = load_counts(case)
    names = ["chrom", "start", "end", "a", "b", "logFC", "pvalue", "qvalue"]
    expected = pd.read_csv(DATA / case / "expected.bed.gz", sep="\t", names=names)
    regions = pd.read_csv(DATA / case / "peaks.bed.gz", sep="\t", names=["chrom", "start", "end", "peak"])

    found = differential_test(counts, groups)

    kept = regions.set_index("peak").loc[found.index]
    assert kept.to_numpy().tolist() == expected[["chrom", "start", "end"]].to_numpy().tolist()
    for column in ("logFC", "pvalue", "qvalue"):
        np.testing.assert_allclose(found[column], expected[column], rtol=RELATIVE)
    for group in ("A", "B"):
        members = [name for name, member in zip(counts.columns, groups, strict=True) if member == group]
        printed = [",".join(row) for row in np.char.mod("%.2f", found[members].to_numpy())]
        assert printed == expected[group.lower()].tolist()


def test_equals_edger_where_one_group_has_no_reads() -> None:
    counts = pd.read_csv(DATA / "absent.csv.gz", index_col=0)
    expected = pd.read_csv(DATA / "absent.expected.tsv.gz", sep="\t", index_col=0)
    found = differential_test(counts, list("AAAABBBB"))
    assert found.index.tolist() == expected.index.tolist()
    assert (found["pvalue"] > 0).all()
    np.testing.assert_allclose(found["pvalue"], expected["PValue"], rtol=RELATIVE)
    np.testing.assert_allclose(found["logFC"], expected["logFC"], rtol=RELATIVE)


@pytest.mark.parametrize(
    "shape", ["2v2", "3v5", "1v3", "2v12", "1v1", "zeros", "absent", "huge", "far", "poisson", "lost", "given"]
)
def test_shapes(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = pd.read_csv(DATA / "shapes" / f"{shape}.counts.csv.gz", index_col=0)
    expected = pd.read_csv(DATA / "shapes" / f"{shape}.expected.csv.gz", index_col=0)
    test, given = differential.exact_test, []
    monkeypatch.setattr(
        differential, "exact_test", lambda samples, dispersion: (given.append(dispersion), test(samples, dispersion))[1]
    )
    sizes = 1e6 * np.arange(1, counts.shape[1] + 1) if shape == "given" else None
    found = differential_test(counts, [name[0] for name in counts.columns], sizes)
    assert found.index.tolist() == expected.index.tolist()
    near = LOOSE.get(shape, RELATIVE)
    np.testing.assert_allclose(found["logFC"], expected["logFC"], rtol=near, atol=near)
    np.testing.assert_allclose(found["pvalue"], expected["pvalue"], rtol=near)
    # R prints 15 digits of each number.
    np.testing.assert_allclose(found[counts.columns], expected[counts.columns], rtol=near, atol=1e-6)
    if shape != "poisson":
        np.testing.assert_allclose(given[0], expected["dispersion"], rtol=near)


#: Compares in a process of its own; tells the p-value, and which packages were needed.
CODE = """
import sys
import pandas as pd
from scripts.engine import test_differential
found = test_differential(pd.DataFrame({"w": [50, 60], "x": [70, 80], "y": [90, 99], "z": [91, 120]}), list("AABB"))
print(found["pvalue"].between(0, 1).all(), [name for name in ("numba", "edgepython") if name in sys.modules])
"""


def test_a_later_process_compiles_nothing_and_no_port_of_edger_is_needed() -> None:
    differential_test(pd.DataFrame({"w": [50, 60], "x": [70, 80], "y": [90, 99]}), list("AAB"))
    root = Path(__file__).resolve().parents[3]
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        told.append(done.stdout.strip())
    assert told[0].startswith("True") and "edgepython" not in told[0]
    assert told[1] == "True []"


def test_null_data_are_quiet() -> None:
    """No region differs: p-values are uniform but for the steps of small counts, and nothing is called."""
    found = differential_test(counts_of(4000, 4, 4, seed=11)[0], list("AAAABBBB"))
    for share in (0.01, 0.05, 0.2, 0.5):
        assert abs((found["pvalue"] < share).mean() - share) < 4 * np.sqrt(share / 4000) + 0.1 * share
    assert (found["qvalue"] < 0.05).sum() <= 2


def test_planted_changes_are_found() -> None:
    counts, differs = counts_of(4000, 4, 4, seed=12, changed=0.1)
    found = differential_test(counts, list("AAAABBBB"))
    called, differs = (found["qvalue"] < 0.05).to_numpy(), differs[found.index]
    assert called[differs].mean() > 0.9
    # All changes point one way, which TMM takes for a little of depth.
    assert (called & ~differs).sum() < 0.12 * called.sum()
    assert abs(found["logFC"][differs].median() - 2) < 0.15


def test_a_loss_nearly_everywhere() -> None:
    """14,000 of 20,000 regions fall to a quarter: with sizes that know of it they are found, as by TMM they are not."""
    counts, differs = counts_of(20_000, 4, 4, seed=13, changed=0.7, fold=0.25)
    kept = ~differs
    sizes = counts[kept].sum().to_numpy(float)
    found = differential_test(counts, list("AAAABBBB"), sizes)
    called, lost = (found["qvalue"] < 0.05).to_numpy(), differs[found.index]
    assert called[lost].mean() > 0.9
    assert (called & ~lost).sum() < 0.08 * called.sum()
    by_tmm = differential_test(counts, list("AAAABBBB"))
    assert by_tmm["logFC"][differs[by_tmm.index]].median() > -0.5


def test_equals_edger_without_replicates() -> None:
    counts = load_counts("8v8")[0][["SRX0", "SRX8"]]
    expected = pd.read_csv(DATA / "1v1.csv.gz", index_col=0)
    found = differential_test(counts, ["A", "B"])
    assert found.index.tolist() == expected.index.tolist()
    theirs = {"logFC": "logFC", "pvalue": "PValue", "qvalue": "FDR", "SRX0": "SRX0", "SRX8": "SRX8"}
    for ours, column in theirs.items():
        np.testing.assert_allclose(found[ours], expected[column], rtol=RELATIVE)


def test_positive_is_higher_in_a() -> None:
    rng = np.random.default_rng(3)
    counts = pd.DataFrame(rng.poisson(100, (200, 4)), columns=list("wxyz"))
    counts.loc[0, ["w", "y"]] = 800
    found = differential_test(counts, ["A", "B", "A", "B"])
    assert found.loc[0, "logFC"] > 2
    assert found.loc[0, "qvalue"] < 0.01
    assert found.columns.tolist() == ["logFC", "pvalue", "qvalue", "w", "x", "y", "z"]


def test_order_of_experiments_does_not_matter() -> None:
    counts, groups = load_counts("3v3")
    turned = differential_test(counts.iloc[:, ::-1], groups[::-1])
    straight = differential_test(counts, groups)
    np.testing.assert_allclose(turned["pvalue"], straight["pvalue"], rtol=1e-6)


@pytest.mark.parametrize("regions", [1, 2, 7])
def test_few_regions(regions: int) -> None:
    counts = pd.DataFrame(np.random.default_rng(1).poisson(100, (regions, 4)))
    found = differential_test(counts, ["A", "A", "B", "B"])
    assert len(found) == regions
    assert found["pvalue"].between(0, 1).all()


def test_no_region_passes_the_filter() -> None:
    empty = pd.DataFrame(columns=["x", "y"], dtype=int)
    assert differential_test(empty, ["A", "B"]).columns.tolist() == ["logFC", "pvalue", "qvalue", "x", "y"]
    sparse = pd.DataFrame({"w": [1, 0], "x": [0, 1], "y": [1, 0], "z": [0, 1]})
    assert differential_test(sparse, ["A", "A", "B", "B"]).empty


@pytest.mark.parametrize("groups", [["A", "B"], ["A", "A", "A"], ["A", "B", "C"]])
def test_groups_must_fit(groups: list[str]) -> None:
    counts = pd.DataFrame(np.full((5, 3), 50))
    with pytest.raises(InputError, match="3 experiments need as many group names"):
        differential_test(counts, groups)


@pytest.mark.parametrize("value", [-1.0, 2.5, np.nan, np.inf])
def test_counts_are_counts(value: float) -> None:
    counts = pd.DataFrame(np.full((5, 2), 50.0))
    counts.iloc[2, 1] = value
    with pytest.raises(InputError, match="whole numbers"):
        differential_test(counts, ["A", "B"])


def test_an_experiment_without_reads_is_named() -> None:
    counts = pd.DataFrame({"SRX1": [50, 60], "SRX2": [0, 0]})
    with pytest.raises(InputError, match="No read in any region: SRX2"):
        differential_test(counts, ["A", "B"])


def test_benjamini_hochberg_is_monotone_and_bounded() -> None:
    pvalues = np.array([0.01, 0.04, 0.03, 0.5, 0.5])
    np.testing.assert_allclose(benjamini_hochberg(pvalues), [0.05, 0.2 / 3, 0.2 / 3, 0.5, 0.5])
    assert benjamini_hochberg(np.empty(0)).tolist() == []


@pytest.mark.parametrize("groups", [["A", "A", "B"], ["B", "A", "B"]])
def test_one_group_with_replicates_is_enough_for_a_dispersion_of_each_region(groups: list[str]) -> None:
    """edgepython step by step."""
    counts = pd.DataFrame(np.random.default_rng(4).negative_binomial(5, 5 / 105, (300, 3)), columns=list("xyz"))
    counts["y"] *= 2
    data = edgepython.make_dgelist(counts.to_numpy(float), group=np.array(groups))
    data = edgepython.estimate_common_disp(edgepython.calc_norm_factors(data, method="TMM"))
    pseudo = edgepython.equalize_lib_sizes(data, dispersion=data["common.dispersion"])["pseudo.counts"]
    table = edgepython.exact_test(edgepython.estimate_tagwise_disp(data), pair=["B", "A"])["table"]
    found = differential_test(counts, groups)
    assert len(found) == 300
    np.testing.assert_allclose(found[["x", "y", "z"]], pseudo, rtol=1e-8)
    np.testing.assert_allclose(found["pvalue"], table["PValue"], rtol=1e-6)
    np.testing.assert_allclose(found["logFC"], table["logFC"], rtol=1e-6)


def test_groups_that_do_not_fit_are_shown() -> None:
    counts = pd.DataFrame(np.full((5, 2), 50))
    for groups, shown in (([], "none"), (["A", "X"], "'A', 'X'"), (["A", "A"], "'A', 'A'"), (["A", "B", "B"], "'B'")):
        with pytest.raises(InputError, match=rf"2 experiments need as many group names, .*; got .*{shown}\.$"):
            differential_test(counts, groups)


def test_all_experiments_without_reads_are_named() -> None:
    counts = pd.DataFrame({"SRX1": [0, 0], "SRX2": [0, 9], "SRX3": [0, 0]})
    with pytest.raises(InputError, match=r"No read in any region: SRX1, SRX3\. Leave"):
        differential_test(counts, ["A", "B", "B"])


def test_only_regions_that_pass_the_filter_are_tested_under_their_own_names() -> None:
    rng = np.random.default_rng(8)
    counts = pd.DataFrame(rng.poisson(100, (50, 4)), columns=list("wxyz"), index=[f"r{n}" for n in range(50)])
    counts.iloc[[3, 20]] = 0
    found = differential_test(counts, ["A", "A", "B", "B"])
    assert found.index.tolist() == [name for n, name in enumerate(counts.index) if n not in (3, 20)]


def test_rates_of_ties_and_of_one() -> None:
    assert benjamini_hochberg(np.array([0.2])).tolist() == [0.2]
    assert benjamini_hochberg(np.array([1.0, 1.0])).tolist() == [1.0, 1.0]
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.9, 0.001, 0.02, 0.8])), [0.9, 0.004, 0.04, 0.9])
