"""What users import stands at the top of four packages, and is imported when it is first used."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("diff", "targets", "engine", "atlas")
#: Named as public, or by the specification's companion files.
PROMISED = {
    "diff": {"parse_bed_results", "filter_regions", "run_qc_checks", "annotate_nearest_genes"},
    "targets": {"download_target_genes", "check_antigen_available", "filter_targets", "compare_targets"},
    "engine": {"segment_peaks", "test_differential", "find_dmrs"},
    "atlas": {"build_atlas", "open_atlas", "factors_of", "targets_of", "co_targets", "factor_enrichment", "network"},
}
DEEP = re.compile(r"^\s*from (?:scripts|chipatlas_skills)\.(\w+)\.", re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_name_is_there_and_hidden_by_no_submodule(package):
    module = importlib.import_module(f"scripts.{package}")
    names = module.__all__
    assert PROMISED[package] <= set(names) and len(set(names)) == len(names)
    assert all(callable(getattr(module, name)) for name in names)
    assert not set(names) & {found.name for found in pkgutil.iter_modules(module.__path__)}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


@pytest.mark.parametrize("package", PACKAGES)
def test_naming_a_package_imports_nothing_heavy(package):
    code = f"import sys, scripts.{package}; print({{'numpy', 'pandas', 'requests', 'numba'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", *sorted((ROOT / "references").glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda p: p.name,
)
def test_documents_import_from_the_top_alone(path):
    blocks = re.findall(r"```(?:python|bash)\n(.*?)```", path.read_text("utf-8"), flags=re.DOTALL)
    assert not [match for block in blocks for match in DEEP.findall(block)]
