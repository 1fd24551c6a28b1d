"""Libraries by name: fetched from the species' server, kept, and refused where what comes is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, NotFoundError
from scripts.emulator.simulation.gene_sets import library
from scripts.genesets.library import load_gene_sets

NAME = "SIMULATED_Gene_Sets"


@pytest.mark.parametrize(
    ("genome", "instance"),
    [
        ("hg38", "Enrichr"),
        ("mm10", "Enrichr"),
        ("dm6", "FlyEnrichr"),
        ("ce11", "WormEnrichr"),
        ("sacCer3", "YeastEnrichr"),
    ],
)
def test_from_the_server_of_the_species(atlas, genome, instance):
    with Client() as client:
        (found,) = load_gene_sets(NAME, genome, client)
        assert client.simulated
    assert found.sets == library(instance) and found.source == f"{NAME} ({instance})"
    assert atlas.requests[-1] == ("GET", f"/enrichr/{instance}/geneSetLibrary?mode=text&libraryName={NAME}")


def test_kept_and_asked_for_once(atlas, capsys):
    with Client() as client:
        first = load_gene_sets(NAME, "hg38", client)
        again = load_gene_sets([NAME, NAME], "hg38", client)
    assert first == again and "read from the cache" in capsys.readouterr().out


def test_files_are_told_from_names(tmp_path, monkeypatch):
    (tmp_path / "own.gmt").write_text("A\t\tG1\n", "utf-8")
    (tmp_path / "BARE").write_text("B\t\tG1\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    with Client() as client:
        found = load_gene_sets(["own.gmt", "BARE", Path("own.gmt"), str(tmp_path / "own.gmt")], "hg38", client)
        assert [list(one.sets) for one in found] == [["A"], ["B"], ["A"], ["A"]]
        for missing in ("other.gmt", "folder/other", Path("other")):
            with pytest.raises(NotFoundError, match="There is no file"):
                load_gene_sets(missing, "hg38", client)
        for nothing in ([], "", [""], 5):
            with pytest.raises(InputError, match="give GMT files or names"):
                load_gene_sets(nothing, "hg38", client)


def test_an_unknown_library_comes_with_a_remedy(atlas):
    with Client() as client, pytest.raises(NotFoundError, match=r"(.|\n)*Check the name.*GMT file"):
        load_gene_sets("No_Such_Library", "hg38", client)


def test_a_page_is_no_library_and_is_not_kept(atlas):
    with Client() as client:
        atlas.fault("enrichr", "maintenance-page", 1)
        with pytest.raises(BadResponseError, match=r"(no library of gene sets|HTTP|page)(.|\n)*Check the name"):
            load_gene_sets(NAME, "hg38", client)
        (found,) = load_gene_sets(NAME, "hg38", client)
    assert found.sets == library("Enrichr")
