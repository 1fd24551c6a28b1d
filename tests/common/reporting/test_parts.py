"""Further analyses in an export: files, text, a tab each; refused where they are of other results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from scripts.common.errors import InputError
from scripts.common.files.manifest import read_manifest
from scripts.common.reporting.parts import replace_parts
from scripts.diff import export_all, recut
from scripts.diff.diff_result import DiffResult
from tests.browser import Page
from tests.diff.tables import make_results, peaks
from tests.pages import HOSTILE, check_page

ROWS = [{"q": 1e-5}, {"q": 1e-3}, {"q": 0.9}]


@dataclass(frozen=True)
class Made:
    fingerprint: str
    tab: str = "Pathways"
    file: str = "made_up.csv"
    words: list[str] = field(default_factory=lambda: ["plain", "other"])

    def sections(self) -> dict[str, str]:
        return {f"{self.tab} found": "Two sets were tested."}

    def tables(self) -> dict[str, pd.DataFrame]:
        table = {"chrom": "chr1", "chromStart": [5, 9], "chromEnd": [7, 12], "word": self.words, "p": [0.5, None]}
        return {self.file: pd.DataFrame(table).assign(good=[True, False])}

    def draw(self, folder: Path) -> dict[str, str]:
        Image.new("RGB", (40, 30)).save(folder / f"{self.tab}.png")
        (folder / f"{self.tab}.svg").write_text("<svg/>", "utf-8")
        return {self.tab: "A picture in words."}


@pytest.fixture
def results() -> DiffResult:
    return DiffResult.of(make_results(peaks(ROWS)))


def test_files_text_and_tab(tmp_path: Path, results: DiffResult) -> None:
    parts = [Made(results.fingerprint()), Made(results.fingerprint(), "Second", "second.csv", HOSTILE[:2])]
    written = export_all(results, tmp_path, annotation="none", parts=parts)
    assert len(pd.read_csv(written["made_up.csv"])) == 2
    report = (tmp_path / "summary_report.md").read_text("utf-8")
    assert report.index("## Effect sizes") < report.index("## Pathways found") < report.index("## How to read these")
    assert "`made_up.csv`" in report and "`Pathways.svg`" in report
    page = check_page((tmp_path / "report.html").read_text("utf-8"))
    assert [tab["id"] for tab in page.found("button") if tab.get("role") == "tab"] == [
        "tab-result-button", "tab-pathways-button", "tab-second-button",
    ]  # fmt: skip
    rows = page.data("table-second-rows")
    assert rows["kinds"] == ["locus", "text", "number", "text"]
    assert rows["rows"] == [["chr1:5-7", HOSTILE[0], "0.5", "yes"], ["chr1:9-12", HOSTILE[1], "", "no"]]
    assert "A picture in words." in page.text


def test_one_tab_has_no_bar(tmp_path: Path, results: DiffResult) -> None:
    export_all(results, tmp_path, annotation="none")
    page = check_page((tmp_path / "report.html").read_text("utf-8"))
    assert not [one for _, one in page.elements if str(one.get("role", "")).startswith("tab")]


def test_parts_of_other_results_or_another_cut_are_refused(tmp_path: Path, results: DiffResult) -> None:
    other = recut(results, qvalue=1e-4)
    assert other.fingerprint() != results.fingerprint()
    for wrong in (other.fingerprint(), "x"):
        with pytest.raises(InputError, match="of other results or of another cut"):
            export_all(results, tmp_path / "new", annotation="none", parts=[Made(wrong)])
    with pytest.raises(InputError, match="of other results or of another cut"):
        export_all(results, tmp_path / "new", 1e-4, "none", [Made(results.fingerprint())])
    assert not (tmp_path / "new").exists()
    export_all(results, tmp_path / "new", 1e-4, "none", [Made(other.fingerprint())])
    assert "made_up.csv" in read_manifest(tmp_path / "new")["files"]


@pytest.mark.parametrize("wrong", [3, "text", Made, {"a": 1}, None], ids=["number", "text", "class", "dict", "none"])
def test_what_is_no_part(tmp_path: Path, results: DiffResult, wrong: Any) -> None:
    with pytest.raises(InputError, match="no further analysis of results"):
        export_all(results, tmp_path, annotation="none", parts=wrong)


def test_two_parts_that_write_one_file(tmp_path: Path, results: DiffResult) -> None:
    with pytest.raises(InputError, match=r"Two of parts write made_up\.csv"):
        export_all(results, tmp_path, annotation="none", parts=[Made(results.fingerprint())] * 2)


def test_what_is_not_made_again_is_said_to_be_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "earlier.csv").write_text("a\n1\n")
    (tmp_path / "made_up.csv").write_text("a\n1\n")
    drawn = replace_parts([Made("x")], tmp_path, ["earlier.csv", "made_up.csv", "never.csv"])
    assert drawn.files == ["made_up.csv", "Pathways.png", "Pathways.svg"]
    assert not (tmp_path / "earlier.csv").exists()
    assert "Removed: earlier.csv of an earlier export; give all further" in capsys.readouterr().out
    replace_parts([Made("x")], tmp_path, ["earlier.csv", "made_up.csv"])
    assert capsys.readouterr().out == ""


@pytest.fixture
def opened(tmp_path: Path, results: DiffResult, browser: Page) -> Page:
    export_all(results, tmp_path, annotation="none", parts=[Made(results.fingerprint())])
    browser.look()
    browser.open(tmp_path / "report.html")
    return browser


SEEN = "[...document.querySelectorAll('[role=tabpanel]')].filter((one) => one.offsetHeight).map((one) => one.id).join()"


def test_tabs_in_a_browser(opened: Page) -> None:
    assert opened.run(SEEN) == "tab-result"
    assert opened.run("document.querySelectorAll('table.dataTable').length") == 1
    opened.run("document.getElementById('tab-pathways-button').click()")
    opened.wait("document.querySelectorAll('#tab-pathways table.dataTable tbody tr').length === 2")
    assert opened.run(SEEN) == "tab-pathways"
    key = "new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})"
    opened.run(f"document.getElementById('tab-pathways-button').dispatchEvent({key})")
    opened.wait("document.activeElement.id === 'tab-result-button'")
    assert opened.run(SEEN) == "tab-result"
    opened.run("document.querySelector(\"nav a[href='#pathways-found']\").click()")
    opened.wait("document.getElementById('tab-result').hidden")
    assert opened.run("document.querySelectorAll('[role=tab][aria-selected=true]').length") == 1
    assert opened.complaints() == [] and all(address.startswith("file:") for address in opened.asked())


def test_without_scripts_all_is_there(tmp_path: Path, results: DiffResult, browser: Page) -> None:
    export_all(results, tmp_path, annotation="none", parts=[Made(results.fingerprint())])
    browser.open(tmp_path / "report.html", scripts=False)
    assert browser.run(SEEN) == "tab-result,tab-pathways"
