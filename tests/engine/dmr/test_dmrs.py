"""Differentially methylated regions: small made cases, and metilene 3.1's results on reference data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import find_dmrs
from scripts.engine.dmr.dmrs import COLUMNS

GROUPS = ["A", "A", "A", "B", "B", "B"]
METILENE = Path(__file__).parent.parent / "data" / "metilene"


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


def metilene_case(case: str) -> tuple[pd.DataFrame, list[str], pd.DataFrame]:
    """CpG table, groups, and what metilene 3.1 with defaults made of them."""
    table = pd.read_csv(METILENE / case / "methylation.tsv.gz", sep="\t").rename(columns={"chr": "chrom"})
    groups = ["A" if name.startswith("g1") else "B" for name in table.columns[2:]]
    return table, groups, pd.read_csv(METILENE / case / "expected.tsv.gz", sep="\t")


def matched(one: pd.DataFrame, other: pd.DataFrame, share: float = 0.0) -> float:
    """Share of `one` that some of `other` overlaps, by more than `share` of either, with the same sign."""
    pairs = one.reset_index(names="row").merge(other, on="chrom", suffixes=("", "_other"))
    common = np.minimum(pairs["end"], pairs["end_other"]) - np.maximum(pairs["start"], pairs["start_other"])
    longer = np.maximum(pairs["end"] - pairs["start"], pairs["end_other"] - pairs["start_other"])
    same_sign = np.sign(pairs["mean_difference"]) == np.sign(pairs["mean_difference_other"])
    return pairs.loc[(common > 0) & (common >= share * longer) & same_sign, "row"].nunique() / len(one)


def as_printed(values: pd.Series) -> np.ndarray:
    """Rounded to the five digits that metilene prints."""
    return np.array([float(f"{value:.5g}") for value in values])


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
    # CpGs 20..39 at 50-base steps from 1000, give or take what chance makes of the borders.
    assert best["start"] == pytest.approx(1999, abs=150)
    assert best["end"] == pytest.approx(2950, abs=150)
    assert best["start"] + 1 in set(table["pos"])
    assert best["end"] in set(table["pos"])


def test_no_difference_gives_an_empty_table() -> None:
    found = find_dmrs(made_table(0.0), GROUPS)
    assert found.empty
    assert found.columns.tolist() == COLUMNS


def test_bonferroni_over_all_segments() -> None:
    table = pd.concat([made_table(0.4), made_table(0.5, seed=2).assign(chrom="chr2")])
    found = find_dmrs(table, GROUPS)
    assert len(found) >= 2
    tests = (found["qvalue"] / found["p_2dks"]).round(6).unique()
    # Also the segments without a difference, before and after, count.
    assert len(tests) == 1
    assert tests[0] == round(tests[0])
    assert tests[0] > len(found)


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
