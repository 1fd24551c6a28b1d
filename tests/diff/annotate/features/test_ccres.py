"""cCREs: fetched, read, refused, given to regions, and their enrichment."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, MissingExtraError, NotFoundError
from scripts.diff.annotate.features import ccres as module
from scripts.diff.annotate.features.ccres import CCRES, Ccres, assign_ccres, fetch_ccres, read_ccres
from scripts.diff.annotate.features.enrichment import (
    CCRE,
    DIRECTIONS,
    feature_enrichment,
    of_kind,
    with_ccre_enrichment,
)
from scripts.emulator.simulation.ccres import ccre_file, ccres
from scripts.emulator.simulation.tracks.bigbed_writer import bigbed

pybigtools = pytest.importorskip("pybigtools")


def small(columns: str = "encodeLabel", label: str = "pELS", rest: int = 8) -> bytes:
    names = ["chrom", "chromStart", "chromEnd", *(f"c{n}" for n in range(rest - 1)), columns]
    declared = 'table t\n"made"\n(\n' + "".join(f'    string {name}; "x"\n' for name in names) + ")\n"
    table = pd.DataFrame({"chrom": ["chr1"], "start": [10], "end": [20]})
    return bigbed(table.assign(**dict.fromkeys(names[3:-1], "."), **{names[-1]: label}), {"chr1": 1000}, declared)


def made(rng, count: int, length: int, chroms: int = 2) -> Ccres:
    start = rng.integers(0, length, count)
    return Ccres(
        pd.DataFrame(
            {
                "chrom": [f"chr{n}" for n in rng.integers(1, chroms + 1, count)],
                "start": start,
                "end": start + rng.integers(1, 40, count),
                "ccre": rng.choice(CCRES, count),
            }
        )
    )


def regions_of(rng, count: int, length: int, chroms: int = 3) -> pd.DataFrame:
    start = rng.integers(0, length, count)
    chrom = [f"chr{n}" for n in rng.integers(1, chroms + 1, count)]
    return pd.DataFrame({"chrom": chrom, "chromStart": start, "chromEnd": start + rng.integers(1, 60, count)})


@pytest.mark.parametrize("seed", range(6))
def test_the_class_is_that_of_a_count_base_by_base(seed):
    rng = np.random.default_rng(seed)
    known, regions = made(rng, 40 + 60 * seed, 3000), regions_of(rng, 300, 3100).sample(frac=1, random_state=1)
    wanted = []
    for chrom, first, last in regions.itertuples(index=False):
        near = known.table[known.table["chrom"] == chrom]
        bases = {name: set() for name in CCRES}
        for _, start, end, name in near.itertuples(index=False):
            bases[name] |= set(range(max(start, first), min(end, last)))
        best = max(CCRES, key=lambda name: len(bases[name]))
        wanted.append(best if bases[best] else "")
    found = assign_ccres(regions, known)
    assert found.tolist() == wanted and found.index.equals(regions.index) and "" in wanted


def test_ties_go_by_order_and_half_open_ends_do_not_touch():
    table = pd.DataFrame({"chrom": "chr1", "start": [100, 200], "end": [110, 210], "ccre": ["dELS", "PLS"]})
    regions = pd.DataFrame({"chrom": "chr1", "chromStart": [90, 110, 100, 105], "chromEnd": [100, 200, 210, 203]})
    assert assign_ccres(regions, Ccres(table)).tolist() == ["", "", "PLS", "dELS"]
    assert assign_ccres(regions.iloc[:0], Ccres(table)).empty


@pytest.mark.parametrize("genome", ["hg38", "mm10"])
def test_the_embedded_file_is_read_whole_and_kept(atlas, genome):
    with Client() as client:
        found = fetch_ccres(genome, client)
        assert client.simulated
        assert list(client.files) == [f"{atlas.url}/gbdb/{genome}/encode3/ccre/encodeCcreCombined.bb"]
        again = fetch_ccres(genome, client)
    known = ccres(genome)[["chrom", "start", "end", "ccre"]]
    order = ["chrom", "start"]
    for one in (found, again):
        ours = one.table.sort_values(order, ignore_index=True)
        pd.testing.assert_frame_equal(ours, known.sort_values(order, ignore_index=True), check_dtype=False)


@pytest.mark.parametrize(("column", "label"), [("encodeLabel", "CTCF-only"), ("ucscLabel", "CTCF")])
@pytest.mark.parametrize("rest", [8, 3])
def test_the_column_is_found_by_its_name(column, label, rest):
    assert read_ccres(small(column, label, rest)).table.iloc[0].tolist() == ["chr1", 10, 20, "CTCF-only"]


def test_what_is_no_such_file_is_refused(tmp_path):
    path = tmp_path / "bed3.bb"
    pybigtools.open(str(path), "w").write({"chr1": 1000}, [("chr1", 10, 20, "n\t0")])
    whole = ccre_file("mm10")
    for content, message in (
        (b"<html>sorry</html>", "is no bigBed"),
        (b"", "is no bigBed"),
        (whole[: len(whole) // 2], "is no whole bigBed"),
        (whole[:80], "is no whole bigBed"),
        (path.read_bytes(), "has none of the columns encodeLabel, ucscLabel, but chrom"),
        (small(label="CA-TF"), "has the class 'CA-TF'"),
    ):
        with pytest.raises(BadResponseError, match=rf"(?s)x.bb {message}.*Run it again, or use annotation='features'"):
            read_ccres(content, "x.bb")


@pytest.mark.parametrize("damage", ["html", "truncated"])
def test_a_damaged_file_is_not_kept(atlas, monkeypatch, damage):
    whole = ccre_file("hg38")
    sent = {"html": b"<html>sorry</html>", "truncated": whole[: len(whole) // 2]}[damage]
    with monkeypatch.context() as patch:
        patch.setattr("scripts.emulator.ucsc.ccre_file", lambda genome: sent)
        with Client() as client, pytest.raises(BadResponseError, match="not kept"):
            fetch_ccres("hg38", client)
    with Client() as client:
        assert len(fetch_ccres("hg38", client).table) == len(ccres("hg38"))


def test_refused_before_anything_is_fetched(atlas, monkeypatch):
    before = len(atlas.requests)
    with Client() as client:
        with pytest.raises(InputError, match="hg38 and mm10 alone, and this is hg19.\nUse annotation='features'"):
            fetch_ccres("hg19", client)
        monkeypatch.setattr(module, "find_spec", lambda name: None)
        with pytest.raises(MissingExtraError, match="needs pybigtools"):
            fetch_ccres("hg38", client)
    assert len(atlas.requests) == before


def test_none_at_ucsc(atlas):
    atlas.fault("ucsc-download", "http-404")
    with Client() as client, pytest.raises(NotFoundError):
        fetch_ccres("hg38", client)


def make_tested(seed: int, planted: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 3000
    kind = rng.choice([*CCRES, ""], count, p=[0.05, 0.1, 0.25, 0.03, 0.07, 0.5])
    significant = rng.random(count) < np.where(kind == "dELS", 0.1 + planted, 0.1)
    start = np.arange(count) * 10_000
    return pd.DataFrame({"chrom": "chr1", "chromStart": start, "chromEnd": start + 200, "qvalue": 0.5}).assign(
        direction=rng.choice(DIRECTIONS, count), significant=significant, feature="intron", ccre=kind
    )


def enriched(regions: pd.DataFrame) -> pd.DataFrame:
    return with_ccre_enrichment(feature_enrichment(regions), regions)


def test_a_planted_class_is_found_and_null_data_are_quiet():
    table = enriched(make_tested(1, 0.2))
    found = of_kind(table, CCRE).set_index(["feature", "direction"])
    assert [name for name, _ in found.index[:5]] == list(CCRES) and list(table.columns)[:2] == ["kind", "feature"]
    for direction in DIRECTIONS:
        assert found.loc[("dELS", direction), "qvalue"] < 1e-6 and found.loc[("dELS", direction), "odds_ratio"] > 2
    assert found["tested"].eq(3000).all()
    called = [of_kind(enriched(make_tested(seed)), CCRE)["qvalue"].min() < 0.05 for seed in range(20)]
    assert sum(called) <= 3


def test_features_are_as_without_ccres():
    regions = make_tested(2, 0.2)
    alone = feature_enrichment(regions)
    pd.testing.assert_frame_equal(of_kind(enriched(regions), "feature")[list(alone.columns)], alone)
    assert of_kind(alone, CCRE).empty


@pytest.mark.slow
def test_a_million_elements_take_seconds():
    rng = np.random.default_rng(0)
    known, regions = made(rng, 1_000_000, 200_000_000, 22), regions_of(rng, 300_000, 200_000_000, 22)
    before = time.perf_counter()
    assign_ccres(regions, known)
    assert time.perf_counter() - before < 10
