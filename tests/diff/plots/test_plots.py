import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from scripts.common.plotting.drawing import COLOR_A, COLOR_B, drawing
from scripts.common.plotting.points import PixelPoints
from scripts.diff.analysis import Cut
from scripts.diff.diff_result import DiffResult
from scripts.diff.outputs import PLOTS, REGION_PLOTS
from scripts.diff.plots.all_plots import generate_all_plots
from scripts.diff.plots.region_plots import (
    MAX_MINUS_LOG10_Q,
    SIZE_BINS,
    chromosome_counts,
    chromosome_distribution,
    ma_plot,
    size_counts,
    volcano_top,
)
from scripts.diff.plots.sample_plots import principal_components
from scripts.diff.plots.view import PlotView
from scripts.diff.qc.qc_checks import run_qc_checks
from tests.diff.tables import compare, make_results, methylation, peaks


@pytest.mark.parametrize("fixture", ["peak_results", "dmr_results"])
def test_every_plot_as_png_and_svg(tmp_path, request, fixture, capsys):
    saved = generate_all_plots(request.getfixturevalue(fixture), tmp_path, annotate=False)
    # A methylation result holds no counts to compare samples by.
    expected = REGION_PLOTS if fixture == "dmr_results" else PLOTS
    assert tuple(saved) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{ending}" for name in expected for ending in ("png", "svg")
    )
    assert capsys.readouterr().out.splitlines()[-1] == "✓ All visualizations generated successfully!"
    assert "Treated vs Control" in (tmp_path / "volcano_plot.svg").read_text()


@pytest.mark.parametrize(
    "regions",
    [
        peaks([{}]).head(0),
        methylation([{}]).head(0),
        peaks([{}]),
        peaks([{"q": 0.5}, {"q": 0.9, "logFC": 0.0}]),
        peaks([{"q": 0.0}, {"q": 1.0, "logFC": -1.0}]),
        peaks([{"q": float("nan"), "logFC": float("nan")}, {}]),
    ],
    ids=["none", "no-dmr", "one", "nothing-significant", "q-zero", "missing"],
)
def test_results_at_the_edge_can_be_drawn(tmp_path, regions):
    saved = generate_all_plots(make_results(regions), tmp_path, annotate=False)
    assert all(path.stat().st_size > 0 for paths in saved.values() for path in paths)


def test_simulated_plots_say_so(tmp_path):
    generate_all_plots(make_results(peaks([{}, {"logFC": -2.0}]), simulated=True), tmp_path, annotate=False)
    assert (tmp_path / "SIMULATED.txt").exists()
    for name in PLOTS:
        assert "SIMULATED" in (tmp_path / f"{name}.svg").read_text()


def test_legend_counts_what_is_drawn():
    results = make_results(peaks([{}, {}, {"logFC": -2.0}, {"q": 0.6}]))
    view = PlotView.of(DiffResult.of(results))
    assert view.legend_order == ["Higher in Treated (n=2)", "Higher in Control (n=1)", "q ≥ 0.05 (n=1)"]
    assert view.regions["status"].value_counts().to_dict() == dict(zip(view.legend_order, [2, 1, 1], strict=True))


@pytest.mark.slow
def test_same_results_draw_the_same_picture(tmp_path, peak_results):
    first, second = tmp_path / "1", tmp_path / "2"
    generate_all_plots(peak_results, first, annotate=False)
    generate_all_plots(peak_results, second, annotate=False)
    import matplotlib.image

    for name in PLOTS:
        assert np.array_equal(*(matplotlib.image.imread(folder / f"{name}.png") for folder in (first, second)))


def test_a_few_extreme_regions_do_not_flatten_the_volcano():
    usual = np.linspace(2, 40, 200)
    assert volcano_top(usual) == MAX_MINUS_LOG10_Q
    assert 60 < volcano_top(np.append(usual, [np.inf, 250.0, np.nan])) < 100
    assert volcano_top(np.array([])) == MAX_MINUS_LOG10_Q


