"""The test against R 4.2.2 with edgeR 3.40.2 (data/README.md)."""

from __future__ import annotations

import sys
from pathlib import Path

import edgepython
import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from scripts.common.errors import InputError, MissingExtraError
from scripts.engine import test_differential as differential_test
from scripts.engine.edger import exact_test as exact
from scripts.engine.edger.differential import benjamini_hochberg

DATA = Path(__file__).parent.parent / "data"
#: edgepython's numbers differ from R's in the last digits of optimisers and special functions.
RELATIVE = 1e-8


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


def test_regions_tested_again_are_fitted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, fits = edgepython.mglm_one_group, []

    def counted(counts: np.ndarray, **options: object) -> np.ndarray:
        fits.append(len(counts))
        return np.asarray(fit(counts, **options))

    monkeypatch.setattr(edgepython, "mglm_one_group", counted)
    differential_test(pd.read_csv(DATA / "absent.csv.gz", index_col=0), list("AAAABBBB"))
    assert len(fits) == 1
    assert fits[0] > 1


@pytest.mark.parametrize("terms", [1, 50, 1 << 20])
@pytest.mark.parametrize(("sum_b", "sum_a", "n_b", "n_a"), [
    (-3, 400, 4, 4), (400, -3, 4, 4), (30, 700, 4, 4), (700, 30, 1, 5), (-1, 1, 2, 2), (20, 20, 3, 3), (2000, 40, 8, 1),
    (9, 51, 1, 5),
])  # fmt: skip
def test_tails_in_log_space(
    monkeypatch: pytest.MonkeyPatch, terms: int, sum_b: int, sum_a: int, n_b: int, n_a: int
) -> None:
    """Against the same sums term by term; several regions at once, in blocks of any size."""
    monkeypatch.setattr(exact, "_TERMS_AT_ONCE", terms)
    total, size = sum_b + sum_a, 1 / 0.1
    expected, both = total * n_b / (n_b + n_a), n_b + n_a
    tail = range(max(sum_b, 0) + 1) if sum_b < expected else range(min(sum_b, total), total + 1)
    top = sum(
        nbinom.pmf(count, n_b * size, size / (size + total / both))
        * nbinom.pmf(total - count, n_a * size, size / (size + total / both))
        for count in tail
    )
    slow = 2 * top / nbinom.pmf(total, both * size, both * size / (both * size + total)) if total else 1.0
    repeat = np.ones(3, dtype=np.int64)
    sums = exact._Sums(sum_b * repeat, sum_a * repeat, n_b, n_a, 0.1 * repeat, repeat == 1)
    wanted = 1.0 if total <= 0 or sum_b == expected else min(slow, 1.0)
    np.testing.assert_allclose(exact._exact_pvalues(sums), wanted, rtol=1e-9)


def test_underflow_stays_zero() -> None:
    big, small = np.array([5000, 950]), np.array([900_000, 80_000])
    sums = exact._Sums(small, big, 3, 3, np.array([1e-3, 1e-3]), np.array([True, False]))
    assert exact._exact_pvalues(sums).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("missing", ["edgepython", "scipy"])
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("edgepython", missing)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        MissingExtraError,
        match=rf"(?s)needs {missing}, which is not installed.*pip install -r .*requirements-offline\.txt",
    ):
        differential_test(pd.DataFrame({"x": [50, 60], "y": [70, 80]}), ["A", "B"])


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


@pytest.mark.parametrize(("n_b", "n_a", "b", "a"), [(1, 3, 10, 30), (3, 1, 30, 10), (2, 2, 0, 0), (2, 2, -3, 1)])
def test_a_region_as_it_is_expected_to_be_has_p_1(n_b: int, n_a: int, b: int, a: int) -> None:
    one = np.ones(1, dtype=np.int64)
    for scaled in (True, False):
        sums = exact._Sums(b * one, a * one, n_b, n_a, np.array([0.1]), np.array([scaled]))
        assert exact._exact_pvalues(sums).tolist() == [1.0]


@pytest.mark.parametrize(
    ("b", "a", "dispersion", "scaled", "tested"),
    [
        (-1, 400, 0.1, False, True),  # a sum below zero
        (400, -1, 0.1, False, True),
        (0, 400, 0.1, False, False),  # a true underflow
        (0, 400, 0.1, True, True),  # a sum that could not be made
        (900, 9000, 0.1, True, True),
        (901, 9000, 0.1, True, False),  # both groups have many reads
        (9000, 900, 0.1, True, True),
        (9000, 901, 0.1, True, False),
        (-1, 400, 0.0, False, False),  # a distribution that edgeR does not use here
    ],
)
def test_which_regions_are_tested_again(b: int, a: int, dispersion: float, scaled: bool, tested: bool) -> None:
    one = np.ones(1, dtype=np.int64)
    sums = exact._Sums(b * one, a * one, 4, 4, np.array([dispersion]), np.array([scaled]))
    assert bool(exact._exact_pvalues(sums)[0] > 0) is tested


def dge_list(
    counts: np.ndarray, group: list[str], library: list[float], factors: list[float], dispersion: float
) -> dict:
    data = edgepython.make_dgelist(counts, group=np.array(group), lib_size=np.array(library))
    data["samples"]["norm.factors"] = factors
    data["common.dispersion"] = dispersion
    return data


@pytest.mark.parametrize("turned", [False, True])
def test_the_pseudo_count_of_a_count_that_has_no_quantile(turned: bool) -> None:
    """2,000 reads where a few hundred are expected: scaled to the common library size, and the region is marked."""
    counts = np.array([[9.0] * 6, [2000.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    group = list("BBAAAA") if turned else list("AABBBB")
    library, factors = np.array([1e6, 2e6, 1e6, 1e6, 1e6, 1e6]), np.array([0.5, 0.5, 1.0, 1.0, 2.0, 1.0])
    data = dge_list(counts, group, library.tolist(), factors.tolist(), 1e-4)
    average = np.exp(np.log(library * factors).mean())
    sums = exact._pseudo_sums(data, np.array([1, 0]))
    far, rest = (sums.b, sums.a) if turned else (sums.a, sums.b)
    assert (sums.n_b, sums.n_a) == ((2, 4) if turned else (4, 2))
    assert sums.scaled.tolist() == [True, False] and sums.dispersion.tolist() == [1e-4, 1e-4]
    # What has a quantile, the zeros here, adds little.
    assert abs(int(far[0]) - round(2000 * average / 5e5)) < 20
    assert abs(int(rest[0])) < 100
    assert 20 < far[1] < 28 and 26 < rest[1] < 34


@pytest.mark.parametrize("groups", [["A", "A", "B"], ["B", "A", "B"]])
def test_one_group_with_replicates_is_enough_for_a_dispersion_of_each_region(groups: list[str]) -> None:
    """edgepython step by step, with its own quantiles."""
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
