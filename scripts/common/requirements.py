"""Where the lists of packages lie that pip installs: in the package, whichever way that was installed."""

from __future__ import annotations

import shlex
from pathlib import Path

from .errors import MissingExtraError

_PACKAGE = Path(__file__).resolve().parents[1]
#: What the skills need.
CORE = _PACKAGE / "requirements.txt"
#: And what designs, BAM and bigBed files in the local engine need besides.
OFFLINE = _PACKAGE / "requirements-offline.txt"
#: And what the atlas of all factors needs besides.
ATLAS = _PACKAGE / "requirements-atlas.txt"
#: And what reading and writing .xlsx needs besides.
EXCEL = _PACKAGE / "requirements-excel.txt"
#: And what enrichment of gene sets needs besides.
GENE_SETS = _PACKAGE / "requirements-genesets.txt"
#: And what the server for agents needs besides.
MCP = _PACKAGE / "requirements-mcp.txt"


def install(requirements: Path) -> str:
    """The command that installs a list, from any folder."""
    return f"pip install -r {shlex.quote(str(requirements))}"


def not_installed(what: str, package: str | None, requirements: Path) -> MissingExtraError:
    """The error for a package of a list that `what` needs."""
    return MissingExtraError(
        f"{what} needs {package or 'a package'}, which is not installed.\nInstall it: {install(requirements)}"
    )
