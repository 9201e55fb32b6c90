"""What a DICOM file claims of the scan in its pictures: scale, depth 0, the shape of its pixels, what is drawn left, and when each was captured.

The Region Calibration Module (DICOM PS3.3, C.8.5.5): each item of Sequence of Ultrasound Regions (0018,6011) has a box, a data type and physical
units; units 3 are centimetres, so that mm per pixel is ten times the physical delta. Its reference pixel counts from the box's upper left corner, may
lie outside it, and has a physical value of its own: in a magnified picture depth 0 lies above the box.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

from edge.limits import MOST_ASPECT, MOST_FRAMES
from edge.types import Claim, ScreenLeft

CENTIMETRES = 3
TISSUE = 1
TWO_D = 1
FRAME_NS = 33_000_000
MM_PER_PX = (0.005, 2.0)
REGION_MM = (10.0, 320.0)  # how high a region can be: the shallowest picture of a spine, and a whole screen around one twice as deep as any
SAME = 0.01  # scales and aspects that a file states twice: both are rounded
# all that state how far apart rows are, and columns (PS3.3, C.7.6.3.1.7: with one of them a pixel aspect ratio may be left out)
SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
FRAME_TIME, FRAME_TIMES = 0x0018_1063, 0x0018_1065  # what Frame Increment Pointer (0028,0009) names where frames follow each other in time
APART_NS = 1_000_000_000  # between frames that do not: none stands for another
# Patient Orientation (0020,0020) says where the rows point: to the right of the screen
LEFT_OF = {"L": ScreenLeft.PATIENT_RIGHT, "R": ScreenLeft.PATIENT_LEFT, "H": ScreenLeft.CAUDAL, "F": ScreenLeft.CRANIAL}


class ContradictionError(ValueError):
    """A file says two things of one; the text names both, and the cure."""


@dataclass(frozen=True, slots=True)
class Region:
    """One calibrated two-dimensional tissue region: its box in frame_px (right and bottom exclusive), mm per pixel, and the row of depth 0 where the
    reference pixel tells it. backwards: what of it counts against the rows or columns."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    mm_per_px_x: float
    mm_per_px_y: float
    zero_px: float | None = None
    backwards: str = ""