def test_volcano_names_the_top_genes_once_each(tmp_path):
    results = make_results(peaks([{"q": 10.0 ** -(9 - n), "logFC": 2.0 + n / 4} for n in range(6)] + [{"q": 0.5}]))
    genes = ["ALPHA", "ALPHA (+0.4kb)", "", "BETA (-2.1kb)", "GAMMA", "", "NOTSIGNIFICANT"]
    results["nearest_genes"] = pd.Series(genes, index=results["diff_regions"].index)
    generate_all_plots(results, tmp_path, annotate=False)
    drawn = (tmp_path / "volcano_plot.svg").read_text()
    assert [drawn.count(f">{name}<") for name in ("ALPHA", "BETA", "GAMMA", "NOTSIGNIFICANT")] == [1, 1, 1, 0]


def test_principal_components_tell_groups_apart():
    rng = np.random.default_rng(0)
    base = rng.uniform(5, 200, (500, 1)) * rng.lognormal(0, 0.05, (500, 6))
    base[:100, :3] *= 8
    coordinates, explained, used = principal_components(pd.DataFrame(base, columns=list("abcdef")))
    assert used == 500
    assert explained[0] > 0.8
    assert np.sign(coordinates[:3, 0]).tolist() != np.sign(coordinates[3:, 0]).tolist()
    assert abs(coordinates[:3, 0].mean() - coordinates[3:, 0].mean()) > 5 * coordinates[:3, 0].std()


@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (5, 3), (10, 1)])
def test_principal_components_of_next_to_nothing(shape):
    coordinates, explained, _ = principal_components(pd.DataFrame(np.ones(shape)))
    assert np.isfinite(coordinates).all()
    assert explained.tolist() == [0, 0]


def test_chromosome_bars_are_the_counts_of_significant_regions():
    rows = [{"chrom": "chr1"}, {"chrom": "chr1", "logFC": -2.0}, {"chrom": "chr1"}, {"chrom": "chr22", "logFC": -2.0}]
    rows += [{"chrom": "chr5", "q": 0.5}, {"chrom": "chrX"}, {"chrom": "chrM", "q": 0.9}]
    view = PlotView.of(DiffResult.of(make_results(peaks(rows))))
    bars = chromosome_counts(view)
    assert list(bars["chrom"].cat.categories) == [*[f"chr{n}" for n in range(1, 23)], "chrX", "chrM"]
    found = {(row.chrom, row.status.split(" (")[0]): row.regions for row in bars.itertuples()}
    assert found == {
        ("chr1", "Higher in Treated"): 2,
        ("chr1", "Higher in Control"): 1,
        ("chr22", "Higher in Control"): 1,
        ("chrX", "Higher in Treated"): 1,
    }


@pytest.mark.parametrize("sizes", [[300], [200, 200], [10, 10, 5000, 5000, 700], [0, 0, 900]])
def test_every_region_stands_in_one_bar_of_its_size(sizes):
    rows = [{"size": size, "q": 0.5 if number == 1 else 0.01} for number, size in enumerate(sizes)]
    view = PlotView(peaks(rows), labels=("A", "B"), genome="hg38", cut=Cut(), simulated=False)
    bars, width = size_counts(view)
    assert (
        bars.groupby("status", observed=False)["regions"].sum().to_dict()
        == view.regions["status"].value_counts().to_dict()
    )
    for size in sizes:
        inside = np.abs(np.log10(bars["size"]) - np.log10(max(size, 1))) <= width / 2 + 1e-9
        assert bars["regions"][inside].sum() >= sizes.count(size)
    assert len(bars) == SIZE_BINS * len(view.regions["status"].cat.categories)


