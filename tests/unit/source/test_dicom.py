"""DICOM files of every kind read through `dicom:` as their viewer shows them, with what they claim of the scan, or refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from PIL import Image

from edge.record.recording import Recorded
from edge.screen import profile, watch
from edge.source import sources
from edge.step import Stated, fresh
from edge.types import Frame, NoScan, Scan, ScreenLeft
from tests.unit.screens import Drawn, Grey, draw

pydicom = pytest.importorskip("pydicom", reason="the dicom extra is not installed")

from pydicom import encaps, uid  # noqa: E402
from pydicom.dataset import Dataset, FileMetaDataset  # noqa: E402

CENTIMETRES, SECONDS, TISSUE, TWO_D, DOPPLER = 3, 4, 1, 1, 3
SCREEN = Drawn(rows=480, columns=640, box=(120, 40, 520, 440))
SYNTAXES = {"uncompressed": uid.ExplicitVRLittleEndian, "jpeg": uid.JPEGBaseline8Bit, "rle": uid.RLELossless}


def region(
    box: tuple[int, int, int, int], cm_per_px: tuple[float, float], *, kind: int = TISSUE, unit: int = CENTIMETRES, space: int = TWO_D
) -> Dataset:
    """An item of the ultrasound regions; box as in the standard, its last column and row inside."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = space, kind, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0, item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = unit
    item.PhysicalDeltaX, item.PhysicalDeltaY = cm_per_px
    return item


def jpeg(frame: Grey) -> bytes:
    held = BytesIO()
    Image.fromarray(frame).save(held, "JPEG", quality=95)
    return held.getvalue()


