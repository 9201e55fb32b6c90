"""A source is named by KIND:NAME or by its path alone, and what is no source is told with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import extras
from edge.source import sources
from edge.source.sources import SourceError, parse_spec

MCAP = sources.MCAP_BEGINS + b"0\r\n"
DICOM = bytes(128) + sources.DICOM_BEGINS

GUESSED = [
    ("clip.mp4", b"", "video"),
    ("clip", b"\x00\x00\x00\x18ftypmp42", "video"),
    ("session.mcap", MCAP, "recording"),
    ("session.bak", MCAP, "recording"),
    ("exam.dcm", b"", "dicom"),
    ("IM000001", DICOM, "dicom"),
    ("screen.PNG", b"", "images"),
    ("name:with colon.mp4", b"", "video"),
    ("a?b.mp4", b"", "video"),
]


@pytest.mark.parametrize(("name", "content", "kind"), GUESSED)
def test_the_kind_of_a_path_is_guessed(name: str, content: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert parse_spec(str(tmp_path / name)) == sources.Spec(kind, str(tmp_path / name), {})


def test_a_folder_is_pictures_and_a_device_is_a_camera_though_it_is_not_there_yet(tmp_path: Path) -> None:
    assert parse_spec(str(tmp_path)).kind == "images"
    assert parse_spec("/dev/video99").kind == "v4l2"


def test_a_guessed_recording_takes_its_options(tmp_path: Path) -> None:
    path = tmp_path / "session.mcap"
    path.write_bytes(MCAP)
    assert parse_spec(f"{path}?from=frames").options == {"from": "frames"}
    with pytest.raises(SourceError, match="did you mean 'from'"):
        parse_spec(f"{path}?form=frames")


@pytest.mark.parametrize("text", ["", "nowhere.mp4", "http://example.org/clip.mp4", "vidoe:clip.mp4"])
def test_what_is_not_there_is_told_with_the_kinds(text: str) -> None:
    with pytest.raises(SourceError, match="name one that is there, or say KIND:NAME, where KIND is one of recording, images, video"):
        parse_spec(text)


NEEDED = [
    ("dicom", "x86_64", ["pydicom>=3.0", "pyjpegls>=1.5"]),
    ("dicom", "armv7l", ["pydicom>=3.0"]),
    ("video", "x86_64", ["av>=14"]),
    ("nothing", "x86_64", []),
]


@pytest.mark.parametrize(("extra", "machine", "packages"), NEEDED)
def test_an_extra_is_its_packages(extra: str, machine: str, packages: list[str]) -> None:
    lines = ["numpy>=1.24", 'av>=14; extra == "video"', "pydicom>=3.0; extra == 'dicom'"]
    lines.append('pyjpegls>=1.5; platform_machine != "armv7l" and extra == "dicom"')
    assert extras.needed(lines, extra=extra, machine=machine) == packages
