"""Values that several tests make: a manifest, a scan, a raw output with peaks where they are wanted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge.catalogue import NO_VIEW, VIEWS
from edge.model.manifest import Grid, Heatmap, Manifest, TargetRisk
from edge.types import Health, PointMm, RawOutput, Scan, ScanGeometry, ScreenLeft

LANDMARKS = tuple(dict.fromkeys(name for view in VIEWS.values() for name in view.landmarks))
GRID = Grid(columns=192, rows=192, mm_per_cell=0.6, x0_mm=-57.3, z0_mm=-2.0)
HEATMAP = Heatmap(columns=48, rows=48, stride_cells=4, offset_cells=1.5, scale=1 / 255, zero_point=-128)

ALL_PASS = TargetRisk(1.0, 0.0, 0.0, 0.0, 0.0, {})


def manifest(*, view_threshold: float = 0.5, peak_threshold: float = 0.3, interval_mm: float = 2.0) -> Manifest:
    views = (*VIEWS, NO_VIEW)
    return Manifest(
        name="made",
        version="0",
        sha256="",
        views=views,
        landmarks=LANDMARKS,
        grid=GRID,
        heatmap=HEATMAP,
        logit_scale=0.1,
        logit_zero_point=0,
        temperature=1.0,
        view_threshold=dict.fromkeys(views, view_threshold),
        peak_threshold=dict.fromkeys(LANDMARKS, peak_threshold),
        intervals=dict.fromkeys(LANDMARKS, ((0.0, interval_mm), (1.0, interval_mm))),
        target_risk=ALL_PASS,
        target_factor={},
        training={},
    )


def scan(
    *, left: ScreenLeft = ScreenLeft.PATIENT_LEFT, health: Health = Health.LIVE, mm_per_px: float = 0.2, frame_id: int = 0, captured_ns: int = 0
) -> Scan:
    geometry = ScanGeometry("rectangle", 20, 10, 620, 590)
    return Scan(frame_id, captured_ns, geometry, (320.0, 10.0), mm_per_px, mm_per_px, "stated", left, health)


def echoes(seed: int, low: int, high: int, shape: tuple[int, int] = (480, 640)) -> NDArray[np.uint8]:
    """Grain that differs from row to row a little more than along them, as layers of tissue do: no picture that lies on its side."""
    rng = np.random.default_rng(seed)
    layers = (high - low) // 4
    return rng.integers(low, high - layers, shape, np.uint8) + rng.integers(0, layers, (shape[0], 1), np.uint8)


def whole_grid(count: int) -> NDArray[np.float32]:
    """Sides of samples that fill the grid."""
    return np.tile(np.array([0.0, 191.0, np.nan, np.nan, np.nan], np.float32), (count, 1))


def raw(
    view: str, peaks_mm: Mapping[str, list[PointMm]], *, mirrored: bool = False, height: float = 0.9, brightness: int = 90, contrast: int = 20
) -> RawOutput:
    """Gaussian peaks of 1.2 cells at places in probe_mm, and a view that is all but certain."""
    heatmaps = np.full((HEATMAP.rows, HEATMAP.columns, len(LANDMARKS)), -128, np.int8)
    rows, columns = np.mgrid[0 : HEATMAP.rows, 0 : HEATMAP.columns]
    for name, points in peaks_mm.items():
        for x_mm, z_mm in points:
            grid_column = (x_mm - GRID.x0_mm) / GRID.mm_per_cell
            grid_column = GRID.columns - 1 - grid_column if mirrored else grid_column
            column = (grid_column - HEATMAP.offset_cells) / HEATMAP.stride_cells
            row = ((z_mm - GRID.z0_mm) / GRID.mm_per_cell - HEATMAP.offset_cells) / HEATMAP.stride_cells
            peak = height * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * 1.2**2))
            channel = heatmaps[:, :, LANDMARKS.index(name)]
            np.maximum(channel, np.round(peak / HEATMAP.scale - 128).clip(-128, 127).astype(np.int8), out=channel)
    logits = np.full(len(VIEWS) + 1, -60, np.int8)
    logits[(*VIEWS, NO_VIEW).index(view)] = 60
    echo = np.full(heatmaps.shape[:2], contrast, np.int8)
    return RawOutput(heatmaps, logits, lambda: np.full(heatmaps.shape[:2], brightness, np.uint8), lambda: echo, echo.item)
