"""``python -m scripts atlas build | factors-of | enrich | network``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from ..chipatlas.assemblies import ASSEMBLIES
from ..common.console import announce_simulation, say, verify
from ..common.errors import InputError
from ..common.files.csv_files import write_csv
from ..common.files.writing import mark_simulated, prepare_folder
from ..common.text import plural
from ..targets.query.question import DISTANCES

FACTORS_CSV, ENRICHMENT_CSV = "factors_of.csv", "factor_enrichment.csv"
#: Rows of an answer on the console; the CSV has them all.
_SHOWN = 15
_MAX_LIST_BYTES = 10 * 1024**2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``atlas`` and its four subcommands; each sets ``run`` to the function that does it."""
    atlas = commands.add_parser("atlas", help="all factors in one dataset: build it, ask it")
    actions = atlas.add_subparsers(dest="action", required=True)

    build = actions.add_parser(
        "build", help="turn the tables of all factors into one dataset; goes on where it stopped"
    )
    build.add_argument("--genome", required=True, help=", ".join(ASSEMBLIES))
    build.add_argument("--out", required=True, type=Path, help="folder of the dataset")
    build.add_argument("--distance", type=int, default=5, help=f"kb either side of the TSS: {DISTANCES}")
    build.add_argument("--factors", nargs="+", help="names, or one file with a name a line; all when left out")
    build.add_argument("--source", type=Path, help="folder or .tar.gz of tables; downloaded when left out")
    build.add_argument("--scheduler", help="tcp://... of a Dask scheduler, or synchronous, threads, processes")
    build.add_argument("--workers", type=int, help="threads or processes of this machine")
    build.add_argument("--refresh", action="store_true", help="fetch and read every table again")
    build.set_defaults(run=_build)

    factors = actions.add_parser("factors-of", help="which factors bind these genes?")
    factors.add_argument("genes", nargs="+", help="symbols, or one file with a symbol a line")
    factors.add_argument("--top", type=int, default=25, help="factors a gene")
    _add_common(factors)
    factors.set_defaults(run=_factors_of)

    enrich = actions.add_parser("enrich", help="which factors bind this gene set more often than chance?")
    enrich.add_argument("genes", nargs="+", help="symbols, or one file with a symbol a line")
    enrich.add_argument("--background", nargs="+", help="symbols, or a file: the genes that could have been in the set")
    enrich.add_argument("--top", type=int, default=20, help="factors in the plot")
    _add_common(enrich, min_avg_score=50.0)
    enrich.set_defaults(run=_enrich)

    network = actions.add_parser("network", help="write all links as CSV, GraphML and source,target,weight")
    _add_common(network, min_avg_score=50.0)
    network.set_defaults(run=_network)


def _add_common(parser: argparse.ArgumentParser, min_avg_score: float = 0.0) -> None:
    parser.add_argument("--atlas", required=True, type=Path, help="folder of the dataset")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")
    parser.add_argument("--min-avg-score", type=float, default=min_avg_score)
    parser.add_argument("--min-binding-rate", type=float, default=0.0)
    parser.add_argument("--cell-types", nargs="+", help="use the experiments in these cell types alone")
    parser.add_argument("--genome", help="refuse an atlas of another assembly")


def _build(options: argparse.Namespace) -> int:
    from ..atlas.building.build import build_atlas

    result = build_atlas(
        options.genome,
        options.out,
        options.distance,
        factors=None if options.factors is None else read_names(options.factors),
        source=options.source,
        scheduler=options.scheduler,
        workers=options.workers,
        refresh=options.refresh,
    )
    return 1 if "failed" in result["outcomes"].values() else 0


def _factors_of(options: argparse.Namespace) -> int:
    from ..atlas.asking.plots import MAX_GENES, plot_factors
    from ..atlas.asking.questions import factors_of

    genes = read_names(options.genes)
    answer = factors_of(genes, options.atlas, top_n=options.top, **_thresholds(options))
    _write(answer, options.output / FACTORS_CSV)
    _show(answer.drop(columns="cell_types"))
    if answer["gene"].nunique() > MAX_GENES:
        say(f"  No plots: one is drawn of each gene, of {MAX_GENES} at most")
    elif len(answer):
        plot_factors(answer, options.output, top_n=options.top)
    verify(f"✓ Factors found: {answer['factor'].nunique():,} for {plural(answer['gene'].nunique(), 'gene')}")
    return 0


def _enrich(options: argparse.Namespace) -> int:
    from ..atlas.asking.enrichment import factor_enrichment
    from ..atlas.asking.plots import plot_enrichment

    background = None if options.background is None else read_names(options.background)
    answer = factor_enrichment(read_names(options.genes), options.atlas, background, **_thresholds(options))
    _write(answer, options.output / ENRICHMENT_CSV)
    _show(answer.drop(columns="genes"))
    if len(answer):
        plot_enrichment(answer, options.output, top_n=options.top)
    verify(f"✓ Factors tested: {len(answer):,}, {int((answer['qvalue'] < 0.05).sum()):,} with q < 0.05")
    return 0


def _network(options: argparse.Namespace) -> int:
    from ..atlas.asking.edges import network

    network(options.atlas, options.output, **_thresholds(options))
    return 0


def read_names(given: list[str]) -> list[str]:
    """Names as they were given, or the lines of the one file given; blank lines and ``#`` comments are passed over.

    Raises
    ------
    InputError
        A file that cannot be read, or holds no name.
    """
    if len(given) != 1 or not (Path(given[0]).is_file() or Path(given[0]).suffix in (".txt", ".csv", ".tsv")):
        return given
    path = Path(given[0])
    try:
        if path.stat().st_size > _MAX_LIST_BYTES:
            raise InputError(f"{path} has {path.stat().st_size:,} bytes; give a list of one name a line.")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}). Give a text file of one name a line.") from error
    names = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not names:
        raise InputError(f"{path} holds no name. Give a text file of one name a line.")
    return names


def _thresholds(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "min_avg_score": options.min_avg_score,
        "min_binding_rate": options.min_binding_rate,
        "cell_types": options.cell_types,
        "genome": options.genome,
    }


def _write(answer: pd.DataFrame, path: Path) -> None:
    folder = prepare_folder(path.parent)
    simulated = bool(answer.attrs["atlas"]["simulated"])
    mark_simulated(folder, simulated)
    write_csv(folder / path.name, answer)
    announce_simulation(simulated)
    say(f"  Saved: {path}")


def _show(answer: pd.DataFrame) -> None:
    say(answer.head(_SHOWN).to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    if len(answer) > _SHOWN:
        say(f"  ... {plural(len(answer) - _SHOWN, 'row')} more in the CSV")
