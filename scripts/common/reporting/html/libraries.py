"""The two JavaScript libraries of the reports, taken from the Python packages that ship them.

BokehJS draws the plots, DataTables sorts and searches the tables. Both go into the page whole: it asks no network.
"""

from __future__ import annotations

import re
from importlib import resources

from ...errors import ChipAtlasError


def bokeh_script() -> str:
    """BokehJS without its widgets, as a classic script that defines ``Bokeh``."""
    from bokeh.resources import Resources

    return _inline("\n".join(Resources(mode="inline", components=["bokeh"], log_level="warn").js_raw))


def datatables_script() -> str:
    """DataTables as a module that leaves its class as ``window.DataTable``."""
    source = (resources.files("itables") / "html" / "dt_bundle.js").read_text("utf-8")
    exports = re.findall(r"export\s*\{([^}]*)\}", source)
    name = re.search(r"([\w$]+)\s+as\s+default\b", exports[-1]) if exports else None
    if name is None:
        raise ChipAtlasError(
            "The installed itables ships DataTables in another form than this package knows.\n"
            "Install the version that constraints.txt names."
        )
    return _inline(f"{source}\n;globalThis.DataTable = {name.group(1)};")


def datatables_style() -> str:
    """DataTables' style sheet."""
    style = (resources.files("itables") / "html" / "dt_bundle.css").read_text("utf-8")
    return style.replace("</", r"<\/")


def own(name: str) -> str:
    """A script or style sheet of this folder."""
    return (resources.files(__package__) / name).read_text("utf-8")


def _inline(script: str) -> str:
    """A script fit to stand in a script element: with Unix line ends, as browsers hash it, and no end tag in it."""
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"<(?=/script|!--)", r"\\x3C", script, flags=re.IGNORECASE)
