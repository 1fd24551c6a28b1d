"""``chip-atlas atlas build | factors-of | enrich | network``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import pandas as pd

from ..chipatlas.assemblies import ASSEMBLIES
from ..common.console import announce_simulation, say, verify
from ..common.errors import InputError
from ..common.files.csv_files import write_csv
from ..common.files.writing import mark_simulated, prepare_folder
from ..common.text import plural
from ..targets.query.question import DISTANCES
from .answer import answering, as_json_option
from .options import split_names

FACTORS_CSV, ENRICHMENT_CSV = "factors_of.csv", "factor_enrichment.csv"
#: Rows of an answer on the console; the CSV has them all.
_SHOWN = 15
_ENRICHMENT_SHOWN = [
    "factor", "num_in_set", "set_size", "expected_in_set", "fold_enrichment", "pvalue", "qvalue", "plain_qvalue",
]  # fmt: skip
_MAX_LIST_BYTES = 10 * 1024**2


@click.group("atlas")
def command() -> None:
    """All factors of an assembly in one dataset: build it, ask it."""


_names = functools.partial(click.option, multiple=True)
_genes = click.argument("genes", nargs=-1, required=True, metavar="GENE... | FILE")
_atlas = click.option("--atlas", required=True, type=click.Path(path_type=Path), help="Folder of the dataset.")
_output = click.option("--output", required=True, type=click.Path(path_type=Path), help="Folder for the results.")


def _thresholds(min_avg_score: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that every question takes; they arrive as the keywords of `atlas`'s functions."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option("--genome", help="Refuse an atlas of another assembly."),
            _names("--cell-types", help="Use the experiments in this cell type alone; once for each."),
            click.option("--min-binding-rate", type=float, default=0.0, show_default=True),
            click.option("--min-avg-score", type=float, default=min_avg_score, show_default=True),
        ):
            function = option(function)
        return function

    return decorate


@command.command("build")
@click.option("--genome", required=True, help=", ".join(ASSEMBLIES))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the dataset.")
@click.option("--distance", type=int, default=5, show_default=True, help=f"kb either side of the TSS: {DISTANCES}")
@_names("--factors", help="Names: A,B,C, or once for each; or one file with a name a line. All when left out.")
@click.option("--source", type=click.Path(path_type=Path), help="Folder or .tar.gz of tables; else downloaded.")
@click.option("--scheduler", help="tcp://... of a Dask scheduler, or synchronous, threads, processes.")
@click.option("--workers", type=int, help="Threads or processes of this machine.")
@click.option("--refresh", is_flag=True, help="Fetch and read every table again.")
@as_json_option
def build(genome: str, out: Path, factors: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Turn the tables of all factors into one dataset; goes on where it stopped."""
    from ..atlas.building.build import build_atlas

    with answering(as_json) as answer:
        result = build_atlas(genome, out, factors=read_names(factors) if factors else None, **options)
        failed = "failed" in result["outcomes"].values()
        answer |= {"ok": not failed, **result}
    return 1 if failed else 0


@command.command("factors-of")
@_genes
@_atlas
@_output
@click.option("--top", type=int, default=25, show_default=True, help="Factors a gene.")
@_thresholds(0.0)
@as_json_option
def factors_of(genes: tuple[str, ...], atlas: Path, output: Path, top: int, as_json: bool, **thresholds: Any) -> int:
    """Which factors bind these genes?"""
    from ..atlas.asking.plots import MAX_GENES, plot_factors
    from ..atlas.asking.questions import factors_of as ask

    with answering(as_json) as told:
        answer = ask(read_names(genes), atlas, top_n=top, **_chosen(thresholds))
        told |= _write(answer, output / FACTORS_CSV)
        _show(answer.drop(columns="cell_types"))
        if answer["gene"].nunique() > MAX_GENES:
            say(f"  No plots: one is drawn of each gene, of {MAX_GENES} at most")
        elif len(answer):
            plot_factors(answer, output, top_n=top)
        verify(f"✓ Factors found: {answer['factor'].nunique():,} for {plural(answer['gene'].nunique(), 'gene')}")
    return 0


@command.command("enrich")
@_genes
@_atlas
@_output
@_names("--background", help="A symbol, once for each; or one file: the genes that could have been in the set.")
@click.option("--top", type=int, default=20, show_default=True, help="Factors in the plot.")
@_thresholds(50.0)
@as_json_option
def enrich(
    genes: tuple[str, ...],
    atlas: Path,
    output: Path,
    background: tuple[str, ...],
    top: int,
    as_json: bool,
    **thresholds: Any,
) -> int:
    """Which factors bind this gene set more often than genes bound as often at all?"""
    from ..atlas.asking.enrichment import factor_enrichment
    from ..atlas.asking.plots import plot_enrichment

    with answering(as_json) as told:
        possible = read_names(background) if background else None
        answer = factor_enrichment(read_names(genes), atlas, possible, **_chosen(thresholds))
        told |= _write(answer, output / ENRICHMENT_CSV)
        told["notes"] = answer.attrs["notes"]
        _show(answer[_ENRICHMENT_SHOWN])
        if len(answer):
            plot_enrichment(answer, output, top_n=top)
        matched, plain = (int((answer[name] < 0.05).sum()) for name in ("qvalue", "plain_qvalue"))
        verify(f"✓ Factors tested: {len(answer):,}, {matched:,} with q < 0.05 (plain Fisher test: {plain:,})")
    return 0


@command.command("network")
@_atlas
@_output
@_thresholds(50.0)
@as_json_option
def network(atlas: Path, output: Path, as_json: bool, **thresholds: Any) -> int:
    """Write all links as CSV, GraphML and source,target,weight."""
    from ..atlas.asking.edges import network as write_network

    with answering(as_json) as told:
        told["files"] = list(map(str, write_network(atlas, output, **_chosen(thresholds))["files"]))
    return 0


def read_names(given: Sequence[str]) -> list[str]:
    """Names as they were given, singly or with commas, or the lines of the one file given.

    Blank lines and ``#`` comments are passed over.

    Raises
    ------
    InputError
        A file that cannot be read, or holds no name.
    """
    if len(given) != 1 or not (Path(given[0]).is_file() or Path(given[0]).suffix in (".txt", ".csv", ".tsv")):
        return split_names(given)
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


def _chosen(thresholds: dict[str, Any]) -> dict[str, Any]:
    """As the questions take them: no cell type given is no filter."""
    return thresholds | {"cell_types": list(thresholds["cell_types"]) or None}


def _write(answer: pd.DataFrame, path: Path) -> dict[str, Any]:
    """Write the answer's table, and say what a program wants to know of it."""
    folder = prepare_folder(path.parent)
    simulated = bool(answer.attrs["atlas"]["simulated"])
    mark_simulated(folder, simulated)
    write_csv(folder / path.name, answer)
    announce_simulation(simulated)
    say(f"  Saved: {path}")
    return {"simulated": simulated, "file": str(path), "rows": len(answer), "first": answer.head(_SHOWN)}


def _show(answer: pd.DataFrame) -> None:
    say(answer.head(_SHOWN).to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    if len(answer) > _SHOWN:
        say(f"  ... {plural(len(answer) - _SHOWN, 'row')} more in the CSV")
