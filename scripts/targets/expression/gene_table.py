"""What human genes are called, were called, and which Ensembl gene they are: HGNC's table, as UCSC's track carries it.

One download of some 40 MB; what is needed of it, 3 MB, is kept in the cache with its version, and asked for again after
half a year. HGNC names human genes alone; other species have no table here.

Seal RL et al. (2023), Nucleic Acids Research 51:D1003-D1009. doi:10.1093/nar/gkac888
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...chipatlas.cache.downloads import fetch
from ...chipatlas.endpoints import ucsc_url
from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import BadResponseError, ChipAtlasError, NotFoundError, OutputError, ServiceUnavailableError
from ...common.files.cache_folder import cache_folder
from ...common.files.json_text import decode
from ...common.files.writing import prepare_folder, write_text
from ...common.provenance import now_utc, seconds_since
from ...common.text import clean_label

TRACK = "hgnc"
#: Assemblies whose track it is.
GENOMES = ("hg38", "hg19")
KEPT_SECONDS = 180 * 86_400
#: Genes change; a table is twice as large as today's before this is met.
MOST_BYTES = 256 * 1024**2
#: Fields of the track, and what they are here.
_FIELDS = {"symbol": "symbol", "ensembl_gene_id": "ensembl", "prev_symbol": "previous", "alias_symbol": "aliases"}
#: What keeps a table from being had.
NOT_HAD: tuple[type[ChipAtlasError], ...] = (NotFoundError, BadResponseError, ServiceUnavailableError)
_ENSEMBL_GENE = re.compile(r"ENSG\d{11}")


@dataclass(frozen=True)
class Gene:
    """One gene: its symbol, its Ensembl ID without version ("" where there is none), and its other names."""

    symbol: str
    ensembl: str
    previous: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class GeneTable:
    """A version of the table.

    Attributes
    ----------
    genes : list of Gene
    source, version, retrieved_at : str
        Its address, UCSC's time of the data ("" where none is told), and when it was fetched.
    simulated : bool
        Whether the embedded service sent it.
    """

    genes: list[Gene]
    source: str
    version: str
    retrieved_at: str
    simulated: bool

    def told(self) -> str:
        """The table in the words of a note."""
        return f"HGNC's table (UCSC, version {self.version or 'not told'}, fetched {self.retrieved_at[:10]})"


def fetch_gene_table(genome: str, client: Client) -> GeneTable:
    """The table for an assembly: the one kept, else downloaded; an old one where a new one cannot be had.

    Raises
    ------
    NotFoundError
        There is none for this assembly.
    BadResponseError, ServiceUnavailableError
        It could not be downloaded.
    """
    if genome not in GENOMES:
        raise NotFoundError(f"There is no gene table of {genome}: HGNC names human genes alone ({', '.join(GENOMES)}).")
    url = f"{ucsc_url('getData/track')}?genome={genome};track={TRACK};jsonOutputArrays=1"
    path = cache_folder() / "gene_tables" / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"
    kept = _kept(path, url)
    if kept is None or seconds_since(kept.retrieved_at) > KEPT_SECONDS:
        try:
            kept = _download(url, client)
        except NOT_HAD as error:
            if kept is None:
                raise
            say(f"  The gene table of {kept.retrieved_at[:10]} is used: {str(error).splitlines()[0]}")
        else:
            _keep(kept, path)
    client.simulated |= kept.simulated
    return kept


def parse_gene_table(content: bytes, source: str) -> tuple[list[Gene], str]:
    """Genes and version of a ``getData/track`` reply, its items objects or, with their columns told, lists.

    Raises
    ------
    BadResponseError
        Something else, or no gene in it.
    """
    try:
        body = decode(content)
        items = body[TRACK]
        # Without a chromosome newer versions of the API part the items by chromosome.
        rows = [item for part in items.values() for item in part] if isinstance(items, dict) else items
        columns = [str(column["name"]) for column in body.get("columnTypes", [])]
        genes = {gene: None for row in rows if (gene := _gene(_named(row, columns))) is not None}
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadResponseError(f"{source} is no table of HGNC's genes", content[:200]) from error
    if not genes:
        raise BadResponseError(f"{source} holds no gene", content[:200])
    return list(genes), clean_label(body.get("dataTime") or "")


def _named(row: Any, columns: list[str]) -> dict[str, Any]:
    return row if isinstance(row, dict) else dict(zip(columns, row, strict=True))


def _gene(item: dict[str, Any]) -> Gene | None:
    values = {own: str(item[field] or "") for field, own in _FIELDS.items()}
    symbol = clean_label(values["symbol"])
    if not symbol:
        return None
    ensembl = values["ensembl"].strip()
    return Gene(
        symbol,
        ensembl if _ENSEMBL_GENE.fullmatch(ensembl) else "",
        _names(values["previous"]),
        _names(values["aliases"]),
    )


def _names(text: str) -> tuple[str, ...]:
    """Names parted by ``|`` or ``,``, in quotation marks or not."""
    return tuple(dict.fromkeys(name for part in re.split(r"[|,;]", text) if (name := clean_label(part.strip(' "')))))


def _download(url: str, client: Client) -> GeneTable:
    say("  Downloading HGNC's gene table from UCSC (some 40 MB, then kept)")
    with fetch(client, url, MOST_BYTES) as file:
        genes, version = parse_gene_table(b"".join(file.blocks()), url)
    return GeneTable(genes, url, version, now_utc(), file.record.simulated)


def _keep(table: GeneTable, path: Path) -> None:
    rows = [[gene.symbol, gene.ensembl, gene.previous, gene.aliases] for gene in table.genes]
    told = {"source": table.source, "version": table.version, "retrieved_at": table.retrieved_at}
    try:
        prepare_folder(path.parent)
        write_text(path, json.dumps({**told, "simulated": table.simulated, "genes": rows}))
    except OutputError as error:
        say(f"  The gene table is not kept: {str(error).splitlines()[0]}")


def _kept(path: Path, url: str) -> GeneTable | None:
    """The table kept for an address; None where there is none, or what stands there is none."""
    try:
        body = decode(path.read_bytes())
        genes = [
            Gene(symbol, ensembl, tuple(previous), tuple(aliases))
            for symbol, ensembl, previous, aliases in body["genes"]
        ]
        table = GeneTable(genes, body["source"], body["version"], body["retrieved_at"], bool(body["simulated"]))
    except (OSError, ValueError, TypeError, LookupError):
        return None
    return table if table.source == url and genes else None
