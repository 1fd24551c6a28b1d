"""``chip-atlas background``: from the service, from tables, from an atlas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.__main__ import main
from scripts.common.errors import InputError, NotFoundError
from scripts.targets.background.store import background_path, read_background
from tests.file_server import FileServer, server  # noqa: F401 - a fixture
from tests.targets.tables import random_table, table_text


def test_build_from_the_service_then_info(atlas: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["background", "build", "--genome", "mm10", "--number", "4"]) == 0
    printed = capsys.readouterr().out
    assert "To fetch: 4 tables" in printed and "✓ Background built: 4 factors of mm10, ±5kb" in printed
    assert "SIMULATED" in printed
    assert main(["background", "info", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["backgrounds"]
    assert [one["genome"] for one in told] == ["mm10"] and told[0]["simulated"]
    assert told[0]["counts"] == {"factor": 4, "control": 1, "mark": 0}


def test_names_with_commas(atlas: Any) -> None:
    assert main(["background", "build", "--genome", "mm10", "--factors", "SIMHF001,SIMHF002", "--factors", "GFP"]) == 0
    path = background_path("mm10", 5, simulated=True)
    assert read_background(path).names == ["GFP", "SIMHF001", "SIMHF002"]


def test_from_tables_to_a_file(server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    for number, name in enumerate(["AAA1", "BBB1", "CCC1"]):
        (tmp_path / f"{name}.5.tsv").write_text(table_text(*random_table(50, 4, seed=number), name))
    out = tmp_path / "shared.npz"
    arguments = ["--genome", "hg38", "--from", str(tmp_path), "--out", str(out), "--json"]
    assert main(["background", "build", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(out) and told["ok"] and len(told["members"]) == 3
    assert server.requests == []
    assert main(["background", "info", str(out)]) == 0
    assert "3 factors: AAA1, BBB1, CCC1" in capsys.readouterr().out


def test_from_an_atlas(atlas: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The numbers are those of the tables themselves."""
    for package in ("pyarrow", "duckdb", "distributed"):
        pytest.importorskip(package, reason="the atlas extra is not installed")
    from scripts.atlas import build_atlas

    names = ["SIMHF001", "SIMHF002", "SIMHF003", "GFP"]
    build_atlas("mm10", tmp_path / "atlas", factors=names, scheduler="synchronous")
    assert main(["background", "build", "--genome", "mm10", "--from", str(tmp_path / "atlas")]) == 0
    from_atlas = read_background(background_path("mm10", 5, simulated=True))
    arguments = ["--genome", "mm10", "--factors", ",".join(names), "--out", str(tmp_path / "direct.npz")]
    assert main(["background", "build", *arguments]) == 0
    direct = read_background(tmp_path / "direct.npz")
    assert from_atlas.names == direct.names and from_atlas.simulated
    for part in ("genes", "percentile", "bound_share", "score"):
        assert (getattr(from_atlas, part) == getattr(direct, part)).all()
    assert [one["sha256"] for one in from_atlas.members] == [one["sha256"] for one in direct.members]
    some = ["--factors", "SIMHF001,SIMHF003", "--out", str(tmp_path / "some.npz")]
    assert main(["background", "build", "--genome", "mm10", "--from", str(tmp_path / "atlas"), *some]) == 0
    assert read_background(tmp_path / "some.npz").names == ["SIMHF001", "SIMHF003"]
    wrong = ["--genome", "mm10", "--distance", "1", "--from", str(tmp_path / "atlas")]
    assert main(["background", "build", *wrong]) == InputError.exit_status
    assert "is an atlas of mm10, ±5kb, not of ±1kb" in capsys.readouterr().err


def test_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["background", "build", "--genome", "hg38", "--from", str(tmp_path / "no")]) == NotFoundError.exit_status
    )
    (tmp_path / "bad.npz").write_text("no background")
    assert main(["background", "info", str(tmp_path / "bad.npz")]) == InputError.exit_status
    capsys.readouterr()
    assert main(["background", "info"]) == 0
    assert "background build --genome hg38" in capsys.readouterr().out
    background_path("hg38", 5).parent.mkdir(parents=True)
    background_path("hg38", 5).write_text("no background")
    assert main(["background", "info"]) == 1


@pytest.mark.slow
def test_options_of_targets(atlas: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["background", "build", "--genome", "mm10", "--number", "12"]) == 0
    out = ["--genome", "mm10", "--out", str(tmp_path / "a"), "--json"]
    capsys.readouterr()
    assert main(["targets", "SIMHF001", *out, "--rank-by", "specificity", "--hot-threshold", "0.4"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parameters"]["rank_by"] == "specificity" and told["parameters"]["hot_threshold"] == 0.4
    assert any("hot loci" in one["what"] for one in told["headline"])
    assert "target_genes_specificity.png" in told["files"]
    assert main(["targets", "SIMHF001", *out, "--background", "none"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parameters"]["background"] is None and "target_genes_specificity.png" not in told["files"]
