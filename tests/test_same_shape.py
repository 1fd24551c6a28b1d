"""Both skills have one shape: the same modules, steps, signatures, results and verification lines."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.common.errors import InputError
from scripts.common.files.crate import CRATE
from scripts.common.files.manifest import MANIFEST, verify_folder
from tests.pages import check_page

MODULES = (
    "workflow",
    "run",
    "outputs",
    "plots.all_plots",
    "report.export",
    "report.summary",
    "report.html_report",
)
PROVENANCE = ("simulated", "endpoint", "started_at", "finished_at", "versions")


@dataclass(frozen=True)
class Skill:
    """What the skills do not share: names, defaults, and how an example's step 1 leads to step 2."""

    package: str
    load_module: str
    loaders: tuple[str, str]
    workflow: str
    example: str
    folder: str
    endpoint: str
    loaded: str
    finished: str
    arguments: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """One run of the four steps: what each gave, and the lines they printed."""

    skill: Skill
    folder: Path
    results: dict[str, Any]
    plots: dict[str, list[Path]]
    files: dict[str, Path]
    lines: list[str]


SKILLS = {
    "diff": Skill(
        package="scripts.diff",
        load_module="inputs.load",
        loaders=("load_example_data", "load_user_data"),
        workflow="run_diff_workflow",
        example="official_ce11_diffbind",
        folder="diff_analysis_results",
        endpoint="CHIPATLAS_WABI_URL",
        loaded="✓ Data loaded successfully",
        finished="✓ Diff analysis completed successfully!",
        arguments=lambda data: {
            key: data[key]
            for key in ("experiments_a", "experiments_b", "genome", "analysis_type", "description_a", "description_b")
        },
    ),
    "targets": Skill(
        package="scripts.targets",
        load_module="query.load",
        loaders=("load_example_query", "load_user_query"),
        workflow="run_target_genes_workflow",
        example="e2f1",
        folder="target_genes_results",
        endpoint="CHIPATLAS_DATA_URL",
        loaded="✓ Query loaded: E2F1 target genes (hg38, ±5kb)",
        finished="✓ Target genes analysis completed successfully!",
        arguments=lambda query: {key: query[key] for key in ("protein", "genome", "distance")},
    ),
}


@pytest.fixture(params=SKILLS)
def skill(request: pytest.FixtureRequest) -> Skill:
    return SKILLS[request.param]


