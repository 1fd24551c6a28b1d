"""The documentation site: its pages say what is there, their blocks run, its links lead somewhere."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.check_site import faults
from docs.session import BlockError, blocks_of, run_blocks
from scripts.cli.install_skills import SKILLS, skill_contents

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
INDEX = (DOCS / "index.md").read_text("utf-8")
STATISTICS = (DOCS / "statistics.md").read_text("utf-8")
LABELS = ("Null", "Assumes", "Fails", "Source", "Function")
FUNCTIONS = sorted(set(re.findall(r"\{py:func\}`chipatlas_skills\.([\w.]+)`", STATISTICS)))
#: Blocks that read tables of ce11 that the reader has; that ask for genes by symbols, which simulated data have not.
NOT_RUN = {"hot_loci.md", "whole_atlas.md"}
#: What a document says that the reader has already.
BEFORE = {
    "enriched_factors.md": "chip-atlas diff tp53_k562_dmso_vs_daunorubicin --out diff_analysis_results\n",
    "local_engine.md": "printf '%s\\n' sample,group SRX4099758,a SRX4099759,a SRX3481056,b SRX3481057,b >samples.csv\n",
}
RUN = [
    path
    for path in sorted((ROOT / "references").glob("*.md"))
    if path.name not in NOT_RUN and "```python\n" in path.read_text("utf-8")
]


def listed() -> list[str]:
    """The pages of the site, as its contents name them, from the top of the repository."""
    trees = re.findall(r"```\{toctree\}\n(?::[^\n]*\n)*\n(.*?)```", INDEX, flags=re.DOTALL)
    names = [line for tree in trees for line in tree.split()]
    return [str((DOCS / f"{name}.md").resolve().relative_to(ROOT)) for name in names]


def test_every_document_is_in_the_contents_once():
    pages = listed()
    documents = [*ROOT.glob("[C]*.md"), ROOT / "SECURITY.md", *(ROOT / "references").glob("*.md"), *DOCS.rglob("*.md")]
    wanted = {str(path.relative_to(ROOT)) for path in documents} - {"docs/index.md"}
    assert len(pages) == len(set(pages)) and wanted <= set(pages)
    assert all((ROOT / page).is_file() for page in pages)


def test_each_section_of_the_readme_stands_on_one_page():
    readme = (ROOT / "README.md").read_text("utf-8")
    headings = set(re.findall(r"^## (.+)$", readme, flags=re.MULTILINE)) - {"The two skills"}
    taken = [
        name
        for path in DOCS.rglob("*.md")
        for name in re.findall(r"^<!-- README: (.+) -->$", path.read_text("utf-8"), flags=re.MULTILINE)
    ]
    assert len(taken) == len(set(taken)) and set(taken) >= headings | {"start"}


def statistics() -> dict[str, str]:
    parts = re.split(r"^### (.+)$", STATISTICS, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", statistics())
def test_a_statistic_is_told_whole(name):
    text = statistics()[name].partition("\n## ")[0]
    assert [text.count(f"\n- **{label}.** ") for label in LABELS] == [1] * len(LABELS)
    function = text.partition("- **Function.**")[2]
    source = text.partition("- **Source.**")[2].partition("- **Function.**")[0]
    assert "{py:func}`" in function
    assert "Our own" in source or "our own" in source or re.search(r"\[doi:(10\.\S+?)\]\(https://doi\.org/\1\)", source)


@pytest.mark.parametrize("dotted", FUNCTIONS)
def test_a_function_of_the_statistics_is_there(dotted):
    module, _, name = f"scripts.{dotted}".rpartition(".")
    assert (getattr(importlib.import_module(module), name).__doc__ or "").strip()


def test_every_use_of_a_statistical_distribution_is_explained():
    """A module that calls scipy's tests or distributions, or the correction, is one whose function the page names."""
    named = {dotted.rpartition(".")[0].replace(".", "/") for dotted in FUNCTIONS}
    for package in ("engine", "diff", "targets", "atlas"):
        exports = importlib.import_module(f"scripts.{package}")
        named |= {
            getattr(exports, name).__module__.removeprefix("scripts.").replace(".", "/")
            for name in (dotted.rpartition(".")[2] for dotted in FUNCTIONS if dotted.count(".") == 1)
            if name in exports.__all__
        }
    used = {
        str(path.relative_to(ROOT / "scripts").with_suffix(""))
        for path in (ROOT / "scripts").rglob("*.py")
        if re.search(r"from scipy\.stats import", path.read_text("utf-8"))
    }
    assert {path for path in used - named if not path.startswith("emulator/")} == set()


def test_skills_that_are_installed_hold_no_page_of_the_site():
    for part in SKILLS.values():
        names = set(skill_contents(part))
        assert not [name for name in names if name.startswith("docs/") or name.endswith(("conf.py", "tutorial.md"))]


