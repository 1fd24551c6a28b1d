"""The comparison on this machine: the server's own results, from its files or from one's own."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError, MissingExtraError, NotFoundError, ServiceUnavailableError
from scripts.diff import generate_all_plots, load_example_data, load_sample_sheet, load_user_data, run_all
from scripts.diff.report.export import export_all
from scripts.diff.workflow import run_diff_workflow
from scripts.emulator import Atlas

pytest.importorskip("edgepython")
pytest.importorskip("pybigtools")

VERIFICATION = "✓ Diff analysis completed successfully!"
#: Small comparisons of the embedded service: peaks and methylation.
PEAKS, METHYLATION = "official_sacCer3_diffbind", "official_sacCer3_dmr"


def compare(name: str, folder: Path, **options: Any) -> dict[str, Any]:
    example = load_example_data(name)
    keys = ("experiments_a", "experiments_b", "genome", "analysis_type", "description_a", "description_b")
    return run_diff_workflow(**{key: example[key] for key in keys}, output_dir=folder, **options)


def raw(results: dict[str, Any]) -> dict[str, str]:
    return {kind: Path(path).read_text("utf-8") for kind, path in results["raw_files"].items()}


def same_regions(one: dict[str, Any], other: dict[str, Any]) -> None:
    pd.testing.assert_frame_equal(one["diff_regions"], other["diff_regions"])
    pd.testing.assert_frame_equal(one["diff_regions_unfiltered"], other["diff_regions_unfiltered"])


@pytest.mark.parametrize("name", [PEAKS, METHYLATION])
def test_the_same_numbers_as_the_server(
    name: str, either_atlas: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    atlas = either_atlas  # the new site's data server holds packed peaks, and no plain ones
    served = compare(name, tmp_path / "served")
    asked = len(atlas.jobs)
    local = compare(name, tmp_path / "local", engine="local", workers=1)
    assert capsys.readouterr().out.splitlines()[-1] == VERIFICATION
    assert len(atlas.jobs) == asked
    assert len(local["diff_regions"])
    same_regions(served, local)
    pd.testing.assert_frame_equal(served["samples"], local["samples"])
    pd.testing.assert_frame_equal(served["experiments"], local["experiments"])
    assert raw(local)["bed"] == raw(served)["bed"]
    assert raw(local).keys() == raw(served).keys()
    assert raw(local)["igv_bed"].splitlines()[1:] == raw(served)["igv_bed"].splitlines()[1:]
    assert raw(local)["igv_session"].count('<Resource path="http') == len(local["samples"])
    assert local["provenance"]["simulated"] is True
    assert (local["provenance"]["engine"], local["provenance"]["request_id"]) == ("local", "")
    assert [item["name"] for item in local["provenance"]["inputs"]] == sorted(local["samples"]["accession"])
    assert [item["issue"] for item in local["qc_warnings"]] == [item["issue"] for item in served["qc_warnings"]]
    check_files(local["provenance"], name, len(local["samples"]))
    zips = served["provenance"]["files"]
    assert len(zips) == 1 and "format=zip" in zips[0]["url"] and zips[0]["bytes"] > 1000


def check_files(provenance: dict[str, Any], name: str, n: int) -> None:
    """Every file that was used is named, in the version that was used."""
    files = provenance["files"]
    assert len(files) == (n if name == METHYLATION else 2 * n)
    assert all(set(one) == {"url", "bytes", "etag", "last_modified"} for one in files)
    assert all(one["bytes"] > 0 and one["etag"] and one["last_modified"] for one in files)
    named = {one["url"] for one in files}
    assert {item["bigwig"] for item in provenance["inputs"]} <= named
    assert {item["peaks"] for item in provenance["inputs"] if item.get("peaks")} <= named


def test_peaks_that_are_in_neither_form(atlas: Atlas, tmp_path: Path) -> None:
    atlas.fault("data-peaks", "http-404")
    with pytest.raises(NotFoundError, match=r"has no SRX\d+\.05\.bed \(HTTP 404"):
        compare(PEAKS, tmp_path, engine="local", workers=1)
    asked = [path for _, path in atlas.requests if "bed05" in path]
    assert len(asked) == 2 and asked[1] == f"{asked[0]}.gz"


def test_a_second_run_downloads_nothing(atlas: Atlas, tmp_path: Path) -> None:
    first = compare(PEAKS, tmp_path / "1", engine="local", workers=1)
    (tmp_path / "1" / "job.json").write_text("{}")
    atlas.requests.clear()
    second = compare(PEAKS, tmp_path / "1", engine="local", workers=1)
    same_regions(first, second)
    assert not (tmp_path / "1" / "job.json").exists()
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == ["SIMULATED.txt", "raw_results"]
    assert [path for _, path in atlas.requests if path.endswith("format=zip")] == []


@pytest.fixture
def own_files(atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of the small comparison, as a user's own: raw depth, not reads per million; and a sheet of them."""
    import pybigtools

    from scripts.engine.counts.bigwig import BigWig
    from scripts.engine.counts.read_depth import read_depth

    example = load_example_data(PEAKS)
    lines = ["sample,group,bigwig,peaks,read_length"]
    for group, label in (("a", "stress"), ("b", "rest")):
        for number, accession in enumerate(example[f"experiments_{group}"], start=1):
            name = f"{label}_{number}"
            each = f"{atlas.url}/data/sacCer3/eachData"
            bigwig = tmp_path / f"{name}.rpm.bw"
            urllib.request.urlretrieve(f"{each}/bw/{accession}.bw", bigwig)
            urllib.request.urlretrieve(f"{each}/bed05/{accession}.05.bed", tmp_path / f"{name}.bed")
            with BigWig(bigwig) as track:
                scale = read_depth(track, read_length=50).scale
                sizes = track.sizes
                records = {chrom: track.records(chrom) for chrom in sizes}
            writer = pybigtools.open(str(tmp_path / f"{name}.bw"), "w")
            writer.write(
                sizes,
                (
                    (chrom, int(start), int(end), float(round(value / scale)))
                    for chrom in sorted(records)
                    for start, end, value in zip(*records[chrom], strict=True)
                ),
            )
            lines.append(f"{name},{label},{name}.bw,{name}.bed,50")
    (tmp_path / "sheet.csv").write_text("\n".join(lines) + "\n")
    for name in atlas.environment:
        monkeypatch.setenv(name, "http://127.0.0.1:9/nobody")
    return tmp_path


