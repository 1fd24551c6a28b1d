"""Many workflows at once, in processes of their own, over one service and one cache folder."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from flask import Request

from scripts.chipatlas.cache.store import Entry
from scripts.common.files.cache_folder import cache_folder
from scripts.emulator import Atlas
from scripts.emulator.routes import route_of
from tests.reliability import stages
from tests.reliability.cases import jobs_started
from tests.reliability.figures import SAME, figure
from tests.reliability.processes import PATIENCE_SECONDS, compare_code, rank_code, start

FACTORS = [("RAP1", "sacCer3"), ("GAL4", "sacCer3"), ("E2F1", "hg38"), ("daf-16", "ce10")]
COMPARISONS, RANKINGS = 16, 16


class Traffic:
    """What was asked: requests by route, and whole downloads by path. Put among the faults, it only looks on."""

    def __init__(self) -> None:
        self.routes: Counter[str] = Counter()
        self.downloads: Counter[str] = Counter()

    def __call__(self, request: Request) -> None:
        route = route_of(request)
        self.routes[route] += 1
        conditional = {"If-None-Match", "If-Modified-Since", "Range"} & set(request.headers.keys())
        if route == "data-target" and not conditional:
            self.downloads[request.path] += 1


@pytest.mark.slow
def test_thirty_two_at_once(
    fast_atlas: Atlas,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr(stages, "JOB_SECONDS", 60.0)
    right = stages.tables_of_comparison(tmp_path / "alone")
    ranked = {}
    for factor, genome in FACTORS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path / "cache of one"))
            ranked[factor] = stages.tables_of_ranking(tmp_path / factor, factor, genome)
    traffic = Traffic()
    fast_atlas.faults.append(traffic)
    jobs = jobs_started(fast_atlas)
    begun = time.monotonic()
    running = {}
    for number in range(max(COMPARISONS, RANKINGS)):
        folder = tmp_path / f"comparison {number}"
        running[folder] = start(compare_code(folder), fast_atlas)
        factor, genome = FACTORS[number % len(FACTORS)]
        folder = tmp_path / f"ranking {number} {factor}"
        running[folder] = start(rank_code(folder, factor, genome), fast_atlas)
    outputs = {folder: process.communicate(timeout=PATIENCE_SECONDS)[0] for folder, process in running.items()}
    seconds = time.monotonic() - begun

    for folder, process in running.items():
        assert process.returncode == 0, outputs[folder][-2000:]
        assert stages.tables(folder) == (right if "comparison" in folder.name else ranked[folder.name.split()[-1]])
        record_property("reliability", figure("load, 32 at once", SAME, seconds))
    assert len(running) == COMPARISONS + RANKINGS
    assert jobs_started(fast_atlas) - jobs == COMPARISONS
    experiments = len(stages.EXAMPLE["experiments_a"]) + len(stages.EXAMPLE["experiments_b"])
    assert traffic.routes["wabi-submit"] == traffic.routes["health"] == COMPARISONS
    assert traffic.routes["wabi-result-zip"] == COMPARISONS
    assert traffic.routes["site-metadata"] == experiments * COMPARISONS
    assert traffic.routes["data-target"] == RANKINGS
    assert traffic.downloads == {f"/data/{genome}/target/{factor}.5.tsv": 1 for factor, genome in FACTORS}
    check_cache(fast_atlas)


def check_cache(atlas: Atlas) -> None:
    """Every file of the cache is whole, and nothing else is left there."""
    urls = [f"{atlas.url}/data/{genome}/target/{factor}.5.tsv" for factor, genome in FACTORS]
    entries = [Entry(cache_folder(), url) for url in urls]
    assert all(entry.whole() is not None for entry in entries)
    files = {path.name for path in cache_folder().iterdir() if path.suffix not in (".lock", ".derived")}
    assert files == {name for entry in entries for name in (entry.body.name, f"{entry.body.name}.json")}
    for entry in entries:
        assert len(pd.read_csv(entry.body, sep="\t")) > 10
