"""The simulated blacklists, and that the examples' differences keep out of them."""

from __future__ import annotations

import gzip
import io

import pandas as pd
import pytest
import requests

from scripts.chipatlas.assemblies import ASSEMBLIES
from scripts.chipatlas.transport.client import SIMULATED_HEADER
from scripts.diff.annotate.blacklist import LISTED_GENOMES, blacklisted
from scripts.diff.inputs.examples import EXAMPLES
from scripts.emulator import Atlas
from scripts.emulator.simulation import blacklist as simulated
from scripts.emulator.simulation.genome.chromosomes import chromosome_sizes
from scripts.emulator.simulation.genome.landscape import peak_sites


def ask(atlas: Atlas, genome: str, **headers: str) -> requests.Response:
    url = f"{atlas.environment['BLACKLIST_URL']}/{genome}-blacklist.v2.bed.gz"
    return requests.get(url, headers=headers, timeout=10)


@pytest.mark.parametrize("genome", ASSEMBLIES)
def test_one_list_an_assembly_or_none(atlas: Atlas, genome: str) -> None:
    reply = ask(atlas, genome)
    assert reply.headers[SIMULATED_HEADER] == "1"
    if genome not in LISTED_GENOMES:
        assert (reply.status_code, reply.text) == (404, "404: Not Found")
        return
    names = ["chrom", "start", "end", "reason"]
    table = pd.read_csv(io.BytesIO(gzip.decompress(reply.content)), sep="\t", names=names)
    assert set(table["reason"]) == set(simulated.REASONS)
    assert ((table["start"] >= 0) & (table["end"] <= chromosome_sizes(genome)[table["chrom"]].to_numpy())).all()
    on_chrom = table.groupby("chrom")
    assert (table["start"] >= on_chrom["end"].shift().fillna(0)).all()
    assert ask(atlas, genome).content == reply.content
    assert ask(atlas, genome, **{"If-None-Match": reply.headers["ETag"]}).status_code == 304


def test_the_package_and_the_simulation_know_the_same_lists() -> None:
    assert simulated.LISTED_GENOMES == LISTED_GENOMES


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if one.genome in LISTED_GENOMES])
def test_no_difference_of_an_example_lies_inside_but_one(atlas: Atlas, name: str) -> None:
    example = EXAMPLES[name]
    planted = atlas.truth(example.experiments_a, example.experiments_b, example.genome)
    inside = planted[blacklisted(planted, simulated.blacklist(example.genome))]
    assert inside["kind"].tolist() == (["autosome"] if name == "tp53_molm13_vs_k562" else [])


@pytest.mark.parametrize("genome", LISTED_GENOMES)
def test_some_sites_without_a_difference_lie_inside(genome: str) -> None:
    sites = peak_sites(genome).rename(columns={"start": "chromStart", "end": "chromEnd"})
    assert 12 <= blacklisted(sites, simulated.blacklist(genome)).sum() <= 13
