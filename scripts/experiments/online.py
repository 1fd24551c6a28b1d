"""The answer of ChIP-Atlas's site, whose search knows whole words and gives experiments that have all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import pandas as pd

from ..chipatlas.endpoints import site_url
from ..chipatlas.site.aliases import symbols_of
from ..chipatlas.site.api import Found, Site
from ..chipatlas.site.dialects import SEARCH_LIMIT
from ..chipatlas.site.look_up import look_up
from ..chipatlas.site.metadata import ExperimentInfo
from ..chipatlas.transport.client import Client
from ..common.console import progress, say
from ..common.invocation import command
from .among import Among
from .question import (
    Answer,
    Question,
    explain_nothing,
    find_name,
    fitting_rows,
    large_enough,
    relaxed,
    tell_missing,
    understood_by,
)
from .table import ASSEMBLIES, NUMBERS, rows_of
from .vocabulary import ANTIGEN_CLASSES, KINDS, LEVELS, spellings, tokens_of, understand, ways_to_write

#: Rows that the site is asked for at the most, a page at a time.
MOST_ROWS = 1000
#: Experiments whose own record (reads, peaks) is asked for without a word about the time that takes.
MANY_RECORDS = 100
#: Searches for a question of which no experiment has all words.
_MOST_SEARCHES = 30
_BUILD = command("catalogue build")


def ask_site(question: Question, among: Among | None) -> Answer:
    """What the site has of a question."""
    with Client() as client:
        site = Site(client)
        known: dict[str, list[str]] = {kind: [] for kind in KINDS}
        found_by = _candidates(question, site, known) if among is None else _records(among, question.genome, site)
        rows = rows_of([_row(entries) for entries in found_by.values()])
        vocabulary = {kind: [*dict.fromkeys([*rows[kind].tolist(), *known[kind]])] for kind in KINDS}
        vocabulary["antigen_class"] += ANTIGEN_CLASSES if "antigen_class" in question.names else ()
        _learn_names(question, site, vocabulary)
        understood = understood_by(question, vocabulary, lambda: site.factors().get(question.genome, []))
        fitting = fitting_rows(rows, question, understood)
        while fitting.empty and relaxed(understood):
            fitting = fitting_rows(rows, question, understood)
        if fitting.empty:
            explain_nothing(understood, lambda less: len(fitting_rows(rows, question, less)))
        tell_missing(understood, fitting)
        found = len(fitting)
        if question.min_reads is None and question.min_peaks is None:
            fitting = fitting.head(question.limit or found)
        # Reads and peaks stand in the experiments' own records: asked for what the other filters leave.
        told = fitting if among is not None else _with_numbers(fitting, question.genome, site)
        fitting = large_enough(told, question)
        found = min(found, len(fitting)) if len(fitting) > (question.limit or found) else found
        rows = fitting.head(question.limit or len(fitting))
        return Answer(rows, max(found, len(rows)), f"the site ({site_url('')})", client.simulated)


def _records(among: Among, genome: str, site: Site) -> dict[str, list[ExperimentInfo]]:
    """What the site knows of the experiments that were named, by accession."""
    if len(among.names) > MANY_RECORDS:
        say(f"  Asking for {len(among.names):,} experiments, one by one; the catalogue asks nobody: {_BUILD}")
    found = look_up(among.names, site)
    places = {name: [(info.accession, info.genome) for info in infos] for name, infos in found.items()}
    among.hold_against(places, genome)
    entries: dict[str, list[ExperimentInfo]] = {}
    for info in (info for infos in found.values() for info in infos):
        its = entries.setdefault(info.accession, [])
        if info.genome not in [one.genome for one in its]:
            its.append(info)
    # The assembly that is asked for comes first: its reads and peaks are the row's.
    here = {name: sorted(infos, key=lambda one: one.genome != genome) for name, infos in entries.items()}
    return {name: infos for name, infos in here.items() if infos[0].genome == genome}


def _candidates(question: Question, site: Site, known: dict[str, list[str]]) -> dict[str, list[ExperimentInfo]]:
    """Entries of the site's search, by accession: every way in which the question can be spelled.

    `known` is given the names (column of `KINDS` -> names) that were met on the way.
    """
    asked: list[Found] = []
    found = _search_all(_searches(question), site, asked)
    if not found:
        # Two sides of a comparison stand in no single experiment, and one word that nobody wrote empties the answer.
        found = _search_all(_word_by_word(question, site, known), site, asked)
    cut = [answer for answer in asked if not answer.complete]
    if cut:
        say(
            f"  The site gives its first {max(cut[0].looked_at, SEARCH_LIMIT):,} of "
            f"{max(answer.total for answer in cut):,} rows: others may fit as well.\n"
            f"  Ask with more words, or build the catalogue, which holds all: {_BUILD}"
        )
    return {name: entries for name, entries in found.items() if question.genome in [one.genome for one in entries]}


def _search_all(searches: Iterable[str], site: Site, asked: list[Found]) -> dict[str, list[ExperimentInfo]]:
    found: dict[str, list[ExperimentInfo]] = {}
    for words in searches:
        answer = site.search(words, limit=MOST_ROWS)
        asked.append(answer)
        for info in answer.infos:
            entries = found.setdefault(info.accession, [])
            if info.genome not in [entry.genome for entry in entries]:
                entries.append(info)
    return found


def _word_by_word(question: Question, site: Site, known: dict[str, list[str]]) -> list[str]:
    """What to ask for when no experiment has all words: the names among them, alone and with each other word."""
    genome = question.genome
    words = understand(_with_symbols(question.words, genome), {}, genome).texts
    absent = [word for word in words if not _meet(word, genome, site, known)]
    for word in absent:
        say(f"  {word!r} is in no experiment of {genome} that the site finds")
    understood = understand(question.words, known, genome)
    names = [
        [name for kind in level for name in (*understood.names.get(kind, []), *question.names.get(kind, []))]
        for level in LEVELS
    ]
    bases = [" ".join(way) for way in product(*filter(None, names))]
    texts = [text for text in understood.texts if text not in absent]
    texts += [value for values in question.attributes.values() for value in values]
    ways = [f"{base} {text}".strip() for base in bases for text in texts] + bases
    return list(dict.fromkeys(filter(None, ways)))[:_MOST_SEARCHES]


def _meet(word: str, genome: str, site: Site, known: dict[str, list[str]]) -> bool:
    """Ask for one word in its spellings; keep the names that its experiments bear."""
    for way in ways_to_write(word):
        infos = site.search(way, genome=genome).infos
        for kind in KINDS:
            known[kind] += dict.fromkeys(str(getattr(info, kind)) for info in infos)
        if infos:
            return True
    return False


def _learn_names(question: Question, site: Site, vocabulary: dict[str, list[str]]) -> None:
    """Look up the names that were given for a column and that no experiment of the answer bears."""
    for kind, given in question.names.items():
        for name in given:
            if find_name(name, kind, vocabulary[kind], question.genome) is None:
                _meet(_with_symbols(name, question.genome), question.genome, site, vocabulary)


def _searches(question: Question) -> list[str]:
    """What to ask the site's index for: one of each list of names, in every spelling."""
    words = tokens_of(question.words)
    # Words that say nothing to an index of metadata would leave nothing.
    silent = set(understand(question.words, {}, question.genome).texts)
    kept = " ".join(word for word in words if word in silent or not silent)
    ways = [kept]
    for values in question.names.values():
        ways = [f"{way} {value}".strip() for way in ways for value in values]
    # The index knows whole words; an attribute's value is looked for as a part of one, too: with it and without.
    precise = ways
    for values in question.attributes.values():
        precise = [f"{way} {value}".strip() for way in precise for value in values]
    ways = list(dict.fromkeys([*precise, *filter(None, ways)]))
    spelled = [text for way in ways for text in spellings(_with_symbols(way, question.genome))]
    return list(dict.fromkeys([*(text for way in ways for text in spellings(way)), *spelled]))


