"""What is enriched: planted effects are found, null data are quiet, pieces of one peak are no evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from scripts.common.errors import InputError
from scripts.diff.annotate.features.assign import FEATURES
from scripts.diff.annotate.features.enrichment import DIRECTIONS, feature_enrichment

#: Of `FEATURES`.
SHARES = [0.1, 0.02, 0.03, 0.06, 0.4, 0.02, 0.37]


def make_tested(rng, loci=4000, pieces=1, weight=None):
    """Loci of `pieces` abutting regions that share feature and result; a locus is called by its feature's weight."""
    feature = rng.choice(FEATURES, loci, p=SHARES)
    chance = 0.1 * (pd.Series(feature).map(weight).fillna(1.0).to_numpy() if weight else 1.0)
    significant = rng.random(loci) < chance
    row = np.repeat(np.arange(loci), pieces)
    start = 10_000 * row + 200 * (np.arange(len(row)) % pieces)
    return pd.DataFrame(
        {
            "chrom": "chr1",
            "chromStart": start,
            "chromEnd": start + 200,
            "qvalue": np.where(significant, 0.01, 0.5)[row],
            "direction": rng.choice(DIRECTIONS, loci)[row],
            "significant": significant[row],
            "feature": feature[row],
        }
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_promoter_is_found(seed):
    regions = make_tested(np.random.default_rng(seed), weight={"promoter": 3.0})
    table = feature_enrichment(regions).set_index(["feature", "direction"])
    assert list(table.index) == [(feature, direction) for direction in DIRECTIONS for feature in FEATURES]
    for direction in DIRECTIONS:
        row = table.loc[("promoter", direction)]
        assert row["qvalue"] < 0.01 and row["odds_ratio"] > 1.8
        assert table.xs(direction, level="direction")["share"].sum() == pytest.approx(1)
    called = table.index[table["qvalue"] < 0.01].get_level_values("feature")
    assert set(called) <= {"promoter", "intron", "intergenic"}  # more of one is less of the others


def test_a_planted_effect_in_one_direction_is_found_in_that_one():
    rng = np.random.default_rng(3)
    regions = make_tested(rng)
    more = (regions["feature"] == "promoter") & (rng.random(len(regions)) < 0.2)
    regions.loc[more, ["significant", "direction"]] = True, "A_enriched"
    table = feature_enrichment(regions).set_index(["feature", "direction"])["qvalue"]
    assert table["promoter", "A_enriched"] < 1e-6 < 0.05 < table["promoter", "B_enriched"]


def test_null_data_are_quiet():
    called = [feature_enrichment(make_tested(np.random.default_rng(seed)))["qvalue"].min() < 0.05 for seed in range(20)]
    assert sum(called) <= 3


def test_pieces_of_one_peak_are_quiet_as_loci_and_loud_as_regions():
    found = {"locus": 0, "region": 0}
    for seed in range(20):
        regions = make_tested(np.random.default_rng(seed), loci=1000, pieces=6)
        for unit in found:
            found[unit] += feature_enrichment(regions, unit)["qvalue"].min() < 0.05
    assert found["locus"] <= 3 and found["region"] >= 12


def test_p_is_that_of_the_hypergeometric_distribution():
    regions = make_tested(np.random.default_rng(8), weight={"promoter": 2.0})
    row = feature_enrichment(regions).iloc[0]
    here, called, total = row["tested_here"], row["significant"], row["tested"]
    assert total == len(regions) and here == (regions["feature"] == "promoter").sum()
    probability = hypergeom(total, here, called).pmf(np.arange(called + 1))
    observed = probability[row["significant_here"]]
    assert row["pvalue"] == pytest.approx(probability[probability <= observed * (1 + 1e-7)].sum(), rel=1e-6)


def test_the_widest_piece_counts_and_what_was_not_tested_does_not():
    regions = pd.DataFrame(
        [
            ("chr1", 0, 100, 0.01, True, "promoter"),
            ("chr1", 100, 400, 0.5, False, "exon"),
            ("chr1", 5000, 5100, 0.01, True, "intron"),
            ("chr1", 9000, 9100, np.nan, False, "intron"),
            ("chrUn_1", 9000, 9100, 0.5, False, ""),
        ],
        columns=["chrom", "chromStart", "chromEnd", "qvalue", "significant", "feature"],
        index=[7, 5, 3, 2, 1],
    ).assign(direction="A_enriched")
    table = feature_enrichment(regions).set_index(["direction", "feature"]).loc["A_enriched"]
    assert table.loc[["exon", "intron", "promoter"], "tested_here"].tolist() == [1, 1, 0]
    assert table["tested"].eq(2).all() and table["significant"].eq(1).all()
    assert table["pvalue"].notna().sum() == 2
    assert feature_enrichment(regions, "region")["tested"].eq(3).all()


def test_nothing_significant_and_nothing_at_all_are_no_error():
    regions = make_tested(np.random.default_rng(1)).assign(significant=False)
    for table in (feature_enrichment(regions), feature_enrichment(regions.iloc[:0])):
        assert table["pvalue"].isna().all() and table["qvalue"].isna().all() and table["share"].isna().all()


def test_what_it_refuses():
    regions = make_tested(np.random.default_rng(1))
    with pytest.raises(InputError, match="no column 'feature'"):
        feature_enrichment(regions.drop(columns="feature"))
    with pytest.raises(InputError, match="unit is 'peak'; use one of: locus, region"):
        feature_enrichment(regions, "peak")
