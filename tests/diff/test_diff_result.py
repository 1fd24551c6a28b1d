from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Mapping

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.common.findings import Finding
from scripts.diff import export_all, generate_all_plots
from scripts.diff.diff_result import DiffResult
from scripts.diff.qc.qc_checks import run_qc_checks
from tests.diff.tables import compare
from tests.pages import HOSTILE

#: What the summary is made of; anything else would be a stranger's.
TAGS = ("div", "p", "b", "ul", "li", "code")
PLAIN = (dict, list, tuple, str, int, float, bool, type(None), pd.DataFrame, pd.Series)


@pytest.fixture
def result(peak_results) -> DiffResult:
    return DiffResult.of(peak_results | {"qc_warnings": run_qc_checks(compare(peak_results["diff_regions"], n=(2, 2)))})


def kinds(value: object) -> set[type]:
    """The types of a value and of everything in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return {type(value)} | {kind for item in inner for kind in kinds(item)}


def test_it_is_a_mapping_whose_values_are_attributes(result):
    assert isinstance(result, Mapping)
    for name in DiffResult.__annotations__:
        assert getattr(result, name) is result[name] and name in dir(result)
    result["log_content"] = "one"
    assert result.log_content == "one"
    result.log_content = "two"
    assert result["log_content"] == "two"
    with pytest.raises(AttributeError, match="DiffResult has no 'regions'; it has: diff_regions,"):
        _ = result.regions


def test_copies_and_pickles_are_the_same(result):
    for again in (copy.deepcopy(result), pickle.loads(pickle.dumps(result)), DiffResult.of(dict(result))):
        assert type(again) is DiffResult and list(again) == list(result)
        pd.testing.assert_frame_equal(again.diff_regions, result.diff_regions)
        assert again.qc_warnings == result.qc_warnings
    assert DiffResult.of(result) is result


def test_other_things_are_refused():
    with pytest.raises(InputError, match="results lacks diff_regions"):
        DiffResult.of({})
    with pytest.raises(InputError, match="results lacks diff_regions"):
        DiffResult.of([])


def test_the_text_form_is_short_and_says_simulated(result):
    significant = int((result.diff_regions["qvalue"] < 0.05).sum())
    assert repr(result).startswith(f"<DiffResult: Treated vs Control, hg38: {significant} significant regions (q < 0.0")
    result["provenance"]["simulated"] = True
    assert "SIMULATED" in repr(result) and len(repr(result)) < 600


def test_a_notebook_shows_numbers_major_findings_and_rows(result):
    html = result._repr_html_()
    significant = int((result.diff_regions["qvalue"] < 0.05).sum())
    assert f"<b>{significant:,}</b> significant regions (q &lt; 0.05)" in html
    assert "<b>Very small sample size.</b>" in html and "SIMULATED" not in html
    assert html.count("<tr") == 6 and "The first 5 rows." in html
    result["provenance"]["simulated"] = True
    assert "SIMULATED" in result._repr_html_()


def test_a_notebook_shows_strangers_text_as_text(result):
    result["parameters"]["description_a"] = HOSTILE[0]
    result["qc_warnings"] = [Finding("made-up", "major", *HOSTILE[1:4])]
    html = result._repr_html_()
    shown = re.sub(r"<table.*?</table>", "", html, flags=re.DOTALL)  # pandas escapes its own
    assert set(re.findall(r"<(/?\w+)", shown)) <= {tag for name in TAGS for tag in (name, f"/{name}")}


def test_a_row_that_is_not_to_be_interpreted_says_so(result):
    assert "artefact?" not in result._repr_html_()
    first = result.diff_regions["chrom"].iloc[0]
    result["qc_warnings"] = [Finding("sex-chromosomes", "major", "x", "", "", spans=[(first, None, None)])]
    assert result.first_rows(5)["caution"].iloc[0] == "artefact?" and "artefact?" in result._repr_html_()


def test_a_result_without_regions_shows_itself(result):
    result["diff_regions"] = result["diff_regions"].iloc[:0]
    assert "No rows." in result._repr_html_() and "<b>0</b> significant" in result._repr_html_()


def test_what_is_pickled_is_plain_and_leads_on(result, tmp_path):
    export_all(result, tmp_path, annotation="none")
    with (tmp_path / "analysis_object.pkl").open("rb") as stream:
        kept = pickle.load(stream)
    assert kinds(kept) <= set(PLAIN)
    assert kept["qc_warnings"][0]["code"] == result.qc_warnings[0].code
    written = json.loads((tmp_path / "analysis_object.json").read_text("utf-8"))
    assert [item["code"] for item in written["findings"]] == [item.code for item in result.qc_warnings]
    (tmp_path / "again").mkdir()
    export_all(kept, tmp_path / "again", annotation="none")
    generate_all_plots(kept, tmp_path / "again", annotate=False)
    for name in ("diff_regions_all.csv", "diff_regions_significant.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / name).read_bytes()