def write(path: Path, frames: list[Grey], *, coding: str = "uncompressed", regions: tuple[Dataset, ...] = (), inverse: bool = False) -> Path:
    """An ultrasound file of grey frames of one size."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.UltrasoundMultiFrameImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid.UID("1.2.826.0.1.3680043.8.498.1")
    made.Rows, made.Columns, made.NumberOfFrames, made.FrameTime = *frames[0].shape, len(frames), 40
    made.SamplesPerPixel, made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 1, 8, 8, 7, 0
    made.PhotometricInterpretation = "MONOCHROME1" if inverse else "MONOCHROME2"
    if regions:
        made.SequenceOfUltrasoundRegions = list(regions)
    made.PixelData = np.stack(frames).tobytes()
    made["PixelData"].VR = "OB"
    if coding == "rle":
        made.compress(uid.RLELossless)
    elif coding == "jpeg":
        made.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
        made.PixelData = encaps.encapsulate([jpeg(frame) for frame in frames])
        made["PixelData"].is_undefined_length = True
    made.save_as(path, enforce_file_format=True)
    return path


def read(path: Path, options: str = "") -> tuple[bool, list[Frame | Recorded]]:
    (clip,) = sources.open_clips(f"dicom:{path}{options}")
    items = list(clip.items)
    assert all(isinstance(item, Frame | Recorded) for item in items)
    return clip.still, [item for item in items if isinstance(item, Frame | Recorded)]


def scans(path: Path, options: str = "") -> list[Scan | NoScan]:
    """What the screen stage says of each frame, with what the file claims."""
    (clip,) = sources.open_clips(f"dicom:{path}{options}")
    state, found = fresh(Stated(profile.AUTO), clip).screen, []
    for item in clip.items:
        assert isinstance(item, Frame)
        state, scan = watch.watch(state, item)
        found.append(scan)
    return found


def pixels_of(item: Frame | Recorded) -> Grey:
    frame = item if isinstance(item, Frame) else item.frame
    assert frame is not None
    return frame.pixels


@pytest.mark.parametrize("coding", SYNTAXES)
def test_pixels_and_a_scale_that_differs_across(tmp_path: Path, coding: str) -> None:
    frames = [draw(SCREEN), draw(Drawn(rows=480, columns=640, box=SCREEN.box, speckle_seed=2))]
    path = write(tmp_path / "a.dcm", frames, coding=coding, regions=(region((120, 40, 519, 439), (0.025, 0.0125)),))
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == SYNTAXES[coding]
    still, items = read(path, "?screen_left=patient_left")
    assert not still
    assert len(items) == 2
    for index, (item, drawn) in enumerate(zip(items, frames, strict=True)):
        apart = np.abs(pixels_of(item).astype(np.int16) - drawn)
        assert apart.mean() < 3 if coding == "jpeg" else apart.max() == 0
        scan = scans(path, "?screen_left=patient_left")[index]
        assert isinstance(scan, Scan)
        assert scan.scale_source == "dicom"
        assert (scan.mm_per_px_x, scan.mm_per_px_y) == pytest.approx((0.25, 0.125))
        assert (scan.orientation, scan.captured_ns) == (ScreenLeft.PATIENT_LEFT, index * 40_000_000)
        box = (scan.geometry.left_px, scan.geometry.top_px, scan.geometry.right_px, scan.geometry.bottom_px)
        assert np.abs(np.array(box) - SCREEN.box).max() <= 2


TISSUE_BOX, OTHER_BOX = (120, 40, 519, 439), (0, 0, 639, 479)
REGIONS = [
    ("none of two", (region((0, 0, 99, 99), (0.05, 0.05)), region(TISSUE_BOX, (0.02, 0.02))), None),
    ("one that is listed twice", (region(TISSUE_BOX, (0.02, 0.02)), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("not the spectrum", (region(OTHER_BOX, (0.05, 0.05), kind=DOPPLER), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("not what is in seconds", (region(OTHER_BOX, (0.05, 0.05), unit=SECONDS), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("not an M-mode", (region(OTHER_BOX, (0.05, 0.05), space=2), region(TISSUE_BOX, (0.02, 0.02))), 0.2),
    ("a delta below zero turns the picture over", (region(TISSUE_BOX, (0.02, -0.02)),), None),
    ("no centimetres a pixel", (region(TISSUE_BOX, (0.0, 0.0)),), None),
    ("a metre a pixel", (region(TISSUE_BOX, (100.0, 100.0)),), None),
    ("an empty box", (region((519, 40, 120, 439), (0.02, 0.02)),), None),
    ("seconds only", (region(TISSUE_BOX, (0.02, 0.02), unit=SECONDS),), None),
    ("none", (), None),
]


@pytest.mark.parametrize(("regions", "mm_per_px"), [case[1:] for case in REGIONS], ids=[case[0] for case in REGIONS])
def test_which_region_tells_the_scale(tmp_path: Path, regions: tuple[Dataset, ...], mm_per_px: float | None) -> None:
    said = scans(write(tmp_path / "a.dcm", [draw(SCREEN)] * 2, regions=regions))
    told = [scan.mm_per_px_y if isinstance(scan, Scan) else None for scan in said]
    assert told == [mm_per_px if mm_per_px is None else pytest.approx(mm_per_px)] * 2


def test_one_picture_is_a_still_and_a_negative_is_turned_over(tmp_path: Path) -> None:
    drawn = draw(SCREEN)
    still, items = read(write(tmp_path / "a.dcm", [255 - drawn], inverse=True))
    assert still
    assert len(items) == sources.STILL_REPEATS
    assert all(np.array_equal(pixels_of(item), drawn) for item in items)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_bytes(b"not a picture" * 40)
    whole = write(tmp_path / "a.dcm", [draw(SCREEN)])
    (tmp_path / "cut.dcm").write_bytes(whole.read_bytes()[:-1000])
    for name in ("text.dcm", "cut.dcm", "absent.dcm"):
        with pytest.raises(sources.SourceError):
            read(tmp_path / name)


RAMP = np.tile(np.arange(256, dtype=np.uint8), (16, 1))


def dataset(space: str, content: bytes, *, samples: int = 1, bits: int = 8, **more: object) -> Dataset:
    """One picture of RAMP's size in a photometric interpretation."""
    made = pydicom.dcmread(io_of([RAMP]))
    made.PhotometricInterpretation, made.SamplesPerPixel, made.NumberOfFrames = space, samples, 1
    made.BitsAllocated, made.BitsStored, made.HighBit = 8 if bits <= 8 else 16, bits, bits - 1
    if samples == 3:
        made.PlanarConfiguration = 0
    made.PixelData = content
    for name, value in more.items():
        setattr(made, name, value)
        if made[name].VR == "US or SS":
            made[name].VR = "US"
    return made


