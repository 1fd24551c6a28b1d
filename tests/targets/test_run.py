from __future__ import annotations

from pathlib import Path

import pytest

from scripts.common.errors import InputError, NotFoundError, ServiceUnavailableError, SomeFailedError
from scripts.common.files.writing import SIMULATED_MARKER
from scripts.emulator import Atlas
from scripts.targets import outputs, run_all
from tests.file_server import FileServer

from .tables import SMALL_COLUMNS, SMALL_ROWS, table_text


def test_a_folder_for_each_factor(atlas: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run_all(["TP53", "MYC"], output_dir=tmp_path, top_n=30, cell_types=iter(["k562", "hep g2"]))
    assert list(results) == ["TP53", "MYC"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["MYC", "TP53"]
    for name, result in results.items():
        files = {path.name for path in (tmp_path / name).iterdir()}
        assert files >= {*outputs.EXPORT_FILES, *outputs.PLOT_FILES, SIMULATED_MARKER} - {outputs.STRING_CSV}
        assert result["protein"] == name
        assert result["parameters"]["output_dir"] == str(tmp_path / name)
    printed = capsys.readouterr().out
    assert "2 of 2 factors done: TP53, MYC" in printed
    assert printed.count("=== Export Complete ===") == 2


def test_one_without_a_table_costs_the_others_nothing(server: FileServer, tmp_path: Path) -> None:
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS, "MYC"), "MYC.5.tsv")
    with pytest.raises(
        SomeFailedError, match=r"^1 of 3 factors failed; the results of the others are in .*\nE2F1: "
    ) as told:
        run_all(["TP53", "E2F1", "MYC"], output_dir=tmp_path)
    assert list(told.value.results) == ["TP53", "MYC"]
    assert isinstance(told.value.failures["E2F1"], NotFoundError)
    assert (tmp_path / "MYC" / outputs.REPORT).exists()
    assert not (tmp_path / "E2F1").exists()


def test_a_service_that_is_down_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    with pytest.raises(ServiceUnavailableError):
        run_all(["TP53", "MYC"], output_dir=tmp_path)
    assert "MYC" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("proteins", "match"),
    [
        ([], "Given: no factor"),
        (["TP53", "TP53"], "more than once: TP53"),
        (["TP53", ".."], "path or"),
        (["-"], "one gene"),
    ],
)
def test_unusable_lists(proteins: list[str], match: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=match):
        run_all(proteins, output_dir=tmp_path / "new")
    assert not (tmp_path / "new").exists()
