"""The same frames as pictures, video, DICOM and a recording give the same numbers within a codec's noise; so they do turned, stretched or mirrored by
what their file says. The clip is the phantom's, rendered here: what the model says of it is compared with itself, never with a figure."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.guidance.session import Session
from edge.judge.replay import replay
from edge.model import runner
from edge.pipeline import Answer, Course
from edge.record.recording import Recorder
from edge.screen.profile import AUTO
from edge.source import sources
from edge.step import Stated
from edge.types import Frame, Health, Pointing, PointMm, Scan, ScreenLeft
from firmware_bridge.wire import Procedure, Side
from tests.unit.screens import Grey

pytestmark = pytest.mark.slow
CLIP = "phantom:facet?seed={seed}&layout=ge&probe=linear&motion=hold&seconds=0.8&bmi=22"
NEAR_MM, NEAR_DEG = 0.2, 0.5
NOISY_MM, NOISY_DEG = 0.5, 1.0  # a codec's
EXACT = 1e-9
SURE = 0.5  # of a landmark whose place is compared


@pytest.fixture(scope="module")
def model() -> runner.Model:
    return runner.load()


def answers(source: str, model: runner.Model) -> list[Answer]:
    course = Course(Session(Procedure.FACET, Side.RIGHT), model.manifest)
    return [said for _, said in replay(sources.open_clips(source), course, model.invoke, Stated(AUTO, screen_left=ScreenLeft.PATIENT_LEFT))]


@pytest.fixture(scope="module")
def clip(model: runner.Model, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Grey], list[Answer]]:
    """Frames of even size, and what is said of them as PNGs; of the first subjects one whose landmarks are seen, shown or not."""
    pytest.importorskip("scipy", reason="the phantom extra is not installed")
    for seed in range(7, 19):
        (found,) = sources.open_clips(CLIP.format(seed=seed))
        frames = [item.pixels[: item.pixels.shape[0] // 2 * 2, : item.pixels.shape[1] // 2 * 2] for item in found.items if isinstance(item, Frame)]
        folder = pictures(tmp_path_factory.mktemp("plain"), frames)
        said = answers(f"images:{folder}", model)
        if sum(bool(seen_mm(each)) for each in said) >= 4:
            return frames, said
    raise AssertionError("this model sees a landmark in none of twelve clips")


def live(answer: Answer) -> Scan | None:
    return answer.scan if isinstance(answer.scan, Scan) and answer.scan.health is Health.LIVE else None


def in_mm(scan: Scan, place_px: tuple[float, float]) -> PointMm:
    return (place_px[0] - scan.origin_px[0]) * scan.mm_per_px_x, (place_px[1] - scan.origin_px[1]) * scan.mm_per_px_y


def seen_mm(answer: Answer) -> dict[str, PointMm]:
    """Where the model sees what it is sure of, across and down from the origin, whether the gate shows it or not. Numbers alone would leave a model
    that shows nothing of these clips untested."""
    scan, points = live(answer), answer.landmarks.points if answer.landmarks else {}
    return {
        f"{name} {number}": in_mm(scan, (point.x_px, point.y_px))
        for name, found in points.items()
        for number, point in enumerate(found)
        if scan is not None and point.confidence >= SURE
    }


def pictures(folder: Path, frames: list[Grey], **options: object) -> Path:
    for index, pixels in enumerate(frames):
        Image.fromarray(pixels).save(folder / f"f{index}.png", **options)
    return folder


def compare(found: list[Answer], expected: list[Answer], *, mm: float, deg: float) -> None:
    """The same place is as deep and as far to the same side in both, the model sees its landmarks there, and what is shown is alike."""
    scans = [(one, other) for one, other in zip(map(live, found), map(live, expected), strict=True) if one and other]
    wanted = sum(each is not None for each in map(live, expected))
    # noise may make the ruler's first readings disagree: then nothing is shown yet
    assert len(scans) >= (wanted if mm <= EXACT else max(1, wanted // 3))
    for one, other in scans:
        place = other.origin_px[0] + 100, other.origin_px[1] + 200
        (lateral, depth), (true_lateral, true_depth) = in_mm(one, place), in_mm(other, place)
        assert abs(depth - true_depth) <= mm
        assert abs(np.degrees(np.arctan2(lateral - 40, depth) - np.arctan2(true_lateral - 40, true_depth))) <= deg
        assert lateral * true_lateral > 0
    apart = [
        float(np.hypot(*np.subtract(ours[name], theirs[name])))
        for ours, theirs in zip(map(seen_mm, found), map(seen_mm, expected), strict=True)
        for name in ours.keys() & theirs.keys()
    ]
    assert apart
    assert np.median(apart) <= mm
    for one, other in zip(found, expected, strict=True):
        if isinstance(one.guidance, Pointing) and isinstance(other.guidance, Pointing):
            ours, theirs = one.guidance.estimate, other.guidance.estimate
            assert abs(ours.depth_mm - theirs.depth_mm) <= mm
            assert abs(ours.angle_deg - theirs.angle_deg) <= deg


def turned(folder: Path, frames: list[Grey], orientation: int, turn: Image.Transpose) -> str:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return f"images:{pictures(folder, [np.asarray(Image.fromarray(each).transpose(turn)) for each in frames], exif=exif)}"


def tiff(folder: Path, frames: list[Grey]) -> str:
    first, *rest = [Image.fromarray(each) for each in frames]
    first.save(folder / "a.tif", save_all=True, append_images=rest)
    return f"images:{folder / 'a.tif'}"


def video(folder: Path, frames: list[Grey], name: str, codec: str, pix_fmt: str, *, full: bool = False, aspect: Fraction | None = None) -> str:
    av = pytest.importorskip("av", reason="the video extra is not installed")
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no {codec}")
    from tests.unit.source.test_video import BEST, write

    best = {**BEST, "libx264": {"crf": "14"}, "libx265": {"crf": "14", "x265-params": "log-level=none" + ":range=full" * full}}.get(codec)
    if aspect is not None:
        narrow = (round(frames[0].shape[1] / aspect / 2) * 2, frames[0].shape[0])
        frames = [np.asarray(Image.fromarray(each).resize(narrow, Image.Resampling.LANCZOS)) for each in frames]
    return f"video:{write(folder / name, frames, codec, pix_fmt, aspect=aspect, full=full, options=best)}"


def dicom(folder: Path, frames: list[Grey], coding: str) -> str:
    pytest.importorskip("pydicom", reason="the dicom extra is not installed")
    import pydicom

    from tests.unit.source.test_dicom import lossless_jpeg, repacked, write

    path = write(folder / "a.dcm", frames, coding=coding if coding in ("jpeg", "rle") else "uncompressed")
    if coding == "lossless":
        lossless_jpeg(path)
    elif coding == "H.264":
        from tests.unit.source.test_dicom_claims import with_video

        with_video(path, Path(video(folder, frames, "a.mp4", "libx264", "yuv420p").partition(":")[2]), pydicom.uid.MPEG4HP41, frames=frames)
    elif coding not in ("jpeg", "rle", "uncompressed"):
        needed = {"JPEGLSLossless": "jpeg_ls", "JPEG2000Lossless": "openjpeg"}.get(coding, "pydicom")
        pytest.importorskip(needed, reason="the dicom extra is not installed whole")
        repacked(path, getattr(pydicom.uid, coding))
    return f"dicom:{path}"


def videos() -> list[tuple[str, Callable[[Path, list[Grey]], str], float, float]]:
    """Three codecs in limited and full range, with 8 and 10 bits."""
    found, noisy = [], (NOISY_MM, NOISY_DEG)
    for codec, name, (mm, deg) in (("libx264", "a.mp4", noisy), ("libx265", "a.mp4", noisy), ("ffv1", "a.mkv", (NEAR_MM, NEAR_DEG))):
        for full in (False, True):
            for bits, pix_fmt in ((8, "yuv420p"), (10, "yuv420p10le")):
                way = partial(video, name=name, codec=codec, pix_fmt=pix_fmt, full=full)
                found.append((f"{codec}, {'full' if full else 'limited'} range, {bits} bits", way, mm, deg))
    return found


WAYS: list[tuple[str, Callable[[Path, list[Grey]], str], float, float]] = [
    ("mirrored, and Exif says so", lambda to, frames: turned(to, frames, 2, Image.Transpose.FLIP_LEFT_RIGHT), 1e-9, 1e-9),
    ("on its side, and Exif says so", lambda to, frames: turned(to, frames, 6, Image.Transpose.ROTATE_90), 1e-9, 1e-9),
    ("pages of a TIFF", tiff, 1e-9, 1e-9),
    *videos(),
    ("columns 16:15 as wide", lambda to, frames: video(to, frames, "a.mp4", "libx264", "yuv420p", aspect=Fraction(16, 15)), NOISY_MM, NOISY_DEG),
    ("DICOM", lambda to, frames: dicom(to, frames, "uncompressed"), 1e-9, 1e-9),
    ("DICOM, RLE", lambda to, frames: dicom(to, frames, "rle"), 1e-9, 1e-9),
    ("DICOM, JPEG", lambda to, frames: dicom(to, frames, "jpeg"), NOISY_MM, NOISY_DEG),
    ("DICOM, JPEG lossless", lambda to, frames: dicom(to, frames, "lossless"), 1e-9, 1e-9),
    ("DICOM, JPEG-LS", lambda to, frames: dicom(to, frames, "JPEGLSLossless"), 1e-9, 1e-9),
    ("DICOM, JPEG 2000", lambda to, frames: dicom(to, frames, "JPEG2000Lossless"), 1e-9, 1e-9),
    ("DICOM, deflated", lambda to, frames: dicom(to, frames, "DeflatedExplicitVRLittleEndian"), 1e-9, 1e-9),
    ("DICOM, implicit", lambda to, frames: dicom(to, frames, "ImplicitVRLittleEndian"), 1e-9, 1e-9),
    ("DICOM, H.264", lambda to, frames: dicom(to, frames, "H.264"), NOISY_MM, NOISY_DEG),
]


@pytest.mark.parametrize(("way", "mm", "deg"), [case[1:] for case in WAYS], ids=[case[0] for case in WAYS])
def test_the_same_frames_give_the_same_numbers(
    tmp_path: Path, model: runner.Model, clip: tuple[list[Grey], list[Answer]], way: Callable[[Path, list[Grey]], str], mm: float, deg: float
) -> None:
    frames, expected = clip
    compare(answers(way(tmp_path, frames), model), expected, mm=mm, deg=deg)


def test_a_recording_gives_the_same_numbers(tmp_path: Path, model: runner.Model, clip: tuple[list[Grey], list[Answer]]) -> None:
    frames, expected = clip
    session = Session(Procedure.FACET, Side.RIGHT)
    with Recorder(tmp_path / "a.mcap", {}) as recorder:
        for pixels, said in zip(frames, expected, strict=True):
            recorder.write(Frame(said.scan.frame_id, said.scan.captured_ns, pixels), said, session)
    compare(answers(f"recording:{tmp_path / 'a.mcap'}", model), expected, mm=1e-9, deg=1e-9)
    compare(answers(f"recording:{tmp_path / 'a.mcap'}?from=frames", model), expected, mm=NOISY_MM, deg=NOISY_DEG)
