from __future__ import annotations

import codecs

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError
from scripts.diff.inputs.experiments import check_groups, read_experiment_ids
from scripts.experiments.accession_lists import ID_COLUMNS, MAX_ID_FILE_BYTES

IDS = ["SRX5865959", "ERX123", "DRX000001", "GSM6765200"]


@pytest.fixture
def write(tmp_path):
    def written(content: str | bytes, name: str = "ids.txt"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.mark.parametrize("make", [list, tuple, iter, pd.Series, dict.fromkeys])
def test_any_iterable(make):
    assert read_experiment_ids(make(IDS)) == IDS


def test_lower_case_and_spaces_are_put_right_and_order_is_kept():
    assert read_experiment_ids([" srx2 ", "gsm1\n", "Erx3", "", "# note"]) == ["SRX2", "GSM1", "ERX3"]


TEXTS = {
    "plain": "SRX5865959\nERX123\nDRX000001\nGSM6765200\n",
    "no newline at the end": "SRX5865959\nERX123\nDRX000001\nGSM6765200",
    "Windows line ends": "SRX5865959\r\nERX123\r\nDRX000001\r\nGSM6765200\r\n",
    "old Mac line ends": "SRX5865959\rERX123\rDRX000001\rGSM6765200",
    "comments and blank lines": "# group A\n\nSRX5865959\n  # more\nERX123\n\t\nDRX000001\nGSM6765200\n\n",
    "a heading": "Experiment_ID\nSRX5865959\nERX123\nDRX000001\nGSM6765200\n",
    "indented": "  SRX5865959\n\tERX123 \nDRX000001\nGSM6765200\n",
    "one line, commas": "SRX5865959, ERX123,DRX000001 ,GSM6765200\n",
    "a comma at each end": "SRX5865959,\nERX123,\nDRX000001,\nGSM6765200,\n",
}


@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8], ids=["", "BOM"])
@pytest.mark.parametrize("text", [*TEXTS.values()], ids=[*TEXTS])
@pytest.mark.parametrize("name", ["ids.txt", "ids"])
def test_text_file(write, text, bom, name):
    assert read_experiment_ids(write(bom + text.encode(), name)) == IDS


def test_path_as_text(write):
    assert read_experiment_ids(str(write(TEXTS["plain"]))) == IDS


def test_home_folder_is_expanded(write, tmp_path, monkeypatch):
    write(TEXTS["plain"])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert read_experiment_ids("~/ids.txt") == IDS


@pytest.mark.parametrize("delimiter", [",", "\t"], ids=["CSV", "TSV"])
@pytest.mark.parametrize(("bom", "line_end"), [(b"", "\n"), (codecs.BOM_UTF8, "\r\n")], ids=["Unix", "Excel"])
@pytest.mark.parametrize("column", ID_COLUMNS)
def test_table_with_each_id_column(write, column, bom, line_end, delimiter):
    lines = [f"title{delimiter}{column.upper()}{delimiter}note"]
    lines += [f"TP53 rep{number}{delimiter}{item}{delimiter}" for number, item in enumerate(IDS)]
    name = "table.csv" if delimiter == "," else "table.tsv"
    assert read_experiment_ids(write(bom + line_end.join(lines).encode(), name)) == IDS


def test_id_columns_have_an_order_of_preference(write):
    path = write("sample,experiment_id\nGSM1,SRX1\nGSM2,SRX2\n", "a.csv")
    assert read_experiment_ids(path) == ["SRX1", "SRX2"]


def test_csv_of_one_column(write):
    assert read_experiment_ids(write("srx\nSRX1\nSRX2\n", "a.csv")) == ["SRX1", "SRX2"]


@pytest.mark.parametrize("content", ["SRX1\nSRX2\n", "SRX1,SRX2\n", "SRX1,SRX2,\n"])
def test_csv_without_a_header(write, content):
    assert read_experiment_ids(write(content, "a.csv")) == ["SRX1", "SRX2"]


def test_csv_with_quotes_commas_and_comments(write):
    text = '# exported today\nid,title\n"SRX1","TP53, K-562"\n# SRX9\n"SRX2","say ""hi"""\n'
    assert read_experiment_ids(write(text, "a.csv")) == ["SRX1", "SRX2"]


