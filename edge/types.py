"""The values that flow from one stage to the next: frozen, small, units in their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.wire import Reason

GrayImage: TypeAlias = NDArray[np.uint8]  # (height_px, width_px)
Int8Tensor: TypeAlias = NDArray[np.int8]
Affine: TypeAlias = tuple[float, float, float, float]  # u = a * column + b, v = c * row + d

PointPx: TypeAlias = tuple[float, float]  # (u, v) in frame_px: the delivered video frame, origin top left, pixel centres at integers
PointMm: TypeAlias = tuple[float, float]  # (x, z) in probe_mm: x to the screen's right, z down, origin where the scan's centre line meets the face

ScaleSource: TypeAlias = Literal["ruler", "profile", "dicom", "stated"]
GeometryKind: TypeAlias = Literal["rectangle", "convex", "virtual_convex", "phased"]


class ScreenLeft(Enum):
    """What is drawn at the left edge of the screen."""

    UNKNOWN = "unknown"
    PATIENT_LEFT = "patient_left"
    PATIENT_RIGHT = "patient_right"
    CRANIAL = "cranial"
    CAUDAL = "caudal"


class Health(Enum):
    """Whether the picture inside the scan area can be believed now. Only LIVE can be pointed from."""

    UNKNOWN = "unknown"
    LIVE = "live"
    FROZEN = "frozen"
    MENU = "menu"
    MIRRORED = "mirrored"
    LAYOUT_CHANGED = "layout_changed"
    SCALE_CHANGED = "scale_changed"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One delivered video frame.

    captured_ns is the kernel's capture time on the monotonic clock (or the recording's own time line); offset_px is
    where pixels[0, 0] lies in the delivered video frame (column, row): (0, 0) unless a recording kept a crop only.
    """

    frame_id: int
    captured_ns: int
    pixels: GrayImage
    offset_px: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame that a source could not deliver, with why: the path answers it and goes on."""

    frame_id: int
    captured_ns: int
    why: str
    reason: Reason = Reason.BAD_FRAME


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file states of the scan in its pictures: mm per column and row, the box (left, top, right, bottom; right and bottom exclusive) that
    holds it, and the row of depth 0 where it says one. A claim is borne out by what is seen, or nothing is measured. doubt: why the file itself does
    not settle it; empty where it does."""

    mm_per_px: tuple[float, float]
    box_px: tuple[int, int, int, int]
    zero_px: float | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class ScanGeometry:
    """Where the scan lies in frame_px and what shape it has.

    left/top/right/bottom_px: bounding box, right and bottom exclusive. convex, virtual_convex and phased have an apex (frame_px; usually
    above the scan), radii from it to the face (inner) and to the deepest sample (outer) in units of ROW pixels (that is mm / mm_per_px_y;
    columns are scaled by the pixel aspect), and the half opening angle. A rectangle has apex_px = None and zero radii and angle.
    face_radius_mm and face_half_width_mm are 0 where the scale is not known; a flat face has radius 0.
    """

    kind: GeometryKind
    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    apex_px: PointPx | None = None
    inner_radius_px: float = 0.0
    outer_radius_px: float = 0.0
    half_angle_deg: float = 0.0
    face_radius_mm: float = 0.0
    face_half_width_mm: float = 0.0

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.left_px, self.top_px, self.right_px, self.bottom_px


@dataclass(frozen=True, slots=True)
class Scan:
    """A frame whose scan area and scale are known. health says whether it may be pointed from."""

    frame_id: int
    captured_ns: int
    geometry: ScanGeometry
    origin_px: PointPx
    mm_per_px_x: float
    mm_per_px_y: float
    scale_source: ScaleSource
    orientation: ScreenLeft
    health: Health


@dataclass(frozen=True, slots=True)
class NoScan:
    """A frame that cannot be measured: no signal, no scan area, no scale. hint is one short line for the clinician."""

    frame_id: int
    captured_ns: int
    reason: Reason
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """tensor: int8 (1, rows, columns, 1), value = grey - 128. frame_px_from_grid maps a grid (column, row) to frame_px; mirrored says that
    columns run against the screen. turn: the number of its placing, which tells whose turn it is among the model's networks."""

    tensor: Int8Tensor
    frame_px_from_grid: Affine
    mirrored: bool
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Placing:
    """How a frame was laid on the model's grid. number: which of the manifest's placings; mirrored: columns ran against the screen."""

    number: int = 0
    mirrored: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RawOutput:
    """heatmaps_int8: (rows, columns, channels); view_logits_int8: (views,). Order and quantisation are the manifest's. brightness_of makes
    brightness_uint8 for whoever asks: (rows, columns) of a heatmap, the picture's around each of its cells (edge/model/tensor.py). It says whether
    there was anything to be seen, for when the picture is gone. Most frames are answered without it. contrast_of makes contrast_int8 in the same
    way, and contrast_at tells it of one cell (row, column), which is all that most frames are asked for."""

    heatmaps_int8: Int8Tensor
    view_logits_int8: Int8Tensor
    brightness_of: Callable[[], GrayImage]
    contrast_of: Callable[[], Int8Tensor]
    contrast_at: Callable[[int, int], int]

    @property
    def brightness_uint8(self) -> GrayImage:
        return self.brightness_of()

    @property
    def contrast_int8(self) -> Int8Tensor:
        return self.contrast_of()


@dataclass(frozen=True, slots=True)
class Landmark:
    """x_px, y_px in frame_px; confidence 0 to 1; interval_mm: radius that holds the truth in 95 % of calibration cases; brightness: of the
    picture around it, grey levels over black, where the catalogue asks for some; contrast: of the echo there, where it may be a target."""

    x_px: float
    y_px: float
    confidence: float
    interval_mm: float
    brightness: int = 255
    contrast: int = 0


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the model saw: points are sorted left of the screen first; a name without points is absent."""

    view: str
    view_confidence: float
    points: Mapping[str, tuple[Landmark, ...]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The target of the chosen procedure and what a needle needs to reach it. Lengths mm, angles degrees; DESIGN.md's geometry. pivot_mm: from
    a bracket's pivot to the target, None without a bracket. contrast: of its echo, grey levels by which it outshines what lies above it."""

    target_probe_mm: PointMm
    target_px: PointPx
    depth_mm: float
    lateral_mm: float
    angle_deg: float
    insertion_mm: float
    interval_mm: float
    depth_interval_mm: float
    angle_interval_deg: float
    confidence: float
    pivot_mm: float | None = None
    contrast: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where one frame puts the procedure's target, and how certainly: an Estimate before its needle."""

    target_probe_mm: PointMm
    interval_mm: float
    confidence: float
    contrast: float


@dataclass(frozen=True, slots=True)
class Missed:
    """No estimate from this frame, with why."""

    reason: Reason
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Pointing:
    """The only value that puts a number on a display."""

    frame_id: int
    captured_ns: int
    estimate: Estimate
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """No number, and why; hint says what to do about it."""

    frame_id: int
    captured_ns: int
    reason: Reason
    hint: str = ""


Guidance: TypeAlias = Pointing | Withheld
