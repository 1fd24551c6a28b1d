import csv

import pytest

from scripts.shared.http import Client
from scripts.shared.metadata import MetadataUnavailableError, look_up, parse_entry, parse_read_info, search
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


def test_entry_with_missing_fields():
    info = parse_entry({"expid": "SRX1", "title": None, "readInfo": "1,2"})
    assert (info.accession, info.title, info.gsm, info.peaks, info.is_bisulfite) == ("SRX1", "", "", None, False)


def test_look_up(atlas):
    with Client() as client:
        found = look_up(["SRX5865959", "GSM3781492", "SRX1", "GSM1"], client)
    assert {info.genome for info in found["SRX5865959"]} == {"hg38", "hg19"}
    assert {info.accession for info in found["GSM3781492"]} == {"SRX5865959"}
    assert found["SRX5865959"][0].gsm == "GSM3781492"
    assert found["SRX1"] == found["GSM1"] == []


def test_site_out_of_reach(monkeypatch):
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9")
    with Client() as client, pytest.raises(MetadataUnavailableError, match="127.0.0.1:9"):
        look_up(["SRX1"], client)


@pytest.mark.parametrize("name", ["other-json", "other-experiment"])
def test_an_odd_answer_is_not_taken_for_ignorance(atlas, name):
    """Else an experiment that the site knows would be reported as unknown."""
    atlas.fault("site-metadata", name)
    with Client() as client, pytest.raises(MetadataUnavailableError):
        look_up(["SRX4555013"], client)


@pytest.mark.parametrize("body", ["[]", '{"total": 0}', '{"experiments": {}}', '{"experiments": ["SRX1"]}', "null"])
def test_a_search_that_finds_no_list(atlas, body):
    from flask import Response

    atlas.faults.append(lambda request: Response(body, content_type="application/json"))
    with Client() as client, pytest.raises(MetadataUnavailableError, match="JSON that holds no metadata"):
        search("TP53", client, limit=5)


class Answer:
    """A client whose every question has one answer."""

    def __init__(self, body):
        self.body = body

    def get_json(self, url, *, params=None):
        return self.body


def test_an_experiment_without_an_accession_is_none():
    entry = {"expid": "", "title": "GSM2: x\x1b[3m", "genome": "hg38"}
    assert look_up(["GSM2"], Answer({"experiments": [entry]})) == {"GSM2": []}
    found = look_up(["GSM2"], Answer({"experiments": [entry | {"expid": "SRX7"}]}))
    assert found["GSM2"][0].title == "GSM2: x [3m"
