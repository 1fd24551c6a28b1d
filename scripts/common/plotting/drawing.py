"""What every plot shares: colours, theme, the SIMULATED caption, and saving as PNG and SVG."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ..console import progress, say
from ..files.cache_folder import cache_folder
from ..files.writing import atomic, write_text
from ..text import clean_label
from .letters import isolated
from .memory import give_back

#: The colours ChIP-Atlas's own IGV tracks give the two groups, so that plot and genome browser agree.
COLOR_A = "#DE8344"
COLOR_B = "#6A99D0"
COLOR_UNCHANGED = "#BFBFBF"
COLOR_ACCENT = "#3B6EA5"
DIRECTION_COLORS = {"A_enriched": COLOR_A, "B_enriched": COLOR_B, "unchanged": COLOR_UNCHANGED}

PNG_DPI = 300
#: Around everything that is drawn.
MARGIN_INCHES = 0.1
#: Of zlib, which by default works half as long again for a file a tenth smaller.
PNG_COMPRESSION = 3
#: Of the rasterised point layers inside an SVG; everything else there is vector.
SVG_DPI = 200
#: Of the identifiers inside an SVG, random without it: the same results draw the same file.
SVG_SALT = "chip-atlas-skills"
SIMULATED_CAPTION = "SIMULATED data: not biology"

#: What no XML document may hold, escaped or not (XML 1.0, section 2.2); matplotlib writes it as it is.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: A plot: its file name without ending, and a function that draws it into a matplotlib figure.
Plot = tuple[str, Callable[[], Any]]


def prism_theme(*, width: float, height: float, **options: Any) -> Any:
    """plotnine-prism's theme with what all plots share on top; `width` and `height` in inches."""
    import plotnine as p9
    from plotnine_prism import theme_prism

    return theme_prism(base_size=11) + p9.theme(
        figure_size=(width, height),
        plot_title=p9.element_text(size=12, lineheight=1.35, margin={"b": 8}),
        plot_caption=p9.element_text(size=9, weight="normal", lineheight=1.3, ha="right"),
        axis_title=p9.element_text(lineheight=1.35),
        axis_title_x=p9.element_text(margin={"t": 6}),
        legend_position="bottom",
        legend_direction="horizontal",
        legend_box_spacing=0.03,
        legend_text=p9.element_text(size=10, weight="normal", margin={"l": 4, "r": 12}),
        **options,
    )


def integer_breaks(limits: tuple[float, float]) -> list[float]:
    """Axis breaks for counts: whole numbers only, or 2.5 would be labelled 2."""
    from matplotlib.ticker import MaxNLocator

    return [value for value in MaxNLocator(nbins=6, integer=True).tick_values(*limits) if value >= 0]


def thousands(values: Iterable[float]) -> list[str]:
    """Axis labels with thousands separators."""
    return [f"{value:,.0f}" for value in values]


def literal(text: str) -> str:
    """A name as a plot can show it: one line, nothing unseen but what keeps one from right to left apart.

    Dollar signs are no formula inside `drawing`.
    """
    return isolated(clean_label(text))


def as_given(text: str) -> str:
    """What `literal` was given: for where matplotlib does not draw."""
    return text.replace(r"\$", "$")


def caption(simulated: bool, note: str = "") -> str:
    """A plot's caption: a note of its own and, where due, the SIMULATED mark."""
    return "\n".join(filter(None, [note, SIMULATED_CAPTION if simulated else ""]))


def _load_matplotlib() -> None:
    """Load matplotlib so that its list of fonts is kept with the downloads: a home folder gets nothing from here.

    Where the user has a folder for it already, or has named one, that is used.
    """
    if "matplotlib" in sys.modules or "MPLCONFIGDIR" in os.environ or _has_matplotlib_folder():
        return
    os.environ["MPLCONFIGDIR"] = str(cache_folder() / "matplotlib")
    try:
        # It settles its folders when this is loaded.
        import_module("matplotlib.font_manager")
    finally:
        del os.environ["MPLCONFIGDIR"]


