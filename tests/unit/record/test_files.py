"""Model files, recordings, truth and sources: good ones come back whole, bad ones name their cure."""

from __future__ import annotations

import contextlib
import io
import json
import random
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.catalogue import VIEWS
from edge.guidance.session import Session
from edge.model import manifest as manifests
from edge.model.manifest import ModelError
from edge.pipeline import Answer, Course, PathState, conclude
from edge.record import recording
from edge.record.recording import Recorder, RecordingError
from edge.source import sources, truth
from edge.source.sources import SourceError, read_picture
from edge.types import BadFrame, Frame, Placing, Scan
from firmware_bridge.wire import Procedure, Side
from tests.unit import made

SESSION = Session(Procedure.FACET, Side.RIGHT)


BODY = b"\x1c\0\0\0TFL3" + bytes(64)
B2, B3 = BODY + b"2", BODY + b"3"
GRID: dict[str, object] = {"columns": 192, "rows": 192, "mm_per_cell": 0.6, "x0_mm": -57.3, "z0_mm": -2.0}
RISK: dict[str, object] = {"most": 0.04, "level": 2.0, "view": 0.1, "confidence": 8.0, "contrast": 4.0, "procedures": {"facet": 0.3}}


def model_bytes(*, body: bytes = BODY, others: tuple[bytes, ...] = (), sha256: str | None = None, **changes: object) -> bytes:
    fields = {
        "format": manifests.FORMAT,
        "name": "made",
        "version": "0",
        "sha256": sha256 or manifests.digest_of((body, *others)),
        "views": [*VIEWS, "none"],
        "landmarks": list(made.LANDMARKS),
        "grid": GRID,
        "heatmap": {"columns": 48, "rows": 48, "stride_cells": 4, "offset_cells": 1.5, "scale": 1 / 255, "zero_point": -128},
        "view_logits": {"scale": 0.1, "zero_point": 0},
        "thresholds": {"view_confidence": 0.5, "peak": dict.fromkeys(made.LANDMARKS, 0.3)},
        "intervals": {name: [[0.0, 2.0]] for name in made.LANDMARKS},
        "target_risk": RISK,
    } | changes
    return with_manifest(body, json.dumps(fields), others)


def with_manifest(body: bytes, text: str, others: tuple[bytes, ...] = ()) -> bytes:
    packed = io.BytesIO(body)
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(manifests.MEMBER, text)
        for number, other in enumerate(others, start=2):
            archive.writestr(manifests.NETWORK.format(number), other)
    return packed.getvalue()


def test_a_good_model_file_is_split_and_checked() -> None:
    manifest, networks = manifests.parse(model_bytes())
    assert networks == (BODY,)
    assert manifest.landmarks == made.LANDMARKS
    assert manifest.placings == ((0, 0),)


def test_a_model_of_several_networks_is_split_in_their_turn() -> None:
    assert manifests.parse(model_bytes(others=(B2, B3)))[1] == (BODY, B2, B3)


def test_a_file_of_one_network_from_before_there_were_several_is_read() -> None:
    assert manifests.parse(model_bytes(format=1))[1] == (BODY,)


