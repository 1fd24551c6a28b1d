"""The documents say what is there: paths, code blocks, commands, columns, verification lines."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from docs.session import blocks_of
from scripts import __version__
from scripts.chipatlas.assemblies import ASSEMBLIES
from scripts.cli import demo
from scripts.diff import analysis, outputs
from scripts.targets import outputs as target_outputs

ROOT = Path(__file__).resolve().parents[2]
SKILLS = {"diff": ROOT / "SKILL_diff" / "SKILL.md", "targets": ROOT / "SKILL_targets" / "SKILL.md"}
DOCUMENTS = [*sorted(ROOT.glob("[CR]*.md")), *SKILLS.values(), *sorted((ROOT / "references").glob("*.md"))]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))
STEPS = {"diff": demo.DIFF_STEPS, "targets": demo.TARGET_STEPS}
EXAMPLES = {
    "diff": ("tp53_k562_dmso_vs_daunorubicin", "diff_analysis_results"),
    "targets": ("tp53", "target_genes_results"),
}


def python_blocks(path: Path) -> list[str]:
    return [text for kind, text in blocks_of(path) if kind == "python"]


def frontmatter(path: Path) -> str:
    match = re.match(r"---\n(.*?)\n---\n", path.read_text("utf-8"), flags=re.DOTALL)
    assert match, f"{path} has no frontmatter"
    return match.group(1)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text("utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_blocks_are_python(path):
    for block in python_blocks(path):
        ast.parse(block)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_imports_in_python_blocks_exist(path):
    for block in python_blocks(path):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("scripts", "chipatlas_skills")):
                # One process knows the package under one name.
                name = str(node.module).replace("chipatlas_skills", "scripts")
                module = __import__(name, fromlist=[alias.name for alias in node.names])
                assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


def test_from_words_to_step_two_as_skill_md_says(atlas, tmp_path):
    """What stands beside the four steps, for those who have no accessions, runs up to step 2's arguments."""
    blocks = re.findall(r"```py\n(.*?)```", SKILLS["diff"].read_text("utf-8"), flags=re.DOTALL)
    names: dict = {}
    exec("\n".join(blocks), names)
    assert len(names["experiments_a"]) == len(names["experiments_b"]) == 8
    assert names["data"]["description_b"] == "DMSO" and names["contrasts"]["clean"].any()


@pytest.mark.parametrize("skill", SKILLS)
def test_demo_runs_exactly_what_skill_md_says(skill):
    blocks = python_blocks(SKILLS[skill])
    documented = [blocks[0], *blocks[2:5]]  # the second block is the path for own experiments or an own factor
    example, folder = EXAMPLES[skill]
    assert "\n".join(documented).split() == STEPS[skill].format(example=example, folder=folder).split()


@pytest.mark.parametrize("skill", SKILLS)
def test_own_data_path_defines_what_step_two_uses(skill):
    blocks = python_blocks(SKILLS[skill])
    assigned = {
        target.id
        for node in ast.walk(ast.parse(blocks[1]))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    imported = {
        alias.name
        for node in ast.walk(ast.parse(blocks[2]))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    loaded = {
        node.id
        for node in ast.walk(ast.parse(blocks[2]))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert loaded - imported <= assigned


@pytest.mark.parametrize("skill", SKILLS)
def test_skill_md_is_within_the_agent_skills_format(skill):
    text = SKILLS[skill].read_text("utf-8")
    head = frontmatter(SKILLS[skill])
    assert len(text.splitlines()) < 500
    name = re.search(r"^name: (.+)$", head, flags=re.MULTILINE).group(1)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 64
    description = re.search(r"^description: >-\n((?:  .*\n)+)", head, flags=re.MULTILINE).group(1)
    assert len(" ".join(description.split())) <= 1024
    compatibility = re.search(r"^compatibility: ((?:.*\n)(?:  .*\n)*)", head, flags=re.MULTILINE).group(1)
    assert len(" ".join(compatibility.split())) <= 500


@pytest.mark.parametrize("skill", SKILLS)
def test_meta_json_agrees_with_skill_md_and_code(skill):
    meta = json.loads((SKILLS[skill].parent / "skill.meta.json").read_text("utf-8"))
    text = SKILLS[skill].read_text("utf-8")
    assert f"name: {meta['name']}\n" in text
    assert meta["version"] == __version__ and f'version: "{__version__}"' in text
    assert meta["inputs"]["genome"] == list(ASSEMBLIES)
    for line in meta["verification"]:
        assert f"`{line}`" in text
    module = outputs if skill == "diff" else target_outputs
    assert sorted(name for name in meta["outputs"] if not name.endswith("/")) == sorted(module.OUTPUT_FILES)
    for dotted in [*meta["entry_points"]["load"], *list(meta["entry_points"].values())[1:]]:
        module_name, function = dotted.rsplit(".", 1)
        assert callable(getattr(__import__(module_name, fromlist=[function]), function))


def test_meta_json_lists_the_core_dependencies():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    core = re.findall(r'^    "([a-z0-9-]+)[<>=]', text.split("dependencies = [")[1].split("\n]")[0], flags=re.MULTILINE)
    for path in SKILLS.values():
        assert json.loads((path.parent / "skill.meta.json").read_text("utf-8"))["dependencies"] == core


@pytest.mark.parametrize("skill", SKILLS)
def test_every_output_is_named_in_skill_md(skill):
    text = SKILLS[skill].read_text("utf-8")
    module = outputs if skill == "diff" else target_outputs
    for name in module.OUTPUT_FILES:
        assert name.rsplit(".", 1)[0] in text, name


def test_every_column_is_described():
    text = (ROOT / "references" / "output_format.md").read_text("utf-8")
    from scripts.targets.table.scores import COLUMNS

    for column in [*analysis.DIFFBIND.columns, *analysis.DMR.columns, "nearest_gene", *COLUMNS]:
        assert f"`{column}`" in text, column


def test_the_two_commands_come_first_in_the_readme():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    block = lines.index("```bash")
    assert [line.split()[:2] for line in lines[block + 1 : block + 3]] == [["make", "demo"], ["make", "test"]]
    assert not any(line.startswith("## ") for line in lines[:block])


def test_documented_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for path in DOCUMENTS:
        for command in re.findall(r"^make ([a-z -]+)", path.read_text("utf-8"), flags=re.MULTILINE):
            for target in command.split():
                assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{path.name}: make {target}"


def test_readme_states_the_licence_of_every_dependency():
    readme = (ROOT / "README.md").read_text("utf-8")
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = text.split("dependencies = [")[1].split("\n]")[0] + text.split("local = [")[1].split("dev = [")[0]
    for package in re.findall(r'^    "([a-z0-9-]+)[<>=]', wanted, flags=re.MULTILINE):
        assert re.search(rf"^\| {package}( |\()", readme, flags=re.MULTILINE), package
