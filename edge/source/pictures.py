"""Picture files as a viewer shows them: turned as they say, all pages, over black where they are transparent, with square pixels, as grey.

Rule 1: what a file says of how to show its picture is obeyed, or the frame is refused with the reason; nothing is dropped.
Rule 2: its size is looked at before its pixels are.
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from edge.limits import MOST_ASPECT, MOST_PAGES, MOST_SCANS, TooLargeError, refuse_large_picture
from edge.types import BadFrame, Frame, GrayImage

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"})
NS_PER_MS = 1_000_000
SQUARE = 0.005  # so little wider than high is square: 72 dots an inch across and 72.009 down
IN_PAGES = frozenset({"TIFF", "GIF", "PNG", "WEBP"})  # a JPEG's further pictures (MPO) are previews and depth maps, which no viewer turns to
NO_PAGE = 1 | 4  # TIFF's NewSubfileType: a smaller copy of another page, a transparency mask
APART_STEPS = 30  # between files that are no neighbours: a second at the rate of a folder, twice what frames that stand together lie apart
ORIENTATION = 0x0112  # Exif's, and TIFF's
TURNING_TEXTS = frozenset({"xmp", "XML:com.adobe.xmp", "Raw profile type exif"})  # Pillow's names of texts in which it looks for an orientation
SUBFILE, BITS, WHITE_IS_ZERO, SAMPLE_FORMAT, UNSIGNED = 254, 258, 262, 339, 1  # TIFF 6.0's tags and values
PROGRESSIVE_SCAN = b"\xff\xda"
# all that Pillow and its plugins raise on damaged bytes
DAMAGED = (
    OSError, UnidentifiedImageError, ValueError, SyntaxError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, AssertionError,
    RuntimeError, MemoryError, EOFError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip


# what it warns of is refused below, or told in our words
warnings.filterwarnings("ignore", module="PIL")


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One picture of a file, or why it is none; shown_ns: how long an animation shows it, 0 where nothing says so."""

    pixels: GrayImage | None
    why: str = ""
    shown_ns: int = 0


def in_order(paths: list[Path]) -> list[Path]:
    """Sorted as a person counts: f2 before f10. Raises ValueError where names hold decimal fractions of unequal length: t0.5 and t0.25 are counted
    one way and numbered parts, 1.5 and 1.25, the other."""
    counted = sorted(paths, key=lambda path: _counting_key(path.name))
    if counted != sorted(paths, key=lambda path: _decimal_key(path.name)):
        raise ValueError("their order is not certain: their names have a number behind a point; give them all as many digits")
    return counted


def _counting_key(name: str) -> tuple[tuple[tuple[str, int], ...], str]:
    parts = re.split(r"([0-9]+)", name)
    return tuple((text, int(digits)) for text, digits in zip(parts[::2], [*parts[1::2], "-1"], strict=True)), name


def _decimal_key(name: str) -> tuple[tuple[tuple[str, float], ...], str]:
    """As _counting_key, with the one decimal fraction that a name may hold read as one."""
    if len(re.findall(r"[0-9]\.(?=[0-9])", name)) != 1:
        key, _ = _counting_key(name)
        return key, name
    parts = re.split(r"([0-9]+(?:\.[0-9]+)?)", name)
    # what follows the fraction's whole part stands where the counting key has a point
    return tuple((text, float(digits)) for text, digits in zip(parts[::2], [*parts[1::2], "-1"], strict=True)), name


def steps_between(paths: list[Path]) -> list[int]:
    """How many frames each file lies behind the one before it, by the number in which their names differ, counted in the folder's usual step: f1, f2,
    f7 are 1, 1 and 5 frames on, f10, f20, f70 too. APART_STEPS at most, and where anything else differs: another series, another second. The first,
    and names without a number, are one frame on."""
    grown = [1, *(_grown(one.name, other.name) for one, other in pairwise(paths))]
    usual = min((each for each in grown[1:] if each), default=1)
    return [1 if index == 0 else min(APART_STEPS, round(each / usual)) if each else APART_STEPS for index, each in enumerate(grown)]


