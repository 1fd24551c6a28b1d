import pytest

from scripts.common.errors import BadResponseError
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.results.parse_igv_bed import parse_igv_bed

TRACK = 'track name="A vs B" gffTags="on"\n'


def write(tmp_path, text):
    path = tmp_path / "wabi_result.igv.bed"
    path.write_text(text)
    return path


def test_peaks(tmp_path):
    tags = "Name=x%20y;logFC=-2.5;PValue=1e-9;QValue=2e-7;"
    regions = parse_igv_bed(write(tmp_path, f"{TRACK}chr1\t10\t90\t{tags}\t67\t.\t10\t90\t106,153,208\n"), DIFFBIND)
    assert list(regions.columns) == list(DIFFBIND.columns)
    row = regions.iloc[0]
    assert (row["logFC"], row["qvalue"], row["direction"], row["significant"]) == (-2.5, 2e-7, "B_enriched", True)
    assert row["counts_a"] == "" and row["mean_count_a"] != row["mean_count_a"]


def test_methylation_and_other_spellings(tmp_path):
    tags = "mean%5Fdifference=0.3;p-value=1e-4;FDR=0.01"
    regions = parse_igv_bed(write(tmp_path, f"{TRACK}chr1\t10\t90\t{tags}\t20\t.\n"), DMR)
    assert list(regions.columns) == list(DMR.columns)
    assert regions["methylation_difference"].tolist() == [0.3]
    assert regions["qvalue"].tolist() == [0.01]


def test_track_line_alone_is_an_empty_result(tmp_path):
    assert parse_igv_bed(write(tmp_path, TRACK), DIFFBIND).empty


@pytest.mark.parametrize("row", ["chr1\t10", "chr1\tx\t90\tlogFC=1;", "chr1\t1\t90\tlogFC=high;"])
def test_row_that_does_not_fit(tmp_path, row):
    with pytest.raises(BadResponseError, match="line 2"):
        parse_igv_bed(write(tmp_path, f"{TRACK}{row}\n"), DIFFBIND)
