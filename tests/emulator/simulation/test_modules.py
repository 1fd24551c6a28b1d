"""Synthetic factors with shared targets."""

from __future__ import annotations

import hashlib
import io
import time

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import NotFoundError
from scripts.emulator import module_truth
from scripts.emulator.simulation.factors.modules import FACTORS_A_MODULE, GENES_A_MODULE, N_MODULES, module_factors
from scripts.emulator.simulation.factors.target_tables import FACTORS, factor_index, target_table

#: SHA-256 of tables as they were before there were modules.
_BEFORE = {
    "hg38/TP53.5": "0d11e60da2c0ee5cfd522503451d8f95bb440ac83958a4293c5012df90842edb",
    "hg38/E2F1.1": "b9ba429b9a2695450324c1b620de6f787c60dda6fb06c28abd22bc64c6066e1b",
    "hg38/ZNF143.10": "7e7f6d797faba28903135f5fd547300ac26f5408677dd151317de118feb0aced",
    "mm10/Trp53.5": "6c821e0bc2f879a1f68499dfabf4f7cb03b19fc479f1694842673d349ac94340",
    "ce11/daf-16.5": "6968a86bdaa936e3a88b93de57911d164cbc89ae976386f60a0b3384bae4529d",
    "sacCer3/GAL4.5": "78b7fecbafca975de57bab721819d6efba20e15e544f244a3eaf3b63006f56e2",
}


def bound_genes(factor: str) -> set[str]:
    content = target_table("hg38", factor, 5)
    assert content is not None
    table = pd.read_csv(io.BytesIO(content), sep="\t", index_col=0)
    return set(table.index[(table.iloc[:, 1:-1] > 0).any(axis=1)])


def test_more_than_two_hundred_factors_are_listed() -> None:
    synthetic = [name for name in factor_index()["hg38"] if name.startswith("SIMTF")]
    assert len(synthetic) == len(module_factors("hg38")) >= 200
    assert not module_factors("mm10")


@pytest.mark.parametrize("name", _BEFORE)
def test_other_factors_are_as_they_were(name: str) -> None:
    genome, file = name.split("/")
    factor, distance = file.rsplit(".", 1)
    content = target_table(genome, factor, int(distance))
    assert content is not None
    assert hashlib.sha256(content).hexdigest() == _BEFORE[name]


def test_truth() -> None:
    truth = module_truth()
    assert list(truth) == ["module", "kind", "name"]
    assert truth.groupby("module")["kind"].value_counts().unstack().eq([FACTORS_A_MODULE, GENES_A_MODULE]).all().all()
    assert truth["module"].nunique() == N_MODULES
    assert set(truth.loc[truth["kind"] == "factor", "name"]) < set(FACTORS["hg38"])
    with pytest.raises(NotFoundError, match="No modules are planted in 'mm10'"):
        module_truth("mm10")


def test_factors_of_a_module_share_its_genes_and_little_else() -> None:
    truth = module_truth().query("module == 4")
    genes = set(truth.loc[truth["kind"] == "gene", "name"])
    members = truth.loc[truth["kind"] == "factor", "name"]
    others = [name for name, known in module_factors("hg38").items() if not known.module][:8]
    share = np.mean([len(bound_genes(name) & genes) / len(genes) for name in members])
    by_chance = np.mean([len(bound_genes(name) & genes) / len(genes) for name in others])
    assert share > 4 * by_chance


def test_a_table_is_made_fast() -> None:
    target_table.cache_clear()
    names = [name for name in FACTORS["hg38"] if name.startswith("SIMTF")][:20]
    begun = time.process_time()
    for name in names:
        target_table("hg38", name, 5)
    assert (time.process_time() - begun) / len(names) < 0.1
