"""What is taken away: BED, bedGraph, track hub, IGV session and workbook, each parsed back."""

from __future__ import annotations

import builtins
import io
import pickle
import re
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.endpoints import data_url
from scripts.common.errors import InputError, MissingExtraError
from scripts.common.files.manifest import verify_folder
from scripts.common.findings import Finding
from scripts.diff import export_all, export_tracks, recut
from scripts.diff.outputs import TAKEAWAY_FILES
from scripts.diff.report.browser.tracks import without_overlaps
from tests.diff.tables import make_results, peaks
from tests.hostile import EVERYWHERE, check_console, check_folder

pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")
ORANGE, BLUE = "222,131,68", "106,153,208"
BED9 = ["chrom", "start", "end", "name", "score", "strand", "thick_start", "thick_end", "color"]
LABELS = ['24h "high" dose', "new\nline\ttab", "A=B", "back\\slash", "' OR ''='", "日本語", "x" * 5000, "<b>&amp;"]


def read_track(path: Path, columns: list[str]) -> tuple[dict[str, str], pd.DataFrame]:
    """The settings of a track line as a reader splits them, and the rows under it."""
    line, _, rest = path.read_text("utf-8").partition("\n")
    kind, *words = shlex.split(line)
    assert kind == "track" and all(re.fullmatch(r"\w+=.*", word) for word in words), line
    table = pd.read_csv(io.StringIO(rest), sep="\t", names=columns, dtype={"chrom": str, "name": str})
    return dict(word.split("=", 1) for word in words), table


def is_sorted(table: pd.DataFrame) -> bool:
    return table.equals(table.sort_values(["chrom", "start", "end"], kind="stable").reset_index(drop=True))


def stanzas(text: str) -> list[dict[str, str]]:
    """A file of a hub: every line a key and a value, empty lines between stanzas."""
    found = []
    for block in text.strip().split("\n\n"):
        pairs = [re.fullmatch(r"([A-Za-z]\w*) (\S.*)", line) for line in block.splitlines()]
        assert all(pairs), block
        keys = [pair[1] for pair in pairs if pair]
        assert len(keys) == len(set(keys))
        found.append({pair[1]: pair[2] for pair in pairs if pair})
    return found