def test_csv_with_empty_rows_of_a_spreadsheet(write):
    assert read_experiment_ids(write(",,\nid,title,\nSRX1,a,\n,,\nSRX2,b,\n,,\n", "a.csv")) == ["SRX1", "SRX2"]


def test_a_quote_never_closed_is_said_instead_of_losing_ids(write):
    with pytest.raises(InputError, match=r"a\.csv is no readable CSV.*stray double quote"):
        read_experiment_ids(write('id,title\nSRX1,"5 prime\nSRX2,b\nSRX3,c\n', "a.csv"))


def test_a_field_beyond_the_csv_limit_is_bad_input(write):
    with pytest.raises(InputError, match="no readable CSV.*field limit"):
        read_experiment_ids(write("id,title\nSRX1," + "x" * 200_000, "a.csv"))


def test_csv_without_an_id_column_names_its_columns_and_the_remedy(write):
    with pytest.raises(InputError, match=r"No ID column in .*a\.csv.*columns: name, reads\.\n.*experiment_id"):
        read_experiment_ids(write("name,reads\nx,1\n", "a.csv"))


def test_csv_with_a_header_only(write):
    with pytest.raises(InputError, match=r"No experiment IDs in .*a\.csv"):
        read_experiment_ids(write("experiment_id,title\n", "a.csv"))


def test_missing_file_names_itself(tmp_path):
    with pytest.raises(InputError, match=r"Cannot read .*nowhere\.txt: No such file"):
        read_experiment_ids(tmp_path / "nowhere.txt")


def test_folder_instead_of_a_file(tmp_path):
    with pytest.raises(InputError, match="Cannot read .*directory"):
        read_experiment_ids(tmp_path)


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", codecs.BOM_UTF8])
def test_empty_file(write, content):
    with pytest.raises(InputError, match=r"ids\.txt is empty.*one experiment ID per line"):
        read_experiment_ids(write(content))


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04\xff\xfe\x80", b"\x1f\x8b\x08\x00", codecs.BOM_UTF16_LE + b"\x00\xd8\x00"],
    ids=["zip", "gzip", "broken UTF-16"],
)
def test_binary_file(write, content):
    with pytest.raises(InputError, match=r"ids\.txt is no text file in UTF-8 or UTF-16.*plain text or CSV"):
        read_experiment_ids(write(content))


def test_oversized_file_is_not_read(write):
    with pytest.raises(InputError, match="too large for a list of IDs"):
        read_experiment_ids(write(b"\n" * (MAX_ID_FILE_BYTES + 1)))


@pytest.mark.parametrize(
    "bad",
    [
        "GPL570",
        "ENCFF000AAA",
        "SRA123",
        "SRX",
        "SRX12A",
        "SRX 12",
        "XSRX1",
        "NAN",
        "SRX" + "1" * 13,
    ],
)
def test_malformed_id_is_named_with_what_is_wanted(bad):
    with pytest.raises(InputError, match=f"1 malformed experiment ID in the list of IDs: '{bad}'") as caught:
        read_experiment_ids(["SRX1", bad])
    assert "Give experiments (SRX, ERX, DRX) or GEO samples (GSM)" in str(caught.value)


def test_five_malformed_ids_are_shown_and_all_counted(write):
    with pytest.raises(InputError, match=r"7 malformed experiment IDs in .*ids\.txt: 'GPL0', .*'GPL4'\.\n"):
        read_experiment_ids(write("\n".join(f"GPL{i}" for i in range(7))))


def test_a_long_malformed_id_is_cut():
    with pytest.raises(InputError) as caught:
        read_experiment_ids(["y" * 5000])
    assert len(str(caught.value)) < 400


def test_one_accession_as_text_is_no_path():
    with pytest.raises(InputError, match=r"' srx12 ' is one accession; give a list.*\['srx12'"):
        read_experiment_ids(" srx12 ")


@pytest.mark.parametrize("empty", [[], [""], ["#x"], ()])
def test_no_ids(empty):
    with pytest.raises(InputError, match="No experiment IDs in the list of IDs"):
        read_experiment_ids(empty)


