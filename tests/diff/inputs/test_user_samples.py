from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.common.errors import InputError
from scripts.diff.inputs.user_samples import UserSample, as_member, is_sheet, looks_like_file, read_sheet, unique_names


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("a.bw", "b.bigWig", "a.bed", "b.bed", "x y.bw"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_the_ways_to_name_an_experiment(files: Path) -> None:
    bigwig, peaks = str(files / "a.bw"), str(files / "a.bed")
    whole = UserSample("a", bigwig, peaks, 36.0)
    assert as_member("SRX1", "here") == "SRX1"
    assert as_member((bigwig, peaks, 36), "here") == whole
    assert as_member([bigwig, peaks, "36"], "here") == whole
    assert as_member({"bigwig": bigwig, "peaks": peaks, "read_length": 36}, "here") == whole
    assert as_member(whole, "here") == whole
    assert as_member(Path(bigwig), "here") == UserSample("a", bigwig)
    assert as_member({"sample": "wild type", "bigwig": bigwig, "scale": "0.5"}, "here") == UserSample(
        "wild_type", bigwig, scale=0.5
    )
    assert as_member(files / "x y.bw", "here").name == "x_y"
    assert as_member("https://host/one.bigWig?key=1", "here") == UserSample("one", "https://host/one.bigWig?key=1")
    assert as_member({"sample": "srx5", "read_length": 50}, "here") == UserSample("SRX5", read_length=50.0)
    assert as_member({"sample": "srx5"}, "here") == "SRX5"
    assert not looks_like_file("SRX5865959")


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (5, "neither an accession nor a file"),
        ((), r"should be \(bigwig, peaks\)"),
        (("nowhere.bw", "x.bed"), "bigWig of nowhere is not there: nowhere.bw"),
        (("nowhere.bam", "x.bed"), "the file of nowhere is not there: nowhere.bam"),
        ({"sample": "mine"}, "no bigWig, and its name is no accession"),
        ({"sample": "SRX1", "peaks": "x.bed"}, "has peaks and no bigWig"),
        ({"bigwig": "https://host/x.bw", "colour": 1}, "unknown 'colour'"),
        ({"sample": "SRX1", "bigwig": "https://host/x.bw"}, "Give it another name"),
        (("https://host/x.bw", "https://host/x.bed", "long"), "read_length is 'long'; give the bases a read"),
        (("https://host/x.bw", "https://host/x.bed", 0), "read_length is 0; give the bases a read"),
    ],
)
def test_what_cannot_be_used(given: Any, match: str) -> None:
    with pytest.raises(InputError, match=match) as told:
        as_member(given, "group A")
    assert "group A" in str(told.value)


def test_a_sheet(files: Path) -> None:
    sheet = files / "sheet.csv"
    sheet.write_text(
        "sample,group,bigwig,peaks,read_length,remark\n"
        "wt 1,control,a.bw,a.bed,36,\n"
        "# left out\n"
        f",treated,{files / 'b.bigWig'},b.bed,50,odd\n"
        "SRX1,treated,,,,\n"
    )
    assert is_sheet(sheet)
    assert [row[:2] for row in read_sheet(sheet)] == [
        ("control", UserSample("wt_1", str(files / "a.bw"), str(files / "a.bed"), 36.0)),
        ("treated", UserSample("b", str(files / "b.bigWig"), str(files / "b.bed"), 50.0)),
        ("treated", "SRX1"),
    ]


def test_tabs_and_a_byte_order_mark(files: Path) -> None:
    sheet = files / "sheet.tsv"
    sheet.write_text("\ufeffSample\tGroup\tBigWig\nmine\tA\ta.bw\n", encoding="utf-8")
    assert is_sheet(sheet)
    assert [row[:2] for row in read_sheet(sheet)] == [("A", UserSample("mine", str(files / "a.bw")))]


def test_the_semicolons_of_a_spreadsheet(files: Path) -> None:
    sheet = files / "sheet.csv"
    sheet.write_text("\ufeffsample;group;bigwig;peaks\nmine;A;a.bw;a.bed\n", encoding="utf-8")
    assert is_sheet(sheet)
    assert [row[:2] for row in read_sheet(sheet)] == [
        ("A", UserSample("mine", str(files / "a.bw"), str(files / "a.bed")))
    ]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "holds no sample"),
        ("sample,group,bigwig\n", "holds no sample"),
        ("who,what\n1,2\n", "no column 'sample' or 'bigwig'; its columns: who, what"),
        ("sample,bigwig\nx,a.bw,more\n", "line 2: 3 cells where the header has 2"),
        ('sample,bigwig\n"x,a.bw\n', "no readable CSV"),
        ("sample,bigwig\n\nx,none.bw\n", r"line 3: the bigWig of x is not there: .*none.bw"),
    ],
)
def test_sheets_that_cannot_be_used(files: Path, text: str, match: str) -> None:
    sheet = files / "sheet.csv"
    sheet.write_text(text)
    with pytest.raises(InputError, match=match) as told:
        read_sheet(sheet)
    assert "sheet.csv" in str(told.value)


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    assert not is_sheet(tmp_path / "none.csv")
    with pytest.raises(InputError, match="Cannot read"):
        read_sheet(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"sample,bigwig\n\xff\xfe\n")
    with pytest.raises(InputError, match="no UTF-8 text"):
        read_sheet(tmp_path / "bad.csv")


def test_names_stand_for_one_experiment_each() -> None:
    unique_names(["SRX1", UserSample("a", "x.bw")])
    with pytest.raises(InputError, match="More than one experiment is called a"):
        unique_names([UserSample("a", "x.bw"), UserSample("a", "y.bw")])


def test_other_kinds_of_files(tmp_path: Path) -> None:
    for name in ("a.bdg", "b.bedGraph.gz", "c.bam", "d.bismark.cov.gz", "e.bed.gz"):
        path = tmp_path / name
        path.write_bytes(b"")
        assert looks_like_file(name)
        assert as_member(str(path), "here") == UserSample(name.removesuffix(".gz").rpartition(".")[0], str(path))
    assert as_member(tmp_path / "c.bam", "here").is_bam
    assert not as_member(tmp_path / "a.bdg", "here").is_bam
    assert not UserSample("SRX1", read_length=50.0).is_bam
