"""Gene models: fetched through the cache, read, refused."""

from __future__ import annotations

import gzip
import io

import pandas as pd
import pytest
import requests

from scripts.chipatlas.assemblies import ASSEMBLIES
from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, NotFoundError, ServiceUnavailableError
from scripts.diff.annotate.features.gene_models import COLUMNS, fetch_gene_models, parse_gene_models
from scripts.emulator.simulation.genome.gene_models import gene_models
from scripts.emulator.simulation.genome.genes import transcripts

ROW = "1\tNM_1\tchr1\t+\t100\t900\t150\t800\t2\t100,700,\t300,900,\t0\tGENE\tcmpl\tcmpl\t0,1,"


@pytest.mark.parametrize("genome", [name for name in ASSEMBLIES if ASSEMBLIES[name].gene_tracks])
def test_every_assembly_with_genes(atlas, genome):
    with Client() as client:
        models = fetch_gene_models(genome, client)
        assert client.simulated
        assert list(client.files) == [
            f"{atlas.environment['UCSC_DOWNLOADS_URL']}/{genome}/database/{models.source.split()[1]}.txt.gz"
        ]
    assert models.source == f"UCSC's {'refGene' if genome in ('mm9', 'dm3', 'ce10') else 'ncbiRefSeq'} of {genome}"
    known = transcripts(genome)
    assert models.transcripts["txStart"].tolist() == known["txStart"].tolist()
    assert models.transcripts["gene"].tolist() == known["name2"].tolist()
    assert len(models.exons) == gene_models(genome)["exonCount"].sum()


def test_the_second_time_nothing_is_sent(atlas):
    with Client() as client:
        fetch_gene_models("sacCer3", client)
        before = len(atlas.requests)
        again = fetch_gene_models("sacCer3", client)
    assert len(atlas.requests) == before + 1
    assert len(again.transcripts) == len(transcripts("sacCer3"))


def test_an_assembly_that_ucsc_does_not_hold_is_not_asked_for(atlas):
    before = len(atlas.requests)
    with Client() as client, pytest.raises(NotFoundError, match="UCSC has no gene models .* of TAIR12"):
        fetch_gene_models("TAIR12", client)
    assert len(atlas.requests) == before


@pytest.mark.parametrize("fault", ["http-503", "cut", "reset"])
def test_a_service_that_fails(atlas, fault):
    atlas.fault("ucsc-download", fault)
    with Client() as client, pytest.raises((ServiceUnavailableError, BadResponseError)):
        fetch_gene_models("sacCer3", client)


def test_simulated_models_are_whole_and_the_same_in_the_api(atlas):
    url = f"{atlas.environment['UCSC_DOWNLOADS_URL']}/hg38/database/ncbiRefSeq.txt.gz"
    content = requests.get(url, timeout=10).content
    table = pd.read_csv(io.BytesIO(gzip.decompress(content)), sep="\t", names=COLUMNS)
    assert requests.get(url, timeout=10).content == content
    assert requests.get(url.replace("ncbiRefSeq", "knownGene"), timeout=10).status_code == 404
    chosen = table[table["chrom"] == "chr11"].iloc[0]
    window = f"genome=hg38;track=ncbiRefSeq;chrom=chr11;start={chosen['txStart']};end={chosen['txStart'] + 1}"
    reply = requests.get(f"{atlas.url}/ucsc/getData/track?{window}", timeout=5).json()["ncbiRefSeq"]
    assert next(item for item in reply if item["name"] == chosen["name"]) == chosen.to_dict()
    exons = parse_gene_models(gzip.decompress(content)).exons
    bounds = exons.groupby("transcript").agg(start=("start", "min"), end=("end", "max"))
    assert bounds["start"].tolist() == table["txStart"].tolist() and bounds["end"].tolist() == table["txEnd"].tolist()
    coding = table["cdsStart"] < table["cdsEnd"]
    assert 0.7 < coding.mean() < 0.95
    assert (table["cdsStart"] >= table["txStart"])[coding].all() and (table["cdsEnd"] <= table["txEnd"]).all()


def test_a_row():
    models = parse_gene_models(f"{ROW}\n".encode())
    assert models.transcripts.iloc[0].tolist() == ["chr1", "+", 100, 900, 150, 800, "GENE"]
    assert models.exons.to_numpy().tolist() == [[0, 100, 300], [0, 700, 900]]
    unnamed = parse_gene_models(ROW.replace("GENE", "").encode() + b"\n")
    assert unnamed.transcripts["gene"].tolist() == ["NM_1"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("\t900\t150", "\t1e3\t150", "line 2, is no gene model: txEnd is no position"),
        ("\t100\t900", "\t900\t100", "txStart is not below txEnd"),
        ("\t+\t", "\t.\t", "strand is neither"),
        ("100,700,", "100,700", "exonStarts is no list of positions"),
        ("300,900,", "300,800,900,", "as many exonStarts as exonEnds"),
        ("300,900,", "300,901,", "an exon does not lie within its transcript"),
        ("300,900,", "100,900,", "an exon does not lie within its transcript"),
    ],
)
def test_rows_that_are_no_gene_model(old, new, what):
    with pytest.raises(BadResponseError, match=what):
        parse_gene_models(f"{ROW}\n{ROW.replace(old, new)}\n".encode())


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "is no table"), (b"a\tb\n", "has 2 columns"), (ROW.encode(), "ends in the middle of a line")],
)
def test_no_table(content, what):
    with pytest.raises(BadResponseError, match=what):
        parse_gene_models(content)