def test_private_files_without_any_network(own_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    sheet = load_sample_sheet(own_files / "sheet.csv")
    assert (sheet["description_a"], sheet["description_b"]) == ("stress", "rest")
    results = run_diff_workflow(**sheet, genome="sacCer3", output_dir=folder, engine="local", workers=1)
    generate_all_plots(results, output_dir=folder)
    export_all(results, output_dir=folder, annotation="none")
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.startswith("✓")] == [
        "✓ Data loaded successfully",
        VERIFICATION,
        "✓ All visualizations generated successfully!",
    ]
    assert results["diff_regions"]["significant"].any()
    assert results["provenance"]["simulated"] is False
    assert results["samples"]["accession"].tolist() == ["stress_1", "stress_2", "stress_3", "rest_1", "rest_2"]
    report = (folder / "summary_report.md").read_text("utf-8")
    assert str(own_files / "stress_1.bw") in report
    assert "this machine" in report
    assert "Data: files of your own, listed under Experiments" in report
    assert "Computed on this machine, by ChIP-Atlas's method, with this package's own implementation of edgeR" in report
    assert {"edgepython", "pybigtools", "numba"} <= set(results["provenance"]["versions"])
    assert "accessions above" not in report
    assert not (folder / "job.json").exists()
    # The same reads give the same numbers, in reads per million or as raw depth.
    session = Path(results["raw_files"]["igv_session"]).read_text("utf-8")
    assert str(own_files / "rest_2.bw") in session


def test_own_and_public_experiments_together(own_files: Path, atlas: Atlas, tmp_path: Path, monkeypatch: Any) -> None:
    for name, value in atlas.environment.items():
        monkeypatch.setenv(name, value)
    example = load_example_data(PEAKS)
    mine = [(own_files / f"stress_{n}.bw", own_files / f"stress_{n}.bed", 50) for n in (1, 2, 3)]
    group_a = load_user_data(mine)
    mixed = run_diff_workflow(
        group_a, example["experiments_b"], "sacCer3", output_dir=tmp_path / "out", engine="local", workers=1
    )
    public = compare(PEAKS, tmp_path / "public", engine="local", workers=1)
    pd.testing.assert_frame_equal(
        mixed["diff_regions"].drop(columns=["counts_a", "counts_b"]),
        public["diff_regions"].drop(columns=["counts_a", "counts_b"]),
    )
    issues = {item["issue"] for item in mixed["qc_warnings"]}
    assert "Group and study are confounded" not in issues
    assert "Own data beside public data" in issues
    export_all(mixed, output_dir=tmp_path / "out", annotation="none")
    report = (tmp_path / "out" / "summary_report.md").read_text("utf-8")
    assert "Data: files of your own, listed under Experiments; besides, cite the studies" in report


