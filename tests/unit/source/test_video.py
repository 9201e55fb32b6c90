"""Video is read as a player shows it: turned by its display matrix, with square pixels, luma of the full range; or a frame is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.source import sources
from edge.source.sources import SourceError
from edge.types import BadFrame, Frame
from tests.unit.screens import Grey

av = pytest.importorskip("av", reason="the video extra is not installed")

from edge.source import video_source  # noqa: E402

RAMP = np.tile(np.arange(256, dtype=np.uint8), (48, 1))
MARKED = RAMP // 2
MARKED[:10, :30] = 255  # tells which corner is which


def write(
    path: Path,
    pictures: list[Grey],
    codec: str,
    pix_fmt: str,
    *,
    aspect: Fraction | None = None,
    full: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Grey pictures in a codec and format; full: marked as full range."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0], pix_fmt
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if full:
            stream.codec_context.color_range = 2
        for pixels in pictures:
            frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format=pix_fmt, dst_color_range=2 if full else 1)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def read(path: Path) -> list[Frame | BadFrame]:
    (clip,) = sources.open_clips(f"video:{path}")
    return [item for item in clip.items if isinstance(item, Frame | BadFrame)]


def first(path: Path) -> Grey:
    found = read(path)[0]
    assert isinstance(found, Frame), found
    return found.pixels


BEST = {
    "libx264": {"qp": "1"}, "libx265": {"x265-params": "qp=1:log-level=none"}, "libvpx-vp9": {"crf": "1", "b": "0"}, "mpeg4": {"qscale": "1"},
    "mjpeg": {"qmin": "1", "qmax": "1"},
}  # fmt: skip
CODECS = [
    ("H.264, limited range", "a.mp4", "libx264", "yuv420p", False, 3),
    ("H.264, full range", "a.mp4", "libx264", "yuv420p", True, 3),
    ("H.264, 10 bit", "a.mp4", "libx264", "yuv420p10le", False, 3),
    ("HEVC, 10 bit", "a.mp4", "libx265", "yuv420p10le", False, 4),
    ("FFV1", "a.mkv", "ffv1", "yuv420p", False, 2),
    ("FFV1, 10 bit", "a.mkv", "ffv1", "yuv422p10le", False, 2),
    ("FFV1, 16 bit grey", "a.mkv", "ffv1", "gray16le", True, 2),
    ("motion JPEG", "a.avi", "mjpeg", "yuvj420p", True, 4),
    ("MPEG-4", "a.mp4", "mpeg4", "yuv420p", False, 8),
    ("PNG, RGB", "a.mov", "png", "rgb24", True, 2),
    ("VP9", "a.webm", "libvpx-vp9", "yuv420p", False, 4),
]


@pytest.mark.parametrize(("name", "codec", "pix_fmt", "full", "apart"), [case[1:] for case in CODECS], ids=[case[0] for case in CODECS])
def test_black_is_0_and_white_255_in_every_codec(tmp_path: Path, name: str, codec: str, pix_fmt: str, full: bool, apart: int) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no {codec}")
    seen = first(write(tmp_path / name, [RAMP] * 3, codec, pix_fmt, full=full, options=BEST.get(codec)))
    assert np.abs(seen.astype(np.int16) - RAMP).max() <= apart
    assert abs(float(seen.mean()) - float(RAMP.mean())) <= 1


def matrix(a: int, b: int, c: int, d: int) -> tuple[int, ...]:
    return a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30


@given(a=st.sampled_from((-1, 1)), d=st.sampled_from((-1, 1)), across=st.booleans(), size=st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_a_display_matrix_moves_each_pixel_where_it_says(a: int, d: int, across: bool, size: tuple[int, int]) -> None:
    """Column p, row q go to column a p + c q, row b p + d q, from the least on."""
    pixels = np.arange(size[0] * size[1], dtype=np.uint8).reshape(size)
    b, c = (a, d) if across else (0, 0)
    a, d = (0, 0) if across else (a, d)
    shown = video_source.turned(pixels, matrix(a, b, c, d))
    q, p = np.mgrid[0 : size[0], 0 : size[1]]
    columns, rows = a * p + c * q, b * p + d * q
    assert np.array_equal(shown[rows - rows.min(), columns - columns.min()], pixels)


ODD = [("an eighth", 45.0), ("a degree", 1.0), ("nearly a quarter", 89.0)]


@pytest.mark.parametrize("degrees", [case[1] for case in ODD], ids=[case[0] for case in ODD])
def test_a_turn_by_no_whole_quarter_is_refused(degrees: float) -> None:
    sine, cosine = round(math.sin(math.radians(degrees)) * 65536), round(math.cos(math.radians(degrees)) * 65536)
    with pytest.raises(ValueError, match="no whole quarter"):
        video_source.turned(RAMP, (cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30))


def test_a_matrix_that_stretches_is_refused_and_one_that_scales_is_not() -> None:
    with pytest.raises(ValueError, match="stretched"):
        video_source.turned(RAMP, (65536, 0, 0, 0, 80000, 0, 0, 0, 1 << 30))
    assert np.array_equal(video_source.turned(RAMP, (131072, 0, 0, 0, 131072, 0, 0, 0, 1 << 30)), RAMP)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_tracks_rotation_is_obeyed(tmp_path: Path, degrees: int) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"qscale": "1"})
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV writes no rotation")
        stream.width, stream.height, stream.pix_fmt = 256, 48, "yuv420p"
        stream.set_display_rotation(degrees)
        for packet in (*stream.encode(av.VideoFrame.from_ndarray(MARKED, format="gray").reformat(format="yuv420p")), *stream.encode()):
            container.mux(packet)
    # counter-clockwise, as FFmpeg counts
    assert np.abs(first(tmp_path / "a.mp4").astype(np.int16) - np.rot90(MARKED, degrees // 90)).mean() < 3


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mov"])
@pytest.mark.parametrize("aspect", [Fraction(10, 9), Fraction(8, 9), Fraction(16, 15), Fraction(64, 45)])
def test_pixels_are_made_square(tmp_path: Path, aspect: Fraction, name: str) -> None:
    seen = first(write(tmp_path / name, [MARKED], "mpeg4", "yuv420p", aspect=aspect))
    assert seen.shape == ((48, round(256 * aspect)) if aspect > 1 else (round(48 / aspect), 256))


def test_pixels_of_an_absurd_shape_are_refused(tmp_path: Path) -> None:
    (found,) = read(write(tmp_path / "a.mp4", [MARKED], "mpeg4", "yuv420p", aspect=Fraction(9, 1)))
    assert isinstance(found, BadFrame)
    assert "times as wide as high" in found.why


def test_pixels_that_change_their_shape_in_mid_stream_are_refused(tmp_path: Path) -> None:
    """Neither the size nor the container's word tells of it: the first frames' shape had been taken for all."""
    if "libx264" not in av.codecs_available:
        pytest.skip("this PyAV has no libx264")
    parts = [write(tmp_path / f"{part}.h264", [MARKED] * 4, "libx264", "yuv420p", aspect=aspect) for part, aspect in enumerate((Fraction(5, 4), 1))]
    (tmp_path / "a.h264").write_bytes(b"".join(part.read_bytes() for part in parts))
    found = read(tmp_path / "a.h264")
    assert len(found) == 8
    assert {item.pixels.shape for item in found if isinstance(item, Frame)} == {(48, 320)}
    assert all(isinstance(item, BadFrame) and "another shape" in item.why for item in found[4:])


def test_times_below_zero_keep_their_distances(tmp_path: Path) -> None:
    """An hour between two frames had become none where the first one lay below 0."""
    with av.open(str(tmp_path / "a.nut"), "w") as container:
        stream = container.add_stream("ffv1", rate=25, options={})
        stream.width, stream.height, stream.pix_fmt = 256, 48, "gray"
        for at_ms in (-3_600_000, -3_599_960, 0, 40):
            frame = av.VideoFrame.from_ndarray(MARKED, format="gray")
            frame.pts, frame.time_base = at_ms * 25 // 1000, Fraction(1, 25)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    assert [item.captured_ns // 1_000_000 for item in read(tmp_path / "a.nut")] == [0, 40, 3_600_000, 3_600_040]


def test_what_is_transparent_is_black_and_wholly_so_no_picture(tmp_path: Path) -> None:
    for alpha, expected in ((np.uint8(0), None), (np.uint8(255), RAMP)):
        rgba = np.dstack([RAMP, RAMP, RAMP, np.full_like(RAMP, alpha)])
        with av.open(str(tmp_path / "a.mov"), "w") as container:
            stream = container.add_stream("png", rate=25)
            stream.width, stream.height, stream.pix_fmt = 256, 48, "rgba"
            for packet in (*stream.encode(av.VideoFrame.from_ndarray(rgba, format="rgba")), *stream.encode()):
                container.mux(packet)
        (found,) = read(tmp_path / "a.mov")
        if expected is None:
            assert isinstance(found, BadFrame)
            assert "transparent" in found.why
        else:
            assert isinstance(found, Frame)
            assert np.abs(found.pixels.astype(int) - expected).max() <= 1


def test_a_name_with_a_colon_is_no_protocol_and_one_with_a_question_mark_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http:a.mkv", "what?.mkv", "50%d.mkv"):
        write(tmp_path / "a.mkv", [MARKED], "ffv1", "yuv420p").rename(tmp_path / name)
        assert len(read(Path(name))) == 1


def test_a_sound_file_has_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        for packet in (*stream.encode(frame), *stream.encode()):
            container.mux(packet)
    with pytest.raises(SourceError, match="no video"):
        sources.open_clips(f"video:{tmp_path / 'a.wav'}")
