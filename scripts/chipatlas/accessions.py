"""Accessions of experiments, in whatever text they stand."""

from __future__ import annotations

import codecs
import re
import unicodedata

from ..common.text import UNSEEN

#: An experiment of the Sequence Read Archive (NCBI, EBI or DDBJ), or a sample of GEO.
ACCESSION = re.compile(r"^(?:[SED]RX|GSM)[0-9]{1,12}$")
#: What begins like one and is none, and what else archives number: runs, samples, studies, submissions, projects,
#: series, ENCODE's experiments.
_NO_EXPERIMENT = re.compile(
    r"^(?:(?:[SED]RX|GSM)\d.*|[SED]R[RSPAZ]\d+|GSE\d+|GPL\d+|PRJ[A-Z]{2}\d+|SAM(?:N|EA|D)\d+|ENC(?:SR|FF|BS)[0-9A-Z]+)$"
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


def accessions_in(text: str) -> list[str]:
    """The accessions that a text holds, in upper case: of a single one itself, of ``SRX1|SRX2`` or a sentence each.

    What cannot be seen is passed over, digits and letters of full width are the common ones. A text that holds no
    experiment's accession, or one of another kind beside it, is given back as it is: whoever asked has to say why.
    """
    seen = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()
    tokens = [token.upper() for token in _TOKEN.findall(seen)]
    found = [token for token in tokens if ACCESSION.match(token)]
    others = [token for token in tokens if token not in found]
    if not found or any(_NO_EXPERIMENT.match(token) for token in others):
        return [seen.upper() if ACCESSION.match(seen.upper()) else seen] if seen else []
    return found
