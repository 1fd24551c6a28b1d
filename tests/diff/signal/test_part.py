"""The signal as a part of the report, and the commands that make it and the tracks of a results folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.cli.main import main
from scripts.common.errors import InputError
from scripts.common.files.manifest import verify_folder
from scripts.common.reporting.parts import Part
from scripts.diff import export_all, recut, signal_part
from scripts.diff.diff_result import DiffResult
from scripts.diff.outputs import PART_SIGNAL_FILES
from scripts.diff.signal.part import SignalPart
from scripts.emulator import serve
from tests.browser import Page
from tests.diff.tables import make_results, methylation, peaks

pytest.importorskip("pybigtools")
pytest.importorskip("flask")
NAMES = ["SRX5865959", "SRX5865960", "SRX5865965", "SRX5865973"]


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    with serve() as running:
        yield running.environment


@pytest.fixture
def atlas(served: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in served.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def results() -> DiffResult:
    rows = [{"start": 100_000 * at, "q": 10.0**-at, "logFC": 2.0 if at % 2 else -2.0} for at in range(1, 9)]
    made = make_results(peaks(rows), simulated=True)
    return DiffResult.of(made | {"samples": made["samples"].assign(accession=NAMES)})


@pytest.fixture(scope="module")
def part(served: dict[str, str], results: DiffResult) -> SignalPart:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in served.items():
            patch.setenv(name, value)
        return signal_part(results, n_regions=5, n=3, flank=500, workers=2)


def test_it_is_a_part_of_just_these_results(part: SignalPart, results: DiffResult, tmp_path: Path) -> None:
    assert isinstance(part, Part) and len(part.table) == 3 and len(part.signal.regions) == 5
    assert part.signal.regions["qvalue"].max() < 1e-3 and "SIMULATED" in repr(part)
    written = export_all(results, tmp_path, annotation="none", parts=[part])
    pd.testing.assert_series_equal(
        pd.read_csv(written["top_loci.csv"])["coverage_a"], part.table["coverage_a"], check_dtype=False
    )
    assert all((tmp_path / name).is_file() for name in PART_SIGNAL_FILES) and verify_folder(tmp_path).ok
    report = (tmp_path / "summary_report.md").read_text("utf-8")
    assert "## Signal around regions" in report and "not evidence for it" in report
    page = (tmp_path / "report.html").read_text("utf-8")
    assert 'id="tab-signal"' in page and "Coverage of Treated and Control over the best loci" in page
    with pytest.raises(InputError, match="of other results or of another cut"):
        export_all(recut(results, qvalue=1e-4), tmp_path / "other", annotation="none", parts=[part])
    export_all(results, tmp_path, annotation="none")
    assert not [name for name in PART_SIGNAL_FILES if (tmp_path / name).exists()]


def test_what_cannot_be_drawn(results: DiffResult) -> None:
    with pytest.raises(InputError, match="values at CpGs alone"):
        signal_part(make_results(methylation([{}])))
    with pytest.raises(InputError, match="No region is significant"):
        signal_part(make_results(peaks([{"q": 0.9}])))
    with pytest.raises(InputError, match="n_regions is 0"):
        signal_part(results, n_regions=0)


@pytest.fixture
def folder(atlas: None, results: DiffResult, tmp_path: Path) -> Path:
    export_all(results, tmp_path / "run", annotation="none")
    return tmp_path / "run"


def test_commands_of_a_results_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    options = ["--n", "2", "--n-regions", "4", "--flank", "200", "--no-genes", "--workers", "1"]
    assert main(["signal", str(folder), *options, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["simulated"] and answer["files"] == list(PART_SIGNAL_FILES) and answer["num_regions"] == 4
    assert len(answer["loci"]) == 2 and answer["output_dir"] == str(folder)
    assert main(["tracks", str(folder), "--no-workbook"]) == 0
    assert (folder / "igv_session.xml").is_file() and not (folder / "results.xlsx").exists()
    assert verify_folder(folder).ok
    assert main(["tracks", str(folder), "--no-workbook", "--out", str(tmp_path / "other"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "higher_in_a.bed" in answer["files"] and (tmp_path / "other" / "higher_in_a.bed").is_file()


def test_commands_refuse(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], results: Any) -> None:
    assert main(["tracks", str(tmp_path / "none")]) == main(["signal", str(tmp_path / "none")]) == 4
    assert main(["signal", str(folder), "--reads", "mine"]) == 3
    assert "--reads is 'mine'; give NAME=READS" in capsys.readouterr().err
    export_all(recut(results, qvalue=1e-4), tmp_path / "other", annotation="none")
    assert main(["signal", str(folder), "--out", str(tmp_path / "other")]) == 3
    assert "another run, or another cut" in capsys.readouterr().err


@pytest.mark.slow
def test_pictures_are_enlarged(part: SignalPart, results: DiffResult, tmp_path: Path, browser: Page) -> None:
    export_all(results, tmp_path, annotation="none", parts=[part])
    browser.look()
    browser.open(tmp_path / "report.html")
    browser.run("document.getElementById('tab-signal-button').click()")
    browser.wait("document.querySelector('#tab-signal button.enlarge')?.offsetHeight > 0")
    browser.run("document.querySelector('#tab-signal button.enlarge').focus(); document.activeElement.click()")
    assert browser.run("document.querySelector('dialog.picture').open") is True
    width = "document.querySelector('dialog.picture img').getBoundingClientRect().width"
    before = browser.run(width)
    key = "new KeyboardEvent('keydown', {key: '+', bubbles: true})"
    browser.run(f"document.activeElement.dispatchEvent({key})")
    assert browser.run(width) > 1.2 * before
    browser.run("document.querySelector('dialog.picture .bar button:last-child').click()")
    browser.wait("!document.querySelector('dialog.picture')")
    assert browser.run("document.activeElement.className") == "enlarge"
    assert browser.complaints() == []
