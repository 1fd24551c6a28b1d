from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from scripts.diff.qc import qc_checks
from scripts.diff.qc.chromosomes import suspect_regions
from scripts.diff.qc.qc_checks import run_qc_checks
from scripts.diff.qc.regions import mean_log2_count
from tests.diff.tables import compare, methylation, peaks


def issues(comparison):
    return [item["issue"] for item in run_qc_checks(comparison)]


def quiet_background(n=40):
    """Regions of both directions at like counts: nothing to find."""
    return [
        {
            "chrom": f"chr{number % 20 + 1}",
            "start": 5_000_000 * number,
            "logFC": 2.0 if number % 2 else -2.0,
            "count_a": 80.0 if number % 2 else 20.0,
            "count_b": 20.0 if number % 2 else 80.0,
        }
        for number in range(n)
    ]


def test_nothing_to_find():
    assert issues(compare(peaks(quiet_background()))) == []


def on_chromosome(chrom, n, *, offset=0, **row):
    return [{"chrom": chrom, "start": 3_000_000 * number + offset, **row} for number in range(n)]


class TestSexChromosomes:
    def test_mismatch(self):
        rows = quiet_background() + on_chromosome("chrY", 8, logFC=6.0, count_a=90.0, count_b=1.0)
        found = run_qc_checks(compare(peaks(rows)))
        assert [item["issue"] for item in found] == ["Sex-chromosome confound on chrY"]
        assert found[0]["severity"] == "major"
        assert "100% of the 8 significant regions on chrY are higher in Treated" in found[0]["details"]
        assert "a median count near zero in Control" in found[0]["details"]
        assert len(found[0]["affected_regions"]) == 8

    def test_twofold_x_is_no_mismatch(self):
        rows = quiet_background() + on_chromosome("chrX", 10, logFC=1.0, count_a=80.0, count_b=40.0)
        assert issues(compare(peaks(rows))) == []

    def test_twofold_x_beside_a_missing_y_is_one(self):
        rows = quiet_background() + on_chromosome("chrX", 10, logFC=-1.0, count_a=40.0, count_b=80.0)
        rows += on_chromosome("chrY", 8, logFC=6.0, count_a=90.0, count_b=1.0)
        found = run_qc_checks(compare(peaks(rows)))
        assert [item["issue"] for item in found] == [f"Sex-chromosome confound on {name}" for name in ("chrX", "chrY")]
        assert "near-zero" not in found[0]["details"]
        assert "100% of the 10 significant regions on chrX are higher in Control" in found[0]["details"]

    @pytest.mark.parametrize(("higher", "flagged"), [(8, False), (9, True)])
    def test_all_regions_need_more_than_80_per_cent(self, higher, flagged):
        rows = on_chromosome("chrY", higher, logFC=6.0, count_a=90.0, count_b=1.0, q=0.4)
        rows += on_chromosome("chrY", 10 - higher, logFC=-1.0, count_a=1.0, count_b=2.0, q=0.4)
        assert bool(issues(compare(peaks(rows)))) is flagged

    @pytest.mark.parametrize(("higher", "flagged"), [(6, False), (7, True)])
    def test_significant_regions_need_more_than_67_per_cent(self, higher, flagged):
        noise = on_chromosome("chrY", 20, logFC=-0.2, count_a=1.0, count_b=1.2, q=0.9)
        rows = on_chromosome("chrY", higher, offset=3_000, logFC=6.0, count_a=90.0, count_b=1.0)
        rows += on_chromosome("chrY", 10 - higher, offset=9_000, logFC=-6.0, count_a=0.5, count_b=1.0)
        found = issues(compare(peaks(noise + rows)))
        assert bool(found) is flagged

    def test_yeast_has_none(self):
        rows = on_chromosome("chrX", 8, logFC=6.0, count_a=90.0, count_b=1.0)
        assert issues(compare(peaks(rows), genome="sacCer3")) == []

    def test_worm_x(self):
        rows = on_chromosome("chrX", 8, logFC=6.0, count_a=90.0, count_b=1.0)
        assert issues(compare(peaks(rows), genome="ce11")) == ["Sex-chromosome confound on chrX"]