def regions_of(dataset: Any) -> tuple[Region, ...]:
    """The 2D tissue regions in centimetres, as the file lists them, each once. A region with absurd numbers is left out."""
    found = []
    for item in dataset.get("SequenceOfUltrasoundRegions") or ():
        usual = item.get("RegionSpatialFormat") == TWO_D and item.get("RegionDataType") == TISSUE
        if not usual or (item.get("PhysicalUnitsXDirection"), item.get("PhysicalUnitsYDirection")) != (CENTIMETRES, CENTIMETRES):
            continue
        try:
            box = [int(item[name].value) for name in ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")]
            across, down = (10 * float(item[name].value) for name in ("PhysicalDeltaX", "PhysicalDeltaY"))
        except (KeyError, TypeError, ValueError):
            continue
        region = Region(box[0], box[1], box[2] + 1, box[3] + 1, abs(across), abs(down), _zero_px(item, box[1], down), _backwards(across, down))
        sane = all(MM_PER_PX[0] <= abs(each) <= MM_PER_PX[1] for each in (across, down))
        if sane and 0 <= region.left_px < region.right_px and 0 <= region.top_px < region.bottom_px:
            found.append(region)
    return tuple(dict.fromkeys(found))


def _backwards(across: float, down: float) -> str:
    """What a negative delta says: that the picture is drawn upside down, or mirrored. Of a scan of tissue no scanner was seen to write one."""
    return "depth upwards" if down < 0 else "columns leftwards" if across < 0 else ""


def _zero_px(item: Any, top_px: int, mm_per_row: float) -> float | None:
    """The row of depth 0: the reference pixel's physical value is that of its row."""
    try:
        row, value_mm = top_px + int(item["ReferencePixelY0"].value), 10 * float(item["ReferencePixelPhysicalValueY"].value)
        zero = row - value_mm / mm_per_row
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return zero if math.isfinite(zero) else None


def claim_of(dataset: Any, chosen: str = "") -> Claim | None:
    """What the file states of its scan; None where it states nothing, or where the operator said 0. chosen: the number of a region, counted from 1.
    Raises ContradictionError for a number that there is not, ValueError."""
    regions = regions_of(dataset)
    if chosen == "0" or (not regions and not chosen):
        return None
    if chosen and chosen not in [str(number) for number in range(1, len(regions) + 1)]:
        raise ContradictionError(f"region is {chosen!r}: it can be 0 (none) to {len(regions)}, of the calibrated regions that the file lists")
    region = regions[int(chosen) - 1 if chosen else 0]
    box = region.left_px, region.top_px, min(region.right_px, int(dataset.Columns)), min(region.bottom_px, int(dataset.Rows))
    doubt = "" if chosen or len(regions) == 1 else f"the file calibrates {len(regions)} parts of the picture: add ?region=1 to ?region={len(regions)}"
    return Claim((region.mm_per_px_x, region.mm_per_px_y), box, region.zero_px, doubt or _contradicted(region, dataset))


def _contradicted(region: Region, dataset: Any) -> str:
    """What else the file says against its region; empty where nothing does."""
    # some count the box's last column and row as outside
    if region.right_px > int(dataset.Columns) + 1 or region.bottom_px > int(dataset.Rows) + 1:
        return "the file's region reaches beyond its picture: it was calibrated for another size"
    if region.backwards:
        return f"the file's region counts its {region.backwards}: its picture is turned over, or it is another's"
    high_mm = (region.bottom_px - region.top_px) * region.mm_per_px_y
    if not REGION_MM[0] <= high_mm <= REGION_MM[1]:
        return f"the file's region would be {high_mm:.0f} mm high, as no picture of a spine is: its scale is in another unit"
    spacing = _pair_of(dataset, "PixelSpacing")
    for name, aspect in aspects_of(dataset).items():
        if abs(region.mm_per_px_x / region.mm_per_px_y / aspect - 1) > SAME:
            return f"the file's region and its {name} disagree"
    if spacing and abs(region.mm_per_px_y / spacing[0] - 1) > SAME:
        return "the file's region and its PixelSpacing disagree"
    return ""


def aspects_of(dataset: Any) -> dict[str, float]:
    """How wide a pixel is, in its heights, by each element that says it: a ratio's first value is the height, a spacing's that of rows. Raises
    ValueError."""
    found = {name: _pair_of(dataset, name) for name in ("PixelAspectRatio", *SPACINGS)}
    return {name: pair[1] / pair[0] for name, pair in found.items() if pair}


def _pair_of(dataset: Any, name: str) -> tuple[float, ...]:
    """An element's two numbers, down and across; empty where it is not there. Raises ContradictionError for what is no pixel's shape, ValueError."""
    stated = dataset.get(name)
    if not stated:
        return ()
    down, across = (float(each) for each in stated)
    if not (down > 0 and across > 0 and 1 / MOST_ASPECT <= across / down <= MOST_ASPECT):
        raise ContradictionError(f"a {name} of {stated} is no pixel's: export it again with square pixels")
    return down, across


def aspect_of(dataset: Any) -> float:
    """How wide a pixel is, in its heights; 1.0 where nothing says it. Raises ContradictionError where two elements disagree, ValueError."""
    found = aspects_of(dataset)
    if found and max(found.values()) > min(found.values()) * (1 + SAME):
        raise ContradictionError(f"its {' and '.join(found)} tell pixels of two shapes: export it again with square pixels")
    return next(iter(found.values()), 1.0)


def refuse_turned(dataset: Any) -> None:
    """Raises ContradictionError where a picture says beside its pixels that it is to be turned, as only presentation states may (PS3.3, C.10.6):
    some viewers obey."""
    if int(dataset.get("ImageRotation") or 0) % 360 or dataset.get("ImageHorizontalFlip") == "Y":
        raise ContradictionError("it says that its picture is to be shown turned, which viewers do in two ways: export it upright")


def told_left(dataset: Any) -> ScreenLeft:
    """What the file says is drawn left. It may be nobody's word: what an operator states it can contradict, never replace."""
    directions = dataset.get("PatientOrientation") or ("",)
    return LEFT_OF.get(str(directions if isinstance(directions, str) else directions[0])[:1].upper(), ScreenLeft.UNKNOWN)


def times_ns(dataset: Any) -> Iterator[int]:
    """When each frame was captured, from the first: by the frames' own times, else by one between all of them. Frames that follow each other in space
    lie APART_NS apart. Raises ValueError."""
    follows = _pointers(dataset)
    if follows and not {FRAME_TIME, FRAME_TIMES} & follows:
        return (index * APART_NS for index in range(MOST_FRAMES))
    own = dataset.get("FrameTimeVector")
    if own is not None and (FRAME_TIMES in follows or not dataset.get("FrameTime")):
        periods_ns = [_period_ns(each) for each in ([own] if isinstance(own, (str, float, int)) else own)]
        # the first is the time before the first frame
        return chain(accumulate(periods_ns[1:], initial=0), _beyond(sum(periods_ns[1:]), periods_ns[-1] or FRAME_NS))
    period_ns = frame_period_ns(dataset)
    return (index * period_ns for index in range(MOST_FRAMES))


def _pointers(dataset: Any) -> set[int]:
    """The elements that Frame Increment Pointer names. Raises ValueError, TypeError."""
    named = dataset.get("FrameIncrementPointer")
    return {int(each) for each in (named if isinstance(named, MutableSequence) else [named or 0])} - {0}


def _beyond(last_ns: int, period_ns: int) -> Iterator[int]:
    return (last_ns + (index + 1) * period_ns for index in range(MOST_FRAMES))


def frame_period_ns(dataset: Any) -> int:
    """Time between frames: Frame Time, else Cine Rate, else a thirtieth of a second. Raises ValueError."""
    time_ms = dataset.get("FrameTime")
    if time_ms:
        return _period_ns(time_ms)
    rate = dataset.get("CineRate") or dataset.get("RecommendedDisplayFrameRate")
    return _period_ns(1e3 / float(rate)) if rate else FRAME_NS


def _period_ns(time_ms: Any) -> int:
    value = float(time_ms)
    if not 0 <= value <= 1e9:
        raise ValueError(f"a frame time of {time_ms} ms")
    return round(value * 1e6)
