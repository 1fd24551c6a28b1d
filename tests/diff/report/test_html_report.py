"""The page of a comparison: what it says, that it lets nothing in, and that a browser shows it."""

import re
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from scripts.common.findings import Finding
from scripts.common.reporting.html.scatter import MAX_POINTS
from scripts.common.reporting.html.tables import MAX_ROWS
from scripts.diff.analysis import DIFFBIND
from scripts.diff.outputs import HTML_REPORT, PLOTS, REPORT
from scripts.diff.plots.all_plots import generate_all_plots
from scripts.diff.qc.qc_checks import run_qc_checks
from scripts.diff.report.export import export_all
from scripts.diff.results.parse_bed_results import finish_regions
from tests.diff.tables import compare, experiments, make_results, methylation, peaks
from tests.pages import HOSTILE, check_page

MAX_BYTES = 5_000_000


def exported(results, folder, **options):
    """The folder's page, checked."""
    path = export_all(results, folder, **{"annotation": "none"} | options)[HTML_REPORT]
    return path, check_page(path.read_text("utf-8"))


@pytest.fixture
def hostile_results(peak_results):
    results = peak_results
    results["parameters"] |= {"description_a": HOSTILE[0], "description_b": HOSTILE[6], "series": HOSTILE[1]}
    results["experiments"] = experiments((["SRX1", "SRX2"], ["SRX3", "SRX4"]), title=(HOSTILE * 2)[:4])
    results["qc_warnings"] = [Finding("made-up", "major", *HOSTILE[1:4]), Finding("made-up", "note", *HOSTILE[4:7])]
    names = (HOSTILE * 7)[:50]
    results["nearest_genes"] = pd.Series(names, index=results["diff_regions"].index[:50], dtype=object)
    results["provenance"]["request_id"] = HOSTILE[2]
    regions = results["diff_regions"]
    regions.loc[regions.index[0], "chrom"] = HOSTILE[0]
    return results


@pytest.mark.parametrize("fixture", ["peak_results", "dmr_results"])
def test_every_section_of_the_markdown_report_is_there(tmp_path, request, fixture):
    results = request.getfixturevalue(fixture)
    results["qc_warnings"] = run_qc_checks(compare(results["diff_regions"]))
    path, page = exported(results, tmp_path)
    headings = [line[3:] for line in (tmp_path / REPORT).read_text("utf-8").splitlines() if line.startswith("## ")]
    shown_otherwise = [name for name in headings if name.startswith("Top ") and name.endswith("regions")]
    assert [name for name in headings if f">{name}</h2>" not in path.read_text("utf-8")] == shown_otherwise
    for item in results["qc_warnings"]:
        assert all(part in page.text for part in (item["issue"], item["recommendation"]))
    assert path.stat().st_size < MAX_BYTES


def test_major_findings_stand_in_what_is_read_first(tmp_path, peak_results):
    peak_results["qc_warnings"] = [
        Finding("made-up", "major", "Issue one", "a", "b"),
        Finding("made-up", "note", "Issue two", "c", "d"),
    ]
    html = exported(peak_results, tmp_path)[0].read_text("utf-8")
    first, further = html.index('id="read-this-first"'), html.index('id="further-findings"')
    assert first < html.index("Issue one") < further < html.index("Issue two")


def test_table_holds_what_the_csv_holds(tmp_path, peak_results):
    _, page = exported(peak_results, tmp_path)
    regions = peak_results["diff_regions"]
    rows = page.data("regions-table-rows")["rows"]
    assert len(rows) == len(regions)
    assert rows[0][1] == "{chrom}:{chromStart}-{chromEnd}".format(**regions.iloc[0])
    assert [row[2] for row in rows] == [f"{value:.6g}" for value in regions["logFC"]]
    assert f"All {len(regions):,} regions, as in diff_regions_all.csv" in page.text


def test_simulated(tmp_path, peak_results):
    assert "SIMULATED" not in exported(peak_results, tmp_path)[1].text
    peak_results["provenance"]["simulated"] = True
    page = exported(peak_results, tmp_path)[1]
    assert page.text.startswith("SIMULATED: ") and "SIMULATED data from the embedded ChIP-Atlas" in page.text


def test_pictures_of_the_plotting_step(tmp_path, peak_results):
    assert "No plots were in the folder" in exported(peak_results, tmp_path)[1].text
    for name in PLOTS:
        Image.new("RGB", (30, 20)).save(tmp_path / f"{name}.png")
    page = exported(peak_results, tmp_path)[1]
    assert len(page.found("img")) == 7
    alternatives = [str(image["alt"]) for image in page.found("img")]
    assert all(re.search(r"\d", text) for text in alternatives)
    regions = peak_results["diff_regions"]
    higher = int((regions["significant"] & (regions["direction"] == "A_enriched")).sum())
    assert f"{len(regions):,} regions: {higher:,} significant and higher in A" in alternatives[0]


