"""Which changes of which modules there are, and a random sample of them."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomllib
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from parso.tree import NodeOrLeaf

from .operators import operators

ROOT = Path(__file__).resolve().parents[2]
#: Parsing, filters, quality checks, counts, scores: where the numbers come from.
MODULES = (
    "diff/results/parse_bed_results diff/results/parse_igv_bed diff/results/count_cells diff/results/samples "
    "diff/results/filter_regions diff/results/loci diff/qc/* diff/report/regions engine/counts/* engine/edger/* "
    "targets/table/parse_target_genes targets/table/read_cells targets/table/scores targets/table/colocation "
    "targets/table/score_matrix targets/ranking/filter_targets"
)
#: Stands in `equivalent.toml` for whatever a line becomes.
ANY = "any"
_Position = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """A module with one change: the line before and after, and the whole source before and after."""

    module: str
    line: int
    before: str
    after: str
    original: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Module, line before and line after, without any space."""
        return self.module, _spaceless(self.before), _spaceless(self.after)

    def __str__(self) -> str:
        return f"{self.module}:{self.line}\n    - {self.before}\n    + {self.after}"


def modules(part: str = "") -> list[str]:
    """Paths of the modules from the root of the repository, those that hold `part`."""
    found = (path for name in MODULES.split() for path in sorted((ROOT / "scripts").glob(f"{name}.py")))
    names = [path.relative_to(ROOT).as_posix() for path in found if path.stat().st_size]
    return [name for name in names if part in name]


def sample(number: int, seed: int, part: str = "") -> list[Mutant]:
    """Mutants at random places, one a place; known equivalent ones and those that are no Python are left out."""
    chance = random.Random(seed)
    sources = {module: (ROOT / module).read_text() for module in modules(part)}
    places = [(module, changes) for module, source in sources.items() for changes in _places(source).values()]
    chance.shuffle(places)
    known = equivalent()
    drawn: list[Mutant] = []
    for module, changes in places:
        mutant = _mutant(module, sources[module], *chance.choice(changes))
        if mutant and mutant.key not in known and (*mutant.key[:2], ANY) not in known:
            drawn.append(mutant)
        if len(drawn) == number:
            break
    return drawn


def equivalent() -> dict[tuple[str, str, str], str]:
    """Mutants that no test can notice, by their keys, and why."""
    kept = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text())
    return {
        (f"scripts/{module}.py", _spaceless(entry["before"]), _spaceless(entry["after"])): entry["reason"]
        for module, entries in kept.items()
        for entry in entries
    }


def _spaceless(line: str) -> str:
    return "".join(line.split())


def _places(source: str) -> dict[_Position, list[tuple[str, int]]]:
    """At each place in a module, the changes: name of the operator, and its how-manieth."""
    places: dict[_Position, list[tuple[str, int]]] = defaultdict(list)
    annotated = list(_annotations(source))
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in operators().items():
        positions = ((node, start) for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (node, start) in enumerate(positions):
            if not _says_nothing(node) and not any(begin <= start < end for begin, end in annotated):
                places[start].append((name, occurrence))
    return places


def _says_nothing(node: NodeOrLeaf) -> bool:
    """The star that only named parameters follow; ``strict=True``, which holds wherever it stands."""
    parent = node.parent
    return parent is not None and (parent.type == "parameters" or parent.get_code().strip() == "strict=True")


def _annotations(source: str) -> Iterator[tuple[_Position, _Position]]:
    """Where types stand; a change there changes nothing that runs."""
    for node in ast.walk(ast.parse(source)):
        for kind in ("annotation", "returns"):
            there = getattr(node, kind, None)
            if there is not None:
                yield (there.lineno, there.col_offset), (there.end_lineno, there.end_col_offset)


def _mutant(module: str, source: str, name: str, occurrence: int) -> Mutant | None:
    changed = mutate_code(source, operators()[name], occurrence)
    try:
        compile(changed, module, "exec")
    except SyntaxError:
        return None
    pairs = zip(source.splitlines(), changed.splitlines(), strict=True)
    line, (before, after) = next((line, pair) for line, pair in enumerate(pairs, start=1) if pair[0] != pair[1])
    return Mutant(module, line, before.strip(), after.strip(), source, changed)
