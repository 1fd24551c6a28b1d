import csv

import pytest

from scripts.chipatlas.site.dialects import read_record
from scripts.chipatlas.site.metadata import from_record, parse_read_info
from tests.reference import reference_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("36694448,97.8,6.4,19817", (36694448, 97.8, 6.4, 19817)),
        ("28186834,105.8,10,0", (28186834, 105.8, 10.0, 0)),
        ("36694448,97.8", (36694448, 97.8, None, None)),
        ("-", (None, None, None, None)),
        ("", (None, None, None, None)),
        (None, (None, None, None, None)),
        ("a,b,c,d", (None, None, None, None)),
        ("nan,inf,1,2", (None, None, 1.0, 2)),
    ],
)
def test_read_info(text, expected):
    assert parse_read_info(text) == expected


def test_read_info_of_every_real_experiment():
    with reference_path("chip_atlas_TP53_experiment_list.csv").open(encoding="utf-8") as stream:
        texts = [row["Processing logs"] for row in csv.DictReader(stream)]
    parsed = [parse_read_info(text) for text in texts]
    assert len(parsed) == 472
    assert sum(info[1] is not None and info[1] > 100 for info in parsed) == 41
    assert all(info[0] is None or info[0] > 0 for info in parsed)


def record(**fields):
    entry = {"expid": "SRX1", "genome": "hg38", "agClass": "TFs and others", "agSubClass": "TP53"} | fields
    return read_record(entry)


def test_fields_that_are_missing():
    info = from_record(record(title=None, readInfo="1,2"))
    assert (info.accession, info.title, info.gsms, info.peaks, info.is_bisulfite) == ("SRX1", "", (), None, False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "GSM12: K562"}, ("GSM12",)),
        ({"title": "GSM12: K562", "geo_id": "GSM34"}, ("GSM34",)),
        ({"title": "GSM12: K562", "geo_id": ""}, ("GSM12",)),
        ({"title": "GSM12: K562", "geo_id": "-"}, ("GSM12",)),
        ({"geo_id": "GSM1,GSM2"}, ("GSM1", "GSM2")),
        ({"title": "like GSM12"}, ()),
    ],
)
def test_geo_samples_of_a_row(fields, expected):
    assert from_record(record(**fields)).gsms == expected


def test_text_of_others_is_one_line():
    assert from_record(record(title="GSM2: x\x1b[3m")).title == "GSM2: x [3m"
