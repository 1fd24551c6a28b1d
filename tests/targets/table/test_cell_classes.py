"""The class filter, against the metadata of the embedded service."""

import numpy as np
import pytest

from scripts.common.errors import InputError, NotFoundError, ServiceUnavailableError
from scripts.targets import run_target_genes_workflow

BLOOD = {"K-562", "MOLM-13", "CD4+_T_cells", "B-cell_(CD19+)", "Macrophages", "Dendritic_cells,_plasmacytoid"}


def test_class_is_the_sum_of_its_cell_types(either_atlas, tmp_path):
    by_class = run_target_genes_workflow("MYC", cell_type_class="blood", top_n=None, output_dir=tmp_path / "1")
    assert set(by_class["cell_types"]) <= BLOOD
    by_types = run_target_genes_workflow(
        "MYC", cell_types=by_class["cell_types"], top_n=None, output_dir=tmp_path / "2"
    )
    assert by_class["target_genes"].equals(by_types["target_genes"])
    assert by_class["metadata"]["n_experiments"] == by_types["metadata"]["n_experiments"] < 90
    assert np.all(by_class["target_genes"]["num_experiments"] == by_class["metadata"]["n_experiments"])


def test_class_and_cell_types_both(atlas, tmp_path):
    results = run_target_genes_workflow(
        "MYC", cell_type_class="Blood", cell_types=["K-562", "MCF-7"], output_dir=tmp_path
    )
    assert results["cell_types"] == ["K-562"]
    with pytest.raises(InputError, match="as well"):
        run_target_genes_workflow("MYC", cell_type_class="Blood", cell_types=["MCF-7"], output_dir=tmp_path / "no")


def test_unknown_class_lists_those_there_are(atlas, tmp_path):
    with pytest.raises(NotFoundError, match="There are: .*Blood.*Liver") as raised:
        run_target_genes_workflow("MYC", cell_type_class="Blod", output_dir=tmp_path / "no")
    assert raised.value.matches == ["Blood"]
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("wrong", ["", "  ", 5, ["Blood"]])
def test_no_class(tmp_path, wrong):
    with pytest.raises(InputError, match="cell_type_class"):
        run_target_genes_workflow("MYC", cell_type_class=wrong, output_dir=tmp_path / "no")


def test_without_metadata_it_is_an_error_and_not_everything(atlas, tmp_path, monkeypatch):
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceUnavailableError, match="cell_type_class needs the site's metadata"):
        run_target_genes_workflow("MYC", cell_type_class="Blood", output_dir=tmp_path / "no")


def test_an_assembly_that_the_site_does_not_know(either_atlas, tmp_path):
    """Old tables stay when the new site forgets their assembly; a cell type is of the same class in each."""
    results = run_target_genes_workflow("MYC", "hg19", cell_type_class="Blood", output_dir=tmp_path)
    assert set(results["cell_types"]) <= BLOOD and results["metadata"]["n_experiments"] > 3


def test_more_experiments_than_one_search_gives(atlas, tmp_path):
    """Production gives a hundred rows of a search and no more: TP53 has 200 columns here, and each gets its class."""
    results = run_target_genes_workflow("TP53", cell_type_class="Blood", top_n=None, output_dir=tmp_path / "class")
    by_types = run_target_genes_workflow("TP53", cell_types=sorted(BLOOD), top_n=None, output_dir=tmp_path / "types")
    assert results["metadata"]["n_experiments"] == by_types["metadata"]["n_experiments"] > 40
    assert results["target_genes"].equals(by_types["target_genes"])
