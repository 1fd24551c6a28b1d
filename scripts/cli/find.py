"""``chip-atlas find WORDS``: which experiments there are, and which contrasts they offer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..chipatlas.accessions import accessions_in, holds_accessions
from ..common.console import say, verify
from ..common.errors import InputError
from ..common.files.csv_files import write_csv
from ..common.files.writing import prepare_folder
from ..common.text import ellipsis, plural
from ..experiments.groups.suggest import suggest_groups
from ..experiments.search import find_experiments
from .answer import answering, as_json_option
from .options import given, options_of

#: Experiments on the console; the CSV and the JSON have them all.
_SHOWN = 20
_TITLE = 70


@click.pass_context
def _run(
    context: click.Context,
    words: tuple[str, ...],
    attribute: tuple[str, ...],
    accessions: tuple[str, ...],
    suggest: bool,
    out: Path | None,
    as_json: bool,
    **values: Any,
) -> int:
    with answering(as_json) as answer:
        table = find_experiments(
            " ".join(words) or None,
            attributes=_attributes(attribute),
            accessions=_accessions(accessions),
            **given(context, values),
        )
        answer |= {
            "genome": table.attrs["genome"],
            "source": table.attrs["source"],
            "simulated": table.attrs["simulated"],
            "attributes": table.attrs["attributes"],
            "not_processed": table.attrs["not_processed"],
            "experiments": table,
        }
        for row in table.head(_SHOWN).to_dict("records"):
            say(f"  {row['accession']}  {row['antigen']}  {row['cell_type']}  {ellipsis(row['title'], _TITLE)}")
        if len(table) > _SHOWN:
            say(f"  ... {len(table) - _SHOWN:,} more (--out FILE.csv writes all)")
        if suggest:
            answer["contrasts"] = suggest_groups(table)
        if out is not None:
            prepare_folder(out.parent)
            write_csv(out, table)
            answer["file"] = str(out)
            say(f"  Saved: {out}")
        verify(f"✓ Found {plural(len(table), 'experiment')}")
    return 0


def _accessions(texts: tuple[str, ...]) -> str | list[str] | None:
    """Accessions as they were typed, or the one path of a file."""
    if not texts or (len(texts) == 1 and not holds_accessions(texts[0])):
        return texts[0] if texts else None
    return [name for text in texts for name in accessions_in(text)]


def _attributes(given_pairs: tuple[str, ...]) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for pair in given_pairs:
        key, mark, value = pair.partition("=")
        if not mark or not key.strip() or not value.strip():
            raise InputError(f"--attribute is {pair!r}; give key=value, such as treatment=daunorubicin.")
        found.setdefault(key.strip(), []).append(value.strip())
    return found or None


command = click.Command(
    "find",
    callback=_run,
    help="""Find experiments by words, names and attributes.

    WORDS is the question as one would say it: TP53 K-562 daunorubicin. Spelling is tolerated, and how each word was
    understood is printed. With a catalogue (chip-atlas catalogue build) no service is asked.
    """,
    params=[
        click.Argument(["words"], nargs=-1, metavar="[WORDS]..."),
        *options_of(find_experiments, without=("words", "attributes", "accessions")),
        click.Option(
            ["--attribute"],
            multiple=True,
            metavar="KEY=VALUE",
            help="What the submitters said of the sample, such as treatment=DMSO (a part of the value); once for each.",
        ),
        click.Option(
            ["--accessions"],
            multiple=True,
            metavar="IDS|FILE",
            help="Only among these: SRX, GSM, SRR, SAMN, SRP, PRJNA, GSE, ENCSR; or a file that lists them.",
        ),
        click.Option(["--suggest/--no-suggest"], default=False, help="List the contrasts that the experiments offer."),
        click.Option(["--out"], type=click.Path(path_type=Path), help="Write the table to this CSV."),
    ],
)
as_json_option(command)
