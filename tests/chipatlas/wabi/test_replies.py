import pytest

from scripts.chipatlas.wabi.replies import parse_log, parse_reply
from tests.reference import reference_text


def test_submission_reply():
    fields = parse_reply(
        "requestId: wabi_chipatlas_2024-0124-1556-59-199-173766\nparameters: null\n"
        "current-time: 2024-01-24 15:56:59\nstart-time: \ncurrent-state: \n"
    )
    assert fields["requestid"] == "wabi_chipatlas_2024-0124-1556-59-199-173766"
    assert fields["starttime"] == ""


def test_tab_separated_reply_of_older_deployments():
    assert parse_reply("requestId\twabi_chipatlas_1\nstatus\trunning\n") == {
        "requestid": "wabi_chipatlas_1",
        "status": "running",
    }


def test_status_with_multi_line_slurm_text():
    fields = parse_reply(reference_text("wabi_status_finished.txt"))
    assert fields["status"] == "finished"
    assert fields["systeminfo"].count("\n") == 1
    assert "COMPLETED" in fields["systeminfo"]


def test_json_although_text_was_asked_for():
    assert parse_reply(reference_text("wabi_unknown_id.json"))["errormessage"] == "BAD_REQUEST (null)"


@pytest.mark.parametrize(
    "text", ["", "<html><body>Maintenance</body></html>", "\x00\xff", "{not json", "no fields here"]
)
def test_other_text_has_no_fields_of_interest(text):
    fields = parse_reply(text)
    assert "requestid" not in fields and "status" not in fields


def test_log_lines():
    log = parse_log(
        "[INFO] 2024 Start: diffbind\n[INFO] <samples> SRX2 A \n[INFO] <samples> SRX1 A\n[INFO] <samples> SRX3 B\n"
        '[WARNING] "GSM1" unmapped for hg38 and has been ignored.\n'
        '[WARNING] "x y" is not a valid SRX or GSM ID and has been ignored.\n'
        '[ERROR] "SRX9" does not correspond to an experiment for hg38.\n[INFO] Duration: 3 seconds\n'
    )
    assert log.samples == [("SRX2", "A"), ("SRX1", "A"), ("SRX3", "B")]
    assert log.ignored == ["GSM1", "x y"]
    assert log.errors == ['"SRX9" does not correspond to an experiment for hg38.']
    assert len(log.warnings) == 2


def test_what_is_ignored_is_named_before_it():
    assert parse_log("[WARNING] 'ignored' \"GSM2\" and has been ignored.").ignored == ["ignored"]
    assert parse_log('[WARNING] ignored: "GSM2"').ignored == []
