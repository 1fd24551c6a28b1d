"""Panels of the best loci: which they are, the numbers that are drawn, the genes, and the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.common.files.manifest import verify_folder
from scripts.diff import export_all, signal_panels, top_loci
from scripts.diff.annotate.features.gene_models import GeneModels
from scripts.diff.signal.genes import LANES, genes_within
from scripts.diff.signal.loci import BINS, TopLoci
from scripts.diff.signal.panels import panels
from scripts.emulator import serve
from tests.diff.tables import make_results, methylation, peaks
from tests.engine.tracks import write_bigwig
from tests.hostile import EVERYWHERE, check_folder

pybigtools = pytest.importorskip("pybigtools")
SIZES = {"chr1": 400_000, "chr2": 60_000}
#: Of each experiment: coverage at loci that are higher in A, in its own reads; and its usable reads.
HEIGHTS = {"a1": (40, 20e6), "a2": (24, 10e6), "b1": (10, 20e6), "b2": (6, 12e6)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Peaks of their experiment's height at 20,000, 40,000 ... of chr1, uneven; nothing on chr2."""
    folder, made = tmp_path_factory.mktemp("tracks"), {}
    for seed, (name, (height, _)) in enumerate(HEIGHTS.items()):
        rng = np.random.default_rng(seed)
        rows = []
        for place in range(20_000, 400_000, 20_000):
            edges = np.unique(rng.integers(place - 400, place + 700, 60))
            rows += [(at, end, height * rng.uniform(0.9, 1.1)) for at, end in pairwise(edges)]
        table = pd.DataFrame(rows, columns=["start", "end", "value"]).assign(chrom="chr1")
        table["value"] = table["value"].astype(np.float32).astype(float)
        made[name] = str(write_bigwig(folder / f"{name}.bw", table, SIZES))
    return made


@pytest.fixture
def results() -> dict[str, Any]:
    """One locus in twelve pieces, the best of all; ten others of falling significance; one that is not significant."""
    pieces = [{"start": 20_000 + 25 * at, "size": 25, "q": 1e-30 * (at + 1)} for at in range(12)]
    others = [{"start": 20_000 * at, "q": 10.0**-at, "logFC": 2.0 if at % 2 else -2.0} for at in range(2, 12)]
    return make_results(peaks([*pieces, *others, {"start": 21_000, "q": 0.7}, {"start": 300_000, "q": 0.9}]))


def asked(files: dict[str, str]) -> dict[str, Any]:
    return {
        "experiments": {"Treated": [files["a1"], files["a2"]], "Control": [files["b1"], files["b2"]]},
        "reads": {files[name]: reads for name, (_, reads) in HEIGHTS.items()},
        "genes": None,
        "workers": 2,
    }


@pytest.fixture
def loci(results: dict[str, Any], files: dict[str, str]) -> TopLoci:
    return top_loci(results, n=5, **asked(files))


def test_loci_and_not_pieces_the_best_first(loci: TopLoci, results: dict[str, Any], files: dict[str, str]) -> None:
    table = loci.table
    assert table["chromStart"].tolist() == [20_000, 220_000, 200_000, 180_000, 160_000]
    assert (table["chromEnd"].iloc[0], table["n_regions"].iloc[0]) == (20_300, 12)
    assert table["qvalue"].is_monotonic_increasing and loci.labels == ["Treated", "Control"]
    assert len(loci.regions[0]) == 13 and loci.regions[0]["significant"].sum() == 12
    assert len(top_loci(results, n=48, **asked(files)).table) == 11  # the significant ones
    assert "5 loci x 4 experiments" in repr(loci) and "<table" in loci._repr_html_()


@pytest.mark.parametrize("flank", [None, 0, 700, 7001])
def test_values_are_those_of_the_files(results: dict[str, Any], files: dict[str, str], flank: int | None) -> None:
    loci = top_loci(results, n=3, flank=flank, **asked(files))
    for at, (name, (_, reads)) in enumerate(HEIGHTS.items()):
        opened = pybigtools.open(files[name])
        for row, (start, width) in enumerate(zip(loci.table["windowStart"], loci.widths, strict=True)):
            bases = opened.values("chr1", int(start), int(start + width * BINS), fillna=0)
            wanted = bases.reshape(BINS, width).mean(axis=1) / (reads / 1e6)
            np.testing.assert_allclose(loci.values[at, row], wanted, rtol=1e-5, atol=1e-6)
            assert loci.positions(row)[0] == start + width / 2
    room = 2000 if flank is None else flank
    table = loci.table
    assert (table["windowStart"] <= table["chromStart"] - room).all()
    assert (table["windowEnd"] >= table["chromEnd"] + room).all()


def test_the_planted_difference_is_in_the_table(loci: TopLoci) -> None:
    # 40 / 20 and 24 / 10 reads per million beside 10 / 20 and 6 / 12.
    np.testing.assert_allclose(loci.table["coverage_a"], 2.2, rtol=0.06)
    np.testing.assert_allclose(loci.table["coverage_b"], 0.5, rtol=0.06)


