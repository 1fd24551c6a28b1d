"""Designs, normalisations and region sets of the local engine, on counts whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine.edger.normalisation import group_difference, library_sizes
from scripts.engine.peaks.region_sets import make_regions
from scripts.engine.testing import Plan
from scripts.engine.testing import test_regions as run_test

NAMES = [f"S{number}" for number in range(8)]
GROUPS = ["A"] * 4 + ["B"] * 4


def counts_of(seed: int, fold: np.ndarray, *, groups=GROUPS, size: float = 20.0, efficiency: float = 0.0):
    """Negative binomial counts (SIMULATED): `fold` is A / B of each region."""
    rng = np.random.default_rng(seed)
    base = rng.gamma(3, 40, len(fold))
    shift = 2 ** rng.normal(0, efficiency, len(groups))
    means = base[:, None] * np.where(np.array(groups) == "A", fold[:, None], 1.0) * shift
    counts = rng.negative_binomial(size, size / (size + means))
    names = [f"S{number}" for number in range(len(groups))]
    regions = pd.DataFrame(
        {"chrom": "chr1", "start": np.arange(len(fold)) * 1000, "end": np.arange(len(fold)) * 1000 + 300}
    )
    return regions, pd.DataFrame(counts, columns=names)


def bins_of(counts: pd.DataFrame, seed: int, n: int = 200_000, depth: float = 60.0) -> dict[str, np.ndarray]:
    """A background of equal depth in every sample, and the regions' reads in some of the bins."""
    rng = np.random.default_rng(seed)
    found = {}
    for name in counts:
        found[name] = rng.poisson(depth, n).astype(np.float32)
        found[name][: len(counts)] += counts[name].to_numpy()
    return found


@pytest.mark.slow
def test_a_global_loss_is_flagged_under_tmm_and_right_under_the_others():
    fold = np.r_[np.full(10_000, 0.25), np.ones(2_000)]
    regions, counts = counts_of(1, fold)
    bins = bins_of(counts, 2)
    by_tmm = run_test(regions, counts, GROUPS, Plan(), bins)
    told = by_tmm.normalisation
    assert told["systematic"] and told["difference"] < -1
    answers = told["answers"].set_index("normalisation")
    assert answers.loc["tmm", "higher_a"] > 1_500  # the unchanged regions, "gained"
    for name in ("library", "background"):
        assert answers.loc[name, "higher_b"] > 9_500 and answers.loc[name, "higher_a"] < 100, name
        right = run_test(regions, counts, GROUPS, Plan(normalisation=name), bins).table
        lost = right.index[right["qvalue"] < 0.05]
        assert np.mean(lost < 10_000) > 0.99
        assert abs(right.loc[right.index < 10_000, "logFC"].median() + 2) < 0.2


def test_a_gain_everywhere_is_flagged():
    regions, counts = counts_of(3, np.full(5_000, 3.0))
    told = run_test(regions, counts, GROUPS, Plan(), bins_of(counts, 4)).normalisation
    assert told["systematic"] and told["difference"] > 1
    assert told["answers"].set_index("normalisation").loc["background", "higher_a"] > 4_500


@pytest.mark.parametrize(("a", "b"), [(2, 2), (3, 3), (4, 4), (8, 8)])
def test_alike_groups_are_not_flagged(a, b):
    """Twenty null comparisons with replicates of an efficiency that differs by 20 %."""
    groups = ["A"] * a + ["B"] * b
    flagged = 0
    for seed in range(20):
        _, counts = counts_of(100 + seed, np.ones(400), groups=groups, efficiency=0.26)
        sizes = library_sizes(counts, bins_of(counts, seed, n=2_000))
        difference, pvalue = group_difference(sizes, groups)
        flagged += abs(difference) >= 0.58 and pvalue < 0.01
    assert flagged == 0


def test_a_spike_in():
    regions, counts = counts_of(5, np.full(3_000, 0.5))
    sizes = dict.fromkeys(NAMES, 1e6)
    table = run_test(regions, counts, GROUPS, Plan(normalisation=sizes)).table
    assert abs(table["logFC"].median() + 1) < 0.1
    with pytest.raises(InputError, match="no size above 0 for S7"):
        run_test(regions, counts, GROUPS, Plan(normalisation=dict.fromkeys(NAMES[:-1], 1e6)))


def paired(seed: int, changed: int = 300, n: int = 3_000):
    """Four donors who differ fourfold, before and after: `changed` regions double or halve, in turn."""
    rng = np.random.default_rng(seed)
    donors = np.tile(np.arange(4), 2)
    base = rng.gamma(3, 40, n)
    donor = 2 ** rng.normal(0, 1, (n, 4))
    fold = np.where(np.arange(n) < changed, np.where(np.arange(n) % 2, 2.0, 0.5), 1.0)
    means = base[:, None] * donor[:, donors] * np.where(np.array(GROUPS) == "A", fold[:, None], 1.0)
    counts = pd.DataFrame(rng.negative_binomial(50, 50 / (50 + means)), columns=NAMES)
    regions = pd.DataFrame({"chrom": "chr1", "start": np.arange(n) * 1000, "end": np.arange(n) * 1000 + 300})
    return regions, counts, pd.DataFrame({"donor": [f"d{number}" for number in donors]}, index=NAMES)