def test_pages_tell_that_their_data_are_simulated():
    for name in ("tutorial.md", "how_to.md"):
        assert "SIMULATED" in (DOCS / name).read_text("utf-8").partition("\n## ")[0]
    pictures = re.findall(r"```\{picture\} \S+\n(.*)", (DOCS / "tutorial.md").read_text("utf-8"))
    assert pictures and all(caption.startswith("SIMULATED data") for caption in pictures)


def test_links_are_checked(tmp_path):
    (tmp_path / "good.html").write_text(
        '<p id="here"><a href="#here">a</a><a href="other.html#there">b</a><a href="https://doi.org/10.1093/x/y">c</a>'
        '<img src="data:image/png;base64,AA"><a href="mailto:nobody@example.org">d</a></p>'
    )
    (tmp_path / "other.html").write_text('<p id="there"></p>')
    assert faults(tmp_path) == []
    (tmp_path / "bad.html").write_text(
        '<a href="#nowhere">a</a><a href="none.html">b</a><a href="other.html#nowhere">c</a>'
        '<script src="https://example.org/x.js"></script><a href="https://doi.org/gkae358">d</a><a href="http://x">e</a>'
    )
    (tmp_path / "bad.css").write_text("@import url(//fonts.example.org/a.css);")
    wrong = faults(tmp_path)
    assert len(wrong) == 7 and all(line.startswith("bad.") for line in wrong)
    assert sum("loaded from elsewhere" in line for line in wrong) == 2


def test_blocks_run_in_order_in_one_folder(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```bash\necho 4 > number\n```\n```text\nno\n```\n```python\nn = 2\n```\n```python\nprint(n + 1)\n```\n"
    )
    assert run_blocks(blocks_of(page), tmp_path / "run") == ["", "", "3\n"]
    assert (tmp_path / "run" / "work" / "number").read_text() == "4\n"
    with pytest.raises(BlockError, match=r"block 2 failed:\nfalse"):
        run_blocks([("python", "print(1)\n"), ("bash", "false\ntrue\n")], tmp_path / "run")


@pytest.mark.slow
def test_the_how_tos_run(tmp_path):
    blocks = blocks_of(DOCS / "how_to.md")
    assert len(run_blocks(blocks, tmp_path)) == len(blocks) >= 15
    reports = list((tmp_path / "work").rglob("summary_report.md"))
    assert reports and all(path.read_text("utf-8").startswith("# SIMULATED:") for path in reports)


@pytest.mark.slow
@pytest.mark.parametrize("path", RUN, ids=lambda path: path.name)
def test_the_blocks_of_a_reference_run(path, tmp_path):
    """Under the name that the package has where it is installed; each document's blocks in their order."""
    blocks = [block for block in blocks_of(path) if block[0] == "python"]
    renamed = [(kind, re.sub(r"\bfrom scripts\b", "from chipatlas_skills", text)) for kind, text in blocks]
    assert run_blocks([("bash", BEFORE.get(path.name, "true\n")), *renamed], tmp_path)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("sphinx", reason="the extra docs is not installed")
    place = tmp_path_factory.mktemp("site") / "docs"
    command = [sys.executable, "-m", "docs.build", str(place)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr.strip()
    return place


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_without_a_dead_link(site):
    assert faults(site) == [] and (site / "index.html").is_file()
    tutorial = (site / "docs" / "tutorial.html").read_text("utf-8")
    found, planted = map(int, re.search(r"(\d+) of (\d+) planted differences found", tutorial).groups())
    assert found >= 0.95 * planted and tutorial.count("<figure") == 3 and "<math" not in tutorial
    assert (site / "docs" / "statistics.html").read_text("utf-8").count('<div class="math">') >= 20
    api = (site / "docs" / "api" / "diff.html").read_text("utf-8")
    assert 'id="chipatlas_skills.diff.run_diff_workflow"' in api
    assert 'id="chipatlas_skills.diff.qc.shifts.find_shifts"' in (site / "docs/api/behind.html").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 390])
def test_the_site_works_from_a_file(site, browser, width):
    for page in ("docs/index", "docs/tutorial", "docs/statistics", "docs/api/diff", "references/output_format"):
        browser.look(width=width)
        browser.call("Page.navigate", url=(site / f"{page}.html").as_uri())
        browser.wait(f"document.readyState === 'complete' && location.href.endsWith('{page}.html')")
        assert browser.run("document.documentElement.scrollWidth") <= width, page
    browser.call("Page.navigate", url=(site / "search.html").as_uri() + "?q=specificity")
    browser.wait("document.querySelectorAll('#search-results li').length > 2")
    assert browser.complaints() == []
    assert not [address for address in browser.asked() if address.startswith("http")]
