"""Build the documentation site, strictly and without network: ``make docs``.

A warning of Sphinx is an error, and so is a link that leads nowhere.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from docs.check_site import faults

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "docs"
#: The first page, as Sphinx names it after its source.
FIRST = "docs/index.html"


def build(site: Path = SITE) -> int:
    """Build all pages anew.

    Parameters
    ----------
    site : Path
        Replaced.

    Returns
    -------
    int
        0 when everything is well.
    """
    shutil.rmtree(site, ignore_errors=True)
    shutil.rmtree(ROOT / "build" / "docs-session", ignore_errors=True)
    options = ["-b", "html", "-c", str(ROOT / "docs"), "-d", f"{site}.doctrees", "-E", "-q", "-W", "--keep-going"]
    status = sphinx([*options, str(ROOT), str(site)])
    if status:
        return status
    (site / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={FIRST}">'
        f'<title>ChIP-Atlas Skills</title><a href="{FIRST}">ChIP-Atlas Skills</a>\n',
        "utf-8",
    )
    wrong = faults(site)
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    if not wrong:
        sys.stdout.write(f"{site / 'index.html'}: open it in a browser\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(build(*map(Path, sys.argv[1:])))
