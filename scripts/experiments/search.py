"""Experiments that answer a question, from the catalogue on this machine or from ChIP-Atlas's site."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..chipatlas.assemblies import get_assembly
from ..chipatlas.endpoints import site_url
from ..chipatlas.site.aliases import symbols_of
from ..chipatlas.site.api import Found, Site
from ..chipatlas.site.dialects import SEARCH_LIMIT
from ..chipatlas.site.look_up import look_up
from ..chipatlas.site.metadata import ExperimentInfo
from ..chipatlas.transport.client import Client
from ..chipatlas.transport.reach import one_run
from ..common.console import announce_simulation, headline, progress, say
from ..common.errors import InputError, NotFoundError
from ..common.invocation import command
from ..common.results import require_number
from ..common.text import near_matches, plural
from .accession_lists import read_accessions
from .among import Among, name_all, taken_out
from .catalogue.ask import places_in, rows_in, vocabulary_of
from .catalogue.store import Catalogue, stored_catalogue
from .table import ASSEMBLIES, NUMBERS, as_table, attribute_name, rows_of
from .vocabulary import KINDS, Understood, alone, demands, folded, matcher, spellings, understand

#: Rows that the site is asked for at the most, a page at a time.
MOST_ROWS = 1000
#: Experiments whose own record (reads, peaks) is asked for without a word about the time that takes.
MANY_RECORDS = 100
_BUILD = command("catalogue build")


@dataclass(frozen=True)
class Question:
    """What is looked for, checked.

    Attributes
    ----------
    words : str
    genome : str
    names : dict
        Column of `KINDS` -> the names that were given for it.
    accessions : list of str
        Of any kind; the experiments they stand for are those that are looked among.
    attributes : dict
        Column of an attribute -> the texts of which one must occur in it.
    min_reads, min_peaks : int or None
    limit : int or None
    """

    words: str
    genome: str
    names: dict[str, list[str]] = field(default_factory=dict)
    accessions: list[str] = field(default_factory=list)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    min_reads: int | None = None
    min_peaks: int | None = None
    limit: int | None = None


@one_run()
def find_experiments(
    words: str | None = None,
    *,
    genome: str,
    antigen: str | Iterable[str] | None = None,
    antigen_class: str | Iterable[str] | None = None,
    cell_type: str | Iterable[str] | None = None,
    cell_type_class: str | Iterable[str] | None = None,
    attributes: Mapping[str, str | Iterable[str]] | None = None,
    min_reads: int | None = None,
    min_peaks: int | None = None,
    limit: int | None = None,
    accessions: str | os.PathLike[str] | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Find experiments by words, names, attributes and accessions.

    With a catalogue (`build_catalogue`) the answer comes from this machine, else from ChIP-Atlas's site. Spelling is
    tolerated (k562, K 562 and K-562 are the same; p53 is TP53), and how a word was understood is printed.

    Parameters
    ----------
    words : str, optional
        What to look for, as one would say it: ``"TP53 K-562 daunorubicin"``. A word that is the name of an antigen, a
        cell type or a class asks for experiments annotated so; any other must occur in title or attributes. An
        accession among them (``GSE131484``) counts as one of `accessions`.
    genome : str
        Assembly, such as ``hg38``.
    antigen : str or list of str, optional
        Antigen of the annotation, such as TP53 or H3K27ac; one of a list.
    antigen_class : str or list of str, optional
        Its class, such as "TFs and others", Histone, ATAC-Seq, DNase-seq, Bisulfite-Seq; one of a list.
    cell_type : str or list of str, optional
        Cell type of the annotation, such as K-562; one of a list.
    cell_type_class : str or list of str, optional
        Its class, such as Blood or Liver; one of a list.
    attributes : mapping, optional
        What the submitters said of the samples: ``{"treatment": "daunorubicin"}``; one of a list, as part of the value.
    min_reads : int, optional
        Least number of sequenced reads; experiments of which it is not known are left out.
    min_peaks : int, optional
        Least number of peaks at Q < 1e-5; experiments of which it is not known are left out.
    limit : int, optional
        Keep the first so many.
    accessions : path, str or list of str, optional
        Only among these: experiments, or runs (SRR), samples (SAMN), studies (SRP, PRJNA), series (GSE) and experiments
        of ENCODE (ENCSR), for which the sequence archives are asked; a list, a text, an SraRunTable, a RunInfo.

    Returns
    -------
    DataFrame
        One row an experiment: ``accession gsm study antigen_class antigen cell_type_class cell_type title``, one column
        per attribute, then ``reads mapped duplicates peaks assemblies`` (percent of reads for the middle two). Empty
        when nothing fits, which is said. ``attrs`` holds ``genome``, ``attributes``, ``source``, ``simulated`` and
        ``not_processed``: (given, accession, reason) of each of the `accessions` that ChIP-Atlas has not.

    Raises
    ------
    InputError
        Nothing to look for, or an unusable filter.
    NotFoundError
        An unknown assembly, or a name that no experiment bears, with near matches.
    ServiceUnavailableError, BadResponseError
        There is no catalogue, and the site cannot be asked.
    """
    words, named = taken_out(words)
    named += read_accessions(accessions) if accessions is not None else []
    names = {
        "antigen": antigen, "antigen_class": antigen_class, "cell_type": cell_type, "cell_type_class": cell_type_class,
    }  # fmt: skip
    numbers = {"min_reads": min_reads, "min_peaks": min_peaks, "limit": limit}
    question = _checked(words, genome, names, named, attributes, numbers)
    headline(f"Experiments of {question.genome}")
    among = name_all(question.accessions) if question.accessions else None
    catalogue = stored_catalogue()
    if catalogue is not None and question.genome in catalogue.rows:
        answer = _offline(question, catalogue, among)
    else:
        answer = _online(question, among)
    table = as_table(answer.rows, genome=question.genome, source=answer.source, simulated=answer.simulated)
    if among is not None:
        table["study"] = [
            among.study_of(accession, told) for accession, told in zip(table["accession"], table["study"], strict=True)
        ]
    table.attrs["not_processed"] = among.not_processed if among is not None else []
    announce_simulation(answer.simulated)
    of_all = f" of {answer.found:,}" if answer.found > len(table) else ""
    say(f"  {plural(len(table), 'experiment')}{of_all}, from {answer.source}")
    if table.empty:
        say("  Nothing fits all of it. Leave a word or a filter out, or try another assembly.")
    return table


