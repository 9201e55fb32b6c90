"""Renders phantom frames and puts them on the model's grid through the very function that a run uses."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, VIEWS
from edge.model.tensor import to_grid
from edge.types import Affine, Health, Scan, ScanGeometry, ScreenLeft
from models.training import shards
from models.training.settings import GRID
from models.training.shards import ALL, SIDES, Samples

PER_SHARD = 200
PHANTOM = "phantom"
ANY_PROBE_SHARE = 0.45  # of the frames show whichever probe, drawn evenly: hands choose convex ones, which would leave the others half learnt
PHASED_FACE_MM = 5.0  # about the radius at which a phased array's picture begins: its truth does not state it


@dataclass(frozen=True, slots=True)
class Order:
    """What to render: frames of subjects first_subject, +1, ...; frame i shows subject first_subject + i // frames_per_subject. renderer: "phantom",
    or one of models/foreign, whose subjects are its own seeds."""

    folder: Path
    first_subject: int
    frames: int
    views: tuple[str, ...]
    none_share: float
    frames_per_subject: int = 1
    seed: int = 0
    renderer: str = PHANTOM

    def shard_count(self) -> int:
        return -(-self.frames // PER_SHARD)


def rendered(order: Order, *, workers: int) -> list[Path]:
    """All shards of an order, rendered where missing. Prints progress."""
    order.folder.mkdir(parents=True, exist_ok=True)
    wanted = [order.folder / f"{index:05d}.npz" for index in range(order.shard_count())]
    missing = [(order, index, path) for index, path in enumerate(wanted) if not path.is_file()]
    started = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for done, _ in enumerate(pool.imap_unordered(_render_shard, missing), start=1):
            rate = done * PER_SHARD / (time.monotonic() - started)
            left_min = (len(missing) - done) * PER_SHARD / rate / 60
            print(f"rendered {done}/{len(missing)} shards of {order.folder.name}: {rate:.1f} frames/s, {left_min:.1f} min left", flush=True)
    return wanted


def _render_shard(job: tuple[Order, int, Path]) -> None:
    order, index, path = job
    first = index * PER_SHARD
    frames = [one_frame(order, number) for number in range(first, min(order.frames, first + PER_SHARD))]
    kept = [frame for frame in frames if frame is not None]
    shards.save(
        path,
        Samples(
            ALL,
            np.stack([frame[0] for frame in kept]),
            np.array([ALL.views.index(frame[1]) for frame in kept], dtype=np.int64),
            np.stack([frame[2] for frame in kept]),
            np.array([frame[4] for frame in kept], dtype=np.int64),
            np.array([frame[5] for frame in kept], dtype=np.str_),
            np.stack([frame[3] for frame in kept]),
        ),
    )


Placed: TypeAlias = tuple[NDArray[np.uint8], str, NDArray[np.float32], NDArray[np.float32]]  # grid, view, points, sides: as in Samples


def one_frame(order: Order, number: int) -> tuple[*Placed, int, str] | None:
    """A frame on the grid with its subject and kind/layout, None where it has no scan; view and probe are drawn from the order's seed and the
    number."""
    draw = np.random.Generator(np.random.PCG64([order.seed, order.first_subject, number]))
    view = NO_VIEW if draw.random() < order.none_share else order.views[draw.integers(len(order.views))]
    subject = order.first_subject + number // order.frames_per_subject
    if order.renderer != PHANTOM:
        return _drawn(order, number, view)
    from models.phantom.frame import FrameSpec, render_frame
    from models.phantom.probe import PROBE_KINDS

    seed = int(draw.integers(2**31))
    probe = PROBE_KINDS[int(draw.integers(len(PROBE_KINDS)))] if draw.random() < ANY_PROBE_SHARE else None
    frame = render_frame(FrameSpec(subject_seed=subject, view=view, seed=seed, probe=probe))
    placed = on_grid(frame.pixels, frame.truth, frame.scan_box_px)
    return None if placed is None else (*placed, subject, f"{frame.kind}/{frame.layout}")


def _drawn(order: Order, number: int, view: str) -> tuple[*Placed, int, str] | None:
    from models.foreign import renderer_of

    frame = renderer_of(order.renderer)(order.first_subject + number, view)
    placed = on_grid(frame.pixels, frame.truth, frame.scan_box_px)
    return None if placed is None else (*placed, order.first_subject + int(str(frame.truth["subject"])[1:]), order.renderer)


def on_grid(pixels: NDArray[np.uint8], truth: Mapping[str, Any], box_px: Sequence[float]) -> Placed | None:
    """A screen with its truth as a sample; None where it states no scale. box_px: left, top, right, bottom of the scan."""
    if truth.get("mm_per_px") is None or truth.get("origin_px") is None:
        return None
    grid, points, sides = sample_of(pixels, true_scan(truth, box_px), truth["landmarks"], truth.get("dim"))
    view = truth["view"]
    assert view == NO_VIEW or view in VIEWS
    return grid, view, points, sides


def sample_of(
    pixels: NDArray[np.uint8],
    scan: Scan,
    landmarks: Mapping[str, Sequence[tuple[float, float]]],
    dim: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """A picture whose scan is known, as (grid, points, sides): drawn cranial left where it is sagittal."""
    model_input = to_grid(pixels, scan, GRID, mirrored=scan.orientation is ScreenLeft.CAUDAL)
    grid: NDArray[np.uint8] = model_input.tensor[0, :, :, 0].view(np.uint8) ^ np.uint8(0x80)
    slots = [points_on_grid(told, model_input.frame_px_from_grid) for told in (landmarks, dim or {})]
    return grid, np.concatenate(slots, axis=1), sides_on_grid(scan.geometry, model_input.frame_px_from_grid)


def sides_on_grid(geometry: ScanGeometry, affine: Affine) -> NDArray[np.float32]:
    """(5,) a sample's sides. Cells are as high as wide, so angles are what they are in mm."""
    a, b, c, d = affine
    ends = sorted((edge - 0.5 - b) / a for edge in (geometry.left_px, geometry.right_px))
    apex = (np.nan, np.nan, np.nan)
    if geometry.apex_px is not None:
        apex = (geometry.apex_px[0] - b) / a, (geometry.apex_px[1] - d) / c, geometry.half_angle_deg
    return np.array((*ends, *apex), dtype=np.float32)


