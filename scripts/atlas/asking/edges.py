"""The network of all links: a table, GraphML, and the long form that activity inference reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from ...common.console import announce_simulation, say, verify
from ...common.errors import InputError
from ...common.files.writing import atomic, mark_simulated, prepare_folder
from ...common.text import plural
from ..dataset import Dataset, open_atlas

if TYPE_CHECKING:
    import duckdb

CSV, GRAPHML, DECOUPLER = "network.csv", "network.graphml", "network_decoupler.csv"
#: Edges of a GraphML file that programs for graphs still open with ease.
MANY_EDGES = 200_000
#: Rows in memory at a time.
_ROWS = 50_000
_EDGES = """
CREATE TEMP TABLE edges AS
SELECT factor AS source, gene AS target, avg_score, max_score, num_bound, num_experiments, binding_rate, string_score,
       cell_balanced_score
FROM ({scores})
ORDER BY source, avg_score DESC, max_score DESC, target
"""
_NUMBERS = {
    "avg_score": "double",
    "max_score": "int",
    "num_bound": "int",
    "num_experiments": "int",
    "binding_rate": "double",
    "string_score": "int",
    "cell_balanced_score": "double",
}


def network(
    atlas: str | os.PathLike[str] | Dataset,
    output_dir: str | os.PathLike[str],
    *,
    min_avg_score: float = 50,
    min_binding_rate: float = 0,
    cell_types: str | Iterable[str] | None = None,
    factors: Iterable[str] | None = None,
    genome: str | None = None,
) -> dict[str, Any]:
    """Write every link that passes the thresholds, as a directed network from factor to gene.

    Memory does not grow with the number of edges.

    Parameters
    ----------
    atlas : path or Dataset
    output_dir : path
        Folder for ``network.csv`` (``source target`` and the scores), ``network.graphml`` (the same; nodes say whether
        they are factor, gene or both: a factor that is a target of another is one node), and
        ``network_decoupler.csv`` (``source,target,weight``; the weight is the average score, never negative: binding
        has no sign).
    min_avg_score, min_binding_rate : float
        Least average MACS2 score (-10 log10 Q) and share of experiments with a peak (0..1).
    cell_types : list of str, optional
        Use the experiments in these cell types alone.
    factors : list of str, optional
        Links of these factors alone.
    genome : str, optional
        Refuse an atlas of another assembly.

    Returns
    -------
    dict
        ``edges``, ``factors``, ``genes`` (numbers of them), ``files`` (their paths), ``atlas``.

    Raises
    ------
    InputError
        An unusable atlas or threshold, or no link that passes.
    NotFoundError
        An unknown factor or cell type.
    OutputError
        The folder cannot be written.
    """
    dataset = open_atlas(atlas, genome)
    scores = dataset.scores(
        factors=None if factors is None else dataset.match_factors(factors),
        cell_types=dataset.match_cell_types(cell_types),
        min_avg_score=min_avg_score,
        min_binding_rate=min_binding_rate,
    )
    folder = prepare_folder(output_dir)
    with dataset.database() as database:
        database.execute(_EDGES.format(scores=scores.statement), scores.values)
        edges, sources, targets = database.execute(
            "SELECT count(*), count(DISTINCT source), count(DISTINCT target) FROM edges"
        ).fetchall()[0]
        if not edges:
            raise InputError(
                f"No link has avg_score >= {min_avg_score:g} and binding_rate >= {min_binding_rate:g}. Lower them."
            )
        if edges > MANY_EDGES:
            say(f"  {plural(edges, 'edge')}: few programs open a GraphML of that size; raise min_avg_score for one")
        mark_simulated(folder, dataset.simulated)
        with atomic(folder / CSV) as temporary:
            database.table("edges").write_csv(str(temporary))
        with atomic(folder / DECOUPLER) as temporary:
            database.table("edges").project("source, target, avg_score AS weight").write_csv(str(temporary))
        with atomic(folder / GRAPHML) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as sink:
            sink.writelines(_graphml(database, dataset))
    files = [folder / name for name in (CSV, GRAPHML, DECOUPLER)]
    announce_simulation(dataset.simulated)
    verify(f"✓ Network written: {plural(edges, 'edge')}, {plural(sources, 'factor')}, {plural(targets, 'gene')}")
    return {"edges": edges, "factors": sources, "genes": targets, "files": files, "atlas": dataset.about()}


def _graphml(database: duckdb.DuckDBPyConnection, dataset: Dataset) -> Iterator[str]:
    keys = [("node", "kind", "string"), *(("edge", name, kind) for name, kind in _NUMBERS.items())]
    keys += [("graph", "genome", "string"), ("graph", "distance_kb", "int"), ("graph", "simulated", "boolean")]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for where, name, kind in keys:
        yield f'  <key id="{name}" for="{where}" attr.name="{name}" attr.type="{kind}"/>\n'
    about = dataset.about()
    yield f'  <graph edgedefault="directed">\n    <data key="genome">{escape(dataset.genome)}</data>\n'
    yield f'    <data key="distance_kb">{about["distance"]}</data>\n'
    yield f'    <data key="simulated">{str(about["simulated"]).lower()}</data>\n'
    nodes = database.execute(
        """
        SELECT name, CASE WHEN min(kind) = max(kind) THEN min(kind) ELSE 'factor and gene' END AS kind
        FROM (SELECT DISTINCT source AS name, 'factor' AS kind FROM edges
              UNION ALL SELECT DISTINCT target, 'gene' FROM edges)
        GROUP BY name ORDER BY name
        """
    ).df()
    names = _attributes(nodes["name"])
    yield "".join(
        f'    <node id={name}><data key="kind">{kind}</data></node>\n'
        for name, kind in zip(names, nodes["kind"], strict=True)
    )
    for first in range(0, database.execute("SELECT count(*) FROM edges").fetchall()[0][0], _ROWS):
        part = database.execute(
            "SELECT * FROM edges WHERE rowid >= $first AND rowid < $last ORDER BY rowid",
            {"first": first, "last": first + _ROWS},
        ).df()
        yield _edge_lines(part)
    yield "  </graph>\n</graphml>\n"


def _edge_lines(part: pd.DataFrame) -> str:
    lines = "    <edge source=" + _attributes(part["source"]) + " target=" + _attributes(part["target"]) + ">"
    for name in _NUMBERS:
        lines = lines + f'<data key="{name}">' + part[name].astype(str).to_numpy(dtype=object) + "</data>"
    return "\n".join(lines + "</edge>") + "\n"


def _attributes(names: pd.Series) -> np.ndarray:
    """Names as quoted XML attributes; each different one is escaped once."""
    codes, different = pd.factorize(names)
    return np.array([quoteattr(str(name)) for name in different], dtype=object)[codes]
