import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from scripts.diff.results.loci import MAX_GAP, called_counts, label_loci, merge_loci, one_per_locus
from tests.diff.tables import peaks


def frame(rows):
    return pd.DataFrame(rows, columns=["chrom", "chromStart", "chromEnd"])


def test_abutting_overlapping_and_nearly_abutting_regions_are_one_locus():
    regions = frame(
        [
            ("chr1", 100, 200),
            ("chr1", 200, 230),
            ("chr1", 220, 300),
            ("chr1", 300 + MAX_GAP, 400),
            ("chr1", 411, 500),
            ("chr2", 100, 200),
        ]
    )
    assert label_loci(regions).tolist() == [0, 0, 0, 0, 1, 2]


def test_a_nested_region_does_not_end_its_locus():
    assert label_loci(frame([("chr1", 0, 1000), ("chr1", 10, 20), ("chr1", 900, 1100)])).tolist() == [0, 0, 0]


def test_empty():
    assert label_loci(frame([])).tolist() == []


def test_fragments_join_through_one_that_is_not_chosen():
    regions = frame([("chr1", 0, 100), ("chr1", 100, 200), ("chr1", 200, 300)])
    chosen = pd.Series([True, False, True])
    assert len(one_per_locus(regions[chosen])) == 2
    assert len(one_per_locus(regions, chosen)) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["chr1", "chr10", "chrX"]), st.integers(0, 300), st.integers(1, 40)), max_size=40
    )
)
def test_against_pairwise_reference(rows):
    regions = frame([(chrom, start, start + size) for chrom, start, size in rows])
    labels = label_loci(regions)
    n = len(regions)
    chrom, start, end = (regions[name].to_numpy() for name in regions)
    linked = np.eye(n, dtype=bool)
    for i in range(n):
        for j in range(n):
            linked[i, j] |= chrom[i] == chrom[j] and start[i] <= end[j] + MAX_GAP and start[j] <= end[i] + MAX_GAP
    for _ in range(n):
        linked = (linked.astype(int) @ linked.astype(int)) > 0
    assert ((labels[:, None] == labels[None, :]) == linked).all()


def test_a_pile_up_of_three_peaks_cut_into_five_is_one_locus():
    rows = [
        {"chrom": "chr1", "start": start, "size": end - start, "q": q, "logFC": effect}
        for start, end, q, effect in [
            (100, 150, 1e-3, 1.0),
            (150, 200, 1e-9, 3.0),
            (200, 260, 1e-6, 2.0),
            (260, 300, 0.2, 0.5),
            (300, 380, 0.04, -0.7),
        ]
    ]
    rows.append({"chrom": "chr1", "start": 5000, "size": 100, "q": 1e-5})
    merged = merge_loci(peaks(rows), "logFC")
    assert merged["chromStart"].tolist() == [100, 5000]
    pile = merged.iloc[0]
    assert (pile["chromEnd"], pile["n_regions"], pile["n_significant"]) == (380, 5, 4)
    assert (pile["n_significant_a"], pile["n_significant_b"]) == (3, 1)
    assert (pile["best_chromStart"], pile["best_chromEnd"], pile["qvalue"], pile["logFC"]) == (150, 200, 1e-9, 3.0)


def test_merging_nothing():
    merged = merge_loci(peaks([{}]).head(0), "logFC")
    assert merged.empty
    assert list(merged.columns)[:4] == ["chrom", "chromStart", "chromEnd", "n_regions"]


def test_loci_are_numbered_along_the_genome_whatever_the_order():
    regions = frame([("chr2", 0, 50), ("chr1", 900, 950), ("chr1", 0, 50), ("chr1", 905, 910)])
    assert label_loci(regions).tolist() == [2, 1, 0, 1]


def test_chromosomes_do_not_touch_each_other():
    assert label_loci(frame([("chr1", 0, 1000), ("chr2", 0, 5), ("chr2", 16, 20), ("chr3", 0, 1)])).tolist() == [
        0,
        1,
        2,
        3,
    ]


def test_the_first_of_each_locus_stands_for_it():
    regions = frame([("chr1", 100, 200), ("chr2", 0, 9), ("chr1", 0, 100)])
    assert one_per_locus(regions).index.tolist() == [0, 1]
    assert one_per_locus(regions, labels=np.array([0, 1, 2])).index.tolist() == [0, 1, 2]
    chosen = pd.Series([False, True, True])
    assert one_per_locus(regions, chosen).index.tolist() == [1, 2]


def test_the_best_region_of_a_locus_is_its_first():
    rows = [
        {"chrom": "chr5", "start": 100, "size": 50, "q": 1e-9, "logFC": -3.0},
        {"chrom": "chr5", "start": 150, "size": 80, "q": 0.3, "logFC": 1.0},
        {"chrom": "chr2", "start": 7000, "size": 40, "q": 0.2, "logFC": 0.5},
    ]
    merged = merge_loci(peaks(rows), "logFC")
    assert merged.columns.tolist() == [
        "chrom", "chromStart", "chromEnd", "n_regions", "n_significant", "n_significant_a", "n_significant_b",
        "best_chromStart", "best_chromEnd", "logFC", "pvalue", "qvalue", "direction", "significant",
    ]  # fmt: skip
    assert merged.to_numpy().tolist() == [
        ["chr5", 100, 230, 2, 1, 0, 1, 100, 150, -3.0, 1e-10, 1e-9, "B_enriched", True],
        ["chr2", 7000, 7040, 1, 0, 0, 0, 7000, 7040, 0.5, 0.02, 0.2, "A_enriched", False],
    ]


def test_called_regions_are_counted_by_direction_and_locus():
    rows = [{"logFC": 2.0}, {"logFC": -2.0}, {"logFC": 3.0}, {"logFC": -1.0, "start": 300}, {"logFC": 1.0, "q": 0.5}]
    regions = peaks(rows)
    counts = called_counts(regions, regions["significant"])
    assert counts == {"significant": 4, "higher_a": 2, "higher_b": 2, "loci": 3}
    counts = called_counts(regions, regions["logFC"] > 0)
    assert counts == {"significant": 3, "higher_a": 3, "higher_b": 0, "loci": 3}
    assert called_counts(regions, regions["qvalue"] < 0) == dict.fromkeys(counts, 0)
