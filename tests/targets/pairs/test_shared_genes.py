"""Shared genes: planted ones are found, hot ones alone are no surprise, and the null is calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scripts.common.errors import InputError, NotFoundError
from scripts.emulator import Atlas
from scripts.targets import co_binding
from scripts.targets.pairs.chance import (
    at_least,
    draw_heat,
    expected_at_least,
    number_of_factors,
    resample_at_least,
    resample_given_heat,
    strata_of,
)
from scripts.targets.pairs.shared_genes import Bound, count_together
from tests.file_server import FileServer
from tests.targets.tables import table_text

N_GENES, N_OTHERS = 3000, 40
GENES = np.array([f"SIM{i:04d}" for i in range(N_GENES)], dtype=object)


def simulated(seed: int, planted: int = 0) -> tuple[dict[str, Bound], pd.Series]:
    """Two factors that have nothing to do with each other but hot loci, and how hot those are for forty others."""
    rng = np.random.default_rng(seed)
    # A twentieth of the genes attracts almost anything, the others a little.
    heat = np.where(rng.random(N_GENES) < 0.05, rng.uniform(1.5, 4, N_GENES), rng.normal(-1, 0.5, N_GENES))
    chance = 1 / (1 + np.exp(-(1.2 * heat - 2.2)))
    share = (rng.random((N_OTHERS, N_GENES)) < chance).mean(axis=0)
    found = {}
    for name in ("A", "B"):
        own = rng.random(N_GENES) < chance
        own[:planted] = True
        found[name] = Bound(GENES, [""], own[:, None], pd.Series(own * 100.0, index=GENES))
    return found, pd.Series(share, index=GENES)


def test_hot_genes_alone_are_no_surprise_and_the_null_is_calibrated() -> None:
    runs = 40
    plain, given = [], []
    for seed in range(runs):
        found, share = simulated(seed)
        row = count_together(found, share, at_least_factors=2, resamples=200)["chance"].iloc[0]
        plain.append(row["pvalue_plain"])
        given.append(row["pvalue_given_hot"])
    assert np.mean(np.array(plain) < 0.05) > 0.9
    assert np.sum(np.array(given) < 0.05) <= stats.binom.ppf(0.995, runs, 0.05)
    assert 0.3 < np.median(given) < 0.9


def test_planted_shared_genes_are_found_and_stand_first() -> None:
    for seed in range(10):
        found, share = simulated(100 + seed, planted=60)
        # The planted genes are of no interest to other factors.
        share.iloc[:60] = np.random.default_rng(seed).choice([0.0, 0.025], 60)
        result = count_together(found, share, at_least_factors=2, resamples=200)
        assert result["chance"].loc[0, "pvalue_given_hot"] < 0.01
        first = result["genes"]["gene"].head(60)
        assert first.isin(GENES[:60]).mean() > 0.75
        hot = result["genes"]["hot_share"]
        assert result["genes"]["chance"][hot < 0.1].mean() < 0.1 < result["genes"]["chance"][hot > 0.5].mean()


def test_plain_numbers_are_those_of_the_hypergeometric_distribution() -> None:
    rng = np.random.default_rng(0)
    bound = rng.random((2, 500)) < [[0.2], [0.35]]
    strata = np.zeros(500, dtype=int)
    drawn = resample_at_least(bound, strata, 20_000, rng)
    n, m = bound.sum(axis=1)
    assert expected_at_least(bound, strata)[2] == pytest.approx(n * m / 500)
    law = stats.hypergeom(500, n, m)
    assert drawn[:, 2].mean() == pytest.approx(law.mean(), abs=0.2)
    assert drawn[:, 2].std() == pytest.approx(law.std(), rel=0.05)
    assert (drawn[:, 1] == n + m - drawn[:, 2]).all() and (drawn[:, 0] == 500).all()


def test_draws_equal_permutations_of_the_genes_themselves() -> None:
    rng = np.random.default_rng(1)
    strata = rng.integers(0, 4, 300)
    bound = rng.random((3, 300)) < (0.15 + 0.2 * strata)
    quick = resample_at_least(bound, strata, 4000, rng)
    slow, together = resample_given_heat(bound[:, :, None], strata, None, 1500, rng)
    assert np.allclose(quick.mean(axis=0), slow.mean(axis=0), atol=0.6)
    assert np.allclose(quick.std(axis=0), slow.std(axis=0), rtol=0.12, atol=0.05)
    assert np.allclose(expected_at_least(bound, strata), quick.mean(axis=0), atol=0.4)
    assert together.sum() == pytest.approx(slow[:, 3].mean())


def test_draws_keep_each_strata_and_each_factors_profiles() -> None:
    rng = np.random.default_rng(3)
    strata = rng.integers(0, 3, 200)
    layers = rng.random((2, 200, 4)) < 0.3
    # A factor that binds everywhere, and one that binds nothing: nothing is left to chance.
    layers[0], layers[1] = True, False
    layers[1, :40, 2] = True
    drawn, _ = resample_given_heat(layers, strata, None, 20, rng)
    assert (drawn[:, 2] == 40).all() and (drawn[:, 1] == 200).all()


def test_heat_is_recovered_from_counts() -> None:
    rng = np.random.default_rng(4)
    truth = np.where(rng.random(20_000) < 0.05, 0.6, 0.04)
    heat = draw_heat(rng.binomial(30, truth), 30, 20, rng)
    assert heat.mean() == pytest.approx(truth.mean(), rel=0.03)
    assert heat[:, truth > 0.5].mean() == pytest.approx(0.6, abs=0.02)
    # What is left open within the many quiet genes is little: they are alike.
    assert heat[:, truth < 0.5].std() < 0.02
    assert number_of_factors(np.array([0, 3 / 29, 12 / 29])) == 29 and number_of_factors(np.array([np.pi / 4])) is None


def test_strata_hold_enough_genes_and_part_none_of_one_frequency() -> None:
    rng = np.random.default_rng(2)
    frequency = rng.choice(np.arange(30) / 29, 2000, p=np.r_[0.7, np.full(29, 0.3 / 29)])
    strata = strata_of(frequency)
    assert np.bincount(strata).min() >= 25
    assert pd.Series(strata).groupby(frequency).nunique().max() == 1
    order = np.argsort(frequency, kind="stable")
    assert (np.diff(strata[order]) >= 0).all()
    assert set(strata_of(np.zeros(10))) == set(strata_of(np.full(10, np.nan))) == {0}


def test_at_least_counts() -> None:
    assert at_least(np.array([0, 0, 1, 3, 2, 3]), 3).tolist() == [6, 4, 3, 2]


def put_three(server: FileServer) -> None:
    columns = ["SRX1|K-562", "SRX2|Hep_G2"]
    server.put_table(table_text([("ALL", [200, 200], 0), ("TWO", [200, 0], 0), ("APART", [400, 0], 0)], columns))
    rows = [("ALL", [300, 90], 0), ("TWO", [150, 0], 0), ("APART", [0, 500], 0), ("WEAK", [60, 0], 0)]
    server.put_table(table_text(rows, columns, "MYC"), "MYC.5.tsv")
    rows = [("ALL", [100, 0], 0), ("APART", [200, 200], 0), ("NEW", [99, 99], 0)]
    server.put_table(table_text(rows, columns, "E2F1"), "E2F1.5.tsv")


def test_by_all_by_some_and_in_the_same_cells(server: FileServer, tmp_path: Path, capsys) -> None:
    put_three(server)
    found = co_binding(["TP53", "MYC", "E2F1"], output_dir=tmp_path)
    assert found["genes"]["gene"].tolist() == ["APART", "ALL"] and found["bound"] == {"TP53": 3, "MYC": 3, "E2F1": 3}
    assert found["num_genes"] == 5 and found["chance"]["num_factors"].tolist() == [3, 2]
    assert found["chance"]["expected_given_hot"].isna().all()
    printed = capsys.readouterr().out
    assert "Without a background nothing tells hot loci" in printed
    assert printed.splitlines()[-1] == "✓ Genes bound by 3 or more of 3 factors: 2"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "co_binding.graphml", "co_binding_chance.csv", "co_binding_genes.csv",
    ]  # fmt: skip
    assert co_binding(["TP53", "MYC", "E2F1"], at_least_factors=2)["genes"]["gene"].tolist() == ["APART", "ALL", "TWO"]
    same = co_binding(["TP53", "MYC", "E2F1"], same_cell_types=True)["genes"]
    assert same["gene"].tolist() == ["ALL"] and same["shared_cell_types"].tolist() == ["K-562"]
    pair = co_binding(["TP53", "MYC"], cell_types="K-562", min_avg_score=160)["genes"]
    assert pair["gene"].tolist() == ["ALL"] and pair["avg_score_MYC"].tolist() == [300.0]


def test_a_background_may_be_an_object(server: FileServer) -> None:
    put_three(server)

    class Hot:
        def hot_share(self, protein: str) -> pd.Series:
            return pd.Series({"ALL": 0.9 if protein == "TP53" else 0.7, "FAR": 0.0})

    found = co_binding(["TP53", "MYC"], background=Hot())
    assert found["num_genes"] == 5 and found["chance"]["expected_given_hot"].notna().all()
    assert found["genes"].set_index("gene")["hot_share"].to_dict() == {"ALL": pytest.approx(0.8), "APART": 0, "TWO": 0}


def test_what_cannot_be_asked(server: FileServer, atlas_server: Atlas) -> None:
    put_three(server)
    for factors, match in ((["TP53"], "two or more"), (["TP53", "TP53"], "more than once")):
        with pytest.raises(InputError, match=match):
            co_binding(factors)
    with pytest.raises(InputError, match="at_least_factors is 3; give a whole number of factors from 2 to 2"):
        co_binding(["TP53", "MYC"], at_least_factors=3)
    assert server.requests == []
    with pytest.raises(NotFoundError, match="'TP54': No target genes"):
        co_binding(["TP53", "TP54"])
    with pytest.raises(NotFoundError, match="none of its 2 experiments is in A549"):
        co_binding(["TP53", "MYC"], cell_types="A549")