def test_what_is_drawn_is_what_was_read(loci: TopLoci) -> None:
    figure = panels(loci)
    drawn = [axes for axes in figure.axes if any(line.get_gid() for line in axes.get_lines())]
    assert len(drawn) == len(loci.table)
    for locus, axes in enumerate(drawn):
        means = [line for line in axes.get_lines() if line.get_gid()]
        for line, label in zip(means, loci.labels, strict=True):
            np.testing.assert_allclose(
                line.get_ydata(), loci.of_group(label, locus).astype(float).mean(axis=0), rtol=1e-6
            )
            np.testing.assert_array_equal(line.get_xdata(), loci.positions(locus))
        assert axes.get_xlim() == (loci.table["windowStart"].iloc[locus], loci.table["windowEnd"].iloc[locus])
        assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > np.nanmax(loci.values[:, locus])


def models_of(rows: list[tuple[str, str, int, int, int, int]]) -> GeneModels:
    table = pd.DataFrame(rows, columns=["gene", "strand", "txStart", "txEnd", "cdsStart", "cdsEnd"]).assign(
        chrom="chr1"
    )
    exons = pd.DataFrame({"transcript": table.index, "start": table["txStart"], "end": table["txEnd"]})
    return GeneModels(table, exons, "genes made up")


def test_genes_have_lanes_in_which_names_do_not_meet() -> None:
    rows = [(f"G{at}", "+-"[at % 2], 100 * at, 100 * at + 400, 0, 0) for at in range(40)]
    genes, more = genes_within(models_of([*rows, ("G3", "-", 310, 350, 0, 0)]), "chr1", 1000, 3000, letter=20)
    assert {gene.lane for gene in genes} == set(range(LANES)) and len(genes) + more == 23
    assert len({gene.name for gene in genes}) == len(genes)
    for lane in range(LANES):
        spans = sorted((max(one.start, 1000), max(one.end, one.start + 20 * 5)) for one in genes if one.lane == lane)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert genes_within(models_of(rows), "chr2", 1000, 3000, 20) == ([], 0)


def test_genes_are_named_and_drawn(results: dict[str, Any], files: dict[str, str], tmp_path: Path) -> None:
    models = models_of([("BODY", "+", 15_000, 30_000, 19_000, 29_000), ("FAR", "-", 260_000, 261_000, 0, 0)])
    loci = top_loci(results, n=3, **asked(files) | {"genes": models})
    assert loci.table["gene"].tolist() == ["BODY", "FAR", "FAR"]
    assert loci.table["feature"].tolist() == ["exon", "intergenic", "intergenic"] and loci.source == "genes made up"
    text = signal_panels(loci, tmp_path)[1].read_text("utf-8")
    assert "near FAR" in text and "BODY →" in text and "Genes: genes made up." in text
    assert "chr1:20,000-20,300" in text and "log2FC +2.00, q = 1.0e-30" in text


@pytest.mark.parametrize("simulated", [False, True])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_files(loci: TopLoci, tmp_path: Path, simulated: bool, n: int) -> None:
    shown = replace(loci, simulated=simulated, table=loci.table.head(n))
    paths = signal_panels(shown, tmp_path)
    assert [path.name for path in paths] == ["top_loci.png", "top_loci.svg"]
    text = paths[1].read_text("utf-8")
    assert ("SIMULATED data: not biology" in text) is simulated is (tmp_path / "SIMULATED.txt").is_file()
    assert "Treated (n=2)" in text and "higher in Control, q &lt; 0.05" in text


def test_hostile_names(loci: TopLoci, tmp_path: Path) -> None:
    for at in (0, 16, 18):
        shown = replace(loci, groups=[EVERYWHERE[at]] * 2 + [EVERYWHERE[at + 1]] * 2)
        shown = replace(shown, table=shown.table.assign(gene=EVERYWHERE[at], chrom=EVERYWHERE[at]).head(2))
        signal_panels(shown, tmp_path)
        check_folder(tmp_path)


def test_wrong_questions_are_refused(results: dict[str, Any], files: dict[str, str]) -> None:
    with pytest.raises(InputError, match="methylation bigWig has values at CpGs alone"):
        top_loci(make_results(methylation([{}])))
    with pytest.raises(InputError, match="No region is significant"):
        top_loci(make_results(peaks([{"q": 0.5}])), **asked(files))
    with pytest.raises(InputError, match="n is 0; give a whole number of loci from 1 to 48"):
        top_loci(results, n=0)
    with pytest.raises(InputError, match="flank is -1"):
        top_loci(results, flank=-1)
    with pytest.raises(InputError, match="genes is 'refseq'; give 'ucsc', None"):
        top_loci(results, genes="refseq")


@pytest.fixture
def atlas(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pytest.importorskip("flask")
    with serve() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield


def test_the_comparisons_own_experiments(atlas: None, peak_results: dict[str, Any], tmp_path: Path) -> None:
    export_all(peak_results, tmp_path, annotation="none")
    names = ["SRX5865959", "SRX5865960", "SRX5865965", "SRX5865973"]
    loci = top_loci(peak_results | {"samples": peak_results["samples"].assign(accession=names)}, n=2, workers=2)
    assert loci.simulated and loci.experiments == names
    assert loci.source == "UCSC's ncbiRefSeq of hg38" and loci.table["gene"].str.startswith("SIM").all()
    assert 0 < loci.bytes_read <= loci.bytes_whole
    signal_panels(loci, tmp_path)
    assert verify_folder(tmp_path).ok
