import json

import pandas as pd
import pytest

from scripts.common.errors import BadResponseError, ServiceUnavailableError
from scripts.diff.annotate.annotate_genes import annotate_nearest_genes, nearest_gene, parse_gene_track
from tests.reference import reference_text


def genes(*rows):
    return pd.DataFrame(rows, columns=["name2", "txStart", "txEnd", "strand"])


PLUS = ("PLUS", 10_000, 20_000, "+")
MINUS = ("MINUS", 10_000, 20_000, "-")


@pytest.mark.parametrize(
    ("start", "end", "gene", "expected"),
    [
        (12_000, 12_500, PLUS, "PLUS"),
        (9_000, 10_001, PLUS, "PLUS"),
        (9_000, 10_000, PLUS, "PLUS (-0.0kb)"),
        (7_400, 7_900, PLUS, "PLUS (-2.1kb)"),
        (22_100, 22_500, PLUS, "PLUS (+2.1kb)"),
        (7_400, 7_900, MINUS, "MINUS (+2.1kb)"),
        (22_100, 22_500, MINUS, "MINUS (-2.1kb)"),
        (4_000, 5_000, PLUS, "PLUS (-5.0kb)"),
        (4_000, 4_999, PLUS, ""),
    ],
)
def test_edge_to_edge_and_signed_by_strand(start, end, gene, expected):
    assert nearest_gene(start, end, genes(gene)) == expected


def test_overlap_beats_distance_and_names_each_gene_once():
    table = genes(PLUS, ("OTHER", 11_000, 30_000, "-"), PLUS, ("NEAR", 12_600, 13_000, "+"))
    assert nearest_gene(12_000, 12_500, table) == "OTHER, PLUS"


def test_nearest_of_several():
    assert nearest_gene(8_000, 8_500, genes(("FAR", 13_000, 14_000, "+"), PLUS)) == "PLUS (-1.5kb)"
    assert nearest_gene(0, 10, genes()) == ""


def test_real_reply():
    found = parse_gene_track(200, reference_text("ucsc_ncbiRefSeq_excerpt.json"), "ncbiRefSeq")
    assert "MADD" in set(found["name2"])
    assert nearest_gene(47_330_031, 47_330_100, found[found["name2"] == "MADD"]).startswith("MADD (")


def test_reply_without_items_is_no_gene():
    assert parse_gene_track(200, "\n" + json.dumps({"ncbiRefSeq": []}), "ncbiRefSeq").empty
    assert parse_gene_track(200, json.dumps({}), "ncbiRefSeq").empty


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<html>busy</html>"), (400, '{"error": "Bad Request", "statusCode": 400}'), (200, '{"error": "x"}')],
)
def test_reply_that_is_none(status, body):
    with pytest.raises(BadResponseError, match="UCSC"):
        parse_gene_track(status, body, "ncbiRefSeq")


class FailingClient:
    """Stands for UCSC out of reach; counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    def get(self, url):
        self.asked += 1
        raise ServiceUnavailableError(f"No answer from {url}")


def test_three_failures_stop_it(capsys):
    regions = pd.DataFrame(
        {"chrom": "chr1", "chromStart": range(0, 10**7, 10**6), "chromEnd": range(500, 10**7, 10**6)}
    )
    client = FailingClient()
    annotations = annotate_nearest_genes(regions, "hg38", client=client)
    assert client.asked == 3
    assert annotations.eq("").all() and list(annotations.index) == list(regions.index)
    assert "remaining regions stay without a gene" in capsys.readouterr().out


def test_against_the_embedded_service(atlas):
    genes = atlas_genes(atlas, "chr1")
    gene = genes.iloc[0]
    regions = pd.DataFrame(
        {
            "chrom": ["chr1", "chr1", "chrUn_KI270742v1"],
            "chromStart": [gene.txStart + 10, 5, 100],
            "chromEnd": [gene.txStart + 60, 9, 200],
        }
    )
    annotations = annotate_nearest_genes(regions, "hg38")
    assert gene.name2 in annotations.iloc[0]
    assert annotations.iloc[1] == annotations.iloc[2] == ""


def test_regions_close_by_share_a_request(atlas):
    regions = pd.DataFrame({"chrom": "chr1", "chromStart": range(10**6, 10**6 + 500, 100), "chromEnd": 10**6 + 600})
    annotate_nearest_genes(regions, "hg38")
    assert len([path for _, path in atlas.requests if path.startswith("/ucsc")]) == 1


def test_track_that_an_assembly_lacks_is_asked_for_once(atlas):
    regions = pd.DataFrame({"chrom": ["chrI", "chrII"], "chromStart": [5000, 9000], "chromEnd": [5100, 9100]})
    annotate_nearest_genes(regions, "sacCer3")
    assert len([path for _, path in atlas.requests if path.startswith("/ucsc")]) <= 3


def atlas_genes(atlas, chrom):
    import requests

    url = f"{atlas.environment['UCSC_API_URL']}/getData/track?genome=hg38;track=ncbiRefSeq;chrom={chrom}"
    return pd.DataFrame(requests.get(url + ";start=0;end=100000000", timeout=10).json()["ncbiRefSeq"])


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "3",
        '{"ncbiRefSeq": 3}',
        '{"ncbiRefSeq": [3]}',
        '{"ncbiRefSeq": [{"name2": "A", "txStart": "1", "txEnd": 2}]}',
        '{"ncbiRefSeq": [{"name2": "A", "txStart": true, "txEnd": 2}]}',
        '{"ncbiRefSeq": [{"name2": "A", "txStart": -1, "txEnd": 2}]}',
        '{"ncbiRefSeq": [{"name2": "A", "txStart": 1e30, "txEnd": 2}]}',
        '{"a":' * 100_000,
    ],
    ids=range(9),
)
def test_replies_that_hold_no_transcripts(body):
    with pytest.raises(BadResponseError, match=r"UCSC sent no (JSON|transcripts)"):
        parse_gene_track(200, body, "ncbiRefSeq")


def test_names_of_transcripts_are_text_on_one_line():
    names = ["=x\x1b[31m\n", 7, None, ["A"], "L" * 10_000]
    items = [{"name": "NM_1", "name2": name, "txStart": 1, "txEnd": 2, "strand": 5} for name in names]
    genes = parse_gene_track(200, json.dumps({"ncbiRefSeq": items}), "ncbiRefSeq")
    assert genes["name2"].tolist()[:4] == ["=x [31m", "7", "NM_1", "['A']"]
    assert len(genes["name2"].iloc[4]) == 60
    assert nearest_gene(1, 2, genes).count(",") == 4