@pytest.mark.parametrize("make", [peaks, methylation])
@pytest.mark.parametrize("q", [1e-5, 0.9, 0.0, float("nan")])
def test_one_region(tmp_path, make, q):
    _, page = exported(make_results(make([{"q": q}])), tmp_path)
    assert len(page.data("regions-table-rows")["rows"]) == 1


@pytest.mark.parametrize("make", [peaks, methylation])
def test_no_region(tmp_path, make):
    _, page = exported(make_results(make([{}]).iloc[:0]), tmp_path)
    assert "There is no region to draw" in page.text and "No region is left" in page.text


def test_one_experiment_a_group_and_no_metadata(tmp_path, peak_results):
    peak_results["samples"] = pd.DataFrame({"accession": ["SRX1", "SRX3"], "group": ["A", "B"]})
    peak_results["experiments"] = peak_results["experiments"].iloc[:0]
    peak_results["provenance"]["metadata_unavailable"] = HOSTILE[0]
    page = exported(peak_results, tmp_path)[1]
    assert "No replicates." in page.text and "1 experiment vs 1" in page.text


def test_hostile_strings_stay_text(tmp_path, hostile_results):
    path, page = exported(hostile_results, tmp_path)
    for text in (*HOSTILE[:4], HOSTILE[5].replace("`", "")):
        assert " ".join(text.split()) in " ".join(page.text.replace("`", "").split())
    assert "window.pwned" not in "".join(
        text for attributes, text in page.scripts if attributes.get("type") != "application/json"
    )
    assert "\u2028" not in path.read_text("utf-8").split("</main>")[1]


