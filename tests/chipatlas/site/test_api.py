"""The site in both of its dialects: which one it is, what is asked of each, and what passes for no answer."""

from __future__ import annotations

import pytest
from flask import Response

from scripts.chipatlas.site.api import Site, _spoken
from scripts.chipatlas.site.dialects import DIALECTS, FIELDS, NEW, OLD, read_record, search_words
from scripts.chipatlas.site.look_up import look_up
from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, ServiceUnavailableError
from tests.reference import reference_json


@pytest.fixture
def site():
    _spoken.clear()
    with Client() as client:
        yield Site(client)
    _spoken.clear()


def paths(atlas):
    return [path.removeprefix("/site/").split("?")[0] for _, path in atlas.requests]


# The two vocabularies


def test_real_records_of_both_dialects_read_the_same():
    old = reference_json("site/old_exp_metadata_SRX018625.json")
    new = reference_json("site/new_experiment_SRX018625.json")
    assert read_record(old[0]) == read_record(new[0])
    assert read_record(new[0])["read_info"] == "36694448,97.8,6.4,19817"
    assert [read_record(entry)["genome"] for entry in old] == ["hg38", "hg19"]


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_every_key_of_the_real_replies_is_known(dialect):
    record = {"old": "old_exp_metadata", "new": "new_experiment"}[dialect]
    entries = reference_json(f"site/{record}_SRX018625.json")
    entries += reference_json(f"site/{dialect}_search_GSM469863.json")["experiments"]
    known = {names[[one.name for one in DIALECTS].index(dialect)] for names in FIELDS.values()}
    assert {key for entry in entries for key in entry} == known


@pytest.mark.parametrize(
    "entry", [{}, [], "SRX1", None, {"id": "SRX1"}, {"expid": "SRX1"}, {"experiment_id": "SRX1", "genome": "hg38"}]
)
def test_what_is_no_record(entry):
    assert read_record(entry) is None


@pytest.mark.parametrize("blank", ["expid", "genome"])
def test_a_blank_is_no_answer(blank):
    entry = {"expid": "SRX1", "genome": "hg38", "agClass": "TFs and others", "agSubClass": "TP53"}
    assert read_record(entry) is not None
    assert read_record(entry | {blank: " "}) is None


def test_words_lose_what_the_search_takes_for_its_own():
    assert search_words("CD4+ (T) \"cells\": {a}^b*'c'") == "CD4+ T cells a b c"


# Which dialect it is


def test_the_dialect_is_noticed_once(either_atlas, site):
    assert site.dialect is None
    site.experiment("SRX5865959")
    new = site.dialect is NEW
    assert paths(either_atlas) == ([OLD.experiment, NEW.experiment] if new else [OLD.experiment])
    either_atlas.requests.clear()
    assert site.experiment("SRX1") == [] and site.search("TP53").infos and site.factors()["hg38"]
    spoken = NEW if new else OLD
    assert paths(either_atlas) == [spoken.experiment, spoken.search, spoken.factors]


def test_it_is_remembered_for_the_next_run(new_atlas_server, monkeypatch, site):
    monkeypatch.setenv("CHIPATLAS_SITE_URL", new_atlas_server.environment["CHIPATLAS_SITE_URL"])
    site.factors()
    new_atlas_server.requests.clear()
    with Client() as client:
        Site(client).factors()
    assert paths(new_atlas_server) == [NEW.factors]


@pytest.mark.parametrize(("before", "after"), [(OLD, NEW), (NEW, OLD)])
def test_a_404_lets_it_be_noticed_anew(either_atlas, site, before, after):
    """The site is replaced while a notebook is open."""
    site.experiment("SRX5865959")
    spoken = site.dialect
    _spoken[next(iter(_spoken))] = before if spoken is after else after
    assert len(site.experiment("SRX5865959")) >= 1
    assert site.dialect is spoken


def test_a_site_without_either(atlas, site):
    atlas.faults.append(lambda request: Response("<html>gone</html>", status=404))
    with pytest.raises(BadResponseError, match="HTTP 404 in both dialects"):
        site.experiment("SRX1")
    assert site.dialect is None


# What is asked


def test_an_experiment(either_atlas, site):
    infos = site.experiment("SRX5865959")
    assert infos[0].genome == "hg38"
    assert (infos[0].antigen, infos[0].cell_type, infos[0].reads, infos[0].peaks) == ("TP53", "K-562", 27133423, 324)
    assert infos[0].gsms == ("GSM3781492",)
    assert [info.genome for info in infos] == (["hg38"] if site.dialect is NEW else ["hg38", "hg19"])


def test_a_search_of_the_old_site_is_never_filtered_there(either_atlas, site):
    found = site.search("MOLM13 cells", genome="hg38")
    assert len(found.infos) == 16 and found.complete
    assert {info.genome for info in found.infos} == {"hg38"}
    asked = [path for _, path in either_atlas.requests if "search" in path]
    assert ["genome=" in path for path in asked if "/data/search" in path] == [False]


def test_more_rows_than_one_reply_holds(either_atlas, site, monkeypatch):
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", "0")
    found = site.search("SIMULATED", genome="hg38", limit=250)
    if site.dialect is NEW:
        assert found.looked_at == len(found.infos) == 250 and not found.complete
        assert len({(info.accession, info.genome) for info in found.infos}) == 250
    else:
        assert found.looked_at == 100 and found.total > 250 and not found.complete


