from __future__ import annotations

import re
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from scripts.common.errors import OutputError
from scripts.common.plotting import drawing as plotting


@pytest.fixture(autouse=True)
def no_screen():
    mpl.use("Agg")
    yield
    plt.close("all")


def draw() -> Figure:
    figure, axes = plt.subplots(figsize=(2, 1.5))
    axes.scatter([1, 2], [3, 4], rasterized=True)
    axes.set_title("Readable title")
    return figure


class Fragile(Figure):
    """A figure whose SVG fails with `error`."""

    error: Exception = ValueError("too many points")

    def savefig(self, target, **options):
        if str(target).endswith(".svg"):
            raise self.error
        super().savefig(target, **options)


def resolution(png: bytes) -> int:
    """Dots per inch, from the pHYs chunk (pixels per metre)."""
    at = png.index(b"pHYs") + 4
    return round(struct.unpack(">I", png[at : at + 4])[0] * 0.0254)


def test_a_plot_is_saved_as_png_of_300_dpi_and_as_svg(tmp_path, listing):
    saved = plotting.save_plots([("volcano", draw), ("ma", draw)], tmp_path)
    assert saved == {name: [tmp_path / f"{name}.png", tmp_path / f"{name}.svg"] for name in ("volcano", "ma")}
    assert listing(tmp_path) == ["ma.png", "ma.svg", "volcano.png", "volcano.svg"]
    png = (tmp_path / "volcano.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert resolution(png) == 300


def test_text_in_the_svg_is_text(tmp_path):
    plotting.save_plots([("volcano", draw)], tmp_path)
    assert re.search(r"<text[^>]*>Readable title</text>", (tmp_path / "volcano.svg").read_text())


def test_the_same_plot_is_the_same_file(tmp_path):
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        plotting.save_plots([("volcano", draw)], tmp_path / name)
        written.append([(tmp_path / name / f"volcano.{kind}").read_bytes() for kind in ("png", "svg")])
    assert written[0] == written[1]


def test_what_draws_itself_is_drawn(tmp_path):
    class Ggplot:
        """plotnine's plots have `draw` and no `savefig`."""

        draw = staticmethod(draw)

    plotting.save_plots([("p", Ggplot)], tmp_path)
    assert "Readable title" in (tmp_path / "p.svg").read_text()


def test_settings_backend_warnings_and_open_figures_of_the_caller_are_left_alone(tmp_path):
    mpl.use("svg")
    mine = plt.figure()
    settings, filters = dict(mpl.rcParams), list(warnings.filters)
    plotting.save_plots([("volcano", draw)], tmp_path)
    assert mpl.get_backend().lower() == "svg"
    assert dict(mpl.rcParams) == settings
    assert list(warnings.filters) == filters
    assert plt.get_fignums() == [mine.number]


def test_settings_are_left_alone_when_drawing_fails(tmp_path, listing):
    mpl.use("svg")
    settings = dict(mpl.rcParams)

    def fail():
        raise KeyError("logFC")

    with pytest.raises(KeyError, match="logFC"):
        plotting.save_plots([("volcano", fail)], tmp_path)
    assert mpl.get_backend().lower() == "svg"
    assert dict(mpl.rcParams) == settings
    assert listing(tmp_path) == []


def test_no_screen_is_needed_while_drawing():
    mpl.use("svg")
    with plotting.drawing():
        assert mpl.get_backend().lower() == "agg"
        assert mpl.rcParams["svg.fonttype"] == "none"


@pytest.mark.parametrize("error", [ValueError("too many points"), RuntimeError("x"), ImportError("x")])
def test_an_svg_that_fails_is_said_and_the_png_stands(tmp_path, listing, capsys, error):
    figure = plt.figure(FigureClass=Fragile)
    figure.error = error
    (tmp_path / "volcano.svg").write_text("an earlier run's drawing")
    saved = plotting.save_plots([("volcano", lambda: figure), ("ma", draw)], tmp_path)
    assert saved["volcano"] == [tmp_path / "volcano.png"]
    assert listing(tmp_path) == ["ma.png", "ma.svg", "volcano.png"]
    assert f"volcano.svg could not be made ({error}); the PNG is complete." in capsys.readouterr().out


def test_a_full_disk_is_not_taken_for_a_failed_svg(tmp_path):
    figure = plt.figure(FigureClass=Fragile)
    figure.error = OSError(28, "No space left on device")
    with pytest.raises(OutputError, match=r"volcano\.svg: No space left"):
        plotting.save_plots([("volcano", lambda: figure)], tmp_path)


def test_a_missing_folder(tmp_path):
    with pytest.raises(OutputError, match=r"Cannot write .*gone.volcano\.png"):
        plotting.save_plots([("volcano", draw)], tmp_path / "gone")


def test_no_plots(tmp_path):
    assert plotting.save_plots(iter([]), tmp_path) == {}


@pytest.mark.parametrize(
    ("simulated", "note", "expected"),
    [
        (False, "", ""),
        (False, "n = 5", "n = 5"),
        (True, "", plotting.SIMULATED_CAPTION),
        (True, "n = 5", f"n = 5\n{plotting.SIMULATED_CAPTION}"),
    ],
)
def test_caption(simulated, note, expected):
    assert plotting.caption(simulated, note) == expected
    assert "SIMULATED" in plotting.SIMULATED_CAPTION


@pytest.mark.parametrize("limits", [(0, 3), (0, 5), (-0.2, 4.7), (0, 10_000), (0, 1)])
def test_breaks_of_counts_are_whole_and_not_negative(limits):
    breaks = plotting.integer_breaks(limits)
    assert len(breaks) >= 2
    assert all(value >= 0 and value == int(value) for value in breaks)


def test_thousands():
    assert plotting.thousands([0, 1234.4, 1e6, -5000]) == ["0", "1,234", "1,000,000", "-5,000"]


def test_directions_have_the_colours_of_the_two_groups():
    assert plotting.DIRECTION_COLORS["A_enriched"] == plotting.COLOR_A
    assert plotting.DIRECTION_COLORS["B_enriched"] == plotting.COLOR_B
    assert set(plotting.DIRECTION_COLORS) == {"A_enriched", "B_enriched", "unchanged"}


def test_importing_the_module_imports_no_plotting_library():
    code = (
        "import sys, scripts.common.plotting.drawing; print({'matplotlib', 'plotnine', 'seaborn'} & set(sys.modules))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
