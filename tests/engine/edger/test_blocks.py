"""How regions are laid out, and that nothing depends on who computes them."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.engine import test_differential as differential_test
from scripts.engine.edger import blocks
from tests.engine.edger.simulated import counts_of


@pytest.mark.parametrize("regions", [1, 63, 64, 65])
def test_regions_are_filled_up(regions: int) -> None:
    counts = np.arange(regions * 3.0).reshape(regions, 3)
    laid = blocks.by_experiment(counts)
    assert laid.shape == (3, 64 if regions < 65 else 128)
    np.testing.assert_array_equal(laid[:, :regions], counts.T)
    assert (laid[:, regions:] == 1).all()
    assert blocks.filled_up(counts[:, 1]).tolist() == laid[1].tolist()


@pytest.mark.parametrize(("cores", "at_a_time"), [(1, 16), (4, 1), (3, 2)])
def test_threads_and_their_pieces_do_not_change_a_bit(
    monkeypatch: pytest.MonkeyPatch, cores: int, at_a_time: int
) -> None:
    counts, _ = counts_of(3000, 3, 5, seed=2)
    once = differential_test(counts, list("AAABBBBB"))
    monkeypatch.setattr(blocks, "default_workers", lambda: cores)
    monkeypatch.setattr(blocks, "_BLOCKS", at_a_time)
    again = differential_test(counts, list("AAABBBBB"))
    assert once.to_numpy().tobytes() == again.to_numpy().tobytes()
