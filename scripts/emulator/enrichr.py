"""Enrichr: one small library of simulated gene sets, as text."""

from __future__ import annotations

from flask import Blueprint, Response, request

from .data_files import stored_file
from .simulation.gene_sets import LIBRARIES, library

blueprint = Blueprint("enrichr", __name__)


@blueprint.get("/<instance>/geneSetLibrary")
def gene_set_library(instance: str) -> Response:
    """A GMT file, the descriptions empty; a page for what there is not."""
    name = request.args.get("libraryName", "")
    if name not in LIBRARIES.get(instance, ()):
        return Response("<title>Error</title>", status=404, content_type="text/html")
    lines = ["\t".join([set_name, "", *genes]) for set_name, genes in library(instance).items()]
    return stored_file("".join(f"{line}\n" for line in lines).encode(), "text/plain")
