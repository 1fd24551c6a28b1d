"""Features of regions: by hand, against a slow recomputation, and how long they take."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.common.errors import InputError
from scripts.diff.annotate.features.assign import FEATURE_COLUMNS, FEATURES, assign_features
from tests.diff.annotate.features.made import models_of, places_near, real_transcripts, slow_features

#: Two exons, coding from 10,200 to 14,500.
EXONS, CODING = ((10_000, 11_000), (14_000, 15_000)), (10_200, 14_500)
PLUS = ("chr1", "+", EXONS, CODING, "PLUS")
MINUS = ("chr1", "-", EXONS, CODING, "MINUS")


def base(position, chrom="chr1"):
    return pd.DataFrame({"chrom": [chrom], "chromStart": [position], "chromEnd": [position + 1]})


def feature_at(position, *rows, **lengths):
    return assign_features(base(position), models_of(list(rows)), **lengths).iloc[0].tolist()


@pytest.mark.parametrize(
    ("position", "feature", "distance"),
    [
        (8_999, "intergenic", -1001),
        (9_000, "promoter", -1000),
        (9_999, "promoter", -1),
        (10_000, "promoter", 0),
        (10_099, "promoter", 99),
        (10_100, "5'UTR", 100),
        (10_199, "5'UTR", 199),
        (10_200, "exon", 200),
        (10_999, "exon", 999),
        (11_000, "intron", 1000),
        (13_999, "intron", 3999),
        (14_000, "exon", 4000),
        (14_500, "3'UTR", 4500),
        (14_999, "3'UTR", 4999),
        (15_000, "downstream", 5000),
        (15_999, "downstream", 5999),
        (16_000, "intergenic", 6000),
    ],
)
def test_every_boundary_is_half_open_and_mirrored_on_the_other_strand(position, feature, distance):
    assert feature_at(position, PLUS) == [feature, "PLUS", distance]
    mirrored = tuple((25_000 - end, 25_000 - start) for start, end in reversed(EXONS))
    minus = ("chr1", "-", mirrored, (25_000 - CODING[1], 25_000 - CODING[0]), "MINUS")
    assert feature_at(24_999 - position, minus) == [feature, "MINUS", distance]


def test_strand_decides_which_end_is_which():
    assert feature_at(10_150, MINUS)[0] == "3'UTR"
    assert feature_at(14_700, MINUS)[0] == "5'UTR"
    assert feature_at(9_500, MINUS)[0] == "downstream"
    assert feature_at(15_500, MINUS)[0] == "promoter"


def test_the_centre_decides_where_a_region_lies_over_several_features():
    models = models_of([PLUS])
    regions = pd.DataFrame(
        [("chr1", 9_900, 10_300), ("chr1", 9_900, 10_500), ("chr1", 8_000, 14_000), ("chr1", 5, 5)],
        columns=["chrom", "chromStart", "chromEnd"],
        index=[9, 3, 7, 1],
    )
    found = assign_features(regions, models)
    assert found.index.tolist() == [9, 3, 7, 1]
    assert list(found) == list(FEATURE_COLUMNS)
    assert found["feature"].tolist() == ["5'UTR", "exon", "intron", "intergenic"]
    assert found["distance_to_tss"].tolist() == [0, 0, 0, -9996]


def test_priority_of_features_and_of_genes():
    other = ("chr1", "-", ((9_950, 10_020),), None, "A")
    assert feature_at(10_050, PLUS, other)[:2] == ["promoter", "A"]  # 31 bases upstream of A, 50 behind PLUS
    assert feature_at(10_012, PLUS, other)[:2] == ["promoter", "A"]
    assert feature_at(10_003, PLUS, other)[:2] == ["promoter", "PLUS"]
    inside = ("chr1", "+", ((11_500, 12_500),), None, "LNC")
    assert feature_at(12_000, PLUS, inside)[:2] == ["exon", "LNC"]  # no coding sequence: its exon
    assert feature_at(13_000, PLUS, inside)[:2] == ["intron", "PLUS"]  # before LNC's downstream
    longer = ("chr1", "+", ((9_000, 9_500), (14_200, 18_000)), None, "LONG")
    assert feature_at(14_400, PLUS, longer)[:2] == ["exon", "LONG"]  # the exon that reaches further
    assert feature_at(14_600, PLUS, longer)[:2] == ["3'UTR", "PLUS"]  # before the other's exon
    around = ("chr1", "+", ((9_000, 9_500), (16_000, 16_500)), (9_100, 16_400), "AROUND")
    assert feature_at(14_600, PLUS, around)[:2] == ["3'UTR", "PLUS"]  # before the other's intron
    assert feature_at(12_000, PLUS, around)[0] == "intron"


def test_lengths_are_parameters():
    assert feature_at(8_500, PLUS, upstream=2000)[0] == "promoter"
    assert feature_at(10_000, PLUS, downstream=0)[0] == "5'UTR"
    assert feature_at(9_999, PLUS, upstream=0)[0] == "intergenic"
    assert feature_at(15_000, PLUS, beyond=0)[0] == "intergenic"
    with pytest.raises(InputError, match="upstream is -1; give a number of bases"):
        feature_at(1, PLUS, upstream=-1)


def test_a_chromosome_without_a_transcript_is_not_known():
    found = assign_features(pd.concat([base(9_500, "chr9"), base(9_500)]), models_of([PLUS]))
    assert found["feature"].tolist() == ["", "promoter"]
    assert found["feature_gene"].tolist() == ["", "PLUS"]
    assert found["distance_to_tss"].isna().tolist() == [True, False]


def test_no_regions_and_the_first_bases_of_a_chromosome():
    models = models_of([("chr2", "+", ((10, 60),), None, "B"), PLUS])
    assert assign_features(base(1).iloc[:0], models).shape == (0, 3)
    found = assign_features(pd.concat([base(0, "chr1"), base(0, "chr2"), base(10**12, "chr1")]), models)
    assert found["feature"].tolist() == ["intergenic", "promoter", "intergenic"]


def same(regions, models):
    fast, slow = assign_features(regions, models), slow_features(regions, models)
    assert fast["feature"].tolist() == slow["feature"].tolist()
    for here, there in zip(fast["feature_gene"], slow["feature_gene"], strict=True):
        assert here in there if isinstance(there, set) else here == there
    assert [None if pd.isna(one) else abs(one) for one in fast["distance_to_tss"]] == [
        None if pd.isna(one) else one for one in slow["distance"]
    ]


_TRANSCRIPT = st.tuples(
    st.sampled_from(["chr1", "chr2"]),
    st.sampled_from("+-"),
    st.lists(st.integers(0, 6000), min_size=2, max_size=8, unique=True).filter(lambda edges: len(edges) % 2 == 0),
    st.tuples(st.integers(0, 6000), st.integers(0, 6000)),
    st.sampled_from("ABCD"),
)


@given(
    st.lists(_TRANSCRIPT, min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 8000), st.integers(1, 900)), min_size=1),
)
def test_against_every_part_of_every_transcript(drawn, spans):
    rows = []
    for chrom, strand, edges, coding, gene in drawn:
        edges = sorted(edges)
        pieces = tuple(zip(edges[::2], edges[1::2], strict=True))
        first, last = sorted(min(max(place, edges[0]), edges[-1]) for place in coding)
        rows.append((chrom, strand, pieces, (first, last) if first < last else None, gene))
    regions = pd.DataFrame(
        [(chrom, start, start + size) for chrom, start, size in spans], columns=["chrom", "chromStart", "chromEnd"]
    )
    same(regions, models_of(rows))


@pytest.mark.slow
@pytest.mark.parametrize("exons", [False, True], ids=["as they are", "with simulated exons"])
def test_10000_regions_among_all_real_transcripts_of_hg38(exons):
    models = real_transcripts(exons=exons)
    regions = places_near(models, 10_000, seed=1)
    same(regions, models)
    found = set(assign_features(regions, models)["feature"])
    assert found == (set(FEATURES) if exons else {"promoter", "exon", "downstream", "intergenic"})


@pytest.mark.slow
def test_300000_regions_take_at_most_5_seconds():
    models = real_transcripts(exons=True)
    regions = places_near(models, 300_000, seed=2)
    seconds = []
    for _ in range(3):
        begun = time.process_time()
        assign_features(regions, models)
        seconds.append(time.process_time() - begun)
    print(f"{len(regions):,} regions, {len(models.exons):,} exons: {min(seconds):.2f} s")
    assert min(seconds) <= 5
