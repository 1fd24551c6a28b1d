"""``chip-atlas doctor``: what works here, what does not, and what to do about it.

It runs where dependencies are missing, so nothing is imported on its way but the standard library and light modules.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...common.console import progress, verify
from .check import Check
from .dependencies import dependency_checks, missing_packages
from .machine import cache_check, folder_check, installation_check, python_check
from .offline import offline_checks
from .render import as_json, as_text, exit_status


def run_doctor(*, offline: bool = False, json: bool = False) -> int:
    """Examine this machine and print what was found.

    Parameters
    ----------
    offline : bool
        Ask no service.
    json : bool
        Print one JSON object instead of text.

    Returns
    -------
    int
        0 when everything that was examined works, 1 otherwise; a missing extra is no failure.
    """
    checks = list(examine(offline=offline))
    verify(as_json(checks) if json else as_text(checks))
    return exit_status(checks)


def examine(*, offline: bool) -> Iterator[Check]:
    """Every check, in the order of the report."""
    yield python_check()
    yield installation_check()
    yield from dependency_checks()
    yield folder_check()
    missing = missing_packages()
    yield cache_check(missing)
    if not offline:
        yield from _services(missing)
    yield from offline_checks(missing)


def _services(missing: list[str]) -> Iterator[Check]:
    from .services import SERVICES, ask, unasked

    with_bar = "tqdm" not in missing
    for service in progress(SERVICES, desc="Services", unit="service") if with_bar else SERVICES:
        yield unasked(service) if "requests" in missing else ask(service)