def test_a_sheet_in_one_call(own_files: Path, tmp_path: Path) -> None:
    results = run_all(
        own_files / "sheet.csv", output_dir=tmp_path / "out", annotation="none", genome="sacCer3", engine="local"
    )
    assert results["parameters"]["description_a"] == "stress"
    assert np.isfinite(results["diff_regions"]["logFC"]).all()


def test_a_missing_package_is_said_before_anything_is_fetched(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scripts.engine import extra

    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "edgepython" else True)
    with pytest.raises(MissingExtraError, match="needs edgepython, which is not installed"):
        compare(PEAKS, tmp_path, engine="local", design="~ group")
    assert not [path for _, path in atlas.requests if "/data/sacCer3" in path]


def test_the_server_takes_no_files(tmp_path: Path) -> None:
    mine = ("https://host/a.bw", "https://host/a.bed", 50)
    with pytest.raises(InputError, match="engine='local'"):
        run_diff_workflow([mine, "SRX1"], ["SRX2", "SRX3"], output_dir=tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("group", "match"),
    [
        ([("https://host/a.bw",), "SRX1"], "a .* lacks peaks and read_length"),
        ([("https://host/a.bw", "https://host/a.bed"), "SRX1"], "a .* lacks read_length"),
        ([("https://host/a.bw", "https://host/a.bed", 50)] * 2, "More than one experiment is called a"),
        (["/no/such/file.bw", "SRX1"], "the bigWig of file is not there"),
    ],
)
def test_groups_that_cannot_be_used(group: list, match: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=match):
        run_diff_workflow(group, ["SRX2", "SRX3"], output_dir=tmp_path / "new", engine="local")
    assert not (tmp_path / "new").exists()


def test_an_engine_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="engine is 'here'; give 'chipatlas' or 'local'"):
        run_diff_workflow(["SRX1", "SRX2"], ["SRX3", "SRX4"], output_dir=tmp_path / "new", engine="here")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("sample,group,bigwig\nSRX1,a,\nSRX2,a,\n", r"names 1 group \('a'\)"),
        ("sample,group,bigwig\nSRX1,a,\nSRX2,b,\nSRX3,c,\n", "names 3 groups"),
        ("sample,group,bigwig\nSRX1,a,\nSRX2,,\n", "every sample in one of them"),
        ("sample,group,bigwig\nSRX1,a,\nSRX1,b,\n", "More than one experiment is called SRX1"),
    ],
)
def test_sheets_without_two_groups(text: str, match: str, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(text)
    with pytest.raises(InputError, match=match):
        load_sample_sheet(tmp_path / "sheet.csv")


def test_groups_called_a_and_b(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("sample,group,bigwig\nSRX1,B,\nSRX2,A,\n")
    sheet = load_sample_sheet(tmp_path / "sheet.csv")
    assert (sheet["experiments_a"], sheet["description_a"]) == (["SRX2"], "group_A")
    with pytest.raises(InputError, match="names 2 groups"):
        load_user_data(tmp_path / "sheet.csv")


def test_a_file_that_is_not_there_any_more(atlas: Atlas, tmp_path: Path) -> None:
    from flask import Response

    atlas.faults.append(lambda request: Response(status=404) if request.path.endswith(".bw") else None)
    with pytest.raises(NotFoundError, match=r"ChIP-Atlas has no SRX\d+.bw"):
        compare(PEAKS, tmp_path / "out", engine="local", workers=1)
    assert not (tmp_path / "out").exists()


def test_the_service_may_be_down_but_not_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9/site")
    with pytest.raises(ServiceUnavailableError):
        run_diff_workflow(["SRX1", "SRX2"], ["SRX3", "SRX4"], output_dir=tmp_path / "out", engine="local")
    assert not (tmp_path / "out").exists()
