"""Differentially methylated regions: small made cases, and recall and precision beside metilene 3.1's."""

from __future__ import annotations

import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from scripts.engine import dmrs, find_dmrs
from scripts.engine.dmrs import COLUMNS, kolmogorov_smirnov_2d
from scripts.shared.errors import InputError, MissingExtraError
from tests.reference import reference_path

GROUPS = ["A", "A", "A", "B", "B", "B"]


def made_table(shift: float, *, spacing: int = 50, cpgs: int = 60, seed: int = 1) -> pd.DataFrame:
    """CpGs at level 0.5; the middle third is shifted in group A."""
    rng = np.random.default_rng(seed)
    level = np.full((cpgs, 6), 0.5 - shift / 2)
    level[cpgs // 3 : 2 * cpgs // 3, :3] += shift
    values = rng.binomial(20, level.clip(0, 1)) / 20
    table = pd.DataFrame(values, columns=list("abcdef"))
    table.insert(0, "pos", 1000 + spacing * np.arange(cpgs))
    table.insert(0, "chrom", "chr1")
    return table


def overlaps(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """For each of `one`, whether any of `other` overlaps it with the same sign."""
    return np.array(
        [
            (
                (other["chrom"] == row.chrom)
                & (other["start"] < row.end)
                & (other["end"] > row.start)
                & (np.sign(other["difference"]) == np.sign(row.difference))
            ).any()
            for row in one.itertuples()
        ]
    )


@pytest.mark.parametrize("shift", [0.4, -0.4])
def test_a_shifted_stretch_is_found(shift: float) -> None:
    table = made_table(abs(shift))
    if shift < 0:
        table[list("abcdef")] = 1 - table[list("abcdef")]
    found = find_dmrs(table, GROUPS)
    assert found.columns.tolist() == COLUMNS
    best = found.loc[found["qvalue"].idxmin()]
    assert best["qvalue"] < 1e-6
    assert best["mean_difference"] == pytest.approx(shift, abs=0.1)
    assert best["mean_difference"] == pytest.approx(best["mean_a"] - best["mean_b"])
    # CpGs 20..39 at 50-base steps from 1000, up to the smoothing's reach either way.
    assert best["start"] == pytest.approx(1999, abs=150)
    assert best["end"] == pytest.approx(2950, abs=150)
    assert best["start"] + 1 in set(table["pos"])
    assert best["end"] in set(table["pos"])


def test_no_difference_gives_an_empty_table() -> None:
    found = find_dmrs(made_table(0.0), GROUPS)
    assert found.empty
    assert found.columns.tolist() == COLUMNS


def test_bonferroni_over_tested_regions() -> None:
    table = pd.concat([made_table(0.4), made_table(0.5, seed=2).assign(chrom="chr2")])
    found = find_dmrs(table, GROUPS)
    assert len(found) >= 2
    np.testing.assert_allclose(found["qvalue"], np.minimum(1, found["p_2dks"] * len(found)))


def test_a_gap_over_300_bases_ends_a_region() -> None:
    table = made_table(0.6)
    table.loc[30:, "pos"] += 400
    found = find_dmrs(table, GROUPS)
    assert len(found) == 2
    assert found["n_cpgs"].max() < 20


def test_fewer_than_ten_cpgs_are_not_tested() -> None:
    assert find_dmrs(made_table(0.6, cpgs=12), GROUPS).empty


def test_unmeasured_values_are_passed_over() -> None:
    table = made_table(0.5)
    rng = np.random.default_rng(5)
    values = table[list("abcdef")].to_numpy(copy=True)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[25] = np.nan
    table[list("abcdef")] = values
    found = find_dmrs(table, GROUPS)
    assert found["qvalue"].min() < 1e-6
    assert np.isfinite(found.drop(columns="chrom").to_numpy(dtype=float)).all()


def test_cpgs_that_one_group_lacks_take_no_part() -> None:
    table = made_table(0.5)
    table[["c", "f"]] = np.nan
    partial = table.copy()
    # Every third CpG is measured in A alone, and contradicts the others.
    partial.loc[1::3, ["a", "b", "c"]] = 0.0
    partial.loc[1::3, ["d", "e", "f"]] = np.nan
    pd.testing.assert_frame_equal(find_dmrs(partial, GROUPS), find_dmrs(table.drop(table.index[1::3]), GROUPS))
    assert len(find_dmrs(partial, GROUPS)) == 1


@pytest.mark.parametrize(("one", "other"), [(0.6, 0.5), (0.5, 0.6), (0.3, 0.2), (1.0, 0.9)])
def test_a_difference_of_a_tenth_is_at_least_a_tenth(one: float, other: float) -> None:
    table = made_table(0.5)
    table[["a", "b", "c"]], table[["d", "e", "f"]] = one, other
    found = find_dmrs(table, GROUPS)
    assert found["n_cpgs"].tolist() == [60]
    assert found["mean_difference"].tolist() == pytest.approx([one - other])
    table[["a", "b", "c"]] += 0.001 if one < other else -0.001
    assert find_dmrs(table, GROUPS).empty


def test_a_contig_that_comes_back_is_refused() -> None:
    table = made_table(0.5)
    parts = [table, table.assign(chrom="chr2"), table.assign(pos=table["pos"] + 10_000)]
    with pytest.raises(InputError, match="chr1 comes back in row 121 of the CpG table"):
        find_dmrs(pd.concat(parts), GROUPS)
    assert set(find_dmrs(pd.concat([parts[1], parts[0]]), GROUPS)["chrom"]) == {"chr1", "chr2"}


def test_scipy_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "scipy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(MissingExtraError, match="needs scipy, which is not installed"):
        find_dmrs(made_table(0.5), GROUPS)


def test_one_against_one() -> None:
    table = made_table(0.6)[["chrom", "pos", "a", "d"]]
    assert find_dmrs(table, ["A", "B"])["qvalue"].min() < 0.01


def test_empty_table() -> None:
    assert find_dmrs(made_table(0.5).iloc[:0], GROUPS).empty


@pytest.mark.parametrize(("groups", "change", "message"), [
    (["A", "B"], None, "6 samples need as many group names"),
    (["A"] * 6, None, "6 samples need as many group names"),
    (GROUPS, ("a", 55.0), "between 0 and 1"),
    (GROUPS, ("pos", 5), "must ascend"),
])  # fmt: skip
def test_bad_input(groups: list[str], change: tuple[str, float] | None, message: str) -> None:
    table = made_table(0.5)
    if change is not None:
        table.loc[30, change[0]] = change[1]
    with pytest.raises(InputError, match=message):
        find_dmrs(table, groups)


def test_two_dimensional_test_tells_shifted_from_equal() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(size=(2, 100))
    assert kolmogorov_smirnov_2d(x, y, rng.permutation(x), rng.permutation(y)) > 0.05
    assert kolmogorov_smirnov_2d(x, y, x, y + 0.5) < 1e-8
    assert kolmogorov_smirnov_2d(x, y, x, np.full(100, 0.5)) <= 1


def test_two_dimensional_test_in_bounded_memory() -> None:
    x, y = np.random.default_rng(4).uniform(size=(2, 5000))
    tracemalloc.start()
    kolmogorov_smirnov_2d(x[:2500], y[:2500], x[2500:], y[2500:])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # One matrix of truth values of these points is 6 MB; 8 of them and more at a time are needed without blocks.
    assert peak < 20e6


def test_blocks_do_not_change_the_two_dimensional_test(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.random.default_rng(6).integers(0, 20, (2, 90)) / 20
    whole = kolmogorov_smirnov_2d(x[:40], y[:40], x[40:], y[40:])
    for pairs in (1, 500):
        monkeypatch.setattr(dmrs, "_PAIRS_AT_ONCE", pairs)
        assert kolmogorov_smirnov_2d(x[:40], y[:40], x[40:], y[40:]) == whole


@pytest.mark.parametrize("case", ["c23", "c44"])
def test_recall_and_precision(case: str) -> None:
    table = pd.read_csv(reference_path(f"metilene/{case}/methylation.tsv.gz"), sep="\t")
    planted = pd.read_csv(reference_path(f"metilene/{case}/truth.tsv.gz"), sep="\t")
    planted = planted.assign(start=planted["first_cpg"] - 1, end=planted["last_cpg"])
    groups = ["A" if name.startswith("g1") else "B" for name in table.columns[2:]]
    found = find_dmrs(table.rename(columns={"chr": "chrom"}), groups)
    found = found[found["qvalue"] < 0.05].assign(difference=found["mean_difference"])
    theirs = pd.read_csv(reference_path(f"metilene/{case}/expected.tsv.gz"), sep="\t")
    theirs = theirs[theirs["qvalue"] < 0.05].assign(difference=theirs["mean_difference"])
    assert overlaps(found, planted).mean() == 1
    assert overlaps(planted, found).mean() >= max(0.8, overlaps(planted, theirs).mean())
