"""Networks as GraphML, which Cytoscape, Gephi, igraph and networkx read, written line by line.

The format is a few tags, so the standard library's escaping is enough: a graph library would hold every link as an
object of its own. Names stay as they are; what XML cannot hold, control characters, becomes a visible escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

from ..console import SIMULATED_BANNER
from ..text import UNSEEN, visible
from .writing import atomic

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
_NOT_IN_XML = re.compile(rf"[{UNSEEN}\ud800-\udfff\ufffe\uffff]")


def write_graphml(
    path: Path, nodes: pd.DataFrame, edges: pd.DataFrame, *, simulated: bool, directed: bool = True
) -> Path:
    """Write a network, whole or not at all.

    Parameters
    ----------
    nodes : DataFrame
        ``name``, each once, which is the node's id; other columns are attributes. Names that only `edges` has become
        nodes without attributes.
    edges : DataFrame
        ``source``, ``target``; other columns are attributes.
    simulated : bool
        Whether the graph says that it is.

    Notes
    -----
    Attributes are ``boolean``, ``long``, ``double`` or ``string``, by the column's type. A missing value is left out.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    kind = "directed" if directed else "undirected"
    extra = pd.unique(pd.concat([edges["source"], edges["target"]])) if len(edges) else []
    known = set(nodes["name"])
    more = pd.DataFrame({"name": [name for name in extra if name not in known]})
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_HEAD)
        stream.write(
            '<key id="simulated" for="graph" attr.name="SIMULATED" attr.type="string"/>\n' if simulated else ""
        )
        stream.writelines(_keys(nodes.drop(columns="name"), "node"))
        stream.writelines(_keys(edges.drop(columns=["source", "target"]), "edge"))
        stream.write(f'<graph edgedefault="{kind}">\n')
        if simulated:
            stream.write(f'<data key="simulated">{escape(SIMULATED_BANNER.strip("* "))}</data>\n')
        for frame in (nodes, more):
            stream.writelines(_elements(frame, "node", {"id": "name"}))
        stream.writelines(_elements(edges, "edge", {"source": "source", "target": "target"}))
        stream.write("</graph>\n</graphml>\n")
    return path


def _keys(frame: pd.DataFrame, what: str) -> Iterator[str]:
    for at, name in enumerate(frame):
        kind = _kind(frame[name])
        yield f'<key id="{what}{at}" for="{what}" attr.name={_attribute(str(name))} attr.type="{kind}"/>\n'


def _kind(column: pd.Series) -> str:
    if is_bool_dtype(column):
        return "boolean"
    if is_integer_dtype(column):
        return "long"
    return "double" if is_float_dtype(column) else "string"


def _elements(frame: pd.DataFrame, what: str, named: dict[str, str]) -> Iterator[str]:
    """One element a row, with its attributes inside."""
    others = frame.drop(columns=list(named.values()))
    columns = [_texts(others[name]) for name in others]
    places = [[_attribute(str(value)) for value in frame[column]] for column in named.values()]
    for row in range(len(frame)):
        head = " ".join(f"{key}={place[row]}" for key, place in zip(named, places, strict=True))
        data = "".join(
            f'<data key="{what}{at}">{column[row]}</data>'
            for at, column in enumerate(columns)
            if column[row] is not None
        )
        yield f"<{what} {head}>{data}</{what}>\n"


def _texts(column: pd.Series) -> list[str | None]:
    kind = _kind(column)
    return [
        None if missing else str(value).lower() if kind == "boolean" else escape(_visible(str(value)))
        for value, missing in zip(column.tolist(), column.isna().tolist(), strict=True)
    ]


def _attribute(value: str) -> str:
    return quoteattr(_visible(value))


def _visible(text: Any) -> str:
    return _NOT_IN_XML.sub(lambda found: visible(found.group()), text)