class TestClusters:
    @staticmethod
    def cluster(n, spacing=150_000, **row):
        return [{"chrom": "chr9", "start": 50_000_000 + spacing * number, "logFC": 3.0, **row} for number in range(n)]

    @pytest.mark.parametrize(("n", "flagged"), [(9, False), (10, True)])
    def test_ten_loci_make_a_cluster(self, n, flagged):
        assert bool(issues(compare(peaks(quiet_background() + self.cluster(n))))) is flagged

    def test_it_must_fit_into_2_mb(self):
        assert issues(compare(peaks(quiet_background() + self.cluster(10, spacing=230_000)))) == []

    def test_fragments_of_one_peak_count_once(self):
        rows = [{"chrom": "chr9", "start": 50_000_000 + 100 * number, "size": 100} for number in range(30)]
        assert issues(compare(peaks(quiet_background() + rows))) == ["Fragmented peaks"]

    def test_both_directions_are_no_cluster(self):
        rows = self.cluster(10) + [row | {"start": row["start"] + 60_000, "logFC": -3.0} for row in self.cluster(10)]
        assert issues(compare(peaks(quiet_background() + rows))) == []

    def test_long_run_is_one_finding(self):
        found = run_qc_checks(compare(peaks(quiet_background() + self.cluster(30))))
        assert [item["issue"] for item in found] == ["Genomic cluster on chr9"]
        assert "30 significant loci" in found[0]["details"]
        assert "copy-number" in found[0]["recommendation"]

    def test_chry_of_a_sex_mismatch_is_not_a_cluster_as_well(self):
        rows = [row | {"chrom": "chrY", "count_a": 90.0, "count_b": 1.0} for row in self.cluster(15)]
        assert issues(compare(peaks(quiet_background() + rows))) == ["Sex-chromosome confound on chrY"]


class TestMitochondrion:
    def test_flagged_for_peaks(self):
        rows = [*quiet_background(), {"chrom": "chrM", "size": 15}, {"chrom": "chrM", "start": 900, "size": 200}]
        found = run_qc_checks(compare(peaks(rows)))
        assert [item["issue"] for item in found] == ["Mitochondrial regions"]
        assert "2 significant regions on chrM, 1 of them also under 20 bp" in found[0]["details"]

    def test_not_significant_is_not_flagged(self):
        assert issues(compare(peaks([*quiet_background(), {"chrom": "chrM", "q": 0.2}]))) == []

    def test_not_flagged_for_methylation(self):
        assert issues(compare(methylation([{"chrom": "chrM"}]))) == ["Checks that do not apply to methylation"]


@pytest.mark.parametrize(
    ("n", "severity"),
    [((2, 8), "major"), ((3, 3), "major"), ((4, 8), "minor"), ((5, 5), None), ((8, 8), None)],
)
def test_sample_size(n, severity):
    found = run_qc_checks(compare(peaks(quiet_background()), n=n))
    assert [item["severity"] for item in found] == ([severity] if severity else [])


@pytest.mark.parametrize(("count", "flagged"), [(25.0, False), (12.0, True)])
def test_ma_asymmetry_needs_more_than_one_log2_unit(count, flagged):
    rows = [
        row if row["logFC"] > 0 else row | {"count_a": 0.4 * count, "count_b": 1.6 * count}
        for row in quiet_background()
    ]
    assert bool(issues(compare(peaks(rows)))) is flagged


def test_ma_asymmetry_needs_hits_in_both_directions():
    rows = quiet_background()[1::2] + [{"logFC": -3.0, "count_a": 1.0, "count_b": 2.0, "start": 0}]
    assert "MA asymmetry" not in issues(compare(peaks(rows)))


@pytest.mark.parametrize(("size", "flagged"), [(99, True), (100, False)])
def test_median_size_of_significant_regions(size, flagged):
    rows = [row | {"size": size} for row in quiet_background()]
    assert ("Small significant regions" in issues(compare(peaks(rows)))) is flagged


def test_filtered_regions_are_reported():
    rows = [*quiet_background(), {"chrom": "chrUn_KI270742v1"}, {"size": 4, "start": 77}]
    found = run_qc_checks(compare(peaks(rows)))
    assert [item["issue"] for item in found] == [
        "Non-standard contigs filtered",
        "Implausibly small regions filtered",
    ]


def test_ignored_experiments_come_first():
    found = run_qc_checks(compare(peaks(quiet_background()), n=(4, 8), ignored=("SRX7", "GSM1")))
    assert found[0]["issue"] == "Experiments not used by the server"
    assert "SRX7, GSM1" in found[0]["details"] and "4 (Treated) vs 8 (Control)" in found[0]["details"]