def test_nothing_found_is_complete(either_atlas, site):
    found = site.search("nothing of the kind")
    assert (found.infos, found.total, found.complete) == ([], 0, True)


def test_antigens_with_tables(either_atlas, site):
    listed = site.factors()
    assert {"TP53", "MYC"} <= set(listed["hg38"])
    assert ({"H3K27ac", "ATAC-Seq"} <= set(listed["hg38"])) == (site.dialect is NEW)


def test_assemblies(either_atlas, site):
    known = site.assemblies()
    assert site.dialect is not None
    assert "hg38" in known and ("hg19" in known) == (site.dialect is OLD) == ("TAIR12" not in known)
    assert site.dialect is OLD or (known == ["hg38", "mm10", "rn6", "dm6", "ce11", "sacCer3", "TAIR12"])


def test_what_is_up(either_atlas, site):
    assert site.serves_diff_analysis() is True


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"chipatlas\n", True),
        (b"", False),
        (b'{"services": {"wabi": "ok"}, "features": {"search": "ok", "diff_analysis": "ok"}}', True),
        (b'{"services": {}, "features": {"diff_analysis": "unavailable"}}', False),
        (b'{"services": {}, "features": {}}', False),
    ],
)
def test_what_is_not_up(atlas, site, body, expected):
    atlas.faults.append(lambda request: Response(body))
    assert site.serves_diff_analysis() is expected


def test_what_is_said_to_be_up_must_be_a_word_of_the_site(atlas, site):
    atlas.faults.append(lambda request: Response("<html>maintenance</html>"))
    with pytest.raises(BadResponseError, match="no dialect that is known"):
        site.serves_diff_analysis()


def test_expected_minutes(either_atlas, site):
    """The old site counts the reads of an experiment of two assemblies twice."""
    once = 27133423 * 1.8e-6 + 719.38
    twice = 2 * 27133423 * 1.8e-6 + 719.38
    minutes = site.expected_minutes(["SRX5865959"], "diffbind")
    assert minutes == -(-(once if site.dialect is NEW else twice) // 60)


# What is no answer


@pytest.mark.parametrize("body", ['{"total": 0}', '{"experiments": {}}', '{"experiments": ["SRX1"]}', "null", "[]"])
def test_a_search_that_finds_no_list(atlas, site, body):
    atlas.faults.append(lambda request: Response(body, content_type="application/json"))
    with pytest.raises(BadResponseError, match="(?s)no dialect that is known of ChIP-Atlas's site.*It answered"):
        site.search("TP53")


@pytest.mark.parametrize("body", ["{}", "null", '[{"id": "SRX1"}]', '["SRX1"]', '[{"expid": ""}]'])
def test_a_record_in_neither_dialect(atlas, site, body):
    atlas.faults.append(lambda request: Response(body, content_type="application/json"))
    with pytest.raises(BadResponseError, match="no dialect that is known"):
        site.experiment("SRX1")


@pytest.mark.parametrize("name", ["other-json", "other-experiment"])
def test_an_odd_answer_is_not_taken_for_ignorance(atlas, site, name):
    """Else an experiment that the site knows would be reported as unknown."""
    atlas.fault("site-metadata", name)
    with pytest.raises(BadResponseError):
        site.experiment("SRX4555013")


@pytest.mark.parametrize("body", ["[]", "{}", '{"hg38": "TP53"}', "null"])
def test_an_index_that_is_none(atlas, site, body):
    atlas.faults.append(lambda request: Response(body, content_type="application/json"))
    with pytest.raises(BadResponseError):
        site.factors()


def test_out_of_reach(site, monkeypatch):
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceUnavailableError, match="127.0.0.1:9"):
        site.experiment("SRX1")


# Which experiments accessions stand for


def test_look_up(either_atlas, site):
    found = look_up(["SRX5865959", "GSM3781492", "SRX1", "GSM1", "GSM99000121", "GSM99000124"], site)
    assert found["SRX5865959"] == found["GSM3781492"] != []
    assert found["SRX1"] == found["GSM1"] == []
    assert [info.accession for info in found["GSM99000121"]] == ["SRX99000121", "SRX99000122"]
    assert [info.accession for info in found["GSM99000124"]] == ["SRX99000123"]
    assert all(info.reads for infos in found.values() for info in infos)


class Replies:
    """A client with an answer per path."""

    def __init__(self, **bodies):
        self.bodies = bodies

    def get_json(self, url, *, params=None):
        return self.bodies[url.rsplit("/", 1)[-1].split(".")[0]]


def test_a_sample_as_production_answers(site):
    """A row of the search joins assemblies, and the record of the experiment alone carries reads."""
    client = Replies(
        search=reference_json("site/old_search_GSM469863.json"),
        exp_metadata=reference_json("site/old_exp_metadata_SRX018625.json"),
    )
    found = look_up(["GSM469863"], Site(client))["GSM469863"]
    assert [(info.accession, info.genome, info.reads) for info in found] == [
        ("SRX018625", "hg38", 36694448),
        ("SRX018625", "hg19", 36694448),
    ]


def test_a_row_without_a_record_is_not_unknown(site):
    client = Replies(search=reference_json("site/old_search_GSM469863.json"), exp_metadata=[])
    found = look_up(["GSM469863"], Site(client))["GSM469863"]
    assert [(info.genome, info.reads) for info in found] == [("hg19", None), ("hg38", None)]
