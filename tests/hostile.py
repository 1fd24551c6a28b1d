"""Names that mean something elsewhere: to a spreadsheet, a terminal, Markdown, XML, a shell, a path."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

#: As gene symbols, cell types, labels and titles: no tab and no line end, which part cells and rows of a table.
IN_ONE_CELL = [
    "=cmd|' /C calc'!A0",
    "+1+cmd()",
    "-",
    "@SUM(1)",
    " =lead()",
    "＝wide()",
    "a;=cmd()",
    "'=quoted",
    'double"quote',
    "pipe|pipe",
    "`tick` ``ticks``",
    "<script>alert(1)</script>",
    "</text><!--",
    "&amp;&#x3c;",
    "[link](http://127.0.0.1)",
    r"\x41 \u202e \n",
    r"$\frac{$ $x$",
    "two $ dollars $",
    "esc\x1b[31mred\x1b[0m",
    "nul\x00nul",
    "bell\x07del\x7f\x9b",
    "cr\rover",
    "right\u202eto\u200fleft",
    "line\u2028sep\u2029",
    "bom\ufeffzero\u200bwidth",
    "../../etc/passwd",
    "C:\\Windows\\x",
    "$(touch owned); `touch owned`",
    "CD4+_T_cells",
    "日本語 🧬",
    "L" * 10_000,
    "שלום (1)",
    "مرحبا \u2067TP53",
]
EVERYWHERE = [*IN_ONE_CELL, "tab\tin", "line\nbreak", "\r\n=cmd()", "\t=cmd()"]

#: Terminal controls, and marks that turn the direction of writing.
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def short_id(name: str) -> str:
    """A name of a test that no terminal and no worker stumbles over."""
    return re.sub(r"\W", "_", ascii(name))[:24]


def check_console(text: str) -> None:
    """Nothing in it steers a terminal."""
    assert not STEERING.search(text), repr(STEERING.search(text))


def check_csv(path: Path) -> None:
    """Every row as wide as the header, one row a line, no cell that a spreadsheet would compute."""
    text = path.read_text("utf-8")
    check_console(text)
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) == text.count("\n")
    assert {len(row) for row in rows} == {len(rows[0])}, path.name
    for row in rows:
        for cell in row:
            for piece in cell.split(";"):
                formula = (
                    piece.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠") and piece != ""
                )
                assert not formula or re.fullmatch(r"[+-][\d.,e+-]+", piece), (path.name, cell[:80])


def check_markdown(path: Path) -> None:
    """Every table as wide in all its rows, no tag, no control character; pairs of fences closed."""
    text = path.read_text("utf-8")
    check_console(text)
    width = 0
    for line in text.split("\n"):
        is_row = line.startswith("|")
        pipes = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) if is_row else 0
        assert not is_row or not width or pipes == width, line[:200]
        width = pipes
        assert not re.search(r"(?<!\\)(?:\\\\)*<[A-Za-z/!?]", re.sub(r"(`+).*?\1", "", line)), line[:200]


def check_folder(folder: Path) -> None:
    """Every file of a results folder is well-formed, and nothing stands where it should not."""
    for path in folder.rglob("*"):
        # The name of a standard; the others are ours.
        assert re.fullmatch(r"[A-Za-z0-9_.]+", path.name) or path.name == "ro-crate-metadata.json", path
        if path.suffix == ".csv":
            check_csv(path)
        elif path.suffix == ".md":
            check_markdown(path)
        elif path.suffix in (".svg", ".xml"):
            ElementTree.parse(path)