def _checked(
    words: str | None,
    genome: str,
    names: Mapping[str, Any],
    accessions: list[str],
    attributes: Mapping[str, Any] | None,
    numbers: Mapping[str, int | None],
) -> Question:
    get_assembly(genome)
    if words is not None and not isinstance(words, str):
        raise InputError(f"words is {words!r}; give text, such as 'TP53 K-562'.")
    wanted = {kind: _list(value, kind) for kind, value in names.items() if value is not None}
    if not isinstance(attributes or {}, Mapping):
        raise InputError(f"attributes is {attributes!r}; give a mapping such as {{'treatment': 'daunorubicin'}}.")
    asked = {
        attribute_name(str(key)): _list(value, f"attributes[{key!r}]") for key, value in (attributes or {}).items()
    }
    if not (words or "").strip() and not wanted and not asked and not accessions:
        raise InputError("Nothing to look for. Give words, an antigen, a cell type, a class, attributes or accessions.")
    whole = {
        name: None if value is None else int(require_number(name, value, f"a number such as {example}", least=least))
        for name, example, least in (("min_reads", "10000000", 0), ("min_peaks", "1000", 0), ("limit", "50", 1))
        for value in [numbers[name]]
    }
    return Question((words or "").strip(), genome, wanted, list(dict.fromkeys(accessions)), asked, **whole)