def _with_symbols(text: str, genome: str) -> str:
    """Common names of factors in a text replaced by their symbols."""
    found = []
    for token in tokens_of(text):
        meant = symbols_of(token, genome)
        found.append(meant[0] if len(meant) == 1 else token)
    return " ".join(found)


def _row(entries: Sequence[ExperimentInfo]) -> dict[str, Any]:
    info = entries[0]
    return {
        "accession": info.accession,
        "gsm": " ".join(info.gsms),
        "antigen_class": info.antigen_class,
        "antigen": info.antigen,
        "cell_type_class": info.cell_type_class,
        "cell_type": info.cell_type,
        "title": info.title,
        "attributes": "\t".join(f"{key}={value}" for key, value in info.attributes),
        "reads": info.reads,
        "mapped": info.mapped_percent,
        "duplicates": info.duplicate_percent,
        "peaks": info.peaks,
        ASSEMBLIES: ", ".join(sorted(entry.genome for entry in entries)),
    }


def _with_numbers(rows: pd.DataFrame, genome: str, site: Site) -> pd.DataFrame:
    if len(rows) > MANY_RECORDS:
        say(f"  Asking for reads and peaks of {len(rows):,} experiments, one by one (limit= makes it fewer)")
    known = {}
    for accession in progress(rows["accession"].tolist(), desc="Reads and peaks", unit="experiment"):
        record = [info for info in site.experiment(accession) if info.genome == genome]
        if record:
            known[accession] = _row(record)
    numbers = pd.DataFrame(
        [[known.get(name, {}).get(column) for column in NUMBERS] for name in rows["accession"]],
        columns=list(NUMBERS),
        index=rows.index,
    )
    return rows.assign(**{name: numbers[name] for name in NUMBERS})