@pytest.fixture(scope="module", params=SKILLS)
def run(request: pytest.FixtureRequest, atlas_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Run:
    skill = SKILLS[request.param]
    package = importlib.import_module(skill.package)
    folder = tmp_path_factory.mktemp(request.param)
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        for name, value in {**atlas_server.environment, "CHIPATLAS_POLL_SECONDS": "0.05"}.items():
            patch.setenv(name, value)
        patch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        example = getattr(package, skill.loaders[0])(skill.example)
        results = getattr(package, skill.workflow)(**skill.arguments(example), output_dir=folder)
        plots = package.generate_all_plots(results, output_dir=folder)
        files = package.export_all(results, output_dir=folder)
    return Run(skill, folder, results, plots, files, output.getvalue().splitlines())


def module(skill: Skill, name: str) -> Any:
    return importlib.import_module(f"{skill.package}.{name}")


def test_exports(skill: Skill) -> None:
    package = importlib.import_module(skill.package)
    exports = {*skill.loaders, skill.workflow, "generate_all_plots", "export_all", "run_all"}
    assert set(package.__all__) >= exports
    homes = {getattr(package, name).__module__.removeprefix(f"{skill.package}.") for name in exports}
    assert homes == {skill.load_module, "workflow", "plots.all_plots", "report.export", "run"}


@pytest.mark.parametrize("name", MODULES)
def test_modules(skill: Skill, name: str) -> None:
    assert module(skill, name).__doc__


def test_output_names(skill: Skill) -> None:
    outputs = module(skill, "outputs")
    assert list(outputs.PLOT_FILES) == [f"{name}.{ending}" for name in outputs.PLOTS for ending in ("png", "svg")]
    optional = getattr(outputs, "OPTIONAL_FILES", ())
    assert set(outputs.OUTPUT_FILES) == {*outputs.PLOT_FILES, *outputs.EXPORT_FILES, *optional}
    assert len(set(outputs.OUTPUT_FILES)) == len(outputs.OUTPUT_FILES)
    assert {outputs.ANALYSIS_OBJECT, outputs.REPORT} <= set(outputs.EXPORT_FILES)
    assert (outputs.ANALYSIS_OBJECT, outputs.REPORT) == ("analysis_object.pkl", "summary_report.md")
    assert outputs.HTML_REPORT == "report.html"


@pytest.mark.parametrize(("part", "name"), [("plots.all_plots", "generate_all_plots"), ("report.export", "export_all")])
def test_steps_take_results_and_a_folder(skill: Skill, part: str, name: str) -> None:
    parameters = list(inspect.signature(getattr(module(skill, part), name)).parameters.values())
    assert [parameter.name for parameter in parameters[:2]] == ["results", "output_dir"]
    assert parameters[0].default is inspect.Parameter.empty
    assert parameters[1].default == skill.folder
    assert all(parameter.default is not inspect.Parameter.empty for parameter in parameters[2:])


@pytest.mark.parametrize(("part", "name"), [("workflow", ""), ("run", "run_all")])
def test_workflows_write_to_the_same_folder(skill: Skill, part: str, name: str) -> None:
    parameters = inspect.signature(getattr(module(skill, part), name or skill.workflow)).parameters
    assert parameters["output_dir"].default == skill.folder


@pytest.mark.parametrize(("part", "name"), [("plots.all_plots", "generate_all_plots"), ("report.export", "export_all")])
def test_other_results_are_refused_alike(skill: Skill, part: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"^results lacks .*provenance; give what {skill.workflow}\(\) returned"):
        getattr(module(skill, part), name)({}, output_dir=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_results(run: Run) -> None:
    assert run.results["parameters"]["output_dir"] == str(run.folder)
    assert run.results["parameters"]["genome"]
    module(run.skill, "outputs").check_results(run.results)


def test_provenance(run: Run, atlas_server: Any) -> None:
    provenance = run.results["provenance"]
    assert [key for key in PROVENANCE if key not in provenance] == []
    assert provenance["simulated"] is True
    assert provenance["endpoint"].rstrip("/") == atlas_server.environment[run.skill.endpoint].rstrip("/")
    assert provenance["started_at"] <= provenance["finished_at"]
    assert {"python", "pandas", "chip-atlas-skills"} <= set(provenance["versions"])


def test_plots(run: Run) -> None:
    outputs = module(run.skill, "outputs")
    assert set(run.plots) == set(outputs.PLOTS)
    for name, paths in run.plots.items():
        assert paths == [run.folder / f"{name}.png", run.folder / f"{name}.svg"]
        assert all(path.is_file() for path in paths)


def test_files(run: Run) -> None:
    outputs = module(run.skill, "outputs")
    assert set(run.files) <= set(outputs.EXPORT_FILES)
    assert all(path == run.folder / name and path.is_file() for name, path in run.files.items())
    assert "SIMULATED data from" in check_page(run.files[outputs.HTML_REPORT].read_text(encoding="utf-8")).text
    report = run.files[outputs.REPORT].read_text(encoding="utf-8")
    assert report.startswith("# SIMULATED: ")
    listed = [name for name in outputs.OUTPUT_FILES if (run.folder / name).is_file() and name != outputs.REPORT]
    assert [name for name in listed if f"`{name}`" not in report] == []


def test_verification_lines(run: Run) -> None:
    verified = [line for line in run.lines if line.startswith(("✓", "==="))]
    assert verified == [
        run.skill.loaded,
        run.skill.finished,
        "✓ All visualizations generated successfully!",
        "=== Export Complete ===",
    ]


def test_manifest(run: Run) -> None:
    """Strict JSON of one shape; every file of the steps is listed, plots and raw results too, and there is no other."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = run.files[MANIFEST].read_text("ascii")
    content = json.loads(text, parse_constant=refuse)
    assert text == json.dumps(content, sort_keys=True, indent=2) + "\n"
    assert set(content) == {
        *("crate", "files", "findings", "format", "label", "parameters", "provenance", "results", "simulated", "skill"),
        "title",
    }
    assert (content["simulated"], content["label"]) == (True, "SIMULATED")
    assert content["parameters"]["output_dir"] == str(run.folder)
    assert content["provenance"]["versions"] == run.results["provenance"]["versions"]
    with (run.folder / "analysis_object.pkl").open("rb") as stream:
        pickled = pickle.load(stream)
    apart = {"parameters", "provenance", "qc_warnings"}
    assert set(content["results"]) == set(pickled) - apart
    tables = [value for value in content["results"].values() if isinstance(value, dict) and "file" in value]
    assert tables and {table["file"] for table in tables} <= set(content["files"])
    there = {path.relative_to(run.folder).as_posix() for path in run.folder.rglob("*") if path.is_file()}
    assert set(content["files"]) == there - {MANIFEST, CRATE}
    assert {path.name for paths in run.plots.values() for path in paths} <= set(content["files"])
    assert verify_folder(run.folder).ok
