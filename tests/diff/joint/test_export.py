"""What a joint answer leaves in its folder."""

from __future__ import annotations

import json
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from scripts.__main__ import main
from scripts.common.errors import InputError
from scripts.common.files.manifest import verify_folder
from scripts.common.files.spreadsheet import unguard
from scripts.diff import export_all, export_joint, join_comparisons
from scripts.diff.joint.figures import effects_against_effects, region_kinds, upset
from scripts.diff.outputs import JOINT_FILES
from tests.diff.joint.made import designed, planted
from tests.diff.tables import make_results, peaks
from tests.hostile import EVERYWHERE, check_console, check_folder
from tests.pages import HOSTILE, check_page


def several(names: list[str], *, simulated: bool = False, regions: int = 40) -> dict[str, Any]:
    """Comparisons with some loci in all, and experiments of their own; the first alone is simulated where asked for."""
    made = {}
    for at, name in enumerate(names):
        rng = np.random.default_rng(at)
        rows = [
            {
                "start": 5000 * i + 50 * at,
                "logFC": float(rng.normal(0, 2)),
                "q": 1e-4 if i % (at + 2) == 0 or rng.random() < 0.05 else 0.6,
            }
            for i in range(regions)
        ]
        results = make_results(peaks(rows), simulated=simulated and at == 0)
        accessions = [f"SRX{at}{i}" for i in range(4)]
        results["samples"] = results["samples"].assign(accession=accessions)
        made[name] = results | {"experiments_a": accessions[:2], "experiments_b": accessions[2:], "counts": None}
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("joint")
    joint = join_comparisons(several(["drug 1", "drug 2", "drug 3"], simulated=True))
    return joint, folder, export_joint(joint, folder)


def test_every_file_is_there_and_verified(folder):
    _, place, written = folder
    assert set(written) == set(JOINT_FILES)
    assert verify_folder(place).ok and verify_folder(place).simulated
    manifest = json.loads((place / "analysis_object.json").read_text())
    assert manifest["skill"] == "joint comparisons" and set(manifest["files"]) == {*JOINT_FILES, "SIMULATED.txt"} - {
        "analysis_object.json",
        "ro-crate-metadata.json",
    }
    assert manifest["results"]["joint_regions"]["rows"] == 40
    (place / "joint_pairs.csv").write_text("x")
    assert verify_folder(place).changed == ["joint_pairs.csv"]
    export_joint(folder[0], place)
    assert verify_folder(place).ok


def test_one_simulated_comparison_marks_everything(folder):
    joint, place, written = folder
    assert joint.simulated and "SIMULATED" in repr(joint) and "SIMULATED" in joint._repr_html_()
    assert written["summary_report.md"].read_text().startswith("# SIMULATED")
    assert "SIMULATED" in written["report.html"].read_text()[:100_000] and (place / "SIMULATED.txt").is_file()
    for name in ("upset.svg", "logfc_pairs.svg"):
        assert "SIMULATED" in written[name].read_text()
    assert "simulated-among-real" in {finding.code for finding in joint.findings}
    table = pd.read_csv(written["joint_comparisons.csv"])
    assert table["simulated"].tolist() == [True, False, False]


def test_tables_are_the_answers(folder):
    joint, _, written = folder
    table = pd.read_csv(written["joint_regions.csv"])
    assert list(table) == list(joint.table) and len(table) == len(joint.table)
    assert table["logFC|drug 3"].tolist() == pytest.approx(joint.table["logFC|drug 3"].tolist())
    assert pd.read_csv(written["joint_overlaps.csv"])["loci"].sum() == joint.overlaps["loci"].sum()
    assert len(pd.read_csv(written["joint_pairs.csv"])) == 3


def test_untested_cells_are_empty_in_the_csv(tmp_path):
    made = several(["X", "Y"])
    made["Y"]["diff_regions"] = made["Y"]["diff_regions"].iloc[:0]
    export_joint(join_comparisons(made), tmp_path)
    rows = (tmp_path / "joint_regions.csv").read_text().splitlines()
    assert all(row.endswith("False,,,,,,0") for row in rows[1:])


def test_the_reports_say_what_a_threshold_does_not(folder):
    text = folder[2]["summary_report.md"].read_text()
    for words in (
        "Below a threshold is not unchanged",
        "Without a region is unknown",
        "## Loci of one in another",
        "By chance",
    ):
        assert words in text
    page = check_page(folder[2]["report.html"].read_text())
    assert "Below a threshold is not unchanged" in page.text and "read-this-before-comparing-heading" in page.headings()
    rows = page.data("loci-table-rows")["rows"]
    assert len(rows) == 40 and rows[0][0].startswith("chr1:")


def test_upset_shows_the_numbers_of_the_table(folder):
    joint = folder[0]
    figure = upset(joint)
    heights = sum(bar.get_height() for bar in figure.axes[0].patches)
    assert heights == joint.overlaps["loci"].sum()
    totals = [int(text.get_text()) for text in figure.axes[0].texts]
    assert totals == sorted(totals, reverse=True) and sum(totals) == heights
    plt.close("all")


