"""What still works when no service can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from ...common.invocation import command
from ...common.requirements import OFFLINE, install
from ...common.text import plural
from .check import Check
from .dependencies import installed_version, package_name, read_requirements


def offline_checks(missing: list[str]) -> Iterator[Check]:
    """Plots and tables of kept results need no service; the demonstration needs its extra and none either."""
    if missing:
        yield Check("kept results", "offline", "note", f"{plural(len(missing), 'package')} missing")
    else:
        how = 'plots and tables from an analysis_object.pkl of your own (annotate=False, annotation="none")'
        yield Check("kept results", "offline", "ok", how)
    lacking = [
        *missing,
        *(name for name in map(package_name, read_requirements(OFFLINE)) if not installed_version(name)),
    ]
    data = {"lacking": lacking}
    if lacking:
        remedy = install(OFFLINE)
        detail = f"the SIMULATED demonstration lacks {plural(len(lacking), 'package')}"
        yield Check("demonstration", "offline", "note", detail, remedy, data)
    else:
        detail = f"`{command('demo')}` and `{command('serve')}`, SIMULATED data"
        yield Check("demonstration", "offline", "ok", detail, "", data)
