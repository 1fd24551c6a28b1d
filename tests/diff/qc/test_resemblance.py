"""Exchanged samples and hidden factors, planted and absent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.diff.qc.resemblance import check_resemblance
from tests.diff.tables import experiments
from tests.reference import REFERENCE

REGIONS = 4000


def counts(seed, n_a=4, n_b=4, effect=1.5, changed=400, factor=None, strength=1.5):
    """Negative binomial counts; `changed` regions differ between the groups, others between sides of `factor`."""
    rng = np.random.default_rng(seed)
    base = rng.gamma(2, 40, REGIONS)
    signs = rng.choice([-1, 1], REGIONS)
    means = np.repeat(base[:, None], n_a + n_b, axis=1)
    means[:changed, :n_a] *= 2 ** (effect * signs[:changed])[:, None]
    if factor is not None:
        rows = slice(changed, changed + 800)
        means[rows, np.array(factor, dtype=bool)] *= 2 ** (strength * signs[rows])[:, None]
    drawn = rng.negative_binomial(10, 10 / (10 + means))
    return pd.DataFrame(drawn, columns=[f"SRX{number}" for number in range(1, n_a + n_b + 1)])


def codes(table, groups="AAAABBBB", known=None):
    return [item.code for item in check_resemblance(table, groups, known)]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("effect", [0.0, 1.5], ids=["no difference", "a difference"])
def test_nothing_is_said_of_groups_as_they_are(seed, effect):
    assert codes(counts(seed, effect=effect)) == []
    assert codes(counts(seed, 3, 3, effect=effect), "AAABBB") == []
    assert codes(counts(seed, 8, 8, effect=effect), "A" * 8 + "B" * 8) == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [3, 4, 8])
def test_a_pair_that_was_exchanged_is_named(seed, n):
    table = counts(seed, n, n)
    names = list(table)
    names[1], names[n + 2] = names[n + 2], names[1]
    [found] = check_resemblance(table[names], "A" * n + "B" * n)
    assert found.code == "sample_swap" and found.severity == "major"
    assert found.details.startswith(f"{names[1]} and {names[n + 2]} resemble the other group")


def test_one_sample_of_the_other_group_is_named():
    table = counts(1, 4, 4)
    [found] = check_resemblance(table, "AAAAABBB")
    assert found.code == "sample_swap" and found.details.startswith("SRX5 resembles the other group")


@pytest.mark.parametrize("seed", range(5))
def test_a_factor_across_the_groups(seed):
    table = counts(seed, effect=0.3, factor=[1, 1, 0, 0, 1, 1, 0, 0])
    [found] = check_resemblance(table, "AAAABBBB")
    assert found.code == "batch" and found.severity == "minor"
    assert found.details.startswith(("SRX1, SRX2, SRX5, SRX6 against", "SRX3, SRX4, SRX7, SRX8 against"))


def test_a_factor_that_leans_to_one_group_and_its_name():
    table = counts(2, effect=0.3, factor=[1, 1, 1, 0, 0, 0, 0, 1])
    sex = ["f", "f", "f", "m", "m", "m", "m", "f"]
    known = experiments((list(table)[:4], list(table)[4:]), attributes=[f"sex={one}" for one in sex])
    found = check_resemblance(table, "AAAABBBB", known)
    assert [item.code for item in found] in (["batch"], ["sample_swap"])
    if found[0].code == "batch":
        assert found[0].severity == "major" and "(the cut is that of sex)" in found[0].details


def test_two_a_group_say_nothing():
    assert codes(counts(1, 2, 2)[["SRX1", "SRX3", "SRX2", "SRX4"]], "AABB") == []


def test_an_outlier_is_no_batch():
    table = counts(3)
    table["SRX1"] = np.random.default_rng(0).permutation(table["SRX1"].to_numpy())
    assert codes(table) == []


@pytest.mark.parametrize(
    ("case", "members"), [("paired_4", "S3, S4"), ("genotype_unbalanced", "E10, E11, E12, E13, E14")]
)
def test_donors_and_genotypes_of_the_reference_counts(case, members):
    """Designs with a block: the block is the factor that outweighs the groups."""
    folder = REFERENCE / "edger_glm" / case
    if not folder.is_dir():
        pytest.skip("no reference data: ../shared/data/edger_glm")
    table = pd.read_csv(folder / "count.csv.gz", index_col=0)
    samples = pd.read_csv(folder / "samples.csv")
    groups = ["A" if one == samples["condition"].iloc[0] else "B" for one in samples["condition"]]
    [found] = check_resemblance(table / table.sum() * 1e6, groups)
    assert found.code == "batch" and found.severity == "minor"
    assert found.details.startswith(f"{members} against the rest")
