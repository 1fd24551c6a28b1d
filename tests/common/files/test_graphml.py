"""Networks read back by another program: names, types, what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import OutputError
from scripts.common.files.graphml import write_graphml
from tests.hostile import EVERYWHERE

networkx = pytest.importorskip("networkx")
GENES = ["SEPT9", "MARCH1", "HLA-DRB1", "NKX2-5", "1-Dec", "C1orf112", 'a "quoted" <gene> & co', "true", "1e5", " NA "]


def test_read_back_by_networkx(tmp_path: Path) -> None:
    nodes = pd.DataFrame({"name": ["TP53", *GENES], "is_factor": [True, *[False] * len(GENES)], "note": None})
    edges = pd.DataFrame(
        {
            "source": "TP53",
            "target": GENES,
            "bound": pd.array([True, False, None, *[True] * 7], dtype="boolean"),
            "score": [0.1, np.nan, *np.linspace(1, 1e-300, 8)],
            "rank": pd.array([1, None, *range(8)], dtype="Int64"),
            "cell types": ["K-562; A<B", "", *["x"] * 8],
        }
    )
    path = write_graphml(tmp_path / "net.graphml", nodes, edges, simulated=True)
    read = networkx.read_graphml(path)
    assert read.is_directed() and set(read.nodes) == {"TP53", *GENES} and read.number_of_edges() == len(edges)
    assert read.nodes["TP53"] == {"is_factor": True} and "SIMULATED" in read.graph
    first, second, third = (read["TP53"][name] for name in GENES[:3])
    assert first == {"bound": True, "score": 0.1, "rank": 1, "cell types": "K-562; A<B"}
    assert second["bound"] is False and "score" not in second and "rank" not in second
    assert "bound" not in third and isinstance(third["score"], float) and isinstance(third["rank"], int)
    assert [read["TP53"][name].get("score") for name in GENES[3:]] == edges["score"].tolist()[3:]


def test_hostile_names_and_names_of_edges_alone(tmp_path: Path) -> None:
    names = list(dict.fromkeys(EVERYWHERE))
    edges = pd.DataFrame({"source": names[:-1], "target": names[1:], "word": names[1:]})
    path = write_graphml(tmp_path / "net.graphml", pd.DataFrame({"name": names[:2]}), edges, simulated=False)
    read = networkx.read_graphml(path)
    assert read.number_of_nodes() == len(names) and read.number_of_edges() == len(edges)
    assert "SIMULATED" not in path.read_text("utf-8")


def test_nothing_and_no_place(tmp_path: Path) -> None:
    none = pd.DataFrame({"source": [], "target": [], "score": pd.Series(dtype=float)}, dtype=object)
    read = networkx.read_graphml(
        write_graphml(tmp_path / "a.graphml", pd.DataFrame({"name": []}), none, simulated=False)
    )
    assert read.number_of_nodes() == 0
    with pytest.raises(OutputError, match="Cannot write"):
        write_graphml(tmp_path / "nowhere" / "a.graphml", pd.DataFrame({"name": []}), none, simulated=False)
