"""Ensembl IDs and old symbols: mapped where that is certain, counted, and refused where no table can be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask import Response

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.emulator import Atlas
from scripts.targets import export_all, read_expression, run_target_genes_workflow
from scripts.targets.expression.gene_table import Gene, fetch_gene_table, parse_gene_table
from scripts.targets.expression.symbols import match_names, with_symbols

TP53 = Gene("TP53", "ENSG00000141510", (), ("P53",))
SEPTIN9 = Gene("SEPTIN9", "ENSG00000184640", ("SEPT9", "MSF"), ("AF17q25",))
MARCHF1 = Gene("MARCHF1", "ENSG00000145416", ("MARCH1",), ("RNF171",))
#: One ID, two genes; one alias, two genes; a previous symbol that is another's alias; an approved that is one, too.
TWINS = [Gene("AAA1", "ENSG00000000001", (), ("SHARED",)), Gene("AAA2", "ENSG00000000001", (), ("SHARED",))]
OLD = [Gene("NEW1", "ENSG00000000003", ("OLD1",), ()), Gene("OTHER", "ENSG00000000004", (), ("OLD1", "TP53"))]
GENES = [TP53, SEPTIN9, MARCHF1, *TWINS, *OLD]
LISTED = {"TP53", "SEPT9", "MARCHF1", "AAA1", "AAA2", "NEW1", "OTHER"}


def matched(*names: str) -> dict[str, tuple[str, str]]:
    found = match_names(pd.Series(names, dtype=object), LISTED, GENES)
    assert found["name"].tolist() == list(names)
    return {name: (gene, how) for name, gene, how in found.itertuples(index=False)}


def test_names_are_matched_where_that_is_certain() -> None:
    assert matched(
        "TP53", "ENSG00000184640.15", "ENSG00000145416_PAR_Y", "ENSG00000000001", "ENSG00000999999.2",
        "ENST00000269305", "RNF171", "MARCH1", "SHARED", "OLD1", "LINC1",
    ) == {
        "TP53": ("TP53", "as given"),  # though it is another gene's alias
        "ENSG00000184640.15": ("SEPT9", "Ensembl ID"),  # the name that the target table has
        "ENSG00000145416_PAR_Y": ("MARCHF1", "Ensembl ID"),
        "ENSG00000000001": ("", "ambiguous"),
        "ENSG00000999999.2": ("", "lost"),
        "ENST00000269305": ("", "lost"),
        "RNF171": ("MARCHF1", "other symbol"),
        "MARCH1": ("MARCHF1", "other symbol"),
        "SHARED": ("", "ambiguous"),
        "OLD1": ("NEW1", "other symbol"),  # a previous symbol goes before an alias
        "LINC1": ("LINC1", "as given"),
    }  # fmt: skip


def test_today_s_symbol_finds_the_older_one_of_the_target_table() -> None:
    assert matched("SEPTIN9")["SEPTIN9"] == ("SEPT9", "other symbol")


def test_a_gene_under_its_own_name_keeps_it() -> None:
    found = matched("P53", "TP53")
    assert found["P53"] == ("P53", "as given") and found["TP53"] == ("TP53", "as given")


REPLIES = {
    "objects": {
        "hgnc": [{"symbol": "A", "ensembl_gene_id": "ENSG00000000009", "prev_symbol": "B|C", "alias_symbol": ""}]
    },
    "lists": {
        "columnTypes": [{"name": name} for name in ("symbol", "ensembl_gene_id", "prev_symbol", "alias_symbol")],
        "hgnc": [["A", "ENSG00000000009", '"B", "C"', None]],
    },
    "by chromosome": {
        "hgnc": {
            "chr1": [{"symbol": "A", "ensembl_gene_id": "ENSG00000000009", "prev_symbol": "B,C", "alias_symbol": ""}]
        }
    },
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_shapes_of_replies(reply: dict[str, Any]) -> None:
    genes, version = parse_gene_table(json.dumps({**reply, "dataTime": "2026-01-02T03:04:05"}).encode(), "there")
    assert genes == [Gene("A", "ENSG00000000009", ("B", "C"), ())] and version == "2026-01-02T03:04:05"


NO_TABLES = (
    b"",
    b"{}",
    b"[]",
    b'{"hgnc": 3}',
    b'{"hgnc": [[1]]}',
    b'{"hgnc": [{"symbol": "A"}]}',
    b'{"hgnc": []}',
    b"<html>",
    b'{"error": "can not find track"}',
)


@pytest.mark.parametrize("content", NO_TABLES)
def test_other_replies_are_no_table(content: bytes) -> None:
    with pytest.raises(BadResponseError, match="there (is no table|holds no gene)"):
        parse_gene_table(content, "there")


@pytest.fixture
def client(atlas: Atlas) -> Iterator[Client]:
    with Client() as opened:
        yield opened


def test_the_table_is_downloaded_once(atlas: Atlas, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    first = fetch_gene_table("hg38", client)
    assert client.simulated and first.simulated and first.version == "SIMULATED" and len(first.genes) == 6000
    assert "Downloading HGNC's gene table from UCSC" in capsys.readouterr().out
    with Client() as another:
        assert fetch_gene_table("hg38", another) == first and another.simulated
    assert len(atlas.requests) == 1


def test_an_old_table_stands_in_for_one_that_cannot_be_had(
    atlas: Atlas, client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = fetch_gene_table("hg38", client)
    monkeypatch.setattr("scripts.targets.expression.gene_table.KEPT_SECONDS", -1)
    atlas.faults.append(
        lambda request: Response("down", status=404) if "hgnc" in request.query_string.decode() else None
    )
    assert fetch_gene_table("hg38", client) == first
    assert f"The gene table of {first.retrieved_at[:10]} is used" in capsys.readouterr().out


def test_other_species_have_no_table(client: Client) -> None:
    with pytest.raises(NotFoundError, match="no gene table of mm10: HGNC names human genes alone"):
        fetch_gene_table("mm10", client)


def ids_of(genes: pd.Series) -> pd.Series:
    return "ENSG99" + genes.str.removeprefix("SIM").str.zfill(9) + ".4"


def table_of(names: pd.Series | list[str]) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"gene": list(names), "log2FC": rng.normal(size=len(names)), "padj": rng.random(len(names))})


def test_ensembl_ids_through_the_four_steps(atlas: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = run_target_genes_workflow("E2F1", top_n=None, output_dir=tmp_path / "plain")
    symbols = plain["target_genes"]["gene"]
    number = symbols.str.removeprefix("SIM").astype(int)
    given = table_of([*ids_of(symbols), "ENSG99900000001.1", "ENSG99900000002.1"])
    path = tmp_path / "deseq2.csv"
    given.to_csv(path, index=False)
    results = run_target_genes_workflow("E2F1", top_n=100, expression=path, output_dir=tmp_path / "ids")

    genes, evidence = results["expression"]["genes"].set_index("gene"), results["expression"]["evidence"]
    lost, twins = number % 50 == 0, number.isin((21, 22))
    counts = evidence["mapping"]["counts"]
    # The 21st and 22nd gene share the ID of the 21st; the 22nd's own is none.
    assert counts["ambiguous"] == int((number == 21).sum()) and counts["other symbol"] == counts["as given"] == 0
    assert counts["lost"] == int(lost.sum()) + 2 + int((number == 22).sum())
    assert counts["Ensembl ID"] == int((~lost & ~twins).sum())
    assert evidence["mapping"]["version"] == "SIMULATED" and evidence["mapping"]["simulated"]
    expected = given.set_axis([*symbols, "x", "y"])["log2FC"][symbols[(~lost & ~twins).to_numpy()]]
    np.testing.assert_allclose(genes["log2FC"].reindex(expected.index), expected)
    assert genes.loc[expected.index[0], "expression_name"] == ids_of(pd.Series([expected.index[0]]))[0]

    said = capsys.readouterr().out
    note = (
        f"{counts['Ensembl ID']:,} Ensembl IDs and 0 other symbols mapped to the symbols of the target table by HGNC's"
    )
    assert note in said and "not in that table: left out, bound or not" in said
    export_all(results, tmp_path / "ids")
    assert note in (tmp_path / "ids" / "summary_report.md").read_text()
    assert note in (tmp_path / "ids" / "analysis_object.json").read_text()
    assert "expression_name" in pd.read_csv(tmp_path / "ids" / "target_genes_with_expression.csv")


def test_ids_give_what_symbols_give(atlas: Atlas, tmp_path: Path) -> None:
    plain = run_target_genes_workflow("E2F1", top_n=None, output_dir=tmp_path / "plain")
    symbols = plain["target_genes"]["gene"]
    number = symbols.str.removeprefix("SIM").astype(int)
    sure = symbols[(number % 50 != 0) & ~number.isin((21, 22))]
    given = table_of(sure)
    tests = [
        run_target_genes_workflow("E2F1", expression=table, output_dir=tmp_path / name)["expression"]["evidence"]
        for name, table in (("symbols", given), ("ids", given.assign(gene=ids_of(sure).to_numpy())))
    ]
    assert tests[0]["tests"] == tests[1]["tests"] and tests[0]["counts"] == tests[1]["counts"]
    assert tests[0]["rank"] == tests[1]["rank"]


def ranking(*genes: str) -> pd.DataFrame:
    return pd.DataFrame({"gene": list(genes), "avg_score": 9.0, "num_bound": 1})


def test_old_symbols_are_mapped_and_counted(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["SIM0001", "SIMOLD0010", "SIMALIAS0007", "SIMSHARED", "LINC1"]
    found = with_symbols(
        read_expression(table_of(names)), ranking("SIM0001", "SIM0010", "SIM0007", "SIM0003"), "hg38", client
    )
    assert found["gene"].tolist() == ["SIM0001", "SIM0010", "SIM0007", "LINC1"]
    assert found.attrs["mapping"]["counts"] == {
        "as given": 2, "Ensembl ID": 0, "other symbol": 2, "ambiguous": 1, "lost": 0,
    }  # fmt: skip
    assert "1 name may be more than one gene: left out (SIMSHARED)" in capsys.readouterr().out


def test_genes_that_two_names_give_keep_the_smallest_padj(client: Client) -> None:
    table = pd.DataFrame(
        {"gene": ["SIM0001", "SIMOLD0070", "SIMALIAS0070"], "log2FC": [1, 2, 3], "padj": [0.1, 0.3, 0.2]}
    )
    found = with_symbols(read_expression(table), ranking("SIM0001", "SIM0070"), "hg38", client)
    assert dict(zip(found["gene"], found["log2FC"], strict=True)) == {"SIM0001": 1, "SIM0070": 3}
    assert any("after mapping, 1 further row of 1 gene dropped" in note for note in found.attrs["notes"])


def test_nothing_is_asked_for_where_the_names_are_the_same(atlas: Atlas, client: Client) -> None:
    table = read_expression(table_of(["SIM0001", "LINC1"]))
    assert with_symbols(table, ranking("SIM0001"), "hg38", client) is table
    assert not atlas.requests


def test_no_id_is_mapped(client: Client) -> None:
    table = read_expression(table_of(["ENSG00000141510.18", "ENST00000269305"]))
    with pytest.raises(InputError, match=r"None of the 2 Ensembl IDs \(ENSG00000141510.18\) is a bound gene by HGNC's"):
        with_symbols(table, ranking("SIM0001"), "hg38", client)


def test_ids_are_refused_where_no_table_can_be_had(client: Client, atlas: Atlas) -> None:
    mouse = read_expression(table_of(["ENSMUSG00000059552.13"]))
    with pytest.raises(InputError, match=r"(?s)ENSMUSG.*no gene table of mm10.*\nMap them to symbols first"):
        with_symbols(mouse, ranking("Trp53"), "mm10", client)
    atlas.faults.append(lambda request: Response("<html>", status=200) if "hgnc" in str(request.query_string) else None)
    human = read_expression(table_of(["ENSG99000000001"]))
    with pytest.raises(
        InputError, match=r"(?s)cannot be mapped here: .*no table of HGNC's genes.*\nMap them to symbols"
    ):
        with_symbols(human, ranking("SIM0001"), "hg38", client)


def test_old_symbols_stay_where_no_table_can_be_had(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    def down(genome: str, client: Client) -> None:
        raise ServiceUnavailableError("UCSC is down.")

    monkeypatch.setattr("scripts.targets.expression.symbols.fetch_gene_table", down)
    table = read_expression(table_of(["SIM0001", "SIMOLD0010"]))
    found = with_symbols(table, ranking("SIM0001", "SIM0010"), "hg38", client)
    assert found["gene"].tolist() == table["gene"].tolist() and "expression_name" not in found
    assert found.attrs["notes"][-1].endswith("old symbols not looked up: UCSC is down.")