def test_many_comparisons_are_drawn_in_part_and_said(tmp_path):
    joint = join_comparisons(several([f"comparison number {i} of a long series" for i in range(7)], regions=400))
    assert len(joint.pairs) == 21
    figure = effects_against_effects(joint)
    assert "first 12 of 21 pairs" in "".join(text.get_text() for text in figure.texts)
    assert "the largest of" in "".join(text.get_text() for text in upset(joint).texts)


def test_kinds_of_matched_regions():
    rows = pd.DataFrame({"significant_1": [True, True, False, False], "significant_2": [True, False, True, False]})
    assert region_kinds(rows).tolist() == ["both", "first", "second", "neither"]


def test_nothing_significant_anywhere_is_exported(tmp_path):
    made = several(["X", "Y"])
    for results in made.values():
        results["diff_regions"] = results["diff_regions"].assign(significant=False)
    export_joint(join_comparisons(made), tmp_path)
    assert "No locus is significant in any comparison" in (tmp_path / "summary_report.md").read_text()
    assert verify_folder(tmp_path).ok


def test_names_that_mean_something_elsewhere(tmp_path, capsys):
    names = [EVERYWHERE[0], EVERYWHERE[11] + HOSTILE[1], EVERYWHERE[16] + EVERYWHERE[18]]
    made = several(names, regions=12)
    for results, label in zip(made.values(), EVERYWHERE, strict=False):
        results["parameters"] = results["parameters"] | {"description_a": label, "description_b": HOSTILE[0]}
    written = export_joint(join_comparisons(made), tmp_path)
    check_folder(tmp_path)
    check_console(capsys.readouterr().out)
    check_page(written["report.html"].read_text())
    assert [unguard(name) for name in pd.read_csv(tmp_path / "joint_comparisons.csv")["comparison"]] == names


def test_a_folder_of_another_kind_is_refused(tmp_path):
    joint = join_comparisons(planted(count=400)[0])
    (tmp_path / "diff_regions_all.csv").write_text("chrom\n")
    with pytest.raises(InputError, match="results of another kind"):
        export_joint(joint, tmp_path)


def test_the_joint_folder_refuses_a_single_comparison(folder):
    with pytest.raises(InputError, match=r"results of another kind \(joint comparisons"):
        export_all(make_results(peaks([{}])), folder[1], annotation="none")


def test_contrasts_are_a_part_of_the_report_on_their_design(tmp_path):
    results = designed()
    joint = join_comparisons(results)
    written = export_all(results, tmp_path, annotation="none", parts=[joint])
    assert {"joint_regions.csv", "joint_pairs.csv"} <= set(written) and (tmp_path / "upset.png").is_file()
    assert "## Loci of one in another" in written["summary_report.md"].read_text()
    assert "Below a threshold is not unchanged" in check_page(written["report.html"].read_text()).text
    assert verify_folder(tmp_path).ok
    # Read back, it is the same several comparisons.
    again = join_comparisons(tmp_path)
    assert again.names == joint.names and again.pairs.equals(joint.pairs)
    with pytest.raises(InputError, match="of other results"):
        export_all(several(["X"])["X"], tmp_path, annotation="none", parts=[joint])


def test_an_answer_on_several_results_is_a_part_of_none(tmp_path):
    made = several(["X", "Y"])
    with pytest.raises(InputError, match="of other results"):
        export_all(made["X"], tmp_path, annotation="none", parts=[join_comparisons(made)])


class TestCommand:
    @pytest.fixture
    def folders(self, tmp_path):
        for name, results in several(["drug", "other drug"], simulated=True).items():
            export_all(results, tmp_path / name, annotation="none")
        return [str(tmp_path / name) for name in ("drug", "other drug")]

    def test_folders_are_joined_and_verified(self, folders, tmp_path, capsys):
        out = str(tmp_path / "out")
        assert main(["join", *folders, "--out", out, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["ok"] and answer["simulated"] and answer["comparisons"] == ["drug", "other drug"]
        assert "joint_regions.csv" in answer["files"] and answer["pairs"][0]["matched"] == 40
        assert main(["verify", out]) == 0
        assert main(["join", *folders, "--names", "A", "--names", "B", "--out", out]) == 0
        printed = capsys.readouterr().out
        assert "✓ 2 comparisons joined" in printed and "SIMULATED" in printed

    def test_what_cannot_be_joined(self, folders, tmp_path, capsys):
        assert main(["join", *folders, "--names", "A"]) == 3
        assert main(["join", folders[0], folders[0]]) == 3
        assert main(["join", folders[0]]) == 3
        assert main(["join", folders[0], str(tmp_path / "nothing")]) == 4
        told = capsys.readouterr().err
        for words in ("1 --names for 2 folders", "Two comparisons are called 'drug'", "there is 1", "is no folder"):
            assert words in told
