"""Significant regions inside a blacklist where the truth is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from scripts.diff.qc.blacklist import check_blacklist, more_by_chance
from scripts.diff.qc.chromosomes import suspect_regions
from scripts.diff.qc.qc_checks import RULES
from tests.diff.tables import compare, methylation, peaks

#: The first hundredth of each megabase.
BLACKLIST = pd.DataFrame({"chrom": "chr1", "start": np.arange(0, 200_000_000, 1_000_000), "reason": "Low Mappability"})
BLACKLIST["end"] = BLACKLIST["start"] + 10_000


def held_against(regions, blacklist=BLACKLIST, **more):
    return replace(compare(regions), blacklist=blacklist, blacklist_source="the list", **more)


def drawn(rng, n, inside=0.01):
    """Regions of 300 bp at random places, a share of them inside, none significant."""
    megabase = rng.integers(0, 200, n) * 1_000_000
    offset = np.where(rng.random(n) < inside, rng.integers(0, 9_000, n), rng.integers(10_000, 999_000, n))
    return pd.DataFrame({"start": megabase + offset, "inside": offset < 10_000, "q": 0.5})


def called(table):
    return peaks(table.drop(columns="inside").to_dict("records"))


def placed(inside, outside, hits_inside, hits_outside):
    """So many regions, one in a megabase, and so many of them significant."""
    rows = [{"start": 1_000_000 * n + 5_000, "q": 1e-4 if n < hits_inside else 0.5} for n in range(inside)]
    rows += [{"start": 300_000_000 + 5_000 * n, "q": 1e-4 if n < hits_outside else 0.5} for n in range(outside)]
    return peaks(rows)


def severities(comparison):
    return [item.severity for item in check_blacklist(comparison)]


def test_planted_enrichment_is_major_and_marks_its_regions():
    rng = np.random.default_rng(1)
    table = drawn(rng, 5_000)
    hits = [*rng.choice(np.flatnonzero(table["inside"]), 30, False), *rng.choice(np.flatnonzero(~table["inside"]), 570)]
    table.loc[hits, "q"] = 1e-5
    comparison = held_against(called(table))
    [found] = check_blacklist(comparison)
    assert (found.code, found.severity, found.title) == ("blacklist", "major", "Blacklisted regions")
    assert "30 of " in found.details and "inside the list" in found.details and "hypergeometric" in found.details
    assert "None was removed" in found.recommendation
    regions = comparison.regions
    inside = regions["chromStart"] % 1_000_000 < 10_000
    suspect = suspect_regions(regions, [found])
    assert suspect.tolist() == (inside & regions["significant"]).tolist() and suspect.sum() == 30
    assert (
        len(found.regions) == 20
        and len(comparison.regions) == len(comparison.significant) + (regions["qvalue"] > 0.05).sum()
    )
    json.dumps(found)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("significant", [15, 300])
def test_chance_is_never_major(seed, significant):
    rng = np.random.default_rng(seed)
    table = drawn(rng, 5_000)
    table.loc[rng.choice(5_000, significant, replace=False), "q"] = 1e-4
    found = check_blacklist(held_against(called(table)))
    assert [item.severity for item in found] in ([], ["minor"])
    assert not any(item.spans for item in found)


def test_twenty_thousand_differences_at_the_background_share_do_not_alarm():
    rng = np.random.default_rng(3)
    table = drawn(rng, 30_000, inside=0.02)
    table.loc[rng.choice(30_000, 20_000, replace=False), "q"] = 1e-4
    [found] = check_blacklist(held_against(called(table)))
    assert found.severity == "minor" and "1.0 times" in found.details
    assert not suspect_regions(called(table), [found]).any()


@pytest.mark.parametrize(
    ("inside", "outside", "hits_inside", "hits_outside", "severity"),
    [
        (20, 2_000, 0, 100, []),
        (20, 2_000, 1, 100, ["minor"]),
        # Ten inside, far more than chance, and yet under 5 % of the significant ones; then one less.
        (20, 2_000, 10, 300, ["major"]),
        (20, 2_000, 9, 300, ["minor"]),
        # A tenth of the significant ones or more: many more than chance, a few more, and as many as chance.
        (20, 2_000, 5, 25, ["major"]),
        (20, 2_000, 3, 27, ["minor"]),
        (200, 1_800, 20, 180, ["major"]),
        (200, 1_800, 1, 2, ["minor"]),
        (200, 1_800, 9, 150, ["minor"]),
    ],
)
def test_severity(inside, outside, hits_inside, hits_outside, severity):
    assert severities(held_against(placed(inside, outside, hits_inside, hits_outside))) == severity


def test_fragments_of_one_peak_are_one():
    fragments = [{"start": 1_000_000 + 300 * n} for n in range(12)]
    others = [{"start": 500_000_000 + 5_000 * n, "q": 1e-4 if n < 400 else 0.5} for n in range(4_000)]
    [found] = check_blacklist(held_against(peaks(fragments + others)))
    assert found.severity == "minor" and found.details.startswith("12 of 412 significant regions (2.9%) lie inside")


def test_edges_are_half_open():
    rows = [{"start": 10_000}, {"start": 999_700}, {"start": 500_000}]
    assert severities(held_against(peaks(rows))) == []
    assert severities(held_against(peaks([*rows, {"start": 9_999}]))) == ["minor"]


def test_methylation_is_compared_with_what_is_reported():
    rows = [{"start": 5_000}, *({"start": 20_000 * n} for n in range(1, 40))]
    [found] = check_blacklist(held_against(methylation(rows)))
    assert "of all 40 reported ones" in found.details and "1 of 40 significant regions (2.5%) lies" in found.details


def test_without_a_list():
    regions = peaks([{"start": 5_000}])
    assert check_blacklist(compare(regions)) == []
    [found] = check_blacklist(replace(compare(regions), blacklist_problem="No answer from x (refused)."))
    assert (found.code, found.severity, found.spans, found.regions) == ("blacklist", "note", [], [])
    assert found.details.endswith("was not checked. No answer from x (refused).")


def test_chromosomes_by_other_names():
    [found] = check_blacklist(held_against(peaks([{"start": 5_000}]), BLACKLIST.assign(chrom="1")))
    assert found.severity == "note" and "it has 1, the regions chr1" in found.details


def test_no_region_and_no_significant_one():
    assert check_blacklist(held_against(peaks([{"start": 5_000}]).head(0))) == []
    assert check_blacklist(held_against(peaks([{"start": 5_000, "q": 0.5}]))) == []


def test_the_rule_is_applied():
    assert check_blacklist in RULES


@given(st.integers(1, 400), st.data())
def test_the_tail_is_the_hypergeometric_one(total, data):
    drawn, marked = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    hits = data.draw(st.integers(0, min(drawn, marked)))
    expected = hypergeom.sf(hits - 1, total, marked, drawn)
    assert more_by_chance(hits, drawn, marked, total) == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_the_tail_of_large_numbers():
    expected = hypergeom.sf(450 - 1, 300_000, 3_000, 30_000)
    assert more_by_chance(450, 30_000, 3_000, 300_000) == pytest.approx(expected, rel=1e-5)
