"""The same work by what the package's own environment and R have: plotnine, pandas, edgepython, edgeR."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.inputs import GROUP, region_counts
from benchmarks.measure import clocks, since
from benchmarks.steps import large_tables

_R_SCRIPT = Path(__file__).with_name("edger.R")


def plots(folder: Path, name: str) -> dict[str, Any]:
    """The four plots of the regions by plotnine, every point a path of the SVG."""
    import pickle

    with (folder / f"{name}.pkl").open("rb") as stream:
        frame = pickle.load(stream)["diff_regions"]
    begin = clocks()
    import plotnine as p9
    from plotnine_prism import theme_prism

    frame = frame.assign(
        height=-np.log10(frame["qvalue"].clip(lower=1e-300)),
        level=np.log2((frame["mean_count_a"] + frame["mean_count_b"]) / 2 + 1),
        status=np.where(frame["significant"], frame["direction"], "unchanged"),
    )
    point = p9.geom_point(size=1.3, alpha=0.65, stroke=0)
    drawn = {
        "volcano": p9.ggplot(frame, p9.aes("logFC", "height", color="status")) + point,
        "ma": p9.ggplot(frame, p9.aes("level", "logFC", color="status")) + point,
        "sizes": p9.ggplot(frame, p9.aes("region_size", fill="status")) + p9.geom_histogram(bins=40),
        "chromosomes": p9.ggplot(frame[frame["significant"]], p9.aes("chrom", fill="status")) + p9.geom_bar(),
    }
    largest = 0
    for title, plot in drawn.items():
        for ending in ("png", "svg"):
            path = folder / f"plain-{title}.{ending}"
            (plot + theme_prism()).save(path, dpi=300, width=7.5, height=5.5, verbose=False)
            largest = max(largest, path.stat().st_size if ending == "svg" else 0)
            path.unlink()
    seconds = since(begin)
    return seconds | {"largest_svg": largest}


def export(folder: Path, name: str) -> dict[str, Any]:
    """The four large tables by pandas, and the pickle."""
    import pickle

    with (folder / f"{name}.pkl").open("rb") as stream:
        results = pickle.load(stream)
    begin = clocks()
    for table, frame in large_tables(results).items():
        frame.to_csv(folder / f"plain-{table}.csv", index=False)
    with (folder / "plain.pkl").open("wb") as stream:
        pickle.dump(results, stream, protocol=5)
    return since(begin)


def tables(folder: Path, name: str) -> dict[str, Any]:
    """The four large tables alone, by pandas."""
    import pickle

    with (folder / f"{name}.pkl").open("rb") as stream:
        frames = large_tables(pickle.load(stream))
    begin = clocks()
    for table, frame in frames.items():
        frame.to_csv(folder / f"plain-{table}.csv", index=False)
    return since(begin) | {"version": f"pandas {pd.__version__}"}


def edger(folder: Path, n: str) -> dict[str, Any]:
    """R's edgeR on the same counts: time of the functions alone, without starting R or reading."""
    region_counts(int(n)).to_csv(folder / "counts.csv")
    done = subprocess.run(
        ["Rscript", str(_R_SCRIPT), str(folder / "counts.csv"), str(GROUP), str(folder / "theirs.csv")],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def edgepython(folder: Path, n: str) -> dict[str, Any]:
    """edgepython on the same counts, as its documentation calls it; it is loaded before."""
    import edgepython as port

    counts = region_counts(int(n))
    begin = clocks()
    group = np.array(["A"] * GROUP + ["B"] * GROUP)
    data = port.make_dgelist(counts.to_numpy(float), group=group)
    kept = np.asarray(port.filter_by_expr(data, group=group), dtype=bool)
    data = port.calc_norm_factors(port.make_dgelist(counts.to_numpy(float)[kept], group=group), method="TMM")
    found = port.exact_test(port.estimate_tagwise_disp(port.estimate_common_disp(data)), pair=["B", "A"])["table"]
    told = since(begin) | {"version": f"edgepython {metadata.version('edgepython')}"}
    found.set_index(counts.index[kept]).to_csv(folder / "ported.csv")
    return told


def has_edger() -> bool:
    """Whether R and edgeR are on this machine."""
    if shutil.which("Rscript") is None:
        return False
    found = subprocess.run(["Rscript", "-e", "library(edgeR)"], capture_output=True, check=False)
    return found.returncode == 0
