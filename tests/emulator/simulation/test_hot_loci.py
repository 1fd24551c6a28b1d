"""Synthetic factors that share hot loci, and have targets of their own."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from scripts.common.errors import NotFoundError
from scripts.emulator import hot_truth
from scripts.emulator.simulation.factors.hot_loci import CONTROL, HOT_GENES, N_FACTORS, OWN_TARGETS, hot_factors
from scripts.emulator.simulation.factors.target_tables import factor_index, target_table


def ranked(factor: str) -> list[str]:
    content = target_table("mm10", factor, 5)
    assert content is not None
    return pd.read_csv(io.BytesIO(content), sep="\t")["Target_genes"].tolist()


def test_truth() -> None:
    truth = hot_truth()
    assert list(truth) == ["kind", "factor", "gene"]
    hot, own = truth[truth["kind"] == "hot"], truth[truth["kind"] == "own"]
    assert len(hot) == HOT_GENES and own.groupby("factor").size().eq(OWN_TARGETS).all()
    assert own["factor"].nunique() == N_FACTORS and CONTROL not in set(own["factor"])
    assert not set(hot["gene"]) & set(own["gene"])
    assert set(hot_factors("mm10")) < set(factor_index()["mm10"])
    with pytest.raises(NotFoundError, match="No hot loci are planted in 'hg38'"):
        hot_truth("hg38")


def test_hot_loci_head_the_list_of_every_factor() -> None:
    truth = hot_truth()
    hot = set(truth.loc[truth["kind"] == "hot", "gene"])
    for name in list(hot_factors("mm10"))[::8]:
        assert len(hot & set(ranked(name)[:100])) > 0.65 * len(hot), name


def test_own_targets_stand_high_and_nowhere_else() -> None:
    truth = hot_truth()
    own = truth[truth["kind"] == "own"].groupby("factor")["gene"].agg(set)
    mine = own["SIMHF005"]
    assert len(mine & set(ranked("SIMHF005")[:150])) > 0.7 * len(mine)
    assert len(mine & set(ranked("SIMHF006")[:150])) < 0.2 * len(mine)
