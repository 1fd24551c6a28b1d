"""Resources: reports and plots of the folders, and the reference documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from ..common.errors import ChipAtlasError, NotFoundError
from ..diff.outputs import CCRES, FEATURES, PLOTS
from ..targets import outputs as of_targets
from .answers import REPORT
from .folders import Folders
from .references import first_heading, reference_files

MARKDOWN, PNG = "text/markdown", "image/png"
_PICTURES = {*PLOTS, FEATURES, CCRES, *of_targets.PLOTS, of_targets.EXPRESSION_PLOT, of_targets.SPECIFICITY_PLOT}


def add_resources(server: MCPServer, folders: Folders) -> None:
    """Add the documents, each by its name, and templates for the reports and plots of results."""
    for name, path in reference_files().items():
        address, title = f"chip-atlas://references/{name}", first_heading(path)
        server.resource(address, name=name, title=title, mime_type=MARKDOWN)(_reader(path))

    def report(output_dir: str) -> str:
        return _file(folders, output_dir, REPORT).read_text("utf-8")

    def plot(output_dir: str, name: str) -> bytes:
        if name.removesuffix(".png") not in _PICTURES:
            raise ResourceNotFoundError(f"No plot is called {name!r}; there are: {', '.join(sorted(_PICTURES))}.")
        return _file(folders, output_dir, name).read_bytes()

    about = "The report of results, in Markdown; output_dir as the tools answer it."
    server.resource("chip-atlas://report/{+output_dir}", name="report", description=about, mime_type=MARKDOWN)(report)
    about = "A plot of results, 300 dpi; its name as the tools answer it."
    server.resource("chip-atlas://plot/{+output_dir}/{name}", name="plot", description=about, mime_type=PNG)(plot)


def _reader(path: Path) -> Callable[[], str]:
    def read() -> str:
        return path.read_text("utf-8")

    return read


def _file(folders: Folders, output_dir: str, name: str) -> Path:
    try:
        path = folders.inside(folders.results(output_dir) / name)
    except NotFoundError as error:
        raise ResourceNotFoundError(str(error)) from error
    except ChipAtlasError as error:
        raise ResourceError(f"{error.code}: {error}") from error
    if not path.is_file():
        raise ResourceNotFoundError(f"{output_dir!r} holds no {name}. Fetch the result first.")
    return path