@pytest.fixture
def local_results(peak_results: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Own files in group A, one of them of a kind that no browser reads as coverage; public ones in B."""
    peak_results["samples"] = pd.DataFrame({"accession": ["mine1", "mine2", "SRX3", "SRX4"], "group": list("AABB")})
    public = [data_url("hg38", "eachData", "bw", f"SRX{number}.bw") for number in (3, 4)]
    places = [str(tmp_path / "own files" / "mine1.bw"), "mine2.cov.gz", *public]
    peak_results["provenance"]["inputs"] = [
        {"name": name, "group": group, "bigwig": place}
        for name, group, place in zip(["mine1", "mine2", "SRX3", "SRX4"], "AABB", places, strict=True)
    ]
    return peak_results


@pytest.mark.parametrize(("group", "color", "direction"), [("a", ORANGE, "A_enriched"), ("b", BLUE, "B_enriched")])
def test_bed_holds_the_significant_regions_of_a_group(peak_results, tmp_path, group, color, direction):
    written = export_tracks(peak_results, tmp_path)
    settings, bed = read_track(written[f"higher_in_{group}.bed"], BED9)
    regions = peak_results["diff_regions"]
    wanted = regions[regions["significant"] & (regions["direction"] == direction)]
    label = {"a": "Treated", "b": "Control"}[group]
    assert settings["name"] == f"Higher in {label}" and settings["itemRgb"] == "On"
    assert f"q < 0.05, {len(wanted)} regions" in settings["description"]
    assert len(bed) == len(wanted) > 50 and is_sorted(bed)
    found = bed.set_index(["chrom", "start", "end"])
    keyed = wanted.set_index(["chrom", "chromStart", "chromEnd"])
    assert set(found.index) == set(keyed.index)  # 0-based, half-open, as the table is
    assert (found["score"] == keyed["score"].reindex(found.index)).all() and bed["score"].between(0, 1000).all()
    assert (bed["thick_start"] == bed["start"]).all() and (bed["thick_end"] == bed["end"]).all()
    assert set(bed["strand"]) == {"."} and set(bed["color"]) == {color}
    assert bed["name"][0] == f"{bed['chrom'][0]}:{bed['start'][0]}-{bed['end'][0]}"


def test_genes_that_were_looked_up_are_names(tmp_path):
    results = make_results(peaks([{"q": 1e-9 * (n + 1)} for n in range(5)]))
    genes = ["SEPT9", "GENE1, GENE2", "MARCH1 (+2.1kb)", ""]
    results["nearest_genes"] = pd.Series(genes, index=results["diff_regions"].index[:4])
    _, bed = read_track(export_tracks(results, tmp_path, workbook=False)["higher_in_a.bed"], BED9)
    assert bed["name"].tolist() == ["SEPT9", "GENE1,GENE2", "MARCH1_(+2.1kb)", "chr1:30000-30300", "chr1:40000-40300"]


def test_bedgraph_holds_every_effect_once(peak_results, tmp_path):
    settings, graph = read_track(
        export_tracks(peak_results, tmp_path)["logfc.bedgraph"], ["chrom", "start", "end", "v"]
    )
    regions = peak_results["diff_regions"].set_index(["chrom", "chromStart", "chromEnd"])
    assert settings["type"] == "bedGraph" and settings["name"] == "log2 fold change Treated / Control"
    assert (settings["color"], settings["altColor"]) == (ORANGE, BLUE)
    assert len(graph) == len(regions) and is_sorted(graph)
    effects = regions["logFC"].reindex(pd.MultiIndex.from_frame(graph[["chrom", "start", "end"]]))
    np.testing.assert_allclose(graph["v"], effects, rtol=1e-6)


def test_regions_that_overlap_are_cut_as_base_by_base(tmp_path):
    rng = np.random.default_rng(3)
    starts = rng.integers(0, 400, 60)
    table = pd.DataFrame({"chrom": rng.choice(["chr1", "chr2"], 60), "chromStart": starts})
    table["chromEnd"] = starts + rng.integers(1, 80, 60)
    table["v"] = np.arange(60)
    cut, lost = without_overlaps(table)
    bases: dict[tuple[str, int], int] = {}
    for chrom, start, end, value in table.itertuples(index=False, name=None):
        for base in range(start, end):
            bases.setdefault((chrom, base), value)
    again: dict[tuple[str, int], int] = {}
    for chrom, start, end, value in cut.itertuples(index=False, name=None):
        assert start < end
        for base in range(start, end):
            assert (chrom, base) not in again
            again[chrom, base] = value
    assert again == bases
    kept = pd.Series(list(bases.values())).value_counts()
    sizes = table.set_index("v")["chromEnd"] - table.set_index("v")["chromStart"]
    assert lost == int((kept.reindex(sizes.index, fill_value=0) < sizes).sum()) > 10


def test_overlaps_and_duplicates_are_said(tmp_path, capsys):
    rows = [{"start": 100, "size": 300, "logFC": 3.0, "q": 1e-9}, {"start": 200, "size": 300, "logFC": -2.0, "q": 1e-5}]
    results = make_results(peaks([*rows, {"start": 100, "size": 300, "logFC": 1.0, "q": 0.5}]))
    path = export_tracks(results, tmp_path, workbook=False)["logfc.bedgraph"]
    assert path.read_text().splitlines()[1:] == ["chr1\t100\t400\t3", "chr1\t400\t500\t-2"]
    assert "2 regions overlap a better one" in capsys.readouterr().out


def test_methylation_is_called_so(dmr_results, tmp_path):
    written = export_tracks(dmr_results, tmp_path)
    settings, graph = read_track(written["methylation_difference.bedgraph"], ["chrom", "start", "end", "v"])
    assert "logfc.bedgraph" not in written and graph["v"].abs().max() < 1
    assert settings["name"] == "Methylation difference Treated - Control"
    assert read_track(written["higher_in_a.bed"], BED9)[0]["name"] == "Methylation higher in Treated"
    assert "eachData/bs/methyl/SRX1.methyl.bw" in written["hub/trackDb.txt"].read_text()


def test_hub_lists_the_public_coverage_by_group(peak_results, tmp_path):
    written = export_tracks(peak_results, tmp_path)
    (hub,) = stanzas(written["hub/hub.txt"].read_text())
    assert set(hub) == {"hub", "shortLabel", "longLabel", "genomesFile", "email"}
    assert (tmp_path / "hub" / hub["genomesFile"]).is_file()
    (genome,) = stanzas(written["hub/genomes.txt"].read_text())
    assert genome == {"genome": "hg38", "trackDb": "trackDb.txt"}
    composite, *tracks = stanzas(written["hub/trackDb.txt"].read_text())
    assert composite["compositeTrack"] == "on" and composite["type"] == "bigWig"
    groups = dict(word.split("=") for word in composite["subGroup1"].split()[2:])
    assert groups == {"a": "Treated", "b": "Control"}
    assert [track["bigDataUrl"] for track in tracks] == [
        data_url("hg38", "eachData", "bw", f"SRX{number}.bw") for number in (1, 2, 3, 4)
    ]
    for track, group, color in zip(tracks, "aabb", [ORANGE, ORANGE, BLUE, BLUE], strict=True):
        assert {"track", "parent", "type", "bigDataUrl", "shortLabel", "longLabel"} <= set(track)
        assert track["parent"].split()[0] == composite["track"] and track["type"] == "bigWig"
        assert track["subGroups"] == f"group={group}" and track["color"] == color
        assert len(track["shortLabel"]) <= 17 and len(track["longLabel"]) <= 80
    names = [composite["track"], *(track["track"] for track in tracks)]
    assert len(set(names)) == 5 and all(re.fullmatch(r"[a-z]\w*", name) for name in names)
    assert tracks[0]["longLabel"] == "SRX1 (Treated) TP53, K-562"


def test_session_names_regions_effects_and_coverage(peak_results, tmp_path):
    path = export_tracks(peak_results, tmp_path)["igv_session.xml"]
    session = ElementTree.parse(path).getroot()
    assert session.get("genome") == "hg38"
    best = peak_results["diff_regions"].iloc[0]
    assert session.get("locus", "").startswith(f"{best['chrom']}:") and session.get("locus", "").endswith(
        f"-{best['chromEnd'] + 5000}"
    )
    resources = [item.get("path", "") for item in session.iter("Resource")]
    assert resources[:3] == ["higher_in_a.bed", "higher_in_b.bed", "logfc.bedgraph"]
    assert all((tmp_path / name).is_file() for name in resources[:3]) and len(resources) == 7
    tracks = list(session.iter("Track"))
    assert [track.get("id") for track in tracks] == resources
    assert [track.get("color") for track in tracks] == [ORANGE, BLUE, ORANGE, ORANGE, ORANGE, BLUE, BLUE]


def test_own_files_stand_in_the_session_alone(local_results, tmp_path, capsys):
    written = export_tracks(local_results, tmp_path)
    resources = [item.get("path", "") for item in ElementTree.parse(written["igv_session.xml"]).iter("Resource")]
    assert str(tmp_path / "own files" / "mine1.bw") in resources and len(resources) == 6
    assert not any("mine2" in name for name in resources)
    assert "No coverage that a genome browser reads of mine2" in capsys.readouterr().out
    texts = "".join(written[f"hub/{name}.txt"].read_text() for name in ("hub", "genomes", "trackDb"))
    assert "mine" not in texts and str(tmp_path) not in texts and "SRX3" in texts
    others = [path for name, path in written.items() if name.endswith((".bed", ".bedgraph"))]
    assert not any("mine" in path.read_text() for path in others)


@pytest.mark.parametrize("place", ["https://example.org/SRX1.bw?token=secret", "/data/SRX1.bw"])
def test_a_file_of_the_users_is_not_published_for_its_name(peak_results, tmp_path, place):
    peak_results["provenance"]["inputs"] = [{"name": "SRX1", "group": "A", "bigwig": place}]
    written = export_tracks(peak_results, tmp_path, workbook=False)
    assert "SRX1" not in written["hub/trackDb.txt"].read_text()
    assert place in [item.get("path") for item in ElementTree.parse(written["igv_session.xml"]).iter("Resource")]


def test_without_public_coverage_there_is_no_hub(local_results, tmp_path, capsys):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "hub.txt").write_text("of an earlier run")
    local_results["provenance"]["inputs"] = [
        {"name": name, "group": "A", "bigwig": f"/data/{name}.bw"} for name in ("mine1", "mine2", "SRX3", "SRX4")
    ]
    written = export_tracks(local_results, tmp_path)
    assert not any(name.startswith("hub/") for name in written) and not (tmp_path / "hub" / "hub.txt").exists()
    assert "No track hub: no experiment's coverage is public." in capsys.readouterr().out


def test_a_genome_that_ucsc_lacks_has_no_hub(tmp_path, capsys):
    results = make_results(peaks([{"chrom": "Chr1"}]), genome="TAIR12")
    assert "hub/hub.txt" not in export_tracks(results, tmp_path)
    assert "No track hub: UCSC's browser has no TAIR12." in capsys.readouterr().out


@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_labels_break_no_file(tmp_path, label):
    results = make_results(peaks([{"logFC": (-1) ** n * 2.0} for n in range(6)]))
    results["parameters"] |= {"description_a": label, "description_b": f"not {label}"}
    written = export_tracks(results, tmp_path)
    names = {name: read_track(written[name], BED9)[0]["name"] for name in ("higher_in_a.bed", "higher_in_b.bed")}
    assert len(set(names.values())) == 2 and all(len(name) < 60 for name in names.values())
    assert read_track(written["logfc.bedgraph"], ["chrom", "start", "end", "v"])[1].shape == (6, 4)
    ElementTree.parse(written["igv_session.xml"])
    composite, *tracks = stanzas(written["hub/trackDb.txt"].read_text("utf-8"))
    assert len(tracks) == 4 and len(composite["subGroup1"].split()) == 4
    check_folder(tmp_path)
    for path in written.values():
        if path.suffix != ".xlsx":
            check_console(path.read_text("utf-8").replace("\t", " "))


def test_hostile_genes_and_contigs(tmp_path, capsys):
    rows = [{"q": 1e-9 * (n + 1)} for n in range(len(EVERYWHERE))]
    results = make_results(peaks([*rows, *({"chrom": name, "q": 0.01} for name in [*EVERYWHERE, "track", "#chr1"])]))
    unfiltered = results["diff_regions_unfiltered"]
    results["diff_regions"] = unfiltered.sort_values("qvalue").reset_index(drop=True)
    results["counts"] = None
    results["nearest_genes"] = pd.Series(EVERYWHERE, index=results["diff_regions"].index[: len(EVERYWHERE)])
    written = export_tracks(results, tmp_path, workbook=False)
    _, bed = read_track(written["higher_in_a.bed"], BED9)
    lines = written["higher_in_a.bed"].read_text("utf-8").split("\n")[1:-1]
    assert all(len(re.split(r"\s+", line)) == 9 for line in lines)
    long = "L" * 10_000  # a name that a contig may have
    assert len(bed) == len(lines) and set(bed["chrom"]) == {"chr1", "CD4+_T_cells", "pipe|pipe", long}
    assert "regions on contigs whose names no track can hold: left out" in capsys.readouterr().out


def test_workbook_keeps_every_gene_name(tmp_path):
    import openpyxl

    genes = ["SEPT9", "MARCH1", "DEC1", "=cmd()", "-", "+/-", "@x", "1E5", "007", ""]
    results = make_results(peaks([{"q": 1e-9 * (n + 1), "logFC": (-1) ** n * 2.0} for n in range(12)]))
    results["nearest_genes"] = pd.Series(genes, index=results["diff_regions"].index[:10])
    results["qc_warnings"] = [Finding("made-up", "major", "=issue", "details", "recommendation", ["chr1:0-300"])]
    results["parameters"]["description_a"] = "=A1"
    book = openpyxl.load_workbook(export_tracks(results, tmp_path)["results.xlsx"])
    assert book.sheetnames == ["Summary", "Findings", "Significant regions", "Significant loci"]
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    header, *rows = book["Significant regions"].iter_rows(values_only=True)
    column = {name: at for at, name in enumerate(header)}
    found = [row[column["nearest_gene (first 50 regions)"]] or "" for row in rows]
    assert found == [*genes, "", ""]
    regions = results["diff_regions"]
    for name in ("chromStart", "counts_a", "significant"):
        assert [row[column[name]] for row in rows] == regions[name].tolist()
    for name in ("logFC", "qvalue"):
        assert [row[column[name]] for row in rows] == pytest.approx(regions[name].tolist(), rel=1e-15)
    summary = dict(book["Summary"].iter_rows(min_row=2, values_only=True))
    assert summary["Group A"] == "=A1" and summary["Regions after filtering"] == 12
    assert summary["Experiments B"] == "SRX3, SRX4" and summary["Major findings"] == 1
    assert next(book["Findings"].iter_rows(min_row=2, values_only=True))[2] == "=issue"
    assert book["Significant loci"].max_row == 13
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_simulated_results_say_so_everywhere(tmp_path, capsys):
    import openpyxl

    results = make_results(peaks([{"logFC": (-1) ** n * 2.0} for n in range(6)]), simulated=True)
    written = export_tracks(results, tmp_path)
    for name in ("higher_in_a.bed", "higher_in_b.bed", "logfc.bedgraph"):
        settings, _ = read_track(written[name], BED9)
        assert settings["name"].startswith("SIMULATED ") and settings["description"].startswith("SIMULATED ")
    session = ElementTree.parse(written["igv_session.xml"])
    assert all(track.get("name", "").startswith("SIMULATED ") for track in session.iter("Track"))
    assert stanzas(written["hub/hub.txt"].read_text())[0]["shortLabel"].startswith("SIMULATED")
    assert all(one["longLabel"].startswith("SIMULATED") for one in stanzas(written["hub/trackDb.txt"].read_text()))
    assert all(name.startswith("SIMULATED ") for name in openpyxl.load_workbook(written["results.xlsx"]).sheetnames)
    assert (tmp_path / "SIMULATED.txt").is_file() and "*** SIMULATED" in capsys.readouterr().out


def test_real_results_never_say_simulated(peak_results, tmp_path):
    for name, path in export_tracks(peak_results, tmp_path).items():
        assert name == "results.xlsx" or "SIMULATED" not in path.read_text()


def test_nothing_significant_is_a_result(tmp_path):
    results = make_results(peaks([{"q": 0.9} for _ in range(4)]))
    written = export_tracks(results, tmp_path)
    settings, bed = read_track(written["higher_in_a.bed"], BED9)
    assert bed.empty and "0 regions" in settings["description"]


def test_doubted_regions_are_counted_in_the_track_line(tmp_path):
    results = make_results(peaks([{} for _ in range(4)]))
    results["qc_warnings"] = [
        Finding("made-up", "major", "issue", "details", "do not interpret", spans=[("chr1", 0, 15_000)])
    ]
    settings, _ = read_track(export_tracks(results, tmp_path, workbook=False)["higher_in_a.bed"], BED9)
    assert settings["description"].endswith("; a major finding advises not to interpret 2 of them")


def test_a_folder_stays_verified(peak_results, tmp_path, capsys):
    files = export_all(peak_results, tmp_path, annotation="none")
    export_tracks(pickle.loads(files["analysis_object.pkl"].read_bytes()), tmp_path)
    assert capsys.readouterr().out.splitlines()[-1] == "✓ Tracks exported"
    found = verify_folder(tmp_path)
    assert found.ok and found.listed >= len(TAKEAWAY_FILES) - 1
    (tmp_path / "hub" / "trackDb.txt").write_text("changed")
    assert verify_folder(tmp_path).changed == ["hub/trackDb.txt"]
    export_tracks(peak_results, tmp_path, workbook=False)
    assert verify_folder(tmp_path).ok and not (tmp_path / "results.xlsx").exists()


def test_one_folder_holds_one_cut(peak_results, tmp_path):
    export_all(peak_results, tmp_path, qvalue_threshold=0.01, annotation="none")
    with pytest.raises(InputError, match="holds an export of other results: another run, or another cut"):
        export_tracks(peak_results, tmp_path)
    written = export_tracks(recut(peak_results, 0.01), tmp_path)
    assert "q < 0.01" in written["higher_in_a.bed"].read_text() and verify_folder(tmp_path).ok
    peak_results["provenance"]["sha256"] = {"wabi_result.bed": "1" * 64}
    with pytest.raises(InputError, match="another run"):
        export_tracks(recut(peak_results, 0.01), tmp_path)


def test_other_things_are_refused(peak_results, tmp_path):
    with pytest.raises(InputError, match=r"^results lacks"):
        export_tracks({}, tmp_path / "new")
    with pytest.raises(InputError, match="workbook is 'yes'; give True or False"):
        export_tracks(peak_results, tmp_path / "new", workbook="yes")  # type: ignore[arg-type]
    assert not (tmp_path / "new").exists()


def test_without_xlsxwriter_nothing_is_written(peak_results, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "xlsxwriter":
            raise ModuleNotFoundError("No module named 'xlsxwriter'", name="xlsxwriter")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        MissingExtraError, match=r"Writing results.xlsx \(workbook=False leaves it out\) needs xlsxwriter"
    ):
        export_tracks(peak_results, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert "results.xlsx" not in export_tracks(peak_results, tmp_path / "new", workbook=False)