OLD = {name: field for name, field in manifests.split(model_bytes())[0].items() if name != "target_risk"}
BAD_MODELS = [
    ("no risk of its numbers, as before there was one", with_manifest(BODY, json.dumps(OLD)), "target_risk"),
    ("a risk of none", model_bytes(target_risk=RISK | {"most": 0.0}), "a risk of 0.0"),
    ("a risk that is no number", model_bytes(target_risk=RISK | {"level": float("nan")}), "no number"),
    ("certainty that speaks against a number", model_bytes(target_risk=RISK | {"confidence": -1.0}), "weights"),
    ("empty", b"", "truncated"),
    ("truncated", model_bytes()[:-40], "truncated"),
    ("no manifest", b"\x1c\0\0\0TFL3" + bytes(64), "truncated"),
    ("wrong hash", model_bytes(sha256="0" * 64), "hash"),
    ("not a model", model_bytes(body=bytes(80)), "TFLite"),
    ("a network lost", with_manifest(BODY, json.dumps(manifests.split(model_bytes(others=(BODY,)))[0])), "hash"),
    ("networks in another turn", model_bytes(others=(B2, B3), sha256=manifests.digest_of((BODY, B3, B2))), "hash"),
    ("a second network that is none", model_bytes(others=(bytes(80),)), "TFLite"),
    ("a second network of many megabytes", model_bytes(others=(BODY + bytes(2 << 20),)), "are the most"),
    ("another format", model_bytes(format=99), "99"),
    ("a field missing", model_bytes(grid={}), "manifest"),
    ("no interval for a landmark", model_bytes(intervals={}), "interval"),
    ("heatmaps beyond the grid", model_bytes(grid=GRID | {"rows": 191}), "larger than its grid"),
    ("no placing on the grid", model_bytes(placings_cells=[]), "placings"),
    ("a placing off the grid", model_bytes(placings_cells=[[0, 0], [40, 0]]), "placings"),
    ("a placing of one number", model_bytes(placings_cells=[[0]]), "manifest"),
    ("a number for all fields", with_manifest(b"\x1c\0\0\0TFL3" + bytes(64), "666"), "no object"),
    ("a list for a table", model_bytes(thresholds=[1]), "misstates"),
    ("a list for a name", model_bytes(landmarks=[["facet"]]), "misstates"),
    ("no end of a number", model_bytes(view_logits={"scale": 0.1, "zero_point": float("inf")}), "misstates"),
    ("lists in lists", with_manifest(b"\x1c\0\0\0TFL3" + bytes(64), "[" * 100_000), "truncated"),
    ("a manifest of many megabytes", with_manifest(b"\x1c\0\0\0TFL3" + bytes(64), " " * (5 << 20)), "are the most"),
]


@pytest.mark.parametrize(("name", "content", "says"), BAD_MODELS)
def test_a_bad_model_file_is_refused_with_its_cure(name: str, content: bytes, says: str) -> None:
    with pytest.raises(ModelError) as caught:
        manifests.parse(content)
    assert says in str(caught.value), name
    assert "install" in str(caught.value), name


SEVERAL = model_bytes(others=(B2,))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SEVERAL) - 1), st.integers(1, 255))
def test_no_damaged_model_passes_unnoticed(at: int, flip: int) -> None:
    """Any flipped byte gives ModelError, or the very same networks."""
    damaged = bytearray(SEVERAL)
    damaged[at] ^= flip
    try:
        _, networks = manifests.parse(bytes(damaged))
    except ModelError:
        return
    assert networks == (BODY, B2)


def said(frame_id: int, *, captured_ns: int | None = None) -> tuple[Frame, Answer]:
    captured = frame_id * 40_000_000 if captured_ns is None else captured_ns
    frame = Frame(frame_id, captured, np.random.default_rng(frame_id).integers(0, 255, (600, 640), np.uint8))
    scan = made.scan(frame_id=frame_id, captured_ns=captured)
    raw = made.raw("transverse_facet", {"spinous_process": [(0, 20)], "facet": [(-19, 31), (19, 31)]})
    _, answer = conclude(PathState(None), scan, raw, Placing(), Course(SESSION, made.manifest()), now_ns=captured)  # type: ignore[arg-type]
    return frame, answer


def recorded_file(path: Path, frames: int) -> Path:
    with Recorder(path, {"procedure": "facet"}) as recorder:
        for frame_id in range(frames):
            recorder.write(*said(frame_id), SESSION)
    return path


def test_a_recording_gives_back_scan_and_raw_output_exactly(tmp_path: Path) -> None:
    path = recorded_file(tmp_path / "a.mcap", 3)
    back = list(recording.read(path))
    assert [entry.scan.frame_id for entry in back] == [0, 1, 2]
    for entry in back:
        _, answer = said(entry.scan.frame_id)
        assert entry.scan == answer.scan
        assert entry.raw is not None
        assert answer.raw is not None
        assert np.array_equal(entry.raw.heatmaps_int8, answer.raw.heatmaps_int8)
        assert np.array_equal(entry.raw.view_logits_int8, answer.raw.view_logits_int8)
        assert np.array_equal(entry.raw.brightness_uint8, answer.raw.brightness_uint8)
        assert entry.raw.contrast_at(20, 30) == answer.raw.contrast_at(20, 30)
        assert entry.frame is not None
        # the crop only: 20..620 by 10..590 of the made scan
        assert entry.frame.offset_px == (20, 10)
        assert entry.frame.pixels.shape == (580, 600)