def _grown(before: str, name: str) -> int:
    """By how much the one number in which two names differ has grown; 0 where they differ otherwise; 1 where neither has a number."""
    if not re.search("[0-9]", Path(before).stem + Path(name).stem):
        return 1
    one, other = re.split(r"([0-9]+)", before), re.split(r"([0-9]+)", name)
    differing = [at for at, (each, next_) in enumerate(zip(one, other, strict=False)) if each != next_]
    if len(one) != len(other) or len(differing) != 1 or differing[0] % 2 == 0:
        return 0
    return max(0, int(other[differing[0]]) - int(one[differing[0]]))


def read_picture(path: Path, *, frame_id: int, captured_ns: int) -> Frame | BadFrame:
    """A file of one picture, of square pixels, as a grey frame, or why it is none. What names pictures one by one, and places in them, cannot mean
    one of several pages, nor a picture that is stretched before it is shown."""
    try:
        with _opened(path) as picture:
            if pages_in(picture) > 1:
                raise ValueError(f"{pages_in(picture)} pages in it, and one is asked for: save each as a file of its own")
            if aspect_of(picture) != 1.0:
                raise ValueError(f"its pixels are stated to be {aspect_of(picture):.3f} times as wide as high: save it with square ones")
            return Frame(frame_id, captured_ns, grey_of(picture))
    except DAMAGED as error:
        return bad_frame(frame_id, captured_ns, _why(path, error))


def bad_frame(frame_id: int, captured_ns: int, why: str) -> BadFrame:
    """A frame that cannot be delivered; a name that is no UTF-8 could not be written as JSON."""
    return BadFrame(frame_id, captured_ns, why.encode("utf-8", "replace").decode())


def _why(path: Path, error: BaseException) -> str:
    said = str(error) or type(error).__name__
    return f"{path.name} cannot be read: {said}"[:200].replace(str(path), path.name)


def count_pages(path: Path) -> int:
    """How many pictures a file holds; 1 for one that cannot be read, whose page says why."""
    try:
        with _opened(path) as picture:
            return pages_in(picture)
    except DAMAGED:
        return 1


def pages_of(path: Path) -> Iterator[Page]:
    """Every picture of a file in order, as it is shown. One that cannot be read ends it with the reason."""
    try:
        with _opened(path) as picture:
            for number in range(pages_in(picture)):
                if number:
                    picture.seek(number)
                    refuse_large_picture(*picture.size)
                if _is_no_page(picture):
                    continue
                aspect = 1 / aspect_of(picture) if _on_its_side(picture) else aspect_of(picture)
                pixels = squared(grey_of(picture), aspect)
                # some formats know it only once the page is loaded
                shown_ns = round(float(picture.info.get("duration") or 0) * NS_PER_MS)
                yield Page(pixels, shown_ns=max(0, shown_ns))
    except DAMAGED as error:
        yield Page(None, _why(path, error))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The file, its pixels not yet read. Raises what Pillow raises, and TooLargeError."""
    # by a file, not by its name: Pillow 13 maps a TIFF that has a name into memory with rows and columns exchanged where it is to be turned
    with path.open("rb") as file, Image.open(file) as picture:
        refuse_large_picture(*picture.size)
        if picture.info.get("progressive"):
            _refuse_many_scans(path)
        yield picture


def _refuse_many_scans(path: Path) -> None:
    if path.read_bytes().count(PROGRESSIVE_SCAN) > MOST_SCANS:
        raise TooLargeError(f"a JPEG of more than {MOST_SCANS} scans: it is damaged, or made to take for ever")


def pages_in(picture: Image.Image) -> int:
    """How many pictures a file's viewer can turn to. Raises TooLargeError."""
    count = int(getattr(picture, "n_frames", 1)) if picture.format in IN_PAGES else 1
    if count > MOST_PAGES:
        raise TooLargeError(f"{count} pages: {MOST_PAGES} are the most")
    return count


def _is_no_page(picture: Image.Image) -> bool:
    return picture.format == "TIFF" and bool(_tag(picture, SUBFILE, 0) & NO_PAGE)


def _tag(picture: Image.Image, number: int, default: int) -> int:
    """The first value of a TIFF's tag."""
    value: Any = getattr(picture, "tag_v2", {}).get(number, default)
    return int(value[0] if isinstance(value, tuple) else value)