def test_no_regions_no_findings():
    assert issues(compare(peaks(quiet_background()).head(0))) == []


def test_every_rule_is_documented():
    assert all(rule.__doc__ for rule in qc_checks.RULES)


def test_counts_that_cannot_be_matched():
    comparison = replace(compare(peaks(quiet_background())), counts_matched=False)
    assert issues(comparison) == ["Counts cannot be matched to experiments"]


def test_fragments_are_told_from_loci():
    rows = [{"chrom": "chr3", "start": 7000 + 100 * number, "size": 100} for number in range(5)]
    found = run_qc_checks(compare(peaks(quiet_background() + rows)))
    assert found[0]["issue"] == "Fragmented peaks" and found[0]["severity"] == "note"
    assert "45 significant regions lie in 41 loci, 1 of which holds more than one" in found[0]["details"]


def test_sample_unlike_its_group():
    rng = np.random.default_rng(0)
    counts = pd.DataFrame(rng.uniform(5, 500, (300, 1)) * rng.lognormal(0, 0.1, (300, 8)), columns=list("abcdefgh"))
    groups = tuple("AAAABBBB")
    alike = replace(compare(peaks(quiet_background())), counts=counts, sample_groups=groups)
    assert issues(alike) == []
    odd = replace(alike, counts=counts.assign(c=rng.permutation(counts["c"].to_numpy())))
    found = run_qc_checks(odd)
    assert [item["issue"] for item in found] == ["Sample unlike its group"]
    assert found[0]["details"].startswith("c (median correlation")


def details(rows, issue, *, n=(8, 8), genome="hg38"):
    """The findings of one kind, details and regions."""
    found = run_qc_checks(compare(peaks(rows), n=n, genome=genome))
    return [(item["details"], item["affected_regions"]) for item in found if item["issue"] == issue]