@pytest.mark.parametrize("lacking", ["brightness", "contrast"])
def test_a_recording_without_brightness_or_contrast_is_refused_but_its_frames_are_not(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = recording._raw_fields
    monkeypatch.setattr(recording, "_raw_fields", lambda *given: {k: v for k, v in fields(*given).items() if k != lacking})
    path = recorded_file(tmp_path / "a.mcap", 2)
    with pytest.raises(RecordingError, match="from=frames"):
        list(recording.read(path))
    assert [entry.raw for entry in recording.read(path, raw=False)] == [None, None]


def test_a_torn_recording_ends_at_its_last_whole_frame(tmp_path: Path) -> None:
    whole = recorded_file(tmp_path / "a.mcap", 12)
    size = whole.stat().st_size
    counts = []
    for share in (0.3, 0.5, 0.8, 0.99):
        torn = tmp_path / f"torn{share}.mcap"
        torn.write_bytes(whole.read_bytes()[: int(size * share)])
        counts.append(len(list(recording.read(torn))))
        if counts[-1] < 12:
            assert recording.cut_short(torn) == f"{torn}: is cut short, damaged or still being recorded: its first {counts[-1]} frames can be read"
    assert counts == sorted(counts)
    assert 0 < counts[1] < 12
    assert recording.cut_short(whole) == ""


NO_RECORDINGS = [("empty", b""), ("text", b"hello, this is no recording at all"), ("zeros", bytes(5000))]


@pytest.mark.parametrize(("name", "content"), NO_RECORDINGS)
def test_what_is_no_recording_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        sources.open_clips(f"recording:{path}")
    assert "tuffier record" in str(caught.value) or "record it again" in str(caught.value)


def test_pixels_beside_the_scan_are_never_recorded(tmp_path: Path) -> None:
    _, answer = said(0)
    name = np.array([[0, 255] * 10] * 8, np.uint8)
    pixels = np.zeros((600, 640), np.uint8)
    pixels[0:8, 0:20] = name
    pixels[592:600, 622:640] = 255
    with Recorder(tmp_path / "a.mcap", {}) as recorder:
        recorder.write(Frame(0, 0, pixels), answer, SESSION)
    (back,) = recording.read(tmp_path / "a.mcap")
    assert back.frame is not None
    assert int(back.frame.pixels.max()) == 0


def write_png(path: Path, value: int = 90) -> None:
    Image.fromarray(np.full((48, 64), value, np.uint8)).save(path)


def test_one_broken_picture_is_reported_and_the_rest_go_on(tmp_path: Path) -> None:
    for index in range(4):
        write_png(tmp_path / f"{index}.png", index)
    (tmp_path / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (clip,) = sources.open_clips(f"images:{tmp_path}")
    kinds = [type(item) for item in clip.items]
    assert kinds == [Frame, Frame, BadFrame, Frame]


BAD_SOURCES = [
    ("nosuchkind:x", "KIND"),
    ("images:/nowhere/at/all", "no such folder"),
    ("recording:/nowhere.mcap", "No such file"),
    ("video:/nowhere.mp4", "no such file"),
    ("plain", "KIND"),
    ("images:" + "a/" * 2100, "give a shorter path"),
    ("video:" + "a" * 256, "File name too long"),
    ("recording:" + "a" * 5000, "give a shorter path"),
    ("a" * 5000, "give a shorter path"),
]


@pytest.mark.parametrize(("name", "says"), BAD_SOURCES)
def test_a_source_that_is_not_there_names_its_cure(name: str, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        sources.open_clips(name)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 400


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no picture"):
        sources.open_clips(f"images:{tmp_path}")


TRUTH = {
    "frame": "0.png", "clip": "a", "captured_ns": 0, "subject": "s7", "view": "transverse_facet", "procedure": "facet", "side": "right",
    "screen_left": "patient_left", "mm_per_px": [0.21, 0.21], "origin_px": [32.0, 2.0],
    "geometry": {"kind": "convex", "face_radius_mm": 60, "face_half_width_mm": 30},
    "landmarks": {"facet": [[20.1, 39.2], [51.4, 38.0]]}, "target": [51.4, 38.0],
}  # fmt: skip


def test_truth_reads_designs_line() -> None:
    line = truth.parse(TRUTH)
    assert line.side is Side.RIGHT
    assert line.face.radius_mm == 60
    assert line.landmarks["facet"][1] == (51.4, 38.0)


def test_a_truth_without_end_is_named(tmp_path: Path) -> None:
    (tmp_path / truth.FILE_NAME).write_text("[" * 100_000)
    with pytest.raises(truth.TruthError, match="line 1"):
        truth.read(tmp_path)


BAD_TRUTH = [{"view": "upside_down"}, {"procedure": "surgery"}, {"target": [1]}, {"landmarks": {"facet": [[1]]}}, {"screen_left": "north"},
             {"captured_ns": -1}, {"captured_ns": 1e30}, {"captured_ns": 10**30}, {"captured_ns": "soon"}]  # fmt: skip


@pytest.mark.parametrize("change", BAD_TRUTH)
def test_a_bad_truth_line_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / truth.FILE_NAME).write_text(json.dumps(TRUTH) + "\n" + json.dumps(TRUTH | change) + "\n")
    with pytest.raises(truth.TruthError, match="line 2"):
        truth.read(tmp_path)


def test_clips_follow_the_truth(tmp_path: Path) -> None:
    for index in range(4):
        write_png(tmp_path / f"{index}.png")
    rows = [TRUTH | {"frame": f"{index}.png", "clip": clip, "captured_ns": index} for index, clip in enumerate("aabc")]
    (tmp_path / truth.FILE_NAME).write_text("\n".join(json.dumps(row) for row in rows))
    found = [(clip.name, clip.still, len(list(clip.items))) for clip in sources.open_clips(f"images:{tmp_path}")]
    assert found == [("a", False, 2), ("b", True, 5), ("c", True, 5)]


def test_scan_fields_invert() -> None:
    scan = made.scan()
    back = recording.scan_from(json.loads(json.dumps(recording.scan_fields(scan))))
    assert isinstance(back, Scan)
    assert back == scan


def test_a_recording_of_an_impossible_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "late.mcap"
    with Recorder(path, {}) as recorder:
        frame, answer = said(0, captured_ns=2**63)
        recorder.write(frame, answer, SESSION)
    with pytest.raises(RecordingError, match="63 bits"):
        list(recording.read(path))


def test_a_recording_comes_back_from_dicom(tmp_path: Path) -> None:
    """Pixels, scale, times and shape through `dicom:`; a new file where the scan changes; no name, and said so."""
    pydicom = pytest.importorskip("pydicom", reason="the dicom extra is not installed")
    from edge.record.dicom_export import export_dicom

    path = tmp_path / "clip.mcap"
    with Recorder(path, {}) as recorder:
        for number in range(6):
            frame, answer = said(number)
            assert isinstance(answer.scan, Scan)
            deeper = replace(answer.scan, mm_per_px_x=0.31, mm_per_px_y=0.3)
            recorder.write(frame, answer if number < 4 else replace(answer, scan=deeper), SESSION)
    assert export_dicom(path, tmp_path / "out") == 2
    first = pydicom.dcmread(tmp_path / "out" / "001.dcm")
    assert (first.PatientName, first.PatientID, first.PatientIdentityRemoved, first.BurnedInAnnotation) == ("", "", "YES", "NO")
    assert "not validated on patients" in first.ImageComments
    kept = [entry.frame.pixels for entry in recording.read(path) if entry.frame is not None]
    assert np.array_equal(first.pixel_array, np.stack(kept[:4]))
    assert float(first.FrameTime) == pytest.approx(40.0)
    (clip,) = sources.open_clips(f"dicom:{tmp_path / 'out' / '002.dcm'}?screen_left=patient_left")
    assert len(list(clip.items)) == 2
    assert clip.claim is not None
    assert clip.claim.mm_per_px == pytest.approx((0.31, 0.3))
    assert (clip.claim.zero_px, clip.claim.doubt) == (0.0, "")
    with pytest.raises(OSError, match="not empty"):
        export_dicom(path, tmp_path / "out")


def test_recording_error_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        list(recording.read(tmp_path / "absent.mcap"))


def test_a_recording_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mcap"
    with Recorder(path, {"model": {"sha256": "a" * 64}}):
        pass
    recording.refuse_other_model(path, "a" * 64)
    with pytest.raises(RecordingError, match="another model"):
        recording.refuse_other_model(path, "b" * 64)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_recording_is_read_up_to_the_damage_or_refused(tmp_path: Path, seed: int) -> None:
    content = bytearray(recorded_file(tmp_path / "good.mcap", 3).read_bytes())
    draw = random.Random(seed)
    for _ in range(1 + seed % 20):
        content[draw.randrange(len(content))] = draw.randrange(256)
    bad = tmp_path / "bad.mcap"
    bad.write_bytes(content)
    found: list[recording.Recorded] = []
    with contextlib.suppress(RecordingError):
        found = list(recording.read(bad))
    assert len(found) <= 3


def test_sixteen_bit_greys_are_scaled_and_odd_names_can_be_written(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint16).reshape(16, 16)
    Image.fromarray(ramp * 257).save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png", frame_id=0, captured_ns=0)
    assert isinstance(found, Frame)
    assert np.array_equal(found.pixels, ramp)
    odd = read_picture(tmp_path / "b\udcff.png", frame_id=0, captured_ns=0)
    assert isinstance(odd, BadFrame)
    assert odd.why.encode("utf-8")


def test_a_recordings_clips_start_afresh_as_they_did(tmp_path: Path) -> None:
    path = tmp_path / "clips.mcap"
    with Recorder(path, {}) as recorder:
        for number, (clip, still) in enumerate([("a", False), ("a", False), ("b", False), ("c", True), ("d", True)]):
            frame, answer = said(number)
            recorder.write(frame, answer, SESSION, clip=clip, still=still)
    found = [(clip.name, clip.still, len(list(clip.items))) for clip in sources.open_clips(f"recording:{path}")]
    assert found == [("a", False, 2), ("b", False, 1), ("c", True, 5), ("d", True, 5)]


def test_a_cut_comes_behind_the_last_whole_still(tmp_path: Path) -> None:
    path = tmp_path / "clips.mcap"
    with Recorder(path, {}) as recorder:
        for number in range(12):
            recorder.write(*said(number), SESSION, clip=str(number), still=True)
    torn = tmp_path / "torn.mcap"
    torn.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = len(list(recording.read(torn)))
    presented: list[int] = []
    with pytest.raises(recording.CutShortError, match=f"its first {frames} frames"):
        presented.extend(len(list(clip.items)) for clip in sources.open_clips(f"recording:{torn}"))
    assert presented == [sources.STILL_REPEATS] * frames
    assert len(list(sources.open_source(f"recording:{torn}"))) == sources.STILL_REPEATS * frames


@pytest.mark.parametrize("scale", ["[0, 0]", "[NaN, 0.2]", "[-0.2, 0.2]", "[1e400, 0.2]"])
def test_a_truth_without_a_usable_scale_is_refused(tmp_path: Path, scale: str) -> None:
    (tmp_path / "truth.jsonl").write_text(f'{{"frame": "a.png", "view": "none", "mm_per_px": {scale}}}\n')
    with pytest.raises(truth.TruthError, match="line 1"):
        truth.read(tmp_path)


def test_a_second_process_cannot_record_into_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    code = f"from pathlib import Path\nfrom edge.record.recording import Recorder\nRecorder(Path({str(path)!r}), {{'who': 'other'}})"
    with Recorder(path, {"who": "first"}) as recorder:
        recorder.sync()
        before = path.read_bytes()
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert other.returncode == 1
        assert "another process writes into it: stop that one, or give another name" in other.stderr
        assert path.read_bytes() == before
    # once closed it is free, and written anew
    Recorder(path, {"who": "next"}).close()
    assert recording.session_fields(path)["who"] == "next"
