"""Results of either skill as the answer of a tool: numbers, findings, the head of the table, files, a picture."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pandas as pd
from mcp.server.mcpserver import Image
from mcp_types import CallToolResult, ImageContent, TextContent
from pydantic import BaseModel

from ..common.results import Results
from ..diff import DiffResult, merge_loci
from ..diff.analysis import POSITION
from ..diff.qc.chromosomes import suspect_regions
from .folders import Folders
from .models import File, Finding, Number

ModelT = TypeVar("ModelT", bound=BaseModel)
REPORT = "summary_report.md"
#: matplotlib's figures and settings are of the whole process: two calls must not draw at once.
DRAWING = threading.Lock()
#: Pixels of a picture in an answer; the files have 300 dots an inch, which no reader of a chat needs.
WIDEST = 1000
#: Regions that a finding names, in an answer; the report has more.
_NAMED_REGIONS = 5


def common_parts(results: Results, folder: Path, folders: Folders, names: Iterable[str]) -> dict[str, Any]:
    """The fields that both skills' answers have."""
    name = folders.name_of(folder)
    findings = [Finding(**{key: one[key] for key in Finding.model_fields}) for one in results.findings()]
    return {
        "simulated": results.simulated,
        "asked": results.title(),
        "output_dir": name,
        "headline": [Number(value=value, what=what) for value, what in results.headline()],
        "findings": [
            one.model_copy(update={"affected_regions": one.affected_regions[:_NAMED_REGIONS]}) for one in findings
        ],
        "files": existing(folder, name, names),
    }


def existing(folder: Path, name: str, names: Iterable[str]) -> list[File]:
    """Those of some files that are in a folder, whose name in the server is `name`."""
    return [_file(folder, name, one) for one in names if (folder / one).is_file()]


def top_loci(results: DiffResult) -> pd.DataFrame:
    """One row a locus, the most significant first; ``caution`` where a major finding advises it, and the gene near.

    Genes are known near the first 50 regions, once they were looked up.
    """
    loci = merge_loci(results.diff_regions, results.analysis.effect)
    loci.insert(3, "caution", suspect_regions(loci, results.findings()).map({True: "artefact?", False: ""}))
    genes = results.get("nearest_genes")
    if genes is not None:
        best = results.diff_regions.loc[genes.index, list(POSITION)].assign(nearest_gene=genes)
        best = best.rename(columns={"chromStart": "best_chromStart", "chromEnd": "best_chromEnd"})
        loci = loci.merge(best, how="left", on=["chrom", "best_chromStart", "best_chromEnd"])
        loci["nearest_gene"] = loci["nearest_gene"].fillna("")
    return loci


def with_picture(answer: ModelT, folder: Path, picture: str) -> CallToolResult:
    """An answer, as text and as structured content, with a plot where there is one of that name."""
    content: list[Any] = [TextContent(type="text", text=answer.model_dump_json(exclude_none=True))]
    path = folder / f"{picture}.png"
    if path.is_file() and not path.is_symlink():
        content.append(small_picture(path))
    return CallToolResult(content=content, structured_content=answer.model_dump(mode="json"))


def small_picture(path: Path) -> ImageContent:
    """A PNG, at most `WIDEST` pixels wide or high."""
    from PIL import Image as Picture

    with Picture.open(path) as picture:
        picture.thumbnail((WIDEST, WIDEST))
        content = io.BytesIO()
        picture.convert("RGB").quantize(256).save(content, "png", optimize=True)
    return Image(data=content.getvalue(), format="png").to_image_content()


def _file(folder: Path, name: str, file: str) -> File:
    uri = ""
    if file == REPORT:
        uri = f"chip-atlas://report/{quote(name)}"
    elif file.endswith(".png"):
        uri = f"chip-atlas://plot/{quote(name)}/{file}"
    return File(name=file, bytes=(folder / file).stat().st_size, uri=uri)