def _has_matplotlib_folder() -> bool:
    settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folders = (f"{settings}/matplotlib", f"{cache}/matplotlib", "~/.matplotlib")
    try:
        return any(Path(folder).expanduser().exists() for folder in folders)
    except RuntimeError:  # there is no home folder
        return False


@contextmanager
def drawing() -> Iterator[None]:
    """Draw without a screen, keep text as text in SVG, and leave the caller's matplotlib settings as they were."""
    _load_matplotlib()
    import matplotlib

    backend = matplotlib.get_backend()
    with (
        # No formulas: a name with two dollar signs would be read as one, and a broken one ends the drawing.
        matplotlib.rc_context(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": SVG_SALT,
                "figure.max_open_warning": 0,
                "text.parse_math": False,
                # Where things stand is settled here, once (`_laid_out`), whatever the caller's settings say.
                "figure.autolayout": False,
                "figure.constrained_layout.use": False,
            }
        ),
        warnings.catch_warnings(),
    ):
        # plotnine 0.12 warns about its own use of newer pandas and matplotlib, and about points out of the axes.
        warnings.filterwarnings("ignore", module="plotnine")
        warnings.filterwarnings("ignore", module="mizani")
        # A letter that no font has is drawn as a box, which `letters` tells once; one warning a letter helps nobody.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        matplotlib.use("Agg")
        try:
            yield
        finally:
            matplotlib.use(backend)


def save_plots(plots: Iterable[Plot], folder: Path) -> dict[str, list[Path]]:
    """Draw each plot and save it as ``name.png`` (300 dpi) and ``name.svg``.

    The PNG is always made; an SVG that cannot be made is said and left out.

    Returns
    -------
    dict
        Plot name -> the files written.
    """
    _load_matplotlib()
    import matplotlib.pyplot as plt

    plots = list(plots)
    saved: dict[str, list[Path]] = {}
    with drawing():
        for name, draw in progress(plots, desc="Plots", unit="plot"):
            figure = _as_figure(draw())
            try:
                area = _laid_out(figure)
                saved[name] = [_save(figure, folder / f"{name}.png", area, dpi=PNG_DPI)]
                try:
                    saved[name].append(_save(figure, folder / f"{name}.svg", area, dpi=SVG_DPI))
                except (ValueError, RuntimeError, ImportError) as error:
                    # An earlier run's drawing must not stand beside this run's.
                    (folder / f"{name}.svg").unlink(missing_ok=True)
                    say(f"  {name}.svg could not be made ({error}); the PNG is complete.")
            finally:
                plt.close(figure)
                # A figure and what is in it refer to each other: with its points and pixels, tens of megabytes stay
                # until they are looked for.
                del figure
                give_back()
            say(f"  Saved: {', '.join(path.name for path in saved[name])}")
    return saved


def _as_figure(drawn: Any) -> Any:
    return drawn.draw() if hasattr(drawn, "draw") and not hasattr(drawn, "savefig") else drawn


def _laid_out(figure: Any) -> Any:
    """Settle where everything stands, and give the area that holds it all, in inches.

    Done once for both files: matplotlib would do it for each, and draw all points for it.
    """
    from .canvas import Canvas

    Canvas(figure)  # is the figure's from here on
    figure.dpi = PNG_DPI
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    return figure.get_tightbbox().padded(MARGIN_INCHES)


def _save(figure: Any, path: Path, area: Any, **options: Any) -> Path:
    with atomic(path) as temporary:
        figure.savefig(temporary, bbox_inches=area, facecolor="white", **_file_options(path), **options)
        if path.suffix == ".svg":
            drawing_text = temporary.read_text("utf-8", errors="surrogatepass")
            if _NOT_IN_XML.search(drawing_text):
                write_text(temporary, _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", drawing_text))
    return path


def _file_options(path: Path) -> dict[str, Any]:
    # No date: the same results draw the same file.
    if path.suffix == ".svg":
        return {"metadata": {"Date": None, "Creator": "ChIP-Atlas Skills"}}
    return {"metadata": {"Software": "ChIP-Atlas Skills"}, "pil_kwargs": {"compress_level": PNG_COMPRESSION}}
