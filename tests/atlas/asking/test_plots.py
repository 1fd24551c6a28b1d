"""Both pictures, as files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from scripts.atlas import factor_enrichment, factors_of, plot_enrichment, plot_factors
from scripts.common.errors import InputError


def check_pair(files: list[Path]) -> str:
    png, svg = files
    with Image.open(png) as image:
        assert round(image.info["dpi"][0]) == 300
        assert len(image.convert("RGB").getcolors(1 << 24)) > 10
    return svg.read_text("utf-8")


def test_factors_of_a_gene(built: Path, tmp_path: Path) -> None:
    answer = factors_of(["SIM0478", "SIM0500"], built)
    saved = plot_factors(answer, tmp_path, top_n=5)
    assert set(saved) == {"factors_of_SIM0478", "factors_of_SIM0500"}
    text = check_pair(saved["factors_of_SIM0478"])
    first = answer.iloc[0]
    assert "SIM0478: factors that bind it" in text and first["factor"] in text
    assert f"{first['num_bound']}/{first['num_experiments']}" in text
    assert "SIMULATED data" in text and (tmp_path / "SIMULATED.txt").exists()


def test_enrichment(built: Path, tmp_path: Path) -> None:
    genes = factors_of("SIM0478", built)
    answer = factor_enrichment([f"SIM{number:04d}" for number in range(1, 90)], built)
    text = check_pair(plot_enrichment(answer, tmp_path)["factor_enrichment"])
    assert "89 genes in a background of" in text and answer["factor"].iloc[0] in text
    assert "SIMULATED data" in text
    with pytest.raises(InputError, match="not what factor_enrichment"):
        plot_enrichment(genes, tmp_path)


def test_real_data_bears_no_mark(built: Path, tmp_path: Path) -> None:
    answer = factors_of("SIM0500", built)
    answer.attrs["atlas"] = {**answer.attrs["atlas"], "simulated": False}
    text = check_pair(plot_factors(answer, tmp_path)["factors_of_SIM0500"])
    assert "SIMULATED" not in text and not (tmp_path / "SIMULATED.txt").exists()


def test_what_cannot_be_drawn(built: Path, tmp_path: Path) -> None:
    answer = factors_of([f"SIM{number:04d}" for number in range(1, 15)], built)
    with pytest.raises(InputError, match="holds 14 genes; ask for 12 at most"):
        plot_factors(answer, tmp_path)
    with pytest.raises(InputError, match="found nothing"):
        plot_factors(factors_of("SIM0500", built, min_avg_score=1e6), tmp_path)
    with pytest.raises(InputError, match="not what factors_of"):
        plot_factors(pd.DataFrame(), tmp_path)
