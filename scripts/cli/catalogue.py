"""``chip-atlas catalogue build``: every experiment on this machine, for searches that ask no service."""

from __future__ import annotations

import click

from ..experiments.catalogue.build import build_catalogue
from .answer import answering, as_json_option


@click.group("catalogue")
def command() -> None:
    """Every experiment of ChIP-Atlas on this machine, for searches offline."""


@command.command("build")
@click.option("--refresh", is_flag=True, help="Build anew, also where the server's list has not changed.")
@as_json_option
def build(refresh: bool, as_json: bool) -> int:
    """Stream the list of all experiments (some 350 MB) into one Parquet file an assembly, in the cache folder.

    Needs the atlas extra. A download that breaks off goes on at the next call; an unchanged list is not fetched again.
    """
    with answering(as_json) as answer:
        built = build_catalogue(refresh=refresh)
        answer |= {name: value for name, value in vars(built).items() if name != "folder"}
        answer["folder"] = str(built.folder)
    return 0
