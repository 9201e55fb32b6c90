"""Picture files are read as a viewer shows them, or refused with the reason: turned, paged, transparent, stretched, deep, in the order of numbers."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.source import pictures, sources
from edge.source.pictures import in_order, read_picture, steps_between
from edge.source.sources import SourceError
from edge.types import BadFrame, Frame
from tests.unit.screens import Grey

RAMP = (np.arange(40, dtype=np.uint16)[:, None] * 4 + np.arange(60, dtype=np.uint16)[None] * 3 % 97).clip(0, 255).astype(np.uint8)
# stored so that orientation N shows RAMP: PIL's own turns, undone
STORED = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def frames(source: str) -> list[Frame | BadFrame]:
    (clip,) = sources.open_clips(source)
    return [item for item in clip.items if isinstance(item, Frame | BadFrame)]


def only(path: Path) -> Grey:
    found = read_picture(path, frame_id=0, captured_ns=0)
    assert isinstance(found, Frame), found
    return found.pixels


def why(path: Path) -> str:
    found = read_picture(path, frame_id=0, captured_ns=0)
    assert isinstance(found, BadFrame)
    return found.why


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_is_turned_as_it_says(tmp_path: Path, orientation: int, suffix: str) -> None:
    turn, exif = STORED[orientation], Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(RAMP) if turn is None else Image.fromarray(RAMP).transpose(turn)
    lossy = {".jpg": {"quality": 100}, ".webp": {"lossless": True}}.get(suffix, {})
    stored.save(tmp_path / f"a{suffix}", exif=exif, **lossy)
    found = only(tmp_path / f"a{suffix}")
    assert found.shape == RAMP.shape
    assert np.abs(found.astype(np.int16) - RAMP).max() <= (3 if lossy else 0)


def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    Image.fromarray(RAMP).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(only(tmp_path / "a.png"), RAMP)


@pytest.mark.parametrize("suffix", [".tif", ".gif", ".png", ".webp"])
def test_all_pages_are_frames(tmp_path: Path, suffix: str) -> None:
    pages = [Image.fromarray(np.full((40, 60), 20 * number, np.uint8)) for number in range(5)]
    pages[0].save(tmp_path / f"clip{suffix}", save_all=True, append_images=pages[1:], duration=100)
    for source in (tmp_path, tmp_path / f"clip{suffix}"):
        found = frames(f"images:{source}")
        greys = [int(each.pixels.mean()) for each in found if isinstance(each, Frame)]
        assert np.abs(np.array(greys) - np.arange(5) * 20).max() <= 3
        paced = suffix != ".tif"
        assert [each.captured_ns for each in found] == [number * 100_000_000 if paced else number * 1_000_000_000 // 30 for number in range(5)]
    assert "5 pages" in why(tmp_path / f"clip{suffix}")


def test_what_is_wholly_transparent_is_no_picture(tmp_path: Path) -> None:
    Image.merge("LA", (Image.fromarray(RAMP), Image.new("L", (60, 40), 0))).save(tmp_path / "a.png")
    assert "wholly transparent" in why(tmp_path / "a.png")


def test_what_is_partly_transparent_lies_over_black(tmp_path: Path) -> None:
    alpha = np.full((40, 60), 255, np.uint8)
    alpha[:, :20] = 0
    for name, mode in (("a.png", "LA"), ("b.png", "RGBA"), ("c.tif", "RGBA"), ("d.webp", "RGBA")):
        seen = Image.merge("LA", (Image.fromarray(RAMP), Image.fromarray(alpha))).convert(mode)
        seen.save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
        found = only(tmp_path / name)
        assert found[:, :20].max() == 0, name
        assert np.abs(found[:, 20:].astype(int) - RAMP[:, 20:]).max() <= 1, name


def test_one_transparent_colour_of_a_palette_lies_over_black(tmp_path: Path) -> None:
    stored = Image.fromarray(np.repeat([[0, 1]], 30, axis=1).astype(np.uint8).repeat(40, axis=0))
    stored = stored.convert("P")
    stored.putpalette([200, 200, 200, 90, 90, 90])
    stored.save(tmp_path / "a.png", transparency=0)
    assert np.unique(only(tmp_path / "a.png")).tolist() == [0, 90]


STRETCHED = [(72, 80), (80, 72), (100, 111)]


@pytest.mark.parametrize("dpi", STRETCHED)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp"])
def test_stated_pixels_are_made_square(tmp_path: Path, dpi: tuple[int, int], suffix: str) -> None:
    """Dots an inch: fewer across than down are wider than high."""
    Image.fromarray(RAMP).save(tmp_path / f"a{suffix}", dpi=dpi)
    (first, *_) = frames(f"images:{tmp_path}")
    assert isinstance(first, Frame)
    wide = dpi[1] / dpi[0]
    assert first.pixels.shape == ((40, round(60 * wide)) if wide > 1 else (round(40 / wide), 60))
    assert "times as wide as high" in why(tmp_path / f"a{suffix}")


def test_a_turn_by_a_quarter_turns_what_is_stated_of_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RAMP).save(tmp_path / "a.png", dpi=(72, 144), exif=exif)
    (first, *_) = frames(f"images:{tmp_path}")
    assert isinstance(first, Frame)
    assert first.pixels.shape == (120, 40)


def test_what_programs_show_in_two_ways_is_refused(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.jpg")
    content = bytearray((tmp_path / "a.jpg").read_bytes())
    at = content.find(b"JFIF\0")
    content[at + 7 : at + 12] = b"\0" + struct.pack(">HH", 10, 9)
    (tmp_path / "a.jpg").write_bytes(content)
    assert "two ways" in why(tmp_path / "a.jpg")


def tiff(rows: int, columns: int, content: bytes, **tags: int) -> bytes:
    """A grey TIFF with tags by number."""
    kept = {256: columns, 257: rows, 258: 16, 259: 1, 262: 1, 273: 8, 277: 1, 278: rows, 279: len(content)}
    kept |= {int(name[1:]): value for name, value in tags.items()}
    listed = b"".join(struct.pack("<HHII", number, 4, 1, value) for number, value in sorted(kept.items()))
    return b"II*\0" + struct.pack("<I", 8 + len(content)) + content + struct.pack("<H", len(kept)) + listed + bytes(4)


DEEP = [("16 bits", {}, 65_535, False), ("16 bits, white is 0", {"t262": 0}, 65_535, True), ("32 bits", {"t258": 32}, None, False),
        ("with a sign", {"t339": 2}, None, False)]  # fmt: skip


@pytest.mark.parametrize(("tags", "white", "inverse"), [case[1:] for case in DEEP], ids=[case[0] for case in DEEP])
def test_deep_greys_are_scaled_or_refused(tmp_path: Path, tags: dict[str, int], white: int | None, inverse: bool) -> None:
    stored = np.linspace(0, white or 1000, 2400).reshape(40, 60)
    kind = "<u4" if tags.get("t258") == 32 else "<i2" if "t339" in tags else "<u2"
    (tmp_path / "a.tif").write_bytes(tiff(40, 60, stored.astype(kind).tobytes(), **tags))
    if white is None:
        assert "8 or 16 bits" in why(tmp_path / "a.tif")
        return
    expected = stored * (255 / white)
    assert np.abs(only(tmp_path / "a.tif") - (255 - expected if inverse else expected)).max() <= 1.01


def test_floating_point_is_refused(tmp_path: Path) -> None:
    Image.fromarray(RAMP.astype(np.float32) / 255).save(tmp_path / "a.tif")
    assert "floating point" in why(tmp_path / "a.tif")


NAMES = st.lists(st.integers(0, 10**6), min_size=1, max_size=40, unique=True)


@given(numbers=NAMES, prefix=st.sampled_from(["f", "img-", "2024-01-01 clip ", "x_"]), pad=st.integers(0, 3))
def test_numbers_in_names_are_counted(numbers: list[int], prefix: str, pad: int) -> None:
    paths = [Path(f"{prefix}{number:0{pad}d}.png") for number in numbers]
    assert in_order(paths) == [Path(f"{prefix}{number:0{pad}d}.png") for number in sorted(numbers)]


def test_fractions_of_unequal_length_have_no_certain_order(tmp_path: Path) -> None:
    for name in ("t0.25.png", "t0.5.png"):
        Image.fromarray(RAMP).save(tmp_path / name)
    with pytest.raises(SourceError, match="order is not certain"):
        sources.open_clips(f"images:{tmp_path}")
    assert in_order([Path("t0.50.png"), Path("t0.25.png")]) == [Path("t0.25.png"), Path("t0.50.png")]


SERIES = [
    (["f1", "f2", "f3"], [1, 1, 1]),
    (["f08", "f09", "f10"], [1, 1, 1]),
    (["f0", "f10", "f20", "f70"], [1, 1, 1, 5]),
    (["f1", "f2", "f3000", "f3001"], [1, 1, 30, 1]),
    (["a1", "a2", "b1", "b2"], [1, 1, 30, 1]),  # another series
    (["s1_f8", "s1_f9", "s2_f1"], [1, 1, 30]),
    (["f1", "f01"], [1, 30]),  # one number twice
    (["left", "right"], [1, 1]),
]


@pytest.mark.parametrize(("names", "steps"), SERIES, ids=[" ".join(case[0]) for case in SERIES])
def test_files_whose_numbers_leave_some_out_lie_further_apart(names: list[str], steps: list[int]) -> None:
    """Frames that are no neighbours had stood together behind one number."""
    assert steps_between([Path(f"{name}.png") for name in names]) == steps


def test_missing_pictures_make_a_gap_in_time(tmp_path: Path) -> None:
    for number in (1, 2, 90):
        Image.fromarray(RAMP).save(tmp_path / f"f{number}.png")
    assert [frame.captured_ns // 1_000_000 for frame in frames(f"images:{tmp_path}")] == [0, 33, 1033]


def xmp(orientation: int) -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="%d"/></rdf:RDF></x:xmpmeta>' % orientation
    )


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_turn_that_only_some_programs_read_is_refused(tmp_path: Path, suffix: str) -> None:
    picture, path = Image.fromarray(RAMP), tmp_path / f"a{suffix}"
    picture.save(path, xmp=xmp(2))
    assert "only its XMP" in why(path)
    picture.save(path, xmp=xmp(1))
    assert only(path).shape == RAMP.shape
    upright = Image.Exif()
    upright[0x0112] = 1
    picture.save(path, xmp=xmp(2), exif=upright)
    assert only(path).shape == RAMP.shape


@given(name=st.text("ab?&=", min_size=1, max_size=6))
@settings(max_examples=30)
def test_a_name_with_a_question_mark_is_opened(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.mktemp("names") / f"{name}.png"
    Image.fromarray(RAMP).save(path)
    (first, *_) = frames(f"images:{path}")
    assert isinstance(first, Frame)
    spec = sources.parse_spec(f"dicom:{path}?screen_left=cranial")
    assert (spec.name, spec.options) == (str(path), {"screen_left": "cranial"})


def bomb(side: int) -> bytes:
    packing = zlib.compressobj(1)
    content = b"".join(packing.compress(bytes(1 + side)) for _ in range(side)) + packing.flush()
    parts = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", content), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside)) for name, inside in parts
    )


def test_a_picture_of_too_many_pixels_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(bomb(9000))
    monkeypatch.setattr(pictures, "grey_of", None)  # it would be a TypeError
    assert "9000x9000" in why(tmp_path / "a.png")


def test_a_jpeg_of_very_many_scans_is_refused(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.jpg", progressive=True)
    content = (tmp_path / "a.jpg").read_bytes()
    first = content.rfind(b"\xff\xda")
    (tmp_path / "a.jpg").write_bytes(content[:first] + content[first:-2] * 500 + b"\xff\xd9")
    assert "scans" in why(tmp_path / "a.jpg")


def test_hidden_files_are_no_pictures_of_a_folder(tmp_path: Path) -> None:
    """As a copy from macOS leaves them: each had been a frame that cannot be read."""
    for index in range(2):
        Image.new("L", (64, 48), 90).save(tmp_path / f"f{index}.png")
        (tmp_path / f"._f{index}.png").write_bytes(b"\0\5\26\7" + bytes(60))
    (clip,) = sources.open_clips(f"images:{tmp_path}")
    assert [isinstance(item, Frame) for item in clip.items] == [True, True]
