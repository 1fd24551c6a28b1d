"""``chip-atlas join FOLDER FOLDER...``: results that were exported, as one joint answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ...common.errors import InputError
from ...diff.joint.export import export_joint
from ...diff.joint.join import join_comparisons
from ..answer import answering, as_json_option


@click.command("join")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option("--names", multiple=True, help="Names of the comparisons: once for each folder, in their order.")
@click.option("--out", default="joint_results", show_default=True, help="A folder of its own for the answer.")
@as_json_option
def command(folders: tuple[str, ...], names: tuple[str, ...], out: str, as_json: bool) -> int:
    """Set several comparisons side by side: shared loci, effects against effects, one table, one report.

    FOLDERS are what output_dir was when each was exported; called by their last parts unless --names are given. One
    folder alone counts as several where its design has named contrasts.
    """
    with answering(as_json) as answer:
        joint = join_comparisons(folders[0] if len(folders) == 1 and not names else _named(folders, names))
        written = export_joint(joint, out)
        answer |= {
            "simulated": joint.simulated,
            "comparisons": joint.names,
            "headline": {what: value for value, what in joint.headline()},
            "overlaps": joint.overlaps,
            "pairs": joint.pairs,
            "findings": joint.findings,
            "output_dir": out,
            "files": sorted(written),
        }
    return 0


def _named(folders: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    if names and len(names) != len(folders):
        raise InputError(f"{len(names)} --names for {len(folders)} folders; give one for each, in their order.")
    called = list(names) or [Path(folder).resolve().name for folder in folders]
    twice = sorted({name for name in called if called.count(name) > 1})
    if twice:
        raise InputError(f"Two comparisons are called {twice[0]!r}; give each folder a name by --names.")
    return dict(zip(called, folders, strict=True))