def test_pairs_find_what_two_groups_do_not():
    regions, counts, samples = paired(6)
    plan = Plan("~ donor + group", samples, stability=True)
    found = run_test(regions, counts, GROUPS, plan)
    called = found.table.index[found.table["qvalue"] < 0.05]
    assert (called < 300).sum() > 250 and (called >= 300).sum() / len(called) < 0.08
    design, exact = found.design["analyses"].to_dict("records")
    assert design["significant"] == len(called) and exact["significant"] < 100
    assert found.design["tested"] == "A against B (group)"
    stability = found.stability
    assert stability["left_out"].tolist() == NAMES and stability["direction_kept"].min() > 0.95
    assert stability["top_kept"].between(0.3, 1).all()


def test_further_groups_contrasts_and_a_variable_that_splits_as_the_groups():
    rng = np.random.default_rng(7)
    dose = ["none"] * 3 + ["low"] * 3 + ["high"] * 3
    names = [f"S{number}" for number in range(9)]
    effect = {"none": 1.0, "low": 2.0, "high": 4.0}
    fold = np.array([[effect[one] if row < 200 else 1.0 for one in dose] for row in range(2_000)])
    counts = pd.DataFrame(rng.negative_binomial(30, 30 / (30 + 80 * fold)), columns=names)
    regions = pd.DataFrame({"chrom": "chr1", "start": np.arange(2_000) * 1000, "end": np.arange(2_000) * 1000 + 300})
    groups = ["B"] * 3 + ["low"] * 3 + ["A"] * 3
    plan = Plan("~ dose", pd.DataFrame({"dose": dose}, index=names), {"low dose": ("dose", "low", "none")})
    found = run_test(regions, counts, groups, plan)
    assert found.design["tested"] == "high against none (dose)"
    assert abs(found.table.loc[found.table.index < 200, "logFC"].median() - 2) < 0.2
    low = found.design["contrasts"]["low dose"]
    assert abs(low.loc[low.index < 200, "logFC"].median() - 1) < 0.2 and list(low)[:3] == ["chrom", "start", "end"]
    with pytest.raises(InputError, match="does not tell A from B"):
        Plan("~ batch", pd.DataFrame({"batch": list("abcabcabc")}, index=names)).with_groups(
            dict(zip(names, groups, strict=True))
        ).check()


def test_a_sample_whose_group_cannot_do_without_it_has_no_stability():
    regions, counts = counts_of(8, np.ones(500), groups=["A", "B", "B"])
    found = run_test(regions, counts, ["A", "B", "B"], Plan(stability=True)).stability
    assert found["significant"].isna().tolist() == [True, True, True]


def peaks(*pairs: tuple[int, int], chrom: str = "chr1") -> pd.DataFrame:
    return pd.DataFrame({"chrom": chrom, "start": [one for one, _ in pairs], "end": [two for _, two in pairs]})


def test_region_sets():
    given = [
        peaks((100, 300), (900, 950)),
        peaks((200, 400)),
        peaks((250, 260), (2000, 2100)),
        peaks((5, 9), chrom="2"),
    ]
    fragments = make_regions(given)
    assert len(fragments) == 8
    loci = make_regions(given, "loci")
    assert loci.to_numpy().tolist() == [["2", 5, 9], ["chr1", 100, 400], ["chr1", 900, 950], ["chr1", 2000, 2100]]
    assert make_regions(given, "consensus", 2).to_numpy().tolist() == [["chr1", 100, 400]]
    assert len(make_regions(given, "consensus", 1)) == 4
    with pytest.raises(InputError, match="No locus has a peak in 4 of the 4"):
        make_regions(given, "consensus", 4)


def test_fragments_have_less_power_than_loci():
    """One site of 80 reads cut in four: each fragment holds a part of the reads (SIMULATED)."""
    rng = np.random.default_rng(9)
    n, changed = 2_000, 200
    fold = np.where(np.arange(n) < changed, 1.7, 1.0)
    means = 80 * np.where(np.array(GROUPS) == "A", fold[:, None], 1.0) * rng.gamma(20, 1 / 20, (n, 8))
    whole = rng.poisson(means)
    parts = np.stack([rng.binomial(whole, 0.25) for _ in range(4)], axis=1).reshape(4 * n, 8)
    table = pd.DataFrame({"chrom": "chr1", "start": np.arange(n) * 1000, "end": np.arange(n) * 1000 + 400})
    cut = table.loc[table.index.repeat(4)].reset_index(drop=True)
    by_locus = run_test(table, pd.DataFrame(whole, columns=NAMES), GROUPS, Plan()).table
    by_part = run_test(cut, pd.DataFrame(parts, columns=NAMES), GROUPS, Plan()).table
    found_loci = (by_locus.loc[by_locus.index < changed, "qvalue"] < 0.05).sum()
    called = by_part.index[(by_part["qvalue"] < 0.05)]
    found_parts = len(set(called[called < 4 * changed] // 4))
    assert found_loci > 1.2 * found_parts > 0
