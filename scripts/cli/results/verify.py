"""``chip-atlas verify FOLDER``: is a results folder still as it was exported?"""

from __future__ import annotations

from dataclasses import asdict

import click

from ...common.console import announce_simulation, verify
from ...common.files.manifest import Verification, verify_folder
from ...common.text import plural
from ..answer import answering, as_json_option


@click.command("verify")
@click.argument("folder")
@as_json_option
def command(folder: str, as_json: bool) -> int:
    """Check a results folder against its analysis_object.json.

    FOLDER is what output_dir was. Ends with 0 when every file is as it was exported, else with 1.
    """
    with answering(as_json) as answer:
        found = verify_folder(folder)
        answer |= {"ok": found.ok, **asdict(found)}
        _tell(folder, found)
    return 0 if found.ok else 1


def _tell(folder: str, found: Verification) -> None:
    announce_simulation(found.simulated)
    for what in ("missing", "changed", "unexpected"):
        for name in getattr(found, what):
            verify(f"{what}: {name}")
    if found.ok:
        verify(f"✓ {folder}: {plural(found.listed, 'file')} as exported")
        return
    verify(
        f"{folder} is not as exported: {len(found.missing)} missing, {len(found.changed)} changed, "
        f"{len(found.unexpected)} unexpected.\n"
        "A step that was run again changes files: run export_all() after it, and they are listed anew."
    )
