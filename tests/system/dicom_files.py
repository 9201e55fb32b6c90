"""The ultrasound files among pydicom's own test files and those of pydicom-data: what is read of each, beside what another viewer (dcmtk) shows.

    python -m tests.system.dicom_files              # a table, as Markdown; apt-get install dcmtk; pip install pydicom-data
    python -m tests.system.dicom_files FOLDER ...   # of other folders
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image
from pydicom.errors import InvalidDicomError

from edge.source import sources
from edge.source.sources import SourceError
from edge.types import BadFrame, Frame, GrayImage

VIEWER = "dcmj2pnm"
COLUMNS = ("file", "transfer syntax", "colours", "size", "frames", "claim of a scale", "first frame beside dcmtk's, grey levels: mean, most")


@dataclass(frozen=True)
class Row:
    """One file. refused: why nothing of it is shown; apart: how far its first frame is from dcmtk's, in grey levels on the average and at most."""

    name: str
    syntax: str
    space: str
    size: tuple[int, ...] = ()
    frames: int = 0
    claim: str = ""
    apart: tuple[float, float] | None = None
    refused: str = ""

    def cells(self) -> tuple[str, ...]:
        if self.refused:
            return self.name, self.syntax, self.space, "", "0", "", f"refused: {self.refused}"
        apart = f"{self.apart[0]:.2f}, {self.apart[1]:.0f}" if self.apart else "dcmtk shows nothing"
        return self.name, self.syntax, self.space, "x".join(map(str, self.size)), str(self.frames), self.claim, apart


def folders() -> list[Path]:
    """pydicom's own test files, and pydicom-data's where it is installed."""
    found = [Path(pydicom.__file__).parent / "data" / "test_files"]
    extra = importlib.util.find_spec("data_store")
    return found + ([Path(extra.origin).parent / "data"] if extra is not None and extra.origin else [])


def ultrasound_in(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Whole DICOM files that say that they are ultrasound, with their elements."""
    for path in sorted(folder.rglob("*.dcm")):
        try:
            made = pydicom.dcmread(path, stop_before_pixels=True)
        except (InvalidDicomError, ValueError, OSError, KeyError, AttributeError, NotImplementedError):
            continue
        if made.get("Modality") in ("US", "IVUS") and "TransferSyntaxUID" in made.file_meta:
            yield path, made


def row_of(path: Path, made: Any) -> Row:
    syntax, space = str(made.file_meta.TransferSyntaxUID.name).split(" (Process")[0][:60], str(made.get("PhotometricInterpretation"))
    try:
        (clip,) = sources.open_clips(f"dicom:{path}")
        items = list(clip.items)
    except SourceError as error:
        return Row(path.name, syntax, space, refused=str(error).partition(": ")[2])
    bad = [item.why for item in items if isinstance(item, BadFrame)]
    if bad:
        return Row(path.name, syntax, space, refused=bad[0])
    shown = [item for item in items if isinstance(item, Frame)]
    first = shown[0].pixels
    claim = "none" if clip.claim is None else clip.claim.doubt or f"{clip.claim.mm_per_px[0]:.4f} x {clip.claim.mm_per_px[1]:.4f} mm"
    return Row(path.name, syntax, space, first.shape[::-1], 1 if clip.still else len(shown), claim, apart(path, first))


def apart(path: Path, pixels: GrayImage) -> tuple[float, float] | None:
    """How far a frame is from what dcmtk writes of the file's first; None where it cannot."""
    seen = as_dcmtk_shows(path)
    if seen is None:
        return None
    # dcmtk leaves pixels that are not square as they are
    seen = np.asarray(Image.fromarray(seen).resize(pixels.shape[::-1], Image.Resampling.BICUBIC))
    difference = np.abs(seen.astype(np.int16) - pixels)
    return float(difference.mean()), float(difference.max())


def as_dcmtk_shows(path: Path) -> GrayImage | None:
    """The first frame as dcmtk writes it, as grey, unpacked by GDCM before where dcmtk cannot."""
    if shutil.which(VIEWER) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        written, unpacked = Path(folder) / "a.bmp", Path(folder) / "a.dcm"
        for source in (path, unpacked):
            subprocess.run([VIEWER, "+ob", "+F", "1", str(source), str(written)], capture_output=True, check=False)
            if written.is_file():
                return np.asarray(Image.open(written).convert("L"))
            subprocess.run([Path(sys.executable).parent / "gdcmconv", "--raw", str(path), str(unpacked)], capture_output=True, check=False)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="*", type=Path)
    options = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for folder in options.folder or folders():
        for path, made in ultrasound_in(folder):
            print(f"| {' | '.join(row_of(path, made).cells())} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
