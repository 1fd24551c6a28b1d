"""The genes of a region by each rule, beside definitions written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.diff.annotate.features.assign import PROMOTER, assign_features
from scripts.diff.genesets.domains import check_rule, genes_of_regions, great_domains, promoters, rule_in_words
from tests.diff.annotate.features.made import models_of, places_near


def gene(chrom, strand, tss, name, length=10_000):
    start, end = (tss, tss + length) if strand == "+" else (tss - length + 1, tss + 1)
    return (chrom, strand, ((start, end),), None, name)


def region(chrom, centre, width=200):
    return {"chrom": chrom, "chromStart": centre - width // 2, "chromEnd": centre + width // 2}


def domains(rows, extension=1000.0):
    table = great_domains(models_of(rows), extension).set_index("gene")
    return {name: (int(row["start"]), int(row["end"])) for name, row in table.iterrows()}


def test_great_alone_reaches_a_megabase_either_way():
    assert domains([gene("chr1", "+", 3_000_000, "A")]) == {"A": (2_000_000, 4_000_000)}
    assert domains([gene("chr1", "+", 400_000, "A")], 500) == {"A": (0, 900_000)}


def test_great_ends_at_the_neighbours_basal_domain_by_strand():
    found = domains([gene("chr1", "+", 1_000_000, "A"), gene("chr1", "-", 1_100_000, "B"), gene("chr2", "+", 500, "C")])
    # A's basal domain: [995000, 1001000); B's, on the other strand: [1099001, 1105001).
    assert found == {"A": (0, 1_099_001), "B": (1_001_000, 2_100_000), "C": (0, 1_000_500)}


def test_great_keeps_the_basal_domain_beside_a_close_neighbour():
    found = domains([gene("chr1", "+", 1_000_000, "A"), gene("chr1", "+", 1_002_000, "B")], 10)
    # B's basal domain begins at 997,000, before A's ends at 1,001,000: neither is cut.
    assert found == {"A": (990_000, 1_001_000), "B": (997_000, 1_012_000)}


def test_great_genes_of_one_tss_do_not_limit_each_other():
    found = domains([gene("chr1", "+", 1_000_000, "A"), gene("chr1", "+", 1_000_000, "B", 500)], 20)
    assert found["A"] == found["B"] == (980_000, 1_020_000)


def test_great_takes_the_tss_of_the_longest_transcript():
    found = domains([gene("chr1", "+", 1_000_000, "A", 500), gene("chr1", "+", 1_050_000, "A", 9000)], 20)
    assert found == {"A": (1_030_000, 1_070_000)}


def slow_domains(models, extension):
    """By the definition, gene by gene."""
    table = models.transcripts.assign(length=models.transcripts["txEnd"] - models.transcripts["txStart"])
    kept = table.sort_values("length", ascending=False, kind="stable").drop_duplicates(["chrom", "gene"])
    genes = []
    for one in kept.itertuples():
        tss = one.txStart if one.strand == "+" else one.txEnd - 1
        basal = (tss - 5000, tss + 1000) if one.strand == "+" else (tss - 999, tss + 5001)
        genes.append((one.chrom, tss, max(basal[0], 0), basal[1], one.gene))
    found = {}
    for chrom, tss, start, end, name in genes:
        others = [other for other in genes if other[0] == chrom]
        low = max([tss - extension, *(other[3] for other in others if other[1] < tss)])
        high = min([tss + extension, *(other[2] for other in others if other[1] > tss)])
        found[(chrom, name)] = (max(min(start, low), 0), max(end, high))
    return found


def random_models(seed, count=150):
    rng = np.random.default_rng(seed)
    rows = [
        gene(f"chr{rng.integers(1, 4)}", "+-"[rng.integers(2)], int(place), f"G{rng.integers(count)}", int(length))
        for place, length in zip(rng.integers(20_000, 4_000_000, count), rng.integers(500, 20_000, count), strict=True)
    ]
    return models_of(rows)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_great_is_its_definition(seed):
    models = random_models(seed)
    found = {(row.chrom, row.gene): (row.start, row.end) for row in great_domains(models, 300).itertuples()}
    assert found == slow_domains(models, 300_000)


@pytest.mark.parametrize("rule", ["great", "promoter"])
def test_regions_belong_to_every_gene_whose_domain_covers_their_centre(rule):
    models = random_models(4)
    regions = places_near(models, 400, 5)
    given = great_domains(models, 300) if rule == "great" else promoters(models)
    found = genes_of_regions(regions, models, rule, 300 if rule == "great" else None)
    expected = set()
    for row, one in enumerate(regions.itertuples()):
        centre = (one.chromStart + one.chromEnd) // 2
        covers = given[(given["chrom"] == one.chrom) & (given["start"] <= centre) & (centre < given["end"])]
        expected |= {(row, name) for name in covers["gene"]}
    assert len(found) == len(expected) and set(zip(found["region"], found["gene"], strict=True)) == expected
    assert len(found)


def test_promoters_are_those_of_the_features():
    models = random_models(6)
    regions = places_near(models, 400, 7)
    found = genes_of_regions(regions, models, "promoter", None)
    feature = assign_features(regions, models)["feature"].to_numpy()
    assert set(found["region"]) == set(np.flatnonzero(feature == PROMOTER))


def test_nearest_is_one_gene_up_to_the_distance():
    models = models_of([gene("chr1", "+", 100_000, "A"), gene("chr1", "-", 200_000, "B")])
    regions = pd.DataFrame(
        [region("chr1", 120_000), region("chr1", 170_000), region("chr1", 250_100), region("chr1", 250_101),
         region("chr9", 100)]
    )  # fmt: skip
    found = genes_of_regions(regions, models, "nearest", 50)
    assert list(zip(found["region"], found["gene"], strict=True)) == [(0, "A"), (1, "B"), (2, "B")]


def test_no_region_and_unknown_chromosomes():
    models = random_models(8)
    none = pd.DataFrame({"chrom": [], "chromStart": [], "chromEnd": []}).astype({"chromStart": int, "chromEnd": int})
    for rule, distance in (("nearest", 50), ("promoter", None), ("great", 1000)):
        assert genes_of_regions(none, models, rule, distance).empty
        assert genes_of_regions(pd.DataFrame([region("chrUn", 5000)]), models, rule, distance).empty


@pytest.mark.parametrize(
    ("rule", "distance", "message"),
    [
        ("closest", None, "rule is 'closest'; use one of: nearest, promoter, great"),
        ("promoter", 5, "has none. Leave it out"),
        ("nearest", 0, "distance is 0; give a number of kb above 0"),
        ("great", float("nan"), "distance is nan"),
    ],
)
def test_unusable_rules_are_refused(rule, distance, message):
    with pytest.raises(InputError, match=message):
        check_rule(rule, distance)


def test_rules_have_their_own_distances():
    assert [check_rule(rule, None) for rule in ("nearest", "promoter", "great")] == [50, None, 1000]
    assert "up to 50 kb" in rule_in_words("nearest", 50) and "up to 1000 kb" in rule_in_words("great", 1000)
