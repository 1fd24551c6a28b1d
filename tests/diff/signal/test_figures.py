"""Profile and heatmap: the numbers that are drawn, and the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.files.manifest import verify_folder
from scripts.diff import export_all, signal_heatmap, signal_profile
from scripts.diff.signal.figures import heatmap, profile, profile_of, row_order
from scripts.diff.signal.matrix import Signal
from tests.hostile import EVERYWHERE, check_folder


@pytest.fixture
def signal() -> Signal:
    """Group A twice as high as B around the middle of 30 of 40 regions; a bin beyond a contig."""
    rng = np.random.default_rng(0)
    positions = np.arange(-475.0, 500, 50)
    shape = np.exp(-((positions / 150) ** 2))
    height = np.r_[np.full(30, 1.0), np.full(10, 0.2)]
    values = np.stack([scale * height[:, None] * shape for scale in (2.0, 2.2, 1.8, 1.0, 1.1, 0.9)])
    values = (values + rng.random(values.shape) * 0.01).astype(np.float32)
    values[:, 0, 0] = np.nan
    regions = pd.DataFrame({"chrom": "chr1", "chromStart": np.arange(40) * 5000, "chromEnd": np.arange(40) * 5000 + 9})
    regions["direction"] = ["A_enriched"] * 30 + ["B_enriched"] * 10
    names = [f"SRX{n}" for n in range(6)]
    return Signal(values, names, ["Treated"] * 3 + ["Control"] * 3, positions, regions, "hg38", 50, False)


def test_profile_is_the_mean_over_experiments_with_its_standard_error(signal: Signal) -> None:
    mean, error = profile_of(signal.of_group("Treated"))
    for at in range(signal.values.shape[2]):
        each = [np.nanmean(signal.values[experiment, :, at].astype(float)) for experiment in range(3)]
        assert mean[at] == pytest.approx(np.mean(each))
        assert error is not None and error[at] == pytest.approx(np.std(each, ddof=1) / np.sqrt(3))
    assert mean[10] / profile_of(signal.of_group("Control"))[0][10] == pytest.approx(2, rel=0.02)
    assert profile_of(signal.values[:1])[1] is None
    assert np.isnan(profile_of(np.full((2, 3, 4), np.nan))[0]).all()


def test_the_band_covers_the_mean_of_replicates_as_often_as_it_should() -> None:
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(2000):
        each = 1 + rng.normal(0, 0.3, (6, 1, 1))
        mean, error = profile_of(each + rng.normal(0, 0.1, (6, 200, 1)))
        inside.append(error is not None and abs(mean[0] - 1) <= error[0])
    assert np.mean(inside) == pytest.approx(0.637, abs=0.03)  # of Student's t with 5 degrees of freedom, within 1


def test_rows_stand_by_direction_then_by_coverage(signal: Signal) -> None:
    order = row_order(signal)
    assert set(order[:30]) == set(range(30)) and len(set(order)) == 40
    height = np.nan_to_num(signal.values).mean(axis=(0, 2))
    assert (np.diff(height[order[:30]]) <= 0).all() and (np.diff(height[order[30:]]) <= 0).all()
    assert len(row_order(replace(signal, regions=signal.regions.drop(columns="direction")))) == 40


def test_what_is_drawn_is_what_was_read(signal: Signal) -> None:
    drawn_profile = profile(signal)
    assert [axes.get_title() for axes in drawn_profile.axes] == ["Higher in A (30 regions)", "Higher in B (10 regions)"]
    for axes, rows in zip(drawn_profile.axes, (slice(0, 30), slice(30, 40)), strict=True):
        for line, label in zip(axes.get_lines(), signal.labels, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), signal.positions)
            np.testing.assert_allclose(line.get_ydata(), profile_of(signal.of_group(label)[:, rows])[0])
    without = replace(signal, regions=signal.regions.drop(columns="direction"))
    assert [axes.get_title() for axes in profile(without).axes] == ["40 regions"]
    panels = [axes for axes in heatmap(signal).axes if axes.images]
    drawn = [np.ma.filled(axes.images[0].get_array(), np.nan) for axes in panels]
    for image, label in zip(drawn, signal.labels, strict=True):
        wanted = signal.of_group(label).astype(float)[:, row_order(signal)].mean(axis=0)
        np.testing.assert_allclose(image, wanted, rtol=1e-6)
    assert len({axes.images[0].get_clim() for axes in panels}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("simulated", [False, True])
def test_files(signal: Signal, tmp_path: Path, simulated: bool, capsys: pytest.CaptureFixture[str]) -> None:
    shown = replace(signal, simulated=simulated)
    for draw, name in ((signal_profile, "signal_profile"), (signal_heatmap, "signal_heatmap")):
        paths = draw(shown, tmp_path)
        assert [path.name for path in paths] == [f"{name}.png", f"{name}.svg"]
        assert paths[0].stat().st_size > 10_000
        text = paths[1].read_text("utf-8")
        assert ("SIMULATED data: not biology" in text) is simulated
        assert "40 regions, hg38" in text and "Treated" in text and "Control" in text
    assert (tmp_path / "SIMULATED.txt").is_file() is simulated
    assert ("*** SIMULATED" in capsys.readouterr().out) is simulated


def test_one_experiment_and_nothing_there_are_drawn(signal: Signal, tmp_path: Path) -> None:
    empty = np.zeros((1, 1, 20), np.float32)
    lone = replace(signal, values=empty, experiments=["SRX1"], groups=["A"], regions=signal.regions.head(1))
    assert len(signal_profile(lone, tmp_path)) == len(signal_heatmap(lone, tmp_path)) == 2


@pytest.mark.slow
def test_hostile_labels(signal: Signal, tmp_path: Path) -> None:
    for at in (0, 16, 18):
        shown = replace(signal, groups=[EVERYWHERE[at]] * 3 + [EVERYWHERE[at + 1]] * 3)
        signal_profile(shown, tmp_path)
        signal_heatmap(shown, tmp_path)
        check_folder(tmp_path)


def test_an_exported_folder_stays_verified(signal: Signal, peak_results: dict, tmp_path: Path) -> None:
    export_all(peak_results, tmp_path, annotation="none")
    signal_profile(signal, tmp_path)
    assert verify_folder(tmp_path).ok