def aspect_of(picture: Image.Image) -> float:
    """How wide a pixel is, in its heights, as the stored rows and columns are stated; 1.0 for square ones and where nothing is said. Raises
    ValueError for what is read in two ways."""
    info = picture.info
    if info.get("jfif_unit") == 0 and not _alike(*info.get("jfif_density", (1, 1))):
        # the standard calls it a density, decoders of video take it for the aspect itself
        across, down = info["jfif_density"]
        raise ValueError(f"its pixels are stated as {across}:{down}, which programs show in two ways: save it with square pixels")
    per_mm = info.get("aspect") or info.get("dpi") or (info.get("resolution") if picture.format == "TIFF" else None) or (1, 1)
    across, down = (float(each) for each in per_mm)
    if across <= 0 or down <= 0 or _alike(across, down):
        return 1.0
    if not 1 / MOST_ASPECT <= down / across <= MOST_ASPECT:
        raise ValueError(f"its pixels are stated to be {down / across:.3g} times as wide as high: save it with square ones")
    return down / across


def _on_its_side(picture: Image.Image) -> bool:
    """Whether the file asks for a turn by a quarter, which makes rows of columns."""
    return picture.getexif().get(ORIENTATION) in (5, 6, 7, 8)


def _alike(across: float, down: float) -> bool:
    return across <= 0 or down <= 0 or abs(down / across - 1) <= SQUARE


def squared(pixels: GrayImage, aspect: float) -> GrayImage:
    """The picture with square pixels. aspect: the width of a stored one in its heights. Rows or columns are made more, never fewer: nothing that was
    seen is lost."""
    if aspect == 1.0:
        return pixels
    rows, columns = pixels.shape
    size = (round(columns * aspect), rows) if aspect > 1 else (columns, round(rows / aspect))
    refuse_large_picture(*size)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def grey_of(picture: Image.Image) -> GrayImage:
    """The picture as grey, turned as it says. Raises ValueError for one that no viewer shows alike."""
    # a TIFF turns itself when it is loaded, and then says so no longer
    _refuse_turn_by_text(picture)
    picture.load()
    if picture.mode == "F":
        raise ValueError("its brightness is in floating point, whose white is not told: save it with 8 or 16 bits")
    if picture.mode == "I" or picture.mode.startswith("I;16"):
        return _deep(ImageOps.exif_transpose(picture), picture)
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        picture = _over_black(ImageOps.exif_transpose(picture))
    return np.asarray(ImageOps.exif_transpose(picture).convert("L"))


def _refuse_turn_by_text(picture: Image.Image) -> None:
    """Raises ValueError where XMP or a text alone, neither Exif nor a TIFF's tag, asks for a turn: some programs obey it, browsers do not."""
    exif = Image.Exif()
    exif.load(picture.info.get("exif", b""))
    stated = ORIENTATION in exif or ORIENTATION in getattr(picture, "tag_v2", {})
    if not stated and TURNING_TEXTS & picture.info.keys() and picture.getexif().get(ORIENTATION, 1) in range(2, 9):
        raise ValueError("only its XMP, or a text in it, says that it is to be turned, which programs show in two ways: save it upright")


def _over_black(picture: Image.Image) -> Image.Image:
    """What is transparent is the ground behind it; an ultrasound screen's is black."""
    if picture.mode in ("La", "RGBa"):
        picture = picture.convert("LA" if picture.mode == "La" else "RGBA")
    seen = picture.convert("RGBA")
    alpha = seen.getchannel("A")
    if alpha.getextrema()[1] == 0:
        raise ValueError("it is wholly transparent, a viewer shows nothing of it: save it without transparency")
    ground = Image.new("RGB", seen.size)
    ground.paste(seen.convert("RGB"), mask=alpha)
    return ground


def _deep(turned: Image.Image, stored: Image.Image) -> GrayImage:
    """Sixteen bits (or 9 to 15, in a TIFF) as eight: convert("L") would clip them to white instead of scaling them."""
    bits = _tag(stored, BITS, 16) if stored.format == "TIFF" else 16
    if not 8 < bits <= 16 or (stored.format == "TIFF" and _tag(stored, SAMPLE_FORMAT, UNSIGNED) != UNSIGNED):
        raise ValueError(f"its brightness has {bits} bits with a sign or without an end that is told: save it with 8 or 16 bits without a sign")
    grey = np.asarray(turned).astype(np.int64) >> (bits - 8)
    inverse = stored.format == "TIFF" and _tag(stored, WHITE_IS_ZERO, 1) == 0
    return np.asarray(np.clip(255 - grey if inverse else grey, 0, 255), dtype=np.uint8)