def many_regions(n, n_significant, n_experiments):
    """Regions in their hundreds of thousands, quickly made."""
    rng = np.random.default_rng(0)
    counts = np.char.mod("%.2f", rng.gamma(2, 40, size=(n, 1)))[:, 0]
    joined = pd.Series(counts).map(lambda text: ",".join([text] * (n_experiments // 2)))
    q = np.sort(np.concatenate([10.0 ** -rng.uniform(2, 90, n_significant), rng.uniform(0.06, 1, n - n_significant)]))
    mean = counts.astype(float)
    return finish_regions(
        pd.DataFrame(
            {
                "chrom": pd.Series(np.arange(n) % 22 + 1).map("chr{}".format),
                "chromStart": 1_000_000 + 800 * np.arange(n),
                "chromEnd": 1_000_400 + 800 * np.arange(n),
                "counts_a": joined,
                "counts_b": joined,
                "logFC": rng.normal(0, 1.5, n),
                "pvalue": q / 10,
                "qvalue": q,
                "mean_count_a": mean,
                "mean_count_b": mean,
            }
        ),
        DIFFBIND,
    )


@pytest.mark.slow
@pytest.mark.parametrize("n_significant", [4_000, 80_000])
def test_300000_regions_fit(tmp_path, browser, n_significant):
    results = make_results(many_regions(300_000, n_significant, 16))
    results["counts"] = None
    generate_all_plots(results, tmp_path, annotate=False)
    path, page = exported(results, tmp_path)
    assert path.stat().st_size < MAX_BYTES
    assert f"The first {MAX_ROWS:,} of 300,000 regions in order of rank" in page.text
    assert ("Drawn: all 4,000 significant regions" in page.text) is (n_significant == 4_000)
    started = time.monotonic()
    browser.open(path)
    assert time.monotonic() - started < 20
    assert browser.run("Bokeh.documents[0].get_model_by_name('points').data.place.length") == MAX_POINTS
    assert browser.complaints() == []


# In a browser -------------------------------------------------------------------------------------------------------

TABLE = "document.querySelectorAll('#regions-table"
ROWS = f"[...{TABLE} tbody tr')].map((row) => row.innerText)"


@pytest.fixture
def opened(tmp_path, peak_results, browser):
    genes = [f"GENE{number}" for number in range(50)]
    peak_results["nearest_genes"] = pd.Series(genes, index=peak_results["diff_regions"].index[:50])
    peak_results["qc_warnings"] = run_qc_checks(compare(peak_results["diff_regions"]))
    browser.open(exported(peak_results, tmp_path)[0])
    return browser


def test_quiet_and_without_network(opened):
    assert opened.complaints() == []
    assert [url for url in opened.asked() if not url.endswith(HTML_REPORT)] == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_fits_the_screen(opened, width, dark):
    opened.look(width=width, dark=dark)
    opened.wait(f"document.documentElement.classList.contains('dark') === {str(dark).lower()}")
    assert opened.run("document.documentElement.scrollWidth") <= width
    background = opened.run("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(14, 19, 24)") is dark
    grid = opened.run("[...Bokeh.documents[0].all_models].find((m) => m.type === 'Grid').grid_line_color")
    assert grid == ("#313b48" if dark else "#e3e7ec")


def test_search_and_sort(opened):
    assert len(opened.run(ROWS)) == 25
    opened.run("void browsed[0].search('GENE7').draw()")
    found = opened.run(ROWS)
    assert len(found) == 1 and "GENE7" in found[0]
    opened.run("void browsed[0].search('').draw()")
    header = "[...document.querySelectorAll('#regions-table thead th')].find((th) => th.innerText.includes('{}'))"
    opened.run(f"{header.format('logFC')}.click()")
    opened.wait(f"{header.format('logFC')}.getAttribute('aria-sort') === 'ascending'")
    effects = opened.run(f"[...{TABLE} tbody tr')].map((row) => +row.cells[3].innerText)")
    assert effects == sorted(effects) and effects[0] < 0
    opened.run(f"{header.format('region')}.click()")
    opened.wait(f"{header.format('region')}.getAttribute('aria-sort') === 'ascending'")
    chromosomes = [row.split()[1].split(":")[0] for row in opened.run(ROWS)]
    assert chromosomes == sorted(chromosomes, key=lambda name: int(name[3:]))


def test_links_and_copying(opened, peak_results):
    first = peak_results["diff_regions"].iloc[0]
    chrom, start, end = first["chrom"], first["chromStart"], first["chromEnd"]
    links = opened.run("[...document.querySelectorAll('#regions-table tbody tr:first-child a')].map((a) => a.href)")
    assert links == [
        f"https://genome.ucsc.edu/cgi-bin/hgTracks?db=hg38&position={chrom}%3A{start + 1}-{end}",
        f"http://localhost:60151/goto?locus={chrom}%3A{start + 1}-{end}",
    ]
    opened.run("document.execCommand = () => { window.taken = document.activeElement.value; return true; }")
    opened.run("navigator.clipboard.writeText = async () => { throw new Error('no clipboard'); }")
    opened.run("document.querySelector('#regions-table button.copy').click()")
    opened.wait("document.querySelector('#regions-table button.copy').textContent === 'Copied'")
    assert opened.run("window.taken") == f"{chrom}:{start}-{end}"
    assert opened.run("document.getElementById('announcement').textContent") == f"Copied {chrom}:{start}-{end}"


def test_a_chosen_point_shows_its_numbers_and_links(opened, peak_results):
    opened.run("Bokeh.documents[0].get_model_by_name('points').selected.indices = [299]")
    opened.wait("document.querySelector('#clouds-chosen .locus') !== null")
    shown = opened.run("document.getElementById('clouds-chosen').innerText")
    name = opened.run("Bokeh.documents[0].get_model_by_name('points').data.place[299]")
    row = peak_results["diff_regions"].query(f"chromStart == {name.split(':')[1].split('-')[0]}").iloc[0]
    assert name in shown and f"{row['logFC']:.4g}" in shown


def test_pointing_at_a_dot(opened):
    opened.run("document.getElementById('clouds').scrollIntoView({block: 'center'})")
    place, x, y = opened.run(
        "(() => { const [volcano] = Object.values(Bokeh.index)[0] ? [...Bokeh.index] : []; const views = [];"
        " (function walk(view) { if (view.model.type === 'Figure') views.push(view);"
        " for (const child of view.child_views ?? []) walk(child); })(volcano);"
        " const source = Bokeh.documents[0].get_model_by_name('points'), at = views[0].el.getBoundingClientRect();"
        " const best = source.data.height.indexOf(Math.max(...source.data.height));"
        " return [source.data.place[best], at.left + views[0].frame.x_scale.compute(source.data.effect[best]),"
        " at.top + views[0].frame.y_scale.compute(source.data.height[best])]; })()"
    )
    opened.click(x, y)
    opened.wait("document.querySelector('#clouds-chosen .locus') !== null")
    assert opened.complaints() == []
    assert place.startswith("chr")


def test_hostile_strings_in_a_browser(tmp_path, hostile_results, browser):
    browser.open(exported(hostile_results, tmp_path)[0])
    browser.run("Bokeh.documents[0].get_model_by_name('points').selected.indices = [0, 1, 297, 298, 299]")
    for text in ("onerror", "pwned", "&lt;b&gt;"):
        browser.run(f"void browsed[0].search({text!r}).draw()")
        assert browser.run("document.querySelectorAll('#regions-table tbody tr').length") > 0
    assert browser.run("window.pwned") is None
    assert browser.run("document.querySelectorAll('main img, main svg[onload]').length") == 0
    assert browser.complaints() == []
    assert [url for url in browser.asked() if not url.endswith(HTML_REPORT)] == []


def test_without_scripts(tmp_path, peak_results, browser):
    browser.open(exported(peak_results, tmp_path)[0], scripts=False)
    text = browser.run("document.body.innerText")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert "Scripts are off in this browser" in text and "How to cite" in text
    first = peak_results["diff_regions"].iloc[0]
    assert f"{first['chrom']}:{first['chromStart']}-{first['chromEnd']}" in text
    assert "Search:" not in text
