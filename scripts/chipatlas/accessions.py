"""Accessions of experiments, in whatever text they stand."""

from __future__ import annotations

import codecs
import re
import unicodedata

from ..common.text import UNSEEN

#: An experiment of the Sequence Read Archive (NCBI, EBI or DDBJ), or a sample of GEO.
ACCESSION = re.compile(r"^(?:[SED]RX|GSM)[0-9]{1,12}$")
#: Assays, as the archives call them, that ChIP-Atlas processes.
PROCESSED = ("ChIP-Seq", "ATAC-seq", "DNase-Hypersensitivity", "Bisulfite-Seq")
#: Of these, the samples of GEO.
GSM = re.compile(r"^GSM[0-9]{1,12}$")
#: What archives number besides, and of which they tell the experiments: kind -> form.
OTHER_KINDS = {
    "run": re.compile(r"^[SED]RR[0-9]{1,12}$"),
    "study": re.compile(r"^(?:[SED]RP[0-9]{1,12}|PRJ(?:NA|EB|DB)[0-9]{1,12})$"),
    "sample": re.compile(r"^(?:[SED]RS[0-9]{1,12}|SAM(?:N|EA|D)[0-9]{1,12})$"),
    "series": re.compile(r"^GSE[0-9]{1,12}$"),
    "ENCODE experiment": re.compile(r"^ENCSR[0-9]{3}[A-Z]{3}$"),
}
#: What begins like an accession and is none of these: of platforms, submissions, ENCODE's files, or cut short.
_NO_EXPERIMENT = re.compile(
    r"^(?:(?:[SED]R[XRSPAZ]|GSM|GSE|GPL)\d.*|PRJ[A-Z]{2}\d+|SAM(?:N|EA|D)\d+|ENC(?:SR|FF|BS)[0-9A-Z]+)$"
)
_TOKEN = re.compile(r"[^\W_]+")
#: Not seen, and copied along from pages and mails; joiners and soft hyphens stand within a word.
_INVISIBLE = re.compile(rf"[{UNSEEN}\u200c\u200d]")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decoded(content: bytes) -> str:
    """A text file's content: UTF-8, or UTF-16 where its mark says so, as some spreadsheets save it.

    Raises
    ------
    UnicodeDecodeError
        It is neither.
    """
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    return content.decode(encoding)


def kind_of(text: str) -> str:
    """The kind of an accession: ``experiment``, one of `OTHER_KINDS`, or nothing."""
    name = text.upper()
    if ACCESSION.match(name):
        return "experiment"
    return next((kind for kind, form in OTHER_KINDS.items() if form.match(name)), "")


def accessions_in(text: str) -> list[str]:
    """The accessions that a text holds, in upper case: of a single one itself, of ``SRX1|SRX2`` or a sentence each.

    What cannot be seen is passed over, digits and letters of full width are the common ones. A text without an
    accession, or with accessions of two kinds (an experiment and its study), is given back as it is: which of them is
    meant, nobody but its writer can say.
    """
    seen = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()
    tokens = [token.upper() for token in _TOKEN.findall(seen)]
    found = [token for token in tokens if kind_of(token)]
    kinds = {kind_of(token) for token in found}
    if len(kinds) != 1 or any(_NO_EXPERIMENT.match(token) for token in tokens if token not in found):
        return [seen.upper() if kind_of(seen) else seen] if seen else []
    return found


def holds_accessions(text: str) -> bool:
    """Whether a text is one accession, or several of one kind."""
    found = accessions_in(text)
    return bool(found) and all(map(kind_of, found))
