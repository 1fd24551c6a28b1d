"""Experiments that answer a question, from the catalogue on this machine or from ChIP-Atlas's site."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import pandas as pd

from ..chipatlas.transport.reach import one_run
from ..common.console import announce_simulation, headline, say
from ..common.text import plural
from .accession_lists import read_accessions
from .among import Among, name_all, taken_out
from .catalogue.ask import places_in, rows_in, vocabulary_of
from .catalogue.store import Catalogue, stored_catalogue
from .online import ask_site
from .question import (
    Answer,
    Question,
    checked,
    explain_nothing,
    large_enough,
    relaxed,
    tell_missing,
    understood_by,
    with_attributes,
)
from .table import as_table
from .vocabulary import Understood, demands


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
    question = checked(words, genome, names, named, attributes, numbers)
    headline(f"Experiments of {question.genome}")
    among = name_all(question.accessions) if question.accessions else None
    catalogue = stored_catalogue()
    if catalogue is not None and question.genome in catalogue.rows:
        answer = _offline(question, catalogue, among)
    else:
        answer = ask_site(question, among)
    simulated = answer.simulated or (among is not None and among.resolved.simulated)
    table = as_table(answer.rows, genome=question.genome, source=answer.source, simulated=simulated)
    if among is not None:
        table["study"] = [
            among.study_of(accession, told) for accession, told in zip(table["accession"], table["study"], strict=True)
        ]
    table.attrs["not_processed"] = among.not_processed if among is not None else []
    announce_simulation(simulated)
    of_all = f" of {answer.found:,}" if answer.found > len(table) else ""
    say(f"  {plural(len(table), 'experiment')}{of_all}, from {answer.source}")
    if table.empty:
        unknown = among is not None and not among.names
        say(
            f"  None of the accessions stands for an experiment that ChIP-Atlas has of {genome}."
            if unknown
            else "  Nothing fits all of it. Leave a word or a filter out."
        )
    return table


def _offline(question: Question, catalogue: Catalogue, among: Among | None) -> Answer:
    vocabulary = vocabulary_of(catalogue, question.genome)
    understood = understood_by(question, vocabulary, lambda: vocabulary["antigen"])

    if among is not None:
        among.hold_against(places_in(catalogue, among.names), question.genome)
    held = among.names if among is not None else None

    def rows(asked: Understood) -> pd.DataFrame:
        texts, any_text = asked.texts, asked.any_text
        return rows_in(catalogue, question.genome, demands(asked), texts, any_text=any_text, among=held)

    found = rows(understood)
    while found.empty and relaxed(understood):
        found = rows(understood)
    if found.empty:
        explain_nothing(understood, lambda less: len(rows(less)))
    tell_missing(understood, found)
    # The catalogue has looked at names and texts.
    fitting = large_enough(with_attributes(found, question), question)
    return Answer(fitting.head(question.limit or len(fitting)), len(fitting), catalogue.called, catalogue.simulated)
