"""The page of a factor's target genes: what it says, that it lets nothing in, and that a browser shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.targets.outputs import HTML_REPORT, REPORT
from scripts.targets.report.export import export_all
from scripts.targets.report.html_heatmap import MAX_EXPERIMENTS, MAX_GENES, heatmap
from scripts.targets.workflow import run_target_genes_workflow
from tests.browser import Page
from tests.file_server import FileServer
from tests.pages import HOSTILE, Checked, check_page
from tests.targets.tables import random_table, table_text

MAX_BYTES = 5_000_000


def run(server: FileServer, folder: Path, rows: Any, columns: Any, **options: Any) -> dict[str, Any]:
    server.put_table(table_text(rows, columns))
    return run_target_genes_workflow("TP53", output_dir=folder, **options)


def exported(results: dict[str, Any], folder: Path) -> tuple[Path, Checked]:
    """The folder's page, checked."""
    path = export_all(results, folder)[HTML_REPORT]
    return path, check_page(path.read_text("utf-8"))


@pytest.fixture
def results(server: FileServer, tmp_path: Path) -> dict[str, Any]:
    return run(server, tmp_path, *random_table(150, 30, seed=3), top_n=100)


@pytest.fixture
def hostile(server: FileServer, tmp_path: Path) -> dict[str, Any]:
    texts = [" ".join(text.split()) for text in HOSTILE]
    rows = [(text, [900 - 100 * i, 0, 300], 500) for i, text in enumerate(texts)]
    return run(server, tmp_path, rows, [f"SRX{i}|{text}" for i, text in enumerate(texts[:3])])


def test_every_section_of_the_markdown_report_is_there(results: dict[str, Any], tmp_path: Path) -> None:
    path, page = exported(results, tmp_path)
    html = path.read_text("utf-8")
    headings = [line[3:] for line in (tmp_path / REPORT).read_text("utf-8").splitlines() if line.startswith("## ")]
    missing = [name for name in headings if f">{name}</h2>" not in html]
    assert missing == ["Top 10 target genes", "Ranks 11 to 20"]
    assert "Binding is not regulation." in page.text


def test_table_and_heatmap_hold_the_numbers(results: dict[str, Any], tmp_path: Path) -> None:
    path, page = exported(results, tmp_path)
    targets, scores = results["target_genes"], results["experiment_data"]
    rows = page.data("genes-table-rows")["rows"]
    assert [row[1] for row in rows] == targets["gene"].tolist()
    assert [row[2] for row in rows] == [f"{value:.1f}" for value in targets["avg_score"]]
    assert "All 100 genes, as in target_genes_all.csv" in page.text
    cells = path.read_text("utf-8").split('class="heat"')[1].split("</table>")[0]
    bound = int((scores.head(MAX_GENES).iloc[:, 1:] > 0).to_numpy().sum())
    assert cells.count("<td class=") == bound
    assert cells.count("<td") == MAX_GENES * 30
    assert f"All 30 experiments for the first {MAX_GENES} of 100 genes" in page.text


def test_wide_tables_are_cut_and_say_so(server: FileServer, tmp_path: Path) -> None:
    results = run(server, tmp_path, *random_table(60, MAX_EXPERIMENTS + 50, seed=5))
    html = heatmap(results["experiment_data"])
    assert f"The {MAX_EXPERIMENTS} of {MAX_EXPERIMENTS + 50} experiments with the highest total" in html
    assert html.count('class="up"') == MAX_EXPERIMENTS


def test_one_gene_in_one_experiment(server: FileServer, tmp_path: Path) -> None:
    results = run(server, tmp_path, [("AAA", [120], 0)], ["SRX1|K-562"])
    page = exported(results, tmp_path)[1]
    assert len(page.data("genes-table-rows")["rows"]) == 1
    assert "1 gene drawn: all of the table." in page.text


def test_simulated(results: dict[str, Any], tmp_path: Path) -> None:
    assert "SIMULATED" not in exported(results, tmp_path)[1].text
    results["provenance"]["simulated"] = True
    assert exported(results, tmp_path)[1].text.startswith("SIMULATED: ")


def test_hostile_names_stay_text(hostile: dict[str, Any], tmp_path: Path) -> None:
    page = exported(hostile, tmp_path)[1]
    assert {row[1] for row in page.data("genes-table-rows")["rows"]} == set(hostile["target_genes"]["gene"])
    assert HOSTILE[0] in page.text


@pytest.mark.slow
def test_all_genes_in_many_experiments_fit(server: FileServer, tmp_path: Path, browser: Page) -> None:
    results = run(server, tmp_path, *random_table(20_000, 600, seed=1), top_n=None)
    path, page = exported(results, tmp_path)
    assert path.stat().st_size < MAX_BYTES
    assert "The first 5,000 of" in page.text and "Drawn: 15,000 of" in page.text
    browser.open(path)
    assert browser.complaints() == []


def test_in_a_browser(results: dict[str, Any], tmp_path: Path, browser: Page) -> None:
    browser.open(exported(results, tmp_path)[0])
    gene = results["target_genes"]["gene"][0]
    links = browser.run("[...document.querySelectorAll('#genes-table tbody tr:first-child a')].map((a) => a.href)")
    assert links == [
        f"https://genome.ucsc.edu/cgi-bin/hgTracks?db=hg38&position={gene}",
        f"http://localhost:60151/goto?locus={gene}",
    ]
    browser.run("void browsed[0].search('SIM0001').draw()")
    assert browser.run("document.querySelectorAll('#genes-table tbody tr').length") == 1
    browser.run("Bokeh.documents[0].get_model_by_name('points').selected.indices = [0]")
    browser.wait("document.querySelector('#clouds-chosen .locus') !== null")
    assert gene in browser.run("document.getElementById('clouds-chosen').innerText")
    for width, dark in ((390, False), (390, True), (1280, True)):
        browser.look(width=width, dark=dark)
        assert browser.run("document.documentElement.scrollWidth") <= width
    browser.run("document.querySelector('.heat').scrollTo(400, 300)")
    corner, first = browser.run(
        "['.heat tbody th', '.heat'].map((part) => document.querySelector(part).getBoundingClientRect().left)"
    )
    assert abs(corner - first) < 3
    assert browser.complaints() == []
    assert [url for url in browser.asked() if not url.endswith(HTML_REPORT)] == []


def test_hostile_names_in_a_browser(hostile: dict[str, Any], tmp_path: Path, browser: Page) -> None:
    browser.open(exported(hostile, tmp_path)[0])
    browser.run("Bokeh.documents[0].get_model_by_name('points').selected.indices = [0, 1, 2, 3, 4]")
    assert browser.run("window.pwned") is None
    assert browser.complaints() == []
    assert [url for url in browser.asked() if not url.endswith(HTML_REPORT)] == []
