import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scripts.chipatlas.browser_links import browser_position, link_regions, link_targets, locus
from scripts.chipatlas.endpoints import igv_url, ucsc_browser_url
from scripts.common.errors import ChipAtlasError
from scripts.common.findings import Finding
from scripts.common.reporting.html import libraries
from scripts.common.reporting.html.escape import escape, script_json, slug
from scripts.common.reporting.html.page import Section, Tile, finding_cards, page
from scripts.common.reporting.html.pictures import PICTURE_WIDTH, gallery
from scripts.common.reporting.html.scatter import drawn_statement, legend, thinned
from scripts.common.reporting.html.sections import to_html
from scripts.common.reporting.html.tables import Column, browsable, digits, rows_statement
from scripts.common.reporting.markdown import bullets, table
from scripts.common.text import printable, visible
from tests.pages import HOSTILE, Checked, check_page

ANY_TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))


@given(ANY_TEXT)
def test_escaped_text_is_text_in_elements_and_attributes(text):
    parsed = Checked(f'<p title="{escape(text)}">{escape(text)}</p>')
    assert [tag for tag, _ in parsed.elements] == ["p"]
    escape(text).encode()
    if text.isprintable():
        assert parsed.text == text == parsed.found("p")[0]["title"]


@given(st.recursive(ANY_TEXT | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_script_json_says_the_same_and_holds_no_markup(value):
    written = script_json(value)
    assert json.loads(written) == spelled(value)
    assert written.isascii() and not re.search("[<>&]", written)


def spelled(value):
    """The same with the marks that turn the direction of writing as text."""
    if isinstance(value, str):
        marks = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
        found = f"(\u2068[^{marks}]*\u2069)|[{marks}]"
        return re.sub(found, lambda mark: mark[1] or visible(mark[0]), value)
    if isinstance(value, list):
        return [spelled(one) for one in value]
    return {spelled(key): spelled(one) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("mark", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_mark_of_a_name_turns_the_page(mark):
    name = f"a{mark}b\\{mark}"
    assert mark not in escape(name) and visible(mark) in escape(name)
    written = script_json([name, {name: name}])
    assert json.loads(written) == [spelled(name), {spelled(name): spelled(name)}]


def test_a_name_that_is_kept_apart_stays_so():
    name = "\u2068שלום (1)\u2069"
    assert escape(f"{name} / {name}") == f"{name} / {name}"
    assert json.loads(script_json([f"{name} \\ {name}", "\u2068", "\u2069"])) == [
        f"{name} \\ {name}",
        r"\u2068",
        r"\u2069",
    ]
    assert "\u202e" not in escape("\u2068a\u202eb\u2069") and "\u2068" not in escape("\u2068a\u2067b\u2069\u2069")[:1]


def test_a_cell_runs_in_the_direction_of_its_text_and_headings_say_what_they_head():
    html = to_html(table(["", "name"], [["1", "שלום"], ["2", "b"]]), "Names")
    parsed = Checked(html)
    assert [attributes.get("scope") for attributes in parsed.found("th")] == ["col"]
    assert all(attributes["dir"] == "auto" for tag in ("th", "td") for attributes in parsed.found(tag))
    assert len(parsed.found("td")) == 5 and 'aria-label="Table: Names"' in html


def test_json_has_no_nan():
    with pytest.raises(ValueError, match="JSON"):
        script_json([float("nan")])


def test_slug():
    assert slug("Top 20 regions") == "top-20-regions"
    assert slug("→") == "section"


@given(st.lists(ANY_TEXT.filter(str.strip), min_size=1, max_size=4))
def test_what_a_report_escapes_comes_out_as_it_was(texts):
    html = to_html(table(["name"] * len(texts), [texts]), "Table")
    parsed = Checked(html)
    allowed = {"div", "table", "caption", "span", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in parsed.elements} <= allowed
    cells = [re.sub("<[^>]*>", "", part) for part in re.findall("<td[^>]*>(.*?)</td>", html, flags=re.DOTALL)]
    shown = [Checked(f"<p>{part}</p>").text.strip() for part in cells]
    assert shown == [clean(text) for text in texts]


def clean(text):
    """Text on one line, as a cell holds it: what no reader sees is spelled out."""
    one_line = printable(" ".join(text.split()))
    return Checked(f"<p>{escape(one_line)}</p>").text.strip()


def test_markdown_gives_no_links_pictures_or_markup():
    html = to_html("\n\n".join([*HOSTILE, bullets(HOSTILE)]), "Section")
    tags = {tag for tag, _ in Checked(html).elements}
    assert tags <= {"p", "ul", "li", "code", "strong"}


def test_markdown_tables_are_captioned_and_can_be_reached():
    html = to_html(table(["a", "b"], [("x", 1)], numeric=["b"]), "Some <numbers>")
    parsed = Checked(html)
    assert parsed.found("div")[0]["tabindex"] == "0"
    assert parsed.text.startswith("Some <numbers>")
    assert "text-align:right" in html


def test_regions_in_a_text_get_links_that_count_from_one():
    linked = link_regions("hg38", ["chr1"])("See chr1:100-200, not chr2:100-200 <b>.")
    addresses = [attributes["href"] for attributes in Checked(linked).found("a")]
    assert addresses == [
        "https://genome.ucsc.edu/cgi-bin/hgTracks?db=hg38&position=chr1%3A101-200",
        "http://localhost:60151/goto?locus=chr1%3A101-200",
    ]
    assert linked.startswith("See <span") and "not chr2:100-200 &lt;b&gt;." in linked
    assert Checked(linked).found("button")[0]["data-copy"] == "chr1:100-200"


def test_positions_and_addresses():
    assert browser_position("chr1", 0, 10) == "chr1:1-10"
    assert (
        ucsc_browser_url("hg38", 'a"&b c') == "https://genome.ucsc.edu/cgi-bin/hgTracks?db=hg38&position=a%22%26b%20c"
    )
    assert igv_url("TP53") == link_targets("hg38", "gene")["igv"] + "TP53"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name):
    parsed = Checked(locus(name, name, name))
    assert [tag for tag, _ in parsed.elements] == ["span", "span", "span", "button", "a", "a"]


@given(st.lists(st.booleans(), max_size=300), st.integers(10, 60))
def test_thinning_keeps_what_is_significant_where_it_fits(significant, limit):
    significant = np.array(significant, dtype=bool)
    drawn = thinned(significant, limit, background=limit // 5)
    assert len(drawn) == min(limit, len(significant))
    assert (np.diff(drawn) > 0).all()
    called = int(significant.sum())
    room = max(limit - limit // 5, limit - (len(significant) - called))
    assert int(significant[drawn].sum()) >= min(called, room)
    if called > room:
        assert set(np.flatnonzero(significant)[: room // 2]) <= set(drawn)


def test_statements_say_how_much_is_shown():
    significant = np.arange(100) < 10
    assert drawn_statement(significant, np.arange(100), "regions", "x.csv") == "Every one of the 100 regions is drawn."
    some = drawn_statement(significant, thinned(significant, 30, 5), "regions", "x.csv")
    assert some.startswith("Drawn: all 10 significant regions, and 20 of the 90 others") and "x.csv" in some
    few = drawn_statement(significant, thinned(significant, 8, 2), "regions", "x.csv")
    assert few.startswith("Drawn: 6 of 10 significant regions (the best 3, the rest at even distances), and 2 of")
    assert rows_statement(5, 10, "genes", "x.csv").startswith("The first 5 of 10 genes")
    assert rows_statement(10, 10, "genes", "x.csv") == "All 10 genes, as in <code>x.csv</code>."


def test_browsable_tables():
    parsed = Checked(browsable("t", "A <table>", [Column("n", ["1", "2"], "number"), Column("name", HOSTILE[:2])]))
    assert parsed.data("t-rows") == {"kinds": ["number", "text"], "rows": [["1", HOSTILE[0]], ["2", HOSTILE[1]]]}
    assert len(parsed.found("th")) == 2
    assert digits([1e-5, float("nan"), 1234567.0]) == ["1e-05", "", "1.23457e+06"]


def test_pictures_are_reduced_and_broken_ones_said(tmp_path):
    Image.new("RGBA", (2400, 1000), "#DE8344").save(tmp_path / "big.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    words = {"big": 'The "big" one.', "broken": "b", "none": "n"}
    html = gallery(tmp_path, ["big.png", "big.svg", "broken.png"], words, {"big": "5 <b>dots</b>."})
    image = Checked(html).found("img")[0]
    assert (image["width"], image["height"]) == (str(PICTURE_WIDTH), "500")
    assert str(image["src"]).startswith("data:image/webp;base64,")
    assert image["alt"] == 'The "big" one. 5 <b>dots</b>.'
    assert "<code>big.png</code> and <code>big.svg</code>" in html and "broken.png could not be read" in html


def test_no_pictures(tmp_path):
    assert "No plots were in the folder" in gallery(tmp_path, [], {"big": "words"})


def test_libraries_can_stand_in_a_page():
    for script in (libraries.bokeh_script(), libraries.datatables_script(), libraries.own("page.js")):
        assert "</script" not in script.lower() and "\r" not in script
    assert re.search(r"globalThis\.DataTable = [\w$]+;$", libraries.datatables_script())


def test_an_unknown_bundle_is_refused(tmp_path, monkeypatch):
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "dt_bundle.js").write_text("window.x = 1")
    monkeypatch.setattr(libraries.resources, "files", lambda _: tmp_path)
    with pytest.raises(ChipAtlasError, match="constraints.txt"):
        libraries.datatables_script()


@pytest.mark.parametrize("simulated", [True, False])
def test_page(simulated):
    html = page(
        HOSTILE[0],
        HOSTILE[1],
        [Tile("1", HOSTILE[2], "#DE8344")],
        [Section("Same", "<p>a</p>"), Section("Same", "b"), Section("Empty", " "), Section(HOSTILE[3], "c")],
        link_targets("hg38", "gene"),
        simulated=simulated,
    )
    parsed = check_page(html)
    assert len(parsed.found("section")) == 3
    assert ("SIMULATED data" in parsed.text) is simulated
    assert all(text in parsed.text for text in HOSTILE[:4])
    targets = [str(link["href"])[1:] for link in parsed.found("a") if str(link["href"]).startswith("#")]
    assert {attributes.get("id") for _, attributes in parsed.elements} >= set(targets)


def test_finding_cards_tell_everything():
    cards = finding_cards([Finding("made-up", "major", HOSTILE[0], HOSTILE[4], HOSTILE[5])], escape)
    text = Checked(cards).text
    assert "major" in text and all(part in text for part in (HOSTILE[0], HOSTILE[4], HOSTILE[5]))


def test_legend():
    assert "Group &lt;A&gt;" in legend({"Group <A>": "#DE8344"})