def points_on_grid(landmarks: Mapping[str, Sequence[tuple[float, float]]], affine: Affine) -> NDArray[np.float32]:
    """A truth's landmarks in frame_px as (landmarks, sides, 2) of grid (column, row), NaN where there is none or it lies off the grid."""
    a, b, c, d = affine
    points = np.full((len(ALL.landmarks), SIDES, 2), np.nan, dtype=np.float32)
    for name, places in landmarks.items():
        for side, (u, v) in enumerate(sorted(places)[:SIDES]):
            points[ALL.landmarks.index(name), side] = (u - b) / a, (v - d) / c
    outside = ((points < 0) | (points > (GRID.columns - 1, GRID.rows - 1))).any(axis=-1)
    points[outside] = np.nan
    return points


def true_scan(truth: Mapping[str, Any], box_px: Sequence[float]) -> Scan:
    """The scan as the truth states it: what a perfect screen reader would find."""
    mm_per_px_x, mm_per_px_y = truth["mm_per_px"]
    origin_u, origin_v = truth["origin_px"]
    shape = truth.get("geometry") or {"kind": "rectangle"}
    left, top, right, bottom = (round(edge) for edge in box_px)
    radius_mm, half_mm = float(shape.get("face_radius_mm") or 0), float(shape.get("face_half_width_mm") or 0)
    kind = shape.get("kind", "rectangle")
    geometry = ScanGeometry(kind, left, top, right, bottom, face_radius_mm=radius_mm, face_half_width_mm=half_mm)
    if kind in ("convex", "phased"):
        face_mm = radius_mm if kind == "convex" else PHASED_FACE_MM
        inner_px = face_mm / mm_per_px_y
        outer_px = bottom - (origin_v - inner_px)
        half_px = max(right - origin_u, origin_u - left) * mm_per_px_x / mm_per_px_y
        sine = half_mm / radius_mm if kind == "convex" else half_px / outer_px
        geometry = replace(
            geometry,
            apex_px=(origin_u, origin_v - inner_px),
            inner_radius_px=inner_px,
            outer_radius_px=outer_px,
            half_angle_deg=float(np.degrees(np.arcsin(min(1.0, sine)))),
        )
    orientation = ScreenLeft(truth.get("screen_left") or "unknown")
    return Scan(0, 0, geometry, (origin_u, origin_v), mm_per_px_x, mm_per_px_y, "stated", orientation, Health.LIVE)
