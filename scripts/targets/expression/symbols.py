"""Names of an expression table as the target table writes them: Ensembl IDs and old symbols mapped, and counted.

ChIP-Atlas's tables hold the symbols of the RefSeq of their day. A name that stands there is taken as it is. Of the
others, an Ensembl ID is the gene that HGNC says it is, and a symbol the gene whose approved, previous or alias symbol
it is, in this order; that gene's name in the target table may be an older one, too. What could be more than one gene is
never guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import InputError
from ...common.text import plural
from .evidence import ENSEMBL_ID
from .gene_table import NOT_HAD, Gene, GeneTable, fetch_gene_table
from .table import one_row_a_gene

#: From this share of IDs among the names on, a table is one of IDs.
_MOSTLY = 0.5
#: Old symbols are looked up where more of the bound genes than this are missing from the table.
MISSING_SHARE = 0.02
_EXAMPLES = 5

AS_GIVEN, BY_ID, BY_SYMBOL, AMBIGUOUS, LOST = "as given", "Ensembl ID", "other symbol", "ambiguous", "lost"


@dataclass(frozen=True)
class Mapping:
    """What became of the names of a table.

    Attributes
    ----------
    names : DataFrame
        ``name`` (as given), ``gene`` (mapped; empty where it is not), ``how``: one of the words above.
    table : GeneTable
    """

    names: pd.DataFrame
    table: GeneTable

    def summary(self) -> dict[str, Any]:
        """Counts, versions and examples, for the evidence."""
        counts = Counter(self.names["how"])
        words = (AS_GIVEN, BY_ID, BY_SYMBOL, AMBIGUOUS, LOST)
        examples = {how: self.names.loc[self.names["how"] == how, "name"].head(_EXAMPLES).tolist() for how in words[1:]}
        return {
            "source": self.table.source,
            "version": self.table.version,
            "retrieved_at": self.table.retrieved_at,
            "simulated": self.table.simulated,
            "counts": {how: counts[how] for how in words},
            "examples": examples,
        }

    def notes(self) -> list[str]:
        """The same in words."""
        found = self.summary()
        counts, examples = found["counts"], found["examples"]
        notes = []
        if counts[BY_ID] + counts[BY_SYMBOL]:
            notes.append(
                f"{plural(counts[BY_ID], 'Ensembl ID')} and {plural(counts[BY_SYMBOL], 'other symbol')} mapped to the "
                f"symbols of the target table by {self.table.told()}"
            )
        for how, why in (
            (AMBIGUOUS, "may be more than one gene: left out"),
            (LOST, "not in that table: left out, bound or not"),
        ):
            if counts[how]:
                notes.append(f"{plural(counts[how], 'name')} {why} ({', '.join(examples[how])})")
        return notes


def with_symbols(expression: pd.DataFrame, ranking: pd.DataFrame, genome: str, client: Client) -> pd.DataFrame:
    """An expression table with the names of the ranking; as it is where they are the same already.

    Parameters
    ----------
    expression : DataFrame
        What `read_expression` returned.
    ranking : DataFrame
        ``gene`` and ``num_bound`` of every gene of the table of target genes.
    genome : str
        Assembly.
    client : Client

    Returns
    -------
    DataFrame
        ``gene log2FC padj``, and where names were mapped ``expression_name``. ``attrs`` as before, with what was
        mapped, ambiguous and lost in ``notes`` and ``mapping``; also printed.

    Raises
    ------
    InputError
        The table is one of Ensembl IDs, and no gene table can be had, or it maps none of them.
    """
    names = expression["gene"]
    is_id = names.str.fullmatch(ENSEMBL_ID).to_numpy(bool)
    of_ids = bool(len(names)) and is_id.mean() >= _MOSTLY
    bound = ranking.loc[ranking["num_bound"] > 0, "gene"]
    missing = float((~bound.isin(names)).mean()) if len(bound) else 0.0
    if missing <= MISSING_SHARE or not (of_ids or bound.isin(names).any()):
        return expression
    try:
        table = fetch_gene_table(genome, client)
    except NOT_HAD as error:
        why = str(error).splitlines()[0]
        if of_ids:
            raise InputError(
                f"{expression.attrs.get('source', 'The expression table')} holds Ensembl IDs ({names.iloc[0]}), and "
                f"they cannot be mapped here: {why}\nMap them to symbols first."
            ) from error
        return _noted(
            expression, [f"{missing:.0%} of the bound genes are not in the table; old symbols not looked up: {why}"]
        )
    mapping = Mapping(match_names(names, set(ranking["gene"]), table.genes), table)
    if of_ids and not mapping.names["gene"].isin(bound).any():
        raise InputError(
            f"None of the {len(names):,} Ensembl IDs ({names.iloc[0]}) is a bound gene by {table.told()}.\n"
            "Are they genes, not transcripts, of this assembly's species?"
        )
    return _mapped(expression, mapping)


def match_names(names: pd.Series, listed: Collection[str], genes: Iterable[Gene]) -> pd.DataFrame:
    """Match names of genes to those of a table of target genes.

    Parameters
    ----------
    names : Series of str
        Each once.
    listed : collection of str
        Symbols of the table of target genes.
    genes : iterable of Gene

    Returns
    -------
    DataFrame
        ``name gene how``, in the order of `names`; see `Mapping`.
    """
    of_id, of_symbol = _by_id(genes), _by_symbol(genes)
    taken = {name for name in names if name in listed}
    is_id = names.str.fullmatch(ENSEMBL_ID)
    rows = []
    for name, an_id in zip(names, is_id, strict=True):
        if name in taken:
            rows.append((name, name, AS_GIVEN))
        elif an_id:
            rows.append((name, *_target(of_id.get(name.partition(".")[0].partition("_")[0], []), listed, BY_ID, LOST)))
        else:
            gene, how = _target(of_symbol.get(name, []), listed, BY_SYMBOL, AS_GIVEN)
            # A gene that stands there under its own name keeps it; a name of no listed gene stays as it is.
            kept = how == BY_SYMBOL and (gene in taken or gene not in listed)
            rows.append((name, name, AS_GIVEN) if kept or how == AS_GIVEN else (name, gene, how))
    return pd.DataFrame(rows, columns=["name", "gene", "how"])


def _target(candidates: list[Gene], listed: Collection[str], found: str, otherwise: str) -> tuple[str, str]:
    """The name in the target table of the one gene that a name may be."""
    if not candidates:
        return "", otherwise
    if len(candidates) > 1:
        return "", AMBIGUOUS
    gene = candidates[0]
    if gene.symbol in listed:
        return gene.symbol, found
    older = [name for name in gene.previous if name in listed] or [name for name in gene.aliases if name in listed]
    return (older[0] if len(older) == 1 else gene.symbol), found


def _by_id(genes: Iterable[Gene]) -> dict[str, list[Gene]]:
    found: dict[str, list[Gene]] = defaultdict(list)
    for gene in genes:
        if gene.ensembl:
            found[gene.ensembl].append(gene)
    return found


def _by_symbol(genes: Iterable[Gene]) -> dict[str, list[Gene]]:
    """Genes by every symbol, the approved one before previous ones, these before aliases."""
    kinds: tuple[dict[str, list[Gene]], ...] = (defaultdict(list), defaultdict(list), defaultdict(list))
    for gene in genes:
        for kind, symbols in zip(kinds, ((gene.symbol,), gene.previous, gene.aliases), strict=True):
            for symbol in symbols:
                kind[symbol].append(gene)
    approved, previous, aliases = kinds
    return {**aliases, **previous, **approved}


def _mapped(expression: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    names = mapping.names
    named = names["gene"].ne("").to_numpy()
    frame = expression.assign(gene=names["gene"].to_numpy(object), expression_name=names["name"].to_numpy(object))
    kept, more = one_row_a_gene(frame[named])
    merged = [note for note in more if "smallest padj" in note]
    kept = kept[["gene", "log2FC", "padj", "expression_name"]]
    kept.attrs = {**expression.attrs, "mapping": mapping.summary()}
    return _noted(kept, mapping.notes() + [f"after mapping, {note}" for note in merged])


def _noted(expression: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    for note in notes:
        say(f"  Expression: {note}")
    noted = expression.copy(deep=False)
    noted.attrs = {**expression.attrs, "notes": [*expression.attrs.get("notes", []), *notes]}
    return noted