def test_duplicates_are_dropped_and_said(capsys):
    assert read_experiment_ids(["SRX1", "SRX2", "srx1", "SRX1", "SRX3"]) == ["SRX1", "SRX2", "SRX3"]
    assert capsys.readouterr().out == "  Dropped 2 duplicate IDs in the list of IDs: SRX1\n"


def test_nothing_is_said_without_duplicates(capsys):
    read_experiment_ids(IDS)
    assert capsys.readouterr().out == ""


accessions = st.from_regex(r"(?:[SED]RX|GSM)[0-9]{1,12}", fullmatch=True)


@settings(deadline=None)
@given(st.lists(accessions, min_size=1, unique=True))
def test_accessions_are_kept_as_they_are(ids):
    assert read_experiment_ids([item.lower() for item in ids]) == ids
    assert read_experiment_ids(read_experiment_ids(ids)) == ids


def test_groups_that_can_be_compared():
    check_groups(["SRX1", "SRX2"], ["SRX3", "SRX4"])
    check_groups(["SRX1"], ["SRX3"], allow_no_replicates=True)


@pytest.mark.parametrize("allowed", [True, False])
def test_an_experiment_in_both_groups(allowed):
    with pytest.raises(InputError, match=r"In both groups: SRX2, SRX3\."):
        check_groups(["SRX1", "SRX2", "SRX3"], ["SRX3", "SRX2"], allow_no_replicates=allowed)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (["SRX1"], ["SRX2", "SRX3"], r"Group A has 1 experiment \(SRX1\); at least 2 per group"),
        (["SRX1", "SRX2"], ["SRX3"], r"Group B has 1 experiment \(SRX3\); at least 2 per group"),
    ],
)
def test_fewer_than_two(a, b, message):
    with pytest.raises(InputError, match=f"(?s){message}.*allow_no_replicates=True"):
        check_groups(a, b)


@pytest.mark.parametrize("allowed", [True, False])
def test_an_empty_group_is_never_allowed(allowed):
    with pytest.raises(InputError, match="Group B has no experiments"):
        check_groups(["SRX1", "SRX2"], [], allow_no_replicates=allowed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_files_as_programs_save_them(write, encoding):
    assert read_experiment_ids(write("SRX1\r\nSRX2\r\n".encode(encoding), "ids.txt")) == ["SRX1", "SRX2"]


@pytest.mark.parametrize(
    "text",
    [
        "SRX1|SRX2",
        "SRX1/SRX2",
        "srx1 and SRX2",
        "\u200bSRX1\ufeff, SR\u00adX2\u200d",
        "see SRX1 (wild type); SRX2 (knock-out).",
        "https://chip-atlas.org/view?id=SRX1 https://chip-atlas.org/view?id=SRX2",
        "ＳＲＸ１ SRX２",
        "\"SRX1\"\t'SRX2'",
    ],
)
def test_accessions_in_any_text(text):
    assert read_experiment_ids([text]) == ["SRX1", "SRX2"]


@pytest.mark.parametrize(
    "text", ["SRX1 of SRP123456", "SRR1 of SRP2", "GSE1, GSM2", "GPL1", "SRX1 ENCFF000AAA", "x SRX1x"]
)
def test_a_text_of_two_kinds_is_never_guessed_at(text):
    with pytest.raises(InputError, match="1 malformed experiment ID"):
        read_experiment_ids([text])


def test_a_run_table_of_the_archive_is_read_by_its_experiments(write):
    rows = ["Run,Assay Type,Experiment,BioSample", "SRR1,ChIP-Seq,SRX1,SAMN1", "SRR2,ChIP-Seq,SRX1,SAMN1"]
    table = "\n".join([*rows, "SRR3,ChIP-Seq,SRX2,SAMN2"])
    assert read_experiment_ids(write(table, "SraRunTable.csv")) == ["SRX1", "SRX2"]


def test_the_first_column_without_a_header(write, capsys):
    path = write("SRX1,wild type,1\nSRX2,knock-out,2\n", "ids.csv")
    assert read_experiment_ids(path) == ["SRX1", "SRX2"]
    assert "No header in" in capsys.readouterr().out
