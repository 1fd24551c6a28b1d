"""The result files, read back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest

from scripts.engine import write_result
from scripts.engine.results import Description, r_number

START = datetime(2024, 7, 7, 12, 0, 0, tzinfo=timezone.utc)
SAMPLES = [("SRX1", "B"), ("SRX2", "A"), ("SRX3", "A")]


def peaks() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "chrom": ["chr1", "chr2"],
            "start": [100, 200],
            "end": [150, 260],
            "logFC": [2.5, -1 / 3],
            "pvalue": [1e-300, 0.5],
            "qvalue": [2e-290, 1.0],
            "SRX1": [1.005, 3.0],
            "SRX2": [10.0, 2.0],
            "SRX3": [20.126, 1.0],
        }
    )


def methylation() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "chrom": ["chr1"],
            "start": [99],
            "end": [500],
            "qvalue": [5.84989e-08],
            "mean_difference": [-0.4546263],
            "n_cpgs": [12],
            "p_mwu": [7.10211e-11],
            "p_2dks": [2.07894e-11],
            "mean_a": [0.531],
            "mean_b": [0.986],
        }
    )


def description(**changes: object) -> Description:
    fields = {
        "genome": "hg38",
        "samples": SAMPLES,
        "title": "A title",
        "description_a": "DMSO",
        "description_b": "Dauno",
        "parameters": {"WABI_ID": "wabi_1"},
        "warnings": ['"GSM1" unmapped for hg38 and has been ignored.'],
        **changes,
    }
    return Description(**fields)  # type: ignore[arg-type]


def write(folder: Path, table: pd.DataFrame, analysis: str, about: Description) -> dict[str, str]:
    end = START + timedelta(seconds=321)
    paths = write_result(folder, table, analysis, about, started=START, finished=end)  # type: ignore[arg-type]
    assert sorted(folder.iterdir()) == sorted(paths)
    return {path.name: path.read_text("utf-8") for path in paths}


def test_diffbind_bed_prints_as_the_service_does(tmp_path: Path) -> None:
    lines = write(tmp_path, peaks(), "diffbind", description())["wabi_result.bed"].splitlines()
    assert lines[0] == "chr1\t100\t150\t10.00,20.13\t1.00\t2.5\t1e-300\t2e-290"
    assert lines[1] == "chr2\t200\t260\t2.00,1.00\t3.00\t-0.333333333333333\t0.5\t1"


def test_dmr_bed_has_ten_columns(tmp_path: Path) -> None:
    line = write(tmp_path, methylation(), "dmr", description())["wabi_result.bed"]
    assert line == "chr1\t99\t500\t5.8499e-08\t-0.454626\t12\t7.1021e-11\t2.0789e-11\t0.531\t0.986\n"


def test_igv_bed_shows_regions_below_the_threshold(tmp_path: Path) -> None:
    lines = write(tmp_path, peaks(), "diffbind", description())["wabi_result.igv.bed"].splitlines()
    assert lines[0] == 'track name="DMSO vs Dauno" gffTags="on"'
    assert len(lines) == 2
    fields = lines[1].split("\t")
    assert fields[:3] + fields[5:] == ["chr1", "100", "150", ".", "100", "150", "222,131,68"]
    assert 0 <= int(fields[4]) <= 1000
    tags = dict(pair.split("=") for pair in fields[3].rstrip(";").split(";"))
    assert unquote(tags["Name"]) == "logFC 2.500"
    assert " " not in fields[3]


def test_igv_bed_of_methylation_is_blue_where_b_is_higher(tmp_path: Path) -> None:
    lines = write(tmp_path, methylation(), "dmr", description())["wabi_result.igv.bed"].splitlines()
    assert lines[1].endswith("106,153,208")


def test_session_names_its_neighbour_and_every_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    text = write(tmp_path, peaks(), "diffbind", description(description_a="A & <B>"))["wabi_result.xml"]
    session = ElementTree.fromstring(text)
    assert session.get("genome") == "hg38"
    paths = [item.get("path") for item in session.iter("Resource")]
    bigwigs = [f"http://127.0.0.1:9/data/hg38/eachData/bw/SRX{number}.bw" for number in (1, 2, 3)]
    assert paths == ["wabi_result.igv.bed", *bigwigs]
    methyl = ElementTree.fromstring(write(tmp_path, methylation(), "dmr", description())["wabi_result.xml"])
    assert [item.get("path") for item in methyl.iter("Resource")][1].endswith("eachData/bs/methyl/SRX1.methyl.bw")


def test_session_takes_the_tracks_it_is_given(tmp_path: Path) -> None:
    tracks = [f"http://host.example/{name}.bw" for name, _ in SAMPLES]
    text = write(tmp_path, peaks(), "diffbind", description(tracks=tracks))["wabi_result.xml"]
    session = ElementTree.fromstring(text)
    assert [item.get("path") for item in session.iter("Resource")][1:] == tracks
    assert [item.get("id") for item in session.iter("Track")][1:] == tracks


def test_log_holds_parameters_samples_warnings_and_duration(tmp_path: Path) -> None:
    lines = write(tmp_path, peaks(), "diffbind", description())["wabi_result.log"].splitlines()
    assert lines == [
        "[INFO] 2024-07-07 12:00:00 Start: A title",
        '[INFO] <parameter> WABI_ID="wabi_1"',
        '[WARNING] "GSM1" unmapped for hg38 and has been ignored.',
        "[INFO] <samples> SRX1 B",
        "[INFO] <samples> SRX2 A",
        "[INFO] <samples> SRX3 A",
        "[INFO] 2024-07-07 12:05:21 Duration: 321 seconds",
    ]


def test_simulated_results_say_so(tmp_path: Path) -> None:
    for simulated in (True, False):
        files = write(tmp_path, peaks(), "diffbind", description(simulated=simulated))
        for name in ("wabi_result.igv.bed", "wabi_result.log", "README.md"):
            assert ("SIMULATED" in files[name]) is simulated
        assert ("SIMULATED" in files["wabi_result.xml"]) is simulated


def test_no_region_is_a_result(tmp_path: Path) -> None:
    files = write(tmp_path, peaks().iloc[:0], "diffbind", description())
    assert files["wabi_result.bed"] == ""
    assert files["wabi_result.igv.bed"].count("\n") == 1
    ElementTree.fromstring(files["wabi_result.xml"])


@pytest.mark.parametrize(("value", "printed"), [
    (1.0, "1"), (0.0, "0"), (-0.5, "-0.5"), (1 / 3, "0.333333333333333"), (1e-4, "1e-04"), (0.00012, "0.00012"),
    (1e5, "1e+05"), (123456.0, "123456"), (1e-300, "1e-300"), (2.5e-10, "2.5e-10"), (float("nan"), "NA"),
])  # fmt: skip
def test_numbers_as_r_prints_them(value: float, printed: str) -> None:
    assert r_number(value) == printed


def test_numbers_of_a_real_table_as_r_printed_them() -> None:
    path = Path(__file__).parent / "data" / "3v3" / "expected.bed.gz"
    printed = pd.read_csv(path, sep="\t", header=None, dtype=str)[[5, 6, 7]].to_numpy().ravel().tolist()
    assert [r_number(float(text)) for text in printed] == printed