def _list(value: Any, name: str) -> list[str]:
    values = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else []
    if not values or not all(isinstance(item, str) and folded(item) for item in values):
        raise InputError(f"{name} is {value!r}; give a name, or a list of names.")
    return values


@dataclass(frozen=True)
class _Answer:
    """Rows for `as_table`, how many there were before the limit, where they are from."""

    rows: pd.DataFrame
    found: int
    source: str
    simulated: bool


def _offline(question: Question, catalogue: Catalogue, among: Among | None) -> _Answer:
    vocabulary = vocabulary_of(catalogue, question.genome)
    understood = _understood(question, vocabulary, lambda: vocabulary["antigen"])

    if among is not None:
        among.hold_against(places_in(catalogue, among.names), question.genome)
    held = among.names if among is not None else None

    def rows() -> pd.DataFrame:
        texts, any_text = understood.texts, understood.any_text
        return rows_in(catalogue, question.genome, demands(understood), texts, any_text=any_text, among=held)

    found = rows()
    if found.empty and _relaxed(understood):
        found = rows()
    # The catalogue has looked at names and texts.
    fitting = _large_enough(_with_attributes(found, question), question)
    return _Answer(fitting.head(question.limit or len(fitting)), len(fitting), catalogue.called, catalogue.simulated)


def _online(question: Question, among: Among | None) -> _Answer:
    with Client() as client:
        site = Site(client)
        found_by = _candidates(question, site) if among is None else _records(among, question.genome, site)
        rows = rows_of([_row(entries) for entries in found_by.values()])
        vocabulary = {kind: rows[kind].unique().tolist() for kind in KINDS}
        understood = _understood(question, vocabulary, lambda: site.factors().get(question.genome, []))
        fitting = _fitting(rows, question, understood)
        if fitting.empty and _relaxed(understood):
            fitting = _fitting(rows, question, understood)
        found = len(fitting)
        if question.min_reads is None and question.min_peaks is None:
            fitting = fitting.head(question.limit or found)
        # Reads and peaks stand in the experiments' own records: asked for what the other filters leave.
        known = fitting if among is not None else _with_numbers(fitting, question.genome, site)
        fitting = _large_enough(known, question)
        found = min(found, len(fitting)) if len(fitting) > (question.limit or found) else found
        rows = fitting.head(question.limit or len(fitting))
        return _Answer(rows, max(found, len(rows)), f"the site ({site_url('')})", client.simulated)


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


def _candidates(question: Question, site: Site) -> dict[str, list[ExperimentInfo]]:
    """Entries of the site's search, by accession: every way in which the question can be spelled."""
    found: dict[str, list[ExperimentInfo]] = {}
    asked: list[Found] = []
    searches = _searches(question)
    for words in searches:
        answer = site.search(words, limit=MOST_ROWS)
        asked.append(answer)
        for info in answer.infos:
            entries = found.setdefault(info.accession, [])
            if info.genome not in [entry.genome for entry in entries]:
                entries.append(info)
        if words == searches[-1] and not found:
            # Two sides of a comparison stand in no single experiment: each word may be left out.
            searches += [one for one in _one_word_less(question) if one not in searches]
    cut = [answer for answer in asked if not answer.complete]
    if cut:
        say(
            f"  The site gives its first {max(len(cut) and cut[0].looked_at, SEARCH_LIMIT):,} of "
            f"{max(answer.total for answer in cut):,} rows: others may fit as well.\n"
            f"  Ask with more words, or build the catalogue, which holds all: {_BUILD}"
        )
    return {name: entries for name, entries in found.items() if question.genome in [one.genome for one in entries]}


def _searches(question: Question) -> list[str]:
    """What to ask the site's index for: one of each list of names, in every spelling."""
    words = [word for word in question.words.split() if folded(word)]
    # Words that say nothing to an index of metadata would leave nothing.
    silent = set(understand(question.words, {}, question.genome).texts)
    kept = " ".join(word for word in words if word.strip(",;") in silent or not silent)
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