def io_of(frames: list[Grey]) -> BytesIO:
    with TemporaryDirectory() as folder:
        return BytesIO(write(Path(folder) / "a.dcm", frames).read_bytes())


def palette(bits: int) -> dict[str, object]:
    """A table that turns greys over, so that it cannot be passed over unseen."""
    entries = np.arange(255, -1, -1, dtype="<u2") * (257 if bits == 16 else 1)
    table = entries.tobytes() if bits == 16 else entries.astype(np.uint8).tobytes()
    found: dict[str, object] = {}
    for colour in ("Red", "Green", "Blue"):
        found[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        found[f"{colour}PaletteColorLookupTableData"] = table
    return found


def with_grey_chroma() -> bytes:
    return np.dstack([RAMP, np.full_like(RAMP, 128), np.full_like(RAMP, 128)]).tobytes()


def halved_chroma() -> bytes:
    """4:2:2: two lumas, then their Cb and Cr."""
    pairs = RAMP.reshape(-1, 2)
    return np.hstack([pairs, np.full_like(pairs, 128)]).tobytes()


SPACES = [
    ("MONOCHROME2", lambda: dataset("MONOCHROME2", RAMP.tobytes())),
    ("MONOCHROME1", lambda: dataset("MONOCHROME1", (255 - RAMP).tobytes())),
    ("RGB", lambda: dataset("RGB", np.dstack([RAMP] * 3).tobytes(), samples=3)),
    ("YBR_FULL", lambda: dataset("YBR_FULL", with_grey_chroma(), samples=3)),
    ("YBR_FULL_422", lambda: dataset("YBR_FULL_422", halved_chroma(), samples=3)),
    ("a palette of 8 bits", lambda: dataset("PALETTE COLOR", (255 - RAMP).tobytes(), **palette(8))),
    ("a palette of 16 bits", lambda: dataset("PALETTE COLOR", (255 - RAMP).tobytes(), **palette(16))),
    ("12 bits", lambda: dataset("MONOCHROME2", (RAMP.astype(np.int64) * 4095 // 255).astype("<u2").tobytes(), bits=12)),
    ("16 bits", lambda: dataset("MONOCHROME2", (RAMP.astype("<u2") * 257).tobytes(), bits=16)),
    ("a window", lambda: dataset("MONOCHROME2", (RAMP.astype("<u2") + 1000).tobytes(), bits=12, WindowCenter="1128", WindowWidth="256")),
    ("a window of all", lambda: dataset("MONOCHROME2", RAMP.tobytes(), WindowCenter="128", WindowWidth="256")),
]


@pytest.mark.parametrize("made", [case[1] for case in SPACES], ids=[case[0] for case in SPACES])
def test_256_greys_are_256_greys_in_every_photometric_interpretation(tmp_path: Path, made: Callable[[], Dataset]) -> None:
    made().save_as(tmp_path / "a.dcm", enforce_file_format=True)
    _, items = read(tmp_path / "a.dcm")
    assert np.abs(pixels_of(items[0]).astype(np.int16) - RAMP).max() <= 1


@pytest.mark.parametrize("made", [case[1] for case in SPACES[:5]], ids=[case[0] for case in SPACES[:5]])
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian], ids=["as it is", "deflated"])
def test_so_they_are_in_every_frame(tmp_path: Path, made: Callable[[], Dataset], syntax: uid.UID) -> None:
    """The second uncompressed frame of halved chroma had been read as one of whole chroma, from half of a frame on."""
    several = made()
    several.NumberOfFrames, several.PixelData, several.FrameTime = 3, several.PixelData * 3, 40
    several.file_meta.TransferSyntaxUID = syntax
    several.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    _, items = read(tmp_path / "a.dcm")
    assert [np.abs(pixels_of(item).astype(np.int16) - RAMP).max() <= 1 for item in items] == [True] * 3


@pytest.mark.parametrize("space", ["YBR_PARTIAL_422", "ARGB", ""])
def test_colours_that_are_not_understood_are_refused(tmp_path: Path, space: str) -> None:
    dataset(space or "NONE", with_grey_chroma(), samples=3).save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(sources.SourceError, match=r"a\.dcm"):
        read(tmp_path / "a.dcm")


PACKED = [
    (uid.JPEGLSLossless, "jpeg_ls"), (uid.JPEG2000Lossless, "openjpeg"), (uid.DeflatedExplicitVRLittleEndian, ""), (uid.RLELossless, ""),
    (uid.ImplicitVRLittleEndian, ""), (uid.JPEGLosslessSV1, "gdcm"),
]  # fmt: skip


@pytest.mark.parametrize(("syntax", "needs"), PACKED, ids=[syntax.name[:24] for syntax, _ in PACKED])
def test_lossless_transfer_syntaxes_give_the_same_frames(tmp_path: Path, syntax: uid.UID, needs: str) -> None:
    if needs:
        pytest.importorskip(needs, reason="the dicom extra is not installed whole")
    frames = [draw(Drawn(rows=96, columns=128, box=(20, 10, 100, 90), speckle_seed=seed)) for seed in range(2)]
    path = write(tmp_path / "a.dcm", frames)
    if syntax == uid.JPEGLosslessSV1:
        lossless_jpeg(path)
    else:
        repacked(path, syntax)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    _, items = read(path)
    assert all(np.array_equal(pixels_of(item), drawn) for item, drawn in zip(items, frames, strict=True))


def repacked(path: Path, syntax: uid.UID) -> None:
    made = pydicom.dcmread(path)
    if syntax.is_compressed and not syntax.is_deflated:
        made.compress(syntax)
        made.save_as(path)
        return
    made.PixelData = bytes(made.PixelData)
    made.file_meta.TransferSyntaxUID = syntax
    made.save_as(path, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian, enforce_file_format=True)


def lossless_jpeg(path: Path) -> None:
    gdcm = pytest.importorskip("gdcm")
    reader, change = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax()
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()


@pytest.mark.parametrize(("syntax", "name"), [(".110", "JPEG XL"), (".112", "JPEG XL"), (".999", r"1\.2\.840\.10008\.1\.2\.4\.999")])
def test_a_coding_that_nothing_decodes_is_refused_with_a_way_out(tmp_path: Path, syntax: str, name: str) -> None:
    made = pydicom.dcmread(write(tmp_path / "a.dcm", [draw(SCREEN)] * 2, coding="jpeg"))
    made.file_meta.TransferSyntaxUID = uid.HTJ2KLossless  # as long a name as the one that takes its place
    made.save_as(tmp_path / "a.dcm")
    (tmp_path / "a.dcm").write_bytes((tmp_path / "a.dcm").read_bytes().replace(b"1.2.4.201", b"1.2.4" + syntax.encode()))
    with pytest.raises(sources.SourceError, match=rf"a\.dcm: .*nothing here decodes {name}: export it uncompressed"):
        read(tmp_path / "a.dcm")


def test_stated_pixels_are_made_square_where_no_region_says_more(tmp_path: Path) -> None:
    made = pydicom.dcmread(write(tmp_path / "a.dcm", [draw(SCREEN)] * 2))
    made.PixelAspectRatio = [100, 111]  # their height, their width
    made.save_as(tmp_path / "a.dcm")
    _, items = read(tmp_path / "a.dcm")
    assert pixels_of(items[0]).shape == (480, round(640 * 1.11))


REFERENCES = [
    ("at the box's top", 0, 0.0, 40.0),
    ("above a magnified box", -80, 0.0, -40.0),
    ("whose value is a depth", 100, 2.0, 40.0),
    ("none", None, 0.0, None),
]


@pytest.mark.parametrize(("row", "value_cm", "zero_px"), [case[1:] for case in REFERENCES], ids=[case[0] for case in REFERENCES])
def test_a_reference_pixel_tells_the_row_of_depth_0(tmp_path: Path, row: int | None, value_cm: float, zero_px: float | None) -> None:
    item = region(TISSUE_BOX, (0.02, 0.02))
    if row is not None:
        item.ReferencePixelX0, item.ReferencePixelY0 = 200, row
        item.ReferencePixelPhysicalValueX, item.ReferencePixelPhysicalValueY = 0.0, value_cm
    (clip,) = sources.open_clips(f"dicom:{write(tmp_path / 'a.dcm', [draw(SCREEN)] * 2, regions=(item,))}")
    assert clip.claim is not None
    assert clip.claim.zero_px == (None if zero_px is None else pytest.approx(zero_px))


def test_the_operator_chooses_a_region_or_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", [draw(SCREEN)] * 2, regions=(region((0, 0, 99, 99), (0.05, 0.05)), region(TISSUE_BOX, (0.02, 0.02))))
    assert [type(scan) for scan in scans(path)] == [NoScan] * 2
    assert all(isinstance(scan, Scan) and scan.mm_per_px_y == pytest.approx(0.2) for scan in scans(path, "?region=2"))
    (clip,) = sources.open_clips(f"dicom:{path}?region=0")
    assert clip.claim is None
    for wrong in ("3", "-1", "x"):
        with pytest.raises(sources.SourceError, match="it can be 0"):
            sources.open_clips(f"dicom:{path}?region={wrong}")


def test_a_region_of_another_size_or_aspect_is_a_doubt(tmp_path: Path) -> None:
    beyond = write(tmp_path / "a.dcm", [draw(SCREEN)] * 2, regions=(region((240, 80, 1038, 878), (0.02, 0.02)),))
    assert all(isinstance(scan, NoScan) and "another size" in scan.hint for scan in scans(beyond))
    made = pydicom.dcmread(write(tmp_path / "b.dcm", [draw(SCREEN)] * 2, regions=(region(TISSUE_BOX, (0.02, 0.02)),)))
    made.PixelAspectRatio = [100, 111]
    made.save_as(tmp_path / "b.dcm")
    assert all(isinstance(scan, NoScan) and "disagree" in scan.hint for scan in scans(tmp_path / "b.dcm"))


def test_frames_have_the_times_that_the_file_tells(tmp_path: Path) -> None:
    made = pydicom.dcmread(write(tmp_path / "a.dcm", [draw(SCREEN)] * 4))
    made.FrameTimeVector, made.FrameIncrementPointer = [0, 40, 3_600_000, 40], 0x00181065
    made.save_as(tmp_path / "a.dcm")
    _, items = read(tmp_path / "a.dcm")
    assert [item.captured_ns for item in items if isinstance(item, Frame)] == [0, 40_000_000, 3_600_040_000_000, 3_600_080_000_000]


WRONG_TIMES = ["abc", "nan", "-40", "1e30"]


@pytest.mark.parametrize("time", WRONG_TIMES)
def test_a_frame_time_that_is_none_is_told_in_one_line(tmp_path: Path, time: str) -> None:
    made = pydicom.dcmread(write(tmp_path / "a.dcm", [draw(SCREEN)] * 2))
    made.FrameTime = "44.44"
    made.save_as(tmp_path / "a.dcm")
    content = (tmp_path / "a.dcm").read_bytes()
    (tmp_path / "a.dcm").write_bytes(content.replace(b"44.44 ", time.ljust(6).encode()))
    with pytest.raises(sources.SourceError, match=r"a\.dcm: not a DICOM file that can be read"):
        read(tmp_path / "a.dcm")


@pytest.mark.parametrize("stored_as", ["OB", "OW"])
@pytest.mark.parametrize("little", [True, False], ids=["little endian", "big endian"])
def test_pixels_of_a_byte_in_words_keep_their_places(tmp_path: Path, little: bool, stored_as: str) -> None:
    """In a big-endian file each two neighbours had changed places: two of pydicom-data's ultrasound files."""
    made = pydicom.dcmread(write(tmp_path / "a.dcm", [RAMP]))
    made["PixelData"].VR = stored_as
    if not little and stored_as == "OW":
        made.PixelData = np.frombuffer(RAMP.tobytes(), "<u2").astype(">u2").tobytes()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian
    pydicom.dcmwrite(tmp_path / "a.dcm", made, implicit_vr=False, little_endian=little, force_encoding=True)
    _, items = read(tmp_path / "a.dcm")
    assert np.array_equal(pixels_of(items[0]), RAMP)


def test_an_element_of_half_a_number_is_told_in_one_line(tmp_path: Path) -> None:
    """Found by atheris: pydicom has an error of its own for it."""
    content = write(tmp_path / "a.dcm", [draw(SCREEN)]).read_bytes()
    rows = b"\x28\x00\x10\x00US\x02\x00"
    assert rows in content
    (tmp_path / "a.dcm").write_bytes(content.replace(rows, rows[:-2] + b"\x03\x00", 1).replace(b"\x28\x00\x11\x00US", b"\0\x28\x00\x11\x00US", 1))
    with pytest.raises(sources.SourceError, match=r"a\.dcm: not a DICOM file that can be read"):
        read(tmp_path / "a.dcm")


def test_a_coded_picture_of_another_size_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", [draw(SCREEN)], coding="jpeg")
    content = bytearray(path.read_bytes())
    at = content.find(b"\xff\xc0")
    content[at + 5 : at + 9] = (60_000).to_bytes(2, "big") * 2
    path.write_bytes(content)
    with pytest.raises(sources.SourceError, match="60000x60000 is coded where 640x480 is stated"):
        read(path)


# the ultrasound files that pydicom itself brings: shape, frames, and what comes of their claim
OWN_FILES = [
    ("ExplVR_BigEnd.dcm", (60, 80), 1, None),
    ("examples_jpeg2k.dcm", (480, 640), 1, None),
    ("examples_palette.dcm", (350, 800), 1, "beyond"),  # cut to a part, its regions left as they were
    ("examples_rgb_color.dcm", (240, 320), 1, None),
    ("examples_ybr_color.dcm", (240, 320), 30, "beyond"),  # made half as large
]


@pytest.mark.parametrize(("name", "shape", "count", "doubt"), OWN_FILES, ids=[case[0] for case in OWN_FILES])
def test_pydicoms_own_ultrasound_files(name: str, shape: tuple[int, int], count: int, doubt: str | None) -> None:
    path = Path(pydicom.__file__).parent / "data" / "test_files" / name
    (clip,) = sources.open_clips(f"dicom:{path}")
    items = [item for item in clip.items if isinstance(item, Frame)]
    assert len(items) == (count if count > 1 else sources.STILL_REPEATS)
    assert {item.pixels.shape for item in items} == {shape}
    assert items[0].pixels.std() > 5
    assert (clip.claim.doubt if clip.claim else "").find(doubt or "") >= 0
    assert (clip.claim is None) == (doubt is None)
