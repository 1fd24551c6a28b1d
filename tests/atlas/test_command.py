"""The four commands, their files and exit statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.__main__ import main
from scripts.cli.atlas import read_names
from scripts.common.errors import InputError
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, table_text


def test_build_from_the_service(atlas: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "atlas"
    (tmp_path / "factors.txt").write_text("# two\nSIMTF001\n\nSIMTF002\n")
    assert main(["atlas", "build", "--genome", "hg38", "--out", str(out), "--factors", str(tmp_path / "factors.txt"),
                 "--scheduler", "synchronous"]) == 0  # fmt: skip
    assert sorted(json.loads((out / "manifest.json").read_text())["factors"]) == ["SIMTF001", "SIMTF002"]
    printed = capsys.readouterr().out
    assert "✓ Atlas built: 2 factors" in printed and "SIMULATED" in printed


def test_build_tells_of_a_failure(server: FileServer, tmp_path: Path) -> None:
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    server.files["/data/hg38/target/MYC.5.tsv"] = b"<html>maintenance</html>"
    arguments = ["--genome", "hg38", "--out", str(tmp_path), "--factors", "TP53", "--factors", "MYC"]
    assert main(["atlas", "build", *arguments, "--scheduler", "synchronous"]) == 1


def test_factors_of(built: Path, tmp_path: Path) -> None:
    assert main(["atlas", "factors-of", "sim0500", "--atlas", str(built), "--output", str(tmp_path), "--top", "4"]) == 0
    table = pd.read_csv(tmp_path / "factors_of.csv")
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert (tmp_path / "factors_of_SIM0500.png").exists() and (tmp_path / "SIMULATED.txt").exists()


def test_enrich(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "genes.txt").write_text("".join(f"SIM{number:04d}\n" for number in range(1, 60)))
    assert main(["atlas", "enrich", str(tmp_path / "genes.txt"), "--atlas", str(built), "--output", str(tmp_path),
                 "--cell-types", "K-562", "--cell-types", "Hep_G2"]) == 0  # fmt: skip
    assert "✓ Factors tested:" in capsys.readouterr().out
    assert (pd.read_csv(tmp_path / "factor_enrichment.csv")["set_size"] == 59).all()
    assert (tmp_path / "factor_enrichment.svg").exists()


def test_network(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["atlas", "network", "--atlas", str(built), "--output", str(tmp_path), "--min-avg-score", "300"]) == 0
    assert "✓ Network written:" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {
        "network.csv", "network.graphml", "network_decoupler.csv", "SIMULATED.txt",
    }  # fmt: skip


def test_errors_are_told(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(
        ["atlas", "factors-of", "SIM0500", "--atlas", str(built), "--output", str(tmp_path), "--genome", "mm10"]
    )
    assert status == InputError.exit_status
    assert "InputError: " in capsys.readouterr().err


def test_lists_of_names(tmp_path: Path) -> None:
    assert read_names(["TP53"]) == ["TP53"]
    assert read_names(["TP53, MYC", "E2F1,"]) == ["TP53", "MYC", "E2F1"]
    with pytest.raises(InputError, match="cannot be read"):
        read_names([str(tmp_path / "absent.txt")])
    (tmp_path / "empty.txt").write_text("\n# nothing\n")
    with pytest.raises(InputError, match="holds no name"):
        read_names([str(tmp_path / "empty.txt")])
