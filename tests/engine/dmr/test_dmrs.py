"""Differentially methylated regions: small made cases, and metilene 3.1's results on reference data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.compiled import loops
from scripts.common.errors import InputError
from scripts.engine import find_dmrs
from scripts.engine.dmr import dmrs, methylation_segments
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


def many_tables(number: int) -> pd.DataFrame:
    """SIMULATED: small tables, each on a contig of its own."""
    return pd.concat([made_table(0.4, seed=seed).assign(chrom=f"chr{seed}") for seed in range(number)])


def test_compiled_is_the_plain_loop_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    table, groups, _ = metilene_case("c23")
    table = table.iloc[:4000]
    compiled = find_dmrs(table, groups)
    monkeypatch.setattr(methylation_segments, "SMALL_CPGS", len(table) + 1)
    assert len(compiled) > 10
    pd.testing.assert_frame_equal(find_dmrs(table, groups), compiled, check_exact=True)


def test_a_later_process_computes_without_numba() -> None:
    loops.compiled.cache_clear()
    find_dmrs(many_tables(10), GROUPS)
    code = (
        "import sys; from tests.engine.dmr.test_dmrs import *; "
        "print(len(find_dmrs(many_tables(10), GROUPS)), 'numba' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "False" and int(done.stdout.split()[0]) >= 10


@pytest.mark.parametrize("workers", [1, 3])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    table, groups, _ = metilene_case("c44")
    whole = find_dmrs(table, groups)
    monkeypatch.setattr(dmrs, "_BLOCK_CPGS", 700)
    pd.testing.assert_frame_equal(find_dmrs(table, groups, workers), whole, check_exact=True)
    monkeypatch.setattr(dmrs, "_BLOCK_CPGS", 7)
    one_piece = made_table(0.4)
    pd.testing.assert_frame_equal(
        find_dmrs(one_piece, GROUPS, workers).iloc[:, :3], find_dmrs(one_piece, GROUPS).iloc[:, :3]
    )


def test_contigs_in_any_order() -> None:
    parts = [made_table(0.5, seed=number).assign(chrom=f"chr{number}") for number in range(1, 13)]
    forward = find_dmrs(pd.concat(parts), GROUPS)
    back = find_dmrs(pd.concat(parts[::-1]), GROUPS)
    assert forward["chrom"].unique().tolist() == [f"chr{number}" for number in range(1, 13)]
    assert back["chrom"].unique().tolist() == forward["chrom"].unique().tolist()[::-1]
    pd.testing.assert_frame_equal(
        forward.sort_values(["chrom", "start"], ignore_index=True),
        back.sort_values(["chrom", "start"], ignore_index=True),
    )


def test_groups_turned_turn_the_sign_alone() -> None:
    table, groups, _ = metilene_case("c23")
    forward = find_dmrs(table, groups)
    back = find_dmrs(table, ["AB"[name == "A"] for name in groups])
    for name in ("start", "end", "qvalue", "p_mwu", "p_2dks"):
        np.testing.assert_allclose(forward[name], back[name], rtol=1e-12)
    np.testing.assert_allclose(forward["mean_difference"], -back["mean_difference"])


def test_a_cpg_that_few_samples_measured_takes_no_part() -> None:
    table = made_table(0.5)
    partial = table.copy()
    # One of three is fewer than four fifths; two of three are enough.
    partial.loc[::4, ["a", "b"]] = np.nan
    pd.testing.assert_frame_equal(find_dmrs(partial, GROUPS), find_dmrs(table.drop(table.index[::4]), GROUPS))
    partial = table.copy()
    partial.loc[::4, "a"] = np.nan
    assert find_dmrs(partial, GROUPS)["n_cpgs"].tolist() == find_dmrs(table, GROUPS)["n_cpgs"].tolist()


def test_a_desert_of_measurements_is_a_gap() -> None:
    table = made_table(0.6)
    table.loc[27:33, list("abcdef")] = np.nan
    # The shifted CpGs are 20 to 39: seven are left before the gap, six after it.
    assert (find_dmrs(table, GROUPS)["n_cpgs"] < 14).all()


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_equal_values_give_nothing(level: float) -> None:
    table = made_table(0.5)
    table[list("abcdef")] = level
    assert find_dmrs(table, GROUPS).empty


def test_fully_apart() -> None:
    """Everything tied: all of A methylated, all of B not."""
    table = made_table(0.5)
    table[["a", "b", "c"]], table[["d", "e", "f"]] = 1.0, 0.0
    found = find_dmrs(table, GROUPS)
    assert found["n_cpgs"].tolist() == [60]
    assert found["mean_difference"].tolist() == [1.0]
    assert found["qvalue"].iloc[0] < 1e-20


@pytest.mark.parametrize("kind", [np.int64, bool, np.float32])
def test_values_of_any_kind_of_number(kind: type) -> None:
    table = made_table(0.5)
    samples = list("abcdef")
    table[["a", "b", "c"]], table[["d", "e", "f"]] = 1.0, 0.0
    pd.testing.assert_frame_equal(
        find_dmrs(table.astype(dict.fromkeys(samples, kind)), GROUPS), find_dmrs(table, GROUPS)
    )


def test_one_against_one() -> None:
    table = made_table(0.6)[["chrom", "pos", "a", "d"]]
    assert find_dmrs(table, ["A", "B"])["qvalue"].min() < 0.01


def test_one_against_many() -> None:
    table = made_table(0.6).drop(columns=["b", "c"])
    found = find_dmrs(table, ["A", "B", "B", "B"])
    assert found["qvalue"].min() < 0.01
    assert found["mean_difference"].max() == pytest.approx(0.6, abs=0.1)


def test_empty_table() -> None:
    assert find_dmrs(made_table(0.5).iloc[:0], GROUPS).empty


@pytest.mark.parametrize(("groups", "change", "message"), [
    (["A", "B"], None, "6 samples need as many group names"),
    (["A"] * 6, None, "6 samples need as many group names"),
    (GROUPS, ("a", 55.0), "between 0 and 1"),
    (GROUPS, ("a", np.inf), "between 0 and 1"),
    (GROUPS, ("pos", 5), "must ascend"),
])  # fmt: skip
def test_bad_input(groups: list[str], change: tuple[str, float] | None, message: str) -> None:
    table = made_table(0.5)
    if change is not None:
        table.loc[30, change[0]] = change[1]
    with pytest.raises(InputError, match=message):
        find_dmrs(table, groups)


#: Segments of metilene 3.1 that are not found to the CpG, and those found that it does not report, in its reference
#: results: 11 of its 213, 9 of 211. `references/diff_analysis_methods.md` says of each what is known.
NOT_FOUND = {
    "c23": {
        ("chr2", 795448, 795891),
        ("chr2", 1190055, 1190663),
        ("chr2", 1404753, 1405552),
        ("chrX", 38286, 40049),
    },
    "c44": {
        ("chr1", 431991, 432706),
        ("chr1", 761203, 762167),
        ("chr2", 164935, 165980),
        ("chr2", 172493, 173143),
        ("chr2", 456181, 457357),
        ("chr2", 457469, 458162),
        ("chr2", 1238110, 1239218),
    },
}
NOT_METILENES = {
    "c23": {
        ("chr2", 795513, 795960),
        ("chr2", 958559, 959413),
        ("chr2", 1189968, 1190579),
        ("chrX", 38286, 38779),
        ("chrX", 38863, 40049),
        ("chrX", 1181655, 1182110),
    },
    "c44": {
        ("chr2", 165218, 165980),
        ("chr2", 456181, 458341),
        ("chr2", 1238404, 1239218),
    },
}


@pytest.mark.parametrize("case", ["c23", "c44"])
def test_segments_that_differ_from_metilenes_are_these(case: str) -> None:
    table, groups, theirs = metilene_case(case)
    places = [set(frame[["chrom", "start", "end"]].itertuples(index=False, name=None)) for frame in
              (find_dmrs(table, groups), theirs)]  # fmt: skip
    assert places[1] - places[0] == NOT_FOUND[case]
    assert places[0] - places[1] == NOT_METILENES[case]


@pytest.mark.parametrize("case", ["c23", "c44"])
def test_segments_are_metilenes(case: str) -> None:
    table, groups, theirs = metilene_case(case)
    found = find_dmrs(table, groups)
    exact = found.merge(theirs, on=["chrom", "start", "end"])
    assert len(exact) >= 0.9 * len(theirs)
    assert len(found) <= 1.05 * len(theirs)
    ours, theirs = found[found["qvalue"] < 0.05], theirs[theirs["qvalue"] < 0.05]
    assert matched(theirs, ours, 0.8) >= 0.95
    assert matched(ours, theirs, 0.8) >= 0.95


@pytest.mark.parametrize("case", ["c23", "c44"])
def test_values_of_the_same_segments_are_metilenes(case: str) -> None:
    table, groups, theirs = metilene_case(case)
    both = find_dmrs(table, groups).merge(theirs, on=["chrom", "start", "end"], suffixes=("", "_theirs"))
    # metilene prints five digits of p, six decimals of the difference, three of the means.
    for name in ("p_mwu", "p_2dks"):
        np.testing.assert_allclose(as_printed(both[name]), both[f"{name}_theirs"], rtol=1e-6)
    np.testing.assert_allclose(both["mean_difference"], both["mean_difference_theirs"], atol=6e-7)
    for name in ("mean_a", "mean_b"):
        np.testing.assert_allclose(both[name], both[f"{name}_theirs"], atol=6e-4)
    assert (both["n_cpgs"] == both["n_cpgs_theirs"]).all()
    # The number of tests behind q: within one in a hundred of metilene's.
    np.testing.assert_allclose(both["qvalue"], both["qvalue_theirs"], rtol=0.01)


@pytest.mark.parametrize("case", ["c23", "c44"])
def test_recall_and_precision(case: str) -> None:
    table, groups, theirs = metilene_case(case)
    planted = pd.read_csv(METILENE / case / "truth.tsv.gz", sep="\t").rename(columns={"difference": "mean_difference"})
    planted = planted.assign(start=planted["first_cpg"] - 1, end=planted["last_cpg"])
    found = find_dmrs(table, groups)
    found, theirs = found[found["qvalue"] < 0.05], theirs[theirs["qvalue"] < 0.05]
    assert matched(found, planted) >= matched(theirs, planted)
    # One planted region of c44 fewer than metilene: see the segments of `NOT_FOUND` on chr1.
    assert matched(planted, found) * len(planted) >= matched(planted, theirs) * len(planted) - (
        1 if case == "c44" else 0
    )
