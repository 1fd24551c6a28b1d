"""All that is asked of ChIP-Atlas's site, in whichever dialect it speaks. Help, never a precondition of any work."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from ...common.errors import BadResponseError, ServiceUnavailableError
from ...common.files.json_text import decode
from ..endpoints import pause_seconds, site_url
from ..transport.client import Client
from .dialects import DIALECTS, SEARCH_LIMIT, Dialect, genomes_of, read_record, search_words
from .metadata import ExperimentInfo, from_record

Answer = TypeVar("Answer")
#: What may come of a question to the site; whoever asks says so and goes on.
SITE_ERRORS = (ServiceUnavailableError, BadResponseError)
NOT_FOUND = 404
#: The site's own word that Diff Analysis can be used: the old one repeats the service's, the new one says "ok".
_UP = ("chipatlas", "ok")

#: Address of a site -> the dialect that it spoke when it was last asked.
_spoken: dict[str, Dialect] = {}


@dataclass(frozen=True)
class Found:
    """What a search gave.

    Attributes
    ----------
    infos : list of ExperimentInfo
        One per experiment and assembly; they carry no reads.
    total : int
        Experiments that the words occur in (rows, in the new dialect: one per experiment and assembly).
    looked_at : int
        How many of those the site sent.
    """

    infos: list[ExperimentInfo]
    total: int
    looked_at: int

    @property
    def complete(self) -> bool:
        """Whether all that the words occur in was seen."""
        return self.looked_at >= self.total


class Site:
    """The site behind ``CHIPATLAS_SITE_URL``.

    Which dialect it speaks is noticed at the first reply, remembered for its address, and noticed anew after a 404.
    Every question may raise what `SITE_ERRORS` holds: the site is out of reach, or answers in neither dialect.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def dialect(self) -> Dialect | None:
        """The dialect that the site speaks; None before it was asked anything."""
        return _spoken.get(site_url(""))

    def experiment(self, accession: str) -> list[ExperimentInfo]:
        """What is known of an SRX, ERX or DRX, one entry per assembly; empty when nothing is, as for every GSM."""

        def ask(dialect: Dialect) -> list[ExperimentInfo]:
            url = site_url(dialect.experiment)
            infos = _infos(self._client.get_json(url, params={dialect.experiment_key: accession}), url)
            if infos and not any(info.accession == accession for info in infos):
                raise BadResponseError(f"{url} answers about {infos[0].accession}, not {accession}.")
            return [info for info in infos if info.accession == accession]

        return self._ask(ask)

    def search(self, words: str, *, genome: str = "", limit: int = SEARCH_LIMIT) -> Found:
        """Experiments in whose metadata every word occurs.

        Parameters
        ----------
        genome : str
            Keep the entries of one assembly. The old dialect filters nothing itself: its rows are filtered here.
        limit : int
            Rows to ask for at the most. The old dialect gives its first `SEARCH_LIMIT` whatever is asked for.
        """

        def ask(dialect: Dialect) -> Found:
            url = site_url(dialect.search)
            rows: list[ExperimentInfo] = []
            looked_at = 0
            while True:
                query: dict[str, Any] = {"q": search_words(words), "limit": min(limit - looked_at, SEARCH_LIMIT)}
                query |= {"genome": genome} if genome and dialect.filters_by_genome else {}
                query |= {"offset": looked_at} if looked_at else {}
                body = self._client.get_json(url, params=query)
                sent = body.get("experiments") if isinstance(body, dict) else None
                if not isinstance(sent, list):
                    raise _neither(url, body)
                rows += _infos(sent, url)
                looked_at += len(sent)
                told = body.get("total")
                total = max(told, looked_at) if isinstance(told, int) else looked_at
                if not sent or not dialect.pages or looked_at >= min(limit, total):
                    return Found([info for info in rows if genome in ("", info.genome)], total, looked_at)
                time.sleep(pause_seconds(url))

        return self._ask(ask)

    def factors(self) -> dict[str, list[str]]:
        """Antigens that have tables of target genes, by assembly; whatever is listed can be asked for."""

        def ask(dialect: Dialect) -> dict[str, list[str]]:
            url = site_url(dialect.factors)
            body = self._client.get_json(url)
            if not isinstance(body, dict) or not any(isinstance(names, list) for names in body.values()):
                raise _neither(url, body)
            return {str(genome): [*map(str, names)] for genome, names in body.items() if isinstance(names, list)}

        return self._ask(ask)

    def assemblies(self) -> list[str]:
        """Assemblies that the site knows. The data server holds the files of more than the new site does."""

        def ask(dialect: Dialect) -> list[str]:
            if not dialect.assemblies:
                if self.dialect is not dialect:
                    self._client.get_json(site_url(dialect.factors))  # or the dialect would be a guess
                return list(dialect.known_assemblies)
            url = site_url(dialect.assemblies)
            body = self._client.get_json(url)
            if not isinstance(body, dict) or not body or not all(isinstance(label, str) for label in body.values()):
                raise _neither(url, body)
            return list(body)

        return self._ask(ask)

    def expected_minutes(self, accessions: Iterable[str], analysis: str) -> float:
        """The site's own estimate of a job's run time, for analyses ``diffbind`` and ``dmr``.

        The old dialect counts an experiment's reads once per assembly, so twice for human and mouse.
        """
        form = {"analysis": analysis, "ids": list(accessions)}

        def ask(dialect: Dialect) -> float:
            url = site_url(dialect.estimate)
            response = self._client.post_json(url, form)
            body = _decoded(response.content) if response.status_code == 200 else None
            minutes = body.get("minutes") if isinstance(body, dict) else None
            if not isinstance(minutes, (int, float)) or isinstance(minutes, bool):
                raise BadResponseError(
                    f"HTTP {response.status_code} from {url}, without minutes", response.text, response.status_code
                )
            return float(minutes)

        return self._ask(ask)

    def serves_diff_analysis(self) -> bool:
        """Whether the site says that the Diff Analysis service can be used now."""

        def ask(dialect: Dialect) -> bool:
            url = site_url(dialect.status)
            response = self._client.get(url)
            if response.status_code != 200:
                raise BadResponseError(f"HTTP {response.status_code} from {url}", response.text, response.status_code)
            body = _decoded(response.content)
            if isinstance(body, dict) and isinstance(body.get("features"), dict):
                return body["features"].get("diff_analysis") in _UP
            word = response.text.strip()
            if word and word not in _UP:
                raise _neither(url, response.text)
            return word in _UP

        return self._ask(ask)

    def _ask(self, ask: Callable[[Dialect], Answer]) -> Answer:
        """Put a question in the dialect that the site spoke last, and in the other one when that fails."""
        address = site_url("")
        known = _spoken.get(address)
        odd: BadResponseError | None = None
        for dialect in sorted(DIALECTS, key=lambda one: one is not known):
            try:
                answer = ask(dialect)
            except BadResponseError as error:
                if error.status == NOT_FOUND:
                    _spoken.pop(address, None)
                elif dialect is known:
                    raise
                else:
                    odd = odd or error
                continue
            _spoken[address] = dialect
            return answer
        raise odd or BadResponseError(f"{address} answers HTTP 404 in both dialects that ChIP-Atlas's site has had.")


def _infos(entries: Any, url: str) -> list[ExperimentInfo]:
    """Experiments of a list of records, one per assembly that each names; "nothing is known" is an empty list."""
    records = [read_record(entry) for entry in entries] if isinstance(entries, list) else [None]
    found = []
    for record in records:
        if record is None:
            raise _neither(url, entries)
        found += [from_record(record | {"genome": genome}) for genome in genomes_of(record)]
    return found


def _neither(url: str, body: Any) -> BadResponseError:
    return BadResponseError(f"{url} answers in no dialect that is known of ChIP-Atlas's site.", _quotable(body))


def _quotable(body: Any) -> str:
    """A reply as text again, NaN and infinities included, which `decode` takes and JSON lacks."""
    try:
        return body if isinstance(body, str) else json.dumps(body)
    except RecursionError:
        return ""


def _decoded(content: bytes) -> Any:
    try:
        return decode(content)
    except ValueError:
        return None
