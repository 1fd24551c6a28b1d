import pytest

from scripts.diff.results.filter_regions import filter_regions
from tests.diff.tables import peaks


def test_scaffolds_and_tiny_regions_go_and_are_counted(capsys):
    regions = peaks(
        [
            {"chrom": "chr1"},
            {"chrom": "chrM"},
            {"chrom": "chrUn_KI270742v1"},
            {"chrom": "chr1_KI270706v1_random", "q": 0.5},
            {"size": 9},
            {"size": 10},
        ]
    )
    kept, counts = filter_regions(regions, "hg38")
    assert len(kept) == 3 and set(kept["chrom"]) == {"chr1", "chrM"}
    assert counts.as_dict() == {
        "before": 6,
        "nonstandard_contig": 2,
        "nonstandard_contig_significant": 1,
        "below_min_size": 1,
        "below_min_size_significant": 1,
        "both": 0,
        "after": 3,
        "min_region_size": 10,
    }
    assert "Filtered: 6 → 3 regions" in capsys.readouterr().out


def test_both_filters_can_be_switched_off():
    regions = peaks([{"chrom": "chrUn_KI270742v1"}, {"size": 3}])
    kept, _ = filter_regions(regions, "hg38", standard_contigs_only=False, min_region_size=0)
    assert len(kept) == 2


@pytest.mark.parametrize(
    ("genome", "standard", "other"),
    [
        ("ce10", ["chrI", "chrIV", "chrX", "chrM"], ["chr4"]),
        ("sacCer3", ["chrI", "chrXVI", "chrM"], ["chr1", "chrXVII"]),
        ("dm3", ["chr2L", "chr3R", "chr4", "chrX"], ["chrU", "chrUextra", "chr2LHet"]),
        ("dm6", ["chr2R", "chrY"], ["chrUn_CP007120v1"]),
        ("mm10", ["chr19", "chrY"], ["chr20", "chr22"]),
        ("rn6", ["chr20"], ["chr21"]),
    ],
)
def test_standard_chromosomes_of_other_assemblies(genome, standard, other):
    regions = peaks([{"chrom": chrom} for chrom in [*standard, *other]])
    kept, _ = filter_regions(regions, genome)
    assert sorted(kept["chrom"]) == sorted(standard)


def test_a_region_that_meets_both_rules_is_told(capsys):
    regions = peaks([{"chrom": "chrUn_KI270742v1", "size": 5}, {"chrom": "chrUn_KI270742v1"}, {"size": 5}, {}])
    _, counts = filter_regions(regions, "hg38")
    assert counts.before - counts.nonstandard_contig - counts.below_min_size + counts.both == counts.after == 1
    assert "1 of them both" in capsys.readouterr().out


def test_each_rule_counts_its_own_significant_regions(capsys):
    rows = [{"chrom": "chrUn_KI270742v1", "q": q} for q in (1e-4, 1e-4, 0.5)]
    rows += [{"size": 24, "q": q} for q in (1e-4, 0.5, 0.5, 0.5)] + [{"size": 25}, {"size": 26, "q": 0.5}]
    regions = peaks(rows)
    kept, counts = filter_regions(regions, "hg38", min_region_size=25)
    assert (counts.nonstandard_contig, counts.nonstandard_contig_significant) == (3, 2)
    assert (counts.below_min_size, counts.below_min_size_significant) == (4, 1)
    assert (counts.before, counts.both, counts.after, counts.min_region_size) == (9, 0, 2, 25)
    assert kept["region_size"].tolist() == [25, 26] and kept.index.tolist() == [0, 1]
    assert capsys.readouterr().out == (
        "  ✓ Filtered: 9 → 2 regions (3 regions on non-standard contigs, 4 under 25 bp)\n"
    )


def test_switched_off_means_not_counted():
    _, counts = filter_regions(peaks([{"chrom": "chrUn_KI270742v1"}, {"size": 3}]), "hg38", standard_contigs_only=False)
    assert (counts.nonstandard_contig, counts.below_min_size, counts.after) == (0, 1, 1)
