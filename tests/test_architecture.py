"""The house rules that imports and definitions can show: which way they point, and how large things grow."""

from __future__ import annotations

import ast
import graphlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "scripts"
#: Package -> the packages of the same level that it may import; `docs/architecture.md` draws this.
MAY_IMPORT = {
    "common": set(),
    "chipatlas": {"common"},
    "genesets": {"common", "chipatlas"},
    "experiments": {"common", "chipatlas"},
    "engine": {"common", "chipatlas"},
    "factors": {"common", "chipatlas"},
    "diff": {"common", "chipatlas", "experiments", "engine", "genesets", "factors"},
    "targets": {"common", "chipatlas", "genesets", "factors"},
    "atlas": {"common", "chipatlas", "targets"},
    "emulator": {"common", "chipatlas", "engine"},
    "mcp_server": {"common", "chipatlas", "experiments", "diff", "targets", "factors", "atlas"},
}
MAY_IMPORT["cli"] = set(MAY_IMPORT)
MODULES_A_FOLDER = 12
LINES_OF_CODE = 60
PARAMETERS = 7
#: What users call, with every parameter documented: these check and hand on.
PUBLIC = {
    "run_diff_workflow",
    "run_target_genes_workflow",
    "compare_targets",
    "build_atlas",
    "find_experiments",
    "compare_cell_types",
    "edge_evidence",
    "co_binding",
    "gene_set_enrichment",
    "enrich_factors",
    "enrich_sets",
}


def sources() -> dict[str, Path]:
    """Dotted name below the package -> file; the package itself is the empty name."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip("."): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


SOURCES = sources()


def imported(name: str) -> Iterator[str]:
    """Modules of ours that a module imports, wherever in it the import stands."""
    path = SOURCES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(item.name.partition(".")[0] == "scripts" for item in node.names), f"{name}: make it relative"
        if not isinstance(node, ast.ImportFrom):
            continue
        assert node.level or (node.module or "").partition(".")[0] != "scripts", f"{name}: make it relative"
        if node.level:
            base = [part for part in package[: len(package) - node.level + 1] if part]
            base += node.module.split(".") if node.module else []
            for item in node.names:
                inner = ".".join([*base, item.name])
                yield inner if inner in SOURCES else ".".join(base)


FOLDERS = {name for name, path in SOURCES.items() if path.name == "__init__.py"}
GRAPH = {name: set(imported(name)) - {name, ""} for name in SOURCES}


def folder(name: str) -> str:
    return name if SOURCES[name].name == "__init__.py" else name.rpartition(".")[0]


def stage(name: str) -> str:
    """The folder of a module; of one that has folders beside it, itself: a workflow stands above its stages."""
    home = folder(name)
    return name if any(other != home and other.startswith(f"{home}.") for other in FOLDERS) else home


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines that hold code: no docstring, comment or blank line."""
    documented = ast.get_docstring(function, clean=False) is not None
    lines = {
        line
        for statement in function.body[1 if documented else 0 :]
        for node in ast.walk(statement)
        if hasattr(node, "lineno")
        for line in (node.lineno, node.end_lineno)
    }
    return len(lines)


def parameters(function: ast.FunctionDef) -> list[str]:
    """Names of the parameters, without the object or class that a method is called on."""
    given = function.args
    names = [item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for name, path in SOURCES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield name, node


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_arrows_point_one_way(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    wrong = [
        f"{name} -> {target}"
        for name, targets in GRAPH.items()
        for target in sorted(targets)
        if name.partition(".")[0] == package and target.partition(".")[0] not in allowed
    ]
    assert not wrong


def test_every_package_is_drawn() -> None:
    assert {name.partition(".")[0] for name, path in SOURCES.items() if "." in name} == set(MAY_IMPORT)


def test_no_module_is_in_a_circle() -> None:
    graphlib.TopologicalSorter(GRAPH).prepare()


def test_no_folder_is_in_a_circle() -> None:
    folders: dict[str, set[str]] = defaultdict(set)
    for name, targets in GRAPH.items():
        folders[stage(name)] |= {stage(target) for target in targets} - {stage(name)}
    graphlib.TopologicalSorter(folders).prepare()


def test_folders_stay_small() -> None:
    counts: dict[str, int] = defaultdict(int)
    for name, path in SOURCES.items():
        if path.name != "__init__.py" and "." in name:
            counts[folder(name)] += 1
    assert {name: count for name, count in counts.items() if count > MODULES_A_FOLDER} == {}


def test_every_folder_stands_in_the_document() -> None:
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text("utf-8")
    parents = {"diff", "targets", "atlas", "engine", "common.reporting", "emulator.simulation"}
    missing = [
        name
        for name in FOLDERS - parents - {""}
        if not any(f"`{'/'.join(parts)}/`" in text for parts in shown_as(name))
    ]
    assert not missing


def shown_as(name: str) -> list[list[str]]:
    """A folder by its path, in its parent's line, or covered by its parent's."""
    parts = name.split(".")
    return [parts, parts[1:], parts[:2]] if len(parts) > 1 else [parts]


def test_functions_stay_short() -> None:
    long = {f"{name}.{node.name}": lines for name, node in functions() if (lines := code_lines(node)) > LINES_OF_CODE}
    assert not long


def test_functions_take_few_parameters() -> None:
    many = {
        f"{name}.{node.name}": count
        for name, node in functions()
        if (count := len(parameters(node))) > PARAMETERS and node.name not in PUBLIC
    }
    assert not many