def _one_word_less(question: Question) -> list[str]:
    """The words of a question without one of them, each in turn."""
    words = understand(_with_symbols(question.words, question.genome), {}, question.genome).texts
    less = [" ".join(words[:at] + words[at + 1 :]) for at in range(len(words))] if len(words) > 2 else []
    return list(dict.fromkeys(text for one in less for text in spellings(one)))


def _with_symbols(text: str, genome: str) -> str:
    """Common names of factors in a text replaced by their symbols."""
    found = []
    for token in text.split():
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


def _understood(
    question: Question, vocabulary: Mapping[str, Iterable[str]], antigens: Callable[[], Iterable[str]]
) -> Understood:
    """The words and the names of a question as the experiments bear them; each decision is printed.

    `antigens` gives all there are, for suggestions.
    """
    understood = understand(question.words, vocabulary, question.genome)
    for line in understood.told:
        say(f"  {line}")
    for kind, given in question.names.items():
        names = list(vocabulary[kind])
        meant = [_name(item, kind, names, question.genome) for item in given]
        for item, name in zip(given, meant, strict=True):
            if name is None:
                known = antigens() if kind == "antigen" else names
                raise NotFoundError(
                    f"No experiment found for the {KINDS[kind]} {item!r} ({question.genome}).",
                    near_matches(item, known),
                )
            if name != item:
                say(f"  {kind}={item!r}: the {KINDS[kind]} {name}")
        understood.names[kind] = [name for name in meant if name is not None]
    return understood


def _name(given: str, kind: str, names: Iterable[str], genome: str) -> str | None:
    """The name that is meant, by another spelling of it or by a common name; None for an unknown one."""
    for key in (given, *(symbols_of(given, genome) if kind == "antigen" else ())):
        same = matcher([key])
        meant = next((name for name in names if same(name)), None)
        if meant is not None:
            return meant
    return None


def _relaxed(understood: Understood) -> bool:
    """Let one of several texts be enough where no experiment has all, and say so; False where nothing can be let go."""
    if understood.any_text or len(understood.texts) < 2:
        return False
    say(f"  No experiment has all of: {', '.join(understood.texts)}. Those that have any of them:")
    understood.any_text = True
    return True


def _fitting(rows: pd.DataFrame, question: Question, understood: Understood) -> pd.DataFrame:
    """The rows that bear the names, and hold the texts and attributes that were asked for."""
    if rows.empty:
        return rows
    keep = np.ones(len(rows), dtype=bool)
    for demand in demands(understood):
        keep &= np.any([rows[kind].isin(names).to_numpy() for kind, names in demand.items()], axis=0)
    texts = (rows["title"] + rows["attributes"]).map(folded)
    whole = (rows["title"] + " " + rows["attributes"]).str.lower()
    occurs = [
        (whole.str.contains(pattern) if (pattern := alone(text)) else texts.str.contains(folded(text), regex=False))
        for text in understood.texts
    ]
    if occurs:
        keep &= (np.any if understood.any_text else np.all)([one.to_numpy(bool) for one in occurs], axis=0)
    return _with_attributes(rows[keep], question)


def _with_attributes(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows whose attributes hold one of the texts that were asked for, each."""
    if rows.empty or not question.attributes:
        return rows
    table = as_table(rows, genome=question.genome, source="", simulated=False)
    keep = np.ones(len(rows), dtype=bool)
    for name, values in question.attributes.items():
        held = table[name].map(folded) if name in table else pd.Series("", index=table.index)
        keep &= np.array([any(folded(value) in one for value in values) for one in held], dtype=bool)
    return rows[keep]


def _large_enough(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows with so many reads and peaks; what is not known is too few."""
    for column, least in (("reads", question.min_reads), ("peaks", question.min_peaks)):
        if least is not None:
            rows = rows[pd.to_numeric(rows[column]).ge(least).fillna(False).astype(bool)]
    return rows
