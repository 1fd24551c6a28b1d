"""A sample of the factors that the site lists: which ones, how large they are, and their download, one by one."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence

from ...chipatlas.cache.rate import taking_turns
from ...chipatlas.endpoints import pause_seconds
from ...chipatlas.transport.client import Client
from ...chipatlas.transport.rules import announced_size
from ...common.console import progress, say
from ...common.errors import BadResponseError, NoDataError, NotFoundError, ServiceUnavailableError
from ...common.text import plural
from ..query.availability import fetch_index
from ..query.question import Query
from ..table.download_target_genes import fetch_target_genes
from .background import Member
from .kinds import kind_of
from .tables import bound_member

#: Factors whose size is asked for, for each one that is taken: a middle needs two ends, and a question is a request.
ASKED_FOR_EACH = 3
#: Controls are the largest tables of some assemblies; one above this is left out, and said.
MOST_CONTROL_BYTES = 100_000_000


def candidates(listed: Sequence[str], genome: str, number: int) -> list[str]:
    """Factors to ask the size of: the same ones at every call, in no order that a name or a family has."""
    factors = [name for name in listed if kind_of(name) == "factor"]
    factors.sort(key=lambda name: (hashlib.sha256(f"{genome}:{name}".encode()).digest(), name))
    return factors[: ASKED_FOR_EACH * number]


def middle_first(sizes: dict[str, int]) -> list[str]:
    """Names by how near their size's rank is to the middle; the smaller of two comes first."""
    ranked = sorted(sizes, key=lambda name: (sizes[name], name))
    middle = (len(ranked) - 1) / 2
    return sorted(ranked, key=lambda name: abs(ranked.index(name) - middle))


class Sample:
    """The tables of some listed factors and of the listed controls, downloaded at the pace of `chipatlas.cache.rate`.

    Parameters
    ----------
    client : Client
    genome, distance
    wanted : list of str or None
        Antigens by name; None for `number` factors of middle size and every listed control.
    number : int
    """

    def __init__(self, client: Client, genome: str, distance: int, wanted: Sequence[str] | None, number: int) -> None:
        self._client = client
        self._genome, self._distance = genome, distance
        self._wanted, self._number = wanted, number

    def members(self) -> Iterator[Member]:
        """Each table, after how many bytes there are to come has been said.

        Raises
        ------
        NotFoundError
            A wanted antigen has no table; the site lists no factor of this assembly.
        ServiceUnavailableError, BadResponseError
            The site or the data server failed. What was fetched is kept: the same call goes on from there.
        """
        controls: dict[str, int] = {}
        if self._wanted is None:
            listed = self._listed()
            controls = self._small_enough([name for name in listed if kind_of(name) == "control"])
            sizes = self._sizes(candidates(listed, self._genome, self._number))
            order = middle_first(sizes)
            number = self._number
        else:
            order, number = list(self._wanted), len(self._wanted)
            sizes = self._sizes(order)
        first = order[:number]
        total = sum(sizes.get(name, 0) for name in first) + sum(controls.values())
        say(
            f"  To fetch: {plural(len(first), 'table')} ({', '.join(first[:8])}{', ...' if len(first) > 8 else ''})"
            + (f" and {plural(len(controls), 'control')} ({', '.join(controls)})" if controls else "")
            + f", {total:,} bytes in all as the server tells them; what the cache holds is not sent again"
        )
        taken = 0
        for name in order:
            if taken == number:
                break
            member = self._fetch(name)
            if member is not None:
                taken += 1
                yield member
        for name in controls:
            member = self._fetch(name)
            if member is not None:
                yield member

    def _listed(self) -> list[str]:
        index = fetch_index(self._client)
        if index is None:
            raise ServiceUnavailableError(
                "The site's list of factors cannot be read, so none can be chosen. Name them (--factors A,B,...), build"
                " from a folder or archive of tables (--from), or try later."
            )
        if not index.get(self._genome):
            raise NotFoundError(
                f"The site lists no factor of {self._genome}, so none can be chosen. Name them (--factors A,B,...), or "
                "build from a folder or archive of tables (--from)."
            )
        return index[self._genome]

    def _sizes(self, names: Sequence[str]) -> dict[str, int]:
        """Bytes of each table, as the server announces them; those that it has not are left out."""
        sizes = {}
        for name in progress(names, desc="Sizes", unit="table"):
            url = Query(name, self._genome, self._distance).url
            response = self._client.head(url)
            time.sleep(pause_seconds(url))
            if response.status_code == 200:
                sizes[name] = announced_size(response.headers) or 0
            elif response.status_code != 404:
                raise BadResponseError(f"HTTP {response.status_code} from {url}", "", response.status_code)
        return sizes

    def _small_enough(self, controls: Sequence[str]) -> dict[str, int]:
        sizes = self._sizes(controls)
        for name, size in sizes.items():
            if size > MOST_CONTROL_BYTES:
                say(f"  {name} is left out: a control of {size:,} bytes. --factors takes it with others by name.")
        return {name: size for name, size in sizes.items() if size <= MOST_CONTROL_BYTES}

    def _fetch(self, name: str) -> Member | None:
        """One table; None of a sample's that has no data, which is said."""
        query = Query(name, self._genome, self._distance)
        try:
            with taking_turns(query.url) as turn:
                download = fetch_target_genes(self._client, query)
                turn.sent = 0 if download.provenance["from_cache"] else download.provenance["bytes"]
        except (NoDataError, NotFoundError):
            if self._wanted is not None:
                raise
            say(f"  {name}: no data, the next one is taken in its place")
            return None
        told = ("url", "sha256", "last_modified", "etag", "retrieved_at")
        about = {key: download.provenance[key] for key in told}
        bound = download.summary[download.summary["num_bound"] > 0]
        if bound.empty:
            return None
        gene, average, count = (bound[key].to_numpy() for key in ("gene", "avg_score", "num_bound"))
        return bound_member(name, gene, average, count, len(download.matrix.columns), about)
