"""The commands as their users start them: the main job, replay, score, doctor, and what bad input gets."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge.cli import main
from edge.model import runner
from edge.record import recording
from edge.source import sources
from edge.types import Scan, ScreenLeft
from firmware_bridge import wire
from firmware_bridge.sim import SimDevice
from tests.replay import clips
from tests.replay.clips import DEADLINE_S, PROGRAM_S, heard, started, wait_for
from tests.unit.record.test_files import write_png

TUFFIER = [sys.executable, "-m", "edge.cli"]
DEMONSTRATION = "recording:demonstration"


def tuffier(*words: str) -> subprocess.CompletedProcess[str]:
    return ended([*TUFFIER, *words])


def ended(words: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=PROGRAM_S, check=False, **given)


def limited(most_bytes: int, *words: str) -> list[str]:
    """A command with a limit on a file's length, which stands in for the disk's end: the write fails as it does there."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes},) * 2)"
    begin = "import sys; from edge.cli import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", f"{limit}; {begin}", *words]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("replay") / "a.jsonl"
    assert main(["replay", DEMONSTRATION, "--json", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.brief(tmp_path_factory.mktemp("brief") / "brief.mcap")


@pytest.fixture(scope="module")
def soon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.soon(tmp_path_factory.mktemp("soon") / "soon.mcap")


def last_frame(path: Path) -> int:
    return [entry.scan.frame_id for entry in recording.read(path)][-1]


def test_replay_gives_the_same_bytes_twice(replayed: Path, tmp_path: Path) -> None:
    assert main(["replay", DEMONSTRATION, "--json", str(tmp_path / "b.jsonl")]) == 0
    assert (tmp_path / "b.jsonl").read_bytes() == replayed.read_bytes()


def test_everything_behind_the_model_is_the_golden(replayed: Path) -> None:
    """Made by `tuffier replay recording:demonstration --json tests/vectors/demonstration.jsonl`, from recorded scans and raw outputs."""
    golden = Path(__file__).resolve().parents[1] / "vectors" / "demonstration.jsonl"
    assert replayed.read_text() == golden.read_text()


def test_the_bundled_recording_comes_into_view_is_held_and_is_lost(replayed: Path) -> None:
    states = [json.loads(line)["state"] for line in replayed.read_text().splitlines()]
    pointing = [index for index, state in enumerate(states) if state == "pointing"]
    assert "pointing" not in states[:5]
    assert "pointing" not in states[-5:]
    assert len(pointing) >= 30
    assert sources.BUNDLED.stat().st_size <= 6_000_000


def test_a_withheld_line_has_no_number(replayed: Path) -> None:
    for line in replayed.read_text().splitlines():
        fields = json.loads(line)
        numbers = [fields[name] for name in ("depth_mm", "lateral_mm", "angle_deg", "insertion_mm", "interval_mm", "target_px")]
        assert all(value is None for value in numbers) == (fields["state"] == "withheld")
        assert (fields["reason"] is None) == (fields["state"] == "pointing")


def test_a_bracket_gets_the_way_from_its_pivot(tmp_path: Path) -> None:
    out = tmp_path / "bracket.jsonl"
    assert main(["replay", DEMONSTRATION, "--pivot-mm", "-45", "-35", "--json", str(out)]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    for fields in lines:
        assert (fields["pivot_mm"] is None) == (fields["state"] == "withheld")
        # the bundled profile draws the marker left: -45 in the body is +45 on the screen
        if fields["pivot_mm"] is not None:
            assert fields["pivot_mm"] == pytest.approx(np.hypot(fields["lateral_mm"] - 45, fields["depth_mm"] + 35), abs=0.001)
            assert fields["pivot_mm"] > fields["insertion_mm"]


def test_from_frames_the_model_runs_and_agrees(replayed: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames.jsonl"
    assert main(["replay", f"{DEMONSTRATION}?from=frames", "--json", str(out)]) == 0
    ours = [json.loads(line) for line in out.read_text().splitlines()]
    kept = [json.loads(line) for line in replayed.read_text().splitlines()]
    same = [a["state"] == b["state"] for a, b in zip(ours, kept, strict=True)]
    assert np.mean(same) > 0.9
    both = [abs(a["depth_mm"] - b["depth_mm"]) for a, b in zip(ours, kept, strict=True) if a["depth_mm"] and b["depth_mm"]]
    assert np.median(both) < 0.3


def test_the_main_job_runs_once_into_the_simulated_device(brief: Path) -> None:
    done = tuffier("run", "--once", "--source", f"recording:{brief}")
    assert done.returncode == 0, done.stderr
    assert "connected" in done.stdout
    assert re.search(r"^[1-9]\d* frames answered", done.stdout.splitlines()[-1])


def test_interrupt_ends_cleanly_and_closes_the_recording(soon: Path, tmp_path: Path) -> None:
    path = tmp_path / "session.mcap"
    with started([*TUFFIER, "run", "--source", f"recording:{soon}", "--record", str(path)]) as job:
        heard(job, ": POINTING")
        job.send_signal(signal.SIGINT)
        out, _ = job.communicate(timeout=DEADLINE_S)
    assert job.returncode == 0, out
    assert path.read_bytes()[-8:] == b"\x89MCAP0\r\n", "the closing magic: the file has its index"
    kept = len(list(recording.read(path)))
    assert kept > 2
    assert f"{kept} frames recorded" in out


def test_a_run_records_where_its_clips_begin(tmp_path: Path) -> None:
    """State starts fresh at each clip: a recording without the boundaries would be replayed as one stretch."""
    rows = []
    for index in range(8):
        write_png(tmp_path / f"{index}.png", 10 * index)
        rows.append({"frame": f"{index}.png", "clip": "ab"[index // 4], "captured_ns": 50_000_000 * (index % 4), "subject": "s", "view": "none",
                     "procedure": None, "side": None, "screen_left": "patient_left", "landmarks": {}, "target": None})  # fmt: skip
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "session.mcap"
    assert main(["run", "--once", "--device", "none:", "--source", f"images:{tmp_path}", "--record", str(path)]) == 0
    assert list(dict.fromkeys(recorded.clip for recorded in recording.read(path))) == ["1 a", "2 b"]
    assert [clip.name for clip in sources.open_clips(f"recording:{path}")] == ["1 a", "2 b"]


def test_a_source_that_fails_is_not_blamed_on_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stick pulled out while it is read: the source is named, and what was read is recorded."""
    frames = list(sources.open_source(DEMONSTRATION))[:3]

    def pulled() -> Iterator[sources.Item]:
        yield from frames
        raise OSError(5, "Input/output error")

    monkeypatch.setitem(sources.OPENERS, "images", lambda _: iter([sources.Clip("a", False, ScreenLeft.PATIENT_LEFT, pulled())]))
    path = tmp_path / "clip.mcap"
    assert main(["record", "images:stick", "--out", str(path)]) == 1
    said = capsys.readouterr().err
    assert "images:stick: Input/output error" in said
    assert str(path) not in said
    assert len(list(recording.read(path))) == 3


def test_a_file_with_a_hole_in_its_time_is_played_on(tmp_path: Path) -> None:
    """A clock set back or forth while it was recorded must not stop the source for a century."""
    rows = []
    for index, captured_ns in enumerate([0, 33_000_000, 2**62, 2**62 + 33_000_000, 66_000_000]):
        write_png(tmp_path / f"{index}.png", 10 * index)
        rows.append({"frame": f"{index}.png", "clip": "a", "captured_ns": captured_ns, "view": "none", "screen_left": "patient_left"})
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "session.mcap"
    assert main(["run", "--once", "--device", "none:", "--source", f"images:{tmp_path}", "--record", str(path)]) == 0
    assert len([recorded for recorded in recording.read(path) if isinstance(recorded.scan, Scan) or recorded.scan.reason.name != "SOURCE_LOST"]) >= 4


def test_monitor_serves_the_live_answer_until_it_is_stopped(soon: Path) -> None:
    job = subprocess.Popen(
        [*TUFFIER, "monitor", "--source", f"recording:{soon}", "--page", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert job.stdout is not None
    states: set[str] = set()
    try:
        url, _, token = job.stdout.readline().removeprefix("page: ").strip().partition("#")
        assert len(token) >= 24

        def both() -> bool:
            with urllib.request.urlopen(url + "metrics", timeout=DEADLINE_S) as reply:
                states.update(line for line in reply.read().decode().splitlines() if line.startswith("tuffier_pointing"))
            return len(states) >= 2

        wait_for(both)
        assert states == {"tuffier_pointing 0", "tuffier_pointing 1"}
    finally:
        job.send_signal(signal.SIGINT)
        job.communicate(timeout=DEADLINE_S)
    assert job.returncode == 0


def test_a_second_interrupt_does_not_tear_the_recording(soon: Path, tmp_path: Path) -> None:
    path = tmp_path / "session.mcap"
    with started([*TUFFIER, "run", "--device", "none:", "--source", f"recording:{soon}", "--record", str(path)]) as job:
        heard(job, ": POINTING")
        for _ in range(3):
            job.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        job.communicate(timeout=DEADLINE_S)
    assert path.read_bytes()[-8:] == b"\x89MCAP0\r\n"


def test_a_recording_is_replayed_for_its_own_side(tmp_path: Path) -> None:
    path, out = tmp_path / "left.mcap", tmp_path / "out.jsonl"
    assert main(["record", f"{DEMONSTRATION}?from=frames", "--side", "left", "--out", str(path)]) == 0
    assert main(["replay", f"recording:{path}", "--json", str(out)]) == 0
    assert {json.loads(line)["side"] for line in out.read_text().splitlines()} == {"left"}


def test_a_port_that_appears_later_is_found(brief: Path, tmp_path: Path) -> None:
    """The job starts with no device there, says so, and goes on."""
    done = tuffier("run", "--once", "--source", f"recording:{brief}", "--demo", "--device", str(tmp_path / "no-such-port"))
    assert done.returncode == 0
    assert "no-such-port" in done.stdout


def test_a_file_goes_to_a_real_device_only_where_somebody_said_so(tmp_path: Path) -> None:
    """A configuration with only [device] had shown the demonstration's numbers as live, as a service for ever."""
    config = tmp_path / "tuffier.toml"
    config.write_text('[device]\ndevice = "/dev/ttyNONE"\n')
    done = tuffier("run", "--once", "--config", str(config))
    assert done.returncode == 2
    assert "no live picture" in done.stderr
    assert "demo = true" in done.stderr


def test_the_display_says_demo_of_a_picture_that_is_not_live(soon: Path) -> None:
    with SimDevice() as device:
        words = [*TUFFIER, "run", "--demo", "--source", f"recording:{soon}", "--device", device.port_path]
        job = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert shown(device, "DEMO, RESEARCH")
            wait_for(lambda: device.shown is wire.Shown.DIGITS, "digits")
            device.press("arm")
            time.sleep(0.3)
            assert device.status is not None
            assert (device.status.guard, device.status.servo_us) == (wire.Guard.DISARMED, 0)
        finally:
            job.send_signal(signal.SIGINT)
            job.wait(DEADLINE_S)


def test_ctrl_c_on_a_simulated_device_ends_cleanly() -> None:
    """It reaches the whole group of processes; the simulated device had died first, and the job said: plug the device in."""
    job = subprocess.Popen([*TUFFIER, "run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    assert job.stdout is not None
    for line in job.stdout:
        if "session with device" in line:
            break
    os.killpg(job.pid, signal.SIGINT)
    told, _ = job.communicate(timeout=DEADLINE_S)
    assert job.returncode == 0, told
    assert "plug the device in" not in told
    assert "device: connected" in told


def test_a_terminal_gets_the_live_page() -> None:
    parent, child = pty.openpty()
    job = subprocess.Popen([*TUFFIER, "run"], stdout=child, stderr=subprocess.DEVNULL, close_fds=True)
    os.close(child)
    seen = b""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end and b"POINTING" not in seen:
        seen += os.read(parent, 65536)
    job.send_signal(signal.SIGINT)
    while job.poll() is None:
        try:
            os.read(parent, 65536)
        except OSError:
            break
    job.wait(DEADLINE_S)
    os.close(parent)
    assert b"POINTING" in seen
    assert b"not validated on patients" in seen


def test_buttons_on_the_device_choose_procedure_and_side() -> None:
    with SimDevice() as device:
        job = subprocess.Popen([*TUFFIER, "run", "--demo", "--device", device.port_path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert shown(device, "FACET           RIGHT")
            device.press("procedure")
            assert shown(device, "CHOOSE SIDE"), "the display waits for a side"
            device.press("side")
            # the host follows: its own reason stands there, not a disagreement
            assert shown(device, "WRONG VIEW")
            assert device.screen_lines()[0].startswith("MEDIAL BRANCH   LEFT")
        finally:
            job.send_signal(signal.SIGINT)
            job.wait(DEADLINE_S)


def shown(device: SimDevice, words: str, *, within_s: float = DEADLINE_S) -> bool:
    """Whether a line on the device's display comes to hold these words in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if any(words in line for line in device.screen_lines()):
            return True
        time.sleep(0.05)
    return False


def bad_models(folder: Path) -> list[tuple[str, Path]]:
    good = runner.BUNDLED.read_bytes()
    (folder / "truncated.tflite").write_bytes(good[: len(good) // 2])
    flipped = bytearray(good)
    flipped[5000] ^= 0xFF
    (folder / "flipped.tflite").write_bytes(bytes(flipped))
    (folder / "text.tflite").write_text("no model")
    return [(name, folder / f"{name}.tflite") for name in ("truncated", "flipped", "text", "missing")]


def test_a_bad_model_is_refused_before_the_runtime(tmp_path: Path) -> None:
    for name, path in bad_models(tmp_path):
        done = tuffier("run", "--once", "--model", str(path))
        assert done.returncode == 2, name
        assert str(path) in done.stderr, name
        assert "Traceback" not in done.stderr, name


BAD_CALLS = [
    (["run", "--source", "images:EMPTY"], "no picture"),
    (["run", "--source", "video:nowhere.mp4"], "nowhere.mp4"),
    (["run", "--config", "BAD_CONFIG"], "did you mean 'device'"),
    (["run", "--procedure", "knee"], "tuffier procedures"),
    (["run", "--mm-per-px", "0.1", "--device", "/dev/ttyNONE"], "tuffier calibrate"),
    (["run", "--mm-per-px", "90"], "0.005"),
    (["run", "--pivot-mm", "40", "20"], "above the skin"),
    (["run", "--procedure", "interlaminar", "--pivot-mm", "40", "-20"], "--approach in_plane"),
    (["replay", DEMONSTRATION + "?fron=frames", "--json", "-"], "did you mean 'from'"),
    (["replay", DEMONSTRATION + "?from=pixels", "--json", "-"], "frames or raw"),
    (["run", "--source", "images:EMPTY?rate=5"], "has no options"),
    (["run", "--source", "v4l2:/dev/video0?sise=1280x720"], "did you mean 'size'"),
    (["run", "--source", "phantom:facet?sead=7"], "did you mean 'seed'"),
    (["record", DEMONSTRATION, "--out", "EMPTY/a.mcap", "--jpeg-quality", "0"], "1 to 100"),
    (["monitor", "--page", "nowhere:8642"], "ADDRESS:PORT"),
    (["run", "--profile", "/nowhere.toml"], "nowhere.toml"),
    (["bench", "--threads", "100000"], "from 1 to 8"),
    (["score", "EMPTY"], "truth.jsonl"),
    (["score", "EMPTY", "--procedure", "none"], "tuffier procedures"),
    (["replay", "recording:nowhere.mcap", "--json", "-"], "nowhere.mcap"),
    (["replay", DEMONSTRATION, "--json", "/nowhere/out.jsonl"], "/nowhere/out.jsonl"),
    (["record", DEMONSTRATION, "--out", "/nowhere/clip.mcap"], "can be written"),
    (["run", "--record", "/nowhere/clip.mcap"], "can be written"),
    (["record", DEMONSTRATION, "--out", "EMPTY"], "is a folder"),
    (["record", "recording:EMPTY/a.mcap", "--out", "EMPTY/a.mcap"], "source itself"),
]


LOSSES = [
    ("record", ["record", "recording:MINE", "--out", "OTHER"], "the source itself"),
    ("record a picture's folder", ["record", "images:FOLDER", "--out", "PICTURE"], "the source itself"),
    ("record a profile", ["record", DEMONSTRATION, "--profile", "MINE", "--out", "OTHER"], "the profile itself"),
    ("run", ["run", "--source", "recording:MINE", "--record", "OTHER"], "the source itself"),
    ("run a configuration", ["run", "--config", "CONFIG", "--record", "CONFIG"], "the configuration itself"),
    ("run a model", ["run", "--model", "MINE", "--record", "OTHER"], "the model itself"),
    ("replay", ["replay", "recording:MINE", "--json", "OTHER"], "the source itself"),
    ("replay a picture's folder", ["replay", "images:FOLDER", "--json", "PICTURE"], "the source itself"),
    ("export", ["export", "MINE", "--video", "OTHER"], "the recording itself"),
    ("calibrate", ["calibrate", "images:FOLDER", "--yes", "--out", "LINK", "--picture", "NEW"], "the source itself"),
    ("calibrate's picture", ["calibrate", "images:FOLDER", "--yes", "--out", "NEW", "--picture", "PICTURE"], "the source itself"),
    ("record over another", ["record", DEMONSTRATION, "--out", "MINE"], "is there already"),
    ("run and record over another", ["run", "--record", "MINE"], "is there already"),
    ("report", ["report", "--no-doctor", "--config", "CONFIG", "--out", "CONFIG"], "the configuration itself"),
]


@pytest.mark.parametrize(("name", "words", "says"), LOSSES, ids=[case[0] for case in LOSSES])
def test_nothing_that_is_read_is_written_to(name: str, words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By whatever name: a hard link here, a symbolic one there."""
    (tmp_path / "folder" / "deeper").mkdir(parents=True)
    picture, mine, config = tmp_path / "folder" / "deeper" / "0.png", tmp_path / "mine.mcap", tmp_path / "config.toml"
    write_png(picture)
    (tmp_path / "folder" / "truth.jsonl").write_text('{"frame": "deeper/0.png", "view": "none"}\n')
    shutil.copy(sources.BUNDLED, mine)
    config.write_text("")
    os.link(mine, tmp_path / "other.mcap")
    (tmp_path / "link").symlink_to(picture)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    places = {"MINE": mine, "OTHER": tmp_path / "other.mcap", "FOLDER": tmp_path / "folder", "PICTURE": picture, "CONFIG": config,
              "LINK": tmp_path / "link", "NEW": tmp_path / "new"}  # fmt: skip
    assert main([re.sub("[A-Z]+", lambda found: str(places[found[0]]), word) for word in words]) == 2, name
    assert f"{says}, and would be lost: name another file" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_source_is_not_in_the_folder_that_makes_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "000001-old.mcap"
    shutil.copy(sources.BUNDLED, path)
    assert main(["run", "--source", f"recording:{path}", "--record", str(tmp_path)]) == 2
    assert "the source lies in it, and may be removed to make room: name another folder" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "says"), BAD_CALLS)
def test_bad_input_names_its_cure(words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.toml").write_text('[devise]\ndevice = "sim:"\n')
    made = [word.replace("EMPTY", str(tmp_path / "empty")).replace("BAD_CONFIG", str(tmp_path / "bad.toml")) for word in words]
    assert main(made) == 2
    assert says in capsys.readouterr().err


def test_a_folder_with_one_broken_picture_is_answered_whole(tmp_path: Path) -> None:
    for index in range(4):
        write_png(tmp_path / f"{index}.png", 10 * index)
    (tmp_path / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    out = tmp_path / "out.jsonl"
    assert main(["replay", f"images:{tmp_path}", "--json", str(out), "--mm-per-px", "0.2", "--screen-left", "patient_left"]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["reason"] == "bad_frame" for line in lines] == [False, False, True, False]
    assert "2.png" in lines[2]["hint"]


def test_doctor_is_well_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) <= 1, capsys.readouterr().out
    table = capsys.readouterr().out
    for row in ("model", "source", "device", "disk"):
        assert row in table


def test_doctor_names_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--model", str(tmp_path / "none.tflite"), "--device", "/dev/ttyNONE"]) == 2
    table = capsys.readouterr().out
    assert table.count("cure:") >= 2


DOCTOR_SAYS = [
    ('[procedure]\nprocedure = "knee"\n', "FAIL procedure", "tuffier procedures"),
    ('[procedure]\nside = "up"\n', "FAIL procedure", "left or right"),
    ('[procedure]\nprocedure = "interlaminar"\npivot_mm = [40, -20]\n', "FAIL procedure", "--approach in_plane"),
    ('[monitor]\npage = "here:8642"\n', "FAIL page", "ADDRESS:PORT"),
    ('[source]\nsource = "recording:OTHER"\n', "FAIL source", "made by another model"),
    ('[procedure]\nprocedure = "caudal"\n[monitor]\npage = "127.0.0.1:0"\n', "ok   procedure", "caudal, in_plane"),
]


@pytest.mark.parametrize(("text", "row", "says"), DOCTOR_SAYS)
def test_doctor_refuses_what_run_refuses(text: str, row: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with recording.Recorder(tmp_path / "other.mcap", {"model": {"sha256": "a" * 64}}):
        pass
    config = tmp_path / "tuffier.toml"
    config.write_text(text.replace("OTHER", str(tmp_path / "other.mcap")))
    refused = row.startswith("FAIL")
    assert (main(["doctor", "--config", str(config)]) == 2) == refused
    told = capsys.readouterr().out
    assert row in told
    assert says in told
    if refused:
        assert main(["run", "--once", "--config", str(config)]) == 2


def test_doctor_works_where_its_folder_was_removed(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from edge.cli import main; sys.exit(main(['doctor']))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(each).resolve()) for each in sys.path if each), "PYTHONSAFEPATH": "1"}
    done = ended([sys.executable, "-c", code], cwd=tmp_path / "gone", env=environment)
    assert done.returncode <= 1, done.stdout + done.stderr
    assert "disk" in done.stdout


def test_procedures_lists_nine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedures", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 9


def test_a_disk_that_fills_stops_the_recording_only(soon: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is needed")
    with started([*TUFFIER, "run", "--source", f"recording:{soon}", "--record", "/dev/full"]) as job:
        heard(job, "recording stopped")
        heard(job, ": POINTING")
        job.send_signal(signal.SIGINT)
        job.communicate(timeout=DEADLINE_S)
    assert job.returncode == 0


EXPORTS = [("--dicom", 60_000, "new/folder"), ("--video", 9_000, "a.mp4")]


@pytest.mark.parametrize(("option", "most_bytes", "made"), EXPORTS)
def test_an_export_that_fails_leaves_nothing_half(option: str, most_bytes: int, made: str, brief: Path, tmp_path: Path) -> None:
    pytest.importorskip({"--dicom": "pydicom", "--video": "av"}[option], reason="the extra is not installed")
    before = []
    if option == "--video":
        (tmp_path / made).write_bytes(b"the old one")
        before = [tmp_path / made]
    done = ended(limited(most_bytes, "export", str(brief), option, str(tmp_path / made)))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert f"{tmp_path / made}: " in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert [path.read_bytes() for path in before] == [b"the old one"] * len(before)


def test_pictures_that_fail_leave_an_empty_folder_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    save = Image.Image.save

    def full_at_the_third(image: Image.Image, path: Path, **how: object) -> None:
        if path.name == "000002.png":
            raise OSError(28, "No space left on device")
        save(image, path, **how)

    monkeypatch.setattr(Image.Image, "save", full_at_the_third)
    assert main(["export", str(sources.BUNDLED), "--images", str(tmp_path)]) == 2
    assert f"{tmp_path}: No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_half_a_recording_is_exported_and_said(brief: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = tmp_path / "half.mcap"
    half.write_bytes(brief.read_bytes()[: brief.stat().st_size // 2])
    assert main(["export", str(half), "--images", str(tmp_path / "out")]) == 1
    count = len(list((tmp_path / "out").glob("*.png")))
    said = capsys.readouterr()
    assert said.out == f"{count} pictures in {tmp_path / 'out'}\n"
    assert "is cut short" in said.err


def test_half_a_recording_says_so_and_is_answered(replayed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half, out, copy = tmp_path / "half.mcap", tmp_path / "out.jsonl", tmp_path / "copy.mcap"
    half.write_bytes(sources.BUNDLED.read_bytes()[: sources.BUNDLED.stat().st_size // 2])
    frames = len(list(recording.read(half)))
    assert main(["replay", f"recording:{half}", "--json", str(out)]) == 1
    lines = out.read_text().splitlines()
    assert lines == replayed.read_text().splitlines()[:frames]
    assert f"{half}: is cut short, damaged or still being recorded: its first {frames} frames can be read" in capsys.readouterr().err
    assert main(["record", f"recording:{half}", "--out", str(copy)]) == 1
    assert f"its first {frames} frames can be read, and {frames} are recorded" in capsys.readouterr().err
    assert len(list(recording.read(copy, whole=True))) == frames


def test_a_reader_that_goes_ends_neither_guidance_nor_recording(brief: Path, tmp_path: Path) -> None:
    """`run | head -1`: the thread that recorded had died of it, and guidance had gone on alone."""
    path = tmp_path / "clip.mcap"
    words = [*TUFFIER, "run", "--once", "--source", f"recording:{brief}", "--record", str(path)]
    job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert job.stdout is not None
    assert job.stderr is not None
    job.stdout.readline()
    job.stdout.close()
    said = job.stderr.read()
    job.stderr.close()
    assert (job.wait(DEADLINE_S), "Traceback" in said, "Exception" in said) == (0, False, False)
    assert said.count("read-out stopped: standard output: Broken pipe: guidance and recording go on") == 1
    assert last_frame(path) == last_frame(brief)


def test_a_terminal_that_stands_still_holds_up_neither_guidance_nor_recording(brief: Path, tmp_path: Path) -> None:
    """Ctrl-S: the thread that recorded had waited in its write to the terminal, and guidance had gone on alone."""
    path = tmp_path / "clip.mcap"
    unread, terminal = pty.openpty()
    os.set_blocking(terminal, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(terminal, 64 * b"."):
            pass
    os.set_blocking(terminal, True)
    words = [*TUFFIER, "run", "--once", "--source", f"recording:{brief}", "--record", str(path)]
    job = subprocess.Popen(words, stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, text=True)
    os.close(terminal)
    try:
        _, said = job.communicate(timeout=DEADLINE_S)
    finally:
        job.kill()
        os.close(unread)
    assert (job.returncode, "stands still" in said) == (0, True), said
    assert last_frame(path) == last_frame(brief)


@pytest.mark.parametrize("streams", ["> /dev/full", "> /dev/full 2>&1", ">&-", "<&- >&- 2>&-", "| true"])
def test_a_read_out_that_cannot_be_ends_neither_guidance_nor_recording(streams: str, tmp_path: Path) -> None:
    for index in range(8):
        write_png(tmp_path / f"{index}.png", 10 * index)
    path = tmp_path / "clip.mcap"
    words = [*TUFFIER, "run", "--once", "--device", "none:", "--source", f"images:{tmp_path}", "--record", str(path)]
    job = f"{shlex.join(words)} {streams}; exit ${{PIPESTATUS[0]}}"
    done = ended(["bash", "-c", job])
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert path.read_bytes()[-8:] == b"\x89MCAP0\r\n"
    assert path.read_bytes()[:8] == b"\x89MCAP0\r\n", "what a library said went into the recording"
    assert last_frame(path) == 7


BROKEN_STREAMS = [
    ("procedures", "> /dev/full", 1, "tuffier: standard output: No space left on device: not all was said"),
    ("procedures", "| true", 1, "tuffier: standard output: Broken pipe: not all was said"),
    ("--help", "| true", None, ""),
    (f"replay {DEMONSTRATION} --json -", "> /dev/full", 1, "tuffier: standard output: No space left on device: not all was said"),
    (f"replay {DEMONSTRATION} --json -", "| true", 1, "tuffier: standard output: Broken pipe: not all was said"),
    (f"replay {DEMONSTRATION} --json -", ">&-", 2, "tuffier: --json -: standard output is closed: name a file"),
    (f"replay {DEMONSTRATION} --json OUT", "<&- >&- 2>&-", 0, ""),
    ("report --no-doctor --out OUT", "> /dev/full", 1, "tuffier report: standard output: No space left on device: not all was said"),
    ("report --no-doctor --out OUT", "| true", 1, "tuffier report: standard output: Broken pipe: not all was said"),
    ("report --no-doctor --out OUT", "<&- >&-", 0, ""),
]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("words", "streams", "status", "says"), BROKEN_STREAMS)
def test_a_broken_stream_is_told_in_one_line(words: str, streams: str, status: int | None, says: str, unbuffered: str, tmp_path: Path) -> None:
    job = f"{shlex.join(TUFFIER)} {words.replace('OUT', str(tmp_path / 'out'))} {streams}; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = ended(["bash", "-c", job], env=environment)
    ours = [line for line in done.stderr.splitlines() if not line.startswith("INFO:")]
    assert status in (None, done.returncode)
    if status is not None:
        assert ours == ([says] if says else [])
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("kind", ["recording", "images", "video", "dicom"])
@pytest.mark.parametrize("length", [300, 5000])
def test_a_name_far_too_long_is_told_in_one_line(kind: str, length: int, capsys: pytest.CaptureFixture[str]) -> None:
    name = length * "a"
    for words in (["replay", f"{kind}:{name}", "--json", "-"], ["replay", DEMONSTRATION, "--json", name], ["record", DEMONSTRATION, "--out", name]):
        assert main(words) == 2
        said = capsys.readouterr().err.splitlines()[-1]
        assert said.startswith("tuffier: ")
        assert len(said) < 700


def test_what_a_full_disk_refused_is_not_counted_by_record(soon: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mcap"
    done = ended(limited(1_000_000, "record", f"recording:{soon}", "--out", str(path)))
    held = len(list(recording.read(path)))
    assert held > 0
    assert "File too large" in done.stderr
    assert f"{held} frames" in done.stderr


def test_what_a_full_disk_refused_is_not_counted_by_run(soon: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mcap"
    with started(limited(1_000_000, "run", "--device", "none:", "--source", f"recording:{soon}", "--record", str(path))) as job:
        heard(job, "File too large")
        job.send_signal(signal.SIGINT)
        said, _ = job.communicate(timeout=DEADLINE_S)
    held = len(list(recording.read(path)))
    assert held > 0
    assert f"{held} frames" in said


def test_a_disk_that_fills_is_named_by_every_command_that_writes(brief: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is needed")
    done = tuffier("replay", DEMONSTRATION, "--json", "/dev/full")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "/dev/full: No space left on device" in done.stderr
    done = tuffier("export", str(brief), "--video", "/dev/full")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "/dev/full" in done.stderr


def test_a_second_replay_into_the_same_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two at once would leave a mixture of both, and neither would know."""
    with recording.alone(tmp_path / "held.jsonl") as held:
        os.link(tmp_path / "held.jsonl", tmp_path / "same.jsonl")
        held.write(b"the first one's\n")
        assert main(["replay", DEMONSTRATION, "--json", str(tmp_path / "same.jsonl")]) == 2
        assert capsys.readouterr().err.endswith("same.jsonl: another process writes into it: stop that one, or give another name\n")
        assert (tmp_path / "held.jsonl").read_bytes() == b"the first one's\n"
    assert main(["replay", DEMONSTRATION, "--json", str(tmp_path / "same.jsonl")]) == 0


def test_score_counts_what_it_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.zeros((480, 640), np.uint8)).save(tmp_path / "0.png")
    row = {
        "frame": "0.png", "clip": "a", "captured_ns": 0, "subject": "s1", "view": "transverse_facet", "procedure": "facet", "side": "right",
        "screen_left": "patient_left", "mm_per_px": [0.2, 0.2], "origin_px": [320.0, 0.0], "landmarks": {"facet": [[400, 160]]},
        "target": [400.0, 160.0],
    }  # fmt: skip
    (tmp_path / "truth.jsonl").write_text(json.dumps(row) + "\n")
    assert main(["score", str(tmp_path), "--json"]) == 0
    facet = json.loads(capsys.readouterr().out)["procedures"]["facet"]
    assert (facet["held"], facet["shown"], facet["wrong"]) == (1, 0, 0)