class TestSexChromosomesAtTheirLimits:
    ISSUE = "Sex-chromosome confound on chrY"

    @pytest.mark.parametrize(("n", "flagged"), [(2, False), (3, True)])
    def test_three_regions_have_a_direction(self, n, flagged):
        rows = on_chromosome("chrY", n, logFC=6.0, count_a=90.0, count_b=1.0)
        assert bool(details(rows, self.ISSUE)) is flagged

    @pytest.mark.parametrize(("higher", "flagged"), [(67, False), (68, True)])
    def test_exactly_67_per_cent_is_not_more_than_that(self, higher, flagged):
        noise = on_chromosome("chrY", 150, logFC=-0.2, count_a=1.0, count_b=1.2, q=0.9)
        noise += on_chromosome("chrY", 150, offset=1_000, logFC=0.2, count_a=1.2, count_b=1.0, q=0.9)
        rows = on_chromosome("chrY", higher, offset=3_000, logFC=6.0, count_a=90.0, count_b=1.0)
        rows += on_chromosome("chrY", 100 - higher, offset=9_000, logFC=-6.0, count_a=0.5, count_b=1.0)
        assert bool(details(noise + rows, self.ISSUE)) is flagged

    @pytest.mark.parametrize(
        ("other", "enriched", "flagged"),
        [(5.0, 40.0, True), (5.01, 40.0, False), (10.0, 100.0, True), (10.01, 100.0, False)],
    )
    def test_near_zero_is_five_reads_or_a_tenth_of_the_other_group(self, other, enriched, flagged):
        towards_a = on_chromosome("chrY", 8, logFC=3.0, count_a=enriched, count_b=other)
        towards_b = on_chromosome("chrY", 8, logFC=-3.0, count_a=other, count_b=enriched)
        assert bool(details(towards_a, self.ISSUE)) is flagged
        assert bool(details(towards_b, self.ISSUE)) is flagged

    def test_near_zero_is_the_median(self):
        """One region full of reads does not hide a missing chromosome, nor make one."""
        rows = on_chromosome("chrY", 5, logFC=3.0, count_a=90.0, count_b=1.0)
        rows[0]["count_b"] = 900.0
        assert details(rows, self.ISSUE)
        rows = on_chromosome("chrY", 5, logFC=3.0, count_a=20.0, count_b=8.0)
        rows[0]["count_a"] = rows[1]["count_a"] = 1000.0
        assert not details(rows, self.ISSUE)

    def test_either_group_may_lack_the_chromosome(self):
        [(text, regions)] = details(on_chromosome("chrY", 4, logFC=-6.0, count_a=1.0, count_b=90.0), self.ISSUE)
        assert text == (
            "100% of the 4 tested regions on chrY are higher in Control; 100% of the 4 significant regions on chrY are "
            "higher in Control, with a median count near zero in Treated."
        )
        assert regions == [f"chrY:{start}-{start + 300}" for start in range(0, 12_000_000, 3_000_000)]

    def test_the_regions_named_are_the_significant_ones(self):
        rows = on_chromosome("chrY", 4, logFC=6.0, count_a=90.0, count_b=1.0)
        rows += on_chromosome("chrY", 4, offset=9_000, logFC=6.0, count_a=90.0, count_b=1.0, q=0.3)
        [(text, regions)] = details(rows, self.ISSUE)
        assert text.startswith("100% of the 8 tested regions on chrY are higher in Treated; 100% of the 4 significant")
        assert len(regions) == 4 and "chrY:0-300" in regions

    def test_at_most_twenty_are_named(self):
        [(_, regions)] = details(on_chromosome("chrY", 25, logFC=6.0, count_a=90.0, count_b=1.0), self.ISSUE)
        assert len(regions) == 20

    def test_shares_are_those_of_the_direction(self):
        rows = on_chromosome("chrY", 9, logFC=6.0, count_a=90.0, count_b=1.0)
        rows += on_chromosome("chrY", 1, offset=9_000, logFC=-6.0, count_a=0.5, count_b=1.0)
        [(text, _)] = details(rows, self.ISSUE)
        assert "90% of the 10 significant regions on chrY are higher in Treated" in text

    def test_methylation_needs_a_direction_alone(self):
        rows = [{"chrom": "chrX", "start": 3_000_000 * number, "difference": -0.4} for number in range(4)]
        found = run_qc_checks(compare(methylation(rows)))
        assert found[0]["issue"] == "Sex-chromosome confound on chrX"
        assert found[0]["details"].endswith("100% of the 4 significant regions on chrX are higher in Control.")

    def test_one_copy_beside_two_is_said(self):
        rows = on_chromosome("chrX", 10, logFC=-1.0, count_a=40.0, count_b=80.0)
        rows += on_chromosome("chrY", 8, logFC=6.0, count_a=90.0, count_b=1.0)
        [(text, _)] = details(quiet_background() + rows, "Sex-chromosome confound on chrX")
        assert text.endswith(", as one copy beside two would be, next to the other sex chromosome's mismatch.")


NOTHING_ELSE = "too few regions were tested elsewhere to say whether that is more than chance"


