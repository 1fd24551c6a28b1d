"""Files for those who cite, build or host the project: they say what the project says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from scripts import __version__
from scripts.common.reporting import citations

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parents[2]
FORGE = sorted((ROOT / ".github").rglob("*.yml"))


def test_the_citation_is_of_this_version() -> None:
    content = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert content["cff-version"] == "1.2.0" and content["version"] == __version__ and content["license"] == "MIT"
    assert {"message", "title", "authors"} <= set(content)
    (article,) = content["references"]
    text = Path(citations.__file__).read_text("utf-8")
    assert article["doi"] in text and all(author["family-names"] in text for author in article["authors"])


@pytest.mark.parametrize("path", FORGE, ids=lambda path: path.name)
def test_forge_files_are_yaml(path: Path) -> None:
    assert yaml.safe_load(path.read_text("utf-8"))


def test_workflows_run_what_ci_runs() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]
    steps = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert "bash .ci/run" in steps and (ROOT / ".ci/run").is_file()
    lowest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert lowest is not None and lowest[1] in jobs["versions"]["strategy"]["matrix"]["python"]


def test_the_container_installs_extras_that_there_are_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    wanted = re.search(r"ARG EXTRAS=(\S+)", text)
    extras = (ROOT / "pyproject.toml").read_text("utf-8")
    assert wanted is not None and all(
        re.search(rf"^{name} = \[", extras, re.MULTILINE) for name in wanted[1].split(",")
    )
    assert text.index("\nUSER atlas") < text.index("\nENTRYPOINT") and 'ENTRYPOINT ["chip-atlas"]' in text


def test_the_conda_recipe_asks_for_what_the_package_asks_for() -> None:
    recipe = yaml.safe_load((ROOT / "conda" / "recipe.yaml").read_text("utf-8"))
    assert recipe["context"]["version"] == __version__
    text = (ROOT / "pyproject.toml").read_text("utf-8").split("dependencies = [")[1].split("\n]")[0]
    wanted = [Requirement(found) for found in re.findall(r'^    "([^"]+)"', text, flags=re.MULTILINE)]
    python, *found = (line.split(" ", 1) for line in recipe["requirements"]["run"])
    assert python[0] == "python" and f'requires-python = "{python[1]}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    # Under conda-forge's own names.
    names = {"matplotlib": "matplotlib-base"}
    assert {name: SpecifierSet(bounds) for name, bounds in found} == {
        names.get(one.name, one.name): one.specifier for one in wanted
    }
