from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.common.files.crate import CRATE, RO_CRATE, RUN_PROFILE, read_crate
from scripts.common.files.manifest import MANIFEST, list_files, verify_folder, write_manifest

RESULTS = {
    "parameters": {"genome": "hg38", "series": "", "cut": 0.05, "output_dir": "/home/somebody/here", "seed": None},
    "provenance": {
        "simulated": False,
        "started_at": "2026-01-02T03:04:05+00:00",
        "finished_at": "2026-01-02T04:00:00+00:00",
        "files": [{"url": "https://example.org/result.zip", "bytes": 3}],
        "versions": {"chip-atlas-skills": "0.1.0", "pandas": "2.3"},
    },
    "experiments_a": ["SRX1", "GSM2"],
    "experiments_b": ["SRX3", "SRX1"],
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "results"
    (made / "raw_results").mkdir(parents=True)
    for name in ("a b.csv", "raw_results/x.bed"):
        (made / name).write_text(name)
    found = [{"issue": "Group and study are confounded", "severity": "major"}]
    write_manifest(made, "differential regions", "T vs C, hg38", RESULTS, found, ["a b.csv", "raw_results"])
    return made


def graph(folder: Path) -> dict[str, dict[str, object]]:
    return {one["@id"]: one for one in json.loads((folder / CRATE).read_text())["@graph"]}


def test_every_file_is_described_and_every_link_leads_somewhere(folder):
    crate = graph(folder)
    files = {name for name, one in crate.items() if one["@type"] == "File"}
    assert files == {"a%20b.csv", "raw_results/x.bed", MANIFEST}
    assert (
        {link["@id"] for link in crate["./"]["hasPart"]} == files == {link["@id"] for link in crate["#run"]["result"]}
    )
    assert crate["a%20b.csv"]["encodingFormat"] == "text/csv" and crate["a%20b.csv"]["contentSize"] == "7"
    text = json.dumps(list(crate.values()))
    links = [json.loads(f'"{part.partition(chr(34))[0]}"') for part in text.split('{"@id": "')[1:]]
    outside = (RO_CRATE, "https://identifiers.org/")
    assert [link for link in links if link not in crate and not link.startswith(outside)] == []


def test_the_run_the_inputs_and_what_to_know(folder):
    crate = graph(folder)
    run, root = crate["#run"], crate["./"]
    assert (run["startTime"], run["endTime"]) == ("2026-01-02T03:04:05+00:00", "2026-01-02T04:00:00+00:00")
    assert root["datePublished"] == run["endTime"] and root["conformsTo"] == {"@id": RUN_PROFILE}
    assert "Group and study are confounded" in root["description"] and root["name"] == "T vs C, hg38"
    inputs = [link["@id"] for link in run["object"]]
    assert inputs[:4] == ["#SRX1", "#GSM2", "#SRX3", "https://example.org/result.zip"]
    assert crate["#SRX1"]["sameAs"] == {"@id": "https://identifiers.org/insdc.sra:SRX1"}
    assert "sameAs" not in crate["#GSM2"]
    assert crate["#parameter-cut"]["value"] == 0.05 and "#parameter-seed" not in crate
    assert "/home/somebody" not in (folder / CRATE).read_text()
    assert crate["#chip-atlas-skills"]["softwareVersion"] == "0.1.0"


def test_a_simulated_experiment_is_not_the_public_one(tmp_path):
    simulated = RESULTS | {"provenance": {"simulated": True}}
    write_manifest(tmp_path, "differential regions", "T vs C", simulated, [], [])
    crate = graph(tmp_path)
    assert crate["./"]["name"].startswith("SIMULATED") and "SIMULATED" in crate["./"]["keywords"]
    assert "sameAs" not in crate["#SRX1"] and crate["#SRX1"]["description"].startswith("SIMULATED")


def test_a_manifest_edited_by_hand_is_told(folder):
    path = folder / MANIFEST
    path.write_text(path.read_text().replace("hg38", "mm10"))
    assert verify_folder(folder).changed == [MANIFEST]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"@graph": [1]}', '{"@graph": [{"@type": "File", "@id": "a"}]}'])
def test_a_damaged_crate_is_told(folder, text):
    (folder / CRATE).write_text(text)
    assert read_crate(folder / CRATE) in (None, {}) and verify_folder(folder).changed == [CRATE]


def test_a_crate_that_says_something_else_of_a_file(folder):
    path = folder / CRATE
    path.write_text(path.read_text().replace('"contentSize": "7"', '"contentSize": "8"'))
    assert verify_folder(folder).changed == [CRATE]


def test_a_missing_crate_is_told_and_one_that_never_was_is_not(folder):
    (folder / CRATE).unlink()
    assert verify_folder(folder).missing == [CRATE]
    content = json.loads((folder / MANIFEST).read_text())
    del content["crate"]
    (folder / MANIFEST).write_text(json.dumps(content))
    assert verify_folder(folder).ok


def test_authors_and_licence_may_be_added(folder):
    path = folder / CRATE
    crate = json.loads(path.read_text())
    root = next(one for one in crate["@graph"] if one["@id"] == "./")
    root |= {
        "author": {"@id": "https://orcid.org/0000-0002-1825-0097"},
        "license": {"@id": "https://spdx.org/licenses/CC0-1.0"},
    }
    crate["@graph"].append({"@id": "https://orcid.org/0000-0002-1825-0097", "@type": "Person", "name": "A"})
    path.write_text(json.dumps(crate))
    assert verify_folder(folder).ok


def test_files_that_a_later_step_writes_are_described(folder):
    (folder / "later.csv").write_text("x")
    assert list_files(folder, ["later.csv"])
    assert "later.csv" in graph(folder) and verify_folder(folder).ok


def test_a_validator_of_the_standard_finds_nothing(folder):
    rocrate = pytest.importorskip("rocrate.rocrate", reason="the library rocrate is not installed")
    read = rocrate.ROCrate(folder)
    assert {one.id for one in read.data_entities} == {"a%20b.csv", "raw_results/x.bed", MANIFEST}