class TestClustersAtTheirLimits:
    ISSUE = "Genomic cluster on chr9"

    @staticmethod
    def loci(starts, **row):
        return [{"chrom": "chr9", "start": start, "logFC": 3.0, **row} for start in starts]

    @pytest.mark.parametrize(("same", "flagged"), [(18, True), (17, False)])
    @pytest.mark.parametrize("effect", [3.0, -3.0])
    def test_exactly_90_per_cent_one_way_is_a_cluster(self, same, flagged, effect):
        # The others lie behind, so that no smaller window leaves one of them out.
        rows = self.loci(range(50_000_000, 50_000_000 + 10_000 * same, 10_000), logFC=effect)
        rows += self.loci([51_000_000, 51_010_000], logFC=-effect)
        found = details(rows, self.ISSUE)
        assert bool(found) is flagged
        if flagged:
            [(text, regions)] = found
            label = "Treated" if effect > 0 else "Control"
            assert text == (
                f"20 significant loci within 1.01 Mb (chr9:50000000-51010300), 90% higher in {label}; {NOTHING_ELSE}."
            )
            assert len(regions) == 20

    @pytest.mark.parametrize(("last", "flagged"), [(51_999_699, True), (51_999_700, False)])
    def test_its_last_locus_ends_less_than_2_mb_from_the_start_of_its_first(self, last, flagged):
        rows = self.loci([*range(50_000_000, 50_900_000, 100_000), last])
        assert bool(details(rows, self.ISSUE)) is flagged

    def test_order_of_significance_is_not_that_of_position(self):
        starts = [50_000_000 + 100_000 * number for number in range(12)]
        rows = [row | {"q": 1e-9 / (1 + 7 * n % 12)} for n, row in enumerate(self.loci(starts))]
        [(text, _)] = details(rows, self.ISSUE)
        assert text.startswith("12 significant loci within 1.10 Mb (chr9:50000000-51100300)")

    def test_windows_that_share_one_locus_are_one_cluster(self):
        rows = self.loci([50_000_000 + 200_000 * number for number in range(10)])
        rows += self.loci([53_700_000 + 1_000 * number for number in range(9)])
        [(text, _)] = details(rows, self.ISSUE)
        assert text.startswith("19 significant loci within 3.71 Mb (chr9:50000000-53708300)")

    def test_clusters_far_apart_are_two(self):
        rows = self.loci([50_000_000 + 1_000 * number for number in range(10)])
        rows += self.loci([90_000_000 + 1_000 * number for number in range(11)])
        assert [text.partition(" ")[0] for text, _ in details(rows, self.ISSUE)] == ["10", "11"]

    def test_clusters_of_both_directions_stay_apart(self):
        rows = self.loci([90_000_000 + 1_000 * number for number in range(11)])
        rows += self.loci([50_000_000 + 1_000 * number for number in range(10)], logFC=-3.0)
        assert [text for text, _ in details(rows, self.ISSUE)] == [
            "11 significant loci within 0.01 Mb (chr9:90000000-90010300), 100% higher in Treated; "
            + NOTHING_ELSE
            + ".",
            "10 significant loci within 0.01 Mb (chr9:50000000-50009300), 100% higher in Control; "
            + NOTHING_ELSE
            + ".",
        ]

    def test_what_is_not_significant_is_no_locus(self):
        rows = self.loci(range(50_000_000, 50_900_000, 100_000)) + self.loci([50_950_000], q=0.2)
        assert details(rows, self.ISSUE) == []

    def test_the_mitochondrion_is_no_cluster_as_well(self):
        rows = [{"chrom": "chrM", "start": 400 * number, "size": 100} for number in range(15)]
        assert issues(compare(peaks(rows))) == ["Mitochondrial regions"]

    def test_what_it_advises_against_are_its_significant_regions_alone(self):
        rows = self.loci(range(50_000_000, 51_000_000, 100_000))  # to 50,900,300
        beside = self.loci([49_999_700, 50_900_300])  # abut it on both sides: no part of it
        inside = self.loci([50_450_000], q=0.3)
        other = [{"chrom": "chr8", "start": 50_100_000}]
        found = run_qc_checks(compare(peaks(rows)))
        regions = peaks(rows + beside + inside + other)
        wanted = (regions["chrom"] == "chr9") & regions["significant"]
        wanted &= ~regions["chromStart"].isin([49_999_700, 50_900_300])
        assert suspect_regions(regions, found).tolist() == wanted.tolist() and wanted.sum() == 10

    def test_chromosomes_that_are_advised_against(self):
        rows = on_chromosome("chrY", 8, logFC=6.0, count_a=90.0, count_b=1.0)
        sex, mitochondrion = (run_qc_checks(compare(peaks(part))) for part in (rows, [{"chrom": "chrM"}]))
        regions = peaks([{"chrom": chrom, "q": q} for chrom in ("chrY", "chrM", "chrX", "MT") for q in (1e-4, 0.5)])
        for found, chromosomes in (
            (sex, ["chrY"]),
            (mitochondrion, ["chrM", "MT"]),
            (sex + mitochondrion, ["chrY", "chrM", "MT"]),
        ):
            assert suspect_regions(regions, found).tolist() == regions["chrom"].isin(chromosomes).tolist()
        assert not suspect_regions(regions, run_qc_checks(compare(peaks(quiet_background())))).any()


