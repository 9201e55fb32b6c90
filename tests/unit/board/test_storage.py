"""Files that survive being cut short, and recordings that keep their bounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.board import storage
from edge.guidance.gate import GateState, Limits, gate
from edge.guidance.session import checked
from edge.pipeline import Answer
from edge.record import files, recording
from edge.types import Missed, Placing, RawOutput
from firmware_bridge.wire import Procedure, Reason, Side
from tests.unit import made

SESSION = checked(Procedure.FACET, Side.RIGHT)
WRITER = """
import sys
from pathlib import Path
from edge.record.files import write_atomically
number = 0
while True:
    number += 1
    write_atomically(Path(sys.argv[1]), b"%d" % (number % 10) * 200_000)
    print(number, flush=True)
"""


def test_a_file_is_the_old_or_the_new_one_whenever_the_writer_dies(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    for turn in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.003 * turn)
            writer.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert len(content) == 200_000
        assert len(set(content)) == 1


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "profile.toml"
    files.write_atomically(path, b"old")
    path.chmod(0o640)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError):
            files.write_atomically(path, b"new")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])
    files.write_atomically(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)


def test_only_a_file_is_replaced_and_a_link_is_written_through(tmp_path: Path) -> None:
    """A rename would put a file in the place of a pipe, a device (/dev/null, as root) or a link."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "to-pipe").symlink_to("pipe")
    before = sorted(tmp_path.iterdir())
    for name in ("pipe", "folder", "round", "to-pipe"):
        with pytest.raises(OSError, match=r"(not a file|leads to itself): name another place"):
            files.write_atomically(tmp_path / name, b"new")
    assert (sorted(tmp_path.iterdir()), (tmp_path / "pipe").is_fifo(), (tmp_path / "round").is_symlink()) == (before, True, True)
    (tmp_path / "folder" / "real").write_bytes(b"old")
    for name in ("real", "not-yet"):
        (tmp_path / f"to-{name}").symlink_to(tmp_path / "folder" / name)
        files.write_atomically(tmp_path / f"to-{name}", b"new")
        assert ((tmp_path / f"to-{name}").is_symlink(), (tmp_path / "folder" / name).read_bytes()) == (True, b"new")


def an_answer(number: int) -> Answer:
    scan = made.scan(frame_id=number, captured_ns=number * 33_000_000)
    _, guidance = gate(
        GateState(),
        scan=scan,
        landmarks=None,
        estimate=Missed(Reason.WRONG_VIEW),
        agreeing=0,
        session=SESSION,
        manifest=made.manifest(),
        limits=Limits(),
        now_ns=scan.captured_ns,
    )
    noise = np.random.default_rng(number).integers(-128, 128, (48, 48, 31), np.int8)
    raw = RawOutput(noise, noise[0, :11, 0], lambda: noise[:, :, 0].view(np.uint8), lambda: noise[:, :, 0], noise[:, :, 0].item)
    return Answer(scan, raw, Placing(), None, guidance)


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), max_size=12), st.integers(0, 1500))
def test_room_is_made_from_the_oldest_on(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], most: int) -> None:
    folder = tmp_path_factory.mktemp("recordings")
    for number, size in enumerate(sizes, start=98):
        (folder / f"{number:06d}-20260101T000000Z.mcap").write_bytes(bytes(size))
    (folder / "kept-by-hand.mcap").write_bytes(bytes(9999))
    storage.make_room(folder, most_bytes=most, least_free_bytes=0)
    left = [path.stat().st_size for _, path in storage.recordings_in(folder)]
    assert left == sizes[len(sizes) - len(left) :]
    assert sum(left) <= most
    assert len(left) == len(sizes) or sum(sizes[len(sizes) - len(left) - 1 :]) > most
    assert (folder / "kept-by-hand.mcap").exists()


def test_rolling_recordings_are_whole_numbered_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SYNC_PERIOD_S", 0.0)
    recorder = storage.RollingRecorder(tmp_path, {"notice": "x"}, segment_bytes=400_000, most_bytes=1_400_000, least_free_bytes=0)
    for number in range(60):
        recorder.write(None, an_answer(number), SESSION)
    recorder.close()
    kept = storage.recordings_in(tmp_path)
    assert kept[0][0] > 1, "nothing was removed: the test writes too little"
    assert sum(path.stat().st_size for _, path in kept) <= 2_000_000
    ids = [recorded.scan.frame_id for _, path in kept for recorded in recording.read(path)]
    assert ids == list(range(ids[0], 60))
    assert recorder.frames == len(ids), "recordings that made room for others count"


def test_a_recording_is_on_disk_before_it_is_closed(tmp_path: Path) -> None:
    recorder = storage.RollingRecorder(tmp_path, {"notice": "x"}, least_free_bytes=0)
    for number in range(12):
        recorder.write(None, an_answer(number), SESSION)
    recorder._recorder.sync()
    ((_, path),) = storage.recordings_in(tmp_path)
    assert len(list(recording.read(path))) >= 1, "nothing can be read of an open recording"
    recorder.close()


@pytest.mark.parametrize("name", ["²-a.mcap", "٣-a.mcap", "-a.mcap", "a.mcap"])
def test_a_file_whose_name_is_no_number_is_left_alone(tmp_path: Path, name: str) -> None:
    """A superscript counts as a digit, and is no number: it had ended the recorder's thread."""
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "000007-b.mcap").write_bytes(b"y")
    assert [number for number, _ in storage.recordings_in(tmp_path)] == [7]
