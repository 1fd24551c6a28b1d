"""The gene tracks of the Genome Browser's API."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from scripts.chipatlas.assemblies import ASSEMBLIES, get_assembly
from scripts.emulator import Atlas, ucsc
from scripts.emulator.simulation.genome.genes import transcripts
from tests.reference import reference_text


def ask(atlas: Atlas, query: str) -> requests.Response:
    return requests.get(f"{atlas.url}/ucsc/getData/track?{query}", timeout=5)


def items(atlas: Atlas, query: str, track: str = "ncbiRefSeq") -> list[dict[str, Any]]:
    reply = ask(atlas, query)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()[track]
    return found


@pytest.mark.parametrize("separator", [";", "&"])
def test_both_separators(atlas: Atlas, separator: str) -> None:
    gene = transcripts("hg38").iloc[100]
    start, end = int(gene["txStart"]) + 5, int(gene["txStart"]) + 6
    arguments = ["genome=hg38", "track=ncbiRefSeq", f"chrom={gene['chrom']}", f"start={start}", f"end={end}"]
    found = items(atlas, separator.join(arguments))
    hit = next(item for item in found if item["name"] == gene["name"])
    assert (hit["txStart"], hit["txEnd"], hit["strand"]) == (gene["txStart"], gene["txEnd"], gene["strand"])
    assert hit["name2"] == gene["name2"]


def test_reply_has_the_shape_of_the_real_one(atlas: Atlas) -> None:
    real = json.loads(reference_text("ucsc_ncbiRefSeq_excerpt.json"))
    reply = ask(atlas, "genome=hg38;track=ncbiRefSeq;chrom=chr11;start=0;end=20000000")
    ours = reply.json()
    assert reply.text.startswith("\n")
    assert set(ours["ncbiRefSeq"][0]) == set(real["ncbiRefSeq"][0])
    assert set(ours) <= set(real) | {"itemsReturned"}
    assert ours["itemsReturned"] == len(ours["ncbiRefSeq"])


def test_too_many_items_are_cut_and_said(atlas: Atlas) -> None:
    reply = ask(atlas, "genome=hg38;track=ncbiRefSeq;chrom=chr1")
    body = reply.json()
    assert reply.status_code == 206
    assert body["maxItemsLimit"] is True
    assert len(body["ncbiRefSeq"]) == body["itemsReturned"] == ucsc.MAXIMUM_ITEMS
    assert reply.text.startswith("\n")
    part = ask(atlas, "genome=hg38;track=ncbiRefSeq;chrom=chr1;start=0;end=20000000")
    assert part.status_code == 200
    assert "maxItemsLimit" not in part.json()


def test_an_empty_window_has_no_count(atlas: Atlas) -> None:
    ours = ask(atlas, "genome=hg38;track=ncbiRefSeq;chrom=chrM;start=0;end=1").json()
    assert ours["ncbiRefSeq"] == []
    assert "itemsReturned" not in ours


@pytest.mark.parametrize(
    "query",
    [
        "genome=hg99;track=ncbiRefSeq;chrom=chr1;start=0;end=10",
        "genome=mm9;track=ncbiRefSeq;chrom=chr1;start=0;end=10",
        "genome=hg38;track=ncbiRefSeq;chrom=chr99;start=0;end=10",
        "genome=hg38;track=ncbiRefSeq;chrom=chr1;start=10;end=10",
        "genome=hg38;track=ncbiRefSeq;chrom=chr1;start=x;end=10",
        "",
    ],
)
def test_errors_are_400_in_json(atlas: Atlas, query: str) -> None:
    reply = ask(atlas, query)
    assert reply.status_code == 400
    assert {"error", "statusCode", "statusMessage"} <= set(reply.json())


def test_old_assemblies_and_yeast_have_other_tracks(atlas: Atlas) -> None:
    assert items(atlas, "genome=mm9;track=refGene;chrom=chr1;start=0;end=90000000", "refGene")
    found = items(atlas, "genome=sacCer3;track=sgdGene;chrom=chrIV;start=0;end=900000", "sgdGene")
    assert "name2" not in found[0]


def test_genes_are_visibly_synthetic_on_both_strands_with_several_transcripts() -> None:
    table = transcripts("hg38")
    assert table["name2"].str.fullmatch(r"SIM\d{4}").all()
    assert set(table["strand"]) == {"+", "-"}
    assert table["name2"].duplicated().any()
    assert (table["txStart"] < table["txEnd"]).all()


@pytest.mark.parametrize("genome", ASSEMBLIES)
def test_most_genes_lie_on_standard_chromosomes(genome: str) -> None:
    assembly = get_assembly(genome)
    on_standard = transcripts(genome)["chrom"].isin([*assembly.autosomes, *assembly.sex])
    assert on_standard.mean() > 0.98
