"""Segments of made differences, seen through the whole computation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.engine import find_dmrs
from scripts.engine.dmr.methylation_segments import levels


def found_in(differences: list[float], *, samples: int = 3, spacing: int = 50) -> list[tuple[int, int]]:
    """First and past-the-last CpG of the regions found where A minus B is about as given."""
    rng = np.random.default_rng(7)
    shift = np.array(differences)[:, None] / 2
    noise = rng.normal(0, 0.02, (len(differences), 2 * samples))
    values = 0.5 + np.hstack([np.repeat(shift, samples, axis=1), np.repeat(-shift, samples, axis=1)]) + noise
    table = pd.DataFrame(values.clip(0, 1), columns=[f"s{number}" for number in range(2 * samples)])
    table.insert(0, "pos", 1 + spacing * np.arange(len(table)))
    table.insert(0, "chrom", "chr1")
    found = find_dmrs(table, ["A"] * samples + ["B"] * samples)
    return [(row.start // spacing, (row.end - 1) // spacing + 1) for row in found.itertuples()]


def test_levels_are_ranks_within_a_piece() -> None:
    values = np.array([[0.5, 0.1], [np.nan, 0.5], [0.9, 0.9], [0.2, 0.9]])
    assert levels(values, np.array([1, 1, 2, 2])).tolist() == [[1, 0], [-1, 1], [1, 1], [0, 1]]
    assert levels(np.empty((0, 3)), np.empty(0, int)).shape == (0, 3)


def test_neighbours_of_opposite_sign_are_two_segments() -> None:
    assert found_in([0.4] * 20 + [-0.4] * 15) == [(0, 20), (20, 35)]


def test_a_valley_cuts_a_segment() -> None:
    assert found_in([0.5] * 15 + [0.02] * 12 + [0.5] * 14) == [(0, 15), (27, 41)]


def test_a_short_dip_does_not() -> None:
    assert found_in([0.5] * 15 + [0.3] * 3 + [0.5] * 14) == [(0, 32)]


def test_what_goes_both_ways_is_no_segment() -> None:
    # On the whole 0.1 to A's side, but a third of the CpGs go the other way.
    assert found_in([0.4, 0.4, -0.4] * 8) == []


def test_a_piece_of_ten_cpgs_is_left_alone() -> None:
    assert found_in([0.6] * 10) == []
    assert found_in([0.6] * 11) == [(0, 11)]


def test_ten_cpgs_in_a_longer_piece_are_found() -> None:
    assert found_in([0.0] * 30 + [0.6] * 10) == [(30, 40)]


@pytest.mark.parametrize("size", [9, 10, 11, 12, 21, 300])
def test_nothing_in_noise(size: int) -> None:
    assert found_in([0.0] * size) == []