class TestMitochondrionAtItsLimits:
    @pytest.mark.parametrize(("size", "tiny"), [(19, True), (20, False)])
    def test_under_20_bp_is_doubly_suspect(self, size, tiny):
        [(text, regions)] = details([{"chrom": "chrM", "size": size}], "Mitochondrial regions")
        also = ", 1 of them also under 20 bp and so doubly suspect" if tiny else ""
        assert text == f"1 significant region on chrM{also}."
        assert regions == [f"chrM:0-{size}"]

    def test_plants_have_plastids(self):
        rows = [{"chrom": "ChrM"}, {"chrom": "ChrC"}, {"chrom": "Chr1"}]
        found = run_qc_checks(compare(peaks(rows), genome="TAIR12"))[0]
        assert found["severity"] == "major" and found["details"] == "2 significant regions on ChrC and ChrM."
        assert found["recommendation"].startswith("Mitochondrial and plastid DNA")
        human = run_qc_checks(compare(peaks([{"chrom": "chrM"}])))[0]
        assert human["recommendation"].startswith("Mitochondrial DNA")


class TestMaAsymmetry:
    @staticmethod
    def rows(mean_a, mean_b, n=(5, 5)):
        """So many regions higher in either group, whose mean count over both is known."""
        towards_a = [{"logFC": 2.0, "count_a": 1.6 * mean_a, "count_b": 0.4 * mean_a}] * n[0]
        towards_b = [{"logFC": -2.0, "count_a": 0.4 * mean_b, "count_b": 1.6 * mean_b}] * n[1]
        return [row | {"start": 4_000_000 * n} for n, row in enumerate(towards_a + towards_b)]

    @pytest.mark.parametrize(("low", "high", "n"), [("Treated", "Control", (6, 5)), ("Control", "Treated", (5, 6))])
    def test_it_names_the_group_of_low_counts_first(self, low, high, n):
        means = (15, 255) if low == "Treated" else (255, 15)  # log2(1 + mean) = 4 and 8
        [(text, regions)] = details(self.rows(*means, n), "MA asymmetry")
        assert text == (
            f"Significant regions higher in {low} have a median mean count of 4.00 (log2), those higher in {high} "
            "8.00: 4.00 log2 units apart. The direction of the change explains 1.96 of it: a region that gains has the "
            "higher mean. 2.04 is left."
        )
        first, count = (0, 6) if low == "Treated" else (5, 6)
        assert sorted(regions) == sorted(
            f"chr1:{4_000_000 * number}-{4_000_000 * number + 300}" for number in range(first, first + count)
        )
        [found] = [item for item in run_qc_checks(compare(peaks(self.rows(*means, n)))) if "MA" in item["issue"]]
        assert found["severity"] == "major"
        assert found["recommendation"].startswith(f"The hits in {low} may come from normalisation")

    @pytest.mark.parametrize(("mean", "flagged"), [(7.0, False), (7.1, True)])
    def test_exactly_one_log2_unit_is_not_more_than_that(self, mean, flagged):
        assert bool(details(self.rows(3.0, mean), "MA asymmetry")) is flagged

    @pytest.mark.parametrize("n", [(4, 6), (6, 4)])
    def test_five_regions_of_each_direction_have_a_median(self, n):
        assert details(self.rows(15, 63, n), "MA asymmetry") == []
        assert details(self.rows(15, 63, (5, 5)), "MA asymmetry") != []

    def test_what_the_direction_explains_is_no_alarm(self):
        """All regions had 20 reads in Control; half of them gained eightfold, half lost as much."""
        rows = [{"logFC": 3.0, "count_a": 160.0, "count_b": 20.0}] * 6
        rows += [{"logFC": -3.0, "count_a": 2.5, "count_b": 20.0}] * 6
        rows = [row | {"start": 4_000_000 * n} for n, row in enumerate(rows)]
        [found] = [item for item in run_qc_checks(compare(peaks(rows))) if "MA" in item["issue"]]
        assert found["severity"] == "note" and found["affected_regions"] == []
        assert "explains 2.89 of it" in found["details"] and "0.00 at most is left" in found["details"]

    def test_only_significant_regions_count(self):
        rows = self.rows(15, 63, (4, 6))
        rows.append(rows[0] | {"start": 90_000_000, "q": 0.3})
        assert details(rows, "MA asymmetry") == []

    def test_at_most_twenty_are_named(self):
        [(_, regions)] = details(self.rows(15, 255, (25, 5)), "MA asymmetry")
        assert len(regions) == 20

    def test_mean_of_both_groups_before_the_logarithm(self):
        table = pd.DataFrame({"mean_count_a": [0.0, 6.0, 30.0], "mean_count_b": [0.0, 0.0, 32.0]})
        assert mean_log2_count(table).tolist() == [0.0, 2.0, 5.0]


