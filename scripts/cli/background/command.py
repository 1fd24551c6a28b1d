"""``chip-atlas background build | info``: how every gene fares with other factors, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ...chipatlas.assemblies import ASSEMBLIES
from ...common.console import announce_simulation, say
from ...common.errors import InputError
from ...common.text import plural
from ...targets.background.background import Background
from ...targets.background.build import DEFAULT_NUMBER, build_background, keep_background
from ...targets.background.store import FOLDER, read_background
from ...targets.query.question import DISTANCES
from ..answer import answering, as_json_option
from ..options import split_names

_SHOWN = 12
_genome = click.option("--genome", required=True, help=", ".join(ASSEMBLIES))
_distance = click.option(
    "--distance", type=int, default=5, show_default=True, help=f"kb either side of the TSS: {DISTANCES}"
)


@click.group("background")
def command() -> None:
    """How every gene fares with other factors: hot loci are told from targets by it."""


@command.command("build")
@_genome
@_distance
@click.option("--from", "source", type=click.Path(path_type=Path), help="An atlas, or folder, .zip, .tar.gz of tables.")
@click.option("--factors", multiple=True, help="Antigens by name: A,B,C, or once for each. A sample when left out.")
@click.option("--number", type=int, default=DEFAULT_NUMBER, show_default=True, help="Factors of a sample.")
@click.option("--out", type=click.Path(path_type=Path), help="The file; else one in the cache that `auto` takes.")
@as_json_option
def build(
    genome: str,
    distance: int,
    source: Path | None,
    factors: tuple[str, ...],
    number: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Build the background of an assembly and window, once.

    From an atlas or tables that are here, no request is made. Else a sample of the listed factors, of middle size, and
    the listed controls are downloaded one by one; how many bytes is said before.
    """
    names = split_names(factors) or None
    with answering(as_json) as answer:
        if source is not None and _is_atlas(source):
            made, path = _from_atlas(source, genome, distance, names, out)
        else:
            made, path = build_background(genome, distance, source, names, number, out)
        answer |= {"file": str(path), "bytes": path.stat().st_size, **_about(made)}
    return 0


@command.command("info")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@as_json_option
def info(files: tuple[Path, ...], as_json: bool) -> int:
    """Say what backgrounds hold: those in the cache folder, or the files given."""
    from ...common.files.cache_folder import cache_folder

    status = 0
    with answering(as_json) as answer:
        folder = cache_folder() / FOLDER
        answer["backgrounds"] = []
        for path in files or sorted(folder.glob("*.npz")):
            try:
                found = read_background(path)
            except InputError as error:
                if files:
                    raise
                say(f"{path}: {error}")
                status = 1
                continue
            answer["backgrounds"].append({"file": str(path), "bytes": path.stat().st_size, **_about(found)})
            _show(path, found)
        if not answer["backgrounds"] and not status:
            say(f"No background in {folder}. `chip-atlas background build --genome hg38` makes one.")
    return status


def _is_atlas(source: Path) -> bool:
    return (source / "manifest.json").is_file()


def _from_atlas(
    source: Path, genome: str, distance: int, names: Sequence[str] | None, out: Path | None
) -> tuple[Background, Path]:
    from ...atlas.asking.members import background_members
    from ...atlas.dataset import open_atlas

    atlas = open_atlas(source, genome)
    if atlas.manifest["distance"] != distance:
        raise InputError(f"{source} is an atlas of {atlas.place}, not of ±{distance}kb. Give the one of that window.")
    members = background_members(atlas, names)
    return keep_background(members, atlas.genome, distance, simulated=atlas.simulated, out=out)


def _about(found: Background) -> dict[str, Any]:
    return {
        "genome": found.genome,
        "distance": found.distance,
        "simulated": found.simulated,
        "made_at": found.made_at,
        "genes": len(found.genes),
        "counts": found.counts(),
        "members": list(found.members),
    }


def _show(path: Path, found: Background) -> None:
    counts = found.counts()
    announce_simulation(found.simulated)
    say(f"{path} ({path.stat().st_size:,} bytes): {found.place}, made {found.made_at}, {len(found.genes):,} genes")
    for kind, noun in (("factor", "factor"), ("control", "control"), ("mark", "chromatin mark")):
        names = [str(one["name"]) for one in found.members if one["kind"] == kind]
        more = f", ... ({len(names) - _SHOWN:,} more)" if len(names) > _SHOWN else ""
        say(f"  {plural(counts[kind], noun)}{': ' if names else ''}{', '.join(names[:_SHOWN])}{more}")  # type: ignore[index]