def test_a_significant_region_without_an_effect_is_drawn_and_named_so(tmp_path):
    """It is in neither direction, and no reason to draw every one of the others."""
    rows = [{}, {"logFC": -2.0}, {"logFC": 0.0}, *[{"q": 0.5, "logFC": 0.0}] * 3]
    results = make_results(peaks(rows))
    view = PlotView.of(DiffResult.of(results))
    assert view.legend_order[2] == "q ≥ 0.05 or no effect (n=4)"
    generate_all_plots(results, tmp_path, annotate=False)
    with drawing():
        layers = [layer for layer in ma_plot(view).axes[0].lines if isinstance(layer, PixelPoints)]
    assert [(len(layer.get_xydata()), layer.once) for layer in layers] == [
        (3, True),
        (1, False),
        (1, False),
        (1, False),
    ]


def test_regions_that_a_finding_advises_against_are_not_named(tmp_path):
    rows = [{"logFC": 1.0}, {"logFC": -1.2}]
    rows += [{"chrom": "chrY", "start": 4_000_000 * n, "logFC": 8.0, "count_a": 90.0, "count_b": 0.0} for n in range(4)]
    results = make_results(peaks(rows))
    results["qc_warnings"] = run_qc_checks(compare(results["diff_regions"]))
    regions = results["diff_regions"]
    results["nearest_genes"] = "NEAR_" + regions["chrom"] + "_" + regions["chromStart"].astype(str)
    generate_all_plots(results, tmp_path)
    svg = (tmp_path / "volcano_plot.svg").read_text()
    assert "NEAR_chr1_0" in svg and "NEAR_chrY" not in svg
    assert "Not named: 4 regions that a major finding advises not to interpret" in svg


@pytest.mark.slow
def test_a_callers_layout_settings_change_nothing(tmp_path, peak_results):
    import matplotlib

    generate_all_plots(peak_results, tmp_path / "1", annotate=False)
    with matplotlib.rc_context({"figure.autolayout": True, "figure.constrained_layout.use": True}):
        generate_all_plots(peak_results, tmp_path / "2", annotate=False)
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name


def test_no_bar_has_the_colour_of_a_missing_value():
    """Every colour in the picture is one the legend explains."""
    rows = [{"chrom": f"chr{n}", "logFC": 2.0 if n % 2 else -2.0} for n in (1, 2, 5, 22)]
    with drawing():
        figure = chromosome_distribution(PlotView.of(DiffResult.of(make_results(peaks(rows))))).draw()
    faces = [collection.get_facecolor() for axes in figure.axes for collection in axes.collections]
    colors = {to_hex(color) for face in faces for color in face}
    assert colors == {COLOR_A.lower(), COLOR_B.lower()}


@pytest.mark.slow
def test_many_regions_are_drawn_at_the_pixels_of_all_of_them(tmp_path, monkeypatch):
    """Thinned or not, a picture has the same painted pixels, every significant region, and text that is text."""
    from matplotlib.image import imread

    from scripts.common.plotting import points

    rng = np.random.default_rng(6)
    n = 30_000
    rows = pd.DataFrame({"logFC": rng.normal(0, 1, n), "q": rng.uniform(1e-6, 1, n), "count_a": rng.lognormal(4, 1, n)})
    results = make_results(peaks(rows.to_dict("records")))
    generate_all_plots(results, tmp_path / "thinned", annotate=False)
    monkeypatch.setattr(points, "first_on_pixel", lambda position: np.arange(len(position)))
    generate_all_plots(results, tmp_path / "every", annotate=False)
    for name in ("volcano_plot", "ma_plot"):
        thinned, every = (imread(tmp_path / kind / f"{name}.png")[..., :3] for kind in ("thinned", "every"))
        assert np.array_equal((thinned < 1).any(axis=2), (every < 1).any(axis=2))
        assert np.abs(thinned - every).mean() < 0.02
        svg = tmp_path / "thinned" / f"{name}.svg"
        assert svg.stat().st_size < 2_000_000
        assert "Treated vs Control" in svg.read_text()
