"""The correlation of samples, made of some regions at a time, is numpy's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.diff.qc.design import sample_correlation


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_as_numpy_has_it(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("scripts.diff.qc.design._ROWS", rows)
    counts = pd.DataFrame(np.random.default_rng(1).lognormal(4, 2, (200, 5)), columns=list("abcde"))
    expected = np.corrcoef(np.log2(counts.to_numpy() + 1), rowvar=False)
    found = sample_correlation(counts)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    assert list(found) == list(found.index) == list(counts)


def test_equal_counts_have_no_correlation() -> None:
    counts = pd.DataFrame({"a": [0.1, 0.1, 0.1], "b": [1.0, 2.0, 5.0], "c": [3.0, 6.0, 7.0]})
    found = sample_correlation(counts)
    assert found["a"].isna().all() and found.loc["b", "c"] > 0.8


def test_no_regions_have_none() -> None:
    assert sample_correlation(pd.DataFrame(columns=["a", "b"], dtype=float)).isna().all(axis=None)
