"""Joint answers on comparisons whose truth is known."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.diff import contrasts_of, join_comparisons
from scripts.diff.joint.pairs import NOT_SHOWN, OTHER_WAY, SAME, SHARED, TOO_FEW, share_of_effects
from scripts.diff.joint.sharing import correlation_by_construction
from tests.diff.joint.made import compared, designed, experiments, null_pair, places, planted
from tests.diff.tables import make_results, methylation, peaks


@pytest.fixture(scope="module")
def drugs():
    results, truth = planted()
    return join_comparisons(results), truth, results


def numbers(joint: Any, rows: pd.Series) -> set[int]:
    """Numbers of the planted regions behind some loci."""
    table = joint.table[rows]
    return {
        5 * (start // 5000) + int(chrom.removeprefix("chr")) - 1
        for chrom, start in zip(table["chrom"], table["start"], strict=True)
    }


class TestPlantedEffects:
    def test_every_locus_is_counted_once(self, drugs):
        joint, _, _ = drugs
        assert len(joint.table) == 2000 and (joint.table["n_tested"] == 2).all()
        assert (joint.table["end"] - joint.table["start"] == 500).all()  # 400 bp and 100 bp later
        assert joint.overlaps["loci"].sum() == (joint.table["n_significant"] > 0).sum()

    def test_shared_private_and_opposite_loci_are_found(self, drugs):
        joint, truth, _ = drugs
        both = joint.table["n_significant"] == 2
        opposite = joint.table["direction"] == "opposite"
        assert numbers(joint, opposite) == truth["opposite"]
        shared = numbers(joint, both & ~opposite)
        assert truth["both"] <= shared and len(shared - truth["both"]) <= 0.1 * len(shared)
        one = numbers(joint, joint.table["significant|drug 1"] & ~joint.table["significant|drug 2"])
        assert len(truth["one"] - one) <= 4 and len(one - truth["one"]) <= 25

    def test_the_table_holds_what_each_comparison_says(self, drugs):
        joint, _, results = drugs
        for name, shift in (("drug 1", 0), ("drug 2", 100)):
            mine = joint.table.assign(chromStart=joint.table["start"] + shift)
            keys = ["chrom", "chromStart"]
            regions = results[name]["diff_regions"].merge(mine, on=keys, suffixes=("", "_joint"))
            assert len(regions) == 2000
            for column in ("logFC", "pvalue", "qvalue", "direction", "significant"):
                assert (regions[column] == regions[f"{column}|{name}"]).all()

    def test_private_loci_are_no_near_misses(self, drugs):
        pair = drugs[0].pairs.iloc[0]
        assert pair["reading"] == SAME and pair["shared_experiments"] == "" and pair["r_by_construction"] == 0
        assert pair["loci_both"] - pair["loci_both_same_direction"] == 40
        assert pair["only_1_in_2"] >= 80 and pair["only_nominal_same_1_in_2"] < 0.12
        # 140 of the followed loci have an effect the same way at most: 100 planted, the opposite against them.
        assert 0.15 < pair["pi1_1_in_2"] < 0.5

    def test_order_is_most_comparisons_first(self, drugs):
        table = drugs[0].table
        assert table["n_significant"].is_monotonic_decreasing
        lowest = table[["qvalue|drug 1", "qvalue|drug 2"]].min(axis=1)
        assert lowest[table["n_significant"] == 2].is_monotonic_increasing


def test_weak_effects_missed_by_the_threshold_are_seen_as_such():
    """The same effect in both, one comparison with few experiments: private by threshold, and told not to be."""
    effect = np.zeros(1500)
    effect[:200] = 0.9
    where = places(1500)
    joint = join_comparisons(
        {
            "many": compared(
                where,
                experiments([f"T{i}" for i in range(10)], 1500, effect, 1),
                experiments([f"C{i}" for i in range(10)], 1500, 0, 2),
            ),
            "few": compared(where, experiments(["U1", "U2"], 1500, effect, 3), experiments(["D1", "D2"], 1500, 0, 4)),
        }
    )
    pair = joint.pairs.iloc[0]
    assert pair["only_1_in_2"] > 150 and pair["reading"] == SAME
    assert pair["same_sign_1_in_2"] > 0.9 > pair["nominal_same_1_in_2"] > 0.25 and pair["pi1_1_in_2"] > 0.7


class TestNull:
    def test_shared_controls_are_warned_about_and_nothing_is_claimed(self):
        joint = join_comparisons(null_pair(5, shared=True))
        pair = joint.pairs.iloc[0]
        assert pair["pearson_r"] == pytest.approx(0.5, abs=0.06) and pair["r_by_construction"] == 0.5
        assert abs(pair["r_without_shared"]) < 0.08
        assert pair["shared_experiments"] == "C0;C1;C2" and pair["reading"] == SHARED
        warned = joint.findings[0]
        assert (warned.code, warned.severity) == ("shared-experiments", "major") and "+0.50" in warned.details
        assert "0.50" in joint.sections()["Read this before comparing"]

    def test_significant_loci_under_shared_controls_agree_and_are_not_read(self):
        results = null_pair(5, shared=True)
        loose = {name: one | _called(one, 0.05) for name, one in results.items()}
        pair = join_comparisons(loose).pairs.iloc[0]
        assert pair["followed_1_in_2"] > 50 and pair["same_sign_1_in_2"] > 0.75 and pair["reading"] == SHARED

    @pytest.mark.parametrize(
        ("n", "repeats"),
        [(3, 8), pytest.param(2, 60, marks=pytest.mark.slow), pytest.param(5, 60, marks=pytest.mark.slow)],
    )
    def test_independent_ones_are_uncorrelated_and_seldom_read_as_agreeing(self, n, repeats):
        readings, rs = [], []
        for seed in range(repeats):
            results = null_pair(100 * seed, 600, n=n)
            pair = join_comparisons({name: one | _called(one, 0.05) for name, one in results.items()}).pairs.iloc[0]
            readings.append(pair["reading"])
            rs.append(pair["pearson_r"])
        assert abs(np.mean(rs)) < 0.03 and np.max(np.abs(rs)) < 0.15
        assert sum(reading in (SAME, OTHER_WAY) for reading in readings) <= 1
        assert NOT_SHOWN in readings or TOO_FEW in readings

    def test_a_shift_of_everything_is_no_agreement(self):
        """All loci of one up, and two in three regions of the other up for want of normalisation: chance gives that."""
        rng = np.random.default_rng(3)
        n = 900
        first = peaks(
            [{"logFC": 2.0 if i < 200 else rng.normal(0, 0.3), "q": 1e-4 if i < 200 else 0.9} for i in range(n)]
        )
        second = peaks([{"logFC": rng.normal(0.15, 0.35), "q": 0.9} for _ in range(n)])
        pair = join_comparisons({"X": _named(first, "X"), "Y": _named(second, "Y")}).pairs.iloc[0]
        assert pair["same_sign_1_in_2"] > 0.58 and pair["expected_same_sign_1_in_2"] > 0.58
        assert pair["reading"] == NOT_SHOWN

    def test_share_of_effects_is_calibrated(self):
        rng = np.random.default_rng(1)
        assert share_of_effects(rng.random(20_000)) < 0.03
        mixed = np.concatenate([rng.random(6000), rng.beta(0.05, 20, 4000)])
        assert share_of_effects(mixed) == pytest.approx(0.4, abs=0.03)


def _called(results: dict[str, Any], p: float) -> dict[str, Any]:
    """Regions called at a nominal p-value: false ones, where nothing is planted."""
    regions = results["diff_regions"]
    return {"diff_regions": regions.assign(significant=regions["pvalue"] < p)}


def _named(regions: pd.DataFrame, name: str, **options: Any) -> dict[str, Any]:
    """Results with experiments of their own."""
    results = make_results(regions, **options)
    names = [f"{name}{i}" for i in range(4)]
    results["samples"] = results["samples"].assign(accession=names)
    return results | {"experiments_a": names[:2], "experiments_b": names[2:], "counts": None}


class TestSharedExperiments:
    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (("AB", "CD"), ("EF", "CD"), 0.5),
            (("AB", "CDEF"), ("GH", "CDEF"), 0.25 / 0.75),
            (("AB", "CD"), ("CD", "EF"), -0.5),  # neighbouring steps of a time course
            (("AB", "CD"), ("CD", "AB"), -1.0),
            (("AB", "CD"), ("AB", "CD"), 1.0),
            (("AB", "CD"), ("EF", "GH"), 0.0),
            (("ABCD", "EFGH"), ("ABEF", "CDGH"), 0.0),  # orthogonal
        ],
    )
    def test_correlation_by_construction_is_that_of_noise(self, first, second, expected):
        where = places(4000)
        values = {name: experiments([name], 4000, 0, ord(name))[name] for name in "ABCDEFGH"}
        made = {
            name: compared(where, {x: values[x] for x in a}, {x: values[x] for x in b})
            for name, (a, b) in (("X", first), ("Y", second))
        }
        joint = join_comparisons(made)
        pair = joint.pairs.iloc[0]
        assert pair["r_by_construction"] == pytest.approx(expected)
        assert pair["pearson_r"] == pytest.approx(expected, abs=0.06)
        codes = {finding.code for finding in joint.findings}
        assert ("same-comparison" in codes) == (abs(expected) == 1)

    def test_a_real_agreement_is_left_when_controls_are_dealt_out(self):
        effect = np.zeros(2000)
        effect[:400] = np.random.default_rng(0).normal(0, 2, 400)
        where, control = places(2000), experiments(["C1", "C2", "C3", "C4"], 2000, 0, 9)
        joint = join_comparisons(
            {
                name: compared(where, experiments([f"{name}1", f"{name}2"], 2000, effect, seed), control)
                for seed, name in enumerate(("X", "Y"), start=1)
            }
        )
        pair = joint.pairs.iloc[0]
        assert 0.7 < pair["r_without_shared"] < pair["pearson_r"] and pair["reading"] == SHARED

    def test_sides_that_are_unknown_have_no_expectation(self):
        found = contrasts_of(designed())
        last = list(found.values())[-1]
        assert last.group_a == () and np.isnan(correlation_by_construction(last, last))


def test_contrasts_of_one_design_are_joined():
    results = designed()
    joint = join_comparisons(results)
    assert joint.names == ["Treated vs Control", "dose", "slope"]
    assert joint.comparisons["dose"].group_a == ("X0", "C0") and joint.comparisons["dose"].label_b == "low"
    # Halves of shared experiments that differ by another variable would bring its effect in.
    assert joint.pairs["r_without_shared"].isna().all()
    assert joint.pairs["same_fit"].all() and (joint.pairs["matched"] == 300).all()
    # Two of them are the main one, once with its signs turned.
    assert joint.pairs["pearson_r"].round(6).tolist() == [1, -1, -1]
    assert joint.pairs["reading"].iloc[1] == SHARED
    assert {finding.code for finding in joint.findings} >= {"shared-fit"}
    with pytest.raises(InputError, match="two comparisons or more; there is 1"):
        join_comparisons(null_pair(7, 300)["X"])


def test_opposite_comparisons():
    effect = np.zeros(1000)
    effect[:150] = 3
    where = places(1000)
    made = {
        name: compared(where, experiments([f"{name}{i}" for i in range(4)], 1000, sign * effect, 10 * sign + 50),
                       experiments([f"c{name}{i}" for i in range(4)], 1000, 0, sign + 5))
        for name, sign in (("X", 1), ("Y", -1))
    }  # fmt: skip
    joint = join_comparisons(made)
    pair = joint.pairs.iloc[0]
    assert pair["reading"] == OTHER_WAY and pair["pearson_r"] < -0.5 and pair["pi1_1_in_2"] < 0.05
    both = joint.overlaps[joint.overlaps["n_comparisons"] == 2]
    assert both.loc[both["direction"] == "opposite", "loci"].sum() >= 145


class TestDifferentRegions:
    def test_untested_is_empty_and_one_to_many_is_counted(self):
        first = peaks([{"start": 0, "size": 1000}, {"start": 5000, "logFC": -2.0}, {"start": 9000}])
        second = peaks([{"start": 100, "q": 0.5}, {"start": 500, "logFC": 1.0, "q": 1e-3}, {"start": 20_000}])
        joint = join_comparisons({"X": _named(first, "X"), "Y": _named(second, "Y")})
        table = joint.table.set_index("start")
        assert sorted(table.index) == [0, 5000, 9000, 20_000] and table.loc[0, "regions|Y"] == 2
        assert (
            table.loc[0, "qvalue|Y"] == 1e-3 and table.loc[0, "logFC|Y"] == 1.0 and table.loc[0, "n_significant"] == 2
        )
        lone = table.loc[5000]
        assert not lone["tested|Y"] and lone["regions|Y"] == 0
        for column in ("logFC", "pvalue", "qvalue", "direction", "significant"):
            assert pd.isna(lone[f"{column}|Y"])
        pair = joint.pairs.iloc[0]
        assert (pair["overlapping_1"], pair["one_to_many_1"], pair["overlapping_2"], pair["matched"]) == (1, 1, 2, 1)
        assert (pair["loci_1_in_2"], pair["followed_1_in_2"]) == (3, 1)
        only = joint.overlaps.set_index("comparisons")
        assert only.loc["X", "tested_in_all"].sum() == 0 and only.loc["X & Y", "tested_in_all"] == 1
        assert "few-regions-matched" in {finding.code for finding in joint.findings}

    def test_a_locus_that_points_both_ways_within_one(self):
        first = peaks([{"start": 0, "size": 100}, {"start": 100, "size": 100, "logFC": -2.0}])
        second = peaks([{"start": 0, "size": 150}])
        joint = join_comparisons({"X": _named(first, "X"), "Y": _named(second, "Y")})
        assert joint.table["direction"].tolist() == ["opposite"] and joint.overlaps["loci"].tolist() == [1]

    @pytest.mark.parametrize(
        "rows", [[], [{"q": 0.9}, {"start": 5000, "q": 0.8}]], ids=["no_region", "none_significant"]
    )
    def test_one_has_nothing(self, rows):
        first = peaks([{"start": 0}, {"start": 5000, "logFC": -2.0}])
        empty = peaks(rows) if rows else first.iloc[:0]
        joint = join_comparisons({"X": _named(first, "X"), "nothing": _named(empty, "Y")})
        assert joint.overlaps["comparisons"].unique().tolist() == ["X"]
        assert joint.overlaps["tested_in_all"].sum() == len(rows) and joint.pairs["loci_both"].tolist() == [0]
        assert {finding.code for finding in joint.findings} >= {"nothing-significant"}
        assert joint.pairs["reading"].tolist() == [TOO_FEW]

    def test_none_has_anything(self):
        nothing = peaks([{}]).iloc[:0]
        joint = join_comparisons({"X": _named(nothing, "X"), "Y": _named(nothing, "Y")})
        assert joint.table.empty and joint.overlaps.empty and len(joint.pairs) == 1


def test_methylation_has_its_own_words():
    first = methylation([{"difference": 0.4, "start": 5000 * i} for i in range(30)])
    second = methylation([{"difference": 0.3 if i % 2 else -0.3, "start": 5000 * i + 200} for i in range(60)])
    joint = join_comparisons({"X": _named(first, "X"), "Y": _named(second, "Y")})
    assert {"n_reported", "reported|X", "methylation_difference|Y"} <= set(joint.table)
    assert joint.pairs["matched"].tolist() == [30] and joint.pairs["pi1_1_in_2"].isna().all()
    assert "Only segments that differ are reported" in joint.sections()["Read this before comparing"]


class TestRefused:
    def test_different_assemblies_and_kinds(self):
        human, mouse = _named(peaks([{}]), "X"), _named(peaks([{}]), "Y", genome="mm10")
        with pytest.raises(InputError, match=r"different assembly: 'h' hg38, 'm' mm10"):
            join_comparisons({"h": human, "m": mouse})
        with pytest.raises(InputError, match=r"different kind: 'h' diffbind, 'm' dmr"):
            join_comparisons({"h": human, "m": _named(methylation([{}]), "Y")})

    @pytest.mark.parametrize("given", [[], {}, 5, None, {"one": 1}], ids=["list", "none", "number", "null", "single"])
    def test_what_is_no_set_of_comparisons(self, given):
        with pytest.raises(InputError, match="give a mapping of names|two comparisons or more"):
            join_comparisons(given)

    @pytest.mark.parametrize("name", ["", "  ", 3], ids=["empty", "blank", "number"])
    def test_a_comparison_without_a_name(self, name):
        with pytest.raises(InputError, match="name of its own"):
            join_comparisons({name: _named(peaks([{}]), "X"), "Y": _named(peaks([{}]), "Y")})

    def test_what_are_no_results(self):
        with pytest.raises(InputError, match="results lacks"):
            join_comparisons({"X": {}, "Y": {}})


def test_different_cuts_are_told():
    first, second = _named(peaks([{}, {"q": 0.5}]), "X"), _named(peaks([{}, {"q": 0.5}]), "Y")
    second["parameters"] = second["parameters"] | {"qvalue_threshold": 0.01}
    joint = join_comparisons({"X": first, "Y": second})
    assert [finding.code for finding in joint.findings] == ["different-thresholds"]


@pytest.mark.slow
def test_four_comparisons_of_300000_regions_take_seconds():
    count = 300_000
    made = {}
    for at in range(4):
        rng = np.random.default_rng(at)
        start = np.arange(count) // 20 * 3000 + rng.integers(0, 500, count)
        effect, p = rng.normal(0, 1, count), rng.random(count)
        table = pd.DataFrame(
            {
                "chrom": [f"chr{n % 20 + 1}" for n in range(count)],
                "chromStart": start,
                "chromEnd": start + rng.integers(200, 900, count),
                "counts_a": "",
                "counts_b": "",
                "logFC": effect,
                "pvalue": p,
                "qvalue": p,
                "region_size": 0,
                "direction": np.where(effect > 0, "A_enriched", "B_enriched"),
                "significant": p < 0.05,
                "mean_count_a": 1.0,
                "mean_count_b": 1.0,
                "score": 0,
            }
        )
        made[f"drug {at}"] = _named(peaks([{}]), f"D{at}") | {"diff_regions": table}
    before = time.process_time()
    joint = join_comparisons(made)
    # Of processor time, whatever else the machine does.
    assert time.process_time() - before < 20
    assert len(joint.pairs) == 6 and (joint.pairs["matched"] > 100_000).all()
