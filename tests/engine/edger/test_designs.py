"""Designs against R's edgeR, and on counts whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import test_design as run_design
from tests.reference import REFERENCE

CASES = {
    "paired_4": ("condition", "treated", "control"),
    "genotype_unbalanced": ("condition", "dnr", "dmso"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    folder = REFERENCE / "edger_glm" / request.param
    if not folder.is_dir():
        pytest.skip("no reference data: ../shared/data/edger_glm")
    counts = pd.read_csv(folder / "count.csv.gz", index_col=0)
    samples = pd.read_csv(folder / "samples.csv").set_index("sample")
    expected = pd.read_csv(folder / "expected.csv.gz", index_col=0)
    planted = set(pd.read_csv(folder / "truth.csv.gz")["peak"])
    return counts, samples, expected, planted, CASES[request.param]


@pytest.mark.parametrize(("test", "pvalue", "fdr"), [
    ("ql", "PValue", "FDR"), ("ql-legacy", "PValue", "FDR"), ("lrt", "PValue_LRT", "FDR_LRT"),
])  # fmt: skip
def test_as_r_s_edger(case, test, pvalue, fdr):
    counts, samples, expected, planted, contrast = case
    found = run_design(counts, samples, "~ block + condition", contrast, test)
    assert set(found.index) == set(expected.index)
    theirs = expected.loc[found.index]
    assert np.median(np.abs(np.log10(found["pvalue"]) - np.log10(theirs[pvalue]))) < 0.01
    mine, r_calls = found["qvalue"] < 0.05, theirs[fdr] < 0.05
    assert (mine == r_calls).mean() > 0.97
    true = found.index.isin(planted)
    assert abs((mine & ~true).sum() / mine.sum() - (r_calls & ~true).sum() / r_calls.sum()) < 0.01
    assert (mine & true).sum() >= (r_calls & true).sum() - 2


def negative_binomial(seed, means, dispersion=0.05):
    rng = np.random.default_rng(seed)
    size = 1 / dispersion
    return rng.negative_binomial(size, size / (size + means))


def planted(seed=1, n=2000, changed=200, global_shift=0.0):
    """Two genotypes and a treatment, three of each; `changed` regions gain fourfold, all of them `global_shift`."""
    rng = np.random.default_rng(seed)
    rows = [(genotype, treatment) for genotype in ("wt", "mut") for treatment in ("dmso", "drug") for _ in range(3)]
    samples = pd.DataFrame(rows, columns=["genotype", "treatment"], index=[f"S{n}" for n in range(12)])
    base = rng.gamma(3, 60, n)
    drug = (samples["treatment"] == "drug").to_numpy()
    means = np.repeat(base[:, None], 12, axis=1) * 2 ** (global_shift * drug)
    means[:changed, drug] *= 4
    means[:, (samples["genotype"] == "mut").to_numpy()] *= 2 ** rng.normal(0, 0.5, n)[:, None]
    index = [f"peak_{number}" for number in range(n)]
    return pd.DataFrame(negative_binomial(seed, means), index=index, columns=samples.index), samples


DRUG = ("treatment", "drug", "dmso")


def test_planted_differences_are_found_and_the_sign_is_that_of_the_contrast():
    counts, samples = planted()
    found = run_design(counts, samples, "~ genotype + treatment", DRUG)
    called = found.index[found["qvalue"] < 0.05]
    true = {f"peak_{number}" for number in range(200)}
    assert len(true & set(called)) > 190 and len(set(called) - true) < 25
    assert found.loc[list(true & set(called)), "logFC"].median() == pytest.approx(2, abs=0.15)
    other = run_design(counts, samples, "~ genotype + treatment", ("treatment", "dmso", "drug"))
    np.testing.assert_allclose(other["logFC"], -found["logFC"], atol=1e-6)


@pytest.mark.parametrize("test", ["ql", "lrt"])
def test_null_data_are_quiet(test):
    counts = 0
    for seed in range(5):
        table, samples = planted(seed, changed=0)
        counts += int((run_design(table, samples, "~ genotype + treatment", DRUG, test)["qvalue"] < 0.05).sum())
    assert counts <= 10


def test_order_of_the_samples_does_not_matter():
    counts, samples = planted(n=500)
    one = run_design(counts, samples, "~ genotype + treatment", DRUG)
    two = run_design(counts, samples.iloc[::-1], "~ genotype + treatment", DRUG)
    pd.testing.assert_frame_equal(one, two)


def test_groups_a_and_b_need_no_contrast():
    counts, samples = planted(n=500)
    samples["group"] = np.where(samples["treatment"] == "drug", "A", "B")
    found = run_design(counts, samples, "~ genotype + group")
    assert found["logFC"].iloc[:100].median() > 1 and found.attrs["tested"] == "A against B (group)"


def test_an_interaction_is_a_combination_of_coefficients():
    counts, samples = planted(n=800, changed=0)
    both = ((samples["genotype"] == "mut") & (samples["treatment"] == "drug")).to_numpy()
    counts.loc[counts.index[:80], samples.index[both]] *= 6
    found = run_design(counts, samples, "~ genotype * treatment", {"genotype[T.wt]:treatment[T.drug]": -1})
    called = set(found.index[found["qvalue"] < 0.05])
    assert len(called & set(counts.index[:80])) > 70 and len(called - set(counts.index[:80])) < 10


def test_against_a_threshold_fewer_are_called():
    counts, samples = planted()
    plain = run_design(counts, samples, "~ genotype + treatment", DRUG)
    strict = run_design(counts, samples, "~ genotype + treatment", DRUG, min_abs_logfc=1.9)
    assert (strict["qvalue"] < 0.05).sum() < (plain["qvalue"] < 0.05).sum() / 2
    assert list(strict)[:3] == ["logFC", "pvalue", "qvalue"]


class TestNormalisation:
    """A true loss of everything to a quarter, with 200 regions that keep what they had."""

    @staticmethod
    def data():
        counts, samples = planted(seed=3, global_shift=-2.0)
        return counts, samples.assign(mapped_reads=20e6)

    def share_lost(self, **options):
        counts, samples = self.data()
        found = run_design(counts, samples, "~ genotype + treatment", DRUG, **options)
        unchanged, rest = found.iloc[:200], found.iloc[200:]
        return (rest["logFC"] < -1).mean(), unchanged["logFC"].median()

    def test_tmm_calls_the_unchanged_ones_gained(self):
        lost, unchanged = self.share_lost()
        assert lost < 0.05 and unchanged == pytest.approx(2, abs=0.2)

    def test_mapped_reads_tell(self):
        lost, unchanged = self.share_lost(normalisation="library")
        assert lost > 0.99 and unchanged == pytest.approx(0, abs=0.2)

    def test_given_sizes_tell(self):
        sizes = dict.fromkeys(self.data()[1].index, 1e6)
        lost, unchanged = self.share_lost(normalisation=sizes)
        assert lost > 0.99 and unchanged == pytest.approx(0, abs=0.2)

    def test_the_background_tells(self):
        samples = self.data()[1]
        bins = pd.DataFrame(negative_binomial(9, np.full((3000, 12), 200.0)), columns=samples.index)
        lost, unchanged = self.share_lost(normalisation=bins)
        assert lost > 0.99 and unchanged == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"design": "~ sex + treatment"}, "names sex; the samples have genotype, treatment"),
        ({}, {"design": "~ genotype +"}, "is no formula"),
        ({"genotype": "wt"}, {}, "genotype is 'wt' in every sample"),
        ({"genotype": ["wt"] * 11 + [""]}, {}, "genotype is not known of S11"),
        ({"genotype": ["a"] * 3 + ["b"] * 3 + ["a"] * 3 + ["b"] * 3}, {}, r"cannot be told apart: .*\n.*genotype"),
        ({"genotype": [f"g{n}" for n in range(12)]}, {}, "cannot be told apart|nothing is left"),
        ({}, {"contrast": None}, "Which difference is tested"),
        ({}, {"contrast": ("treatment", "drug", "water")}, "treatment has the values dmso, drug"),
        ({}, {"contrast": {"nothing": 1}}, "The design's coefficients are Intercept"),
        ({}, {"test": "wald"}, "give one of 'ql'"),
        ({}, {"normalisation": "rpkm"}, "give 'tmm', 'library'"),
        ({}, {"normalisation": "library"}, "needs the column 'mapped_reads'"),
        ({}, {"normalisation": {"S1": 1.0}}, "must be known of every sample"),
        ({}, {"min_abs_logfc": -1}, "give a log2 fold change"),
    ],
)
def test_what_cannot_be_tested_is_refused(change, options, message):
    counts, samples = planted(n=300)
    given = {"design": "~ genotype + treatment", "contrast": DRUG, **options}
    with pytest.raises(InputError, match=message):
        run_design(counts, samples.assign(**change), **given)


def test_samples_must_be_those_of_the_counts():
    counts, samples = planted(n=300)
    with pytest.raises(InputError, match="not so: S0"):
        run_design(counts, samples.drop(index="S0"), "~ genotype + treatment", DRUG)
