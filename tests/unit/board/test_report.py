"""`tuffier report`: what is in the file to send, and what is not."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge.board import storage
from edge.board.check import report
from edge.board.check.report import collect, last_minute, report_command, without_secrets
from edge.record import recording
from edge.record.black_box import Ring
from tests.unit.board.test_storage import SESSION, an_answer

SECRETS = [
    ('ssh_key = "AAAA"\n', 'ssh_key = "removed"\n'),
    ('[monitor]\npassword="hunter2" # x\nport = 1\n', '[monitor]\npassword= "removed"\nport = 1\n'),
    ('source = "v4l2:/dev/video0"\n', 'source = "v4l2:/dev/video0"\n'),
]


@pytest.mark.parametrize(("given", "packed"), SECRETS)
def test_secrets_are_taken_out(given: str, packed: str) -> None:
    assert without_secrets(given) == packed


def recorded_folder(folder: Path, frames: int, *, period_ns: int, from_ns: int = 0, segment_bytes: int = 10**9) -> None:
    recorder = storage.RollingRecorder(folder, {"notice": "x"}, segment_bytes=segment_bytes, least_free_bytes=0)
    for number in range(frames):
        answer = an_answer(number)
        recorder.write(None, replace(answer, scan=replace(answer.scan, captured_ns=from_ns + number * period_ns)), SESSION)
    recorder.close()


def ids_in(content: bytes, path: Path) -> list[int]:
    path.write_bytes(content)
    assert recording.session_fields(path) == {"notice": "x"}
    return [recorded.scan.captured_ns // 1_000_000_000 for recorded in recording.read(path)]


def test_the_last_minute_spans_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SYNC_PERIOD_S", 0.0)
    folder = tmp_path / "recordings"
    recorded_folder(folder, 25, period_ns=5_000_000_000, segment_bytes=500_000)
    assert len(storage.recordings_in(folder)) > 2
    assert ids_in(last_minute(folder), tmp_path / "cut.mcap") == list(range(60, 125, 5))


def test_an_earlier_start_of_the_board_does_not_join_on(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    recorded_folder(folder, 5, period_ns=1_000_000_000, from_ns=500_000_000_000)
    recorded_folder(folder, 4, period_ns=1_000_000_000, from_ns=20_000_000_000)
    assert ids_in(last_minute(folder), tmp_path / "cut.mcap") == [20, 21, 22, 23]


def test_everything_is_in_one_file_and_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "tuffier.toml"
    config.write_text('[source]\nsource = "v4l2:/dev/video9"\n')
    out = tmp_path / "report.tar.gz"
    assert report_command(["--out", str(out), "--config", str(config), "--recordings", str(tmp_path / "none"), "--no-doctor"]) == 0
    with tarfile.open(out) as archive:
        names = {name.removeprefix("tuffier-report/") for name in archive.getnames()}
        held = archive.extractfile("tuffier-report/configuration.toml")
        assert held is not None
        assert held.read() == config.read_bytes()
    assert names >= {"README.txt", "versions.json", "configuration.toml", "system.txt", "last-minute.mcap.missing.txt"}
    assert str(out) in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    assert report_command(["--out", str(tmp_path / "no/such/folder.tar.gz"), "--no-doctor"]) == 1


def test_the_doctor_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "doctor", lambda *_, **__: [])
    monkeypatch.setattr(report, "doctor_table", lambda _: "a table")
    assert collect(None, tmp_path, with_doctor=True)["doctor.txt"] == b"a table"


def test_the_black_box_is_in_it(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "box")
    ring.write(b'{"kind": "log"}\n')
    ring.close()
    out = tmp_path / "report.tar.gz"
    words = ["--out", str(out), "--recordings", str(tmp_path / "none"), "--black-box", str(tmp_path / "box"), "--no-doctor"]
    assert report_command(words) == 0
    with tarfile.open(out) as archive:
        held = archive.extractfile("tuffier-report/black-box.jsonl")
        assert held is not None
        assert held.read() == b'{"kind": "log"}\n'
