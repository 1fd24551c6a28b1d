"""The three forms of the network hold the same edges."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from scripts.atlas import build_atlas, network, targets_of
from scripts.atlas.asking import edges
from scripts.common.errors import InputError, NotFoundError, OutputError
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, table_text

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


@pytest.mark.parametrize("cell_types", [None, ["K562", "Hep G2"]])
def test_three_forms(
    built: Path, tmp_path: Path, cell_types: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges, "_ROWS", 1000)  # several portions
    result = network(built, tmp_path, min_avg_score=150, min_binding_rate=0.2, cell_types=cell_types)
    table = pd.read_csv(tmp_path / "network.csv")
    assert len(table) == result["edges"] > 1000
    assert (table["avg_score"] >= 150).all() and (table["binding_rate"] >= 0.2).all()
    assert (table["source"].nunique(), table["target"].nunique()) == (result["factors"], result["genes"])
    for factor in ("TP53", "SIMTF001"):
        wanted = targets_of(factor, built, min_avg_score=150, min_binding_rate=0.2, cell_types=cell_types)
        part = table[table["source"] == factor]
        assert part["target"].tolist() == wanted["gene"].tolist()
        assert part["avg_score"].tolist() == pytest.approx(wanted["avg_score"].tolist())
    long = pd.read_csv(tmp_path / "network_decoupler.csv")
    assert list(long) == ["source", "target", "weight"]
    assert long.to_numpy().tolist() == table[["source", "target", "avg_score"]].to_numpy().tolist()
    graph = ElementTree.parse(tmp_path / "network.graphml").getroot().find(f"{GRAPHML}graph")
    assert graph is not None
    found = [(edge.get("source"), edge.get("target")) for edge in graph.iter(f"{GRAPHML}edge")]
    assert found == list(table[["source", "target"]].itertuples(index=False, name=None))
    assert len(list(graph.iter(f"{GRAPHML}node"))) == len({*table["source"], *table["target"]})
    assert graph.findtext(f"{GRAPHML}data[@key='simulated']") == "true"
    assert (tmp_path / "SIMULATED.txt").exists()


def test_names_are_escaped_and_a_factor_can_be_a_gene(server: FileServer, tmp_path: Path) -> None:
    name = "E(z)&"
    rows = [("TP53", [500, 600, 0, 0], 0), ('A"<B>', [90, 90, 90, 90], 0)]
    server.put_table(table_text(rows, SMALL_COLUMNS))
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / f"{name}.5.tsv").write_text(table_text(rows, SMALL_COLUMNS, name))
    (tmp_path / "tables" / "TP53.5.tsv").write_text(table_text(rows, SMALL_COLUMNS))
    build_atlas("hg38", tmp_path / "atlas", source=tmp_path / "tables", scheduler="synchronous")
    network(tmp_path / "atlas", tmp_path / "out")
    graph = ElementTree.parse(tmp_path / "out" / "network.graphml").getroot()
    kinds = {node.get("id"): node.findtext(f"{GRAPHML}data") for node in graph.iter(f"{GRAPHML}node")}
    assert kinds == {'A"<B>': "gene", name: "factor", "TP53": "factor and gene"}
    assert set(pd.read_csv(tmp_path / "out" / "network.csv")["source"]) == {name, "TP53"}
    assert not (tmp_path / "out" / "SIMULATED.txt").exists()


def test_what_cannot_be_written(built: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No link has avg_score >= 1e"):
        network(built, tmp_path / "a", min_avg_score=1e9)
    with pytest.raises(NotFoundError, match="no data for 'NOPE'"):
        network(built, tmp_path / "a", factors=["NOPE"])
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write into"):
        network(built, tmp_path / "file" / "x")
