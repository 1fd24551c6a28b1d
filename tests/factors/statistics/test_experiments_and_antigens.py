"""Numbers of experiments and antigens on overlaps whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, nchypergeom_fisher

from scripts.factors.statistics.antigens import remark_on, summarise_antigens, with_roles
from scripts.factors.statistics.experiments import disagreements, measure_experiments, table_pvalues
from scripts.factors.statistics.matching import matched
from scripts.factors.statistics.weights import equal_votes, majority_value, weighted_median

REGIONS = 200


def overlaps(rows: list[tuple[str, float, float]], seed: int, experiments: int = 6) -> pd.DataFrame:
    """Experiments of antigens: name, share of the given and of the background that they overlap.

    All experiments of an antigen bind the same regions, but for a little: as real ones do.
    """
    rng = np.random.default_rng(seed)
    made = []
    for antigen, in_a, in_b in rows:
        shared_a, shared_b = rng.random(REGIONS), rng.random(REGIONS)
        for _ in range(experiments):
            own = rng.random((2, REGIONS))
            a, b = (
                int((np.where(rng.random(REGIONS) < 0.9, shared, mine) < share).sum())
                for shared, mine, share in ((shared_a, own[0], in_a), (shared_b, own[1], in_b))
            )
            number = len(made)
            made.append(
                {
                    "experiment": f"SRX{1_000_000 + 1000 * number}", "antigen_class": "TFs and others",
                    "antigen": antigen, "cell_type": "K-562", "num_peaks": int(100_000 * in_b) + number % 7,
                    "overlap_a": a, "size_a": REGIONS, "overlap_b": b, "size_b": REGIONS, "log10_p": 0.0,
                }
            )  # fmt: skip
    return pd.DataFrame(made)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    return summarise_antigens(measure_experiments(with_roles(table, frozenset())), "gained")


def nulls(seed: int, count: int = 60, lift: float = 1.0) -> list[tuple[str, float, float]]:
    shares = np.random.default_rng(seed).uniform(0.03, 0.5, count)
    return [(f"F{number}", min(share * lift, 0.95), share) for number, share in enumerate(shares)]


def test_p_values_are_fishers() -> None:
    a, b = np.array([30, 0, 200, 7]), np.array([12, 0, 180, 7])
    size = np.full(4, REGIONS)
    rows = [[[x, REGIONS - x], [y, REGIONS - y]] for x, y in zip(a, b, strict=True)]
    two_sided, above = table_pvalues(a, size, b, size, np.ones(4))
    assert above == pytest.approx([fisher_exact(row, alternative="greater")[1] for row in rows])
    assert two_sided == pytest.approx([fisher_exact(row)[1] for row in rows])
    a, b, size = a[[0, 2, 3]], b[[0, 2, 3]], size[:3]
    # scipy's: population, draws, marked of the population, odds.
    expected = [nchypergeom_fisher(400, 200, x + y, 2.5).sf(x - 1) for x, y in zip(a, b, strict=True)]
    assert table_pvalues(a, size, b, size, np.full(3, 2.5))[1] == pytest.approx(expected)


def test_a_planted_factor_is_first_and_alone() -> None:
    found = summary(overlaps([*nulls(1), ("Planted", 0.45, 0.15)], seed=1))
    assert found["antigen"].iloc[0] == "Planted"
    assert found.loc[found["enriched"], "antigen"].tolist() == ["Planted"]
    assert found["log2_odds"].iloc[0] == pytest.approx(np.log2(0.45 / 0.55 / (0.15 / 0.85)), abs=0.5)


@pytest.mark.parametrize("draws", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_random_sets_are_quiet_although_experiments_of_an_antigen_agree(draws: int) -> None:
    """Nothing is called; a rank test over experiments calls antigens by the dozen in the same draws."""
    from scipy.stats import mannwhitneyu

    called, by_rank, below = 0, 0, []
    for seed in range(draws):
        table = overlaps(nulls(seed), seed)
        found = summary(table)
        called += int(found["enriched"].sum())
        below.append((found["pvalue"] < 0.05).mean())
        measured = measure_experiments(table)
        for _, rows in measured.groupby("antigen"):
            others = measured.drop(rows.index)["log2_odds"]
            by_rank += mannwhitneyu(rows["log2_odds"], others, alternative="greater").pvalue < 0.05 / 60
    assert called == 0 and np.mean(below) <= 0.05
    assert by_rank > 2 * draws


def test_what_everything_finds_is_no_factors() -> None:
    """Given regions that every experiment overlaps 1.6 times as often; one factor does so four times as often."""
    table = overlaps([*nulls(3, lift=1.6), ("Planted", 0.6, 0.15)], seed=3)
    found = summary(table)
    assert found.loc[found["enriched"], "antigen"].tolist() == ["Planted"]
    plain = measure_experiments(table)
    assert (plain["pvalue_two_sided"] < 0.01).mean() > 0.2


def test_one_study_is_one_vote() -> None:
    """Forty enriched experiments of one study do not outvote two studies that are not."""
    table = overlaps([*nulls(5), ("Big", 0.45, 0.15)], seed=5, experiments=4)
    big = table[table["antigen"] == "Big"].iloc[:1]
    many = pd.concat([big] * 40, ignore_index=True)
    many["experiment"] = [f"SRX{5_000_000 + number}" for number in range(40)]
    others = big.assign(overlap_a=big["overlap_b"])
    rest = pd.concat([others.assign(experiment=f"SRX{6_000_000 + 1000 * number}") for number in range(2)])
    found = summary(pd.concat([table[table["antigen"] != "Big"], many, rest], ignore_index=True)).set_index("antigen")
    assert found.loc["Big", ["num_experiments", "num_studies"]].tolist() == [42, 3]
    assert not found.loc["Big", "enriched"]
    assert found.loc["Big", "share_enriched"] == pytest.approx(1 / 3)


def test_weights() -> None:
    assert equal_votes(np.array([4, 4, 9])).tolist() == [0.5, 0.5, 1.0]
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.ones(3)) == 2.0
    assert weighted_median(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 1.0])) == 2.5
    assert weighted_median(np.array([4.0, 1.0]), np.ones(2)) == 2.5
    assert majority_value(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 1.0])) == 3.0
    assert majority_value(np.array([7.0, 5.0, 6.0]), np.ones(3)) == 6.0 and majority_value(np.ones(1), np.ones(1)) == 1


def test_half_of_the_experiments_are_not_enough() -> None:
    """A factor that a treatment moves: half of its experiments find the regions, half of them lack them."""
    table = overlaps([*nulls(8), ("Split", 0.5, 0.1), ("Split", 0.02, 0.3)], seed=8, experiments=4)
    found = summary(table).set_index("antigen")
    assert found.loc["Split", ["num_enriched", "num_experiments"]].tolist() == [4, 8]
    assert not found.loc["Split", "enriched"] and found.loc["Split", "pvalue"] > 0.5


def test_the_services_p_is_compared() -> None:
    measured = measure_experiments(overlaps(nulls(7, 12), 7))
    right = measured.assign(log10_p=np.log10(measured["pvalue_two_sided"]).round(2))
    assert disagreements(right) == 0
    assert disagreements(right.assign(log10_p=right["log10_p"].mask(right.index == 3, -20.0))) == 1


def test_few_antigens_have_nothing_typical() -> None:
    measured = measure_experiments(overlaps([("A", 0.4, 0.2), ("B", 0.4, 0.2)], 8))
    assert (measured["typical_log2_odds"] == 0).all()


def test_nothing_counted() -> None:
    empty = overlaps(nulls(1, 1), 1).iloc[:0]
    assert summary(empty).empty


def test_remarks() -> None:
    assert remark_on("Biotin", "TFs and others").startswith("a tag")
    assert remark_on("Epitope tags", "TFs and others").startswith("a tag")
    assert remark_on("Input control", "Input control").startswith("a control")
    assert remark_on("CTCF", "TFs and others") == ""


def test_a_matched_background_has_the_widths_of_the_given() -> None:
    rng = np.random.default_rng(1)
    pool = rng.lognormal(6, 0.6, (5000, 1))
    given = rng.lognormal(6.5, 0.4, (300, 1))
    chosen = matched(given, pool, 1)
    assert len(chosen) == len(set(chosen)) == 300
    assert np.quantile(pool[chosen], [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(given, [0.1, 0.5, 0.9]), rel=0.08)
    assert (matched(given, pool, 1) == chosen).all() and (matched(given, pool, 2) != chosen).any()


def test_nothing_unlike_makes_up_the_number() -> None:
    given, pool = np.linspace(100, 1000, 100)[:, None], np.linspace(100, 500, 200)[:, None]
    chosen = pool[matched(given, pool, 1), 0]
    assert 40 <= len(chosen) < 60
    assert len(matched(np.empty((0, 2)), np.ones((5, 2)), 1)) == 0
