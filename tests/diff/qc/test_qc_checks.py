from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scripts.diff.qc import qc_checks
from scripts.diff.qc.qc_checks import run_qc_checks
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