class TestFragments:
    @staticmethod
    def fragments(loci, pieces):
        """Loci of one region each, but the first ones of so many."""
        return [
            {"chrom": "chr3", "start": 1_000_000 * locus + 200 * piece, "size": 200, "logFC": 2.0 - 4.0 * (locus % 2)}
            for locus in range(loci)
            for piece in range(pieces[locus] if locus < len(pieces) else 1)
        ]

    @pytest.mark.parametrize(
        ("loci", "pieces", "severity", "text"),
        [
            (2, [2], "minor", "3 significant regions lie in 2 loci, 1 of which holds more than one."),
            (4, [2, 2], "minor", "6 significant regions lie in 4 loci, 2 of which hold more than one."),
            (3, [2], "note", "4 significant regions lie in 3 loci, 1 of which holds more than one."),
        ],
    )
    def test_minor_from_three_regions_for_two_loci(self, loci, pieces, severity, text):
        rows = self.fragments(loci, pieces)
        [found] = [item for item in run_qc_checks(compare(peaks(rows))) if item["issue"] == "Fragmented peaks"]
        assert (found["severity"], found["details"]) == (severity, text)

    def test_one_locus_is_one(self):
        [(text, _)] = details(self.fragments(1, [2]), "Fragmented peaks")
        assert text == "2 significant regions lie in 1 locus, 1 of which holds more than one."
        [(text, _)] = details([{"start": 60 * number, "size": 60} for number in range(2)], "Small significant regions")
        assert text.endswith("2 significant regions make up 1 locus.")

    def test_a_locus_with_one_significant_region_is_whole(self):
        rows = self.fragments(3, [2])
        rows[1]["q"] = 0.4
        assert details(rows, "Fragmented peaks") == []

    def test_a_fragment_between_joins_its_neighbours(self):
        rows = self.fragments(2, [3])
        rows[1]["q"] = 0.4
        [(text, _)] = details(rows, "Fragmented peaks")
        assert text.startswith("3 significant regions lie in 2 loci")


def test_small_regions_are_counted_beside_their_loci():
    rows = [{"start": 60 * number, "size": 60} for number in range(3)] + [{"start": 5_000_000, "size": 300}]
    [(text, _)] = details(rows, "Small significant regions")
    assert text == "The median significant region is 60 bp (< 100 bp): 4 significant regions make up 2 loci."


def test_the_median_size_is_that_of_significant_regions():
    rows = [row | {"size": 300} for row in quiet_background(10)]
    rows += [{"start": 900_000_000 + 1_000 * n, "size": 50, "q": 0.5} for n in range(30)]
    assert details(rows, "Small significant regions") == []


def test_what_the_filter_took_out_is_counted():
    rows = [*quiet_background(), {"chrom": "chrUn_KI270742v1"}, {"chrom": "chrUn_KI270742v1", "q": 0.4, "start": 9}]
    rows += [{"size": 9, "start": 77, "q": 0.4}, {"size": 9, "start": 7_700}, {"size": 9, "start": 77_000}]
    [(contigs, _)], [(tiny, _)] = (
        details(rows, issue) for issue in ("Non-standard contigs filtered", "Implausibly small regions filtered")
    )
    assert contigs == "2 regions on scaffolds or unplaced contigs (1 significant) were taken out."
    assert tiny == "3 regions under 10 bp (2 significant) were taken out."


def test_methylation_is_not_held_to_rules_about_counts_and_sizes():
    rows = [{"difference": 0.4 - 0.8 * (n % 2), "size": 60, "start": 60 * n} for n in range(40)]
    found = run_qc_checks(compare(methylation(rows)))
    assert [item["issue"] for item in found] == ["Checks that do not apply to methylation"]
    assert found[0]["severity"] == "note"


def test_findings_are_told_as_they_are_made(capsys):
    found = run_qc_checks(compare(peaks([*quiet_background(), {"chrom": "chrM"}]), n=(4, 5)))
    assert [item["severity"] for item in found] == ["major", "minor"]
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "  QC: 2 findings",
        "    [major] Mitochondrial regions: 1 significant region on chrM.",
        f"    [minor] Small sample size: {found[1]['details']}",
    ]


def test_no_rule_changes_what_the_next_one_looks_at():
    with pytest.raises(FrozenInstanceError):
        compare(peaks([{}])).n_a = 3
