"""``chip-atlas doctor``."""

from __future__ import annotations

import click

from . import run_doctor


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Do not ask the services.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(offline: bool, as_json: bool) -> int:
    """Say what works here, what does not, and what to do about it.

    Ends with 0 when everything that was examined works, else with 1; a missing extra is no failure.
    """
    return run_doctor(offline=offline, json=as_json)
